"""Thousands of co-signers come in with a letter: in one transaction and a few statements, or not at all."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from tests.support.browsing import csrf, signed_in
from tests.support.factories import ANNA, act, cosigners, terms, words
from tests.support.letter_files import letter_file
from tests.support.listening import statements
from workflow import history, imports
from workflow.campaigns import drafts, invitations
from workflow.commands.letters import keep
from workflow.errors import InputError, RefusedError
from workflow.history import audit
from workflow.letter import text
from workflow.models import Campaign, Invitation, Letter, LogEntry, Organisation
from wsgi import create_app


def taken_in(database, count: int) -> str:
    read = imports.read(letter_file(count).encode())
    return act(database, keep, read)


def counted(database) -> list[int]:
    with database.reading() as session:
        return [session.query(table).count() for table in (Campaign, Letter, Organisation, Invitation, LogEntry)]


def test_two_thousand_are_written_in_as_many_statements_as_two(database):
    asked = []
    for count in (2, 2_000):
        with statements(database) as said:
            letter_id = taken_in(database, count)
        asked.append(len(said))

    assert asked[1] <= asked[0] + 4  # PostgreSQL takes a thousand rows in one
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert [one.position for one in row.invitations] == list(range(1, 2_001))
        last = row.invitations[-1]
        assert (last.state, last.organisation.name, last.signatory) == (
            "invited", "Organisation 2000", "Émilie Durand 2000",
        )  # fmt: skip
        assert last.organisation.folded == text.folded("Organisation 2000", "ORG2000")
        assert last.folded == text.folded("Émilie Durand 2000", "contact2000@org-2000.example", "")
        assert [one.action for one in history.entries(session, letter_id)] == [
            "letter.created", *["invitation.created"] * 2_000,
        ]  # fmt: skip
        assert audit.compare(session, row, audit.read_log(session, letter_id)).invalid == []


def test_one_that_is_wrong_and_nothing_is_written(database):
    asked = [*cosigners(3), text.Cosigner("\u200b\u200b"), text.Cosigner("x" * 501), text.Cosigner("Fine")]
    before = counted(database)

    with pytest.raises(InputError) as refused:
        act(database, lambda session: drafts.take_in(session, words(), asked, ANNA, dated=None, terms=terms()))

    assert [str(reason).partition(" (")[0] for reason in refused.value.reasons] == ["Co-signer 4", "Co-signer 5"]
    assert counted(database) == before


def test_a_letter_that_cannot_be_set_leaves_nothing_behind(database):
    before = counted(database)

    with pytest.raises(RefusedError):
        act(
            database,
            lambda session: drafts.take_in(
                session, words(body="[^1]: a\n\n" * 2_000 + "*a" * 2_400), cosigners(3), ANNA, dated=None, terms=terms()
            ),
        )

    assert counted(database) == before


def test_who_is_invited_later_stands_behind_the_others(database):
    letter_id = taken_in(database, 3)

    with database.writing() as session:
        before = [one.position for one in session.get_one(Letter, letter_id).invitations]
        invited = invitations.invite(session, letter_id, text.Cosigner("Another"), ANNA)
        row = session.get_one(Letter, letter_id)
        assert (before, invited.position, row.invitations[-1]) == ([1, 2, 3], 4, invited)


def test_the_page_says_all_that_is_wrong_with_a_file_and_takes_the_mended_one(database, settings):
    app = create_app(settings, database)
    client = signed_in(app, database)
    whole = letter_file(3_000)
    wrong = whole.replace("contact7@", "contact7 at ").replace("Organisation 2999\n", "Organisation 12\n")

    def send(source: str):
        page = client.get("/letters/new")
        sent = {"csrf_token": csrf(page), "file": (io.BytesIO(source.encode()), "letter.md")}
        return client.post("/letters", data=sent, content_type="multipart/form-data")

    refused = send(wrong)
    assert refused.status_code == 400
    assert "contact7 at" in refused.text
    assert "stands at co-signer 12 and at co-signer 2999" in refused.text
    assert counted(database)[1] == 0

    assert send(whole).status_code == 303
    assert counted(database)[1:4] == [1, 3_000, 3_000]


def test_a_command_says_each_of_the_mistakes_in_a_line(database, settings, tmp_path):
    app = create_app(settings, database)
    file = tmp_path / "letter.md"
    file.write_text(letter_file(9).replace("contact3@", "contact3 at ").replace("title: Directrice", "titel: D", 1))

    answer = app.test_cli_runner().invoke(args=["letter", "import", str(file)])

    assert answer.exit_code == 2
    said = [line for line in answer.output.splitlines() if "Line " in line]
    assert len(said) == 2
    assert counted(database)[1] == 0


def test_the_order_of_co_signers_is_that_of_the_file_in_the_database_too(database):
    letter_id = taken_in(database, 1_500)

    with database.reading() as session:
        query = sa.select(Organisation.name).join(Invitation).where(Invitation.letter_id == letter_id)
        names = session.scalars(query.order_by(Invitation.position)).all()
    assert names == [f"Organisation {number}" for number in range(1, 1_501)]
