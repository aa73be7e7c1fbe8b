"""Heads of the common log and the proofs that hang on them, read from what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow import merkle
from workflow.errors import ProofError
from workflow.history.log import log_name
from workflow.history.proofs import Kept, path_to, root_in, stored
from workflow.models import Checkpoint, CommonCheckpoint, CommonEntry, CommonHead, HeadWitness
from workflow.transaction import Transaction

KEPT = Kept(
    "SELECT 0 AS level, position AS number, leaf AS root FROM common_entries WHERE 1 = 1",
    "position",
    "SELECT level, number, root FROM common_subtrees WHERE 1 = 1",
)
COSIGNATURE = "cosignature"


def text_of(note: str) -> str:
    """Return the text that a note signs, with its final newline."""
    return note.partition("\n\n")[0] + "\n"


def entry_of(note: str) -> bytes:
    """Return what stands in the common log for a checkpoint of a letter: the SHA-256 of its signed text."""
    return entry_for(text_of(note))


def entry_for(text: str) -> bytes:
    """Return the same, of the text that a note signs."""
    return hashlib.sha256(text.encode()).digest()


# --- keys -------------------------------------------------------------------------------------------------------------


def vkey_of(session: Transaction) -> str:
    """
    Return the public key that checks the newest head, as `name+id+key`.

    The log is named by the public host at its first entry, and `/log`: its address, and keeps that name.
    """
    head = session.get(CommonHead, 1)
    return head.vkey if head is not None and head.vkey else _vkey(session, f"{session.settings.host}/log")


def name_of(session: Transaction) -> str:
    """Return the name of the common log, which is also the name of its key."""
    return log_name(vkey_of(session))


def own_vkey(session: Transaction) -> str:
    """Return the key at hand as the one of the common log: what is checked under it, the tables cannot vouch for."""
    return _vkey(session, name_of(session))


def _vkey(session: Transaction, name: str) -> str:
    return merkle.verifier_key(name, session.settings.history_seed())


# --- heads ------------------------------------------------------------------------------------------------------------


def newest_size(session: Transaction) -> int:
    """Return the size of the newest signed head, 0 where there is none."""
    return session.scalar(_SIZES.limit(1)) or 0


_SIZES = select(CommonCheckpoint.size).order_by(CommonCheckpoint.size.desc())


def newest(session: Transaction) -> str:
    """Return the newest signed head, with the signatures that witnesses gave of it; empty where there is none."""
    size = newest_size(session)
    return head_at(session, size) if size else ""


def head_at(session: Transaction, size: int) -> str:
    """Return the signed head of a size, with what witnesses signed. Raises LookupError."""
    note = session.scalar(select(CommonCheckpoint.note).where(CommonCheckpoint.size == size))
    if note is None:
        raise LookupError(f"No head of {size} entries was signed.")
    given = select(HeadWitness.content).where(HeadWitness.size == size, HeadWitness.kind == COSIGNATURE)
    lines = session.scalars(given.order_by(HeadWitness.witness)).all()
    return note + "".join(bytes(line).decode() for line in lines)


# --- proofs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """That a letter's checkpoint is in the common log."""

    checkpoint: str
    """The letter's own checkpoint: a signed note."""
    size: int
    """How many entries of the letter it is of."""
    proof: str
    """Its hash under the head (C2SP tlog-proof)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter's checkpoint stands in the common log, and the hashes that lead from it to a head."""

    size: int
    """How many entries of the letter it is of."""
    position: int
    path: Sequence[bytes]


def place(session: Transaction, letter_id: str, reached: int, root: bytes) -> Place | None:
    """
    Return where a letter's newest checkpoint stands of those that the head of this size and root is over, if any.

    Raises ProofError where the stored hashes do not lead to that root.
    """
    found = _newest_of(session, letter_id, reached)
    if found is None:
        return None
    return Place(found.size, found.position, _path(session, found, reached, root))


def proof(session: Transaction, letter_id: str, size: int | None = None) -> Proof | None:
    """
    Return the proof of a letter's newest checkpoint that a signed head is over; None where no head is over one.

    It is the newest head, or the one of that size. Raises ProofError where the stored hashes do not lead to what was
    signed, LookupError where no head of that size was.
    """
    reached = newest_size(session) if size is None else size
    found = _newest_of(session, letter_id, reached)
    if found is None:
        return None
    query_note = select(Checkpoint.note).where(Checkpoint.letter_id == letter_id, Checkpoint.size == found.size)
    note = session.scalar(query_note)
    if note is None or entry_of(note) != bytes(found.entry):
        raise ProofError(
            f"The checkpoint of {found.size} entries is not the one in the common log. "
            f"Run: flask history verify {letter_id}"
        )
    head = head_at(session, reached)
    path = _path(session, found, reached, root_in(head))
    return Proof(note, found.size, merkle.format_proof(found.position, path, head))


def _newest_of(session: Transaction, letter_id: str, reached: int) -> Any:
    """The last entry of a letter among the first `reached`, if any: its position, its size and its bytes."""
    query = select(CommonEntry.position, CommonEntry.size, CommonEntry.entry).where(
        CommonEntry.letter_id == letter_id, CommonEntry.position < reached
    )
    return session.execute(query.order_by(CommonEntry.size.desc()).limit(1)).first()


def _path(session: Transaction, found: Any, reached: int, root: bytes) -> list[bytes]:
    return path_to(
        session,
        KEPT,
        found.position,
        reached,
        root,
        lambda: _leaves(session, reached),
        "The stored entries of the common log are not those that were signed. Run: flask history verify",
        merkle.leaf_hash(bytes(found.entry)),
    )


def _leaves(session: Transaction, size: int) -> list[bytes]:
    query = select(CommonEntry.entry).where(CommonEntry.position < size).order_by(CommonEntry.position)
    return [merkle.leaf_hash(bytes(entry)) for entry in session.scalars(query)]


def consistency(session: Transaction, old_size: int, new_size: int) -> list[bytes]:
    """
    Return the hashes (RFC 6962, 2.1.2) that show that the log of `new_size` entries continues that of `old_size`.

    Raises ProofError where there can be none, and LookupError where so many entries are not there.
    """
    needs = merkle.consistency_needs(old_size, new_size)
    known = stored(session, KEPT, needs)
    try:
        return merkle.consistency(old_size, new_size, known)
    except KeyError:
        leaves = _leaves(session, new_size)
    if len(leaves) < new_size:
        raise LookupError(f"The common log has {len(leaves)} entries, not {new_size}.")
    return merkle.consistency(old_size, new_size, merkle.subtrees(leaves))


def frontier_at(session: Transaction, size: int) -> Sequence[bytes] | None:
    """Return the full subtrees of the first `size` entries as they are stored; None where some are not there."""
    try:
        return merkle.frontier(size, stored(session, KEPT, merkle.frontier_needs(size)))
    except KeyError:
        return None
