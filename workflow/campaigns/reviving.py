"""Organisations that had lapsed and have time again, and what an event brings to some of a letter at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from workflow import history
from workflow.campaigns import telling
from workflow.campaigns.telling import Event
from workflow.clock import is_over
from workflow.history import Actor, actions
from workflow.mails import events
from workflow.models import Invitation, Letter, LogEntry
from workflow.states import InvitationFacts, may
from workflow.transaction import Transaction


def revive(session: Transaction, row: Letter, ids: Iterable[str], actor: Actor) -> int:
    """
    Let those of these organisations answer again that had lapsed and have time; returns how many it were.

    Whoever stood by a sign-off is to confirm it, or stands by it where it is for the very text of now; the others are
    invited as before. No link is made or ends.
    """
    found = session.scalars(
        select(Invitation).where(Invitation.id.in_(list(ids)), Invitation.has_lapsed).order_by(Invitation.position)
    ).all()
    revived = [one for one in found if not is_over(one.due) and may("reinvite", row.state, one.state)]
    asked_anew = _asked_anew(session, row, [one.id for one in revived])
    for invitation in revived:
        _revive(session, row, invitation, actor, asked_anew.get(invitation.id, -1))
    return len(revived)


def _asked_anew(session: Transaction, row: Letter, ids: Sequence[str]) -> dict[str, int]:
    """Return the entry by which each of these was invited again last: after it had declined, or was taken off."""
    again = (LogEntry.letter_id == row.id, LogEntry.action == actions.InvitationReinvited.NAME)
    query = select(LogEntry.invitation_id, func.max(LogEntry.sequence)).where(*again, LogEntry.invitation_id.in_(ids))
    return {str(of): sequence for of, sequence in session.execute(query.group_by(LogEntry.invitation_id))}


def _revive(session: Transaction, row: Letter, invitation: Invitation, actor: Actor, asked_anew: int) -> None:
    # What it signed before it said no, or was taken off, is not what the deadline has ended.
    stood = any(one.retracted_at is None and one.sequence > asked_anew for one in invitation.signoffs)
    known = InvitationFacts(letter_state=row.state, past_deadline=is_over(invitation.due), stood=stood)
    if not stood:
        history.transition(session, invitation, actions.InvitationReinvited(invitation=invitation.id), known, actor)
        invitation.reason, invitation.verdict, invitation.answered_at = "", "", None
        return
    history.transition(session, invitation, actions.InvitationRevived(invitation=invitation.id), known, actor)
    # The database lets a state move by one step at a time.
    session.flush()
    text = row.revision
    if text is not None and invitation.signoff_for(text.digest) is not None:
        again = actions.InvitationRestored(invitation=invitation.id, digest=text.digest)
        counts = InvitationFacts(letter_state=row.state, counts=True)
        history.transition(session, invitation, again, counts, actor)


def tell_piece(session: Transaction, row: Letter, ids: Sequence[str], event: Event, actor: Actor) -> None:
    """Go on with telling an event, for these invitations: while the letter is still where it brought it."""
    if event.kind == events.deadline_moved.kind:
        if row.is_with_cosigners:
            telling.tell(session, row, ids, event)
        if row.is_before_approval:
            revive(session, row, ids, actor)
        return
    if {
        events.cancelled.kind: row.is_withdrawn,
        events.taken_back.kind: row.is_draft,
        events.left_out.kind: row.is_approved or row.has_gone_out,
    }[event.kind]:
        telling.tell(session, row, ids, event)
