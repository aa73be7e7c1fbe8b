"""
Who signs: the names, functions and organisations below the closing become co-signers.

Those who sign together are mostly set alike: a reading that holds for all lines beats one that suits a single line.
Headings are set apart; nothing is dropped.
"""

from __future__ import annotations

import functools
import itertools
import operator
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from workflow.imports.classify import MARK, Line, announces_signatories
from workflow.imports.columns import WIDE, layouts, names_apart
from workflow.imports.doubts import Doubt
from workflow.imports.joining import ends_open, joined, without_email
from workflow.imports.lexicon import PATTERNS, WEIGHTS, behind, pattern, plain
from workflow.imports.phrases import EMAIL, is_acronym, is_country, is_organisation, roles
from workflow.imports.places import numbers, whole
from workflow.imports.readings import readings
from workflow.imports.viterbi import Step, decode
from workflow.letter import text

_WEIGHTS = WEIGHTS["entry"]
_LABEL = pattern(r"^«field_label»\s*:\s*")
_BEHALF = pattern(r"^«on_behalf»\s+(?:«article»\s)?")
_NOISE = pattern(r"[\W_]*(?:«signed_mark»[\W_]*)?")
_GENERIC = pattern(r"\b«generic»\b")
_COLUMN = pattern(r"«column»|n[o°º]\.?|#")
_BEHIND_COMMA = re.compile(r",\s+(?:[A-Z]{2}|(?:[A-Z]\.\s?){2,3}(?:\s?de\s(?:[A-Z]\.\s?){2})?)$")
"""`St. Paul, MN`, `Energía Comunitaria, A.C.`: a state, or a kind of company, and no acronym."""
_MOST_LAID_OUT = 1_000
"""Beyond so many lines, each is taken by itself: nobody sets thousands of names in columns by hand."""
_LONGEST_JOINED = 300


