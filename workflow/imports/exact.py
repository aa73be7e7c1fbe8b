"""The body of a letter from lines that have their places: written as they stand, nothing joined, nothing guessed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflow.imports import structure
from workflow.imports.markup import EMPHASIS, STRONG, Mark, marked
from workflow.imports.places import numbers
from workflow.imports.segment import Row
from workflow.imports.structure import Place, Table
from workflow.letter.markdown import MOST_COLUMNS

Piece = tuple[str, tuple[int, ...]]
"""A piece of a body with the line ends before it, and the numbers of the lines that it was read from."""
_SUBJECT_LEVEL = 1
"""A heading of Markdown below which all headings of a body stand: that of the letter itself."""


@dataclass(slots=True)
class _Item:
    """An item that is open: where its words begin, and by what it is marked."""

    level: int
    kind: str
    series: str
    sign: str
    indent: int = 0


@dataclass(slots=True)
class _Writer:
    """Writes paragraph after paragraph."""

    highest: int
    written: list[str] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    last: _Item | None = None
    """The outermost item that was written last, if nothing stands after it."""

    def paragraph(self, rows: Sequence[Row]) -> None:
        place = rows[0].place or Place(0)
        if place.kind in (structure.BULLET, structure.NUMBER):
            self._item(place, rows)
            return
        if place.kind == structure.LABEL and self.items and place.level > self.items[-1].level:
            indent = " " * self.items[-1].indent
            label = Row(f"{place.label} {rows[0].text}", marks=_moved(rows[0], len(place.label) + 1))
            self.written.append("\n\n" + indent + ("\\\n" + indent).join(map(_line, (label, *rows[1:]))))
            return
        self.items, self.last = [], None
        if place.kind == structure.HEADING:
            text = " ".join(_line(row, whole=False) for row in rows)
            text = f"{marked(place.label)} {text}" if place.label else text
            self.written.append(f"\n\n{'#' * min(6, _SUBJECT_LEVEL + 1 + place.level - self.highest)} {text}")
        elif place.kind == structure.QUOTE:
            self.written.append("\n\n> " + "\\\n> ".join(_line(row, whole=False) for row in rows))
        else:
            first = rows[0]
            if place.kind == structure.LABEL and place.label:
                first = Row(f"{place.label} {first.text}", marks=_moved(first, len(place.label) + 1))
            self.written.append("\n\n" + "\\\n".join(map(_line, (first, *rows[1:]))))

    def _item(self, place: Place, rows: Sequence[Row]) -> None:
        while self.items and self.items[-1].level > place.level:
            self.items.pop()
        before = self.items.pop() if self.items and self.items[-1].level == place.level else None
        follows = bool(self.items) or before is not None or self.last is not None
        goes_on = before is not None and before.kind == place.kind and before.series == place.series
        sign = before.sign if before and goes_on else self._other_sign(place, before)
        mark = sign if place.kind == structure.BULLET else place.label[:-1] + sign
        outer = self.items[-1].indent if self.items else 0
        item = _Item(place.level, place.kind, place.series, sign, outer + len(mark) + 1)
        tight = follows and (goes_on or before is None)
        inner = "\\\n" + " " * item.indent
        begin = ("\n" if tight and self.written else "\n\n") + " " * outer + f"{mark} "
        self.written.append(begin + inner.join(map(_line, rows)))
        self.items.append(item)
        self.last = item if not outer else self.last

    def _other_sign(self, place: Place, before: _Item | None) -> str:
        """Lists that follow one another are told apart by their signs."""
        usual, other = ("-", "*") if place.kind == structure.BULLET else (".", ")")
        return other if before is not None and before.kind == place.kind and before.sign == usual else usual

    def table(self, table: Table) -> None:
        self.items, self.last = [], None
        rows = [[_cell(cell) for cell in row] + [""] * (table.columns - len(row)) for row in table.rows]
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        rule = "|" + " --- |" * table.columns
        self.written.append("\n\n" + "\n".join([lines[0], rule, *lines[1:]]))


def written(rows: Sequence[Row]) -> list[Piece]:
    """Return lines as Markdown: headings, lists, tables, quotes and paragraphs, each as it stands."""
    levels = [row.place.level for row in rows if row.place and row.place.kind == structure.HEADING]
    writer = _Writer(min(levels, default=1))
    places: list[tuple[int, ...]] = []
    for (_, table), group in itertools.groupby(rows, _whose):
        lines = [*group]
        if table and table.lines == len(lines) and 1 < table.columns <= MOST_COLUMNS:
            writer.table(table)
            places.append(numbers(lines))
            continue
        for _, one in itertools.groupby(lines, lambda row: row.place.paragraph if row.place else -row.number):
            paragraph = [*one]
            writer.paragraph(paragraph)
            places.append(numbers(paragraph))
    return [*zip(writer.written, places, strict=True)]


def _whose(row: Row) -> tuple[int, Table | None]:
    if row.place is None:
        return -row.number - 1, None
    return (0, row.place.table) if row.place.table else (row.place.paragraph, None)


def notes_of(rows: Sequence[Row]) -> list[str]:
    """Return the labels of the notes that lines refer to, in their order, each once."""
    lines = [mark for row in rows for mark in row.marks]
    cells = [
        mark
        for table in dict.fromkeys(row.place.table for row in rows if row.place and row.place.table)
        for cells in table.rows
        for cell in cells
        for _, marks in cell
        for mark in marks
    ]
    return list(dict.fromkeys(mark.target for mark in (*lines, *cells) if mark.kind == "note"))


def note(label: str, paragraphs: Sequence[Sequence[Row]]) -> Piece:
    """Return a note below the text as Markdown."""
    blocks = ["\\\n    ".join(map(_line, lines)) for lines in paragraphs if lines]
    return f"\n\n[^{label}]: " + "\n\n    ".join(blocks), numbers(row for rows in paragraphs for row in rows)


def _line(row: Row, whole: bool = True) -> str:
    """Write a line; `whole` keeps marks that are those of the whole line, which a heading has by itself."""
    marks = row.marks
    if not whole:
        marks = tuple(m for m in marks if m.kind not in (STRONG, EMPHASIS) or (m.start, m.end) != (0, len(row.text)))
    return marked(row.text, marks)


def _moved(row: Row, by: int) -> tuple[Mark, ...]:
    return tuple(mark._replace(start=mark.start + by, end=mark.end + by) for mark in row.marks)


def _cell(lines: Sequence[tuple[str, tuple[Mark, ...]]]) -> str:
    said = [marked(text, marks) for text, marks in lines if text]
    bare = " ".join(one[1:] if one.startswith(("\\|", "\\:")) else one for one in said)
    return bare.replace("|", "\\|")
