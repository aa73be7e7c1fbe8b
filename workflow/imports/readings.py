"""
A line that holds several things - name, function, organisation, place - parted at its commas, dashes and brackets.

Each way to read it is kept with its points; which one is right, the lines around it decide.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflow.imports.lexicon import WEIGHTS, pattern
from workflow.imports.phrases import NEVER, is_acronym, is_country, is_degree, roles

_WEIGHTS = WEIGHTS["reading"]
_PARTING = pattern(
    r"\s*,\s*(?!\s*«company_behind_comma»\b)|\s+[–—|-]\s+|\s+/\s+|\s*[–—]\s+",
)
"""Where a line can be parted, unless it is within brackets there."""
_CUT_FUNCTION = pattern(r"\s+«cut_function»\s*")
_ABBREVIATED = re.compile(r"^(?:[^\W\d_]{1,5}\.\s+)+")
"""`Dra.` before a name."""
_STOPS = re.compile(r"([^.,;]*\b[^\W\d_]{3,})\.\s+([^.,;]*\b[^\W\d_]{3,})\.\s+([^,;]+?)\.?")
"""`Ana López. Directora. Red Agua.`: parted by stops."""
_BRACKET = re.compile(r"([^()]+?)\s*\(([^()]+(?:\([^()]*\)[^()]*)?)\)\s*,?\s*(.*)")
_MOST_PARTS = 6

_HELD = ("N", "T", "O", "P", "NT", "NO", "TO", "ON", "OT", "OP", "NTO", "ONT", "NOT")
"""What a line can hold, in order: N name, T title, O organisation, P place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line: how good it is, and what it gives."""

    points: float
    name: str = ""
    title: str = ""
    organisation: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Parted:
    """A line's parts, and what stood between them."""

    parts: tuple[str, ...]
    marks: tuple[str, ...]

    def said(self, start: int, end: int) -> str:
        """Return the words from one part up to another, as they are written."""
        marked = zip(self.marks[start : end - 1], self.parts[start + 1 : end], strict=True)
        return self.parts[start] + "".join(mark + part for mark, part in marked)

    def __add__(self, other: _Parted) -> _Parted:
        between = (", ",) if self.parts and other.parts else ()
        return _Parted(self.parts + other.parts, self.marks + between + other.marks)


@functools.lru_cache(maxsize=8192)
def readings(line: str) -> Mapping[str, Reading]:
    """Return each way to read a line, by what it holds in order; a function can run on into its organisation."""
    return {**plain_readings(line), **dict(_cut_readings(plain_readings(line)))}


@functools.lru_cache(maxsize=8192)
def plain_readings(line: str) -> Mapping[str, Reading]:
    """Return the ways to read a line that part it at its commas, dashes and brackets only."""
    found: dict[str, Reading] = {}
    for parted in _partings(line):
        for held in _HELD:
            for cuts in itertools.combinations(range(1, len(parted.parts)), len(held) - 1):
                reading = _read(held, parted, (0, *cuts, len(parted.parts)))
                if reading and (held not in found or reading.points > found[held].points):
                    found[held] = reading
    return found


def outside_brackets(line: str, mark: re.Pattern[str]) -> list[str]:
    """Part a line at a mark, but for what stands in brackets."""
    places = list(_marks(line, mark))
    starts, ends = [0, *(place.end() for place in places)], [*(place.start() for place in places), len(line)]
    return [line[start:end] for start, end in zip(starts, ends, strict=True)]


