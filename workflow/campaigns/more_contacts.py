"""More than one contact of an organisation: each is written to, and answers by a link of their own."""

from __future__ import annotations

from workflow import deliveries, history
from workflow.campaigns import conditions, contacts, four_eyes, rounds
from workflow.campaigns.invitations import ALREADY
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import InputError, NotFoundError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import contact_changed, who_signs
from workflow.mails.audiences import everybody
from workflow.models import Invitation, InvitationContact, Letter, new_id
from workflow.states import check, may
from workflow.transaction import Transaction

NO_FIRST = lazy_gettext("Enter the first contact’s address first.")
TOO_MANY = lazy_gettext("An organisation has at most %(most)s contacts.", most=str(contacts.MOST))
NO_ADDRESS = lazy_gettext("Enter an email address.")
FOR_ORGANISATIONS = lazy_gettext("Whoever signs in their own name has no other contacts.")


def add(
    session: Transaction, letter_id: str, invitation_id: str, name: str, email: str, actor: Actor
) -> InvitationContact:
    """
    Add a contact, who is asked at once where the first one was, by a link of their own; raises `InputError`.

    Whoever of them answers first answers for the organisation. Those who were written to already are told.
    """
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    rounds.settle(session, row, [invitation])
    if not invitation.email:
        raise InputError(email=NO_FIRST)
    if invitation.individual:
        raise InputError(email=FOR_ORGANISATIONS)
    if len(invitation.others) + 1 >= contacts.MOST:
        raise InputError(email=TOO_MANY)
    name, email = typed.name(name), _free(invitation, email)
    known = everybody(invitation) if invitation.links else []
    wrong = new_id() if known else ""
    contact_id, sequence = contacts.put_beside(session, row, invitation.id, name, email, actor, wrong)
    session.expire(invitation, ["others"])
    contact = of(invitation, contact_id)
    if known:
        rounds.link_to_dispute(session, invitation, contact_id, wrong)
        who_signs.added(session, invitation, contact_id, wrong, known, sequence)
    if _is_asked(row, invitation):
        rounds.write_to_contact(session, row, invitation, contact.id)
    elif invitation.link is not None:
        rounds.new_contact_links(session, {contact.id: invitation.id})
    return contact


def correct(
    session: Transaction, letter_id: str, invitation_id: str, contact_id: str, name: str, email: str, actor: Actor
) -> InvitationContact:
    """
    Correct a contact's name or address; with another address the link ends, and the new one is asked.

    Raises `InputError`, and `NotFoundError` for one of another organisation.
    """
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    contact = of(invitation, contact_id)
    name, email = typed.name(name), _free(invitation, email, contact)
    write_down(session, row, contact, name, email, actor)
    return contact


def write_down(
    session: Transaction, row: Letter, contact: InvitationContact, name: str, email: str, actor: Actor
) -> None:
    """Keep what is known of a contact of a letter whose row is locked; another address gets a link of its own."""
    invitation, before = contact.invitation, contact.email
    if (name, email) == (contact.name, before):
        return
    contact.name, contact.email = name, email
    wrong = rounds.link_to_dispute(session, invitation) if invitation.links and before != email else ""
    corrected = actions.ContactCorrected(
        invitation=invitation.id, contact=contact.id, link=wrong, name=name, email=email
    )
    if email == before:
        history.append(session, row.id, actor, corrected)
        return
    had_link = invitation.link_of(contact.id) is not None
    end_what_hangs_on(session, row, invitation, contact, before, actor)
    deliveries.cancel_to_contact(session, invitation.id, contact.id)
    rounds.end_links_of(session, invitation.id, contact.id)
    sequence = history.append(session, row.id, actor, corrected)
    if wrong:
        contact_changed.queue(session, invitation, before, email, wrong, sequence)
    if _is_asked(row, invitation):
        rounds.write_to_contact(session, row, invitation, contact.id)
    elif had_link:
        rounds.new_contact_links(session, {contact.id: invitation.id})


def remove(session: Transaction, letter_id: str, invitation_id: str, contact_id: str, actor: Actor) -> None:
    """Take a contact off: the link ends, and what it has answered stays; raises `NotFoundError`."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    contact = of(invitation, contact_id)
    contact.removed_at = moment = history.moment(session)
    removed = actions.ContactRemoved(invitation=invitation.id, contact=contact.id)
    history.append(session, row.id, actor, removed, at=moment)
    session.flush()
    end_what_hangs_on(session, row, invitation, contact, contact.email, actor)
    deliveries.cancel_to_contact(session, invitation.id, contact.id)
    rounds.end_links_of(session, invitation.id, contact.id)
    session.expire(invitation, ["others"])


def end_what_hangs_on(
    session: Transaction, row: Letter, invitation: Invitation, contact: InvitationContact, address: str, actor: Actor
) -> None:
    """End what a contact has proposed, agreed to, or was asked to confirm, who is not the same any more."""
    theirs = four_eyes.end_with_contact(session, row, invitation, contact.id, address, actor)
    agreed = conditions.of(session, invitation.id)
    if agreed is not None and agreed.link_id in theirs:
        conditions.end(session, agreed, "ended", actor)
    for link_id in theirs:
        rounds.end_link(session, invitation.id, link_id)


def of(invitation: Invitation, contact_id: str) -> InvitationContact:
    """Return a contact of an organisation besides the first; raises `NotFoundError`."""
    found = next((one for one in invitation.others if one.id == contact_id), None)
    if found is None:
        raise NotFoundError("There is no such contact.")
    return found


def _free(invitation: Invitation, email: str, but: InvitationContact | None = None) -> str:
    """Return an address as it is kept, of nobody who is written to for the organisation already."""
    kept = typed.address(email)
    if not kept:
        raise InputError(email=NO_ADDRESS)
    taken = (invitation.email, invitation.second_email, *(one.email for one in invitation.others if one is not but))
    if kept.casefold() in map(str.casefold, taken):
        raise InputError(email=ALREADY)
    return kept


def _is_asked(row: Letter, invitation: Invitation) -> bool:
    """Whether an answer is asked of the organisation now, by a link that the first contact has."""
    return may("write_to", row.state, invitation.state) and invitation.link is not None
