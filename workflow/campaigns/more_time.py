"""The answers to co-signers who asked for more time: a later deadline for all, or no; whoever asked is told."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.campaigns.lookup import locked_invitation
from workflow.clock import is_over
from workflow.errors import RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import time_answered
from workflow.models import Invitation, Letter
from workflow.states import InvitationFacts, check, may
from workflow.transaction import Transaction


def grant(session: Transaction, row: Letter, actor: Actor) -> int:
    """
    Tell whoever asked for more time that the deadline of a letter, whose row is locked, is later now; returns how many.

    Who has let the old one pass is invited again, with the link that they have. A request stays open where nobody can
    be told.
    """
    asked = select(Invitation).where(Invitation.letter_id == row.id, Invitation.more_time != "")
    told = 0
    for invitation in session.scalars(asked.order_by(Invitation.position)):
        if invitation.has_lapsed and may("reinvite", row.state, invitation.state):
            known = InvitationFacts(letter_state=row.state, past_deadline=is_over(row.deadline))
            again = actions.InvitationReinvited(invitation=invitation.id)
            history.transition(session, invitation, again, known, actor)
            invitation.answered_at = None
        if not time_answered.can_be_told(invitation):
            continue
        granted = actions.TimeGranted(invitation=invitation.id, deadline=row.deadline)
        sequence = history.append(session, row.id, actor, granted)
        time_answered.queue(session, invitation, "granted", sequence)
        invitation.more_time = ""
        told += 1
    return told


def decline(session: Transaction, letter_id: str, invitation_id: str, reason: str, actor: Actor) -> Invitation:
    """Say no to a request for more time; whoever asked is told, with the reason where there is one."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("answer_time", row.state)
    reason = typed.block(reason, typed.REASON)
    if not invitation.more_time:
        raise RefusedError(lazy_gettext("This request was answered already."))
    if not time_answered.can_be_told(invitation):
        raise RefusedError(
            lazy_gettext("There is no way to tell them: give them an email address and an invitation first.")
        )
    declined = actions.TimeDeclined(invitation=invitation.id, reason=reason)
    sequence = history.append(session, row.id, actor, declined)
    time_answered.queue(session, invitation, "declined", sequence, reason)
    invitation.more_time = ""
    return invitation
