"""Columns in text: which encoding, which sign parts them, and whether there are columns at all."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.csv_out import unsafe
from workflow.errors import IncomingError
from workflow.imports.lists import headings
from workflow.imports.lists.headings import Columns
from workflow.languages import Words, lazy_gettext

SEPARATORS = "\t;,|"
LONGEST_RECORD = 100_000
"""Characters of one row: a quotation mark that is never closed makes a row of all that follows."""
_LOOKED_AT = 60
_MOST_COLUMNS = 40
_HEADED_WITHIN = 10
"""In how many rows from the top the headings are looked for: titles stand above them."""
_NOT_UTF8 = lazy_gettext("The file is not in UTF-8; it was read as Windows-1252. Check the letters with accents.")
_NOT_TEXT = lazy_gettext("This is not a list that can be read. Save it as .xlsx or .csv, or paste the rows.")
_QUOTE = lazy_gettext("A quotation mark is opened and never closed. Close it, or take it out.")


@dataclass(frozen=True, slots=True)
class Record:
    """A row of cells, and the line on which it begins, counted from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, what their columns hold, the words above these, and whether they had any."""

    records: list[Record]
    columns: Columns
    headed: bool
    words: Sequence[str] = ()


def decoded(data: bytes) -> tuple[str, tuple[Words, ...]]:
    """Return the text of a file, and a sentence where its encoding is a guess; raises `IncomingError`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(_as(data, "utf-16")), ()
    head = data[:2_000]
    if head.count(0) > len(head) // 4:
        return _checked(_as(data, "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be")), ()
    if data.count(0) > 0:
        raise IncomingError(_NOT_TEXT)
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return _checked(data.decode("cp1252", errors="replace")), (_NOT_UTF8,)


def _as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise IncomingError(_NOT_TEXT) from error


def _checked(text: str) -> str:
    """Refuse what is no text: controls, and no words."""
    head = text[:4_000]
    if sum(not c.isprintable() and c not in "\t\r\n\f\v\ufeff" for c in head) > max(2, len(head) // 100):
        raise IncomingError(_NOT_TEXT)
    return text


def table(text: str) -> Table | None:
    """Return the rows of a text whose columns are parted by one sign; None where it has no columns."""
    said = text[4:5] if text[:4].casefold() == "sep=" and text[5:6] in ("\r", "\n") else ""
    if said:
        text = text[5:].lstrip("\r\n")
    lines = [line for line in text[:200_000].splitlines()[:_LOOKED_AT] if line.strip()]
    offset = 1 if said else 0
    for sign in said or SEPARATORS:
        if not any(sign in line for line in lines):
            continue
        records = _records("\n".join(lines), sign)
        if _heading(records) is not None:
            return _as_table(_records(text, sign, offset))
    if len(lines) > 0 and len(lines[0].split()) <= 4 and headings.named([lines[0].strip()]):
        return _as_table(_records(text, said or ",", offset))
    sign = said or _parting(lines)
    return _as_table(_records(text, sign, offset)) if sign else None


def _parting(lines: Sequence[str]) -> str:
    """Return the sign that parts lines without headings into columns, or nothing."""
    if sum("\t" in line for line in lines) * 2 > len(lines):
        return "\t"
    if len(lines) < 2 or sum("<" in line for line in lines) * 3 > len(lines):
        return ""
    return next((sign for sign in ";,|" if _is_even(_records("\n".join(lines), sign))), "")


def _is_even(records: Sequence[Record]) -> bool:
    """Whether rows have as many cells each, and their addresses stand in one column."""
    widths = Counter(len(record.cells) for record in records)
    width, often = widths.most_common(1)[0] if widths else (0, 0)
    if width < 2 or width > _MOST_COLUMNS or often < 0.8 * len(records):
        return False
    places = Counter(at for record in records for at, cell in enumerate(record.cells) if "@" in cell)
    spaced = sum(" " in cell.strip() for record in records for cell in record.cells if "@" in cell)
    addresses = sum(places.values())
    return addresses == 0 or (max(places.values()) > 0.8 * addresses and spaced < 0.2 * addresses)


def _records(text: str, sign: str, offset: int = 0) -> list[Record]:
    """Return the rows that say anything; raises `IncomingError` for a quotation that does not end."""
    found: list[Record] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    begins = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                if sum(map(len, cells)) > LONGEST_RECORD:
                    raise IncomingError(_QUOTE)
                found.append(Record(begins + offset, [unsafe(cell) for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise IncomingError(_QUOTE) from error
    return found


def _heading(records: Sequence[Record]) -> int | None:
    return next((at for at, one in enumerate(records[:_HEADED_WITHIN]) if headings.named(one.cells)), None)


def _as_table(records: list[Record]) -> Table:
    return headed([record.cells for record in records], [record.number for record in records])


def headed(rows: Sequence[list[str]], numbers: Sequence[int]) -> Table:
    """Return rows as a table: those below the headings where there are some, else all of them."""
    records = [Record(number, cells) for number, cells in zip(numbers, rows, strict=True)]
    at = _heading(records)
    if at is None:
        return Table(records, headings.guessed(rows), headed=False)
    words, below = records[at].cells, records[at + 1 :]
    columns = headings.looking_at(headings.named(words), [record.cells for record in below[:_LOOKED_AT]])
    return Table(below, columns, headed=True, words=words)
