"""
The sequencer: it reads again what letters have grown by, and appends the hash of their newest checkpoint.

It is never inside an act. What a letter has grown by is read and hashed without a lock, from the entries themselves;
then one short transaction, which the row of `common_head` locks, appends for many letters. A letter whose stored
entries do not lead to what was signed is left out, and that is said; the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from config.logs import logger
from workflow import keys, merkle
from workflow.database import Database
from workflow.errors import NotAsSignedError, ProofError, WrongKeyError
from workflow.history.common.reading import entry_for, entry_of
from workflow.history.log import log_name
from workflow.models import Checkpoint, CommonEntry, CommonHead, LogEntry, LogHead, Sequenced, now
from workflow.transaction import Transaction
from workflow.verify.notes import checkpoint_of, open_note, read_key
from workflow.verify.report import InputError, VerificationError

AT_ONCE = 200
"""So many letters are read together, and appended in one transaction: some ten milliseconds of its lock."""
PIECE = 20_000
"""So many entries are read in one statement: a reader of SQLite's older journal keeps writers waiting."""

TABLES = CommonEntry.metadata.tables
ENTRIES, SUBTREES = TABLES["common_entries"], TABLES["common_subtrees"]
HEAD, SEQUENCED = TABLES["common_head"], TABLES["sequenced"]


@dataclass(frozen=True, slots=True)
class Grown:
    """A letter whose log was read again, up to its newest checkpoint."""

    letter_id: str
    before: int
    """How many of its entries the common log knew."""
    size: int
    frontier: tuple[bytes, ...]
    note: str


def append_grown(database: Database) -> int:
    """
    Append the newest checkpoint of every letter that has grown; returns how many were appended.

    Two that do this at once append nothing twice. What does not fit is logged, once in a process. Raises
    NotAsSignedError where the head of the common log is not that of its entries.
    """
    with database.reading() as session:
        keys.check(session, database.settings)
        changed = [letter_id for letter_id in _changed(session) if not _was_looked_at(letter_id)]
    appended = 0
    for some in _batched(changed):
        found, misfits = look(database, some)
        for letter_id, why in misfits.items():
            _looked_at[letter_id] = time.monotonic()
            say_once("letter_not_sequenced", letter=letter_id, why=why, then=f"flask history verify {letter_id}")
        appended += _append(database, found) if found else 0
    return appended


def _batched(letters: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(letters), AT_ONCE):
        yield letters[first : first + AT_ONCE]


def misfits(database: Database) -> dict[str, str]:
    """Return the letters that cannot be sequenced, each with why: what is stored of them is not what was signed."""
    with database.reading() as session:
        changed = _changed(session)
    found: dict[str, str] = {}
    for some in _batched(changed):
        found |= look(database, some)[1]
    return found


AGAIN_SECONDS = 60.0
"""How long a letter that did not fit is left alone: it may be long, and the sweep comes every few seconds."""
_looked_at: dict[str, float] = {}


def _was_looked_at(letter_id: str) -> bool:
    """Whether a letter did not fit a moment ago."""
    return time.monotonic() - _looked_at.get(letter_id, -AGAIN_SECONDS) < AGAIN_SECONDS


_said: set[tuple[str, ...]] = set()


def say_once(what: str, **facts: str) -> None:
    """Log what does not fit, once in a process: the sweep comes back to it every few seconds."""
    if (what, *facts.values()) not in _said:
        _said.add((what, *facts.values()))
        logger().error(what, **facts)


def _changed(session: Transaction) -> list[str]:
    """Return the letters whose log is of another size than the common log knows of."""
    known = func.coalesce(Sequenced.size, 0)
    query = select(LogHead.letter_id).outerjoin(Sequenced, Sequenced.letter_id == LogHead.letter_id)
    return list(session.scalars(query.where(LogHead.size != known).order_by(LogHead.letter_id)))


# --- reading again ----------------------------------------------------------------------------------------------------


