"""
What an action of a history is: a name, fields with their types, a sentence; and the register of all of them.

A field without a default stands in every entry of its kind; one with a default is left out while it has that. What is
`Personal` is only committed to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, dataclass_transform, get_type_hints

Kind = Literal["decision", "comment", "setting", "mail"]
"""What an entry is about: what was decided of the letter, what was said of it, what was set for it, what was mailed."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Marks what an entry commits to: under another name than the field's, or (`each`) each item under its own key."""

    name: str = ""
    each: bool = False


Personal = Annotated[str, Committed()]


class Field(NamedTuple):
    """One field of an action: the attribute that holds it, its name in the entry, and how it gets there."""

    attribute: str
    name: str
    committed: Committed | None
    default: Any
    """What it has where it is left out; `MISSING` for one that never is."""


@dataclass(frozen=True, slots=True)
class Action:
    """What an entry records, as whoever appends it says it."""

    NAME: ClassVar[str]
    KIND: ClassVar[Kind]
    SENTENCE: ClassVar[str]
    """For people: what was done. `{who}` is an organisation, `{signed}` who signed for which, `{mail}` an email."""

    @classmethod
    @functools.cache
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields of this action, in order."""
        hints = get_type_hints(cls, include_extras=True)
        marks = {name: next(iter(getattr(hint, "__metadata__", ())), None) for name, hint in hints.items()}
        return tuple(
            Field(one.name, _name_in_entry(one.name, marks[one.name]), marks[one.name], one.default)
            for one in fields(cls)
        )

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Return the sentence of an entry that says this."""
        return cls.SENTENCE

    @classmethod
    @functools.cache
    def _parted(cls) -> tuple[list[Field], list[Field]]:
        """Return the fields that are said openly, and those that are committed to."""
        fields = cls.fields()
        return [one for one in fields if one.committed is None], [one for one in fields if one.committed is not None]

    def about(self) -> dict[str, Any]:
        """Return what the entry says openly: ids, digests, times and words of the program."""
        said = {}
        for attribute, name, _, default in self._parted()[0]:
            value = getattr(self, attribute)
            if default is MISSING or value != default:
                said[name] = value if type(value) is str else _plain(value)
        return said

    def committed(self) -> dict[str, Any] | None:
        """Return the personal data that the entry commits to, or None where it commits to nothing."""
        whole: dict[str, Any] | None = None
        for attribute, name, committed, default in self._parted()[1]:
            value = getattr(self, attribute)
            if default is MISSING or value != default:
                whole = (whole or {}) | (value if committed and committed.each else {name: value})
        return whole


def timestamp(moment: datetime) -> str:
    """Return an aware time as entries write it: RFC 3339 in UTC with microseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


def _name_in_entry(attribute: str, mark: Committed | None) -> str:
    return (mark and mark.name) or attribute.rstrip("_")


def _plain(value: Any) -> Any:
    if isinstance(value, Action):
        return value.about()
    if isinstance(value, datetime):
        return timestamp(value)
    return value.isoformat() if isinstance(value, date) else value


ACTIONS: dict[str, type[Action]] = {}
"""Every action by its name in an entry."""

A = TypeVar("A", bound=Action)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def action(name: str, kind: Kind, sentence: str) -> Callable[[type[A]], type[A]]:
    """Make a class the action of this name; its body lists the fields."""

    def made(cls: type[A]) -> type[A]:
        row = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        row.NAME, row.KIND, row.SENTENCE = name, kind, sentence
        ACTIONS[name] = row
        return row

    return made
