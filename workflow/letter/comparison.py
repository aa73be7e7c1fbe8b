"""
Two sequences compared, as difflib does, with an end to how long that may take.

Pure. The limit is counted in steps, not in time, so that the same texts always compare alike.
"""

from __future__ import annotations

import collections
import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STEPS = 3_000_000
"""Some half a second; two letters of ten pages that have little in common take a thirtieth of it."""


_BEGINNING = 50
"""What a comparison costs whatever is compared."""


@dataclass(slots=True)
class Effort:
    """How many steps are left for all comparisons that share it."""

    left: int = STEPS

    def spend(self, steps: int) -> bool:
        """Take steps; False when there are not as many."""
        self.left -= steps
        return self.left >= 0


class Comparison(difflib.SequenceMatcher[Any]):
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
