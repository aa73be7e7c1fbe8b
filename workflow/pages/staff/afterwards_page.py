"""What the page shows of what came after a letter was sent, prepared so that its template only lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from workflow import documents
from workflow.campaigns import addenda, after_sending, afterwards, office_replies
from workflow.campaigns.roster import Signed, late
from workflow.history import actions
from workflow.languages import Words
from workflow.mails import addendum as mails
from workflow.mails import return_paths
from workflow.mails.afterwards import withdrawal
from workflow.mails.office import office
from workflow.models import Addendum, Delivery, Invitation, Letter, LogEntry, OfficeReply, Recipient
from workflow.pages.i18n import with_title
from workflow.pages.staff import email_rows, head, send_page, times, words
from workflow.pages.staff.email_rows import EmailRow
from workflow.pages.staff.head import Head
from workflow.transaction import Transaction

MOST_NAMED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LateName:
    """Somebody who signed after the letter was sent."""

    who: str
    name: str
    at: str
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The addendum to one recipient: the digests of its files, how many pages are drawn, and what became of it."""

    to: str
    docx: str
    pdf: str
    pictures: int
    status: Words
    state: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumShown:
    """How far the addendum is."""

    asked: bool
    is_made: bool
    is_current: bool
    """It prints whoever has signed late and stands by it now."""
    fingerprint: str
    sent_at: str
    delivered_at: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A signature that was withdrawn after what bears it was sent."""

    invitation_id: str
    who: str
    at: str
    reason: str
    late: bool
    wished: bool
    """The organisation asks that the recipient is told."""
    word: Words
    """What has become of the email that tells the recipient; empty: there is none."""
    state: str
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an office replied."""

    reply_id: str
    sender: str
    at: str
    paragraphs: tuple[str, ...]
    file_name: str
    erased: bool
    told_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterwardsPage:
    """The page."""

    head: Head
    is_sent: bool
    sent_at: str
    erased: bool
    takes_names: bool
    """Names can still be added."""
    may_take: bool
    """The letter's rules say that they can, until the addendum goes out."""
    undecided: tuple[EmailRow, ...]
    """The emails to offices of which somebody has to decide what becomes of them."""
    names: tuple[LateName, ...]
    more_names: int
    to_ask: int
    individuals: bool
    addendum: AddendumShown
    refreshes: bool
    withdrawn: tuple[Withdrawn, ...]
    replies: tuple[Reply, ...]
    readers: int
    """How many emails go where the signatories are told of a reply."""
    recipients: dict[str, str]
    """Whose reply it may be, by id."""
    forward_to: str
    """Where an email of the office is forwarded to, so that it is kept here; empty: no mailbox is read."""
    draws: bool


def of(session: Transaction, row: Letter, coordinates: bool) -> AfterwardsPage:
    """Return what the page shows; names that are withheld, and reasons, only to a coordinator."""
    signed = late(session, row)
    shown = signed.counting if coordinates else signed.printed
    kept = addenda.of(session, row)
    may_take = row.is_sent and row.late_names
    addendum = _addendum(session, row, kept)
    takes = row.takes_late_names
    return AfterwardsPage(
        head=head.of(row, coordinates),
        is_sent=row.is_sent,
        sent_at=_at(addenda.sent_at(session, row), row),
        erased=row.erased_at is not None,
        takes_names=takes,
        may_take=may_take,
        undecided=email_rows.of(row, email_rows.undecided(session, row), coordinates),
        names=tuple(_late_name(one, row) for one in shown[:MOST_NAMED]),
        more_names=len(signed.counting) - len(shown[:MOST_NAMED]),
        to_ask=_to_ask(session, row) if takes and coordinates else 0,
        individuals=row.campaign.individuals,
        addendum=addendum,
        refreshes=bool(addendum.asked and not addendum.is_made) or bool(addendum.sent_at and not addendum.delivered_at),
        withdrawn=_withdrawn(session, row, coordinates),
        replies=tuple(_reply(one, row) for one in office_replies.replies(session, row)),
        readers=after_sending.readers(session, row) if coordinates else 0,
        recipients={"": "", **{one.id: one.label for one in row.recipients}},
        forward_to=_forward_to(session, row) if coordinates else "",
        draws=documents.draws(),
    )


def _at(moment: Any, row: Letter) -> str:
    return times.in_words(moment, times.whoever(), row)


