"""
A letter in as few pages as are asked for, within decent limits: LibreOffice counts them.

For jobs and previews, never within a transaction: it takes seconds.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from workflow.documents.docx import render_docx
from workflow.documents.pdf import render_pdfs
from workflow.documents.uploads.adjusting import STEPS
from workflow.documents.uploads.letterhead import Letterhead
from workflow.documents.writing.print_job import PrintJob
from workflow.errors import PdfError

_PAGE = re.compile(rb"/Type\s?/Page(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A letter as tight as it need be: what is printed, its Word document, its PDF and how many pages that has."""

    job: PrintJob
    docx: bytes
    pdf: bytes
    pages: int


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF of LibreOffice has."""
    return len(_PAGE.findall(pdf))


def fitted(job: PrintJob, letterhead: Letterhead, most: int) -> Fitted:
    """
    Return a letter as it looks best in at most so many pages, or in as few as it can; raises PdfError.

    All degrees are set at once, for starting LibreOffice takes longest; it ends with the first that fits.
    """
    steps = [dataclasses.replace(job, tightness=step) for step in range(len(STEPS))]
    documents = [render_docx(one, letterhead) for one in steps]
    best: Fitted | None = None
    for one, docx, made in zip(steps, documents, render_pdfs(documents), strict=False):
        if isinstance(made, PdfError):
            if best is None:
                raise made
            break
        pages = pages_of(made)
        if best is None or pages < best.pages:
            best = Fitted(one, docx, made, pages)
        if pages <= most:
            break
    assert best is not None
    return best
