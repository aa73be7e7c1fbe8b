"""The letter itself, to the office of one of its recipients; and the copies of it that go to named addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from workflow.languages import joined
from workflow.mails.audiences import COPIED, OFFICE
from workflow.mails.reading import in_paragraphs
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
    individuals: int
    """How many people in their own name."""
    office_subject: str
    """What the coordinator set; empty: the letter's own."""
    cover: tuple[str, ...]
    """The coordinator's covering words, by paragraphs; empty: the sentence that comes with it."""
    copied: str
    """Who gets a copy, in a sentence."""
    check: str
    """Where anybody can ask whether the letter is genuine."""
    text: WholeText


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOfLetter(MailData):
    """What a copy says."""

    letter_subject: str
    addressees: str
    """To whom the letter went that this is a copy of, and at which address."""
    coordinator: str
    docx_sha256: str
    pdf_sha256: str
    check: str
    """Where anybody can ask whether the letter is genuine."""
    text: WholeText


@mail("letter", "the letter", OFFICE, once=True, limit=timedelta(hours=72), to_blocked="waits")
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
        individuals=source.one.names.people,
        office_subject=source.letter.office_subject,
        cover=in_paragraphs(source.letter.office_words),
        check=check_address(source),
        copied=source.apart(joined(source.letter.copies, source.language)),
        text=WholeText.with_all(source, recipient),
        attachments=source.documents(f"Letter to {recipient.name or recipient.office}"),
    )


@mail("office_copy", "copy of the letter", COPIED, to_blocked="waits")
def office_copy(source: Source) -> CopyOfLetter:
    """Send the documents that one recipient got, and say whom they went to."""
    recipient = source.session.get_one(Recipient, source.about["recipient"])
    printed = recipient.printed()
    return CopyOfLetter(
        letter_subject=source.letter.office_subject or source.text.subject or source.addressees,
        addressees=source.apart(f"{recipient.label} <{source.about['address']}>"),
        coordinator=source.coordinator_name,
        docx_sha256=source.about.get("docx") or "",
        pdf_sha256=source.about.get("pdf") or "",
        check=check_address(source),
        text=WholeText.with_all(source, printed),
        attachments=source.documents(f"Letter to {printed.name or printed.office}"),
    )


def check_address(source: Source) -> str:
    """Return the public page on which anybody can ask whether the letter is genuine."""
    page = f"{source.session.settings.origin}/genuine"
    return f"{page}/{source.letter.code}" if source.letter.code else page


def key_of(letter: Letter, recipient: Recipient, mark: str) -> str:
    """Return by what the letter to an office is known, so that it is queued once for each `mark`."""
    return f"letter:{letter.id}:{recipient.id}:{mark}"


def queue(session: Transaction, letter: Letter, recipient: Recipient, made: Rendering, mark: str) -> Delivery:
    """Queue the letter to one office with its stored documents; `mark` tells a second one from the first."""
    about = {"docx": made.docx_sha256, "pdf": made.pdf_sha256}
    key = key_of(letter, recipient, mark)
    return office.queue(session, recipient.email, key, about, letter=letter, recipient=recipient)


def queue_copies(session: Transaction, letter: Letter, recipient: Recipient, made: Rendering) -> None:
    """Queue a copy of what one recipient gets to each address that is to have one; nothing waits for them."""
    about = {"docx": made.docx_sha256, "pdf": made.pdf_sha256, "recipient": recipient.id, "address": recipient.email}
    for number, address in enumerate(letter.copies, 1):
        office_copy.queue(session, address, f"office_copy:{letter.id}:{recipient.id}:{number}", about, letter=letter)
