"""A list comes into the directory, shown before it is saved; what was exported comes back as it was."""

from __future__ import annotations

import io

import pytest

from tests.integration.test_directory import FIDH, LEAGUE, campaign, known, letter, member
from tests.integration.test_directory_pages import done, known_id
from tests.support.browsing import csrf, read, signed_in
from tests.support.cases import each
from tests.support.listening import statements
from workflow.campaigns.directory import editing
from workflow.campaigns.directory.editing import Details, Person
from workflow.models import KnownOrganisation


@pytest.fixture
def anna(database):
    return member(database, "anna")


@pytest.fixture
def campaign_id(database, anna):
    return campaign(database, anna)


@pytest.fixture
def client(app, database, campaign_id):
    return signed_in(app, database, admin=False)


def checked(client, campaign_id, pasted="", file=None):
    page = client.get("/organisations/import")
    data = {"csrf_token": csrf(page), "campaign": campaign_id, "pasted": pasted}
    if file is not None:
        data["file"] = (io.BytesIO(file), "list.csv")
    return client.post("/organisations/import", data=data, content_type="multipart/form-data")


def rows(page):
    """What is shown of each kind."""
    found = {}
    for section in read(page).xpath('//section[starts-with(@aria-labelledby, "g-")]'):
        kind = section.get("aria-labelledby")[2:]
        found[kind] = [one.text_content().strip() for one in section.xpath(".//li//strong")]
    return found


def saved(client, page, **chosen):
    tree = read(page)
    form = {one.get("name"): one.get("value") for one in tree.xpath("//main//input[@name]")}
    form["source"] = tree.xpath('//textarea[@name="source"]')[0].text_content()
    form |= {one.get("name"): one.xpath("./option/@value")[0] for one in tree.xpath("//main//select")}
    return client.post("/organisations/import/save", data=form | chosen, content_type="multipart/form-data")


LIST = """Organisation,Acronym,Email,Signatory,Country,Website
International Federation for Human Rights,FIDH,new@fidh.example,Alice Mogwe,France,fidh.example
Ligue des droits de l’Homme,LDH,zoe@ldh.example,Zoé,,
Ligue des droit de l’Homme,,info@ldh2.example,,,
New Network,,x@new.example,Nina,Peru,
,,nobody@example.org,,,
Broken,,not an address,,,
New Network,,y@new.example,,,
"""


def test_each_row_is_shown_as_what_it_will_do_and_nothing_is_written_before(client, database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE)
    before = known(database)

    page = checked(client, campaign_id, LIST)

    assert page.status_code == 200
    found = rows(page)
    assert found["changed"] == [FIDH.organisation]
    assert found["same"] == [LEAGUE.organisation]
    assert found["doubtful"] == ["Ligue des droit de l’Homme", "New Network"]
    assert found["new"] == ["New Network"]
    assert len(found["wrong"]) == 2
    for words in ("Nearly the same name", "desk@fidh.example", "The same organisation as in row", "Save 4 rows"):
        assert words in read(page).text_content()
    assert known(database) == before

    answer = saved(client, page)

    assert answer.status_code == 303
    assert "3 organisations added" not in client.get(answer.location).text
    names = dict(known(database))
    assert names["New Network"] == [("Nina", "x@new.example", True, True), ("", "y@new.example", False, False)]
    assert names["Ligue des droit de l’Homme"] == [("", "info@ldh2.example", True, False)]
    assert names[FIDH.organisation][1] == ("Alice Mogwe", "new@fidh.example", True, False)
    with database.reading() as session:
        row = session.query(KnownOrganisation).filter_by(name=FIDH.organisation).one()
        assert (row.country, row.website) == ("France", "https://fidh.example")
    assert "Broken" not in names


def test_what_was_chosen_for_a_row_is_done(client, database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE)
    page = checked(client, campaign_id, LIST)

    saved(client, page, r0="skip", r2=known_id(database, LEAGUE.organisation), r6="skip")

    names = dict(known(database))
    assert set(names) == {FIDH.organisation, LEAGUE.organisation, "New Network"}
    assert names[FIDH.organisation] == [("Alice Mogwe", "desk@fidh.example", True, True)]
    assert names[LEAGUE.organisation][1][1:] == ("info@ldh2.example", True, False)


