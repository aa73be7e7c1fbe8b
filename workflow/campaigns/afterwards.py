"""What is done once a letter was sent: ask for late names, tell of a withdrawal or a reply, look out for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select

from workflow import history, states
from workflow.campaigns import addenda, contacts, invitations, rounds
from workflow.campaigns.lookup import locked_invitation, locked_letter
from workflow.campaigns.office_replies import reply_of
from workflow.campaigns.roster import late, roster
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


def may_still_sign(row: Letter) -> ColumnElement[bool]:
    """Who can be asked for a late name: asked and silent, lapsed, or with an earlier text; not who said no."""
    waiting = or_(Invitation.is_invited, Invitation.has_lapsed, Invitation.is_to_confirm)
    return and_(Invitation.letter_id == row.id, waiting, Invitation.email != "")


def ask_for_names(session: Transaction, letter_id: str, actor: Actor) -> int:
    """Email everybody who may still sign, each with its own link, once a day at most; returns how many."""
    row = locked_letter(session, letter_id)
    _check_takes_names(row)
    today = Delivery.queued_at > now() - timedelta(days=1)
    asked = exists().where(Delivery.invitation_id == Invitation.id, Delivery.kind == mails.late_invitation.kind, today)
    found = select(Invitation).where(may_still_sign(row), ~asked.correlate(Invitation)).order_by(Invitation.position)
    these = session.scalars(found).all()
    if not these:
        raise RefusedError(lazy_gettext("There is nobody to email: all have answered, or were asked within a day."))
    history.append(session, row.id, actor, actions.LateNamesAsked(number=len(these)))
    _ask(session, row, these)
    return len(these)


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
    _ask(session, row, [invitation])
    return invitation


def _ask(session: Transaction, row: Letter, these: Sequence[Invitation]) -> None:
    sent = history.timestamp(addenda.sent_at(session, row) or now())
    without = set(rounds.without_link(session, [one.id for one in these]))
    made = rounds.new_links(session, [one.id for one in these if one.id in without])
    before = select(Delivery.invitation_id).where(
        Delivery.invitation_id.in_([one.id for one in these]), Delivery.kind == mails.late_invitation.kind
    )
    times = list(session.scalars(before))
    links = {one.id: made.get(one.id) or (one.link.id if one.link else "") for one in these}
    to = [(one, links[one.id], times.count(one.id) + 1) for one in these if links[one.id]]
    mails.queue_late(session, row, sent, to)


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


def readers_of_reply(session: Transaction, row: Letter) -> list[tuple[str, str]]:
    """Return whom a reply concerns: the contacts of all who stand on the letter or its addendum, and have a link."""
    told = {one.invitation_id for one in (*roster(session, row).counting, *late(session, row).counting)}
    stand = select(Invitation.id).where(Invitation.id.in_(told), Invitation.has_signed).order_by(Invitation.position)
    everybody = contacts.addresses(session, list(session.scalars(stand)))
    return [(invitation, address) for invitation, addresses in everybody.items() for address in addresses]


def tell_of_reply(session: Transaction, letter_id: str, reply_id: str, seen: int, actor: Actor) -> OfficeReply:
    """Tell the signatories of a reply, once; `seen` is how many emails were said to go before it was pressed."""
    row = locked_letter(session, letter_id)
    reply = reply_of(session, row, reply_id)
    if row.erased_at is not None:
        raise RefusedError(lazy_gettext("This letter was erased already."))
    if reply.told_at is not None:
        raise RefusedError(lazy_gettext("The signatories were told of this reply already."))
    to = readers_of_reply(session, row)
    if len(to) != seen:
        raise RefusedError(lazy_gettext("Somebody signed or withdrew meanwhile. Nothing was sent: check once more."))
    if not to:
        raise RefusedError(lazy_gettext("There is nobody to email."))
    moment = history.moment(session)
    history.append(session, row.id, actor, actions.OfficeReplyTold(reply=reply.id), at=moment)
    reply.told_at = moment
    first = {invitation for invitation, _ in to}
    without = set(rounds.without_link(session, list(first)))
    rounds.new_links(session, [one for one in first if one in without])
    mails.queue_replied(session, row, reply, history.timestamp(reply.received_at), to)
    return reply


# --- none has come ----------------------------------------------------------------------------------------------------


def unanswered(session: Transaction) -> list[str]:
    """Return the letters that were sent so many days ago that a reply should have come, and none is on record."""
    replied = exists().where(OfficeReply.letter_id == Letter.id)
    query = (
        select(Letter.id, Letter.reply_days, LogEntry.at)
        .join(LogEntry, and_(LogEntry.letter_id == Letter.id, LogEntry.action == actions.LetterSent.NAME))
        .where(Letter.is_sent, Letter.reply_days.is_not(None), Letter.unanswered_at.is_(None))
        .where(Letter.erased_at.is_(None), ~replied.correlate(Letter))
    )
    return [one.id for one in session.execute(query) if one.at + timedelta(days=one.reply_days) <= now()]


def note_unanswered(session: Transaction, letter_id: str) -> bool:
    """Remind the coordinators, once, that no reply has come; False where one has, or they were reminded."""
    row = locked_letter(session, letter_id)
    if row.id not in unanswered(session):
        return False
    moment, days = history.moment(session), row.reply_days or 0
    sequence = history.append(session, row.id, SYSTEM, actions.OfficeUnanswered(days=days), at=moment)
    row.unanswered_at = moment
    mails.tell_coordinators(session, row, "unanswered", sequence, days=days)
    return True
