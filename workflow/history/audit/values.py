"""What an entry says of a value: itself, a hash of it, a keyed hash of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from workflow.tokens import Tokens


class Value(Protocol):
    """What a column must hold."""

    def holds(self, found: Any) -> bool:
        """Whether the column's value is the one that was recorded."""


@dataclass(frozen=True, slots=True)
class Is:
    """The value itself stands in the entry, or in what it commits to."""

    value: Any

    def holds(self, found: Any) -> bool:
        """Whether it is equal."""
        return bool(found == self.value)


@dataclass(frozen=True, slots=True)
class Sha256:
    """The SHA-256 of a text stands in the entry."""

    digest: str

    def holds(self, found: Any) -> bool:
        """Whether the text has this digest."""
        return hashlib.sha256(str(found).encode()).hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class Keyed:
    """A keyed hash of the value and of what else belongs to it stands in the entry."""

    tokens: Tokens
    parts: tuple[str, ...]
    mark: str

    def holds(self, found: Any) -> bool:
        """Whether the value gives this keyed hash."""
        return self.tokens.has_keyed(self.mark, *self.parts, found)


@dataclass(frozen=True, slots=True)
class Since:
    """A time that was set then, to the second or so: older entries and rows took the clock twice."""

    moment: datetime

    def holds(self, found: Any) -> bool:
        """Whether a time is there, about that one."""
        return isinstance(found, datetime) and abs((found - self.moment).total_seconds()) < 60


@dataclass(frozen=True, slots=True)
class Sealed:
    """The entry commits to it, and what opens the commitment was erased: known only together with the rest of it."""

    sequence: int

    def holds(self, found: Any) -> bool:
        """Say nothing of one value alone."""
        return True


@dataclass(frozen=True, slots=True)
class Anything:
    """Nothing is recorded yet: a worker makes it, and the next entry tells it."""

    def holds(self, found: Any) -> bool:
        """Say nothing."""
        return True
