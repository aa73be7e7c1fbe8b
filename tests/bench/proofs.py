"""The proof of one entry in a log of 100,000: ours against reading all leaves and building the tree."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.factories import take_in
from workflow import history, merkle
from workflow.database import Database
from workflow.history.log import CHECKPOINTS, ENTRIES, SUBTREES

SIZE, RUNS, AT_ONCE = 100_000, 9, 20


def measure() -> None:
    """Record `proof/100000/vs_all_leaves`."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder)))
        database.migrate()
        letter_id = take_in(database, 1)
        _fill(database, letter_id)
        drawn = random.Random(1)
        with database.reading() as session:
            taken = in_turn(
                {
                    "ours": lambda: timed(lambda: _some(session, letter_id, drawn)) / AT_ONCE,
                    "all leaves": lambda: timed(lambda: _from_all(session, letter_id, drawn.randrange(SIZE))),
                },
                RUNS,
            )
        database.close()
    record(f"proof/{SIZE}/vs_all_leaves", taken["ours"], taken["all leaves"], "ms", RUNS)


def _some(session, letter_id: str, drawn: random.Random) -> None:
    for _ in range(AT_ONCE):
        history.proof(session, letter_id, drawn.randrange(SIZE))


def _from_all(session, letter_id: str, sequence: int) -> str:
    newest = history.newest_checkpoint(session, letter_id)
    path = merkle.Tree(history.leaves(session, letter_id)[: newest.size]).path(sequence)
    return merkle.format_proof(sequence, path, newest.note)


def _fill(database: Database, letter_id: str) -> None:
    """Let a log be as long: its entries say nothing, its tree is whole."""
    with database.writing() as session:
        first = len(history.leaves(session, letter_id))
        known, tree = history.leaves(session, letter_id), merkle.Growing()
        known += [merkle.leaf_hash(str(number).encode()) for number in range(first, SIZE)]
        subtrees = [one._asdict() | {"letter_id": letter_id} for leaf in known for one in tree.append(leaf)]
        rows = [
            {"letter_id": letter_id, "sequence": number, "entry": b"x" * 400, "leaf": known[number]}
            for number in range(first, SIZE)
        ]
        session.execute(sa.insert(ENTRIES), rows)
        session.execute(sa.insert(SUBTREES), subtrees)
        note = merkle.Checkpoint(history.origin(session.settings, letter_id), SIZE, tree.root()).to_text()
        signed = merkle.sign_note(note, session.settings.host, session.settings.history_seed())
        session.execute(sa.insert(CHECKPOINTS).values(letter_id=letter_id, size=SIZE, note=signed))
