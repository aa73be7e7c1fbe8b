"""What the log says was erased: whose personal data, which documents, or the whole letter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from workflow.verify.entries import Entry

GROUNDS = {
    "request": "at the person’s request",
    "retention": "at the end of its retention",
    "consent": "consent was withdrawn",
    "mistake": "it should not have been kept",
}
"""Why, as the verifier says it; a ground that it does not know stands in its own word."""


@dataclass
class Erased:
    """What is not to be expected in the evidence, each with the entry that says that it was erased."""

    openings: dict[int, int] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    begun: Entry | None = None
    """From here on the whole letter goes: its texts and documents too."""
    facts: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    """The entries that were not erased with the whole letter so far: each is looked at once."""

    def apply(self, entry: Entry) -> None:
        """Take one entry."""
        if entry.action == "person.erased":
            gone = [one for one in _listed(entry, "entries") if type(one) is int and one < entry.seq]
            bytes_gone = [one for one in _listed(entry, "documents") if isinstance(one, str)]
            self.openings.update(dict.fromkeys(gone, entry.seq))
            self.documents.update(dict.fromkeys(bytes_gone, entry.seq))
            mails = len(_listed(entry, "deliveries")) + len(_listed(entry, "mails"))
            counted = f"openings: {len(gone)}, emails: {mails}, stored documents and images: {len(bytes_gone)}"
            self.facts.append(f"Erased: somebody’s personal data ({counted}), {_why(entry)}.")
        elif entry.action == "letter.erased":
            self.begun = self.begun or entry
            self.openings.update(dict.fromkeys(self.kept, entry.seq))
            self.kept.clear()
            if entry.about.get("done") is True:
                self.facts.append(f"Erased: the whole letter, its texts and its documents, {_why(entry)}.")
        self.kept.append(entry.seq)


def read_erased(entries: Iterable[Entry]) -> Erased:
    """Read what the entries say was erased."""
    found = Erased()
    for entry in entries:
        found.apply(entry)
    return found


def _listed(entry: Entry, name: str) -> list[Any]:
    value = entry.about.get(name)
    return value if isinstance(value, list) else []


def _why(entry: Entry) -> str:
    ground = str(entry.about.get("ground", ""))
    return f"{GROUNDS.get(ground, ground)}: entry {entry.seq}, {entry.at}"


def some_of(numbers: Iterable[int], most: int = 10) -> str:
    """The first of some numbers, in order, and how many more there are."""
    known = sorted(numbers)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(map(str, known[:most])) + more