def _marks(line: str, mark: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Find where a line can be parted: no bracket is closed behind that has not been opened there."""
    opened, closed = -1, -1
    for match in mark.finditer(line):
        if opened < match.end():
            opened = line.find("(", match.end()) % (len(line) + 1)
        if closed < match.end():
            closed = line.find(")", match.end()) % (len(line) + 1)
        if opened <= closed:
            yield match


def _partings(line: str) -> Iterator[_Parted]:
    """Part a line at its commas and dashes; at its stops; and with what stands in brackets behind a name as a part."""
    yield _parted(line)
    prefix = _ABBREVIATED.match(line)
    opening = prefix[0] if prefix else ""
    stops = _STOPS.fullmatch(line[len(opening) :])
    if stops:
        yield _Parted((opening + stops[1], stops[2], stops[3]), (", ", ", "))
    bracket = _BRACKET.fullmatch(line)
    if bracket and roles(bracket[1]).name > 0 and len(bracket[2].split()) > 1 and not is_country(bracket[2]):
        whole = _parted(bracket[1]) + _parted(bracket[2]) + (_parted(bracket[3]) if bracket[3] else _Parted((), ()))
        if len(whole.parts) <= _MOST_PARTS:
            yield whole


def _parted(line: str) -> _Parted:
    parts: list[str] = []
    marks: list[str] = []
    start = 0
    for match in _marks(line, _PARTING):
        if len(parts) == _MOST_PARTS - 1:
            break
        said = line[start : match.start()].strip()
        if said:
            parts.append(said)
            marks.append(match[0])
        start = match.end()
    rest = line[start:].strip(" ,;")
    if rest or not parts:
        parts.append(rest)
    return _Parted(tuple(parts), tuple(marks[: len(parts) - 1]))


def _read(held: str, parted: _Parted, cuts: Sequence[int]) -> Reading | None:
    """Read the parts between the cuts as what the line is to hold; None when one of them is nothing like it."""
    points = 0.0
    said: dict[str, str] = {}
    for role, start, end in zip(held, cuts, cuts[1:], strict=False):
        whole = parted.said(start, end)
        one = _points(role, parted.parts[start:end], whole)
        if one < _WEIGHTS["weakest"] and len(held) > 1:
            return None
        points += max(NEVER, min(_WEIGHTS["best"], one))
        said[role] = whole.strip(" ,;")
    if held == "OP":
        said = {"O": f"{said['O']}{parted.marks[cuts[1] - 1]}{said['P']}"}
    return Reading(points, *(said.get(role, "") for role in "NTOP"))


def _points(role: str, parts: Sequence[str], said: str) -> float:
    first = roles(parts[0])
    if role == "N":
        return first.name if all(is_degree(part) for part in parts[1:]) else NEVER
    if role == "T":
        return first.title + sum(_title_goes_on(part) for part in parts[1:])
    if role == "P":
        return roles(said).place
    parted = first.office + sum(_office_goes_on(part) for part in parts[1:])
    return max(parted, roles(said).office + _WEIGHTS["office_whole"]) if len(parts) > 1 else parted


def _title_goes_on(part: str) -> float:
    seen = roles(part)
    if seen.title > 0:
        return _WEIGHTS["title_on"]
    return _WEIGHTS["title_off"] + _WEIGHTS["other"] * max(0.0, seen.office, seen.name)


def _office_goes_on(part: str) -> float:
    seen = roles(part)
    if is_country(part) or seen.place >= 3:
        return _WEIGHTS["office_place"]
    if is_acronym(part):
        return _WEIGHTS["office_acronym"]
    return _WEIGHTS["office_off"] + _WEIGHTS["other"] * max(0.0, seen.name, seen.title)


def _cut_readings(known: Mapping[str, Reading]) -> Iterator[tuple[str, Reading]]:
    """`Director of Human Rights Watch` holds a function and an organisation, when no other line names one."""
    for held, key in (("T", "TO"), ("NT", "NTO")):
        whole = known.get(held)
        if whole is None or whole.points < 0:
            continue
        least = known[key].points if key in known else 2 * NEVER
        cut = next(filter(lambda reading: reading.points > least, _cut_title(whole)), None)
        if cut:
            yield key, cut


def _cut_title(whole: Reading) -> Iterator[Reading]:
    best = _WEIGHTS["best"]
    for cut in _CUT_FUNCTION.finditer(whole.title):
        title, organisation = whole.title[: cut.start()], whole.title[cut.end() :]
        head, rest = roles(title), roles(organisation)
        points = min(best, head.title) + min(best, rest.office) + _WEIGHTS["cut"]
        if head.title > 0 and rest.title < 1 and rest.office > 1.2:
            gained = points + whole.points - roles(whole.title).title
            yield Reading(gained, whole.name, title, organisation.strip(" ,"), whole.place)
