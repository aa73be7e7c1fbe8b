"""
What this process has checked of each log, so that a page need not check everything whenever it is looked at.

What was checked stays so until the log's root changes. Then the new entries are hashed, and must continue what was
checked and lead to what was signed; where they do not, everything is checked anew, and said. A change that leaves the
root as it is (an old entry, a row of a table) is found by the next check of everything, not before: whoever shows this
says what was checked, and when.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from workflow import clock, history, merkle
from workflow.history import evidence, remembered
from workflow.models import Checkpoint, LogHead
from workflow.transaction import Transaction
from workflow.verify.notes import checkpoint_of, open_note, read_key
from workflow.verify.report import InputError, VerificationError

AT_ONCE = 1000
"""Up to so many entries everything is checked whenever the root has changed; of a longer log only when asked for."""
MOST_KEPT = 256
PIECE = 8192
"""So many entries are read at once: they are hashed while they are at hand."""
MOST_SAID = 20
"""How many findings are kept to be shown; `flask history verify` prints all."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A check of everything: entries, texts, documents and tables."""

    size: int
    """How many entries there were."""
    at: datetime
    verdict: str
    ok: bool
    problems: Sequence[str]
    remarks: Sequence[str]
    more: int
    """How many findings are not among these."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a log: its entries lead to what was signed, as of some moment; and the last check of all."""

    size: int
    frontier: tuple[bytes, ...]
    note: str
    """The newest checkpoint; empty where the entries do not lead to it."""
    at: datetime
    """When the last of the entries were hashed."""
    whole: Whole | None
    """None: this process has never checked everything of this letter."""

    @property
    def is_whole(self) -> bool:
        """Whether everything was checked, with the entries of now."""
        return self.whole is not None and self.whole.size == self.size


_known: OrderedDict[str, Checked] = OrderedDict()
_keeping = threading.Lock()


def look(session: Transaction, letter_id: str) -> Checked:
    """Return what is known of a log after a look at what is new in it; the session sees one state of the database."""
    before = _known.get(letter_id)
    found = continued(session, letter_id, before)
    if found is None or (found.size <= AT_ONCE and not found.is_whole):
        return look_at_everything(session, letter_id)
    return _keep(letter_id, found)


def look_at_everything(session: Transaction, letter_id: str) -> Checked:
    """Check everything anew; raises LookupError where there is no such letter."""
    at, report = clock.now(), evidence.verify(session, letter_id)
    found = continued(session, letter_id, None) or Checked(_size(session, letter_id), (), "", at, None)
    whole = Whole(
        size=found.size,
        at=at,
        verdict=report.verdict,
        ok=report.ok,
        problems=report.problems[:MOST_SAID],
        remarks=report.remarks[:MOST_SAID],
        more=max(0, len(report.problems) - MOST_SAID) + max(0, len(report.remarks) - MOST_SAID),
    )
    return _keep(letter_id, Checked(found.size, found.frontier, found.note, found.at, whole))


def _keep(letter_id: str, found: Checked) -> Checked:
    with _keeping:
        _known[letter_id] = found
        _known.move_to_end(letter_id)
        while len(_known) > MOST_KEPT:
            _known.popitem(last=False)
    return found


def _size(session: Transaction, letter_id: str) -> int:
    return session.scalar(select(LogHead.size).where(LogHead.letter_id == letter_id)) or 0


def continued(session: Transaction, letter_id: str, before: Checked | None) -> Checked | None:
    """Return what is known once the new entries are hashed; None where they, or the head, do not continue it."""
    try:
        return _followed(session, letter_id, before)
    except (TypeError, ValueError, OverflowError):
        return None  # SQLite keeps what its columns are not made for.


def _followed(session: Transaction, letter_id: str, before: Checked | None) -> Checked | None:
    head = session.execute(select(LogHead.size, LogHead.frontier).where(LogHead.letter_id == letter_id)).first()
    newest = history.newest_checkpoint(session, letter_id)
    if head is None or newest is None or remembered.is_older(session, letter_id):
        return None
    tree = merkle.Growing(before.size, before.frontier) if before and before.note else merkle.Growing()
    if not _grow(session, letter_id, tree) or (tree.size, newest.size) != (head.size, head.size):
        return None
    frontier = tuple(tree.frontier)
    if head.frontier != [root.hex() for root in frontier]:
        return None
    if before and (before.frontier, before.note) == (frontier, newest.note):
        return before
    if not _is_signed(session, newest, tree.root()):
        return None
    return Checked(tree.size, frontier, newest.note, clock.now(), before.whole if before else None)


_NEW = text(
    "SELECT entry FROM log_entries WHERE letter_id = :of AND sequence >= :first AND sequence < :end ORDER BY sequence"
)
_LAST = text("SELECT max(sequence) FROM log_entries WHERE letter_id = :of")


def _grow(session: Transaction, letter_id: str, tree: merkle.Growing) -> bool:
    """Hash the entries that are new; whether there is none missing among them."""
    connection, last = session.connection(), session.connection().scalar(_LAST, {"of": letter_id})
    end = 0 if last is None else last + 1
    while tree.size < end:
        due = min(PIECE, end - tree.size)
        cursor = connection.execute(_NEW, {"of": letter_id, "first": tree.size, "end": tree.size + due}).cursor
        assert cursor is not None
        # The driver's own rows: of a million entries, to wrap each would take as long as to hash it.
        leaves = merkle.leaf_hashes(row[0] for row in iter(cursor.fetchone, None))
        if len(leaves) != due:
            return False  # So many numbers have as many rows where none is missing.
        tree.extend(leaves)
    return True


def _is_signed(session: Transaction, newest: Checkpoint, root: bytes) -> bool:
    vkey = history.own_vkey(session, newest.letter_id)
    try:
        signatures = open_note(newest.note)
        signatures.check(read_key(vkey), merkle.is_signed)
        signed = checkpoint_of("", signatures)
    except (VerificationError, InputError):
        return False
    origin = f"{history.log_name(vkey)}/letters/{newest.letter_id}"
    return (signed.origin, signed.size, signed.root) == (origin, newest.size, root)
