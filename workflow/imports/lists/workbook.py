"""
An .xlsx, hostile until it is checked: unpacked without being believed, then read by openpyxl, row by row.

Formulas are never computed: of each the value is read that the sheet was saved with.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from workflow.errors import IncomingError
from workflow.languages import Message, Words, lazy_gettext

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MOST_PARTS = 2_000
LARGEST_PART, ALL_PARTS = 12_000_000, 40_000_000
"""Bytes, unpacked, of one part and of all: a sheet of 5,000 rows has 2 or 3 million."""
MOST_TAGS = 1_500_000
"""Of all parts that are parsed, so that it takes seconds at most."""
STEEPEST, SMALL = 300, 200_000
"""How many times larger than packed a part may be, once it is not small; a sheet is at 5 to 20, a padded one at 100."""
MOST_ROWS_LOOKED_AT = 60_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_001
_PARSED = re.compile(r"xl/(?:workbook|sharedStrings|styles|theme/|worksheets/[^/]+\.xml)|\[Content_Types\]|.*\.rels$")
_CHUNK = 65_536
_OLE = b"\xd0\xcf\x11\xe0"
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_MERGED = re.compile(rb"""<(?:\w{1,9}:)?mergeCell\s+ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})\"""")
_HIDDEN = re.compile(rb"""<(?:\w{1,9}:)?row(?=[^>]{0,300}?\shidden="(?:1|true)")[^>]{0,300}?\sr="(\d{1,7})\"""")
_DAMAGED = (OSError, ValueError, LookupError, EOFError, RuntimeError, OverflowError, zipfile.BadZipFile, zlib.error)

LARGE = lazy_gettext(
    "The sheet is far larger than a list of organisations. Copy its rows into a new sheet, or paste them."
)
DAMAGED = lazy_gettext("The sheet is damaged. Open it, save it as .xlsx once more, and choose it again.")
PROTECTED = lazy_gettext("The sheet is protected by a password. Save it without one, or paste its rows.")
OLD = lazy_gettext("This is an old .xls sheet. Save it as .xlsx or .csv, or paste its rows.")
NO_SHEET = lazy_gettext("This is not a sheet. Save the list as .xlsx or .csv, or paste its rows.")
FORGED = lazy_gettext(
    "The sheet holds parts that no spreadsheet writes. Copy its rows into a new sheet, or paste them."
)
EMPTY_ROWS = lazy_gettext(
    "The sheet has too many rows, most of them empty. Copy those of the list into a new sheet, or paste them."
)
FORMULA = lazy_gettext(
    "This cell holds a formula without a value. Open the sheet and save it once more, or type the value."
)
DATE = lazy_gettext("The sheet has a date here. Check what was meant.")
HIDDEN = lazy_gettext("This row is hidden in the sheet.")


OddCell = tuple[int, Message]
"""A column, from 0 (-1: the whole row), and what is to be said of it."""
Odd = Mapping[int, Sequence[OddCell]]
"""What is odd, by the number of the row."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet that say anything, their numbers, and what is odd about single cells and rows."""

    rows: list[list[str]]
    numbers: list[int]
    odd: Odd = field(default_factory=dict)
    notes: tuple[Words, ...] = ()


def is_packed(data: bytes) -> bool:
    """Whether bytes are an archive or an old document, and no text."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE))


def read(data: bytes) -> Sheet:
    """Return the rows of the sheet that has any; raises `IncomingError`."""
    if data.startswith(_OLE):
        raise IncomingError(PROTECTED if "EncryptedPackage".encode("utf-16-le") in data else OLD)
    parts = _unpacked(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(data, parts)
    except IncomingError:
        raise
    except Exception as error:  # whatever a library makes of bytes that somebody forged
        raise IncomingError(DAMAGED) from error


# --- the archive ---------------------------------------------------------------------------------------------------


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _parts(archive)
    except IncomingError:
        raise
    except _DAMAGED as error:
        raise IncomingError(DAMAGED) from error


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise IncomingError(NO_SHEET)
    if len(members) > MOST_PARTS or len(names) < len(members):
        raise IncomingError(FORGED)
    parts: dict[str, bytes] = {}
    left, tags = ALL_PARTS, MOST_TAGS
    for member in members:
        if member.flag_bits & 0x1:
            raise IncomingError(PROTECTED)
        if not _PARSED.match(member.filename):
            continue
        content = _content(archive, member, min(left, LARGEST_PART))
        left -= len(content)
        tags -= content.count(b"<")
        if tags < 0:
            raise IncomingError(LARGE)
        _check(content)
        parts[member.filename] = content
    return parts


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    """Read a part and count what really comes out: the size that an archive tells is not believed."""
    steepest = max(SMALL, member.compress_size * STEEPEST)
    found = bytearray()
    with archive.open(member) as opened:
        while chunk := opened.read(_CHUNK):
            found += chunk
            if len(found) > min(room, steepest):
                raise IncomingError(LARGE)
    return bytes(found)


def _check(content: bytes) -> None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content or _DECLARED.search(content[:300]):
        raise IncomingError(FORGED)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise IncomingError(FORGED)


# --- the cells -----------------------------------------------------------------------------------------------------


def _read(data: bytes, parts: Mapping[str, bytes]) -> Sheet:
    from openpyxl.reader.excel import ExcelReader

    class Reader(ExcelReader):  # type: ignore[misc]
        """openpyxl's, but for the strings, of which it makes an object each."""

        def read_strings(self) -> None:
            if "xl/sharedStrings.xml" in parts:
                self.shared_strings = _strings(parts["xl/sharedStrings.xml"])
            else:
                super().read_strings()

    reader = Reader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.read()
    book = reader.wb
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        for at, sheet in enumerate(sheets):
            rows, numbers, odd = _rows(sheet)
            if rows:
                source = parts.get(getattr(sheet, "_worksheet_path", "").lstrip("/"), b"")
                _fill_merged(rows, numbers, source)
                _hidden(odd, numbers, source)
                if b"<f" in source or b":f>" in source or b":f " in source:
                    _formulas(data, book, sheet.title, odd)
                return Sheet(rows, numbers, odd, _others(sheets[at + 1 :], sheet.title))
        return Sheet([], [])
    finally:
        book.close()


