"""Many organisations at once: pasted with mistakes, put right in the table, saved as a whole or not at all."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.browsing import csrf, field, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, act, findings, go_on, open_sign_off, take_in
from tests.support.listening import statements
from tests.support.sheets import sheet
from workflow import accounts
from workflow.campaigns import directory, invitations, lists
from workflow.imports import cosigner_lists
from workflow.jobs import sweep
from workflow.letter.text import Cosigner
from workflow.models import Delivery, Invitation, KnownOrganisation, Letter, LogEntry, Organisation, PastedList, now

ROWS = "cosigners-many-rows"


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


def paste(client, letter_id, pasted="", **more):
    at = f"/letters/{letter_id}/cosigners/many"
    page = client.get(f"{at}?again=y")
    sent = {"csrf_token": csrf(page), "pasted": pasted, **more}
    return client.post(at, data=sent, follow_redirects=True, content_type="multipart/form-data")


def sent_from(page, **typed):
    """The table's form as a browser sends it, with what was typed."""
    form = read(page).get_element_by_id(ROWS)
    return {name: value for name, value in form.form_values() if value is not None} | typed


def change(client, letter_id, page, **typed):
    at = f"/letters/{letter_id}/cosigners/many/rows"
    return client.post(at, data=sent_from(page, **typed), follow_redirects=True)


def states(page):
    """What stands in the table: the row's name, and its state."""
    found = read(page).xpath("//li/fieldset/legend")
    return [
        (one.xpath(".//bdi")[0].text_content(), one.xpath('.//span[contains(@class, "state")]')[0].text_content())
        for one in found
    ]


def listed(database, letter_id):
    with database.reading() as session:
        return [(i.organisation.name, i.email, i.signatory) for i in session.get_one(Letter, letter_id).invitations]


PASTED = """\
Organisation A <a@example.org>
ORGB <other@example.org>
Union of Rivers (UR), Ana López <ana@rivers.example>
Union of Rivers <office@rivers.example>
Forest Council <forest@council,example>
Green Network <green@gmial.com>
Red Agua Clara
Coral Alliance <ana@rivers.example>
Karim Lahidji <karim@fidh.example>
"""


def test_rows_are_shown_with_what_becomes_of_them_put_right_in_place_and_saved_as_a_whole(client, database):
    letter_id = take_in(database, 2)
    page = paste(client, letter_id, PASTED)

    assert states(page) == [
        ("Forest Council", "Wrong"),
        ("karim@fidh.example", "Wrong"),
        ("ORGB", "Doubtful"),
        ("Union of Rivers", "Doubtful"),
        ("Green Network", "Doubtful"),
        ("Red Agua Clara", "Doubtful"),
        ("Coral Alliance", "Doubtful"),
        ("Union of Rivers", "New"),
        ("Organisation A", "Already listed"),
    ]
    assert len(listed(database, letter_id)) == 2, "nothing is written before"

    refused = change(client, letter_id, page, save="y")
    assert refused.status_code == 400
    assert "2 rows are wrong" in refused.text
    assert field(refused, ROWS, "r4-email")[0] == "forest@council,example"
    assert len(listed(database, letter_id)) == 2

    taken = change(client, letter_id, refused, use="4:email")
    right = change(client, letter_id, taken, **{"r8-organisation": "FIDH", "r5-out": "y"})
    assert ("Forest Council", "New") in states(right) and ("FIDH", "New") in states(right)
    assert ("Green Network", "Left out") in states(right)
    again = client.get(f"/letters/{letter_id}/cosigners/many")
    assert states(again) == states(right), "nothing is lost by coming back"

    saved = change(client, letter_id, again, save="y")
    assert saved.status_code == 200 and "5 organisations added." in saved.text
    assert listed(database, letter_id)[2:] == [
        ("Union of Rivers", "ana@rivers.example", "Ana López"),
        ("Forest Council", "forest@council.example", ""),
        ("Red Agua Clara", "", ""),
        ("Coral Alliance", "ana@rivers.example", ""),
        ("FIDH", "karim@fidh.example", "Karim Lahidji"),
    ]
    with database.reading() as session:
        assert session.scalars(select(PastedList)).all() == []
        known = session.scalars(select(KnownOrganisation).where(KnownOrganisation.name == "Union of Rivers")).one()
        contacts = [(c.email, c.gets_link) for c in known.contacts]
    assert contacts == [("ana@rivers.example", True), ("office@rivers.example", False)]


