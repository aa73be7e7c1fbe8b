"""
The subject of a letter: behind a label, or a line that stands alone as a heading.

Looks at lines; what is taken is for others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflow.imports import dates, features
from workflow.imports.lines import Line

_LABEL = re.compile(
    r"^(?:(?:re|ref|subject|subj?|objet|concerne|asunto|referencia|tema|in re|topic|regarding|r[ée]f|sujet|"
    r"obj)\s*\.?\s*:"
    r"|(?:ref|réf|subj|obj|asto)\.\s*[-–]?(?=\s*[^\W\d])|(?:re|subject|objet|asunto)\s+[-–—]\s)\s*(?=\S|$)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"^(?:ref|réf|referencia)", re.IGNORECASE)


def is_subject(line: str) -> bool:
    """Tell whether a line opens with a label such as `Re:`, `Objet :`, `Asunto:`."""
    return bool(_LABEL.match(line))


def is_reference(line: str) -> bool:
    """Tell whether the label can also be that of a file number: `Ref.: 12/2019`."""
    return bool(_REFERENCE.match(line))


def without_label(line: str) -> str:
    """Return what stands behind the label."""
    label = _LABEL.match(line)
    return line[label.end() :] if label else line


def subject_end(lines: Sequence[Line], start: int, spaced: bool) -> int:
    """Return where a subject ends: it goes on while its lines are long or the next begins small."""
    end = start + 1
    while end < len(lines) and end - start < 5:
        before, line = lines[end - 1], lines[end]
        near = line.gap == 0 or (spaced and line.gap <= 1) or without_label(before.text) == ""
        goes_on = line.text[0].islower() or (len(before.text) >= 50 and line.gap == 0 and before.text[-1] not in ".")
        goes_on = goes_on or without_label(before.text) == ""
        other = features.is_salutation(line.text) or dates.is_date_line(line.text) or is_subject(line.text)
        if not near or not goes_on or other or (features.is_prose(line.text) and line.text[0].isupper()):
            break
        end += 1
    return end