def _strings(part: bytes) -> list[str]:
    """Return the strings that cells refer to by their number; how they look, and how they are spoken, is left out."""
    from lxml import etree

    tree = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))
    return ["".join(_pieces(one)).replace("x005F_", "") for one in tree.iterfind("{*}si")]


def _pieces(string: Any) -> Iterator[str]:
    for child in string:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name == "t":
            yield child.text or ""
        elif name == "r":
            yield from _pieces(child)


def _rows(sheet: Any) -> tuple[list[list[str]], list[int], dict[int, list[OddCell]]]:
    rows: list[list[str]] = []
    numbers: list[int] = []
    odd: dict[int, list[OddCell]] = {}
    sheet.reset_dimensions()
    for number, values in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
        if number > MOST_ROWS_LOOKED_AT:
            raise IncomingError(EMPTY_ROWS)
        if not any(value is not None for value in values):
            continue
        cells = [value if type(value) is str else _said(value, number, at, odd) for at, value in enumerate(values)]
        if any(map(str.strip, cells)):
            rows.append([cell[:LONGEST_CELL] for cell in cells])
            numbers.append(number)
    return rows, numbers, odd


def _said(value: Any, number: int, at: int, odd: dict[int, list[OddCell]]) -> str:
    """Return what a cell that holds no text shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        odd.setdefault(number, []).append((at, DATE))
        is_day = isinstance(value, datetime) and value.time() == time()
        return str(value.date() if is_day else value)  # type: ignore[union-attr]
    return str(value)


def _fill_merged(rows: list[list[str]], numbers: list[int], source: bytes) -> None:
    """Say in each row of a merged cell what stands in its first: an organisation beside its people."""
    place = {number: at for at, number in enumerate(numbers)}
    for found in _MERGED.finditer(source):
        column, first, last = _column(found[1]), int(found[2]), int(found[4])
        if first not in place or column >= MOST_COLUMNS or last - first > len(rows):
            continue
        said = rows[place[first]][column] if column < len(rows[place[first]]) else ""
        for number in range(first + 1, last + 1):
            if said and number in place and column < len(rows[place[number]]):
                rows[place[number]][column] = rows[place[number]][column] or said


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _hidden(odd: dict[int, list[OddCell]], numbers: list[int], source: bytes) -> None:
    there = set(numbers)
    for found in _HIDDEN.finditer(source):
        if int(found[1]) in there:
            odd.setdefault(int(found[1]), []).append((-1, HIDDEN))


def _formulas(data: bytes, values: Workbook, title: str, odd: dict[int, list[OddCell]]) -> None:
    """Say where a formula stands that the sheet was saved without a value of."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        written, shown = _cells(book[title]), _cells(values[title])
        for number, (cells, known) in enumerate(zip(written, shown, strict=False), 1):
            for at, (cell, value) in enumerate(zip(cells, known, strict=False)):
                if isinstance(cell, str) and cell.startswith("=") and value in (None, ""):
                    odd.setdefault(number, []).append((at, FORMULA))
    finally:
        book.close()


def _cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()
    yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)


def _others(sheets: list[Any], title: str) -> tuple[Words, ...]:
    if not sheets:
        return ()
    return (lazy_gettext("Only the sheet “%(name)s” was read.", name=title[:60]),)