def test_forty_missing_addresses_are_filled_in_by_one_save(client, database):
    asked = [Cosigner(f"Organisation {n}", f"O{n}", f"Person {n}") for n in range(40)]
    letter_id = take_in(database, 1)
    act(database, _put, letter_id, asked)
    lines = "\n".join(f"O{n}\to{n}@example.org" for n in range(40))
    page = paste(client, letter_id, lines)

    assert {state for _, state in states(page)} == {"Changed"}
    saved = change(client, letter_id, page, save="y")

    assert "40 organisations completed." in saved.text
    assert [email for _, email, _ in listed(database, letter_id)[1:]] == [f"o{n}@example.org" for n in range(40)]
    with database.reading() as session:
        entries = session.scalars(select(LogEntry).where(LogEntry.letter_id == letter_id)).all()
        assert sum(b"invitation.contact" in entry.entry for entry in entries) == 40
        found = session.scalars(select(Invitation.folded).where(Invitation.email == "o7@example.org")).one()
    assert "o7exampleorg" in found


def test_what_an_organisation_on_the_letter_lacks_is_taken_from_every_column_and_what_it_has_stays(client, database):
    letter_id = take_in(database, 1)
    there = Cosigner("Union of Rivers", signatory="Ana López"), Cosigner("Forest Council", email="f@forest.example")
    act(database, _put, letter_id, [*there, Cosigner("Green Network", signatory="Zoé", title="Chair")])
    heads = "Organisation\tName\tTitle\tEmail\tLanguage\tCountry\tTime zone"
    rows = (
        "Union of Rivers\tAna López\tPresident\tana@rivers.example\tfr\tFrance\tEurope/Paris",
        "Forest Council\t\t\tf@forest.example\tes\t\t",
        "Green Network\tIvo\tTreasurer\t\t\t\t",
    )
    page = paste(client, letter_id, "\n".join([heads, *rows]))

    assert [state for _, state in states(page)] == ["Changed", "Changed", "Already listed"]
    assert "2 organisations completed." in change(client, letter_id, page, save="y").text
    with database.reading() as session:
        kept = [
            (i.signatory, i.signatory_title, i.email, i.language, i.timezone, i.organisation.country)
            for i in session.get_one(Letter, letter_id).invitations[1:]
        ]
    assert kept == [
        ("Ana López", "President", "ana@rivers.example", "fr", "Europe/Paris", "France"),
        ("", "", "f@forest.example", "es", "", ""),
        ("Zoé", "Chair", "", "", "", ""),
    ]
    assert findings(database, letter_id) == []
    assert {state for _, state in states(paste(client, letter_id, "\n".join([heads, *rows])))} == {"Already listed"}


def _put(session, letter_id, asked):
    from workflow.campaigns.lookup import locked_letter

    return invitations.put_on_the_list(session, locked_letter(session, letter_id), asked, ANNA)


