"""How a log grows: rows many at once, one checkpoint a commit, and what a reader of the same transaction sees."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.evidence import files_of, live
from tests.support.factories import ANNA, take_in
from workflow import history, keys
from workflow.errors import NotLockedError, WrongKeyError
from workflow.history import actions
from workflow.keys import HISTORY
from workflow.models import Checkpoint, Disclosure, LogEntry, LogHead
from workflow.transaction import lock_letter


def addressed(number: int) -> actions.RecipientAddressed:
    return actions.RecipientAddressed(recipient=f"{number:032x}", email=f"{number}@example.org")


def append(session, letter_id: str, *numbers: int) -> list[int]:
    lock_letter(session, letter_id)
    return [history.append(session, letter_id, ANNA, addressed(number)) for number in numbers]


def sizes(session, letter_id: str) -> list[int]:
    return list(
        session.scalars(sa.select(Checkpoint.size).where(Checkpoint.letter_id == letter_id).order_by(Checkpoint.size))
    )


def statements(session, verb: str) -> list[str]:
    """What is asked of the database from here on that begins so."""
    asked: list[str] = []

    def listen(connection, cursor, statement, *_):
        if statement.startswith(verb):
            asked.append(statement)

    sa.event.listen(session.connection(), "before_cursor_execute", listen)
    return asked


def test_a_commit_signs_one_checkpoint_over_all_its_entries(database):
    letter_id = take_in(database)
    with database.reading() as session:
        before = sizes(session, letter_id)
    with database.writing() as session:
        numbers = append(session, letter_id, *range(40))
    with database.reading() as session:
        assert sizes(session, letter_id) == [*before, numbers[-1] + 1]
        assert session.get_one(LogHead, letter_id).size == numbers[-1] + 1
        assert [entry.sequence for entry in history.entries(session, letter_id)] == list(range(numbers[-1] + 1))


def test_a_commit_that_appends_nothing_signs_nothing(database):
    letter_id = take_in(database)
    with database.writing() as session:
        lock_letter(session, letter_id)
    with database.reading() as session:
        before = sizes(session, letter_id)
        assert len(before) == 1


def test_entries_go_into_the_database_many_at_once(database):
    letter_id = take_in(database)
    with database.writing() as session:
        asked = statements(session, "INSERT")
        append(session, letter_id, *range(10))
        assert asked == []
        session.flush()
    assert sum("log_entries" in one for one in asked) == 1
    assert sum("disclosures" in one for one in asked) == 1
    assert sum("checkpoints" in one for one in asked) == 1


def test_a_query_of_the_same_transaction_sees_every_entry(database):
    letter_id = take_in(database)
    with database.writing() as session:
        first, second = append(session, letter_id, 1, 2)
        assert [entry.sequence for entry in history.entries(session, letter_id)][-2:] == [first, second]
        (third,) = append(session, letter_id, 3)
        assert list(history.entries_at(session, letter_id, [third])) == [third]
        (fourth,) = append(session, letter_id, 4)
        assert session.get_one(LogEntry, (letter_id, fourth)).sequence == fourth
        (fifth,) = append(session, letter_id, 5)
        assert session.get_one(Disclosure, (letter_id, fifth)).payload == {"email": "5@example.org"}
        assert len(history.leaves(session, letter_id)) == fifth + 1
    assert live(database, letter_id).ok


def test_what_was_rolled_back_left_no_trace(database):
    letter_id = take_in(database)
    before = files_of(database, letter_id)
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        append(session, letter_id, 1, 2)
        session.flush()
        append(session, letter_id, 3)
        1 / 0  # noqa: B018

    assert files_of(database, letter_id) == before


def test_a_letter_that_is_not_locked_takes_no_entry(database):
    letter_id = take_in(database)
    with pytest.raises(NotLockedError), database.writing() as session:
        history.append(session, letter_id, ANNA, addressed(1))


def test_a_change_of_the_key_amid_other_entries_is_signed_by_both_at_its_own_size(database):
    """Otherwise nothing would show that the old key ended with that entry."""
    letter_id, new = take_in(database), "ab" * 32
    with database.writing() as session:
        numbers = append(session, letter_id, 1, 2)
        keys.succeed(session, HISTORY, new)
        changed = history.change_key(session, letter_id, bytes.fromhex(new), ANNA, lost=False)
    with database.reading() as session:
        assert sizes(session, letter_id)[-2:] == [changed, changed + 1] == [numbers[-1] + 1, numbers[-1] + 2]
        both = session.get_one(Checkpoint, (letter_id, changed + 1)).note
        assert both.count("\n— ") == 2


def test_the_key_that_was_replaced_signs_nothing_more_in_that_transaction(database):
    letter_id, new = take_in(database), "ab" * 32
    with pytest.raises(WrongKeyError), database.writing() as session:
        append(session, letter_id, 1)
        history.change_key(session, letter_id, bytes.fromhex(new), ANNA, lost=False)
        append(session, letter_id, 2)
