"""
A log of a million entries: checked against its signed root, continued, proved; and acts appended to one, 32 a commit.

Baselines: bare sqlite3 and hashlib over the same file, the ORM, and pymerkle (`pip install pymerkle`; without it, its
figures are left out).
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
import tempfile
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.factories import ANNA, take_in
from workflow import history, merkle
from workflow.database import Database
from workflow.history import actions, checked
from workflow.history.log import CHECKPOINTS, ENTRIES, HEADS, SUBTREES
from workflow.models import LogEntry
from workflow.transaction import lock_letter

SIZE, NEW, PIECE, ENTRY = 1_000_000, 5_000, 50_000, 194
RUNS, PROOFS, APPENDS, TOGETHER = 3, 50, 640, 32


def measure() -> None:
    """Record `verify/…`, `proof/…` and `append/…`."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder)))
        database.migrate()
        letter_id = take_in(database, 1)
        before = _fill(database, letter_id, SIZE - NEW)
        _fill(database, letter_id, SIZE)
        _verify(database, letter_id, before)
        _prove(database, letter_id)
        _append(database)
        database.close()


def _fill(database: Database, letter_id: str, size: int) -> checked.Checked:
    """Let a log be as long: its entries say nothing, its tree is whole and signed. Returns what is then checked."""
    with database.writing() as session:
        tree = merkle.Growing()
        known = history.leaves(session, letter_id)
        tree.extend(known)
        for first in range(len(known), size, PIECE):
            rows, subtrees = [], []
            for number in range(first, min(size, first + PIECE)):
                entry = f"{number:0{ENTRY}}".encode()
                leaf = merkle.leaf_hash(entry)
                row = {"letter_id": letter_id, "sequence": number, "entry": entry, "leaf": leaf, "action": "x"}
                rows.append(row)
                subtrees += [full._asdict() | {"letter_id": letter_id} for full in tree.append(leaf)]
            session.execute(sa.insert(ENTRIES), rows)
            session.execute(sa.insert(SUBTREES), subtrees)
        signed = merkle.Checkpoint(history.origin(session.settings, letter_id), size, tree.root()).to_text()
        note = merkle.sign_note(signed, session.settings.host, session.settings.history_seed())
        session.execute(sa.insert(CHECKPOINTS).values(letter_id=letter_id, size=size, note=note))
        frontier = [root.hex() for root in tree.frontier]
        session.execute(sa.update(HEADS).where(HEADS.c.letter_id == letter_id).values(size=size, frontier=frontier))
    with database.reading() as session:
        found = checked.continued(session, letter_id, None)
    assert found is not None
    return found


def _verify(database: Database, letter_id: str, before: checked.Checked) -> None:
    file = database.engine.url.database
    root = _whole(database, letter_id, None)
    variants = {
        "ours": lambda: timed(lambda: _whole(database, letter_id, None)),
        "raw": lambda: timed(lambda: _raw(file, letter_id)),
        "orm": lambda: timed(lambda: _orm(database, letter_id)),
        "new": lambda: timed(lambda: _whole(database, letter_id, before)),
    }
    assert _raw(file, letter_id) == _orm(database, letter_id) == root == _whole(database, letter_id, before)
    taken = in_turn(variants, RUNS)
    record(f"verify/{SIZE}/vs_raw_loop", taken["ours"], taken["raw"], "ms", RUNS)
    record(f"verify/{SIZE}/vs_orm", taken["ours"], taken["orm"], "ms", RUNS)
    record(f"verify/{NEW}_new/vs_whole", taken["new"], taken["ours"], "ms", RUNS)


def _whole(database: Database, letter_id: str, before: checked.Checked | None) -> bytes:
    with database.reading() as session:
        found = checked.continued(session, letter_id, before)
    assert found is not None
    assert found.size == SIZE
    return merkle.root_of(found.frontier)


def _raw(file: str | None, letter_id: str) -> bytes:
    """Bare sqlite3 and hashlib: each entry read, hashed, and put into the tree."""
    connection, sha256, frontier = sqlite3.connect(file or ""), hashlib.sha256, []
    query = "SELECT entry FROM log_entries WHERE letter_id = ? ORDER BY sequence"
    for index, (entry,) in enumerate(connection.execute(query, (letter_id,))):
        node, full = sha256(b"\0" + entry).digest(), index
        while full & 1:
            node, full = sha256(b"\1" + frontier.pop() + node).digest(), full >> 1
        frontier.append(node)
    connection.close()
    while len(frontier) > 1:
        right = frontier.pop()
        frontier.append(sha256(b"\1" + frontier.pop() + right).digest())
    return frontier[0]


def _orm(database: Database, letter_id: str) -> bytes:
    """The entries as objects, each put into the tree."""
    tree = merkle.Growing()
    query = sa.select(LogEntry).where(LogEntry.letter_id == letter_id).order_by(LogEntry.sequence)
    with database.reading() as session:
        for row in session.scalars(query.execution_options(yield_per=1000)):
            tree.append(merkle.leaf_hash(row.entry))
    return tree.root()


def _prove(database: Database, letter_id: str) -> None:
    """One proof: ours from the database, signed head and all; pymerkle's from its tree in memory."""
    try:
        from pymerkle import InmemoryTree
    except ImportError:
        print("proof, append: pymerkle is not installed")
        return
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(SIZE):
        theirs.append_entry(f"{number:0{ENTRY}}".encode())
    drawn = random.Random(1)
    with database.reading() as session:
        taken = in_turn(
            {
                "ours": lambda: timed(lambda: _some(session, letter_id, drawn)) / PROOFS,
                "pymerkle": lambda: timed(lambda: _theirs(theirs, drawn)) / PROOFS,
            },
            9,
        )
    record(f"proof/{SIZE}/vs_pymerkle", taken["ours"], taken["pymerkle"], "ms", 9)


def _some(session, letter_id: str, drawn: random.Random) -> None:
    for _ in range(PROOFS):
        history.proof(session, letter_id, drawn.randrange(SIZE))


def _theirs(tree, drawn: random.Random) -> None:
    for _ in range(PROOFS):
        tree.prove_inclusion(drawn.randrange(1, SIZE + 1))


def _append(database: Database) -> None:
    """Entries a second: ours whole (canonical, hashed, stored, its subtrees, signed), 32 a commit; pymerkle's store."""
    try:
        from pymerkle import SqliteTree
    except ImportError:
        return
    letter_id = take_in(database, 1)
    with tempfile.TemporaryDirectory() as folder:
        theirs = SqliteTree(str(Path(folder) / "tree.db"), algorithm="sha256")
        taken = in_turn(
            {
                "ours": lambda: APPENDS / timed(lambda: _ours_appended(database, letter_id)) * 1000,
                "pymerkle": lambda: APPENDS / timed(lambda: _appended(theirs)) * 1000,
            },
            5,
        )
    record("append/32/vs_pymerkle_sqlite", taken["ours"], taken["pymerkle"], "entries/s", 5)


def _ours_appended(database: Database, letter_id: str) -> None:
    opened = actions.AuditorOpened(link="0" * 32)
    for _ in range(APPENDS // TOGETHER):
        with database.writing() as session:
            lock_letter(session, letter_id)
            for _ in range(TOGETHER):
                history.append(session, letter_id, ANNA, opened)


def _appended(tree) -> None:
    for number in range(APPENDS):
        tree.append_entry(f"{number:0{ENTRY}}".encode())
