"""The links by which colleagues of an organisation read a letter: counted, and ended, by a coordinator too."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import NotFoundError
from workflow.history import Actor, actions
from workflow.models import Invitation, Letter, Link, now
from workflow.transaction import Transaction


def living(session: Transaction, invitation_id: str) -> list[Link]:
    """Return the links to read of an organisation that live now, the oldest first."""
    query = select(Link).where(Link.invitation_id == invitation_id, Link.purpose == "read", Link.revoked_at.is_(None))
    return list(session.scalars(query.order_by(Link.created_at, Link.id)))


def end_one(session: Transaction, letter_id: str, invitation_id: str, link_id: str, actor: Actor) -> None:
    """End one of them; raises `NotFoundError` for one of another organisation."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    end(session, row, invitation, link_id, actor)


def end(session: Transaction, row: Letter, invitation: Invitation, link_id: str, actor: Actor) -> None:
    """End one of them, of a letter whose row is locked; to end it twice is to end it once."""
    link = session.get(Link, link_id, populate_existing=True)
    if link is None or (link.invitation_id, link.purpose) != (invitation.id, "read"):
        raise NotFoundError("There is no such link.")
    if link.revoked_at is None:
        link.revoked_at = now()
        history.append(session, row.id, actor, actions.ReaderEnded(invitation=invitation.id, link=link.id))
