"""A live database against its own log: what strays is named, and what lives holds."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from tests.support import factories
from tests.support.evidence import (
    check,
    every_note,
    files_of,
    live,
    place,
    said,
)
from tests.support.sent_letters import NAMES, by_hand, open_letter, sign, whole_life
from workflow import history
from workflow.campaigns import drafts, invitations, lifecycle
from workflow.campaigns.roster import roster
from workflow.models import Letter
from workflow.signoffs import answers


def test_a_live_letter_holds(database):
    letter_id = whole_life(database)

    assert (live(database, letter_id).verdict, live(database, letter_id).problems) == (
        "VALID, signed by the operator only",
        [],
    )


def test_an_entry_changed_in_the_database_is_named(database):
    letter_id = whole_life(database)
    files = files_of(database, letter_id) | every_note(database, letter_id)
    entry = files["entries/000003.json"].replace(b"2026-", b"2025-")
    statement = "UPDATE log_entries SET entry = :entry WHERE letter_id = :letter AND sequence = 3"
    by_hand(database, statement, entry=entry, letter=letter_id)

    assert f"{place(files, 3)} is not what was signed" in said(live(database, letter_id))


def test_a_log_emptied_in_the_database_is_said_in_words(database):
    letter_id = whole_life(database)
    by_hand(database, "DELETE FROM log_entries WHERE letter_id = :letter", letter=letter_id)

    report = live(database, letter_id)

    assert report.verdict.startswith("INVALID: ")
    assert "no entries" in said(report)


def test_an_entry_deleted_from_the_database_is_named(database):
    letter_id = whole_life(database)
    by_hand(database, "DELETE FROM log_entries WHERE letter_id = :letter AND sequence = 5", letter=letter_id)

    assert "Entry 5 was removed" in said(live(database, letter_id))


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE letters SET state = 'approved' WHERE id = :letter", "its history says: sent"),
        (
            "UPDATE invitations SET state = 'declined' WHERE letter_id = :letter AND position = 1",
            "is declined in the database; its history says: signed",
        ),
        (
            "UPDATE deliveries SET state = 'queued' WHERE letter_id = :letter AND kind = 'letter'",
            "its history says: accepted by the mail server",
        ),
        (
            "UPDATE signoffs SET name = 'Zoe Never' WHERE invitation_id IN "
            "(SELECT id FROM invitations WHERE letter_id = :letter AND position = 1)",
            ": name is not the one that entry 20 recorded",
        ),
        (
            "UPDATE signoffs SET sequence = 1 WHERE invitation_id IN "
            "(SELECT id FROM invitations WHERE letter_id = :letter AND position = 1)",
            "no entry of the history made a row with this sequence",
        ),
        ("UPDATE log_heads SET size = size - 1 WHERE letter_id = :letter", "The log's head counts"),
        ("DELETE FROM log_heads WHERE letter_id = :letter", "The log's head counts 0 entries"),
        (
            "UPDATE log_entries SET leaf = entry WHERE letter_id = :letter AND sequence = 4",
            "The leaf that is stored for entry 4 is not its hash",
        ),
    ],
)
def test_a_row_that_strays_from_the_log_is_named(database, statement, sentence):
    letter_id = whole_life(database)
    by_hand(database, statement, letter=letter_id)

    assert sentence in said(live(database, letter_id))


def test_a_living_database_never_strays_from_its_log(database):
    letter_id = open_letter(database)
    assert live(database, letter_id).problems == []
    sign(database, letter_id, 0)
    link = factories.link_ids(database, letter_id)[1]
    factories.act(database, answers.decline, link, factories.digest(database, letter_id), "Not us")
    assert live(database, letter_id).problems == []
    factories.act(database, lifecycle.revise, letter_id, "Again", factories.ANNA)
    factories.act(
        database, drafts.edit, letter_id, factories.words(), factories.ANNA, version=2, dated=date(2026, 11, 24)
    )
    factories.open_sign_off(database, letter_id)
    assert live(database, letter_id).problems == []
    factories.act(database, lifecycle.withdraw, letter_id, "Events", factories.ANNA)

    assert live(database, letter_id).problems == []


def test_who_declined_and_was_asked_again_can_sign_the_text_that_it_had_signed_before(database):
    letter_id = factories.take_in(database, 2)
    factories.open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    for version, words in ((1, factories.words(body="Another text.")), (2, factories.words())):
        if version == 2:
            link = factories.link_ids(database, letter_id)[0]
            factories.act(database, answers.decline, link, factories.digest(database, letter_id), "Not this one")
        factories.act(database, lifecycle.revise, letter_id, "As discussed", factories.ANNA)
        factories.act(
            database, drafts.edit, letter_id, words, factories.ANNA, version=version, dated=date(2026, 11, 24)
        )
        factories.open_sign_off(database, letter_id)
    with database.reading() as session:
        declined = session.get_one(Letter, letter_id).invitations[0].id
    factories.act(database, invitations.reinvite, letter_id, declined, factories.ANNA)

    sign(database, letter_id, 0)

    with database.reading() as session:
        assert [signoff.name for signoff in roster(session, session.get_one(Letter, letter_id)).counting] == [NAMES[0]]
    assert live(database, letter_id).problems == []


def test_the_newest_checkpoint_covers_every_entry(database):
    letter_id = whole_life(database)
    with database.reading() as session:
        newest = history.newest_checkpoint(session, letter_id)

        assert newest.size == len(history.entries(session, letter_id))
        assert history.newest_checkpoint(session, "0" * 32) is None


def test_evidence_taken_while_others_write_holds(database):
    letter_id = open_letter(database)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with database.writing() as session:
                drafts.set_terms(session, letter_id, factories.terms(deadline=None), factories.ANNA)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [check(database, files_of(database, letter_id)) for _ in range(5)]
    finally:
        stop.set()
        writer.join(120)

    assert [report.problems for report in reports] == [[]] * 5
