"""A letter that is with nobody yet takes over what the directory says now: by its own acts, each on the record."""

from __future__ import annotations

from workflow.campaigns import directory, invitations
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import NotFoundError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.models import Invitation, User
from workflow.transaction import Transaction


def use(
    session: Transaction, member: User, known_id: str, letter_id: str, invitation_id: str, actor: Actor
) -> Invitation:
    """
    Give an invitation the contact, language and zone that the directory has for its organisation; what it lacks stays.

    Raises `RefusedError` once the letter is with the co-signers, `NotFoundError` for another organisation.
    """
    known = directory.one(session, member, known_id, "coordinator")
    letter, invitation = locked_invitation(session, letter_id, invitation_id)
    if invitation.organisation.known_id != known.id:
        raise NotFoundError("There is no such organisation on this letter.")
    if not letter.is_draft or invitation.links:
        raise RefusedError(
            lazy_gettext("This letter is with the co-signers already. Change the contact on the letter’s own page.")
        )
    link = next((contact for contact in known.contacts if contact.gets_link), None)
    if link is not None and link.email != invitation.email:
        invitations.set_contact(session, letter_id, invitation_id, link.email, actor)
    language, timezone = known.language or invitation.language, known.timezone or invitation.timezone
    if (language, timezone) != (invitation.language, invitation.timezone):
        invitations.set_reader(session, letter_id, invitation_id, actor, language=language, timezone=timezone)
    return invitation