@pytest.mark.parametrize(
    "headings",
    [
        "Nom de l’organisation;Sigle;Courriel;Signataire;Pays",
        "Organización;Siglas;Correo electrónico;Firmante;País",
        "المنظمة;الاختصار;البريد الإلكتروني;الموقع;البلد",
    ],
)
def test_columns_are_recognised_in_every_language(client, database, campaign_id, headings):
    page = checked(client, campaign_id, file=f"{headings}\nRed;R;r@red.example;Rosa;Chile\n".encode())

    saved(client, page)

    assert known(database) == [("Red", [("Rosa", "r@red.example", True, True)])]


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_what_was_exported_comes_back_as_it_was_and_runs_nothing(app, client, database, campaign_id, anna, language):
    details = Details(
        "=HYPERLINK(“x”)", "+A", "Finland", "https://a.example", language, "Europe/Paris", {"fr": "@Nom; été"}
    )
    done(database, editing.add, anna, campaign_id, details, Person("Ana “A”", "-Chair", "a@a.example"))
    done(database, editing.add_contact, anna, known_id(database, details.name), Person("Bo", "", "b@a.example", True))

    with client.session_transaction() as session:
        session["language"] = language
    exported = client.get("/organisations.csv")

    assert exported.mimetype == "text/csv"
    for cell in exported.data.decode("utf-8-sig").replace("\r\n", ";").replace(",", ";").split(";"):
        assert cell.strip('"')[:1] not in "=+-@" or not cell
    page = checked(client, campaign_id, file=exported.data)
    assert rows(page) == {"same": [details.name]}
    done(database, editing.remove, anna, known_id(database, details.name))
    saved(client, checked(client, campaign_id, file=exported.data))
    with database.reading() as session:
        row = session.query(KnownOrganisation).one()
        assert (row.name, row.acronym, row.country, row.website) == details_of(details)
        assert (row.language, row.timezone, row.names) == (language, "Europe/Paris", {"fr": "@Nom; été"})
        assert sorted((c.name, c.email, c.gets_link, c.signs) for c in row.contacts) == [
            ("", "a@a.example", False, False),
            ("Ana “A”", "", False, True),
            ("Bo", "b@a.example", True, False),
        ]


def details_of(details):
    return details.name, details.acronym, details.country, details.website


def test_only_what_was_chosen_or_matches_is_exported(client, database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE)

    assert client.get("/organisations.csv?q=ligue").data.count(b"\r\n") == 2
    chosen = client.get(f"/organisations/chosen?do=export&id={known_id(database)}", follow_redirects=True)
    assert b"FIDH" in chosen.data
    assert b"LDH" not in chosen.data


@each(
    ("field", "pasted", "file"),
    [("pasted", "", None), ("pasted", "a\n" * 20_000, None), ("file", "", b"%PDF-1.4 x"), ("file", "", b"PK\x03\x04")],
)
def test_what_is_no_list_is_refused_where_it_was_given(client, database, campaign_id, field, pasted, file):
    page = checked(client, campaign_id, pasted, file)

    assert page.status_code == 400
    assert read(page).get_element_by_id(f"organisations-import-{field}-error") is not None
    assert known(database) == []


def test_thousands_are_checked_and_saved_in_a_few_statements(client, database, campaign_id):
    lines = [f"Organisation {n:05},O{n},o{n}@x{n}.example,Person {n},Peru" for n in range(2_000)]
    pasted = "\n".join(["Organisation,Acronym,Email,Signatory,Country", *lines]) + "\n"
    with statements(database) as said:
        page = checked(client, campaign_id, file=pasted.encode())
    assert len(said) < 20
    assert "2,000" in page.text

    with statements(database) as said:
        assert saved(client, page).status_code == 303

    assert len(said) < 30
    with database.reading() as session:
        assert session.query(KnownOrganisation).count() == 2_000
    assert rows(checked(client, campaign_id, file=pasted.encode())).keys() == {"same"}


def test_one_who_may_not_add_adds_nothing(app, database, campaign_id):
    reader = signed_in(app, database, "reader@example.org", admin=False)
    other = signed_in(app, database, "other@example.org", admin=False)
    campaign(database, member(database, "other"))
    token = csrf(other.get("/organisations/new"))

    assert reader.get("/organisations/import").status_code == 404
    for address, form in (("", {"pasted": "A,B"}), ("/save", {"source": "Organisation\nA\n"})):
        data = {"csrf_token": token, "campaign": campaign_id, **form}
        assert other.post(f"/organisations/import{address}", data=data).status_code == 400
    assert known(database) == []
