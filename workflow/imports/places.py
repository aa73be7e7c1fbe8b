"""Where in its source each part of an imported letter comes from: the numbers of the lines, from 1 on."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflow.imports.segment import Row

DATE, SUBJECT, RECIPIENT, SALUTATION = "date", "subject", "recipient", "salutation"
BODY, CLOSING, COSIGNER = "body", "closing", "cosigner"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a letter, and the lines that it was read from; those of one kind stand in their order."""

    kind: str
    lines: tuple[int, ...]


def numbers(rows: Iterable[Row]) -> tuple[int, ...]:
    """Return the numbers of the lines that rows stand in."""
    return tuple(dict.fromkeys(row.number for row in rows if row.number))


def whole(begun: Sequence[Iterable[int]], every: Iterable[int]) -> list[tuple[int, ...]]:
    """
    Return for each of several parts all of its lines, of which `begun` has those that each piece of it begins in.

    A line in which nothing begins goes on with the one before it; above the first, it is the label of that.
    """
    found = [set(lines) for lines in begun]
    owners: dict[int, list[int]] = {}
    for part, lines in enumerate(found):
        for number in lines:
            owners.setdefault(number, []).append(part)
    starts = sorted(owners)
    for number in every:
        before = max(0, bisect.bisect_left(starts, number) - 1)
        if number not in owners and starts:
            for part in owners[starts[before]]:
                found[part].add(number)
    return [tuple(sorted(lines)) for lines in found]
