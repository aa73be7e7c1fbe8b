"""A new letter: pasted, uploaded or begun from an earlier one, in a campaign that was chosen or in a new one."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.browsing import csrf, field, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, act, findings, open_sign_off, sign, take_in, terms, words
from workflow import accounts, documents, history
from workflow.campaigns import campaign, drafts, earlier, invitations, stationery
from workflow.campaigns.campaign import Setting
from workflow.campaigns.stationery import Standing
from workflow.documents import compile_letterhead
from workflow.errors import InputError
from workflow.letter import text
from workflow.models import Campaign, Intake, Letter, Letterhead

LETTER = """Jane Doe
Minister of Rivers

4 May 2027

Re: Water

Dear Minister,

We write to you about the water of our rivers, which is so dirty that nobody can drink it any more.

Sincerely,

A Sun
Head, Sun Watch (SW)
"""
FILE = "---\nsubject: Water\nminimum: 3\ndeadline: 2031-05-01 18:00\ntimezone: Asia/Tokyo\n---\nWe write to you.\n"


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


def begun(database, name="Rivers", **changes):
    """A campaign without a letter."""
    with database.writing() as session:
        return campaign.begin(session, Setting(terms=terms(name=name, minimum=7, **changes))).id


def sent(client, upload=None, where="/letters/new", **fields):
    typed = {"csrf_token": csrf(client.get(where)), "campaign": "", "campaign_name": "", "pasted": "", **fields}
    if upload:
        typed["file"] = (io.BytesIO(upload[0]), upload[1])
    return client.post("/letters", data=typed)


def made(database, answer):
    assert answer.status_code == 303, answer.text
    letter_id = answer.location.split("/")[4 if "//" in answer.location else 2]
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        return row.id, row.campaign_id, drafts.terms_of(row), row.campaign.name


def test_a_letter_joins_the_campaign_that_was_chosen_and_has_its_terms(client, database):
    rivers = begun(database)
    assert f'<option value="{rivers}" selected>' in " ".join(client.get(f"/letters/new?campaign={rivers}").text.split())

    letter_id, campaign_id, rules, _ = made(database, sent(client, pasted=LETTER, campaign=rivers))
    other, same, said, _ = made(database, sent(client, (FILE.encode(), "water.md"), campaign=rivers))

    assert (campaign_id, same, rules.minimum) == (rivers, rivers, 7)
    assert (said.minimum, said.timezone, said.deadline) == (3, "Asia/Tokyo", datetime(2031, 5, 1, 9, 0, tzinfo=UTC))
    with database.reading() as session:
        assert session.query(Intake).filter_by(letter_id=other).one().name == "water.md"
    assert findings(database, letter_id) == findings(database, other) == []


def test_a_new_campaign_is_called_as_was_typed_or_as_the_letter(client, database):
    assert made(database, sent(client, pasted=LETTER, campaign_name="Clean rivers"))[3] == "Clean rivers"
    assert made(database, sent(client, pasted=LETTER))[3] == "Water"


def test_nobody_adds_to_a_campaign_or_takes_from_a_letter_of_others(app, database):
    theirs, letter_id = begun(database), take_in(database, 1)
    client = signed_in(app, database, "ben@example.org", admin=False)

    refused = sent(client, pasted=LETTER, campaign=theirs)
    with_file = sent(client, (LETTER.encode(), "water.txt"), campaign=theirs)

    assert (refused.status_code, with_file.status_code) == (400, 400)
    assert field(refused, "letters", "pasted")[0].strip() == LETTER.strip()
    assert "Choose the file again" in field(with_file, "letters", "file")[1][0]
    assert theirs not in client.get("/letters/new").text
    assert client.get(f"/letters/new/from/{letter_id}").status_code == 404
    with database.reading() as session:
        assert session.query(Letter).count() == 1


@each(
    ("pasted", "upload", "at", "said"),
    [
        ("", None, "pasted", "Paste the text of the letter"),
        ("A line of the letter.\n" * 10_000, None, "pasted", "3000"),
        ("", (b"", "empty.txt"), "file", "is empty"),
        ("", (b"%PDF-1.7 a scan", "scan.pdf"), "file", "is a PDF"),
        ("", (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.doc"), "file", "old.doc"),
    ],
)
def test_what_is_no_letter_is_said_at_its_place_and_what_was_typed_stays(client, pasted, upload, at, said):
    refused = sent(client, upload, pasted=pasted, campaign_name="Clean rivers")

    assert refused.status_code == 400
    assert said in " ".join(field(refused, "letters", at)[1])
    assert field(refused, "letters", "campaign_name")[0] == "Clean rivers"
    assert (field(refused, "letters", "pasted")[0] or "").strip() == pasted.strip()


# --- from an earlier letter -------------------------------------------------------------------------------------------


@pytest.fixture
def before(database):
    """A letter that was signed by one of three: with a letterhead of its own, a withheld name, another contact."""
    letter_id = take_in(database, 3, minimum=2, comments_shared=True)
    with database.reading() as session:
        ids = [one.id for one in session.get_one(Letter, letter_id).invitations]
    compiled = compile_letterhead(documents.built_in("plain").source)
    act(database, stationery.add_letterhead, letter_id, "Ours", compiled, ANNA)
    with database.reading() as session:
        paper = stationery.Choice.of(session.get_one(Letter, letter_id))
    paper = replace(paper, layout="two", room_to_sign=True, running_header=True, fit_pages=2)
    act(database, stationery.choose, letter_id, paper, ANNA)
    act(database, stationery.set_standing, letter_id, ids[0], Standing(1, "Chile", founder=True), ANNA)
    act(database, stationery.set_standing, letter_id, ids[1], Standing(2, "Peru", confidential=True), ANNA)
    act(database, invitations.set_second_contact, letter_id, ids[0], "second@example.org", ANNA)
    open_sign_off(database, letter_id)
    act(database, invitations.set_contact, letter_id, ids[2], "new@example.org", ANNA)
    act(database, invitations.set_reader, letter_id, ids[2], ANNA, language="fr", timezone="Europe/Paris")
    sign(database, letter_id, 2)
    return letter_id


def start(database, letter_id, choice, **where):
    """Begin a letter as somebody who may act on the earlier one."""
    with database.writing() as session:
        actor = history.coordinator(accounts.user(session, "anna@example.org", "Anna", admin=True).id)
        into = where.pop("into", None)
        if into:
            where["campaign"] = session.get_one(Campaign, into)
        return earlier.start(session, session.get_one(Letter, letter_id), choice, actor, **where).id


def test_an_earlier_letter_gives_all_that_it_has_with_the_last_contacts(database, before):
    made = start(database, before, earlier.Choice(), into=begun(database))

    with database.reading() as session:
        old, new = session.get_one(Letter, before), session.get_one(Letter, made)
        assert (new.text(), new.state, new.date) == (old.text(), "drafting", None)
        assert (new.minimum, new.comments_shared, new.deadline) == (2, True, old.deadline)
        one, two, three = sorted(new.invitations, key=lambda invitation: invitation.position)
        assert (one.founder, one.second_email, one.organisation.country) == (True, "second@example.org", "Chile")
        assert (two.confidential, two.organisation.country) == (True, "Peru")
        assert (three.email, three.language, three.timezone) == ("new@example.org", "fr", "Europe/Paris")
        assert [o.organisation.known_id for o in (one, two, three)] == [
            i.organisation.known_id for i in old.invitations
        ]
        own = session.get_one(Letterhead, new.letterhead)
        assert stationery.Choice.of(new) == replace(stationery.Choice.of(old), letterhead=own.id)
        assert (own.campaign_id, own.name) == (new.campaign_id, "Ours")
    assert findings(database, made) == findings(database, before) == []


def test_only_what_was_chosen_is_taken(database, before):
    nothing = earlier.Choice(text=False, recipients=False, organisations="", layout=False, terms=False)
    signers = replace(nothing, organisations=earlier.SIGNERS)

    empty, some = (start(database, before, choice, name="Again") for choice in (nothing, signers))

    with database.reading() as session:
        row = session.get_one(Letter, empty)
        assert (row.body, row.subject, row.recipients, row.invitations, row.letterhead) == ("", "", [], [], "plain")
        assert (row.minimum, row.campaign.name) == (1, "Again")
        assert [one.organisation.name for one in session.get_one(Letter, some).invitations] == ["Organisation C"]
    assert findings(database, empty) == findings(database, some) == []


def test_people_who_signed_in_their_own_name_are_asked_so_again_where_the_campaign_has_any(database):
    letter_id = take_in(database, 1)
    with database.writing() as session:
        session.get_one(Letter, letter_id).campaign.individuals = True
    act(database, invitations.invite, letter_id, text.Cosigner(signatory="Ann Other", individual=True), ANNA)

    made = start(database, letter_id, earlier.Choice())
    with pytest.raises(InputError):
        start(database, letter_id, earlier.Choice(), into=begun(database))

    with database.reading() as session:
        row = session.get_one(Letter, made)
        assert [one.individual for one in row.invitations] == [False, True]
        assert (row.campaign.individuals, row.campaign.name) == (True, "Free the seventeen")
    assert findings(database, made) == []


def test_a_deadline_that_has_passed_is_left_out(database):
    letter_id = take_in(database, 1, deadline=datetime(2026, 11, 1, tzinfo=UTC))

    made = start(database, letter_id, earlier.Choice())

    with database.reading() as session:
        assert session.get_one(Letter, made).deadline is None


def test_an_earlier_letter_is_searched_for_and_chosen_on_the_page(client, database, before):
    rivers = begun(database)
    take_in(database, 1, letter=words(subject="Élan vital"), name="Others")

    found = client.get("/letters/new?search=elan").text
    assert "Élan vital" in found and "Free the seventeen" not in found
    page = client.get(f"/letters/new/from/{before}?campaign={rivers}")
    form = next(form for form in read(page).forms if form.get("action").endswith(before))
    typed = dict(form.form_values())
    assert (typed["organisations"], typed["text"], typed["campaign"]) == ("all", "y", rivers)
    refused = client.post(form.get("action"), data=typed | {"organisations": "some"})
    begin = client.post(form.get("action"), data=typed)

    assert (refused.status_code, begin.status_code) == (400, 303)
    assert begin.location.endswith("/draft")
    with database.reading() as session:
        row = session.get_one(Letter, begin.location.split("/")[-2])
        assert (row.campaign_id, len(row.invitations)) == (rivers, 3)
