"""
The parts of a letter: head, salutation, body, closing, signatories, tail; found by what all the lines look like.

Only cuts; what each part says is for others. Every line is in exactly one part.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflow.imports import dates, features
from workflow.imports.closings import closing_before
from workflow.imports.columns import MARK
from workflow.imports.entries import plain_readings
from workflow.imports.lines import Line
from workflow.imports.roles import roles
from workflow.imports.subjects import is_subject, subject_end
from workflow.imports.words import plain

_ENDS = re.compile(r"[.!?…][\"'”’»)\]\d]*$")
_HEAD_LINES = 150
_CHEAPEST_TAIL = 6.0


@dataclass(slots=True)
class Parts:
    """A letter cut into its parts; `unsure` says where a part was not found or found with doubt."""

    head: list[Line] = field(default_factory=list)
    salutation: str = ""
    subject: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    closing: str = ""
    signed: list[Line] = field(default_factory=list)
    tail: list[Line] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)


def parts(lines: Sequence[Line], spaced: bool) -> Parts:
    """Cut a letter into its parts; `spaced` says that a blank line after a line means nothing."""
    found = Parts()
    rest = _cut_head(lines, found)
    if rest and is_subject(rest[0].text):
        end = subject_end(rest, 0, spaced)
        found.subject, rest = rest[:end], rest[end:]
    start, end = _signed(rest, spaced)
    closing = closing_before(rest, start, spaced)
    if closing.points > 0:
        found.closing = " ".join(line.text for line in rest[closing.start : start])
        found.body = rest[: closing.start]
        if not closing.known:
            found.unsure.append(f"I took “{found.closing}” as the closing. Please check.")
    else:
        found.body = rest[:start]
        found.unsure.append("I found no closing (such as “Sincerely,”). Add one if the letter has it.")
    found.signed, found.tail = rest[start:end], rest[end:]
    return found


# --- the salutation ------------------------------------------------------------------------------------------------


def _cut_head(lines: Sequence[Line], found: Parts) -> list[Line]:
    """Set head and salutation, and return the lines below them."""
    prose = _first_prose(lines)
    limit = min(len(lines), prose + 1, _HEAD_LINES)
    scored = [(_salutation_points(lines, position, prose), -position) for position in range(limit)]
    points, position = max(scored, default=(0.0, 0))
    if points < 3:
        prose = prose if prose <= _HEAD_LINES else 0
        found.head = list(lines[:prose])
        found.unsure.append("I found no salutation. Add one if the letter has it.")
        return list(lines[prose:])
    start = -position
    end = _salutation_end(lines, start)
    found.head = list(lines[:start])
    found.salutation = " ".join(line.text for line in lines[start:end])
    return _without_salutation(found, list(lines[end:]))


def _first_prose(lines: Sequence[Line]) -> int:
    for position, line in enumerate(lines):
        if features.is_prose(line.text) and not is_subject(line.text) and not dates.is_date_line(line.text):
            return position
    return len(lines) if len(lines) < 4 or any(dates.is_date_line(line.text) for line in lines[:30]) else 0


def _salutation_points(lines: Sequence[Line], position: int, prose: int) -> float:
    line = lines[position]
    known, strong = features.is_salutation(line.text), features.is_strong_salutation(line.text)
    if not known and not (len(line.text.split()) <= 8 and line.text[-1] in ",:" and position > 0):
        return 0.0
    before = 0.5 if line.gap else 0.0
    after = lines[position + 1] if position + 1 < len(lines) else None
    points = 1.0 * known + 3.0 * strong + 2.0 * (line.text[-1] in ",:") + 1.0 * (line.text[-1] == "!") + before
    points += 0.5 if after is None or after.gap else 0.0
    points += _below_points(lines, position, prose)
    if features.is_prose(line.text) and len(line.text) > 60 and not strong:
        points -= 4.0
    if not known:
        points -= 0.5 if line.gap and after is not None and after.gap else 3.5
        points -= 3.0 * (is_subject(line.text) or features.is_tail(line.text) or dates.is_date_line(line.text))
    return points


def _below_points(lines: Sequence[Line], position: int, prose: int) -> float:
    """What stands below a salutation is running text; no date, no street."""
    below = [line.text for line in lines[position + 1 : position + 7]]
    below = list(itertools.dropwhile(lambda said: is_subject(said) or features.is_salutation(said), below))
    if not below:
        return 0.0
    points = 3.0 if _is_text(below[0]) else 1.5 if any(_is_text(said) for said in below[1:4]) else 0.0
    near = prose < len(lines) and prose - position <= 4
    points += 0.5 if near else 0.0
    if any(dates.is_date_line(said) for said in below[:6]) and not _is_text(below[0]):
        points -= 4.0
    if roles(below[0]).place > 2 or roles(below[0]).title > 2:
        points -= 2.0 if not features.is_prose(below[0]) else 0.0
    return points


def _is_text(said: str) -> bool:
    return features.is_prose(said) or len(said) > 60 or (len(said) > 30 and said[-1] in ".,")


def _salutation_end(lines: Sequence[Line], start: int) -> int:
    """A salutation can go on: several greetings, or one that is broken over two lines."""
    end = start + 1
    while end < len(lines) and end - start < 6 and _goes_on(lines[end - 1], lines[end]):
        end += 1
    return end


def _goes_on(before: Line, line: Line) -> bool:
    if is_subject(line.text):
        return False
    if features.is_salutation(line.text) and not features.is_prose(line.text) and before.text[-1] != ":":
        return True
    short = line.text[-1] in ",:" and len(line.text) < 80 and line.gap <= 1
    if short and before.text[-1] not in ",:;!.":
        return line.gap == 0 or line.text[0].islower()
    return before.text.endswith(",") and bool(re.match(r"(?:and|et|y|&)\s", line.text)) and line.text[-1] in ",:"


def _without_salutation(found: Parts, rest: list[Line]) -> list[Line]:
    """A salutation with the first sentence on the same line is cut behind its comma or colon."""
    cut = re.match(r"([^,:]{4,80}[,:])\s+(.{40,})", found.salutation)
    if not cut or not features.is_prose(cut[2]):
        return rest
    found.salutation = cut[1]
    found.unsure.append(f"The salutation “{cut[1]}” stood on one line with the text; I parted them there.")
    return [Line(cut[2], cut[2], gap=1), *rest]


# --- the signatories -----------------------------------------------------------------------------------------------


def _signed(lines: Sequence[Line], spaced: bool) -> tuple[int, int]:
    """Return where those who sign begin and end: the lines look like names there, and like running text before."""
    looks = [_signing(line.text) for line in lines]
    sums = [0.0, *itertools.accumulate(looks)]
    ends = _tail_starts(lines, looks)
    best, place = 0.0, (len(lines), len(lines))
    for start in range(len(lines) + 1):
        opened = _opening_points(lines, start, spaced, looks)
        for end in {len(lines), ends[start]}:
            cost = (
                min(_CHEAPEST_TAIL, sum(1.0 for look in looks[end : end + 7] if look < -1)) if end < len(lines) else 0.0
            )
            points = opened + sums[end] - sums[start] - cost
            if points > best:
                best, place = points, (start, end)
    return place


def _tail_starts(lines: Sequence[Line], looks: Sequence[float]) -> list[int]:
    """Return for each line where the first tail below it begins: a postscript, notes, an annex."""
    starts = [len(lines)] * (len(lines) + 1)
    for position in range(len(lines) - 1, -1, -1):
        line = lines[position]
        opens = line.gap > 0 and (looks[position] <= -3 or features.is_note(line.text))
        starts[position] = position if opens else starts[position + 1]
    return [starts[min(position + 1, len(lines))] for position in range(len(lines) + 1)]


def _opening_points(lines: Sequence[Line], start: int, spaced: bool, looks: Sequence[float]) -> float:
    if start == len(lines):
        return max(0.0, closing_before(lines, start, spaced).points)
    line = lines[start]
    follows = sum(looks[start : start + 3]) > 0
    usual = 1 if spaced else 0
    points = 1.0 if line.gap > usual else 0.0
    if start and lines[start - 1].text[-1] in ",.:!?":
        points += 0.5
    if start and not follows:
        return points
    return points + closing_before(lines, start, spaced).points


def _signing(said: str) -> float:
    """How much a line looks like one of a name, a function, an organisation below a letter; below 0 is running text."""
    if features.opens_signatories(said):
        return 2.5
    if features.is_closing(said):
        return -0.5
    if features.is_tail(said) or features.EMAIL.search(said):
        return 1.0
    bare = MARK.sub("", said)
    if features.is_prose(bare):
        return -3.5
    points = _best_look(bare)
    if _ENDS.search(said) and len(said.split()) > 3:
        points -= 2.0
    if said[-1] == ":":
        points -= 1.5
    if bare[:1].islower() and roles(bare).title < 3:
        points -= 2.0
    return points - (1.0 if len(said) > 110 else 0.0)


def _best_look(bare: str) -> float:
    if not bare or len(bare) > 300:
        return -1.0
    if features.is_running_list(bare):
        return 1.5
    best = max(reading.points / len(held) for held, reading in plain_readings(bare).items() if held != "P")
    return max(-1.5, min(2.5, best / 2 + 0.3))


def looks_alone(line: Line, after: Line, spaced: bool) -> bool:
    """Tell whether a short line stands alone above running text, as a heading or an unlabelled subject does."""
    short = len(line.text) <= 120 and 2 <= len(line.text.split()) <= 16
    return (
        short
        and after.gap > (1 if spaced else 0)
        and not _ENDS.search(line.text)
        and line.text[-1] not in ",;:"
        and not plain(line.text)[0].isdigit()
    )
