"""The documents of an approved letter, made."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.logs import logger
from workflow import documents
from workflow.campaigns import addenda, printing
from workflow.database import Database
from workflow.errors import PdfError
from workflow.models import Letter
from workflow.states import may


def render(database: Database, letter_id: str, largest: int | None = None) -> None:
    """
    Make the documents of an approved letter, one set for each recipient, outside of any transaction.

    Each set is kept as soon as it is made, so that whoever waits sees how many there are. `largest` is what the mail
    server takes in bytes, where it has said so.
    """
    for recipient_id, made_for, paper, letterhead, docx, made in _made(list(_papers(database, letter_id))):
        pdf = made if isinstance(made, bytes) else None
        with database.writing() as session:
            printing.keep_rendering(
                session,
                letter_id,
                recipient_id,
                made_for=made_for,
                docx=docx,
                pdf=pdf,
                letterhead=documents.blank(
                    letterhead,
                    running_header=paper.running_header,
                    tightness=paper.tightness,
                    footer=paper.footer,
                ),
                no_pdf="" if pdf else str(made),
                too_large=printing.too_large(printing.mail_size(paper, docx, pdf), largest),
            )


@dataclass(frozen=True, slots=True)
class _Paper:
    """What one recipient's documents are made of."""

    recipient_id: str
    made_for: str
    job: documents.PrintJob
    letterhead: documents.Letterhead
    fit_pages: int | None


def _made(
    papers: Sequence[_Paper],
) -> Iterator[tuple[str, str, documents.PrintJob, documents.Letterhead, bytes, bytes | PdfError]]:
    """Give each document and its PDF, or why there is none, as soon as it is made."""
    papers = [_tight_enough(paper) for paper in papers]
    docx_files = [_checked(paper.job, paper.letterhead) for paper in papers]
    for paper, docx, pdf in zip(papers, docx_files, _pdfs(docx_files), strict=True):
        yield paper.recipient_id, paper.made_for, paper.job, paper.letterhead, docx, pdf


def _tight_enough(paper: _Paper) -> _Paper:
    """Set a letter so that it takes no more pages than it should, as far as that can be known and done."""
    if not paper.fit_pages or documents.libreoffice() is None:
        return paper
    try:
        found = documents.fitted(paper.job, paper.letterhead, paper.fit_pages)
    except PdfError:
        return paper
    return dataclasses.replace(paper, job=found.job)


def _checked(paper: documents.PrintJob, letterhead: documents.Letterhead) -> bytes:
    docx = documents.render_docx(paper, letterhead)
    documents.check_round_trip(docx, paper)
    return docx


def _papers(database: Database, letter_id: str) -> Iterator[_Paper]:
    with database.reading() as session:
        row = session.get(Letter, letter_id)
        if row is None or not may("render", row.state) or row.revision is None:
            return
        made = {rendering.recipient_id for rendering in printing.renderings(session, row)}
        papers = [
            _Paper(
                recipient.id,
                printing.fingerprint(row),
                *printing.printing(session, row, recipient),
                row.fit_pages,
            )
            for recipient in row.recipients
            if recipient.id not in made
        ]
    yield from papers


def render_addendum(database: Database, letter_id: str) -> None:
    """Make the addendum of a letter that was sent, one for each recipient, outside of any transaction."""
    with database.reading() as session:
        row = session.get(Letter, letter_id)
        made_for, papers = addenda.papers(session, row) if row is not None else ("", [])
    if not papers:
        return
    docx_files = [_checked(paper.job, paper.letterhead) for paper in papers]
    made = {
        paper.recipient_id: addenda.Made(
            docx,
            pdf if isinstance(pdf, bytes) else None,
            documents.blank(
                paper.letterhead,
                running_header=paper.job.running_header,
                tightness=paper.job.tightness,
                footer=paper.job.footer,
            ),
        )
        for paper, docx, pdf in zip(papers, docx_files, _pdfs(docx_files), strict=True)
    }
    with database.writing() as session:
        addenda.keep(session, letter_id, made_for, made)


def _pdfs(docx_files: Sequence[bytes]) -> Iterator[bytes | PdfError]:
    """Give the PDF of each document, or why there is none: LibreOffice is not installed or has failed."""
    if documents.libreoffice() is None:
        yield from [PdfError("LibreOffice is not installed on the server.")] * len(docx_files)
        return
    for made in documents.render_pdfs(docx_files):
        if isinstance(made, PdfError):
            logger().error("pdf_failed", why=str(made))
        yield made
