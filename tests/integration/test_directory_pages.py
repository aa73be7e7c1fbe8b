"""The directory's pages: found, added, changed, merged; what an organisation did on all letters."""

from __future__ import annotations

import pytest

from tests.integration.test_directory import FIDH, LEAGUE, campaign, letter, member
from tests.integration.test_statements import asked_by
from tests.support.browsing import csrf, field, read, signed_in
from tests.support.cases import each
from tests.support.factories import act, digest, findings, link_ids, open_sign_off, sign
from tests.support.pictures import PIXEL
from workflow import history
from workflow.campaigns import directory
from workflow.campaigns.directory import editing, merging
from workflow.campaigns.directory.editing import Details, Person
from workflow.errors import InputError, RefusedError
from workflow.letter import text
from workflow.models import Contact, KnownOrganisation, Letter, Organisation, User
from workflow.signoffs import answers


@pytest.fixture
def anna(database):
    return member(database, "anna")


@pytest.fixture
def campaign_id(database, anna):
    return campaign(database, anna)


@pytest.fixture
def client(app, database, campaign_id):
    return signed_in(app, database, admin=False)


def known_id(database, name=FIDH.organisation):
    with database.reading() as session:
        return session.query(KnownOrganisation).filter_by(name=name).one().id


def listed(client, address="/organisations"):
    """The names on a page of the list, and where the next one is."""
    tree = read(client.get(address))
    names = [one.text_content().strip() for one in tree.xpath('//*[@id="found"]//li//strong')]
    return names, next(iter(tree.xpath('//*[@id="found"]//a[@rel="next"]/@href')), "")


def done(database, act, who, *given, **named):
    with database.writing() as session:
        return act(session, session.get_one(User, who.id), *given, **named)


def contacts(database, of=FIDH.organisation):
    with database.reading() as session:
        row = session.query(KnownOrganisation).filter_by(name=of).one()
        return [(one.name, one.email, one.gets_link, one.signs) for one in row.contacts]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_filtered_and_put_in_order(client, database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE, text.Cosigner("Áccion", country="Peru"))

    assert listed(client)[0] == ["Áccion", FIDH.organisation, LEAGUE.organisation]
    assert listed(client, "/organisations?q=DESK@fidh")[0] == [FIDH.organisation]
    assert listed(client, "/organisations?q=présidente zoe")[0] == []
    assert listed(client, "/organisations?q=LDH zoé")[0] == [LEAGUE.organisation]
    assert listed(client, "/organisations?show=unreached")[0] == ["Áccion"]
    assert listed(client, "/organisations?country=Peru&order=new")[0] == ["Áccion"]
    assert listed(client, f"/organisations?campaign={campaign_id}&show=reached")[0] == [
        FIDH.organisation,
        LEAGUE.organisation,
    ]
    assert client.get(f"/organisations?campaign={'0' * 32}").status_code == 404


def test_names_in_other_languages_are_found_and_meant(client, database, campaign_id, anna):
    letter(database, campaign_id, FIDH)
    names = {"fr": "Fédération internationale pour les droits humains", "ar": "الفدرالية الدولية"}
    done(database, editing.edit, anna, known_id(database), Details(FIDH.organisation, "FIDH", names=names))

    assert listed(client, "/organisations?q=federation internationale")[0] == [FIDH.organisation]
    letter(database, campaign_id, text.Cosigner("federation internationale pour les droits humains"))
    assert listed(client)[0] == [FIDH.organisation]
    with database.reading() as session:
        (found,) = directory.match(session, campaign_id, [text.Cosigner("الفدراليّة الدولية")])
        assert found.how == "same"


@pytest.fixture
def hundred_and_twenty(database, campaign_id):
    """The names of so many, in order."""
    asked = [text.Cosigner(f"Organisation {n:03}", country=f"Country {n % 3}") for n in range(120)]
    letter(database, campaign_id, *asked)
    return [one.organisation for one in asked]


