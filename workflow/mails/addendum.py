"""The names that were signed after a letter was sent: to its offices, and to those who stand on either of the two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from workflow.languages import day_in_words
from workflow.mails.audiences import OFFICE, PEOPLE
from workflow.mails.events import Told
from workflow.mails.office import check_address
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Part, Personal, Source
from workflow.models import Delivery, Letter, Recipient
from workflow.moments import local
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Added(Part):
    """What both mails say of the addendum."""

    coordinator: str
    added: int
    """How many have signed since."""
    docx_sha256: str
    pdf_sha256: str

    @classmethod
    def of(cls, source: Source) -> Added:
        """Gather it."""
        about = source.about
        return cls(
            coordinator=source.coordinator_name,
            added=about["added"],
            docx_sha256=about.get("docx") or "",
            pdf_sha256=about.get("pdf") or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumToOffice(MailData):
    """What the recipient reads."""

    addendum: Added
    letter_title: str
    addressees: str
    coordinator_email: str
    sent_on: str
    """When the letter was sent."""
    letter_docx: str
    """The SHA-256 of the letter itself."""
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumCopy(MailData):
    """What whoever signed reads."""

    addendum: Added
    title: str
    addressees: str
    signatory: Personal


def day_of(source: Source, moment: str) -> str:
    """Return the day of a moment, as its delivery names it, in words where the reader is."""
    return day_in_words(local(datetime.fromisoformat(moment), source.zone).date(), source.language)


@mail(
    "addendum",
    "addendum to the letter",
    OFFICE,
    once=True,
    afterwards=True,
    limit=timedelta(hours=72),
    to_blocked="waits",
)
def addendum(source: Source) -> AddendumToOffice:
    """Send the addendum that was made for this recipient."""
    coordinator, recipient = source.coordinator, source.recipient.printed()
    return AddendumToOffice(
        addendum=Added.of(source),
        letter_title=source.title,
        addressees=source.addressees,
        coordinator_email=coordinator.email if coordinator else "",
        sent_on=day_of(source, source.about["sent"]),
        letter_docx=source.about["letter"],
        check=check_address(source),
        attachments=source.documents(f"Addendum to the letter to {recipient.name or recipient.office}"),
    )


@mail("addendum_copy", "copy of the addendum", PEOPLE, to_all=True, to_blocked="waits")
def addendum_copy(source: Source) -> AddendumCopy:
    """Attach it, for everybody whose name is on the letter or on it."""
    told = Told.of(source)
    return AddendumCopy(
        addendum=Added.of(source),
        title=told.title,
        addressees=told.addressees,
        signatory=told.signatory,
        attachments=source.documents(f"Addendum {source.title}"),
    )


class About(NamedTuple):
    """What the mails of an addendum are made from."""

    docx: str
    pdf: str
    letter: str
    """The SHA-256 of the letter's own document."""
    added: int
    sent: str
    """When the letter was sent, as entries write it."""


def key_of(letter: Letter, recipient: Recipient, mark: str) -> str:
    """Return by what the addendum to one office is known, so that it is queued once for each `mark`."""
    return f"addendum:{letter.id}:{recipient.id}:{mark}"


def queue(session: Transaction, letter: Letter, recipient: Recipient, about: About, mark: str = "1") -> Delivery:
    """Queue the addendum to one office; `mark` tells a second one from the first."""
    key = key_of(letter, recipient, mark)
    return addendum.queue(session, recipient.email, key, about._asdict(), letter=letter, recipient=recipient)
