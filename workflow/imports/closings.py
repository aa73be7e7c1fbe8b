"""
Where the closing of a letter stands: a short formula, or a whole sentence as in French and Spanish.

Looks at lines only; what follows the closing is for others.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflow.imports import features
from workflow.imports.lines import Line
from workflow.imports.roles import roles

_MOST_LINES = 7


def find_closing(lines: Sequence[Line], spaced: bool) -> tuple[int, int]:
    """Return where the closing begins and ends: the last formula or sentence that no running text follows."""
    for position in range(len(lines) - 1, -1, -1):
        line = lines[position].text
        if features.is_closing(line) and not line[0].islower() and _stands_alone(lines, position):
            return _sentence_before(lines, position, spaced), position + 1
    for position in range(len(lines) - 1, -1, -1):
        end = _sentence_end(lines, position, spaced)
        if end and not _text_follows(lines, end):
            return position, end
    return 0, 0


def guessed_closing(lines: Sequence[Line], signed: int, spaced: bool) -> tuple[int, int]:
    """Return a closing in words that are not known here: a paragraph that ends with a comma, right above the names."""
    for end in (signed, signed + 1):
        if not 0 < end < len(lines) or not lines[end - 1].text.endswith(","):
            continue
        start = _paragraph_start(lines, end - 1, spaced)
        said = " ".join(line.text for line in lines[start:end])
        if len(said.split()) <= 40 and start > 0 and not _signs(said):
            return start, end
    return 0, 0


def _signs(said: str) -> bool:
    seen = roles(said.rstrip(","))
    if len(said.split()) > 8:
        return False
    return max(seen.name, seen.title, seen.office) > 1.5 or features.is_signatories_heading(said)


def _text_follows(lines: Sequence[Line], start: int) -> bool:
    return sum(features.is_prose(line.text) for line in lines[start : start + 4]) > 1


def _stands_alone(lines: Sequence[Line], position: int) -> bool:
    after = lines[position + 1] if position + 1 < len(lines) else None
    before = lines[position - 1] if position else None
    ends = before is None or before.text[-1] in '.!?:;,”")' or lines[position].gap > 0
    prose = after is not None and features.is_prose(after.text) and after.text[0].islower()
    return ends and not prose


def _sentence_before(lines: Sequence[Line], position: int, spaced: bool) -> int:
    """A closing sentence right above the formula belongs to it (`Sin otro particular,` / `Atentamente,`)."""
    for start in range(max(0, position - 4), position):
        if _sentence_end(lines[:position], start, spaced) == position and lines[position - 1].text[-1] != ".":
            return start
    return position


def _paragraph_start(lines: Sequence[Line], position: int, spaced: bool) -> int:
    usual = 1 if spaced else 0
    start = position
    while start > 0 and position - start < _MOST_LINES:
        line, before = lines[start], lines[start - 1]
        if line.gap > usual or (before.text[-1] in ".!?:" and line.text[0].isupper()):
            break
        start -= 1
    return start


def _sentence_end(lines: Sequence[Line], start: int, spaced: bool) -> int:
    """Return where the paragraph ends that begins here and is a closing sentence; 0 when it is none."""
    if start and not (lines[start].gap > 0 or lines[start - 1].text[-1] in ".!?:"):
        return 0
    end = start + 1
    while end < len(lines) and end - start < _MOST_LINES:
        line, before = lines[end], lines[end - 1]
        if (line.gap > (1 if spaced else 0)) or (
            before.text[-1] in ".," and not line.text[0].islower() and not features.is_prose(line.text)
        ):
            break
        end += 1
    sentence = " ".join(line.text for line in lines[start:end])
    return end if features.is_closing_sentence(sentence) else 0
