"""The people of an organisation who are written to: its first contact, and others beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from workflow import history
from workflow.history import Actor, actions
from workflow.models import Invitation, InvitationContact, Letter, Link, new_id
from workflow.transaction import Transaction

MOST = 10
"""So many contacts an organisation has at most, with the first."""


def addresses(session: Transaction, invitation_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """
    Return to whom what concerns an organisation is written, by invitation: the first contact, and all beside it.

    They come in the order of the ids. An address stands once for each organisation, whatever its capitals.
    """
    first = session.execute(
        select(Invitation.id, Invitation.email, Invitation.second_email).where(Invitation.id.in_(invitation_ids))
    )
    found = {invitation: {email.lower(): email for email in emails if email} for invitation, *emails in first}
    for invitation, several in others(session, invitation_ids).items():
        for one in several:
            found[invitation].setdefault(one.email.lower(), one.email)
    return {invitation: tuple(found[invitation].values()) for invitation in invitation_ids if invitation in found}


class Other(NamedTuple):
    """A contact besides the first, with the link by which it answers, where one lives."""

    id: str
    name: str
    email: str
    link_id: str | None


def others(session: Transaction, invitation_ids: Sequence[str]) -> dict[str, list[Other]]:
    """Return the contacts besides the first, by invitation, the oldest first: one statement for all of them."""
    of = InvitationContact
    # By the invitation too: links are found by that alone.
    theirs = (Link.invitation_id == of.invitation_id) & (Link.contact_id == of.id)
    living = theirs & Link.revoked_at.is_(None) & (Link.purpose == "answer")
    query = select(of.invitation_id, of.id, of.name, of.email, Link.id).outerjoin(Link, living)
    query = query.where(of.invitation_id.in_(invitation_ids), of.removed_at.is_(None))
    found: defaultdict[str, list[Other]] = defaultdict(list)
    for invitation, *one in session.execute(query.order_by(of.created_at, of.id)):
        found[invitation].append(Other(*one))
    return found


def put_beside(
    session: Transaction, row: Letter, invitation_id: str, name: str, email: str, actor: Actor, wrong: str = ""
) -> tuple[str, int]:
    """
    Write a contact beside the first, of a letter whose row is locked; returns its id, and the number of the entry.

    Nobody is written to. `wrong` is the link by which those who were contacts already can say that this is wrong.
    """
    made = InvitationContact(
        id=new_id(), invitation_id=invitation_id, name=name, email=email, created_at=history.moment(session)
    )
    session.add(made)
    session.flush()
    added = actions.ContactAdded(invitation=invitation_id, contact=made.id, link=wrong, name=name, email=email)
    return made.id, history.append(session, row.id, actor, added)


def put_all_beside(
    session: Transaction, row: Letter, invitation_id: str, first: str, several: Sequence[tuple[str, str]], actor: Actor
) -> None:
    """Write those of these people, by name and address, who are not written to yet, as many as there may be."""
    known = {first.casefold(), *(one.email.casefold() for one in others(session, [invitation_id])[invitation_id])}
    for name, email in several:
        if first and email.casefold() not in known and len(known) < MOST:
            known.add(email.casefold())
            put_beside(session, row, invitation_id, name, email, actor)