def look(database: Database, letters: Sequence[str]) -> tuple[list[Grown], dict[str, str]]:
    """Read again what letters have grown by; returns those that fit, and of the others why not."""
    found, wrong = [], {}
    with database.reading() as session:
        rows = session.execute(_STANDING.where(LogHead.letter_id.in_(letters)).order_by(LogHead.letter_id)).all()
    for row in rows:
        if row.size == row.before:
            continue  # Somebody else was quicker.
        try:
            found.append(_grown(database, row))
        except (NotAsSignedError, VerificationError, InputError, ProofError, WrongKeyError) as error:
            wrong[row.letter_id] = str(error)
        except (TypeError, ValueError, OverflowError):
            wrong[row.letter_id] = "A row of its log holds a value that its column cannot have."
    return found, wrong


OTHER = aliased(CommonEntry)
_STANDING = (
    select(
        LogHead.letter_id,
        LogHead.size,
        LogHead.frontier,
        LogHead.vkey,
        Checkpoint.note,
        Sequenced.size.label("before"),
        Sequenced.frontier.label("known"),
        CommonEntry.entry,
        select(func.max(OTHER.size)).where(OTHER.letter_id == LogHead.letter_id).scalar_subquery().label("newest"),
    )
    .outerjoin(Checkpoint, (Checkpoint.letter_id == LogHead.letter_id) & (Checkpoint.size == LogHead.size))
    .outerjoin(Sequenced, Sequenced.letter_id == LogHead.letter_id)
    .outerjoin(CommonEntry, (CommonEntry.letter_id == LogHead.letter_id) & (CommonEntry.size == Sequenced.size))
)


def _grown(database: Database, row: Any) -> Grown:
    """Return what one letter has grown by; raises where that is not what was signed."""
    keys.check_signs(database.settings, row.vkey)
    tree = _sequenced(row)
    if row.size < tree.size:
        raise NotAsSignedError(
            f"Its log was cut short: {tree.size} entries stand in the common log, {row.size} are here."
        )
    before = tree.size
    if row.note is None:
        raise NotAsSignedError(f"No checkpoint of its {row.size} entries is stored.")
    for piece in _pieces(database, row.letter_id, before, row.size):
        tree.extend(piece)
    if tree.size != row.size:
        raise NotAsSignedError(f"Its log's head counts {row.size} entries; {tree.size} are stored.")
    if row.frontier != [root.hex() for root in tree.frontier]:
        raise NotAsSignedError("Its log's head is not the tree of the stored entries.")
    check_signed(row.vkey, f"{log_name(row.vkey)}/letters/{row.letter_id}", row.note, tree)
    return Grown(row.letter_id, before, tree.size, tuple(tree.frontier), row.note)


def check_signed(vkey: str, origin: str, note: str, tree: merkle.Growing) -> None:
    """Check that a key has signed a tree under a log's name. Raises VerificationError, InputError, NotAsSignedError."""
    signatures = open_note(note)
    signatures.check(read_key(vkey), merkle.is_signed)
    signed = checkpoint_of("", signatures)
    if (signed.origin, signed.size, signed.root) != (origin, tree.size, tree.root()):
        raise NotAsSignedError(f"The {tree.size} stored entries of {origin} are not those that were signed.")


def _sequenced(row: Any) -> merkle.Growing:
    """Return the tree that the common log knows of a letter: its row is held against the entry that was appended."""
    if row.before != row.newest:
        raise NotAsSignedError(f"Of it {row.newest or 0} entries stand in the common log; {row.before or 0} are known.")
    if row.before is None:
        return merkle.Growing()
    tree = merkle.Growing(row.before, [bytes.fromhex(root) for root in row.known])
    signed = merkle.Checkpoint(f"{log_name(row.vkey)}/letters/{row.letter_id}", tree.size, tree.root())
    if row.entry is None or entry_for(signed.to_text()) != bytes(row.entry):
        raise NotAsSignedError(
            f"What is stored of its first {tree.size} entries is not what stands of them in the common log."
        )
    return tree


