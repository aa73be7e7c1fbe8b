"""A letter that is with nobody yet takes over what the directory says now: by its own acts, each on the record."""

from __future__ import annotations

import dataclasses
from typing import Any

from workflow.campaigns import cosigner_fields, directory, invitations
from workflow.campaigns.directory.keeping import as_cosigner
from workflow.campaigns.directory.matching import Difference
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import NotFoundError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.models import Invitation, KnownOrganisation, User
from workflow.states import may
from workflow.transaction import Transaction

FIELDS = ("organisation", "acronym", "signatory", "title", "contact_name", "email", "country")
READER = ("language", "timezone")


def differences(known: KnownOrganisation, invitation: Invitation) -> list[Difference]:
    """
    Return in what an invitation that is not out yet differs from what the directory says (`known`).

    What the directory lacks differs in nothing.
    """
    if not may("correct", invitation.letter.state) or invitation.links or invitation.individual:
        return []
    there, here = cosigner_fields.of(invitation), as_cosigner(known)
    found = [Difference(name, getattr(here, name), getattr(there, name)) for name in FIELDS]
    found += [Difference(name, getattr(here, name), getattr(invitation, name)) for name in READER]
    return [one for one in found if one.known and one.known != one.typed]


def use(
    session: Transaction, member: User, known_id: str, letter_id: str, invitation_id: str, actor: Actor
) -> Invitation:
    """
    Give an invitation what the directory says of its organisation and contacts; what that lacks stays.

    Raises `RefusedError` once the invitation is out, `NotFoundError` for another organisation.
    """
    known = directory.one(session, member, known_id, "coordinator")
    _, invitation = locked_invitation(session, letter_id, invitation_id)
    if invitation.organisation.known_id != known.id:
        raise NotFoundError("There is no such organisation on this letter.")
    if invitation.links:
        raise RefusedError(lazy_gettext("This invitation is out already. Change the contact on the letter’s own page."))
    changed: dict[str, Any] = {one.field: one.known for one in differences(known, invitation)}
    reader = {name: changed.pop(name, getattr(invitation, name)) for name in READER}
    if changed:
        fields = dataclasses.replace(cosigner_fields.of(invitation), **changed)
        change = cosigner_fields.Change(fields=fields)
        cosigner_fields.save(session, letter_id, {invitation_id: change}, [], actor)
    if (reader["language"], reader["timezone"]) != (invitation.language, invitation.timezone):
        invitations.set_reader(session, letter_id, invitation_id, actor, **reader)
    return invitation
