"""What is written after a letter was sent: a signature withdrawn, a reply of the office, late names, silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from workflow.mails.addendum import day_of
from workflow.mails.audiences import CONTACT, COORDINATOR, OFFICE, PEOPLE, coordinators, of_event
from workflow.mails.events import Told, own_link
from workflow.mails.office import check_address
from workflow.mails.reading import in_paragraphs
from workflow.mails.registry import Post, mail
from workflow.mails.source import MailData, Personal, Source, WholeText
from workflow.models import Delivery, Letter, OfficeReply, Recipient, Signoff
from workflow.states.invitation import ASKED, LAPSED, TO_CONFIRM
from workflow.transaction import Transaction

# --- to the office: a signature was withdrawn -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(MailData):
    """What a recipient is told of a signature that was withdrawn after the letter, or its addendum, was sent."""

    who: str
    """As it is printed."""
    letter_title: str
    addressees: str
    sent_on: str
    withdrawn_on: str
    late: bool
    """It stood on the addendum."""
    coordinator: str
    coordinator_email: str
    check: str


@mail(
    "withdrawal",
    "word of a withdrawn signature",
    OFFICE,
    once=True,
    afterwards=True,
    limit=timedelta(hours=72),
    to_blocked="waits",
)
def withdrawal(source: Source) -> Withdrawal:
    """Say who has withdrawn its signature and when, and no more."""
    coordinator, about = source.coordinator, source.about
    signoff = source.session.get_one(Signoff, about["signoff"])
    signed = signoff.printed()
    return Withdrawal(
        who=source.apart(signed.lines[0] if signed.individual else signed.lines[-1]),
        letter_title=source.title,
        addressees=source.addressees,
        sent_on=day_of(source, about["sent"]),
        withdrawn_on=day_of(source, about["withdrawn"]),
        late=signoff.late,
        coordinator=source.coordinator_name,
        coordinator_email=coordinator.email if coordinator else "",
        check=check_address(source),
    )


def queue_withdrawal(
    session: Transaction, letter: Letter, signoff: Signoff, sent: str, withdrawn: str
) -> list[Delivery]:
    """Queue it to every recipient; `sent` and `withdrawn` are moments, as entries write them."""
    about = {"signoff": signoff.id, "sent": sent, "withdrawn": withdrawn}
    return [queue_withdrawal_to(session, letter, recipient, about) for recipient in letter.recipients]


def queue_withdrawal_to(
    session: Transaction, letter: Letter, recipient: Recipient, about: Mapping[str, Any], mark: str = "1"
) -> Delivery:
    """Queue it to one recipient, once for each signature and `mark`."""
    key = f"withdrawal:{about['signoff']}:{recipient.id}:{mark}"
    return withdrawal.queue(session, recipient.email, key, about, letter=letter, recipient=recipient)


# --- to whoever signed: the office has replied ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeReplied(MailData):
    """What whoever signed is told of the office's reply."""

    told: Told
    coordinator: str
    received_on: str
    words: tuple[str, ...]
    """By paragraphs; empty: there is only a file."""
    has_file: bool
    link: Personal
    """Empty: who reads has none of their own."""


@mail("office_replied", "reply of the recipient", PEOPLE, to_all=True)
def office_replied(source: Source) -> OfficeReplied:
    """Quote it; its file is on the page that the link opens."""
    reply = source.session.get_one(OfficeReply, source.about["reply"])
    return OfficeReplied(
        told=Told.of(source),
        coordinator=source.coordinator_name,
        received_on=day_of(source, source.about["received"]),
        words=in_paragraphs(reply.words),
        has_file=reply.document_sha256 is not None,
        link=own_link(source),
    )


# --- to who may still sign --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LateInvitation(MailData):
    """What asks for a name for the addendum."""

    title: str
    organisation: Personal
    signatory: Personal
    addressees: str
    coordinator: str
    sent_on: str
    link: Personal
    text: WholeText


@mail("late", "invitation to sign late", CONTACT, to_all=True, awaits=(*ASKED, *TO_CONFIRM, *LAPSED))
def late_invitation(source: Source) -> LateInvitation:
    """Say that the letter was sent, and where the name will be."""
    return LateInvitation(
        title=source.title,
        organisation=source.organisation,
        signatory=source.signatory,
        addressees=source.addressees,
        coordinator=source.coordinator_name,
        sent_on=day_of(source, source.about["sent"]),
        link=source.link,
        text=WholeText.of(source),
    )


class ToAskLate(NamedTuple):
    """One contact of an organisation that is asked, with the link that the mail is to hold."""

    invitation_id: str
    address: str
    link_id: str
    contact: str
    """Empty: the first."""
    number: int
    """Of this time."""

    def post(self, sent: str) -> Post:
        """Return the mail that is to be queued."""
        besides = {"contact": self.contact} if self.contact else {}
        key = f"late:{self.invitation_id}:{self.number}{':' if self.contact else ''}{self.contact}"
        return Post(self.address, key, {"link": self.link_id, "sent": sent, **besides}, self.invitation_id)


def queue_late(session: Transaction, letter: Letter, sent: str, to: Sequence[ToAskLate]) -> None:
    """Queue it to each of these."""
    posts = [one.post(sent) for one in to]
    late_invitation.queue_many(session, letter, posts)


# --- to coordinators --------------------------------------------------------------------------------------------------

What = Literal["replied", "unanswered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards(MailData):
    """What coordinators are told of a letter that was sent."""

    what: What
    title: str
    addressees: str
    days: int
    """For how many days no reply has come."""
    words: tuple[str, ...]
    link: str


@mail("afterwards", "notice of what came after sending", COORDINATOR)
def afterwards(source: Source) -> Afterwards:
    """Say that the office has replied, or that it has not."""
    reply = source.session.get(OfficeReply, source.about["reply"]) if source.about.get("reply") else None
    return Afterwards(
        what=source.about["what"],
        title=source.title,
        addressees=source.addressees,
        days=source.about.get("days") or 0,
        words=in_paragraphs(reply.words[:2000]) if reply else (),
        link=f"{source.settings.public_url}/letters/{source.letter.id}/afterwards",
    )


def tell_coordinators(
    session: Transaction, letter: Letter, what: What, sequence: int, *, days: int = 0, reply: OfficeReply | None = None
) -> None:
    """Queue it to every coordinator of the campaign who wants notices; `sequence` is of the entry that it is about."""
    about = {"what": what, "days": days, "reply": reply.id if reply else None}
    for user in coordinators(session, letter.campaign_id):
        if what == "unanswered" and user.digest:  # the email of a morning says it
            continue
        told = {**about, "user": user.id, "language": user.language, "zone": user.timezone}
        afterwards.queue(session, user.email, of_event(sequence, letter.id, user.email), told, letter=letter)
