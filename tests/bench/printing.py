"""PDFs: the letters to many offices by one LibreOffice (warm) against one LibreOffice for each (cold)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date

from tests.bench.figures import in_turn, record
from tests.bench.papers import people
from tests.support.factories import words
from workflow import documents
from workflow.errors import PdfError
from workflow.letter import text

OFFICES = 27
RUNS = 3


def letters(count: int) -> list[bytes]:
    """The same letter to so many offices, three pages with twenty signatories, as Word documents."""
    body = "\n\n".join([words().body] * 12)
    to = [text.Recipient(f"Minister {n}", "Minister", "Ministry of Justice", ("Port Town",)) for n in range(count)]
    letter = words(body=body, recipients=tuple(to))
    return [documents.render_docx(documents.PrintJob(letter, one, date(2026, 11, 24), people(20))) for one in to]


def _each(pdfs: Iterable[bytes | PdfError], count: int) -> float:
    """Return the time for one PDF of so many, in milliseconds."""
    began = time.perf_counter()
    made = list(pdfs)
    spent = time.perf_counter() - began
    if len(made) != count or not all(isinstance(pdf, bytes) for pdf in made):
        raise SystemExit(f"Not every PDF was made: {[pdf for pdf in made if not isinstance(pdf, bytes)]}")
    return spent * 1000 / count


def _first(docx_files: Sequence[bytes]) -> float:
    began = time.perf_counter()
    pdfs = documents.render_pdfs(docx_files)
    next(pdfs)
    spent = time.perf_counter() - began
    pdfs.close()
    return spent * 1000


def measure() -> None:
    """Print and record the time for each PDF of the letters to 27 offices."""
    if documents.libreoffice() is None:
        print("PDFs are measured where LibreOffice is installed: apt install libreoffice-writer")
        return
    docx_files = letters(OFFICES)
    taken = in_turn(
        {
            "warm": lambda: _each(documents.render_pdfs(docx_files), OFFICES),
            "cold": lambda: _each(map(documents.render_pdf, docx_files), OFFICES),
            "first": lambda: _first(docx_files),
        },
        RUNS,
    )
    record(f"pdf/{OFFICES}/warm_vs_cold", taken["warm"], taken["cold"], "ms", RUNS)
    print(f"the first of {OFFICES} PDFs is there after {taken['first']:.0f} ms")
