"""
The signer of the common log: it signs what it has read again, and never anything that does not continue what it signed.

It works after the commit of what was appended: the committed rows are hashed anew, from the last head that this server
keeps outside the database (`state`). The new head is on the disk there before it stands in the database, where others
read it. A database that is smaller than that head, or has another tree below it, was restored from a backup, or the log
was forked: then nothing is signed until a person says so (`flask history restored --log`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, delete, insert, select, update

from workflow import keys, merkle
from workflow.database import Database
from workflow.errors import NotAsSignedError
from workflow.history.common import state
from workflow.history.common.reading import frontier_at, head_at, text_of
from workflow.history.common.sequencer import (
    HEAD,
    PIECE,
    SUBTREES,
    append_grown,
    check_count,
    locked_head,
    say_once,
    stored_size,
)
from workflow.history.log import log_name
from workflow.history.proofs import root_in, size_in
from workflow.models import CommonCheckpoint, CommonEntry, CommonHead, HeadWitness, now
from workflow.transaction import Transaction

CHECKPOINTS = CommonCheckpoint.metadata.tables["common_checkpoints"]
GO_ON = "flask history restored --log"


def sequence(database: Database) -> int:
    """
    Append what letters have grown by, and sign a head over it; returns how many checkpoints were appended.

    What does not fit, and why no head is signed, is logged once in a process. Raises WrongKeyError under another key,
    OSError where a head cannot be kept outside the database.
    """
    appended = 0
    try:
        appended = append_grown(database)
        sign(database)
    except NotAsSignedError as error:
        say_once("common_log_not_signed", why=str(error), then=GO_ON)
    return appended


def sign(database: Database) -> str:
    """
    Sign a head over all that was appended, where it continues what this server signed last; returns it, or "".

    Raises NotAsSignedError where it does not, WrongKeyError under another key, OSError where it cannot be kept outside.
    """
    with database.reading() as session:
        head = session.get(CommonHead, 1)
        if head is None or _is_signed(session, head.size):
            return ""
        keys.check_signs(session.settings, head.vkey)
        tree = read_again(session)
    note = _note(head.vkey, tree, database.settings.history_seed())
    with database.writing() as session:
        _keep(session, note, tree.size)
    return note


def _is_signed(session: Transaction, size: int) -> bool:
    """Whether the database holds a head of all that was appended, and it is the one that this server keeps."""
    kept = state.last_signed(session.settings)
    if size != stored_size(session):
        return False
    if not size:
        return not kept or not size_in(kept)
    note = session.scalar(select(CommonCheckpoint.note).where(CommonCheckpoint.size == size))
    return note is not None and text_of(note) == text_of(kept)


def _note(vkey: str, tree: merkle.Growing, *seeds: bytes) -> str:
    name = log_name(vkey)
    return merkle.sign_note(merkle.Checkpoint(name, tree.size, tree.root()).to_text(), name, *seeds)


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


def change_key(session: Transaction, new: bytes, *, lost: bool) -> None:
    """
    Let another key sign the common log from here on: the head of now is signed by the old key and the new one.

    Where the old one is lost, the last head that it signed stays as it is, and the next one is signed by the new key
    alone; the letters' histories say so. Raises NotAsSignedError where there is no head to be signed (`sign`).
    """
    head = session.scalar(select(CommonHead).with_for_update())
    if head is None:
        return
    if head.size and not lost:
        keys.check_signs(session.settings, head.vkey)
        tree = read_again(session)
        note = _note(head.vkey, tree, session.settings.history_seed(), new)
        state.remember(session.settings, note)
        session.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.size == tree.size))
        session.execute(insert(CHECKPOINTS).values(size=tree.size, note=note, at=now()))
    head.vkey = merkle.verifier_key(log_name(head.vkey), new)


# --- reading again ----------------------------------------------------------------------------------------------------


def why_not(session: Transaction) -> str:
    """Say why no head of what is appended can be signed; empty where one can, or is."""
    head, kept = session.get(CommonHead, 1), state.last_signed(session.settings)
    if head is None:
        return _restored(0, size_in(kept)) if kept and size_in(kept) else ""
    try:
        if not _is_signed(session, head.size):
            read_again(session)
    except NotAsSignedError as error:
        return str(error)
    return ""


def read_again(session: Transaction) -> merkle.Growing:
    """
    Return the tree over the committed entries, read again from the last head that this server keeps.

    Raises NotAsSignedError where they do not continue it, or do not lead to the newest head that the database holds.
    """
    kept = state.last_signed(session.settings)
    head = session.get_one(CommonHead, 1)
    tree = _remembered_tree(session, kept, head.size)
    newest = _newest(session)
    if newest and size_in(newest) > head.size:
        raise NotAsSignedError(
            f"The common log was cut short: {head.size} entries are here, and a head of {size_in(newest)} was signed."
        )
    check_count(session, head)
    for end in (size_in(newest) if newest else 0, head.size):
        for piece in _pieces(session, tree.size, end):
            tree.extend(piece)
        if newest and size_in(newest) == tree.size and root_in(newest) != tree.root():
            raise NotAsSignedError(_forked(session, kept, newest, tree.size))
    if head.frontier != [root.hex() for root in tree.frontier]:
        raise NotAsSignedError("The common log's head is not the tree of the stored entries.")
    return tree


def _newest(session: Transaction) -> str:
    query = select(CommonCheckpoint.size, CommonCheckpoint.note).order_by(CommonCheckpoint.size.desc())
    found = session.execute(query.limit(1)).first()
    if found is not None and found.size != size_in(found.note):
        raise NotAsSignedError(f"What is stored as the head of {found.size} entries is of {size_in(found.note)}.")
    return found.note if found is not None else ""


def _remembered_tree(session: Transaction, kept: str, size: int) -> merkle.Growing:
    """Return the tree of the head that is kept outside, from the stored subtrees, or else from the entries."""
    if not kept:
        return merkle.Growing()
    signed, root = size_in(kept), root_in(kept)
    if size < signed:
        raise NotAsSignedError(_restored(size, signed))
    frontier = frontier_at(session, signed)
    if frontier is not None and merkle.root_of(frontier) == root:
        return merkle.Growing(signed, frontier)
    tree = merkle.Growing()
    for piece in _pieces(session, 0, signed):
        tree.extend(piece)
    if tree.root() != root:
        query = select(CommonCheckpoint.note).where(CommonCheckpoint.size >= signed).order_by(CommonCheckpoint.size)
        raise NotAsSignedError(_forked(session, kept, session.scalar(query.limit(1)) or "", signed))
    return tree


def _restored(size: int, signed: int) -> str:
    return (
        f"The common log has {size} entries here, and this server has signed a head of {signed}: the database was "
        "restored from an older backup."
    )


def _forked(session: Transaction, kept: str, other: str, size: int) -> str:
    """Keep both notes in a file, for they are the proof; returns what is to be said."""
    place = state.keep_aside(session.settings, f"fork-at-{size}", [kept, other])
    return (
        f"The first {size} entries of the common log are not those that were signed: the database was restored from a "
        f"backup and has gone on, or the log was forked. Both heads are in {place}."
    )


_ENTRIES = (
    select(CommonEntry.position, CommonEntry.entry, CommonEntry.leaf)
    .where(CommonEntry.position >= bindparam("first"), CommonEntry.position < bindparam("end"))
    .order_by(CommonEntry.position)
)


def _pieces(session: Transaction, first: int, end: int) -> Iterator[list[bytes]]:
    """Read committed entries again, and give their hashes. Raises NotAsSignedError where one is not what is stored."""
    while first < end:
        piece = {"first": first, "end": min(end, first + PIECE)}
        rows = session.connection().execute(_ENTRIES, piece).all()
        leaves = merkle.leaf_hashes(row.entry for row in rows)
        for leaf, row in zip(leaves, rows, strict=True):
            if row.position != first:
                break
            if leaf != row.leaf:
                raise NotAsSignedError(f"The leaf that is stored for entry {first} of the common log is not its hash.")
            first += 1
        if first < piece["end"]:
            raise NotAsSignedError(f"Entry {first} of the common log is not stored.")
        yield leaves


# --- going on, when a person says so ----------------------------------------------------------------------------------


def go_on_from_here(database: Database) -> str:
    """
    Sign the common log as this database has it, whatever was signed before; returns the head, or "" without entries.

    What is contradicted by it is kept in a file: heads of this server and of the database. What is stored of the tree
    is made anew from the entries. Raises NotAsSignedError where the entries themselves are broken.
    """
    with database.writing() as session:
        head = locked_head(session)
        keys.check_signs(session.settings, head.vkey)
        tree, full = merkle.Growing(), []
        roots = {row.size: root_in(row.note) for row in session.scalars(select(CommonCheckpoint))}
        against = {size for size in roots if size > head.size}
        for leaf in itertools.chain.from_iterable(_pieces(session, 0, head.size)):
            full += tree.append(leaf)
            if roots.get(tree.size, tree.root()) != tree.root():
                against.add(tree.size)
        _keep_what_is_contradicted(session, sorted(against), head.size)
        session.execute(delete(SUBTREES))
        if full:
            session.execute(insert(SUBTREES), [one._asdict() for one in full])
        frontier = [root.hex() for root in tree.frontier]
        session.execute(update(HEAD).values(size=tree.size, frontier=frontier))
        note = _note(head.vkey, tree, session.settings.history_seed())
        state.remember(session.settings, note)
        if tree.size and (tree.size not in roots or tree.size in against):
            session.execute(insert(CHECKPOINTS).values(size=tree.size, note=note, at=now()))
    return note if tree.size else ""


def _keep_what_is_contradicted(session: Transaction, against: Sequence[int], size: int) -> None:
    kept = state.last_signed(session.settings)
    notes = [*filter(None, [kept]), *(head_at(session, size) for size in against)]
    if notes:
        state.keep_aside(session.settings, f"before-{size}-{now():%Y%m%dT%H%M%S}", notes)
    for table in (CommonCheckpoint, HeadWitness):
        session.execute(delete(table).where(table.size.in_(against)))
