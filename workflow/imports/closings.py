"""
Where the closing of a letter stands: a short formula, or a whole sentence as in French and Spanish.

Looks at lines only; what follows the closing is for others.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflow.imports import features
from workflow.imports.lines import Line


def could_close(line: str) -> bool:
    """Tell whether a short line with a comma can be a closing in words that are not known here."""
    known = features.is_org(line) or features.is_title(line) or features.is_person(line)
    return line.endswith(",") and len(line.split()) <= 5 and not known and not features.is_signatories_heading(line)


def find_closing(lines: Sequence[Line], spaced: bool) -> tuple[int, int]:
    """Return where the closing begins and ends: the last formula that no running text follows for long."""
    for position in range(len(lines) - 1, -1, -1):
        line = lines[position].text
        if features.is_closing(line) and not line[0].islower() and _stands_alone(lines, position, spaced):
            start = _sentence_before(lines, position, spaced)
            return start, position + 1
    for position in range(len(lines) - 1, -1, -1):
        end = _sentence_end(lines, position, spaced)
        if end:
            return position, end
    return 0, 0


def _stands_alone(lines: Sequence[Line], position: int, spaced: bool) -> bool:
    after = lines[position + 1] if position + 1 < len(lines) else None
    before = lines[position - 1] if position else None
    ends = before is None or before.text[-1] in '.!?:;,”")' or lines[position].gap > 0
    prose = after is not None and features.is_prose(after.text) and after.text[0].islower()
    return ends and not prose


def _sentence_before(lines: Sequence[Line], position: int, spaced: bool) -> int:
    """A closing sentence right above the formula belongs to it (`Sin otro particular,` / `Atentamente,`)."""
    for start in range(max(0, position - 4), position):
        if _sentence_end(lines[:position], start, spaced) == position:
            return start
    return position


def _sentence_end(lines: Sequence[Line], start: int, spaced: bool) -> int:
    """Return where the paragraph ends that begins here and is a closing sentence; 0 when it is none."""
    if start and not (lines[start].gap > 0 or lines[start - 1].text[-1] in ".!?:"):
        return 0
    end = start + 1
    while end < len(lines) and end - start < 7:
        line, before = lines[end], lines[end - 1]
        if (line.gap > (1 if spaced else 0)) or (
            before.text[-1] in ".," and not line.text[0].islower() and not features.is_prose(line.text)
        ):
            break
        end += 1
    sentence = " ".join(line.text for line in lines[start:end])
    return end if features.is_closing_sentence(sentence) else 0
