"""The entries one by one and in their order: which is removed, added, moved, or not an entry at all."""

# ruff: noqa: B905, RUF007 (what it asks for came with Python 3.10)
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workflow.verify.bundle import Bundle, canonical, read_json
from workflow.verify.report import Report, VerificationError

FIELDS = {"v", "letter", "seq", "at", "actor", "action", "about"}
ROLES = {"coordinator", "cosigner", "auditor", "system"}
TIME = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}Z")


@dataclass(frozen=True)
class Entry:
    """One entry of the log, read."""

    seq: int
    letter: str
    at: str
    action: str
    about: dict[str, Any]
    commitment: str | None
    role: str = ""

    def says(self, name: str, kind: type = str) -> Any:
        """Return what the entry says under a name; raises VerificationError where it does not."""
        value = self.about.get(name)
        if type(value) is not kind:
            raise VerificationError(f"Entry {self.seq} ({self.action}) does not say its {name}.")
        return value


def read_entry(number: int, content: bytes) -> Entry:
    """Read the entry that stands in file or line `number`. Raises VerificationError."""
    try:
        fields = read_json(content)
    except VerificationError as fault:
        raise VerificationError(f"Entry {number} {fault}.") from None
    if not isinstance(fields, dict) or fields.keys() - {"commitment"} != FIELDS:
        raise VerificationError(f"Entry {number} has not the fields that an entry has.")
    actor, about, commitment = fields["actor"], fields["about"], fields.get("commitment")
    texts = [fields[name] for name in ("letter", "at", "action")]
    whole = isinstance(actor, dict) and actor.keys() == {"role", "id"} and actor["role"] in ROLES
    whole = whole and isinstance(about, dict) and all(isinstance(text, str) for text in texts)
    whole = whole and type(fields["seq"]) is int and (commitment is None or isinstance(commitment, str))
    if not whole or canonical(fields["v"]) != b"1" or not TIME.fullmatch(fields["at"]):
        raise VerificationError(f"Entry {number} is not an entry of version 1: a field is of another kind, or unknown.")
    return Entry(fields["seq"], fields["letter"], fields["at"], fields["action"], about, commitment, actor["role"])


def check_entries(bundle: Bundle, report: Report) -> list[Entry]:
    """Read every entry; say which is removed, added, moved, unreadable or of another letter."""
    entries = []
    for number, content in sorted(bundle.entries.items()):
        try:
            entries.append(read_entry(number, content))
        except VerificationError as fault:
            report.invalid.append(str(fault))
    _check_order(sorted(bundle.entries), entries, report)
    letters = Counter(entry.letter for entry in entries).most_common()
    report.letter = letters[0][0] if letters else ""
    for entry in entries:
        if entry.letter != report.letter:
            report.invalid.append(f"Entry {entry.seq} is of another letter, {entry.letter}.")
    for before, after in zip(entries, entries[1:]):
        if after.at < before.at:
            report.remarks.append(f"The server's clock went back between the entries {before.seq} and {after.seq}.")
    return entries


def _check_order(numbers: list[int], entries: list[Entry], report: Report) -> None:
    """Look for holes in the numbers of the files, and compare them with the numbers that the entries bear."""
    holes = _holes(numbers)
    report.invalid += [f"{run} removed: there is no file." for run in holes]
    if len(entries) != len(numbers):
        return
    said = [entry.seq for entry in entries]
    report.invalid += [f"{run} removed: no file bears that number." for run in _holes(said) if run not in holes]
    for seq, count in Counter(said).items():
        if count > 1:
            report.invalid.append(f"Entry {seq} is there {count} times: an entry was added.")
    moved = [f"file {number} holds entry {seq}" for number, seq in zip(numbers, said) if number != seq]
    if moved and sorted(said) == numbers:
        report.invalid.append(f"Entries were reordered: {', '.join(moved[:10])}.")


def _holes(numbers: Iterable[int]) -> list[str]:
    """Name the runs of numbers from 0 that are missing; a run is never spelt out, for it may be long."""
    runs, due = [], 0
    for number in sorted(set(numbers)):
        if number > due:
            runs.append(f"Entry {due} was" if number == due + 1 else f"The entries {due} to {number - 1} were")
        due = number + 1
    return runs
