"""An organisation passes its invitation on to a colleague, by address."""

from __future__ import annotations

from workflow import history
from workflow.campaigns import conditions, invitations, reminding
from workflow.errors import RefusedError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import characters, typed
from workflow.mails import delegated, notice
from workflow.models import Invitation, now
from workflow.signoffs.codes import check_code
from workflow.signoffs.links import actor, locked
from workflow.states.permissions import why_not
from workflow.transaction import Transaction


def delegate(session: Transaction, link_id: str, name: str, email: str, *, sure: bool, code: str = "") -> Invitation:
    """
    Hand the invitation to a colleague by address: the old link ends, both are written to, it is on the record.

    Where the campaign asks for codes, `code` is the one that the old address got: from then on the new one gets them.
    """
    link, invitation, letter = locked(session, link_id)
    name, email = typed.name(name), typed.address(email)
    why = [*why_not("delegate", letter.state, invitation.state)]
    if not email:
        why.append(lazy_gettext("Type your colleague’s email address."))
    elif email.casefold() == invitation.email.casefold():
        why.append(lazy_gettext("That is the address that was invited. Type your colleague’s."))
    if not characters.is_name(name):
        why.append(lazy_gettext("Type your colleague’s name."))
    if not sure:
        why.append(lazy_gettext("Tick the box to pass the invitation on."))
    if why:
        raise RefusedError(*why)
    code, before = check_code(session, link, "hand_over", code), invitation.email
    invitation.email, invitation.signatory, invitation.signatory_title = email, name, ""
    for known in invitation.links:
        known.revoked_at = known.revoked_at or now()
    handed_over = actions.InvitationHandedOver(invitation=invitation.id, code=code, contact=email, name=name)
    sequence = history.append(session, letter.id, actor(invitation), handed_over)
    conditions.end_of(session, invitation, actor(invitation))
    reminding.for_another(session, invitation, actor(invitation))
    delegated.queue(session, invitation, before, sequence)
    invitations.mail(session, letter, invitation)
    notice.queue(session, invitation, "handed_over", sequence)
    return invitation
