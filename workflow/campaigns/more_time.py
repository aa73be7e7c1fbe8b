"""The answers to co-signers who asked for more time: a later deadline for all, or no; whoever asked is told."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import time_answered
from workflow.models import Invitation, Letter
from workflow.states import check
from workflow.transaction import Transaction


def grant(session: Transaction, row: Letter, actor: Actor, sequence: int) -> int:
    """
    Tell whoever asked for more time that the deadline of a letter, whose row is locked, is later now; returns how many.

    `sequence` is of the entry that moved it. A request stays open where nobody can be told.
    """
    asked = select(Invitation).where(Invitation.letter_id == row.id, Invitation.more_time != "")
    found = session.scalars(asked.order_by(Invitation.position)).all()
    return sum(answer(session, row, invitation, actor, sequence) for invitation in found)


def answer(session: Transaction, row: Letter, invitation: Invitation, actor: Actor, sequence: int) -> bool:
    """Tell an organisation that asked for more time by when it has to answer now; returns whether it had asked."""
    if not invitation.more_time or not time_answered.can_be_told(invitation):
        return False
    history.append(session, row.id, actor, actions.TimeGranted(invitation=invitation.id, deadline=invitation.due))
    # Whoever asked for several organisations reads of the first: one email for one event.
    time_answered.queue(session, invitation, "granted", f"event:{sequence}:{row.id}")
    invitation.more_time = ""
    return True


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
    time_answered.queue(session, invitation, "declined", f"time_answered:{invitation.id}:{sequence}", reason)
    invitation.more_time = ""
    return invitation
