"""Whether what files state belongs to one history, that of this database where there is one; and the proof when not."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from workflow import history, keys, merkle
from workflow.comparing.stated import Said, read
from workflow.history import common
from workflow.history.common.reading import entry_for
from workflow.models import Checkpoint as StoredCheckpoint
from workflow.models import CommonCheckpoint, CommonEntry, LogEntry, LogHead
from workflow.transaction import Transaction
from workflow.verify.heads import two_notes
from workflow.verify.notes import Checkpoint, Key, checkpoint_of, open_note, read_key
from workflow.verify.report import DIVERGED, HOLDS, INVALID, UNUSABLE, InputError, VerificationError, shown
from workflow.verify.tree import is_included, leaf_hash, roots

LETTERS, HEADS = "/letters/", "/log"
SOME = 1000


@dataclass(frozen=True, slots=True)
class Stated:
    """A checkpoint that somebody holds and that a known key has signed."""

    checkpoint: Checkpoint
    said: Said

    @property
    def what(self) -> str:
        """What it is, in a few words."""
        one = self.checkpoint
        if one.origin.endswith(HEADS):
            return f"{one.source}: a head of {one.origin}, {one.size} entries"
        return f"{one.source}: a checkpoint of {one.origin}, {one.size} entries"


@dataclass
class Comparison:
    """What was found of what people hold."""

    facts: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    diverged: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    agreeing: int = 0
    live: bool = False
    """There was a database to compare with."""

    @property
    def exit_code(self) -> int:
        """0 one history, 1 not that of this database, 2 diverged, 3 a file could not be used; as `verify.py` ends."""
        if self.diverged:
            return DIVERGED
        return INVALID if self.invalid else UNUSABLE if self.unusable else HOLDS

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        if self.exit_code == DIVERGED:
            return "DIVERGED: two histories were signed. Keep both notes: they prove it."
        if self.exit_code == INVALID:
            return "INVALID: this database is not the history that was signed."
        if self.exit_code == UNUSABLE:
            return "UNDECIDED, a file cannot be used."
        if not self.live:
            return "NO CONTRADICTION: without the database, nothing shows that one continues the other."
        notes = "1 note" if self.agreeing == 1 else f"{self.agreeing} notes"
        return f"ONE HISTORY: {notes} from outside, and this database."

    def to_text(self) -> str:
        """Return all of it for a terminal; nothing in it can move the cursor or hide a character."""
        lines = [*self.facts, *(f"LOOK: {remark}" for remark in self.remarks)]
        lines += [f"UNUSABLE: {sentence}" for sentence in self.unusable]
        lines += [f"INVALID: {sentence}" for sentence in self.invalid]
        lines += [f"DIVERGED: {sentence}" for sentence in self.diverged]
        return "\n".join([*map(shown, lines), "", self.verdict, ""])


def compare(files: Iterable[tuple[str, bytes]], session: Transaction | None, vkeys: Sequence[str] = ()) -> Comparison:
    """
    Compare what files state with the logs of a database, if there is one, and with each other.

    Keys are those that the database was ever written with, and `vkeys`. Raises InputError for a key that is none.
    """
    found = Comparison(live=session is not None)
    known = [read_key(vkey).public for vkey in vkeys]
    if session is not None:
        known += [bytes.fromhex(row.fingerprint) for row in keys.ever(session) if row.name == keys.HISTORY]
    signed = _Signed(list(dict.fromkeys(known)))
    by_origin: dict[str, list[Stated]] = {}
    for name, content in files:
        try:
            said, remarks = read(name, content)
            for one in signed.read(said):
                by_origin.setdefault(one.checkpoint.origin, []).append(one)
            found.remarks += remarks
        except InputError as fault:
            found.unusable.append(str(fault))
    for origin, stated in sorted(by_origin.items()):
        _compare_with_each_other(stated, found)
        if session is None:
            found.remarks.append(f"{origin}: there is no database here, so only notes of one size were compared.")
            found.facts += [f"{one.what}." for one in stated]
        else:
            _compare_with_log(session, origin, stated, found)
    return found


class _Signed:
    """Checks signatures, each note once."""

    def __init__(self, known: Sequence[bytes]) -> None:
        self.known = known
        self.seen: dict[str, Checkpoint] = {}

    def read(self, said: Iterable[Said]) -> Iterator[Stated]:
        """Yield what was signed with a known key. Raises InputError."""
        for one in said:
            if one.note not in self.seen:
                self.seen[one.note] = self._checked(one)
            known = self.seen[one.note]
            yield Stated(Checkpoint(one.source, known.note, known.origin, known.size, known.root), one)

    def _checked(self, said: Said) -> Checkpoint:
        try:
            signatures = open_note(said.note)
            checkpoint = checkpoint_of(said.source, signatures)
            name = _key_name(checkpoint.origin)
            due = [
                key for key in (Key(name, merkle.key_id(name, one), one) for one in self.known) if signatures.of(key)
            ]
            if not due:
                raise VerificationError(f"it is not signed by {name} with a key that is known here (--vkey)")
            for key in due:
                signatures.check(key, merkle.is_signed)
            if checkpoint.size == 0:
                raise VerificationError("it is of a log before its first entry")
        except VerificationError as fault:
            raise InputError(f"{said.source}: {fault}. It says nothing about a history.") from None
        return checkpoint


def _key_name(origin: str) -> str:
    """By which name the log with this origin is signed. Raises VerificationError."""
    if origin.endswith(HEADS) and LETTERS not in origin:
        return origin
    host, letters, letter = origin.partition(LETTERS)
    if not (host and letters and letter):
        raise VerificationError(f"it is of a log that is none of this service: {origin}")
    return host


def _compare_with_each_other(stated: Sequence[Stated], found: Comparison) -> None:
    """Two roots of one size are proof by themselves."""
    first: dict[int, Checkpoint] = {}
    for one in stated:
        other = first.setdefault(one.checkpoint.size, one.checkpoint)
        if other.root != one.checkpoint.root:
            found.diverged.append(two_notes(other, one.checkpoint))


# --- with the database ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Log:
    """A log of this database, hashed anew from its entries."""

    entries: Sequence[bytes]
    roots: Mapping[int, bytes]
    notes: Mapping[int, str]
    """Its own signed notes of the sizes that are asked for, and the newest."""

    def note_at(self, size: int) -> Checkpoint | None:
        """The signed note of a size, or else the newest that is over it, where its root is that of the entries."""
        for of in sorted(of for of in self.notes if of >= size):
            checkpoint = checkpoint_of("this database", open_note(self.notes[of]))
            if checkpoint.root == self.roots.get(of):
                return checkpoint
        return None


def _compare_with_log(session: Transaction, origin: str, stated: Sequence[Stated], found: Comparison) -> None:
    sizes = {one.checkpoint.size for one in stated}
    log = _head_log(session, origin, sizes) if LETTERS not in origin else _letter_log(session, origin, sizes)
    if log is None:
        found.invalid += [
            f"{one.what}: this database has no such log; it was removed, or an older backup restored." for one in stated
        ]
        return
    agreeing = [one for one in stated if _agrees(one, log, found)]
    found.agreeing += len(agreeing)
    if LETTERS in origin:
        _compare_with_common_log(session, origin, log, found)


def _agrees(one: Stated, log: _Log, found: Comparison) -> bool:
    size, count = one.checkpoint.size, len(log.entries)
    if size > count:
        found.invalid.append(
            f"{one.what}: this database has {count}. It was cut short, or an older backup was restored."
        )
        return False
    if log.roots[size] != one.checkpoint.root:
        own = log.note_at(size)
        if own is None:
            found.invalid.append(f"{one.what}: the entries of this database are others, and nobody has signed those.")
        else:
            found.diverged.append(_contradiction(one.checkpoint, own, log))
        return False
    proved = ""
    if one.said.index is not None:
        entry = log.entries[one.said.index] if one.said.index < size else b""
        if not is_included(one.said.index, size, leaf_hash(entry), one.said.path, one.checkpoint.root):
            found.unusable.append(f"{one.what}: its path to entry {one.said.index} is damaged.")
            return False
        proved = f", and proves entry {one.said.index}"
    continued = "" if size == count else f"; the {count} of this database continue it"
    found.facts.append(f"{one.what}: is of this history{continued}{proved}.")
    return True


def _contradiction(theirs: Checkpoint, own: Checkpoint, log: _Log) -> str:
    """Both notes; and where ours is of another size, the proof that it begins with another root than theirs."""
    said = two_notes(theirs, own)
    if own.size == theirs.size:
        return said
    path = merkle.consistency(
        theirs.size, own.size, merkle.subtrees([leaf_hash(one) for one in log.entries[: own.size]])
    )
    lines = [base64.b64encode(one).decode() for one in (log.roots[theirs.size], *path)]
    return "\n".join(
        [
            said,
            f"That the log of {own.size} entries begins with another root of {theirs.size} entries is shown by this "
            "root, and the proof (RFC 6962, 2.1.2) that leads from it to the root above:",
            *lines,
            "---",
        ]
    )


def _letter_log(session: Transaction, origin: str, sizes: set[int]) -> _Log | None:
    letter_id = origin.partition(LETTERS)[2]
    head = session.get(LogHead, letter_id)
    if head is None or f"{history.log_name(head.vkey)}{LETTERS}{letter_id}" != origin:
        return None
    query = select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == letter_id)
    entries = _in_order(session.execute(query.order_by(LogEntry.sequence).execution_options(yield_per=SOME)))
    below = {size for (size,) in session.execute(select(CommonEntry.size).where(CommonEntry.letter_id == letter_id))}
    newest = select(StoredCheckpoint.size).where(StoredCheckpoint.letter_id == letter_id)
    last = session.scalar(newest.order_by(StoredCheckpoint.size.desc()).limit(1)) or 0
    wanted = [*sizes, last]
    notes = select(StoredCheckpoint.size, StoredCheckpoint.note).where(
        StoredCheckpoint.letter_id == letter_id, StoredCheckpoint.size.in_([*wanted[:SOME], last])
    )
    found = {size: str(note) for size, note in session.execute(notes)}
    return _Log(entries, roots(entries, {*sizes, *below, last}), found)


def _head_log(session: Transaction, origin: str, sizes: set[int]) -> _Log | None:
    if origin != common.name_of(session):
        return None
    query = select(CommonEntry.position, CommonEntry.entry)
    entries = _in_order(session.execute(query.order_by(CommonEntry.position).execution_options(yield_per=SOME)))
    last = common.newest_size(session)
    wanted = sorted(sizes)[:SOME]
    notes = select(CommonCheckpoint.size, CommonCheckpoint.note).where(CommonCheckpoint.size.in_([*wanted, last]))
    found = {size: str(note) for size, note in session.execute(notes)}
    return _Log(entries, roots(entries, {*sizes, last}), found)


def _in_order(rows: Iterable[tuple[int, bytes]]) -> list[bytes]:
    """The entries up to the first that is missing."""
    found: list[bytes] = []
    for number, entry in rows:
        if number != len(found):
            break
        found.append(bytes(entry))
    return found


def _compare_with_common_log(session: Transaction, origin: str, log: _Log, found: Comparison) -> None:
    """A letter's log against the log over all letters: what heads are over must be checkpoints of this log."""
    letter_id = origin.partition(LETTERS)[2]
    query = select(CommonEntry.position, CommonEntry.size, CommonEntry.entry).where(CommonEntry.letter_id == letter_id)
    for position, size, entry in session.execute(query.order_by(CommonEntry.position)):
        root = log.roots.get(size)
        text = merkle.Checkpoint(origin, size, root).to_text() if root is not None else ""
        if bytes(entry) != entry_for(text):
            found.invalid.append(
                f"Entry {position} of the log over all letters is of other entries of {origin} than this database has: "
                f"its first {size} were changed, or cut off."
            )
            return
