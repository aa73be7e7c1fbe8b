"""Which key must have signed which checkpoint: a log changes its key only at an entry that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflow.verify.entries import Entry
from workflow.verify.notes import Checkpoint, IsSigned, Key, Signatures, checkpoint_of, named, open_note, read_key
from workflow.verify.report import InputError, Report, VerificationError

MOST_CHANGES = 100
"""Each key costs the time of many signatures: a log made to waste it is not read."""


@dataclass(frozen=True)
class Change:
    """An entry `key.changed`: both keys sign the checkpoint that it ends, unless the old one is lost."""

    seq: int
    at: str
    old: str
    new: Key
    lost: bool


class Keys:
    """
    The keys of one log, in their order, from those that one trusts and from what the log itself says.

    A key that one trusts vouches for the whole log below its checkpoints, so also for the keys before it, as named
    there; and for the next one, where it signed the change. Where it did not, the next one must be trusted by itself.
    """

    def __init__(
        self, trusted: Sequence[Key], entries: Sequence[Entry], newest: bytes, report: Report, is_signed: IsSigned
    ) -> None:
        self.trusted, self.is_signed = list(trusted), is_signed
        self.changes: list[Change] = []
        changed = [entry for entry in entries if entry.action == "key.changed"]
        if len(changed) > MOST_CHANGES:
            raise InputError(f"The log changes its key {len(changed)} times. Nobody does that {MOST_CHANGES} times.")
        for entry in changed:
            self._take(entry, report)
        first = self._named(self.changes[0].old) if self.changes else self._signer(newest)
        self.eras: list[Key | None] = [first, *(change.new for change in self.changes)]
        self.name = (self.eras[-1] or trusted[0]).name

    @property
    def newest(self) -> Key:
        """The key that signs the log now."""
        return self.eras[-1] or self.trusted[0]

    @property
    def known(self) -> list[Key]:
        """The keys that one trusts, and those of the log."""
        return [key for key in (*self.trusted, *self.eras) if key is not None]

    def _signer(self, note: bytes) -> Key:
        """Of the keys that one trusts, the one that a log without a change is signed with."""
        try:
            signatures = open_note(note.decode("utf-8", "replace"))
        except VerificationError:
            return self.trusted[0]
        return next((key for key in self.trusted if signatures.of(key)), self.trusted[0])

    def _take(self, entry: Entry, report: Report) -> None:
        try:
            old, new, lost = entry.says("from"), read_key(entry.says("to")), entry.says("lost", bool)
        except (VerificationError, InputError) as fault:
            report.invalid.append(f"Entry {entry.seq} does not name the new key as it must: {fault}")
            return
        before = self.changes[-1].new if self.changes else None
        if before is not None and _short(old) != f"{before.name}+{before.mark.hex()}":
            report.invalid.append(f"Entry {entry.seq} puts a key in the place of one that did not sign this log then.")
        if old.partition("+")[0] != new.name:
            report.invalid.append(f"Entry {entry.seq} gives the log another name together with another key.")
        self.changes.append(Change(entry.seq, entry.at, old, new, lost))

    def _named(self, old: str) -> Key | None:
        """The key that an entry names; of one that was lost before it was ever written down only the id is known."""
        try:
            return read_key(old)
        except InputError:
            return next((key for key in self.trusted if f"{key.name}+{key.mark.hex()}" == _short(old)), None)

    def at(self, size: int) -> list[Key]:
        """The keys that sign the checkpoint of so many entries; none where the one due is not known."""
        era = sum(change.seq < size for change in self.changes)
        due = [self.eras[era]]
        if era and self.changes[era - 1].seq + 1 == size and not self.changes[era - 1].lost:
            due.insert(0, self.eras[era - 1])
        return [key for key in due if key is not None]

    def open(self, source: str, note: str) -> Checkpoint:
        """Check the signatures due under a checkpoint of the evidence, and read it. Raises VerificationError."""
        signatures = open_note(note)
        return self._checked(source, signatures, self.at(signatures.size))

    def open_receipt(self, source: str, note: str) -> Checkpoint:
        """
        Check a checkpoint from outside, which any key of this log may have signed, or one that is trusted.

        Raises VerificationError.
        """
        signatures = open_note(note)
        signers = [key for key in self.known if signatures.of(key)]
        return self._checked(source, signatures, signers[:1] or self.at(signatures.size) or self.known[:1])

    def open_head(self, source: str, note: str) -> Checkpoint:
        """
        Check a head of the log over all letters: the same key signs it, under the name of that log.

        Raises VerificationError.
        """
        signatures = open_note(note)
        if not is_head(signatures):
            raise VerificationError(f"it is no head of the log over all letters, but of {signatures.origin}")
        known = [named(signatures.origin, key) for key in self.known]
        return self._checked(source, signatures, ([key for key in known if signatures.of(key)] or known)[:1])

    def _checked(self, source: str, signatures: Signatures, due: Sequence[Key]) -> Checkpoint:
        if not due:
            raise VerificationError("the key that signed it is not known here")
        for key in due:
            signatures.check(key, self.is_signed)
        return checkpoint_of(source, signatures)

    def check(self, signed: Sequence[Checkpoint], report: Report) -> None:
        """Say whether what one trusts leads to every key of the log; `signed` are the checkpoints that hold."""
        reached = {checkpoint.size for checkpoint in signed}
        for change in self.changes:
            self._check_change(change, reached, report)
        known = [era for era, key in enumerate(self.eras) if key in self.trusted]
        if self.changes and not known:
            report.invalid.append("None of the keys that were given is a key of this log.")
        for number, change in enumerate(self.changes):
            if change.lost and known and max(known) <= number:
                report.unusable.append(
                    f"From entry {change.seq} on ({change.at}) this log is signed by another key, which the one before "
                    "never named, for it was lost. Give that one too (--vkey), from a receipt that is younger."
                )
        if self.eras[0] is None:
            report.unusable.append(
                f"The first {self.changes[0].seq} entries were signed by the key {_short(self.changes[0].old)}, which "
                "is lost and not here. Give it too (--vkey), from a receipt that is older."
            )

    def _check_change(self, change: Change, reached: set[int], report: Report) -> None:
        due = (change.seq, change.seq + 1)
        if any(size not in reached for size in due) and self.at(change.seq):
            report.invalid.append(
                f"The change of the key in entry {change.seq} is not shown to hold: the checkpoints of {due[0]} and "
                f"{due[1]} entries must be here, signed by the old key and the new one."
            )
        if change.lost:
            report.remarks.append(
                f"The key was replaced in entry {change.seq} ({change.at}) without the old one, {_short(change.old)}, "
                "which was said to be lost. Compare that key with a receipt that is older."
            )


def is_head(signatures: Signatures) -> bool:
    """Whether a note is of the log over all letters, and not of one letter's."""
    return signatures.origin.endswith("/log") and "/letters/" not in signatures.origin


def _short(vkey: str) -> str:
    """A key by its name and id, as people compare it."""
    return "+".join(vkey.split("+")[:2])
