"""What is done once a letter was sent: ask for late names, tell of a withdrawal or a reply, look out for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, select

from workflow import history, states
from workflow.campaigns import addenda, after_sending, batches, invitations
from workflow.campaigns.lookup import locked_invitation, locked_letter
from workflow.campaigns.office_replies import reply_of
from workflow.campaigns.telling import Event
from workflow.clock import now
from workflow.errors import InputError, RefusedError
from workflow.history import SYSTEM, Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.mails import afterwards as mails
from workflow.models import Delivery, Invitation, Letter, LogEntry, OfficeReply, Signoff
from workflow.transaction import Transaction

NOT_LATE = lazy_gettext("The rules of this letter take no names after it was sent.")
LATE_OVER = lazy_gettext("The addendum was sent, so no more names can be added.")

# --- late names -------------------------------------------------------------------------------------------------------


def _check_takes_names(row: Letter) -> None:
    states.check("add_names", row.state)
    if not row.late_names:
        raise RefusedError(NOT_LATE)
    if not row.takes_late_names:
        raise RefusedError(LATE_OVER)


def ask_for_names(session: Transaction, letter_id: str, actor: Actor) -> int:
    """Email everybody who may still sign, each with its own link, once a day at most; returns how many."""
    row = locked_letter(session, letter_id)
    _check_takes_names(row)
    under_way = batches.unfinished(session, row.id)
    number = session.scalar(select(func.count()).select_from(Invitation).where(after_sending.to_ask(row))) or 0
    if not number or (under_way is not None and "ask_late" in under_way.about):
        raise RefusedError(lazy_gettext("There is nobody to email: all have answered, or were asked within a day."))
    history.append(session, row.id, actor, actions.LateNamesAsked(number=number))
    batches.begin(session, row, "ask_for_names", actor, "ask_late", late_sent=_sent(session, row))
    return number


def invite_late(session: Transaction, letter_id: str, cosigner: texts.Cosigner, actor: Actor) -> Invitation:
    """Put an organisation on the list of a letter that was sent, and ask it for its name for the addendum."""
    row = locked_letter(session, letter_id)
    _check_takes_names(row)
    if not cosigner.email:
        raise InputError(email=lazy_gettext("Enter an email address."))
    same = [one for one in row.invitations if one.organisation.name.casefold() == cosigner.organisation.casefold()]
    if same:
        raise InputError(organisation=lazy_gettext("%(who)s is already on the list.", who=cosigner.organisation))
    (invitation_id,) = invitations.put_on_the_list(session, row, [cosigner], actor)
    invitation = session.get_one(Invitation, invitation_id)
    invitation.round = row.round
    session.flush()
    after_sending.ask(session, row, [invitation.id], _sent(session, row))
    return invitation


def _sent(session: Transaction, row: Letter) -> str:
    return history.timestamp(addenda.sent_at(session, row) or now())


# --- withdrawn after it was sent --------------------------------------------------------------------------------------


def withdrawn(session: Transaction, row: Letter) -> list[Signoff]:
    """Return the sign-offs that were withdrawn after the letter, or its addendum, was sent, in that order."""
    query = select(Signoff).join(Invitation, Invitation.id == Signoff.invitation_id)
    of_letter = query.where(Invitation.letter_id == row.id, Signoff.withdrawn_at.is_not(None))
    return list(session.scalars(of_letter.order_by(Signoff.withdrawn_at, Signoff.sequence)))


def told_of(session: Transaction, row: Letter) -> set[str]:
    """Return of which of them the recipients were told."""
    query = select(Delivery.about).where(Delivery.letter_id == row.id, Delivery.kind == mails.withdrawal.kind)
    return {str(about.get("signoff")) for about in session.scalars(query)}


def wished(session: Transaction, row: Letter, sequences: Sequence[int]) -> set[int]:
    """Return which sign-offs were withdrawn with the wish that the recipient is told, of these entries."""
    entries = history.entries_at(session, row.id, sequences).values()
    return {int(entry.about["signoff"]) for entry in entries if entry.about.get("tell_office")}


def tell_office(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Signoff:
    """Tell every recipient that an organisation has withdrawn its signature, once."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    states.check("add_names", row.state)
    signoff = next((one for one in invitation.signoffs if one.withdrawn_at is not None), None)
    if signoff is None or signoff.withdrawn_at is None:
        raise RefusedError(lazy_gettext("This signature was not withdrawn after the letter was sent."))
    if invitation.confidential:
        raise RefusedError(lazy_gettext("Its name was withheld: the recipient was never told it."))
    if signoff.id in told_of(session, row):
        raise RefusedError(lazy_gettext("The recipient was told already."))
    history.append(
        session, row.id, actor, actions.WithdrawalPassedOn(invitation=invitation.id, signoff=signoff.sequence)
    )
    sent = (addenda.of(session, row) if signoff.late else None) or None
    moment = (sent.sent_at if sent is not None else None) or addenda.sent_at(session, row) or now()
    mails.queue_withdrawal(session, row, signoff, history.timestamp(moment), history.timestamp(signoff.withdrawn_at))
    return signoff


