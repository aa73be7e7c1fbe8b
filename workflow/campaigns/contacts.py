"""The people of an organisation who are written to: its first contact, and others beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from workflow.models import Invitation, InvitationContact, Link
from workflow.transaction import Transaction


def addresses(session: Transaction, invitation_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """
    Return to whom what concerns an organisation is written, by invitation: the first contact, and all beside it.

    An address stands once for each organisation, whatever its capitals.
    """
    first = session.execute(
        select(Invitation.id, Invitation.email, Invitation.second_email).where(Invitation.id.in_(invitation_ids))
    )
    found = {invitation: {email.lower(): email for email in emails if email} for invitation, *emails in first}
    for invitation, several in others(session, invitation_ids).items():
        for one in several:
            found[invitation].setdefault(one.email.lower(), one.email)
    return {invitation: tuple(emails.values()) for invitation, emails in found.items()}


class Other(NamedTuple):
    """A contact besides the first, with the link by which it answers, where one lives."""

    id: str
    name: str
    email: str
    link_id: str | None


def others(session: Transaction, invitation_ids: Sequence[str]) -> dict[str, list[Other]]:
    """Return the contacts besides the first, by invitation, the oldest first: one statement for all of them."""
    of = InvitationContact
    living = (Link.contact_id == of.id) & Link.revoked_at.is_(None) & (Link.purpose == "answer")
    query = select(of.invitation_id, of.id, of.name, of.email, Link.id).outerjoin(Link, living)
    query = query.where(of.invitation_id.in_(invitation_ids), of.removed_at.is_(None))
    found: defaultdict[str, list[Other]] = defaultdict(list)
    for invitation, *one in session.execute(query.order_by(of.created_at, of.id)):
        found[invitation].append(Other(*one))
    return found
