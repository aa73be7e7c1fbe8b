"""
Lines below a letter become entries - a person, a function, an organisation - by the best reading of all of them.

Those who sign together are mostly set alike: a reading that holds for all beats one that suits a single line.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflow.imports import features
from workflow.imports.roles import NEVER, is_degree, roles
from workflow.imports.words import is_country, plain

_PARTS = re.compile(
    r"\s*,\s*(?!\s*(?:Inc|LLC|Ltd|PLC|plc|Corp|Co|S\.A|A\.C|S\.C|GmbH|Jr|Sr)\b)|\s+[–—|-]\s+|\s+/\s+|\s*[–—]\s+"
)
"""Where a line can be parted, unless it is within brackets there."""
_CUT_OF = re.compile(
    r"\s+(?:of the|of|for the|for|at the|at|with|de la|de l['’]|du|del|des|de los|de las|de|"
    r"d['’])\s*"
)
_ABBREVIATED = re.compile(r"^(?:[^\W\d_]{1,5}\.\s+)+")
"""`Dra.` before a name."""
_MOST_PARTS = 6
_BEST = 5.0
_WEAKEST = -2.6

Fields = tuple[str, str, str, str]
"""Name, title, organisation and place, as one line gives them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A line below a letter; `apart` says that more space than usual stands before it."""

    text: str
    apart: bool = False
    number: int = 0
    email: str = ""
    source: str = ""


@dataclass(slots=True)
class Entry:
    """One who signs, as read from one or more lines; `sure` is False where a line looks like something else."""

    name: str = ""
    title: str = ""
    organisation: str = ""
    email: str = ""
    sure: bool = True
    sources: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line: how good it is, and what it gives."""

    points: float
    fields: Fields


# --- one line ------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8192)
def readings(line: str) -> dict[str, Reading]:
    """Return each way to read a line, by what it holds in order: N name, T title, O organisation, P place."""
    found = dict(plain_readings(line))
    _cut_title(found)
    return found


@functools.lru_cache(maxsize=8192)
def plain_readings(line: str) -> dict[str, Reading]:
    """Return the ways to read a line that cut it at its commas, dashes and brackets only."""
    found: dict[str, Reading] = {}
    for parts, separators in _partings(line):
        for held in _HELD:
            if len(held) > len(parts):
                continue
            for cuts in itertools.combinations(range(1, len(parts)), len(held) - 1):
                reading = _read(held, parts, separators, (0, *cuts, len(parts)))
                if reading.points > found.get(held, _NOTHING).points:
                    found[held] = reading
    return found


_HELD = ("N", "T", "O", "P", "NT", "NO", "TO", "ON", "OT", "OP", "NTO", "ONT", "NOT")
_NOTHING = Reading(NEVER * 2, ("", "", "", ""))


def _partings(line: str) -> Iterator[tuple[list[str], list[str]]]:
    """Part a line at its commas and dashes; once more with what stands in brackets behind a name as a part."""
    yield _parted(line)
    stops = re.fullmatch(
        r"([^.,;]*\b[^\W\d_]{3,})\.\s+([^.,;]*\b[^\W\d_]{3,})\.\s+([^,;]+?)\.?", _ABBREVIATED.sub("", line)
    )
    if stops:
        prefix = _ABBREVIATED.match(line)
        yield [(prefix[0] if prefix else "") + stops[1], stops[2], stops[3]], [", ", ", "]
    bracket = re.fullmatch(r"([^()]+?)\s*\(([^()]+(?:\([^()]*\)[^()]*)?)\)\s*,?\s*(.*)", line)
    if bracket and roles(bracket[1]).name > 0 and len(bracket[2].split()) > 1 and not is_country(bracket[2]):
        head, inner = _parted(bracket[1]), _parted(bracket[2])
        rest = _parted(bracket[3]) if bracket[3] else ([], [])
        parts = [*head[0], *inner[0], *rest[0]]
        if len(parts) <= _MOST_PARTS:
            yield parts, [*head[1], ", ", *inner[1], *([", "] if rest[0] else []), *rest[1]]


def _parted(line: str) -> tuple[list[str], list[str]]:
    parts: list[str] = []
    separators: list[str] = []
    start = 0
    for match in _partings_of(line, _PARTS):
        if len(parts) == _MOST_PARTS - 1:
            break
        if line[start : match.start()].strip():
            parts.append(line[start : match.start()].strip())
            separators.append(match[0])
        start = match.end()
    rest = line[start:].strip(" ,;")
    if rest or not parts:
        parts.append(rest)
    return parts, separators[: len(parts) - 1]


def outside_brackets(line: str, mark: re.Pattern[str]) -> list[str]:
    """Part a line at a mark, but for what stands in brackets."""
    places = list(_partings_of(line, mark))
    starts, ends = [0, *(place.end() for place in places)], [*(place.start() for place in places), len(line)]
    return [line[start:end] for start, end in zip(starts, ends, strict=True)]


