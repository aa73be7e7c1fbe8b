"""An organisation passes its invitation on to a colleague, by address."""

from __future__ import annotations

from workflow import deliveries, history
from workflow.campaigns import conditions, four_eyes, invitations, more_contacts, rounds
from workflow.errors import RefusedError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import characters, typed
from workflow.mails import delegated, notice
from workflow.models import Invitation
from workflow.signoffs.codes import check_code
from workflow.signoffs.links import actor, holder, locked
from workflow.states.permissions import why_not
from workflow.transaction import Transaction


def delegate(session: Transaction, link_id: str, name: str, email: str, *, sure: bool, code: str = "") -> Invitation:
    """
    Hand the invitation to a colleague by address: the old link ends, both are written to, it is on the record.

    Of several contacts only the place of the one who does it is another's from then on; the others keep theirs. What
    they had proposed, or were asked to confirm, ends with their place. Where the campaign asks for codes, `code` is the
    one that the old address got: from then on the new one gets them.
    """
    link, invitation, letter = locked(session, link_id)
    name, email = typed.name(name), typed.address(email)
    why = [*why_not("delegate", letter.state, invitation.state)]
    if not email:
        why.append(lazy_gettext("Type your colleague’s email address."))
    elif email.casefold() in map(str.casefold, (invitation.email, *(one.email for one in invitation.others))):
        why.append(lazy_gettext("That is the address that was invited. Type your colleague’s."))
    if not characters.is_name(name):
        why.append(lazy_gettext("Type your colleague’s name."))
    if not sure:
        why.append(lazy_gettext("Tick the box to pass the invitation on."))
    if why:
        raise RefusedError(*why)
    code, (before, _) = check_code(session, link, "hand_over", code), holder(link)
    who = actor(invitation)
    for theirs in four_eyes.end_with_contact(session, letter, invitation, link.contact_id, before, who, link.id):
        rounds.end_link(session, invitation.id, theirs)
    rounds.end_links_of(session, invitation.id, link.contact_id)
    handed_over = actions.InvitationHandedOver(
        invitation=invitation.id, code=code, of=link.contact_id or "", contact=email, name=name
    )
    sequence = history.append(session, letter.id, who, handed_over)
    conditions.end_of(session, invitation, who)
    if link.contact_id is None:
        invitation.email, invitation.signatory, invitation.signatory_title = email, name, ""
        invitation.contact_by_hand = False
        invitations.mail(session, letter, invitation, all_contacts=False)
    else:
        contact = more_contacts.of(invitation, link.contact_id)
        contact.email, contact.name = email, name
        deliveries.cancel_to_contact(session, invitation.id, contact.id)
        rounds.write_to_contact(session, letter, invitation, contact.id)
    delegated.queue(session, invitation, before, email, sequence)
    notice.queue(session, invitation, "handed_over", sequence, email)
    return invitation
