"""
The third stage: a letter's lines are cut into head, salutation, body, closing, signatories and tail.

Decided by what all the lines look like together. Every line is in exactly one part.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workflow.imports.classify import STOPS, Line, is_closing_sentence, without_label
from workflow.imports.doubts import Doubt
from workflow.imports.lexicon import WEIGHTS, plain
from workflow.imports.phrases import EMAIL, is_prose, roles, weighed
from workflow.imports.places import numbers

_SALUTATION = WEIGHTS["salutation"]
_SIGNING = WEIGHTS["signing"]
_CLOSING = WEIGHTS["closing"]
_HEAD_LINES = 150
"""In how many lines from the top the salutation is looked for."""
_GREETING_LINES = 6
_SUBJECT_LINES = 5
_CLOSING_LINES = 7
_TAIL_LINES = 7
"""The most lines of a salutation, a subject, a closing; and how many lines of a tail are looked at."""


@dataclass(slots=True)
class Parts:
    """
    A letter cut into its parts; `doubts` say where a part was not found, or found with doubt.

    Of the head: `address` (whom it goes to, with the sender's own lines), `dated` (where the date stood among them, -1
    for nowhere), `date`, `via` (how it goes), `other` (labels that are no subject). `below` are notes that belong to
    the text and stand below the signatories, `bottom` copies and contacts.
    """

    address: list[Line] = field(default_factory=list)
    dated: int = -1
    date: Line | None = None
    via: list[Line] = field(default_factory=list)
    other: list[Line] = field(default_factory=list)
    subjects: list[list[Line]] = field(default_factory=list)
    salutation: str = ""
    greeted: tuple[int, ...] = ()
    """The lines of the salutation."""
    body: list[Line] = field(default_factory=list)
    closing: str = ""
    closed: tuple[int, ...] = ()
    """The lines of the closing."""
    signed: list[Line] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)
    bottom: list[Line] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def decode(lines: Sequence[Line], spaced: bool) -> Parts:
    """Cut a letter into its parts; `spaced` says that a blank line after a line means nothing."""
    found = Parts()
    head, rest = _cut_head(lines, found)
    if rest and rest[0].labelled:
        end = _subject_end(rest, 0, spaced)
        found.subjects.append(rest[:end])
        rest = rest[end:]
    start, end = _signed(rest, spaced)
    closing = _closing_before(rest, start, spaced)
    found.closing, found.closed = said_of(rest[closing.start : start]), numbers(rest[closing.start : start])
    found.body = rest[: closing.start]
    if not found.closing:
        found.doubts.append(Doubt("no_closing"))
    elif not closing.known:
        found.doubts.append(Doubt("closing", found.closed, {"words": found.closing}))
    _part_signatories(rest[start:end], found)
    _part_tail(rest[end:], found)
    _part_head(head, spaced, found)
    return found


def said_of(lines: Sequence[Line]) -> str:
    """Return what lines say, as one."""
    return " ".join(line.text for line in lines)


# --- the salutation ------------------------------------------------------------------------------------------------


def _cut_head(lines: Sequence[Line], found: Parts) -> tuple[list[Line], list[Line]]:
    """Set the salutation, and return the lines above it and below it."""
    prose = _first_prose(lines)
    scored = [
        (_salutation_points(lines, position, prose), -position)
        for position in range(min(len(lines), prose + 1, _HEAD_LINES))
    ]
    points, position = max(scored, default=(0.0, 0))
    if points < _SALUTATION["least"]:
        prose = prose if prose <= _HEAD_LINES else 0
        found.doubts.append(Doubt("no_salutation"))
        return list(lines[:prose]), list(lines[prose:])
    start = -position
    end = _salutation_end(lines, start)
    found.salutation, found.greeted = said_of(lines[start:end]), numbers(lines[start:end])
    return list(lines[:start]), _without_first_sentence(found, list(lines[end:]))


def _first_prose(lines: Sequence[Line]) -> int:
    for position, line in enumerate(lines):
        if line.prose and not line.labelled and not line.dateline:
            return position
    return len(lines) if len(lines) < 4 or any(line.dateline for line in lines[:30]) else 0


def _salutation_points(lines: Sequence[Line], position: int, prose: int) -> float:
    line = lines[position]
    known, stop = line.salutation, line.text[-1] in ",:"
    if not known and not (stop and position > 0 and len(line.text.split()) <= 8):
        return 0.0
    after = lines[position + 1] if position + 1 < len(lines) else None
    between = line.gap > 0 and after is not None and after.gap > 0
    observed = {
        "known": known,
        "sure": line.sure_salutation,
        "stop": stop,
        "call": line.text[-1] == "!",
        "apart": (line.gap > 0) + (after is None or after.gap > 0),
        "is_prose": line.prose and len(line.text) > 60 and not line.sure_salutation,
        "unknown_apart" if between else "unknown": not known,
        "unknown_other": not known and (line.labelled or line.tail or line.dateline is not None),
    }
    return weighed("salutation", {**observed, **_below_salutation(lines, position, prose)})


def _below_salutation(lines: Sequence[Line], position: int, prose: int) -> dict[str, float]:
    """What stands below a salutation is running text; no date, no street."""
    below = itertools.dropwhile(lambda line: line.labelled or line.salutation, lines[position + 1 : position + 7])
    first = next(below, None)
    if first is None:
        return {}
    others = [*below]
    text = _is_text(first)
    return {
        "text_below": text,
        "text_near": not text and any(map(_is_text, others[:3])),
        "prose_near": prose < len(lines) and prose - position <= 4,
        "date_below": not text and any(line.dateline for line in (first, *others[:5])),
        "address_below": not first.prose and max(first.roles.place, first.roles.title) > 2,
    }


def _is_text(line: Line) -> bool:
    return line.prose or len(line.text) > 60 or (len(line.text) > 30 and line.text[-1] in ".,")


def _salutation_end(lines: Sequence[Line], start: int) -> int:
    """A salutation can go on: several greetings, or one that is broken over two lines."""
    end = start + 1
    while end < len(lines) and end - start < _GREETING_LINES and _greeting_goes_on(lines[end - 1], lines[end]):
        end += 1
    return end


def _greeting_goes_on(before: Line, line: Line) -> bool:
    if line.labelled:
        return False
    if line.salutation and not line.prose and before.text[-1] != ":":
        return True
    stop = line.text[-1] in ",:"
    if stop and len(line.text) < 80 and line.gap <= 1 and before.text[-1] not in ",:;!.":
        return line.gap == 0 or line.text[0].islower()
    return stop and before.text.endswith(",") and bool(re.match(r"(?:and|et|y|&)\s", line.text))


def _without_first_sentence(found: Parts, rest: list[Line]) -> list[Line]:
    """A salutation with the first sentence on the same line is cut behind its comma or colon."""
    cut = re.match(r"([^,:]{4,80}[,:])\s+(.{40,})", found.salutation)
    if not cut or not is_prose(cut[2]):
        return rest
    found.salutation = cut[1]
    found.doubts.append(Doubt("salutation_cut", found.greeted, {"words": cut[1]}))
    return [Line(cut[2], cut[2], found.greeted[-1] if found.greeted else 0, gap=1), *rest]


# --- the head ------------------------------------------------------------------------------------------------------


def _part_head(head: Sequence[Line], spaced: bool, found: Parts) -> None:
    position = gap = 0
    while position < len(head):
        # What is taken out of the head leaves space where it stood.
        line = replace(head[position], gap=max(head[position].gap, gap))
        end, gap = position + 1, 1
        if line.labelled and not (found.subjects and line.reference):
            end = _subject_end(head, position, spaced)
            found.subjects.append([*head[position:end]])
        elif found.date is None and line.dateline:
            found.date, found.dated = line, len(found.address)
        elif line.labelled:
            found.other.append(line)
        elif line.via:
            found.via.append(line)
        else:
            gap = 0
            (found.bottom if line.tail and not EMAIL.match(line.text) else found.address).append(line)
        position = end


def _subject_end(lines: Sequence[Line], start: int, spaced: bool) -> int:
    """Return where a subject ends: it goes on while its lines are long or the next begins small."""
    end = start + 1
    while end < len(lines) and end - start < _SUBJECT_LINES and _subject_goes_on(lines[end - 1], lines[end], spaced):
        end += 1
    return end


def _subject_goes_on(before: Line, line: Line, spaced: bool) -> bool:
    other = line.salutation or line.dateline or line.labelled or (line.prose and line.text[0].isupper())
    if other or without_label(before.text) == "":
        return not other
    long = len(before.text) >= 50 and line.gap == 0 and before.text[-1] != "."
    return line.gap <= (1 if spaced else 0) and (long or line.text[0].islower())


# --- the signatories -----------------------------------------------------------------------------------------------


def _signed(lines: Sequence[Line], spaced: bool) -> tuple[int, int]:
    """Return where those who sign begin and end: the lines look like names there, and like running text before."""
    looks = [line.signing for line in lines]
    sums = [0.0, *itertools.accumulate(looks)]
    tails = _tail_starts(lines)
    best, place = 0.0, (len(lines), len(lines))
    for start in range(len(lines) + 1):
        opened = _opening_points(lines, start, spaced)
        for end in {len(lines), tails[start]}:
            running = sum(look < -1 for look in looks[end : end + _TAIL_LINES])
            points = opened + sums[end] - sums[start] - min(_SIGNING["dearest_tail"], running)
            if points > best:
                best, place = points, (start, end)
    return place


def _tail_starts(lines: Sequence[Line]) -> list[int]:
    """Return for each line where the first tail below it begins: a postscript, notes, an annex."""
    starts = [len(lines)] * (len(lines) + 2)
    for position in range(len(lines) - 1, -1, -1):
        line = lines[position]
        opens = line.gap > 0 and (line.signing <= -3 or line.note)
        starts[position] = position if opens else starts[position + 1]
    return starts[1:]


def _opening_points(lines: Sequence[Line], start: int, spaced: bool) -> float:
    """Points for those who sign beginning at a line: it stands apart, and a closing stands before it."""
    if start == len(lines):
        return _closing_before(lines, start, spaced).points
    points = _SIGNING["apart"] if lines[start].gap > (1 if spaced else 0) else 0.0
    if not start:
        return points
    points += _SIGNING["stop_before"] if lines[start - 1].text[-1] in ",.:!?" else 0.0
    follows = sum(line.signing for line in lines[start : start + 3]) > 0
    return points + (_closing_before(lines, start, spaced).points if follows else 0.0)


def _part_signatories(lines: Sequence[Line], found: Parts) -> None:
    """Among those who sign, notes and copies stand by themselves, up to the next heading."""
    kept = found.signed
    for line in lines:
        if line.note or (kept is not found.signed and line.prose):
            kept = found.below
        elif line.tail:
            kept = found.bottom
        elif line.heading:
            kept = found.signed
        kept.append(line)


def _part_tail(lines: Sequence[Line], found: Parts) -> None:
    """Below the signatories: copies and contacts are named, running text stays at the end of the body."""
    kept = found.below
    for line in lines:
        if line.tail:
            kept = found.bottom
        elif line.note or line.prose:
            kept = found.below
        kept.append(line)


# --- the closing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Closing:
    """Where a closing begins, how sure it is (0 is none), and whether its words are known as such."""

    start: int
    points: float
    known: bool = True


def _closing_before(lines: Sequence[Line], end: int, spaced: bool) -> _Closing:
    """Return the closing whose last line stands right before `end`: a short formula, or a whole sentence."""
    if end == 0:
        return _Closing(end, 0.0)
    last = lines[end - 1]
    if last.closing and not last.text[0].islower() and _stands_alone(lines, end - 1):
        return _Closing(_sentence_before(lines, end - 1, spaced), _CLOSING["formula"])
    start = _paragraph_start(lines, end - 1, spaced)
    said = said_of(lines[start:end])
    if is_closing_sentence(said):
        return _Closing(start, _CLOSING["sentence"])
    if start == 0 or end == len(lines):
        return _Closing(end, 0.0)
    if last.text.endswith(",") and len(said.split()) <= 40 and not _signs(said):
        return _Closing(start, _CLOSING["strange"], known=False)
    return _Closing(end, 0.0)


def _signs(said: str) -> bool:
    short = len(said.split()) <= 8
    return short and (roles(said.rstrip(",")).someone > 1.5 or Line(said).heading)


def _stands_alone(lines: Sequence[Line], position: int) -> bool:
    before_ends = position == 0 or lines[position - 1].text[-1] in '.!?:;,”")' or lines[position].gap > 0
    after = lines[position + 1] if position + 1 < len(lines) else None
    return before_ends and not (after is not None and after.prose and after.text[0].islower())


def _sentence_before(lines: Sequence[Line], position: int, spaced: bool) -> int:
    """A closing sentence right above the formula belongs to it (`Sin otro particular,` / `Atentamente,`)."""
    if not position or lines[position - 1].text[-1] == ".":
        return position
    before = lines[position - 1]
    if before.text[-1] == "," and before.closing and lines[position].gap <= (1 if spaced else 0):
        return position - 1
    start = _paragraph_start(lines, position - 1, spaced)
    return start if before.text[-1] == "," and is_closing_sentence(said_of(lines[start:position])) else position


def _paragraph_start(lines: Sequence[Line], position: int, spaced: bool) -> int:
    start = position
    while start > 0 and position - start < _CLOSING_LINES:
        line, before = lines[start], lines[start - 1]
        runs_on = line.text[0].islower() and before.text[-1] not in ".!?:"
        if (line.gap > (1 if spaced else 0) and not runs_on) or (before.text[-1] in ".!?:" and line.text[0].isupper()):
            break
        start -= 1
    return start


# --- a subject without a label -------------------------------------------------------------------------------------


def stands_as_subject(body: Sequence[Line], spaced: bool) -> bool:
    """Tell whether a body's first line stands alone above running text, and no other line does so as a heading."""
    if len(body) < 2 or not body[1].prose or not _looks_alone(body[0], body[1], spaced):
        return False
    return not any(line.gap and _looks_alone(line, after, spaced) for line, after in itertools.pairwise(body[1:]))


def _looks_alone(line: Line, after: Line, spaced: bool) -> bool:
    short = len(line.text) <= 120 and 2 <= len(line.text.split()) <= 16
    ended = STOPS.search(line.text) or line.text[-1] in ",;:"
    return short and not ended and after.gap > (1 if spaced else 0) and not plain(line.text)[0].isdigit()
