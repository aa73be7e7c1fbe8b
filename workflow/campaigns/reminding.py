"""Who has stopped the reminders of an organisation: the coordinator, its contact, or both."""

from __future__ import annotations

from workflow import deliveries, history
from workflow.campaigns.lookup import locked_invitation
from workflow.history import Actor, actions
from workflow.models import Invitation
from workflow.states import check
from workflow.transaction import Transaction

COORDINATOR, CONTACT, BOTH = "coordinator", "contact", "both"


def is_stopped_by_contact(stopped: str) -> bool:
    """Whether the first contact wants none."""
    return stopped in (CONTACT, BOTH)


def is_stopped_by_coordinator(stopped: str) -> bool:
    """Whether the coordinator wants that none is sent to anybody of the organisation."""
    return stopped in (COORDINATOR, BOTH)


def with_contact(stopped: str, *, stopped_now: bool) -> str:
    """Return who has stopped them once the contact has, or has no more."""
    return _of(is_stopped_by_coordinator(stopped), stopped_now)


def with_coordinator(stopped: str, *, stopped_now: bool) -> str:
    """Return who has stopped them once the coordinator has, or has no more."""
    return _of(stopped_now, is_stopped_by_contact(stopped))


def _of(coordinator: bool, contact: bool) -> str:
    if coordinator and contact:
        return BOTH
    return COORDINATOR if coordinator else CONTACT if contact else ""


def set_reminders(session: Transaction, letter_id: str, invitation_id: str, wanted: bool, actor: Actor) -> Invitation:
    """Let an organisation be reminded or not, as the coordinator wishes; what its contact has stopped stays so."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_reminders", row.state)
    stopped = with_coordinator(invitation.no_reminders, stopped_now=not wanted)
    _keep(session, invitation, stopped, actor)
    if not wanted:
        deliveries.cancel_reminders(session, [invitation.id])
    return invitation


def for_another(session: Transaction, invitation: Invitation, actor: Actor) -> None:
    """Somebody else is the first contact now: what the one before has stopped does not hold for them."""
    _keep(session, invitation, with_contact(invitation.no_reminders, stopped_now=False), actor)


def _keep(session: Transaction, invitation: Invitation, stopped: str, actor: Actor) -> None:
    if stopped == invitation.no_reminders:
        return
    invitation.no_reminders = stopped
    told = actions.RemindersSet(invitation=invitation.id, stopped_by=stopped)
    history.append(session, invitation.letter_id, actor, told)