@each("order", ["name", "country", "new"])
def test_pages_give_each_once(client, hundred_and_twenty, order):
    seen, where = [], f"/organisations?order={order}"
    while where:
        names, where = listed(client, where)
        seen.append(names)

    assert [len(names) for names in seen] == [50, 50, 20]
    assert sorted(name for names in seen for name in names) == hundred_and_twenty


def test_look_alikes_are_pointed_out(client, database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE, text.Cosigner("Internatonal Federation for Human Rights"))

    page = client.get("/organisations?show=duplicates")
    assert "1 possible duplicate" in page.text
    assert "Nearly the same name" in page.text
    assert "May be the same organisation" in client.get(f"/organisations/{known_id(database)}").text
    assert "May be the same" not in client.get(f"/organisations/{known_id(database, LEAGUE.organisation)}").text


def test_pages_ask_as_often_for_many_as_for_few(client, database, campaign_id):
    def many(count):
        asked = [text.Cosigner(f"Organisation {n:03}", "", f"Person {n}", "", f"o{n}@x{n}.org") for n in range(count)]
        return letter(database, campaign_id, FIDH, *asked)

    said = []
    for count in (3, 60):
        for _ in range(count // 3):
            letter(database, campaign_id, FIDH)
        open_sign_off(database, many(count))
        pages = ("/organisations", "/organisations?q=organisation&country=x", "/organisations?show=duplicates")
        said.append(asked_by(database, client, (*pages, f"/organisations/{known_id(database)}"), ""))
    assert said[0] == said[1]
    assert max(said[0].values()) <= 15


# --- one of them ------------------------------------------------------------------------------------------------------


def test_what_it_did_on_every_letter_stands_on_its_page(client, database, campaign_id):
    signed, declined = letter(database, campaign_id, FIDH), letter(database, campaign_id, FIDH)
    for one in (signed, declined):
        open_sign_off(database, one)
    sign(database, signed)
    link = link_ids(database, signed)[0]
    act(database, answers.retract, link, "Our board.")
    act(database, answers.decline, link_ids(database, declined)[0], digest(database, declined), "No.", shared=False)

    said = read(client.get(f"/organisations/{known_id(database)}")).get_element_by_id("letters").text_content()

    for words in ("Signed · Person A, Director · version 1", "Withdrew its signature", "Declined ·", "Asked ·"):
        assert words in said
    assert said.count("Free the seventeen") == 2


def test_an_organisation_is_added_changed_and_taken_off(client, database, campaign_id):
    page = client.get("/organisations/new")
    typed = {"csrf_token": csrf(page), "campaign": campaign_id, "name": "Amnistía", "website": "amnistia.example"}
    typed |= {"contact_name": "Ana", "email": "ana@amnistia.example", "name_fr": "Amnistie", "language": "es"}
    made = client.post("/organisations", data=typed)
    assert made.status_code == 303
    with database.reading() as session:
        row = session.query(KnownOrganisation).one()
        assert (row.website, row.names, row.campaign_id) == (
            "https://amnistia.example",
            {"fr": "Amnistie"},
            campaign_id,
        )
    assert contacts(database, "Amnistía") == [("Ana", "ana@amnistia.example", True, True)]

    page = client.get(made.location)
    shown = read(page).xpath('//input[@name="as_shown"]/@value')[0]
    changed = typed | {"name": "Amnistía Internacional", "as_shown": shown}
    assert client.post(made.location, data=changed).status_code == 303
    again = client.post(made.location, data=changed | {"name": "Something else"})
    assert again.status_code == 409
    assert field(again, form_of(made.location), "name")[0] == "Something else"

    assert client.post(f"{made.location}/remove", data=typed).status_code == 303
    with database.reading() as session:
        assert session.query(KnownOrganisation).count() == session.query(Contact).count() == 0


def form_of(address):
    return address.strip("/").replace("/", "-")


@pytest.fixture
def fidh(database, campaign_id):
    return letter(database, campaign_id, FIDH)


@each(
    ("wrong", "value"),
    [
        ("name", " \u202e "),
        ("name", "x" * 501),
        ("website", "javascript:alert(1)"),
        ("website", "https://user:secret@example.org"),
        ("website", "https://exa mple.org"),
        ("website", "https://localhost"),
        ("website", "https://example.org:8080/"),
        ("website", "//example.org"),
        ("language", "xx"),
        ("timezone", "Mars/Olympus"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_kept(client, database, fidh, wrong, value):
    address = f"/organisations/{known_id(database)}"
    page = client.get(address)

    again = client.post(address, data={"csrf_token": csrf(page), "name": "A name", wrong: value})

    assert again.status_code == 400
    assert read(again).get_element_by_id(f"{form_of(address)}-{wrong}-error") is not None
    assert known_id(database)


def test_names_are_kept_without_what_nobody_sees(client, database, campaign_id):
    page = client.get("/organisations/new")
    typed = {
        "csrf_token": csrf(page),
        "campaign": campaign_id,
        "name": "Ev\u202eil\r\nName\u200b",
        "email": "a@b.example",
    }

    assert client.post("/organisations", data=typed).status_code == 303
    assert known_id(database, "Evil Name")
    typed |= {"name": "Other", "email": "a@b.example\r\nBcc: c@d.example"}
    assert client.post("/organisations", data=typed).status_code == 400


def test_one_contact_gets_the_link_and_one_signs(client, database, campaign_id):
    letter(database, campaign_id, FIDH)
    address = f"/organisations/{known_id(database)}"
    page = client.get(address)
    typed = {"csrf_token": csrf(page), "contact_name": "Karim", "email": "k@fidh.example", "gets_link": "y"}

    assert client.post(f"{address}/contacts", data=typed).status_code == 303
    assert contacts(database) == [
        ("Alice Mogwe", "desk@fidh.example", False, True),
        ("Karim", "k@fidh.example", True, False),
    ]
    for wrong, changes in {
        "email": {"email": "desk@fidh.example"},
        "contact_name": {"contact_name": "", "email": ""},
    }.items():
        again = client.post(f"{address}/contacts", data=typed | {"gets_link": ""} | changes)
        assert again.status_code == 400
        assert read(again).get_element_by_id(f"{form_of(address)}-contacts-{wrong}-error") is not None
    alice = read(page).xpath("//form[contains(@action, '/contacts/') and contains(@action, '/remove')]/@action")[0]
    assert client.post(alice, data=typed).status_code == 303
    assert contacts(database) == [("Karim", "k@fidh.example", True, True)]


def test_a_logo_goes_through_the_guard_and_along_to_the_next_letter(client, database, campaign_id):
    import io

    letter(database, campaign_id, FIDH)
    address = f"/organisations/{known_id(database)}"
    token = csrf(client.get(address))

    def upload(content):
        data = {"csrf_token": token, "file": (io.BytesIO(content), "logo.svg")}
        return client.post(f"{address}/logo", data=data).status_code

    assert upload(b"<script>") == 400
    assert upload(PIXEL.encode()) == 303
    assert client.get(f"{address}/logo.png").mimetype == "image/png"
    second = letter(database, campaign_id, FIDH)
    with database.reading() as session:
        assert session.get_one(Letter, second).invitations[0].organisation.logo_sha256
    assert findings(database, second) == []
    assert client.post(f"{address}/logo/remove", data={"csrf_token": token}).status_code == 303
    assert client.get(f"{address}/logo.png").status_code == 404


def test_a_change_comes_to_a_draft_only_where_it_is_asked_for(client, database, campaign_id, anna):
    out, draft = letter(database, campaign_id, FIDH), letter(database, campaign_id, FIDH)
    open_sign_off(database, out)
    with database.reading() as session:
        contact = session.query(Contact).one().id
    person = Person("Alice Mogwe", "Chair", "new@fidh.example", True, True)
    done(database, editing.edit_contact, anna, known_id(database), contact, person)

    def addresses():
        with database.reading() as session:
            return [session.get_one(Letter, one).invitations[0].email for one in (out, draft)]

    assert addresses() == ["desk@fidh.example"] * 2
    page = client.get(f"/organisations/{known_id(database)}")
    (use,) = read(page).xpath("//form[contains(@action, '/letters/')]/@action")
    assert client.post(use, data={"csrf_token": csrf(page)}).status_code == 303
    assert addresses() == ["desk@fidh.example", "new@fidh.example"]
    with database.reading() as session:
        assert session.get_one(Letter, draft).invitations[0].signatory_title == "Chair"
        assert history.entries(session, draft)[-1].action.startswith("invitation.")
        other = session.get_one(Letter, out).invitations[0].id
    assert findings(database, draft) == []
    refused = client.post(f"/organisations/{known_id(database)}/letters/{out}/{other}", data={"csrf_token": csrf(page)})
    assert refused.status_code == 409


def test_who_was_chosen_is_looked_through_and_put_on_a_letter(client, database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE)
    other = letter(database, campaign_id, text.Cosigner("Somebody"))
    chosen = "&".join(f"id={known_id(database, one.organisation)}" for one in (FIDH, LEAGUE))

    page = client.get(f"/organisations/chosen?do=letter&{chosen}", follow_redirects=True)
    form = {one.get("name"): one.get("value") for one in read(page).xpath("//main//form//input[@name]")}
    looked = client.post("/organisations/onto", data=form | {"letter": other}, follow_redirects=True)

    assert looked.status_code == 200
    assert looked.request.path == f"/letters/{other}/cosigners/many"
    assert all(one.organisation in looked.text for one in (FIDH, LEAGUE))
    client.post("/organisations/onto", data=form | {"letter": other})
    with database.reading() as session:
        assert len(session.get_one(Letter, other).invitations) == 1
    assert client.post("/organisations/onto", data=form | {"letter": "0" * 32}).status_code == 400


# --- merged -----------------------------------------------------------------------------------------------------------


def test_two_become_one_after_it_is_shown_what_will_be(client, database, campaign_id, anna):
    first = letter(database, campaign_id, FIDH)
    second = letter(
        database, campaign_id, text.Cosigner("La Fédération", "", "Karim", "", "k@fidh.example", country="France")
    )
    stays, other = known_id(database), known_id(database, "La Fédération")

    page = client.get(f"/organisations/chosen?do=merge&id={stays}&id={other}", follow_redirects=True)
    for words in ("1 letter will lead to it", "France", "k@fidh.example"):
        assert words in page.text
    assert len(contacts(database)) == 1
    merged = client.post(
        f"/organisations/{stays}/merge", data={"csrf_token": csrf(page), "stays": stays, "with": other}
    )

    assert merged.location.endswith(stays)
    assert listed(client)[0] == [FIDH.organisation]
    assert contacts(database) == [
        ("Alice Mogwe", "desk@fidh.example", True, True),
        ("Karim", "k@fidh.example", False, False),
    ]
    with database.reading() as session:
        assert {one.known_id for one in session.query(Organisation)} == {stays}
        assert session.get_one(Letter, second).invitations[0].organisation.name == "La Fédération"
        assert session.get_one(KnownOrganisation, stays).country == "France"
        assert directory.as_cosigners(session, User(admin=True), [stays])[0].email == "desk@fidh.example"
    assert client.get(f"/organisations/{other}").location.endswith(stays)
    assert findings(database, first) == findings(database, second) == []
    letter(database, campaign_id, text.Cosigner("la federation"))
    assert listed(client)[0] == [FIDH.organisation]


def test_what_is_on_a_letter_is_not_taken_off(database, campaign_id, anna):
    letter(database, campaign_id, FIDH)

    with pytest.raises(RefusedError, match="is on a letter"):
        done(database, editing.remove, anna, known_id(database))
    with pytest.raises(InputError):
        done(database, merging.merge, anna, known_id(database), [known_id(database)])
