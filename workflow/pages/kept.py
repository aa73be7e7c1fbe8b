"""What was made once and is used again, in this process: so many things at most, the last used ones."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """Things by a key that says all that they are made from; two threads may make the same thing once each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Key, Thing] = OrderedDict()
        self._lock = threading.Lock()

    def get_all(self, keys: Sequence[Key], make: Callable[[Sequence[Key]], Mapping[Key, Thing]]) -> dict[Key, Thing]:
        """Return the things of several keys; those that are not kept are made now, together."""
        with self._lock:
            found = {key: self._things[key] for key in keys if key in self._things}
            for key in found:
                self._things.move_to_end(key)
        if len(found) < len(keys):
            made = make([key for key in keys if key not in found])
            with self._lock:
                self._things.update(made)
                while len(self._things) > self._most:
                    self._things.popitem(last=False)
            found.update(made)
        return found

    def get(self, key: Key, make: Callable[[], Thing]) -> Thing:
        """Return the thing of a key, made now where it is not kept."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
        made = make()
        with self._lock:
            self._things[key] = made
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return made
