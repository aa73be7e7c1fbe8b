"""The people of an organisation who are written to: its first contact, and others beside it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workflow.models import Invitation, InvitationContact
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
    others = select(InvitationContact.invitation_id, InvitationContact.email).where(
        InvitationContact.invitation_id.in_(invitation_ids), InvitationContact.removed_at.is_(None)
    )
    for invitation, email in session.execute(others.order_by(InvitationContact.created_at, InvitationContact.id)):
        found[invitation].setdefault(email.lower(), email)
    return {invitation: tuple(emails.values()) for invitation, emails in found.items()}