# --- the office's reply -----------------------------------------------------------------------------------------------


def tell_of_reply(session: Transaction, letter_id: str, reply_id: str, seen: int, actor: Actor) -> OfficeReply:
    """Tell the signatories of a reply, each person once; `seen` is how many it were before it was pressed."""
    row = locked_letter(session, letter_id)
    reply = reply_of(session, row, reply_id)
    if row.erased_at is not None:
        raise RefusedError(lazy_gettext("This letter was erased already."))
    if reply.is_erased:
        raise RefusedError(lazy_gettext("This reply was erased."))
    if reply.told_at is not None:
        raise RefusedError(lazy_gettext("The signatories were told of this reply already."))
    number = after_sending.readers(session, row)
    if number != seen:
        raise RefusedError(lazy_gettext("Somebody signed or withdrew meanwhile. Nothing was sent: check once more."))
    if not number:
        raise RefusedError(lazy_gettext("There is nobody to email."))
    moment = history.moment(session)
    told = history.append(session, row.id, actor, actions.OfficeReplyTold(reply=reply.id), at=moment)
    reply.told_at = moment
    said = {"reply": reply.id, "received": history.timestamp(reply.received_at)}
    batches.tell_news(session, row, "tell_of_reply", actor, Event(mails.office_replied.kind, told, about=said))
    return reply


# --- none has come ----------------------------------------------------------------------------------------------------


def unanswered(session: Transaction, *these: ColumnElement[bool]) -> list[str]:
    """Return the letters that were sent so many days ago that a reply should have come, and none is on record."""
    replied = exists().where(OfficeReply.letter_id == Letter.id).correlate(Letter)
    sent = (LogEntry.letter_id == Letter.id, LogEntry.action == actions.LetterSent.NAME)
    sent_at = select(func.max(LogEntry.at)).where(*sent).correlate(Letter).scalar_subquery().label("sent_at")
    query = select(Letter.id, Letter.reply_days, sent_at).where(
        Letter.is_sent, Letter.reply_days.is_not(None), Letter.unanswered_at.is_(None), Letter.erased_at.is_(None)
    )
    found = session.execute(query.where(~replied, *these))
    return [one.id for one in found if one.sent_at + timedelta(days=one.reply_days) <= now()]


def note_unanswered(session: Transaction, letter_id: str) -> bool:
    """Remind the coordinators, once, that no reply has come; False where one has, or they were reminded."""
    row = locked_letter(session, letter_id)
    if not unanswered(session, Letter.id == row.id):
        return False
    moment, days = history.moment(session), row.reply_days or 0
    sequence = history.append(session, row.id, SYSTEM, actions.OfficeUnanswered(days=days), at=moment)
    row.unanswered_at = moment
    mails.tell_coordinators(session, row, "unanswered", sequence, days=days)
    return True
