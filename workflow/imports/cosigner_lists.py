"""
A list of organisations comes in: lines of emails, columns that were copied, a CSV file, a sheet.

Reads and recognises only. Each row says what is doubtful or wrong with it, at its field; none is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflow.errors import IncomingError
from workflow.imports.lists import headings, mail_lines, separated, workbook
from workflow.imports.lists.rows import WRITTEN, Problem, Row, checked
from workflow.languages import Words, lazy_gettext
from workflow.letter.text import Cosigner

__all__ = ["LARGEST_FILE", "MOST_ROWS", "WRITTEN", "CosignerList", "Problem", "Row", "checked", "read", "read_text"]

LARGEST_FILE = 10_000_000
"""Bytes of a file: far more than the names and addresses of 5,000 organisations."""
MOST_ROWS = 5_000
_MOST_CHARACTERS = 5_000_000
_TOO_MANY = "There are %(rows)s rows; a list takes %(most)s at once. Take them in parts."
_TOO_LARGE = "The file has %(size)s MB; a list has %(most)s MB at most. Copy its rows into a new sheet, or paste them."
EMPTY = lazy_gettext("There is nothing in the list. Paste lines, or choose a file that has some.")
NO_LIST = lazy_gettext("This is not a list. Paste its lines or columns, or choose a .xlsx or .csv file.")
TWO_ADDRESSES = lazy_gettext("Several addresses: each is a contact, and gets a link of its own.")
_OTHER_FORMATS = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


@dataclass(frozen=True, slots=True)
class CosignerList:
    """What was read: the rows in their order, and sentences on the whole."""

    rows: tuple[Row, ...]
    notes: tuple[Words, ...] = ()
    headed: bool = False
    """Whether words above the columns said what they hold."""
    columns: tuple[str, ...] = ()
    """What the columns were taken for, as fields of a co-signer; empty for those that are none."""


def read(data: bytes, filename: str = "") -> CosignerList:
    """Read a list from a file: a sheet (.xlsx), CSV, or lines of text; raises `IncomingError`."""
    if len(data) > LARGEST_FILE:
        size, most = f"{len(data) / 1e6:.1f}", str(LARGEST_FILE // 1_000_000)
        raise IncomingError(lazy_gettext(_TOO_LARGE, size=size, most=most))
    if workbook.is_packed(data):
        return _of_sheet(workbook.read(data))
    if data.startswith(_OTHER_FORMATS):
        raise IncomingError(NO_LIST)
    text, notes = separated.decoded(data)
    found = read_text(text)
    return replace(found, notes=(*notes, *found.notes))


def read_text(text: str) -> CosignerList:
    """Read a list that was pasted; raises `IncomingError`."""
    text = text.lstrip("\ufeff")
    if len(text) > _MOST_CHARACTERS:
        raise IncomingError(_too_many(text.count("\n")))
    if not text.strip():
        raise IncomingError(EMPTY)
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        raise IncomingError(NO_LIST)
    table = separated.table(text)
    if table is not None:
        return _of_table(table, {})
    said = text.count("\n") + 1
    if said > 2 * MOST_ROWS:
        raise IncomingError(_too_many(said))
    return _list([*_of_lines(text)], (), headed=False)


def _of_lines(text: str) -> Iterator[Row]:
    for entry in mail_lines.entries(text):
        yield _row(entry.number, entry.source, entry.cosigner, entry.more)


def _of_sheet(sheet: workbook.Sheet) -> CosignerList:
    if not sheet.rows:
        raise IncomingError(EMPTY)
    found = _of_table(separated.headed(sheet.rows, sheet.numbers), sheet.odd)
    return replace(found, notes=(*sheet.notes, *found.notes))


def _of_table(table: separated.Table, odd: workbook.Odd) -> CosignerList:
    if len(table.records) > MOST_ROWS:
        raise IncomingError(_too_many(len(table.records)))
    if not table.records:
        raise IncomingError(EMPTY)
    columns = table.columns
    others = {at: word.strip().casefold() for at, word in enumerate(table.words) if word.strip() and at not in columns}
    rows = [_of_record(record, columns, others, odd.get(record.number, ())) for record in table.records]
    width = max(columns, default=-1) + 1
    return _list(rows, (), table.headed, tuple(columns.get(at, "") for at in range(width)))


def _of_record(
    record: separated.Record, columns: headings.Columns, others: dict[int, str], odd: Sequence[workbook.OddCell]
) -> Row:
    said: dict[str, str] = {}
    for at, field in columns.items():
        if at < len(record.cells) and field and (cell := record.cells[at].strip()):
            said[field] = cell
    more: tuple[str, ...] = ()
    if any(name in said for name in ("first_name", "last_name")):
        said.setdefault("signatory", f"{said.pop('first_name', '')} {said.pop('last_name', '')}".strip())
    if "@" in said.get("email", "") and not _is_bare(said["email"]):
        more = _part_addresses(said)
    if "more" in said:
        more += tuple(word for word in said["more"].replace(";", ",").replace(",", " ").split() if "@" in word)
    other = {name: record.cells[at].strip() for at, name in others.items() if at < len(record.cells)}
    if "website" in said:
        other["website"] = said["website"]
    written: dict[str, Any] = {name: said[name] for name in WRITTEN if name in said}
    cosigner = Cosigner(**written, required=headings.is_yes(said.get("required", "")))
    row = _row(record.number, "\t".join(record.cells).strip(), cosigner, more, other)
    return _with_odd(row, columns, odd) if odd else row


def _is_bare(cell: str) -> bool:
    """Whether a cell holds one address and nothing else."""
    return not any(c in cell for c in " <;,\n\t") and cell.count("@") == 1


def _part_addresses(said: dict[str, str]) -> tuple[str, ...]:
    """Part the addresses of a cell, and what is said beside the first: `Karim <k@fidh.example>; n@fidh.example`."""
    found = [match for match in mail_lines.ADDRESS.finditer(said["email"]) if "@" in match[0]]
    bare = [mail_lines.address_of(match) for match in found]
    words = said["email"][: found[0].start()].strip(' "“”,;') if found else ""
    several = len(found) > 1 and all("@" in one for one in bare)
    if words and "<" in said["email"] and not any(c in words for c in "@;,"):
        said.setdefault("signatory", words)
        said["email"] = bare[0]
    elif several and not words:
        said["email"] = bare[0]
    return tuple(bare[1:]) if several and said["email"] == bare[0] else ()


def _row(
    number: int, source: str, cosigner: Cosigner, more: tuple[str, ...], other: dict[str, str] | None = None
) -> Row:
    row = checked(number, source[:2_000], cosigner, more=more, other=other or {})
    return replace(row, doubtful=(*row.doubtful, Problem("email", TWO_ADDRESSES))) if more else row


def _with_odd(row: Row, columns: headings.Columns, odd: Sequence[workbook.OddCell]) -> Row:
    """Say of a row what is odd about its cells: a formula without a value is wrong, a date is doubtful."""
    wrong, doubtful = [*row.wrong], [*row.doubtful]
    for at, said in odd:
        field = columns.get(at, "")
        if at >= 0 and not field:
            continue
        kept = wrong if said is workbook.FORMULA else doubtful
        kept.append(Problem(field if field in WRITTEN else "", said))
    return replace(row, wrong=tuple(wrong), doubtful=tuple(doubtful))


def _list(rows: Sequence[Row], notes: tuple[Words, ...], headed: bool, columns: tuple[str, ...] = ()) -> CosignerList:
    if not rows:
        raise IncomingError(EMPTY)
    if len(rows) > MOST_ROWS:
        raise IncomingError(_too_many(len(rows)))
    return CosignerList(tuple(rows), notes, headed, columns)


def _too_many(rows: int) -> Words:
    return lazy_gettext(_TOO_MANY, rows=f"{rows:,}", most=f"{MOST_ROWS:,}")
