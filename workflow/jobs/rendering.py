"""The documents of an approved letter, made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.logs import logger
from workflow import documents
from workflow.campaigns import printing
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
    sets = [
        (recipient_id, made_for, paper, _checked(paper, letterhead), documents.blank(letterhead))
        for recipient_id, made_for, paper, letterhead in _papers(database, letter_id)
    ]
    pdfs = _pdfs([docx for _, _, _, docx, _ in sets])
    for (recipient_id, made_for, paper, docx, letterhead), made in zip(sets, pdfs, strict=True):
        pdf = made if isinstance(made, bytes) else None
        with database.writing() as session:
            printing.keep_rendering(
                session,
                letter_id,
                recipient_id,
                made_for=made_for,
                docx=docx,
                pdf=pdf,
                letterhead=letterhead,
                no_pdf="" if pdf else str(made),
                too_large=printing.too_large(printing.mail_size(paper, docx, pdf), largest),
            )


def _checked(paper: documents.PrintJob, letterhead: documents.Letterhead) -> bytes:
    docx = documents.render_docx(paper, letterhead)
    documents.check_round_trip(docx, paper)
    return docx


def _papers(database: Database, letter_id: str) -> Iterator[tuple[str, str, documents.PrintJob, documents.Letterhead]]:
    with database.reading() as session:
        row = session.get(Letter, letter_id)
        if row is None or not may("render", row.state) or row.revision is None:
            return
        made = {rendering.recipient_id for rendering in printing.renderings(session, row)}
        papers = [
            (recipient.id, printing.fingerprint(row), *printing.printing(session, row, recipient))
            for recipient in row.recipients
            if recipient.id not in made
        ]
    yield from papers


def _pdfs(docx_files: Sequence[bytes]) -> Iterator[bytes | PdfError]:
    """Give the PDF of each document, or why there is none: LibreOffice is not installed or has failed."""
    if documents.libreoffice() is None:
        yield from [PdfError("LibreOffice is not installed on the server.")] * len(docx_files)
        return
    for made in documents.render_pdfs(docx_files):
        if isinstance(made, PdfError):
            logger().error("pdf_failed", why=str(made))
        yield made