@dataclass(slots=True)
class Signatories:
    """The co-signers in order with their lines, the lines that fit nowhere, headings that are not kept, and doubts."""

    cosigners: list[text.Cosigner] = field(default_factory=list)
    places: list[tuple[int, ...]] = field(default_factory=list)
    """The numbers of each co-signer's lines."""
    left: list[Line] = field(default_factory=list)
    headings: list[Line] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line of an entry; `apart` says that more space than usual stands before it."""

    words: str
    apart: bool
    email: str
    source: str
    number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """What an entry can be, line by line, what that costs, and among which it is."""

    held: tuple[str, ...]
    cost: float
    family: str


_PATTERNS = [
    _Pattern(tuple(held.split()), cost, family) for family, costs in PATTERNS.items() for held, cost in costs.items()
]


@dataclass(slots=True)
class _Begun:
    """What patterns begin with: those that end here, by their number, and what follows in others."""

    whole: list[tuple[int, _Pattern]] = field(default_factory=list)
    more: dict[str, _Begun] = field(default_factory=dict)


def _begun(patterns: Sequence[_Pattern]) -> _Begun:
    first = _Begun()
    for number, fit in enumerate(patterns):
        at = first
        for held in fit.held:
            at = at.more.setdefault(held, _Begun())
        at.whole.append((number, fit))
    return first


_BEGUN = _begun(_PATTERNS)
_by_number = operator.itemgetter(0)


def signatories(lines: Sequence[Line]) -> Signatories:
    """Return who signs, from the lines below the closing."""
    result = Signatories()
    pieces = [piece for section in _sections(_whole_lines(lines), result) for piece in _best_pieces(section)]
    entries = _best_entries(pieces)[1]
    others = [[line.number] for line in result.headings]
    places = whole([*(entry.numbers for entry in entries), *others], numbers(lines))
    for entry, place in zip(entries, places[: len(entries)], strict=True):
        _keep(entry, place, result)
    return result


# --- headings and lines --------------------------------------------------------------------------------------------


def _sections(lines: Sequence[Line], result: Signatories) -> list[list[Line]]:
    """Part the lines at their headings, which are set apart."""
    sections: list[list[Line]] = [[]]
    for position, line in enumerate(lines):
        if _NOISE.fullmatch(line.folded):
            result.headings += [line] if any(c.isalpha() for c in line.text) else []
            sections.append([])
        elif _is_heading(lines, position):
            head, after = line.parted_heading
            result.headings.append(replace(line, text=head, raw=head))
            sections.append([replace(line, text=after, raw=after)] if after else [])
        else:
            sections[-1].append(line)
    return [section for section in sections if section]


def _is_heading(lines: Sequence[Line], position: int) -> bool:
    line = lines[position]
    if _is_region(lines, position) or _names_columns(line):
        return True
    behalf = _BEHALF.match(line.folded)
    if behalf and not _GENERIC.search(line.folded) and line.text[behalf.end() :].strip():
        return False
    return announces_signatories(line.parted_heading[0])


def _names_columns(line: Line) -> bool:
    """`Name   Title   Organisation` above a table says what stands in its columns."""
    cells = [cell.strip(" :") for cell in re.split(r"\t+| {2,}|[|;,]", plain(line.raw)) if cell.strip()]
    return len(cells) > 1 and all(_COLUMN.fullmatch(cell) for cell in cells)


def _is_region(lines: Sequence[Line], position: int) -> bool:
    """A country or region on a line of its own above names is a heading of them."""
    line = lines[position]
    if position + 1 == len(lines) or not is_country(line.text.strip(" :")):
        return False
    return position == 0 or line.text.endswith(":") or line.gap > lines[position + 1].gap


def _whole_lines(lines: Sequence[Line]) -> list[Line]:
    """Join a name of an organisation that runs on into the next line."""
    whole: list[Line] = []
    for line in lines:
        if whole and _continues(whole[-1], line):
            glue = "" if re.search(r"[^\W_]-$", whole[-1].text) else " "
            joined = f"{whole[-1].text}{glue}{line.text}"
            whole[-1] = replace(whole[-1], text=joined, raw=joined)
        else:
            whole.append(line)
    return whole


def _continues(before: Line, line: Line) -> bool:
    wide = WIDE.search(before.raw) or WIDE.search(line.raw)
    if wide or line.gap > 1 or len(before.text) > _LONGEST_JOINED or MARK.match(line.text) or EMAIL.match(line.text):
        return False
    if before.heading:
        return False
    if before.text.count("(") > before.text.count(")") or re.fullmatch(r"\([^()]{2,20}\)[.,;]?", line.text):
        return True
    if line.text[0].islower() and len(before.text) > 25 and line.roles.title < 1:
        return True
    return ends_open(before.text) and not before.text.split()[-1][0].isupper()


# --- pieces --------------------------------------------------------------------------------------------------------


def _best_pieces(section: Sequence[Line]) -> list[_Piece]:
    """Lay a section out in the way that reads best."""
    if len(section) > _MOST_LAID_OUT:
        return _pieces(section)
    choices = [_pieces(laid) for laid in layouts(section)]
    return choices[0] if len(choices) == 1 else max(choices, key=lambda pieces: _best_entries(pieces)[0])


def _pieces(lines: Sequence[Line]) -> list[_Piece]:
    usual = min((line.gap for line in lines[1:]), default=0)
    found: list[_Piece] = []
    for position, line in enumerate(names_apart(lines)):
        piece = _piece(line, position == 0 or line.gap > usual or bool(MARK.match(line.text)))
        if piece.words:
            found.append(piece)
        elif piece.email and found:
            before = found[-1]
            found[-1] = replace(before, email=before.email or piece.email, source=f"{before.source} / {line.text}")
    return found


def _piece(line: Line, apart: bool) -> _Piece:
    bare, address = without_email(_without_label(MARK.sub("", line.text).strip(" ,;")))
    return _Piece(bare.rstrip(" ,;"), apart, address, line.text.removeprefix("• "), line.number)


def _without_label(bare: str) -> str:
    """Take off `Name:`, and `On behalf of` before an organisation."""
    labelled, behalf = behind(_LABEL, bare), behind(_BEHALF, bare)
    if labelled is not None and labelled.strip():
        return labelled
    return behalf if labelled is None and behalf and roles(behalf).office > 1 else bare


# --- entries -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Entry:
    """One who signs, as read from one or more lines; `sure` is False where a line looks like something else."""

    name: str = ""
    title: str = ""
    organisation: str = ""
    email: str = ""
    sure: bool = True
    sources: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def _best_entries(pieces: Sequence[_Piece]) -> tuple[float, list[_Entry]]:
    """Return how good the best reading of all the lines is, and the entries that it gives, in order."""
    parted = any(piece.apart for piece in pieces[1:])
    looks = [_looks(piece.words) for piece in pieces]
    apart = [*itertools.accumulate((piece.apart for piece in pieces), initial=0)]

    @functools.lru_cache(maxsize=1)
    def fitting(place: int) -> list[tuple[_Pattern, float]]:
        # Places come in order: what fits is needed for one at a time, and kept for all would keep the collector busy.
        return _fitting(place, looks, apart, parted)

    def steps(place: int, before: _Pattern | None) -> Iterator[Step[_Pattern | None, tuple[int, int, _Pattern]]]:
        for after, points in fitting(place):
            end = place + len(after.held)
            yield Step(len(after.held), after, points + _cost_of_change(before, after), (place, end, after))

    # Nothing that stands before a line is worth more to what follows than a change of family costs.
    points, spans = decode(len(pieces), None, steps, widest=-_WEIGHTS["other_family"])
    return points, [_entry(pieces[start:end], fit.held) for start, end, fit in spans]


@functools.lru_cache(maxsize=8192)
def _looks(line: str) -> dict[str, float]:
    return {held: reading.points for held, reading in readings(line).items() if reading.points > -8}


def _fitting(
    place: int, looks: Sequence[dict[str, float]], apart: Sequence[int], parted: bool
) -> list[tuple[_Pattern, float]]:
    """Return the patterns that the lines from a place on can have, and their points; `apart` counts before each."""
    stands_close = place > 0 and parted and apart[place + 1] == apart[place]
    close, close_listed = (_WEIGHTS["not_apart"], _WEIGHTS["not_apart_listed"]) if stands_close else (0.0, 0.0)
    inside, first, most = _WEIGHTS["apart_inside"], apart[place + 1], len(looks)
    # Patterns that begin alike are followed together, as far as the lines can hold them.
    followed, found = [(_BEGUN, place, 0.0)], []
    for begun, at, points in followed:
        for number, fit in begun.whole:
            whole = points + (fit.cost + inside * (apart[at] - first))
            found.append((number, fit, whole + (close_listed if fit.family == "organisation" else close)))
        if at < most:
            there = looks[at]
            followed += [(more, at + 1, points + there[one]) for one, more in begun.more.items() if one in there]
    found.sort(key=_by_number)
    return [(fit, points) for _, fit, points in found]


def _cost_of_change(before: _Pattern | None, after: _Pattern) -> float:
    if before is None or before is after:
        return 0.0
    return _WEIGHTS["other_pattern" if before.family == after.family else "other_family"]


def _entry(pieces: Sequence[_Piece], helds: Sequence[str]) -> _Entry:
    entry = _Entry()
    places: list[str] = []
    for piece, held in zip(pieces, helds, strict=True):
        known = readings(piece.words)
        read = known[held]
        entry.name = entry.name or read.name
        entry.title = joined(entry.title, read.title)
        entry.organisation = joined(entry.organisation, read.organisation)
        places += [read.place] if read.place else []
        entry.email = entry.email or piece.email
        entry.sources.append(piece.source)
        entry.numbers += [piece.number] if piece.number else []
        best = max(reading.points for kind, reading in known.items() if len(kind) == len(held))
        entry.sure = entry.sure and read.points > best - _WEIGHTS["doubt"]
    entry.organisation = ", ".join(filter(None, (entry.organisation, *places)))
    return entry


# --- co-signers ----------------------------------------------------------------------------------------------------


def _keep(entry: _Entry, place: tuple[int, ...], result: Signatories) -> None:
    organisation, acronym = parted_name(entry.organisation)
    cosigner = text.Cosigner(organisation, acronym, entry.name.strip(" ,"), entry.title.strip(" ,"), entry.email)
    source = " / ".join(entry.sources)
    if cosigner.organisation:
        result.cosigners.append(cosigner)
        result.places.append(place)
        result.doubts += [] if entry.sure else [_doubt(cosigner, source, place)]
    elif cosigner.signatory:
        result.cosigners.append(replace(cosigner, organisation=cosigner.signatory))
        result.places.append(place)
        result.doubts.append(Doubt("person", place, {"words": source}))
    elif source:
        result.left.append(Line(source, source, place[0] if place else 0))


def _doubt(cosigner: text.Cosigner, source: str, place: tuple[int, ...]) -> Doubt:
    person = ", ".join(filter(None, (cosigner.signatory, cosigner.title)))
    values = {"words": source, "organisation": cosigner.organisation}
    if person:
        return Doubt("cosigner_named", place, {**values, "person": person})
    return Doubt("cosigner", place, values)


# --- names and acronyms ----------------------------------------------------------------------------------------------


def parted_name(organisation: str) -> tuple[str, str]:
    """Part the acronym from an organisation's name: `Long Name (ACR)`, `ACR (Long Name)`, `ACR – Long Name`."""
    bracket = re.fullmatch(r"(.*?\S)\s*\(([^()]+)\)\s*", organisation)
    if bracket:
        outside, inside = bracket[1].strip(" ,"), bracket[2].strip()
        if is_acronym(outside) and len(inside.split()) > 1 and not is_country(inside):
            return inside, outside
        if len(outside.split()) > 1 and (is_acronym(inside) or _initials(inside, outside)):
            return outside, inside
        return organisation.strip(), ""
    country = re.fullmatch(r"(.*\S\s*\([^()]+\))(,\s*|\s+[–—-]\s+)([^()]+)", organisation.strip(" ,"))
    if country and (is_country(country[3]) or _is_town(country[3])):
        name, acronym = parted_name(country[1])
        return f"{name}{country[2]}{country[3]}", acronym
    first = re.fullmatch(r"(\S+)\s+[–—-]\s+(.+)", organisation.strip(" ,"))
    if first and is_acronym(first[1]) and len(first[2].split()) > 1 and not is_country(first[2]):
        return first[2], first[1]
    if _BEHIND_COMMA.search(organisation):
        return organisation.strip(" ;"), ""
    dashed = re.split(r"\s+[–—-]\s+|,\s+(?=[^\s,]+$)", organisation.strip(" ,"))
    if len(dashed) == 2:
        for short, long in (dashed, dashed[::-1]):
            if is_acronym(short) and len(long.split()) > 1 and not is_country(long):
                return long, short
    return organisation.strip(" ,;"), ""


def _is_town(phrase: str) -> bool:
    return len(phrase.split()) <= 3 and phrase[:1].isupper() and not is_organisation(phrase)


def _initials(inside: str, outside: str) -> bool:
    """A word in brackets is the acronym when it begins as the words of the name do."""
    if not re.fullmatch(r"[^\W\d_][\w-]{1,14}", inside) or is_country(inside):
        return False
    firsts = iter("".join(word[0] for word in plain(outside).split()))
    return len(inside) >= 3 and all(letter in firsts for letter in plain(inside)[:3])