def _partings_of(line: str, mark: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Find where a line can be parted: no bracket is closed behind that has not been opened there."""
    opened, closed = -1, -1
    for match in mark.finditer(line):
        if opened < match.end():
            opened = line.find("(", match.end()) % (len(line) + 1)
        if closed < match.end():
            closed = line.find(")", match.end()) % (len(line) + 1)
        if opened <= closed:
            yield match


def _read(held: str, parts: Sequence[str], separators: Sequence[str], cuts: Sequence[int]) -> Reading:
    points = 0.0
    fields = {"N": "", "T": "", "O": "", "P": ""}
    for role, start, end in zip(held, cuts, cuts[1:], strict=False):
        said = parts[start] + "".join(
            s + p for s, p in zip(separators[start : end - 1], parts[start + 1 : end], strict=True)
        )
        one = _points(role, parts[start:end], said)
        if one < _WEAKEST and len(held) > 1:
            return _NOTHING
        points += max(NEVER, min(_BEST, one))
        fields[role] = said.strip(" ,;")
    if held == "OP":
        fields = {**fields, "O": f"{fields['O']}{separators[cuts[1] - 1]}{fields['P']}", "P": ""}
    return Reading(points, (fields["N"], fields["T"], fields["O"], fields["P"]))


def _points(role: str, parts: Sequence[str], said: str) -> float:
    first = roles(parts[0])
    if role == "N":
        return first.name if all(is_degree(part) for part in parts[1:]) else NEVER
    if role == "T":
        return first.title + sum(_title_goes_on(part) for part in parts[1:])
    if role == "O":
        parted = first.office + sum(_office_goes_on(part) for part in parts[1:])
        return max(parted, roles(said).office - 1.0) if len(parts) > 1 else parted
    return roles(said).place


def _title_goes_on(part: str) -> float:
    seen = roles(part)
    if seen.title > 0:
        return 0.2
    return -1.0 - 0.4 * max(0.0, seen.office, seen.name)


def _office_goes_on(part: str) -> float:
    seen = roles(part)
    if is_country(part) or seen.place >= 3:
        return 0.6
    if features.is_acronym(part):
        return 0.3
    return -1.2 - 0.4 * max(0.0, seen.name, seen.title)


def _cut_title(found: dict[str, Reading]) -> None:
    """`Director of Human Rights Watch` holds a function and an organisation, when no other line names one."""
    for held, key in (("T", "TO"), ("NT", "NTO")):
        whole = found.get(held)
        if whole is None or whole.points < 0:
            continue
        title = whole.fields[1]
        for cut in _CUT_OF.finditer(title):
            head, rest = roles(title[: cut.start()]), roles(title[cut.end() :])
            points = min(_BEST, head.title) + min(_BEST, rest.office) - 2.0 + (whole.points - roles(title).title)
            if head.title > 0 and rest.title < 1 and rest.office > 1.2 and points > found.get(key, _NOTHING).points:
                name, place = whole.fields[0], whole.fields[3]
                found[key] = Reading(points, (name, title[: cut.start()], title[cut.end() :].strip(" ,"), place))
                break


# --- all the lines -------------------------------------------------------------------------------------------------

_FAMILIES: tuple[dict[tuple[str, ...], float], ...] = (
    {
        ("N", "T", "O"): 0.0, ("N", "TO"): 0.0, ("NT", "O"): 0.0, ("NTO",): 0.0, ("NO",): -0.3, ("N", "O"): -0.3,
        ("N", "T", "O", "P"): -0.3, ("N", "TO", "P"): -0.3, ("NT", "O", "P"): -0.3, ("NTO", "P"): -0.3,
        ("N", "O", "P"): -0.6, ("N", "T", "T", "O"): -0.8, ("N", "T", "O", "O"): -1.2, ("N", "T", "OP"): -0.3,
        ("N", "T", "O", "P", "P"): -0.8, ("N", "T", "TO"): -0.8, ("N", "T", "T", "O", "P"): -1.2,
        ("NT", "O", "O"): -1.6,
        ("N", "TO", "O"): -1.2, ("NT", "TO"): -1.0, ("N", "O", "T"): -0.8, ("N", "OT"): -0.8, ("NOT",): -0.8,
        ("N", "T", "OT"): -2.0, ("NO", "P"): -0.6,
    },
    {("O",): 0.0, ("O", "P"): -0.8, ("O", "O"): -2.5, ("OP",): -0.2},
    {
        ("O", "N", "T"): -0.3, ("O", "NT"): -0.3, ("ON",): -0.8, ("ONT",): -0.5, ("O", "N"): -0.8, ("OT",): -1.5,
        ("O", "P", "NT"): -0.8, ("O", "P", "N", "T"): -0.8, ("O", "N", "T", "T"): -1.2, ("O", "NT", "P"): -0.8,
        ("O", "T"): -2.0,
    },
    {("N",): -3.0, ("N", "T"): -2.5, ("NT",): -2.0, ("N", "P"): -3.5, ("N", "T", "P"): -3.0},
    {("TO",): -2.5, ("T", "O"): -2.5, ("T",): -5.0},
)  # fmt: skip
_PATTERNS = [(pattern, cost, number) for number, family in enumerate(_FAMILIES) for pattern, cost in family.items()]
_OTHER_PATTERN, _OTHER_FAMILY = -0.7, -2.2
_APART_INSIDE, _NOT_APART, _NOT_APART_LISTED = -4.5, -1.5, -0.2


@dataclass(slots=True)
class _Path:
    points: float
    pattern: int
    start: int
    before: _Path | None


def best_entries(pieces: Sequence[Piece]) -> tuple[float, list[Entry]]:
    """Return how good the best reading of all the lines is, and the entries that it gives, in order."""
    parted = any(piece.apart for piece in pieces[1:])
    seen = [_looks(piece.text) for piece in pieces]
    ends: list[dict[int, _Path]] = [{} for _ in range(len(pieces) + 1)]
    bests: list[_Path | None] = [None] * (len(pieces) + 1)
    for start, piece in enumerate(pieces):
        if start and bests[start] is None:
            continue
        before = _Before(ends[start], bests[start])
        for number, (pattern, cost, family) in enumerate(_PATTERNS):
            if pattern[0] not in seen[start] or start + len(pattern) > len(pieces):
                continue
            points = _pattern_points(pattern, start, pieces, seen)
            if points is None:
                continue
            if start and parted and not piece.apart:
                cost += _NOT_APART_LISTED if family == 1 else _NOT_APART
            gained, path = before.best(number, family)
            end = start + len(pattern)
            ends[end][number] = path = _Path(cost + points + gained, number, start, path)
            best = bests[end]
            if best is None or path.points > best.points:
                bests[end] = path
    last = bests[len(pieces)]
    return (last.points if last else 0.0), _followed(last, pieces)


@functools.lru_cache(maxsize=8192)
def _looks(line: str) -> dict[str, float]:
    return {held: reading.points for held, reading in readings(line).items() if reading.points > -8}


def _pattern_points(
    pattern: Sequence[str], start: int, pieces: Sequence[Piece], seen: Sequence[dict[str, float]]
) -> float | None:
    points = 0.0
    for offset, held in enumerate(pattern):
        one = seen[start + offset].get(held)
        if one is None:
            return None
        points += one + (_APART_INSIDE if offset and pieces[start + offset].apart else 0.0)
    return points


class _Before:
    """The ways to read the lines above, to be gone on from; a pattern or a family that is kept costs less."""

    def __init__(self, paths: dict[int, _Path], best: _Path | None) -> None:
        self.paths, self.overall = paths, best
        self.kin: dict[int, _Path] = {}
        for path in paths.values():
            family = _PATTERNS[path.pattern][2]
            if family not in self.kin or path.points > self.kin[family].points:
                self.kin[family] = path

    def best(self, number: int, family: int) -> tuple[float, _Path | None]:
        """Return what the best way gains for a pattern, and that way; nothing above the first line."""
        if self.overall is None:
            return 0.0, None
        related = _PATTERNS[self.overall.pattern][2] == family
        best = (self.overall.points + (_OTHER_PATTERN if related else _OTHER_FAMILY), self.overall)
        same, kin = self.paths.get(number), self.kin.get(family)
        if same is not None and same.points >= best[0]:
            best = (same.points, same)
        if kin is not None and kin.points + _OTHER_PATTERN > best[0]:
            best = (kin.points + _OTHER_PATTERN, kin)
        return best


def _followed(last: _Path | None, pieces: Sequence[Piece]) -> list[Entry]:
    found: list[Entry] = []
    path = last
    while path is not None:
        pattern = _PATTERNS[path.pattern][0]
        found.append(_entry(pieces[path.start : path.start + len(pattern)], pattern))
        path = path.before
    return found[::-1]


def _entry(pieces: Sequence[Piece], pattern: Sequence[str]) -> Entry:
    entry = Entry()
    places: list[str] = []
    for piece, held in zip(pieces, pattern, strict=True):
        known = readings(piece.text)
        name, title, organisation, place = known[held].fields
        entry.name = entry.name or name
        entry.title = _joined(entry.title, title)
        entry.organisation = _joined(entry.organisation, organisation)
        places += [place] if place else []
        entry.email = entry.email or piece.email
        entry.sources.append(piece.source or piece.text)
        looks = max((reading.points, kind) for kind, reading in known.items() if len(kind) == len(held))
        entry.sure = entry.sure and (looks[1] == held or known[held].points > looks[0] - 1.6)
    entry.organisation = ", ".join(filter(None, (entry.organisation, *places)))
    return entry


def _joined(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    runs_on = other[0].islower() or bool(
        re.search(r"(?:\b(?:of|for|and|the|de|del|des|du|et|y|pour|para|&))$", plain(one))
    )
    return f"{one} {other}" if runs_on else f"{one}, {other}"