def test_on_a_letter_that_is_out_saving_mails_nobody_and_the_rest_is_invited_by_hand(client, database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    with database.reading() as session:
        before = session.scalars(select(Delivery.id)).all()
    page = paste(client, letter_id, "Union of Rivers <u@rivers.example>\nForest Council <f@forest.example>")
    assert "Invite the rest" in page.text
    change(client, letter_id, page, save="y")
    with database.reading() as session:
        assert session.scalars(select(Delivery.id)).all() == before

    act(database, invitations.write_to_rest, letter_id, ANNA)
    go_on(database, letter_id)
    with database.reading() as session:
        asked = session.scalars(select(Delivery.address).where(Delivery.id.not_in(before))).all()
    assert sorted(asked) == ["f@forest.example", "u@rivers.example"]


def test_the_directory_and_an_earlier_letter_give_their_organisations(client, database):
    earlier = take_in(database, 3)
    letter_id = take_in(database, 1, name="Another")
    with database.writing() as session:
        for of in (earlier, letter_id):
            anna = accounts.user(session, "anna@example.org")
            accounts.join(session, session.get_one(Letter, of).campaign_id, anna, "coordinator")
    page = paste(client, letter_id, **{"from": "letter", "letter": earlier})
    assert [name for name, _ in states(page)][-1] == "Organisation A"
    assert len(states(page)) == 3

    with database.reading() as session:
        campaign = session.get_one(Letter, earlier).campaign_id
        known = session.scalars(
            select(KnownOrganisation.id).where(
                KnownOrganisation.name == "Organisation C", KnownOrganisation.campaign_id == campaign
            )
        ).all()
    page = paste(client, letter_id, **{"from": "directory"}, **{f"known-{one}": "y" for one in known})
    assert states(page) == [("Organisation C", "Known")]
    saved = change(client, letter_id, page, save="y")
    assert "1 organisation added." in saved.text
    assert listed(database, letter_id)[-1] == ("Organisation C", "c@example.org", "Person C")
    with database.reading() as session:
        put = session.scalars(select(Organisation.known_id).where(Organisation.known_id.in_(known))).all()
    assert put == known * 2, "the same one on both letters"


def test_one_that_may_be_known_is_asked_about(client, database):
    letter_id = take_in(database, 1, name="A")
    with database.writing() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
        directory.keep(session, campaign, [Cosigner("International Federation", "FIDH", email="k@fidh.example")])
    page = paste(client, letter_id, "Internatonal Federation\tx@fidh.example")
    assert states(page) == [("Internatonal Federation", "Doubtful")]

    page = change(client, letter_id, page, use="0:known")
    assert states(page) == [("International Federation", "Changed")]


def test_a_letter_of_others_gives_nothing_and_a_list_of_others_is_not_seen(app, database):
    one = signed_in(app, database, "one@example.org", admin=False)
    letter_id, theirs = take_in(database, 1), take_in(database, 3)
    with database.writing() as session:
        for of, email in ((letter_id, "one@example.org"), (theirs, "two@example.org"), (letter_id, "two@example.org")):
            row = session.get_one(Letter, of)
            accounts.join(session, row.campaign_id, accounts.user(session, email), "coordinator")
    assert paste(one, letter_id, **{"from": "letter", "letter": theirs}).status_code == 400
    assert "Rivers" in paste(one, letter_id, "Union of Rivers").text

    two = signed_in(app, database, "two@example.org", admin=False)
    assert "Rivers" not in two.get(f"/letters/{letter_id}/cosigners/many").text


@pytest.fixture
def drafted(database):
    return take_in(database, 1)


@each(
    ("sent", "said"),
    [
        ({"pasted": "\n".join(f"Union {n}" for n in range(10_000))}, "a list takes 5,000 at once"),
        ({"pasted": " \n"}, "There is nothing in the list"),
        ({"file": (b"%PDF-1.7", "list.pdf")}, "This is not a list"),
        ({"file": (bytes(11_000_000), "list.xlsx")}, "larger than 10 MB"),
        ({"file": (b"\xd0\xcf\x11\xe0", "list.xls")}, "old .xls"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field_and_stays_as_it_was_typed(client, drafted, sent, said):
    name, given = next(iter(sent.items()))
    page = paste(client, drafted, **({name: (io.BytesIO(given[0]), given[1])} if name == "file" else sent))

    assert page.status_code in (400, 413)
    typed, why = field(page, "cosigners-many", name)
    assert any(said in words for words in why)
    if name == "pasted":
        assert (typed or "").strip() == sent["pasted"].strip()


def test_a_list_is_gone_after_a_day(client, database):
    letter_id = take_in(database, 1)
    paste(client, letter_id, "Union of Rivers")
    with database.writing() as session:
        session.execute(update(PastedList).values(changed_at=now() - timedelta(days=1, minutes=1)))
    assert states(client.get(f"/letters/{letter_id}/cosigners/many")) == []

    sweep.tidy(database)
    with database.reading() as session:
        assert session.scalars(select(PastedList)).all() == []


def test_two_thousand_rows_ask_the_database_as_often_as_five(database):
    letter_id = take_in(database, 1)
    with database.writing() as session:
        user = accounts.user(session, "anna@example.org")
        user_id = user.id
    asked = {}
    for count in (5, 2_000):
        rows = [[f"Union {n} of the North", f"u{n}@u{n}.example"] for n in range(count)]
        found = cosigner_lists.read(sheet(["Organisation", "Email"], *rows))
        with database.writing() as session, statements(database) as said:
            lists.keep(session, letter_id, user_id, lists.Draft(found.rows))
            draft = lists.read(session, letter_id, user_id)
            judged = lists.judge(session, session.get_one(Letter, letter_id), draft, None)
        assert {one.kind for one in judged} == {"new"} and len(judged) == count
        asked[count] = len(said)
    assert asked[5] == asked[2_000]

    saved = act(database, lists.save, letter_id, ANNA, user_id=user_id)
    assert saved.added == 2_000
    assert len(listed(database, letter_id)) == 2_001


def test_what_is_kept_is_kept_encrypted(client, database):
    letter_id = take_in(database, 1)
    paste(client, letter_id, "Union of Rivers <ana@rivers.example>")

    with database.reading() as session:
        sealed = session.scalars(select(PastedList.sealed)).one()
    assert b"rivers" not in sealed and not zipfile.is_zipfile(io.BytesIO(sealed))
