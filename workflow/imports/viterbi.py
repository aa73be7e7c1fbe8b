"""
The best way through a sequence, where what stands at one place depends on what stood before it (Viterbi).

Knows nothing of letters: the caller says which steps there are, and how good each is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)
Label = TypeVar("Label")


@dataclass(slots=True)
class Step(Generic[State, Label]):
    """One step: over how many places, into which state, for how many points; `label` says what it was."""

    length: int
    state: State
    points: float
    label: Label


@dataclass(slots=True)
class _Path(Generic[State, Label]):
    points: float
    step: Step[State, Label] | None = None
    before: _Path[State, Label] | None = None

    def labels(self) -> list[Label]:
        found: list[Label] = []
        path: _Path[State, Label] | None = self
        while path is not None and path.step is not None:
            found.append(path.step.label)
            path = path.before
        return found[::-1]


def decode(
    length: int,
    start: State,
    steps: Callable[[int, State], Iterable[Step[State, Label]]],
    widest: float = math.inf,
) -> tuple[float, list[Label]]:
    """
    Return the points and the labels of the best way from place 0 to `length`; none when no way leads there.

    `steps(place, state)` gives what can be done there. `widest` bounds what being in one state rather than another is
    worth: ways that are further behind the best at the same place cannot win, and are given up.
    """
    reached: list[dict[State, _Path[State, Label]]] = [{} for _ in range(length + 1)]
    reached[0][start] = _Path(0.0)
    for place in range(length):
        least = max((path.points for path in reached[place].values()), default=0.0) - widest
        for state, path in reached[place].items():
            if path.points < least:
                continue
            for step in steps(place, state):
                ahead, points = reached[place + step.length], path.points + step.points
                if step.state not in ahead or points > ahead[step.state].points:
                    ahead[step.state] = _Path(points, step, path)
        reached[place] = {}
    best = max(reached[length].values(), key=lambda path: path.points, default=None)
    return (best.points, best.labels()) if best else (0.0, [])
