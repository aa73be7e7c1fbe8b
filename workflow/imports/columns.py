"""
Lines of which one holds several things side by side - columns, tables, lists in running text - set one below the other.

Only lays out: each way is offered, and which one reads best is for others to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from workflow.imports.classify import MARK, Line
from workflow.imports.lexicon import INSTITUTIONS, pattern, plain, words_of
from workflow.imports.phrases import is_country, roles
from workflow.imports.readings import outside_brackets

WIDE = re.compile(r"\t+ *| {3,}")
"""What stands between columns."""
_APART = 9
"""The gap, in blank lines, before what begins another entry."""
_AND = pattern(r"^(?:«conjunction»|&)\s+", re.IGNORECASE)
_LAST_AND = pattern(r"(.*\S)\s+(?:«conjunction»|&)\s+(\S.*)")
_OPENED = pattern(r"\b«name_opened»\b")
_ARTICLE = pattern(r"«capital_article»\b")


def layouts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the ways to set lines one below the other: as they are, by columns, by rows, as a list that runs on."""
    if any(WIDE.search(line.raw) for line in lines):
        yield _rows(lines)
        yield _by_columns(lines)
        yield _cells(lines)
        return
    yield list(lines)
    for mark in (";", " | ", " • ", " · ", "•", ","):
        listed = _running_list(lines, mark)
        if listed:
            yield listed


def names_apart(lines: Sequence[Line]) -> list[Line]:
    """Part a single line that holds several organisations between semicolons, bars or dots."""
    parted: list[Line] = []
    for line in lines:
        bare = MARK.sub("", line.text)
        names = [name.strip(" .") for name in re.split(r";| \| | [•·] ", bare) if name.strip(" .")]
        if len(names) > 1 and all(_is_organisation(name) for name in names):
            parted += [replace(line, text=name, raw=name, gap=max(line.gap, _APART)) for name in names]
        else:
            parted.append(line)
    return parted


def _is_organisation(name: str) -> bool:
    seen = roles(name)
    return max(seen.title, seen.name) < max(seen.office, 0.5) and "," not in name


# --- columns -------------------------------------------------------------------------------------------------------


def _rows(lines: Sequence[Line]) -> list[Line]:
    return [replace(line, text=", ".join(cell for _, cell in _cells_of(line))) for line in lines]


def _cells(lines: Sequence[Line]) -> list[Line]:
    return [
        replace(line, text=cell, gap=max(line.gap, 0 if i == 0 else 1))
        for line in lines
        for i, (_, cell) in enumerate(_cells_of(line))
    ]


def _cells_of(line: Line) -> list[tuple[int, str]]:
    """Return the cells of a line, each with the column in which it begins."""
    raw = line.raw.expandtabs(8)
    found: list[tuple[int, str]] = []
    start = 0
    for wide in re.finditer(r" {3,}|$", raw):
        said = raw[start : wide.start()].strip()
        if said:
            found.append((line.indent + start, " ".join(said.split())))
        start = wide.end()
    if len(found) == 1 and "\t" in line.raw:
        pieces = [piece.strip() for piece in re.split(r"\t+", line.raw) if piece.strip()]
        found = [(line.indent + 40 * i, piece) for i, piece in enumerate(pieces)]
    return found


def _by_columns(lines: Sequence[Line]) -> list[Line]:
    found: list[Line] = []
    block: list[Line] = []
    for line in lines:
        if block and line.gap > min(other.gap for other in lines[1:]):
            found += _block_by_columns(block)
            block = []
        block.append(line)
    return found + _block_by_columns(block)


def _block_by_columns(block: Sequence[Line]) -> list[Line]:
    rows = [_cells_of(line) for line in block]
    starts = [start for start, _ in max(rows, key=len)]
    columns: list[list[Line]] = [[] for _ in starts]
    for line, row in zip(block, rows, strict=True):
        for place, (start, cell) in enumerate(row):
            near = min(range(len(starts)), key=lambda i: abs(starts[i] - start)) if len(row) < len(starts) else place
            columns[near].append(replace(line, text=cell, raw=cell, gap=0 if columns[near] else _APART))
    return [line for column in columns for line in column]


# --- lists in running text -----------------------------------------------------------------------------------------


def _running_list(lines: Sequence[Line], mark: str) -> list[Line]:
    """Return the names of a list that runs on over the lines, one a line; none when the mark parts nothing."""
    if sum(bool(MARK.match(line.text)) for line in lines) > (mark == "•" and len(lines) == 1):
        return []
    whole = " ".join(line.text for line in lines).strip(f" {mark}.")
    if whole.count(mark.strip()) < (2 if mark == "," else 1) or not _marks_inside(lines, mark):
        return []
    parts = [part.strip() for part in outside_brackets(whole, re.compile(re.escape(mark)))]
    parts = [_AND.sub("", part).strip(" .") if i else part for i, part in enumerate(parts) if part]
    if mark == ",":
        parts = _last_two(_with_countries(parts))
    item = "" if mark == "," else "• "
    return [Line(item + part, part, lines[0].number, 1) for part in parts if part]


def _marks_inside(lines: Sequence[Line], mark: str) -> bool:
    """Tell whether the mark parts names inside the lines, not only at their ends."""
    inside = sum(line.text.rstrip(f"{mark} .").count(mark.strip()) for line in lines)
    return inside >= max(1, len(lines) // 2)


def _with_countries(parts: Sequence[str]) -> list[str]:
    whole: list[str] = []
    for part in parts:
        if whole and is_country(part):
            whole[-1] = f"{whole[-1]}, {part}"
        else:
            whole.append(part)
    return whole


def _last_two(parts: list[str]) -> list[str]:
    """Part the last `A and B` of a list, unless the `and` belongs to one name (Centre for Law and Democracy)."""
    tail = _LAST_AND.fullmatch(parts[-1])
    if not tail or len(parts) < 2:
        return parts
    one, other = tail[1], tail[2]
    opened = _OPENED.search(plain(one).rpartition("(")[2])
    own = bool(_ARTICLE.match(other)) or (len(other.split()) > 1 and roles(other).office > 0.5)
    own = own or bool(set(words_of(other)) & INSTITUTIONS) or roles(other).office >= 2
    begun = bool(opened) and words_of(one)[-1] not in INSTITUTIONS and not own
    return parts if begun else [*parts[:-1], one, other]
