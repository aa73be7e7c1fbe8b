"""
Where the closing of a letter stands: a short formula, or a whole sentence as in French and Spanish.

Looks at the lines right above the names only; where these begin is for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflow.imports import features
from workflow.imports.lines import Line
from workflow.imports.roles import roles

_MOST_LINES = 7


@dataclass(frozen=True, slots=True)
class Closing:
    """Where a closing begins, how sure it is (0 is none), and whether its words are known as such."""

    start: int
    points: float
    known: bool = True


def closing_before(lines: Sequence[Line], end: int, spaced: bool) -> Closing:
    """Return the closing whose last line stands right before `end`."""
    if end == 0:
        return Closing(end, 0.0)
    last = lines[end - 1]
    if features.is_closing(last.text) and not last.text[0].islower() and _stands_alone(lines, end - 1):
        return Closing(_sentence_before(lines, end - 1, spaced), 6.0)
    start = _paragraph_start(lines, end - 1, spaced)
    said = " ".join(line.text for line in lines[start:end])
    if features.is_closing_sentence(said):
        return Closing(start, 5.0)
    if start == 0 or end == len(lines):
        return Closing(end, 0.0)
    if last.text.endswith(",") and len(said.split()) <= 40 and not _signs(said):
        return Closing(start, 2.0, known=False)
    if _is_short_and_strange(lines[start:end]) and lines[end].gap > 0:
        return Closing(start, 0.6, known=False)
    return Closing(end, 0.0)


def _signs(said: str) -> bool:
    seen = roles(said.rstrip(","))
    if len(said.split()) > 8:
        return False
    return max(seen.name, seen.title, seen.office) > 1.5 or features.is_signatories_heading(said)


def _is_short_and_strange(lines: Sequence[Line]) -> bool:
    """A word or three, alone, that are neither a name nor the end of a sentence: a closing in another language."""
    if len(lines) != 1 or not lines[0].gap:
        return False
    said, seen = lines[0].text, roles(lines[0].text)
    known = max(seen.name, seen.title, seen.office) >= 1 or features.is_signatories_heading(said)
    return len(said.split()) <= 5 and said[-1] not in ".:;?" and said[0].isupper() and not known


def _stands_alone(lines: Sequence[Line], position: int) -> bool:
    after = lines[position + 1] if position + 1 < len(lines) else None
    before = lines[position - 1] if position else None
    ends = before is None or before.text[-1] in '.!?:;,”")' or lines[position].gap > 0
    prose = after is not None and features.is_prose(after.text) and after.text[0].islower()
    return ends and not prose


def _sentence_before(lines: Sequence[Line], position: int, spaced: bool) -> int:
    """A closing sentence right above the formula belongs to it (`Sin otro particular,` / `Atentamente,`)."""
    if not position or lines[position - 1].text[-1] == ".":
        return position
    before = lines[position - 1]
    if before.text[-1] == "," and features.is_closing(before.text) and lines[position].gap <= (1 if spaced else 0):
        return position - 1
    start = _paragraph_start(lines, position - 1, spaced)
    said = " ".join(line.text for line in lines[start:position])
    return start if said[-1] == "," and features.is_closing_sentence(said) else position


def _paragraph_start(lines: Sequence[Line], position: int, spaced: bool) -> int:
    usual = 1 if spaced else 0
    start = position
    while start > 0 and position - start < _MOST_LINES:
        line, before = lines[start], lines[start - 1]
        runs_on = line.text[0].islower() and before.text[-1] not in ".!?:"
        if (line.gap > usual and not runs_on) or (before.text[-1] in ".!?:" and line.text[0].isupper()):
            break
        start -= 1
    return start
