"""Organisations that had lapsed and have time again, and what an event brings to some of a letter at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from workflow import history
from workflow.campaigns import telling
from workflow.campaigns.telling import Event
from workflow.clock import is_over
from workflow.history import Actor, actions
from workflow.mails import events
from workflow.models import Invitation, Letter
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
    # What it signed before it said no, or was taken off, is not what the deadline has ended.
    stood = set(session.scalars(select(Invitation.id).where(Invitation.id.in_([o.id for o in revived]), telling.STOOD)))
    for invitation in revived:
        _revive(session, row, invitation, actor, stood=invitation.id in stood)
    return len(revived)


def _revive(session: Transaction, row: Letter, invitation: Invitation, actor: Actor, *, stood: bool) -> None:
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


def is_of_deadline(event: Event) -> bool:
    """Whether an event is that a deadline moved, which revives."""
    return event.kind == events.deadline_moved.kind


def tell_piece(session: Transaction, row: Letter, ids: Sequence[str], event: Event, actor: Actor) -> None:
    """Go on with telling an event, for these invitations: while the letter is still where it brought it."""
    if is_of_deadline(event):
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
