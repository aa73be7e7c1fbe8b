"""The letter itself, to the office of one of its recipients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from workflow.mails.audiences import OFFICE
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source, WholeText
from workflow.models import Delivery, Letter, Recipient, Rendering
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterToOffice(MailData):
    """What the mail says."""

    recipient: tuple[str, ...]
    """In lines, as printed."""
    addressees: str
    coordinator: str
    coordinator_email: str
    docx_sha256: str
    pdf_sha256: str
    signed_by: int
    """How many organisations, those too whose names are withheld."""
    text: WholeText


@mail("letter", "the letter", OFFICE, once=True, limit=timedelta(hours=72))
def office(source: Source) -> LetterToOffice:
    """Send the documents that were made for this recipient, and the text in the mail itself."""
    recipient, coordinator = source.recipient.printed(), source.coordinator
    return LetterToOffice(
        recipient=recipient.lines,
        addressees=source.addressees,
        coordinator=source.coordinator_name,
        coordinator_email=coordinator.email if coordinator else "",
        docx_sha256=source.about.get("docx") or "",
        pdf_sha256=source.about.get("pdf") or "",
        signed_by=len(source.one.names.signed),
        text=WholeText.with_all(source, recipient),
        attachments=source.documents(f"Letter to {recipient.name or recipient.office}"),
    )


def key_of(letter: Letter, recipient: Recipient, mark: str) -> str:
    """Return by what the letter to an office is known, so that it is queued once for each `mark`."""
    return f"letter:{letter.id}:{recipient.id}:{mark}"


def queue(session: Transaction, letter: Letter, recipient: Recipient, made: Rendering, mark: str) -> Delivery:
    """Queue the letter to one office with its stored documents; `mark` tells a second one from the first."""
    about = {"docx": made.docx_sha256, "pdf": made.pdf_sha256}
    key = key_of(letter, recipient, mark)
    return office.queue(session, recipient.email, key, about, letter=letter, recipient=recipient)
