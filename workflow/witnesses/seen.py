"""A head as it is shown outside, and what can go wrong there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from workflow.history.common.reading import text_of
from workflow.history.proofs import root_in
from workflow.verify.tree import is_continued

FILE, TIME_STAMP, COSIGNATURE = "file", "timestamp", "cosignature"
"""The kinds of what is kept of a head (`HeadWitness.kind`)."""


class OutsideError(Exception):
    """Somebody outside has not seen a head; the sentence says why, for whoever runs the service."""


class ContradictedError(OutsideError):
    """Somebody outside knows of another history than this database: a backup was restored, or the log was forked."""


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head of the common log, as this server signed it: no signature of a witness is below it."""

    size: int
    note: str
    vkey: str
    since: Callable[[int], Sequence[bytes]]
    """Reads the proof that it continues the tree of so many entries."""

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return text_of(self.note)

    @property
    def root(self) -> bytes:
        """The root that it states."""
        return root_in(self.note)


class Place(Protocol):
    """Somebody outside who sees heads."""

    @property
    def name(self) -> str:
        """What its row is called."""

    @property
    def kind(self) -> str:
        """What it gives back."""

    def see(self, head: Head, before: int) -> bytes:
        """
        Show a head, and return what proves that it was seen, checked; `before` is the size of the last that it saw.

        Shown twice it is seen once. Raises OutsideError.
        """


def check_continues(head: Head, size: int, root: bytes, who: str) -> None:
    """Raise ContradictedError where a head does not continue one that somebody outside has seen."""
    if size > head.size:
        raise ContradictedError(
            f"{who} has seen a head of {size} entries, and this database knows {head.size}: it was restored from an "
            "older backup. Compare: flask history compare"
        )
    same = size == head.size and root == head.root
    if size and not same and not is_continued(size, root, head.size, head.root, head.since(size)):
        raise ContradictedError(
            f"{who} has seen another head of {size} entries than this database holds: the log was forked. Compare: "
            "flask history compare"
        )