def _forward_to(session: Transaction, row: Letter) -> str:
    to_office = (Delivery.letter_id == row.id, Delivery.kind == office.kind, Delivery.may_have_left)
    known = session.scalar(select(Delivery.id).where(*to_office).order_by(Delivery.queued_at.desc()).limit(1))
    return return_paths.for_replies(session.settings, session.tokens, known) if known else ""


def _late_name(one: Signed, row: Letter) -> LateName:
    named = with_title(one.name, one.title)
    return LateName(who=one.label, name=named, at=_at(one.signed_at, row), withheld=one.confidential)


def _to_ask(session: Transaction, row: Letter) -> int:
    return session.scalar(select(func.count()).select_from(Invitation).where(after_sending.may_still_sign(row))) or 0


def _addendum(session: Transaction, row: Letter, kept: Addendum | None) -> AddendumShown:
    if kept is None:
        return AddendumShown(
            asked=False, is_made=False, is_current=False, fingerprint="", sent_at="", delivered_at="", papers=()
        )
    sent = {one.recipient_id: one for one in _deliveries(session, row)}
    return AddendumShown(
        asked=True,
        is_made=bool(kept.documents),
        is_current=kept.sent_at is not None or kept.fingerprint == addenda.fingerprint(session, row),
        fingerprint=kept.fingerprint,
        sent_at=_at(kept.sent_at, row),
        delivered_at=_at(kept.delivered_at, row),
        papers=tuple(
            _paper(session, one, kept.documents[one.id], sent.get(one.id), row)
            for one in row.recipients
            if one.id in kept.documents
        ),
    )


def _deliveries(session: Transaction, row: Letter) -> list[Delivery]:
    query = select(Delivery).where(Delivery.letter_id == row.id, Delivery.kind == mails.addendum.kind)
    return list(session.scalars(query.order_by(Delivery.queued_at)))


def _paper(
    session: Transaction, recipient: Recipient, made: dict[str, str], sent: Delivery | None, row: Letter
) -> Paper:
    pdf = made.get("pdf", "")
    return Paper(
        to=recipient.label,
        docx=made["docx"],
        pdf=pdf,
        pictures=len(send_page.pictures(session, pdf)) if pdf and row.erased_at is None else 0,
        status=words.DELIVERY[sent.state] if sent else "",
        state=sent.state if sent else "",
        at=_at(sent.settled_at, row) if sent else "",
    )


def _withdrawn(session: Transaction, row: Letter, coordinates: bool) -> tuple[Withdrawn, ...]:
    told, wishes = _told(session, row), _wishes(session, row)
    return tuple(
        Withdrawn(
            invitation_id=one.invitation_id,
            who=one.invitation.organisation.label,
            at=_at(one.withdrawn_at, row),
            reason=one.invitation.reason if coordinates else "",
            late=one.late,
            wished=one.sequence in wishes,
            word=words.DELIVERY[told[one.id]] if one.id in told else "",
            state=told.get(one.id, ""),
            withheld=one.invitation.confidential,
        )
        for one in afterwards.withdrawn(session, row)
        if coordinates or not one.invitation.confidential
    )


def _told(session: Transaction, row: Letter) -> dict[str, str]:
    """Of each withdrawn sign-off that recipients were told of, what has become of the newest email of it."""
    query = select(Delivery.about, Delivery.state).where(Delivery.letter_id == row.id, Delivery.kind == withdrawal.kind)
    return {
        str(about["signoff"]): state for about, state in session.execute(query.order_by(Delivery.queued_at)) if about
    }


def _wishes(session: Transaction, row: Letter) -> set[int]:
    """The sign-offs of those who asked that the recipient is told that they withdrew."""
    query = select(LogEntry.sequence).where(
        LogEntry.letter_id == row.id, LogEntry.action == actions.SignatureWithdrawnLate.NAME
    )
    return afterwards.wished(session, row, list(session.scalars(query)))


def _reply(one: OfficeReply, row: Letter) -> Reply:
    sender = next((recipient.label for recipient in row.recipients if recipient.id == one.recipient_id), "")
    return Reply(
        reply_id=one.id,
        sender=sender,
        at=_at(one.received_at, row),
        paragraphs=tuple(part for part in one.words.split("\n\n") if part.strip()),
        file_name=one.file_name if one.document_sha256 else "",
        erased=one.is_erased,
        told_at=_at(one.told_at, row),
    )
