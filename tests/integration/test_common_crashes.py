"""
kill -9 between every two steps of appending to the common log and signing a head, on both databases.

Nothing is lost, nothing is signed twice and differently, and it goes on by itself.
"""

from __future__ import annotations

import signal

import sqlalchemy as sa

from tests.integration.test_crashes import TIMES
from tests.support.factories import open_sign_off, take_in
from tests.support.forked import forked
from tests.support.killing import STEPS, killed
from workflow.database import Database
from workflow.history import common
from workflow.history.common import signer, state
from workflow.models import CommonCheckpoint, CommonEntry


def given(database: Database) -> dict[int, set[str]]:
    """Every head that stands somewhere, by its size: outside the database and in it."""
    found: dict[int, set[str]] = {}
    with database.reading() as session:
        notes = list(session.scalars(sa.select(CommonCheckpoint.note)))
    for note in [*notes, *filter(None, [state.last_signed(database.settings)])]:
        found.setdefault(signer.size_in(note), set()).add(note)
    return found


def test_a_kill_between_any_two_steps_loses_nothing_and_signs_nothing_twice(database, settings):
    first = take_in(database)
    common.sequence(database)
    heads = given(database)
    for step in [*STEPS] * TIMES:
        letter_id = take_in(database)
        worker = forked.Process(target=killed, args=(settings, step))
        worker.start()
        worker.join(60)
        assert worker.exitcode == -signal.SIGKILL, f"it was never so that {step}"
        at_the_kill = given(database)
        with database.reading() as session:
            assert common.newest_size(session) <= max(at_the_kill)
        open_sign_off(database, letter_id)

        common.sequence(database)

        for seen in (at_the_kill, given(database)):
            for size, notes in seen.items():
                heads.setdefault(size, set()).update(notes)
        with database.reading() as session:
            assert list(common.check(session)) == [], step
            assert common.proof(session, letter_id).size > common.proof(session, first).size
            entries = session.scalar(sa.select(sa.func.count()).select_from(CommonEntry))
            assert common.newest_size(session) == entries == max(heads)
            assert common.newest(session) == state.last_signed(settings)
    assert {size: len(notes) for size, notes in heads.items()} == dict.fromkeys(heads, 1)
