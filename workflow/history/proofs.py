"""Proofs that an entry is in its log: from some dozens of stored hashes, however long the log is."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, select, text

from workflow import merkle
from workflow.errors import ProofError
from workflow.history.log import leaves
from workflow.models import Checkpoint
from workflow.transaction import Transaction
from workflow.verify.tree import is_continued, is_included

NOT_AS_SIGNED = "The stored entries are not those that were signed. Run: flask history verify {}"


def proof(session: Transaction, letter_id: str, sequence: int, size: int | None = None) -> str:
    """
    Return the proof (C2SP tlog-proof) that an entry is in the log.

    It comes with the first checkpoint of at least `size` entries; without `size`, with the newest one. Raises
    LookupError where there is none, ProofError where the stored hashes do not lead to what was signed.
    """
    note, reached = _checkpoint(session, letter_id, size)
    path = path_to(
        session,
        OF_A_LETTER,
        sequence,
        reached,
        root_in(note),
        lambda: leaves(session, letter_id)[:reached],
        NOT_AS_SIGNED.format(letter_id),
        letter=letter_id,
    )
    return merkle.format_proof(sequence, path, note)


def continuing(session: Transaction, letter_id: str, old: str, note: str) -> list[bytes]:
    """
    Return the hashes (RFC 6962, 2.1.2) that show that one checkpoint of a letter continues an older one.

    Raises ProofError where the stored entries are not those that were signed.
    """
    begun, reached = size_in(old), size_in(note)
    known = stored(session, OF_A_LETTER, merkle.consistency_needs(begun, reached), letter=letter_id)
    for is_afresh in (False, True):
        known = merkle.subtrees(leaves(session, letter_id)[:reached]) if is_afresh else known
        try:
            path = merkle.consistency(begun, reached, known)
        except KeyError:  # Too few are stored.
            continue
        if is_continued(begun, root_in(old), reached, root_in(note), path):
            return path
    raise ProofError(NOT_AS_SIGNED.format(letter_id))


def _checkpoint(session: Transaction, letter_id: str, size: int | None) -> tuple[str, int]:
    query = select(Checkpoint.note, Checkpoint.size).where(Checkpoint.letter_id == letter_id)
    if size is None:
        query = query.order_by(Checkpoint.size.desc())
    else:
        query = query.where(Checkpoint.size >= size).order_by(Checkpoint.size)
    found = session.execute(query.limit(1)).first()
    if found is None:
        raise LookupError(f"Letter {letter_id} has no checkpoint of {size or 'any'} entries.")
    return found.note, found.size


def size_in(note: str) -> int:
    """Return the size that a checkpoint or a head states."""
    return int(note.split("\n")[1])


def root_in(note: str) -> bytes:
    """Return the root that a checkpoint states."""
    return base64.b64decode(note.split("\n")[2])


def path_to(
    session: Transaction,
    kept: Kept,
    index: int,
    size: int,
    root: bytes,
    every_leaf: Callable[[], list[bytes]],
    otherwise: str,
    leaf: bytes | None = None,
    **of: object,
) -> list[bytes]:
    """
    Return the path from a leaf to a signed root: from stored subtrees, or from all leaves where these do not.

    `leaf` is the leaf's hash where it is known better than by what is stored. Raises ProofError(`otherwise`) where
    neither leads to the root, for a proof must hold.
    """
    known = stored(session, kept, [*merkle.path_needs(index, size), alone(index)], **of)
    leaf = known.get((0, index), b"") if leaf is None else leaf
    try:
        path = merkle.path(index, size, known)
        if is_included(index, size, leaf, path, root):
            return path
    except KeyError:
        pass
    path = merkle.Tree(every_leaf()).path(index)
    if not is_included(index, size, leaf, path, root):
        raise ProofError(otherwise)
    return path


def alone(number: int) -> merkle.Needs:
    """Name one leaf among what is read."""
    return 0, range(number, number + 1)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the leaves and the subtrees of a log are kept."""

    leaves: str
    number: str
    subtrees: str


OF_A_LETTER = Kept(
    "SELECT 0 AS level, sequence AS number, leaf AS root FROM log_entries WHERE letter_id = :letter",
    "sequence",
    "SELECT level, number, root FROM log_subtrees WHERE letter_id = :letter",
)


def stored(
    session: Transaction, kept: Kept, needs: Sequence[merkle.Needs], **of: object
) -> dict[tuple[int, int], bytes]:
    """Read leaves and subtrees by level and number, in one statement: a run of numbers each, by the primary key."""
    if not needs:
        return {}
    values = dict(of)
    for place, (_, run) in enumerate(needs):
        values |= {f"from{place}": run.start, f"to{place}": run.stop - 1}
    session.flush()
    found = session.connection().execute(_reading(kept, tuple(level for level, _ in needs)), values)
    return {(level, number): bytes(root) for level, number, root in found.all()}


@functools.lru_cache(maxsize=256)
def _reading(kept: Kept, levels: tuple[int, ...]) -> TextClause:
    reads = []
    for place, level in enumerate(levels):
        which = f"level = {level} AND number" if level else kept.number
        reads.append(f"{kept.subtrees if level else kept.leaves} AND {which} BETWEEN :from{place} AND :to{place}")
    return text(" UNION ALL ".join(reads))
