"""Proofs from stored subtrees, in the database: the same as from all leaves, and what a changed row does to them."""

from __future__ import annotations

import importlib

import pytest
import sqlalchemy as sa

from tests.support.evidence import live
from tests.support.factories import ANNA, take_in
from tests.support.sent_letters import by_hand
from workflow import history, merkle
from workflow.errors import ProofError
from workflow.history import actions
from workflow.models import Checkpoint, LogSubtree
from workflow.transaction import lock_letter
from workflow.verify.notes import open_note, read_key, read_proof
from workflow.verify.tree import is_included

MIGRATION = importlib.import_module("config.migrations.versions.0013_thousands")


def grow(database, letter_id: str, *commits: int) -> int:
    """Append so many entries in each commit; returns how many there are then."""
    for count in commits:
        with database.writing() as session:
            lock_letter(session, letter_id)
            for number in range(count):
                action = actions.RecipientAddressed(recipient=f"{number:032x}", email="office@example.org")
                last = history.append(session, letter_id, ANNA, action)
    return last + 1


def from_all_leaves(session, letter_id: str, sequence: int, size: int) -> str:
    note = session.get_one(Checkpoint, (letter_id, size)).note
    return merkle.format_proof(sequence, merkle.Tree(history.leaves(session, letter_id)[:size]).path(sequence), note)


def test_a_proof_is_that_from_all_leaves_whatever_the_log_has_grown_to(database):
    letter_id = take_in(database)
    sizes = [grow(database, letter_id, count) for count in (1, 11, 1, 15, 16, 200, 40, 3)]
    with database.reading() as session:
        for size in sizes:
            for sequence in {0, 1, size // 2, size - 2, size - 1}:
                due = from_all_leaves(session, letter_id, sequence, size)
                assert history.proof(session, letter_id, sequence, size) == due
        newest = from_all_leaves(session, letter_id, 5, sizes[-1])
        assert history.proof(session, letter_id, 5) == newest


def test_a_proof_comes_with_the_first_checkpoint_that_holds_so_many(database):
    letter_id = take_in(database)
    first, second = grow(database, letter_id, 10), grow(database, letter_id, 10)
    with database.reading() as session:
        for size, due in ((first - 3, first), (first, first), (first + 1, second), (second, second)):
            _, _, note = read_proof(history.proof(session, letter_id, 2, size))
            assert open_note(note).size == due
        with pytest.raises(LookupError):
            history.proof(session, letter_id, 2, second + 1)


def test_a_proof_takes_two_statements_however_long_the_log_is(database):
    letter_id = take_in(database)
    size, asked = grow(database, letter_id, 700), []
    with database.reading() as session:
        history.proof(session, letter_id, 1)
        sa.event.listen(session.connection(), "before_cursor_execute", lambda *found: asked.append(found[2]))
        history.proof(session, letter_id, size // 2)

    assert len(asked) == 2


def test_a_changed_subtree_is_named_and_no_proof_hangs_on_it(database):
    """Whoever changes a stored root makes nobody's receipt false: the proof is made from the entries then."""
    letter_id = take_in(database)
    size = grow(database, letter_id, 300)
    with database.reading() as session:
        due = [from_all_leaves(session, letter_id, sequence, size) for sequence in (0, 40, size - 1)]
    by_hand(database, "UPDATE log_subtrees SET root = :root WHERE level = 4 AND number IN (0, 1)", root=b"\1" * 32)

    with database.reading() as session:
        assert [history.proof(session, letter_id, sequence) for sequence in (0, 40, size - 1)] == due
    assert live(database, letter_id).problems == [
        "log_subtrees 4/0: root is not that of the entries 0 to 15.",
        "log_subtrees 4/1: root is not that of the entries 16 to 31.",
    ]


def test_a_subtree_that_was_removed_or_added_is_named(database):
    letter_id = take_in(database)
    size = grow(database, letter_id, 300)
    with database.reading() as session:
        due = from_all_leaves(session, letter_id, 40, size)
    by_hand(database, "DELETE FROM log_subtrees WHERE level = 8")
    by_hand(
        database,
        "INSERT INTO log_subtrees (letter_id, level, number, root) VALUES (:letter, 1000000000, 0, :root)",
        letter=letter_id,
        root=b"\1" * 32,
    )

    with database.reading() as session:
        assert history.proof(session, letter_id, 40) == due
    assert live(database, letter_id).problems == [
        "log_subtrees 8/0: the row is not there.",
        "log_subtrees 1000000000/0: the log has no such subtree.",
    ]


def test_no_proof_is_given_that_does_not_hold(database):
    letter_id = take_in(database)
    grow(database, letter_id, 300)
    by_hand(database, "UPDATE log_entries SET leaf = :leaf WHERE sequence = 40", leaf=b"\1" * 32)

    with database.reading() as session:
        for sequence in (40, 41):
            with pytest.raises(ProofError, match="flask history verify"):
                history.proof(session, letter_id, sequence)
        assert history.proof(session, letter_id, 200).startswith("c2sp.org/tlog-proof"), "it does not hang on that leaf"
    assert "The leaf that is stored for entry 40 is not its hash." in live(database, letter_id).problems


def test_a_log_that_began_before_there_were_subtrees_gets_them(database):
    """As the migration makes them: the same as a log that grows with them."""
    letter_id = take_in(database)
    size = grow(database, letter_id, 700)
    with database.reading() as session:
        grown = session.execute(sa.select(LogSubtree.level, LogSubtree.number, LogSubtree.root)).all()
        found = MIGRATION._subtrees(history.leaves(session, letter_id))

    assert size > 700
    assert MIGRATION.LEVELS == merkle.LEVELS
    assert sorted((row["level"], row["number"], row["root"]) for row in found) == sorted(map(tuple, grown))


def test_a_proof_holds_for_a_stranger(database):
    letter_id = take_in(database)
    grow(database, letter_id, 90)
    with database.reading() as session:
        index, path, note = read_proof(history.proof(session, letter_id, 33))
        vkey, leaf = history.vkey_of(session, letter_id), history.leaves(session, letter_id)[33]
    signatures = open_note(note)
    signatures.check(read_key(vkey), merkle.is_signed)
    root = merkle.base64.b64decode(signatures.content.split("\n")[2])

    assert is_included(index, signatures.size, leaf, path, root)