def _pieces(database: Database, letter_id: str, first: int, end: int) -> Iterator[list[bytes]]:
    """Read entries again, and give the hashes of each piece. Raises NotAsSignedError."""
    query = select(LogEntry.sequence, LogEntry.entry, LogEntry.leaf).where(
        LogEntry.letter_id == letter_id, LogEntry.sequence >= bindparam("first"), LogEntry.sequence < bindparam("end")
    )
    query = query.order_by(LogEntry.sequence)
    while first < end:
        with database.reading() as session:
            rows = session.connection().execute(query, {"first": first, "end": min(end, first + PIECE)}).all()
        leaves = [merkle.leaf_hash(entry) for _, entry, _ in rows]
        for leaf, row in zip(leaves, rows, strict=True):
            if row.sequence != first:
                raise NotAsSignedError(f"Entry {first} is not stored.")
            if leaf != row.leaf:
                raise NotAsSignedError(f"The leaf that is stored for entry {first} is not its hash.")
            first += 1
        if not rows:
            raise NotAsSignedError(f"Entry {first} is not stored.")
        yield leaves


# --- appending --------------------------------------------------------------------------------------------------------


def _append(database: Database, found: Sequence[Grown]) -> int:
    """Append what was read, but for letters that somebody else was quicker with. Returns how many were appended."""
    with database.writing() as session:
        head = locked_head(session)
        keys.check_signs(session.settings, head.vkey)
        check_count(session, head)
        tree = merkle.Growing(head.size, [bytes.fromhex(root) for root in head.frontier])
        query = select(Sequenced.letter_id, Sequenced.size).where(
            Sequenced.letter_id.in_([one.letter_id for one in found])
        )
        known = {row.letter_id: row.size for row in session.execute(query)}
        due = [one for one in found if known.get(one.letter_id, 0) == one.before]
        if due:
            _write(session, tree, due, known)
    return len(due)


def _write(session: Transaction, tree: merkle.Growing, due: Sequence[Grown], known: dict[str, int]) -> None:
    at = now()
    entries: list[dict[str, object]] = []
    subtrees: list[dict[str, object]] = []
    for one in due:
        entry = entry_of(one.note)
        leaf = merkle.leaf_hash(entry)
        of = {"letter_id": one.letter_id, "size": one.size, "at": at}
        entries.append({"position": tree.size, "entry": entry, "leaf": leaf, **of})
        subtrees += [full._asdict() for full in tree.append(leaf)]
    session.has_written = True
    connection = session.connection()
    connection.execute(insert(ENTRIES), entries)
    if subtrees:
        connection.execute(insert(SUBTREES), subtrees)
    frontier = [root.hex() for root in tree.frontier]
    connection.execute(update(HEAD).values(size=tree.size, frontier=frontier))
    new, old = [], []
    for one in due:
        stands = {"size": one.size, "frontier": [root.hex() for root in one.frontier]}
        if one.letter_id in known:
            old.append({"of": one.letter_id, **stands})
        else:
            new.append({"letter_id": one.letter_id, **stands})
    if new:
        connection.execute(insert(SEQUENCED), new)
    if old:
        connection.execute(update(SEQUENCED).where(SEQUENCED.c.letter_id == bindparam("of")), old)


def stored_size(session: Transaction) -> int:
    """Return how many entries are stored, as their last one says."""
    last = session.scalar(select(func.max(CommonEntry.position)))
    return 0 if last is None else last + 1


def check_count(session: Transaction, head: CommonHead) -> None:
    """Raise NotAsSignedError where the head counts other entries than are stored, or cannot be a tree of so many."""
    stored = stored_size(session)
    if head.size != stored or len(head.frontier) != head.size.bit_count():
        raise NotAsSignedError(f"The common log's head is not that of the {stored} entries that are stored.")


def locked_head(session: Transaction) -> CommonHead:
    """Return the row of the common log's head, locked; made where there is none."""
    query = select(CommonHead).with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        add: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        vkey = merkle.verifier_key(f"{session.settings.host}/log", session.settings.history_seed())
        row = add(HEAD).values(id=1, size=0, frontier=[], vkey=vkey)
        session.execute(row.on_conflict_do_nothing())
        found = session.scalar(query)
        assert found is not None
    return found
