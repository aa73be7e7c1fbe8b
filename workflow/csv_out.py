"""
Tables as CSV, as spreadsheets open them: UTF-8 with its mark, and no cell that a spreadsheet would run as a formula.

Pure. `imports.lists` reads back what is written here, word for word.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence

_RUN = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
"""How a cell begins that a spreadsheet takes for a formula; or one that was made safe, and is made so once more."""
SEPARATORS = {"fr": ";", "es": ";"}
"""What parts the cells where a comma parts decimals: spreadsheets there open nothing else into columns."""


def write(rows: Iterable[Sequence[str]], language: str = "en") -> bytes:
    """Return rows of cells, the first of them the headings, as spreadsheets of a language open them."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=SEPARATORS.get(language, ","), lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + written.getvalue().encode("utf-8", "replace")


def safe(cell: str) -> str:
    """Return a cell that is shown as it stands: one that would be run has an apostrophe before it."""
    return f"'{cell}" if _RUN.match(cell) else cell


def unsafe(cell: str) -> str:
    """Return what a cell was before `safe`."""
    return cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell
