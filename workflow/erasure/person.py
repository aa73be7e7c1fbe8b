"""Who is to be erased: an address and the names that go with it, and whether words speak of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WORDS = 2
"""A name of fewer words is looked for in no free text: many are called so, and words are."""

JOINED = frozenset("._+-%'")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by their address; `names` are folded as `plain` folds them."""

    address: str
    names: frozenset[str] = frozenset()

    def known_as(self, names: Iterable[str | None]) -> Person:
        """Return the same person, by these names too."""
        found = {plain(name) for name in names if name}
        return Person(self.address, self.names | {name for name in found if len(name.split()) >= WORDS})

    def is_at(self, address: object) -> bool:
        """Whether this is their address."""
        return isinstance(address, str) and address.casefold() == self.address

    def has_address_in(self, said: object) -> bool:
        """Whether their address stands anywhere in a value, however deep."""
        return any(_stands_in(self.address, text.casefold(), JOINED) for text in texts_in(said))

    def is_named_in(self, said: object) -> bool:
        """Whether their address or a whole name of theirs stands anywhere in a value."""
        if self.has_address_in(said):
            return True
        return bool(self.names) and any(
            _stands_in(name, text, frozenset()) for text in map(plain, texts_in(said)) for name in self.names
        )


def person_at(address: str) -> Person:
    """Return the person with this address."""
    return Person(address.strip().casefold())


def plain(text: str) -> str:
    """Return a text as names are looked for in it: without case, single blanks."""
    return " ".join(text.casefold().split())


def texts_in(said: object) -> Iterable[str]:
    """Give every text in a value, keys too."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for key, value in said.items():
            yield str(key)
            yield from texts_in(value)
    elif isinstance(said, Sequence) and not isinstance(said, bytes):
        for value in said:
            yield from texts_in(value)


def _stands_in(word: str, text: str, joined: frozenset[str]) -> bool:
    """Whether a word stands in a text, not as a part of a longer one; signs of `joined` may be parts of it too."""
    at = text.find(word)
    while at >= 0:
        before, rest = text[at - 1 : at], text[at + len(word) :]
        behind = rest[:1] if rest[:1] not in joined else rest[1:2]
        if not (before.isalnum() or (before and before in joined)) and not behind.isalnum():
            return True
        at = text.find(word, at + 1)
    return False


def without(person: Person, part: Any) -> Any:
    """Return a part of what an entry said, without the items of a list that name somebody; None: nothing is left."""
    if isinstance(part, list):
        return [item for item in part if not person.is_named_in(item)]
    return None if person.is_named_in(part) else part
