"""
What the entries of a letter tell of its rows: which there are, and what each column holds, by which entry.

Nothing here reads a table. What each action tells is said in `letter_entries` and `cosigner_entries`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from datetime import datetime
from typing import Any

from workflow.history.action import ACTIONS, Action
from workflow.history.audit.values import Is, Keyed, Sealed, Since, Value
from workflow.history.log import Entry
from workflow.tokens import Tokens

Place = tuple[str, str]
"""A row: its table, and what names it there."""

Column = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a column must hold, and the entry that says so."""

    value: Value
    sequence: int


@dataclass(slots=True)
class Ended:
    """When the links of a contact were ended, and by which entry."""

    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret that keyed hashes were made under, from an entry and its moment (None: from the first) on."""

    since: int
    at: datetime | None
    at_hand: bool


@dataclass(frozen=True, slots=True)
class Commitment:
    """What cannot be opened: the keyed hash of what it holds, which columns that is, and what of it is left out."""

    mark: str
    columns: dict[str, Column]
    left_out: Mapping[str, Any]
    """The values that a part of it has where it is not there: fields of the action that have a default."""


@dataclass
class Told:
    """The rows of a letter, as its entries tell them."""

    tokens: Tokens
    letter: str
    opened: Mapping[int, Mapping[str, Any]]
    """What the commitments hold, by entry, where what opens them is kept."""
    whole: bool = False
    """From its first entry on, everything was recorded that is compared."""
    secrets: list[Secret] = field(default_factory=lambda: [Secret(0, None, True)])
    """Under which secrets the keyed hashes were made, oldest first."""
    rows: dict[Place, dict[str, Said]] = field(default_factory=dict)
    made: dict[Place, int] = field(default_factory=dict)
    """Which rows there must be, each with the entry that made it."""
    strange: list[int] = field(default_factory=list)
    """Entries that speak of what no entry has made."""
    draft: Said | None = None
    order: list[str] = field(default_factory=list)
    standing: dict[str, dict[str, str]] = field(default_factory=dict)
    """The sign-offs that stand, by invitation and digest."""
    ended: dict[tuple[str, str | None], Ended] = field(default_factory=dict)
    """By invitation and contact (None: the first): when the links of that one were ended."""
    over: dict[str, int] = field(default_factory=dict)
    """The links that entries have ended one by one, each with the entry."""
    sealed: dict[int, Commitment] = field(default_factory=dict)
    codes: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The codes that sign-offs took: the entry, and the link."""
    documents: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The stored bytes that entries name: the entry, and their kind."""

    erased: dict[int, int] = field(default_factory=dict)
    """The entries whose openings were erased, each with the entry that says so."""
    unstored: dict[str, int] = field(default_factory=dict)
    """The same of stored bytes."""
    erasing: int | None = None
    """The entry by which the whole letter began to be erased, while it is under way."""
    emptied: int | None = None
    """The entry by which the whole letter was erased."""

    def apply(self, entry: Entry) -> None:
        """Take one entry."""
        telling = TELLING.get(entry.action)
        if telling is not None:
            telling(self, entry)

    def say(self, table: str, key: str, entry: Entry, **columns: Any) -> None:
        """Take down what an entry says of a row's columns: a plain value, or a `Value`."""
        row = self.rows.setdefault((table, key), {})
        for column, value in columns.items():
            row[column] = Said(value if hasattr(value, "holds") else Is(value), entry.sequence)

    def make(self, table: str, key: str, entry: Entry, **columns: Any) -> None:
        """Take down that an entry has made a row."""
        self.made.setdefault((table, key), entry.sequence)
        self.say(table, key, entry, **columns)

    def open(self, entry: Entry, **columns: Column) -> None:
        """Take down what the entry commits to: each part of it is a column."""
        opened = self.opened.get(entry.sequence)
        if opened is None and entry.commits:
            parts = (part for part in ACTIONS[entry.action].fields() if part.committed and part.default is not MISSING)
            left_out = {part.name: part.default for part in parts}
            self.sealed[entry.sequence] = Commitment(str(entry.about.get("mark") or ""), columns, left_out)
        for name, (table, key, column) in columns.items():
            if opened is None:
                self.say(table, key, entry, **{column: Sealed(entry.sequence)})
            elif name in opened:
                self.say(table, key, entry, **{column: opened[name]})

    def close_proposals(self, entry: Entry, outcome: str, *, with_link: bool = False) -> None:
        """Take down what became of what is proposed for the organisation that an entry names, or for all."""
        of = entry.about.get("invitation")
        for (table, key), said in self.rows.items():
            mine = table == "proposals" and (of is None or said["invitation_id"].value.holds(of))
            if mine and said["outcome"].value.holds(""):
                self.say("proposals", key, entry, outcome=outcome)
                if with_link and isinstance(confirming := said["confirming_link_id"].value, Is):
                    self.over[str(confirming.value)] = entry.sequence

    def store(self, entry: Entry, sha256: object, kind: str) -> None:
        """Take down that stored bytes are what an entry names, where it does."""
        if sha256:
            self.documents.setdefault(str(sha256), (entry.sequence, kind))

    def said(self, table: str, key: object) -> dict[str, Said]:
        """Return what was said of a row."""
        return self.rows.get((table, str(key)), {})

    def moment(self, entry: Entry) -> Value:
        """Return the time of an entry, as a row keeps it."""
        return Is(entry.at) if self.whole else Since(entry.at)

    def keyed(self, entry: Entry, field: str, *parts: str) -> Keyed:
        """Return what is known of a value by its keyed hash in an entry."""
        return Keyed(self.tokens, parts, str(entry.about.get(field)))

    def is_at_hand(self, whole: object) -> bool:
        """Whether a secret by which the log knows itself again is at hand."""
        return self.tokens.has_keyed(whole, "whole", self.letter)

    def is_comparable(self, sequence: int) -> bool:
        """Whether the keyed hashes of an entry were made under a secret that is at hand."""
        return [secret for secret in self.secrets if secret.since <= sequence][-1].at_hand

    def is_held(self, made: datetime) -> bool:
        """Whether what was made at a moment was made under a secret that is at hand."""
        return [secret for secret in self.secrets if secret.at is None or secret.at < made][-1].at_hand


Telling = Callable[[Told, Entry], None]
TELLING: dict[str, Telling] = {}
"""What each action tells; of the others nothing stands in a table but a state."""


def tells(*told_by: type[Action]) -> Callable[[Telling], Telling]:
    """Let a function say what entries of these actions tell."""

    def kept(telling: Telling) -> Telling:
        TELLING.update({action.NAME: telling for action in told_by})
        return telling

    return kept


def named(entry: Entry, what: str) -> str:
    """Return the id that an entry gives of what it is about."""
    return str(entry.about.get(what))


def time(said: object) -> datetime | None:
    """Read a time as entries write it."""
    return datetime.fromisoformat(said) if isinstance(said, str) else None
