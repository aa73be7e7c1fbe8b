"""
The signer of the common log: it signs what it has read again, and never anything that does not continue what it signed.

It works after the commit of what was appended: the committed rows are hashed anew, from the last head that this server
keeps outside the database (`state`). The new head is on the disk there before it stands in the database, where others
read it. A database that is smaller than that head, or has another tree below it, was restored from a backup, or the log
was forked: then nothing is signed until a person says so (`flask history restored --log`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, insert, select

from workflow import keys, merkle
from workflow.database import Database
from workflow.errors import NotAsSignedError
from workflow.history.common import state
from workflow.history.common.reading import frontier_at, root_in, text_of
from workflow.history.common.sequencer import PIECE, append_grown, locked_head, say_once
from workflow.history.log import log_name
from workflow.models import CommonCheckpoint, CommonEntry, CommonHead, now
from workflow.transaction import Transaction

CHECKPOINTS = CommonCheckpoint.metadata.tables["common_checkpoints"]


def sequence(database: Database) -> int:
    """
    Append what letters have grown by, and sign a head over it; returns how many checkpoints were appended.

    What does not fit, and why no head is signed, is logged once in a process. Raises WrongKeyError under another key,
    OSError where a head cannot be kept outside the database.
    """
    appended = append_grown(database)
    try:
        sign(database)
    except NotAsSignedError as error:
        say_once("common_log_not_signed", why=str(error), then="flask history restored --log")
    return appended


def sign(database: Database) -> str:
    """
    Sign a head over all that was appended, where it continues what this server signed last; returns it, or "".

    Raises NotAsSignedError where it does not, WrongKeyError under another key, OSError where it cannot be kept outside.
    """
    with database.reading() as session:
        head = session.get(CommonHead, 1)
        if head is None or not head.size or _is_signed(session, head.size):
            return ""
        keys.check_signs(session.settings, head.vkey)
    tree = read_again(database)
    text = merkle.Checkpoint(log_name(head.vkey), tree.size, tree.root()).to_text()
    note = merkle.sign_note(text, log_name(head.vkey), database.settings.history_seed())
    with database.writing() as session:
        _keep(session, note, tree.size)
    return note


def _is_signed(session: Transaction, size: int) -> bool:
    """Whether the database holds a head of all that was appended, and it is the one that this server keeps."""
    note = session.scalar(select(CommonCheckpoint.note).where(CommonCheckpoint.size == size))
    return note is not None and text_of(note) == text_of(state.last_signed(session.settings))


def _keep(session: Transaction, note: str, size: int) -> None:
    """Keep a head outside the database, then in it; the row of the log's head is the lock of both."""
    keys.check_signs(session.settings, locked_head(session).vkey)
    kept = state.last_signed(session.settings)
    if kept and size_in(kept) > size:
        return  # Another process of this server was quicker, and has signed more.
    known = session.scalar(select(CommonCheckpoint.note).where(CommonCheckpoint.size == size))
    if known is not None and root_in(known) != root_in(note):
        raise NotAsSignedError(
            f"Two heads of {size} entries of the common log were signed, and they contradict each other."
        )
    state.remember(session.settings, known or note)
    if known is None:
        session.execute(insert(CHECKPOINTS).values(size=size, note=note, at=now()))


def size_in(note: str) -> int:
    """Return the size that a head states."""
    return int(note.split("\n")[1])


# --- reading again ----------------------------------------------------------------------------------------------------


def read_again(database: Database) -> merkle.Growing:
    """
    Return the tree over the committed entries, read again from the last head that this server keeps.

    Raises NotAsSignedError where they do not continue it, or do not lead to what the database holds as the newest.
    """
    kept = state.last_signed(database.settings)
    with database.reading() as session:
        head = session.get(CommonHead, 1)
        assert head is not None
        due = _newest_root(session)
        tree = _remembered_tree(database, session, kept, head.size)
    if due is not None and due[0] == tree.size and due[1] != tree.root():
        raise NotAsSignedError(_forked(database, kept, tree.size))
    for piece in pieces(database, tree.size, head.size):
        for leaf in piece:
            tree.append(leaf)
            if due is not None and tree.size == due[0] and tree.root() != due[1]:
                raise NotAsSignedError(_forked(database, kept, tree.size))
    if tree.size != head.size or head.frontier != [root.hex() for root in tree.frontier]:
        raise NotAsSignedError("The common log's head is not the tree of the stored entries.")
    return tree


def _newest_root(session: Transaction) -> tuple[int, bytes] | None:
    query = select(CommonCheckpoint.size, CommonCheckpoint.note).order_by(CommonCheckpoint.size.desc())
    found = session.execute(query.limit(1)).first()
    return None if found is None else (found.size, root_in(found.note))


def _remembered_tree(database: Database, session: Transaction, kept: str, size: int) -> merkle.Growing:
    """Return the tree of the head that is kept outside, from the stored subtrees, or else from the entries."""
    if not kept:
        return merkle.Growing()
    signed, root = size_in(kept), root_in(kept)
    if size < signed:
        raise NotAsSignedError(
            f"The common log has {size} entries here, and this server has signed a head of {signed}: the database was "
            "restored from an older backup."
        )
    frontier = frontier_at(session, signed)
    if frontier is not None and merkle.root_of(frontier) == root:
        return merkle.Growing(signed, frontier)
    tree = merkle.Growing()
    for piece in pieces(database, 0, signed):
        tree.extend(piece)
    if tree.size != signed or tree.root() != root:
        raise NotAsSignedError(_forked(database, kept, signed))
    return tree


def _forked(database: Database, kept: str, size: int) -> str:
    with database.reading() as session:
        query = select(CommonCheckpoint.note).order_by(CommonCheckpoint.size.desc()).limit(1)
        other = session.scalar(query) or ""
    place = state.keep_aside(database.settings, f"forked-at-{size}", [kept, other])
    return (
        f"The first {size} entries of the common log are not those that were signed: the database was restored from a "
        f"backup, or the log was forked. What is known of both is in {place}."
    )


_ENTRIES = (
    select(CommonEntry.position, CommonEntry.entry, CommonEntry.leaf)
    .where(CommonEntry.position >= bindparam("first"), CommonEntry.position < bindparam("end"))
    .order_by(CommonEntry.position)
)


def pieces(database: Database, first: int, end: int) -> Iterator[list[bytes]]:
    """Read committed entries again, and give the hashes of each piece. Raises NotAsSignedError."""
    while first < end:
        with database.reading() as session:
            rows: list[Any] = list(
                session.connection().execute(_ENTRIES, {"first": first, "end": min(end, first + PIECE)})
            )
        if not rows:
            raise NotAsSignedError(f"Entry {first} of the common log is not stored.")
        leaves = []
        for position, entry, leaf in rows:
            if position != first:
                raise NotAsSignedError(f"Entry {first} of the common log is not stored.")
            leaves.append(merkle.leaf_hash(bytes(entry)))
            if leaves[-1] != leaf:
                raise NotAsSignedError(f"The leaf that is stored for entry {first} of the common log is not its hash.")
            first += 1
        yield leaves
