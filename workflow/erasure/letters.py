"""In which letters somebody is found: by their address in any table, or in what opens a history."""

from __future__ import annotations

import json

from sqlalchemy import Text, cast, func, or_, select

from workflow.campaigns import lists
from workflow.erasure.person import Person
from workflow.models import (
    Base,
    Delivery,
    IncomingMail,
    Intake,
    Invitation,
    InvitationContact,
    JoinRequest,
    Letter,
    Link,
    PastedList,
    Recipient,
)
from workflow.transaction import Transaction

DISCLOSURES = Base.metadata.tables["disclosures"]


def letters_of(session: Transaction, person: Person, letter_id: str | None, campaign_id: str | None) -> list[str]:
    """Return the letters that hold anything of somebody, in the order in which they are locked."""
    if letter_id is not None:
        return [letter_id]
    found: set[str | None] = set()
    address = person.address
    for of, column in (
        (Invitation.letter_id, Invitation.email),
        (Invitation.letter_id, Invitation.second_email),
        (Recipient.letter_id, Recipient.email),
        (Delivery.letter_id, Delivery.address),
        (JoinRequest.letter_id, JoinRequest.email),
        (IncomingMail.letter_id, IncomingMail.sender),
    ):
        found |= set(session.scalars(select(of).where(func.lower(column) == address).distinct()))
    payload = func.lower(cast(DISCLOSURES.c.payload, Text))
    # As JSON spells it: letters beyond ASCII as their numbers, or as they are.
    spelt = {address, json.dumps(address)[1:-1].lower(), json.dumps(address.upper())[1:-1].lower()}
    holds = or_(*(payload.contains(one, autoescape=True) for one in sorted(spelt)))
    found |= set(session.scalars(select(DISCLOSURES.c.letter_id).where(holds).distinct()))
    source = select(Intake.letter_id).where(func.lower(Intake.source).contains(address, autoescape=True))
    found |= set(session.scalars(source))
    for row in session.scalars(select(PastedList)):
        if person.has_address_in(lists.said_in(session, row)):
            found.add(row.letter_id)
    others = select(Invitation.letter_id).join(InvitationContact, InvitationContact.invitation_id == Invitation.id)
    found |= set(session.scalars(others.where(func.lower(InvitationContact.email) == address)))
    readers = select(Invitation.letter_id).join(Link, Link.invitation_id == Invitation.id)
    found |= set(session.scalars(readers.where(func.lower(Link.email) == address)))
    drafts = or_(Letter.note_draft.is_not(None), Letter.copies.is_not(None))
    for row_id, copies, note in session.execute(select(Letter.id, Letter.copies, Letter.note_draft).where(drafts)):
        if person.has_address_in(copies) or person.has_address_in(note):
            found.add(row_id)
    query = select(Letter.id).where(Letter.id.in_([one for one in found if one]))
    if campaign_id is not None:
        query = query.where(Letter.campaign_id == campaign_id)
    return sorted(session.scalars(query))
