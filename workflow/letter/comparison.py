"""
What changed between two texts, found once: which paragraph became which, and word by word inside of it.

Pure. Pages, mails and Word documents show this result. How long it may take is counted in steps, not in time, so that
the same texts always compare alike; what could not be compared any more counts as removed and added.
"""

from __future__ import annotations

import collections
import difflib
import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

STEPS = 3_000_000
"""Some half a second; two letters of ten pages that have little in common take a thirtieth of it."""
_BEGINNING = 50
"""What a comparison costs whatever is compared."""
ALIKE = 0.4
"""From this share of common words on, a paragraph was changed; below it is another one."""


@dataclass(frozen=True, slots=True)
class Token:
    """The least that is compared: a word, a blank, a sign, or what stands in a word's place, such as a note's mark."""

    words: str
    looks: Hashable = None
    written: Any = field(default=None, compare=False)
    """What it is written from; not compared."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a table with its cells as parts."""

    parts: tuple[tuple[Token, ...], ...]
    looks: Hashable = None
    shape: Hashable = None
    """Only blocks of the same shape can become one another."""
    written: Any = field(default=None, compare=False)
    """What it is written from; not compared."""

    @property
    def said(self) -> list[str]:
        """Its words, without blanks."""
        return [token.words for part in self.parts for token in part if token.words.strip()]


class Step(NamedTuple):
    """What became of a token: `same`, `removed` or `added`. What is the same is given as it is now."""

    kind: str
    token: Token


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a block: `same`, `removed`, `added` or `changed`, with its steps part by part."""

    kind: str
    old: Block | None
    new: Block | None
    steps: tuple[tuple[Step, ...], ...]


def compare(before: Sequence[Block], after: Sequence[Block]) -> list[Change]:
    """Return what became of each block, in the order in which both texts can be read."""
    comparing = _Comparing()
    return [comparing.change(old, new) for old, new in comparing.pairs(before, after)]


@dataclass(slots=True)
class Effort:
    """How many steps are left for all comparisons that share it."""

    left: int = STEPS

    def spend(self, steps: int) -> bool:
        """Take steps; False when there are not as many."""
        self.left -= steps
        return self.left >= 0


class _Comparing:
    """One comparison of two texts: what is compared, by a number that is the same for the same."""

    def __init__(self) -> None:
        self.effort = Effort()
        self.numbers: dict[Hashable, int] = {}

    def matcher(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> Matcher:
        old_numbers, new_numbers = ([self.numbers.setdefault(one, len(self.numbers)) for one in s] for s in (old, new))
        return Matcher(old_numbers, new_numbers, self.effort)

    def pairs(self, before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        for kind, a, b, c, d in self.matcher(before, after).get_opcodes():
            if kind == "equal":
                yield from zip(before[a:b], after[c:d], strict=True)
            else:
                yield from self._likely(before[a:b], after[c:d])

    def _likely(self, before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        """Pair blocks that have words in common, in their order; the best pairs in all (dynamic programming)."""
        if not self.effort.spend(len(before) * len(after)):
            yield from ((old, None) for old in before)
            yield from ((None, new) for new in after)
            return
        likeness = [[self._likeness(old, new) for new in after] for old in before]
        best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
        for i, j in itertools.product(reversed(range(len(before))), reversed(range(len(after)))):
            together = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= ALIKE else -1.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
        i = j = 0
        while i < len(before) or j < len(after):
            both = i < len(before) and j < len(after) and likeness[i][j] >= ALIKE
            if both and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
                yield before[i], after[j]
                i, j = i + 1, j + 1
            elif j == len(after) or (i < len(before) and best[i][j] == best[i + 1][j]):
                yield before[i], None
                i += 1
            else:
                yield None, after[j]
                j += 1

    def _likeness(self, old: Block, new: Block) -> float:
        mine, theirs = old.said, new.said
        if old.shape != new.shape or not mine or not theirs or self.effort.left <= 0:
            return 0.0
        counted = self.matcher(mine, theirs)
        return counted.ratio() if counted.quick_ratio() >= ALIKE else 0.0

    def change(self, old: Block | None, new: Block | None) -> Change:
        if old is None or new is None:
            kind = "added" if old is None else "removed"
            block = old or new
            assert block is not None
            return Change(kind, old, new, tuple(tuple(Step(kind, token) for token in part) for part in block.parts))
        same = old == new
        pairs = zip(old.parts, new.parts, strict=True)
        steps = (((Step("same", token) for token in now) if same else self._steps(was, now)) for was, now in pairs)
        return Change("same" if same else "changed", old, new, tuple(map(tuple, steps)))

    def _steps(self, before: Sequence[Token], after: Sequence[Token]) -> Iterator[Step]:
        for kind, a, b, c, d in self.matcher(before, after).get_opcodes():
            if kind == "equal":
                yield from (Step("same", token) for token in after[c:d])
            else:
                yield from (Step("removed", token) for token in before[a:b])
                yield from (Step("added", token) for token in after[c:d])


class Matcher(difflib.SequenceMatcher[Any]):
    """A comparison that finds no more matches when its effort is spent: what is left then counts as replaced."""

    def __init__(self, old: Sequence[Any], new: Sequence[Any], effort: Effort) -> None:
        super().__init__(None, old, new, autojunk=False)
        self.effort = effort
        effort.spend(_BEGINNING + len(old) + len(new))
        times = collections.Counter(new)
        self._steps = list(itertools.accumulate((1 + times[one] for one in old), initial=0))

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        """Return the longest match, or an empty one where to look for it would take too long."""
        end = len(self._steps) - 1 if ahi is None else ahi
        if not self.effort.spend(self._steps[end] - self._steps[alo]):
            return difflib.Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)
