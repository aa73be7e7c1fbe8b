"""Finding what a coordinator names: the letter, locked, what belongs to it, and what has become of its mails."""

from __future__ import annotations

from sqlalchemy import select

from workflow.deliveries import OFFICE
from workflow.errors import NotFoundError
from workflow.models import Delivery, Invitation, Letter, Recipient
from workflow.transaction import Transaction, lock_letter


def locked_letter(session: Transaction, letter_id: str) -> Letter:
    """Lock a letter and return it; raises `NotFoundError`."""
    letter = lock_letter(session, letter_id)
    if letter is None:
        raise NotFoundError("There is no such letter.")
    return letter


def invitation_of(row: Letter, invitation_id: str) -> Invitation:
    """Return an invitation of a letter; raises `NotFoundError` for one of another letter."""
    invitation = next((i for i in row.invitations if i.id == invitation_id), None)
    if invitation is None:
        raise NotFoundError("There is no such invitation.")
    return invitation


def delivery_of(session: Transaction, letter_id: str, delivery_id: str) -> Delivery:
    """Lock a letter and return one of its deliveries, read anew; raises `NotFoundError` for one of another letter."""
    locked_letter(session, letter_id)
    found = session.get(Delivery, delivery_id, populate_existing=True)
    if found is None or found.letter_id != letter_id:
        raise NotFoundError("There is no such delivery.")
    return found


def deliveries_of(session: Transaction, letter_id: str) -> list[Delivery]:
    """Return every mail of a letter, oldest first."""
    query = select(Delivery).where(Delivery.letter_id == letter_id).order_by(Delivery.queued_at, Delivery.id)
    return list(session.scalars(query))


def has_left(session: Transaction, row: Letter) -> bool:
    """Whether the letter may have left for any of its offices."""
    query = select(Delivery.id).where(Delivery.letter_id == row.id, Delivery.kind == OFFICE, Delivery.may_have_left)
    return session.scalars(query).first() is not None


def has_accepted(session: Transaction, recipient: Recipient) -> bool:
    """Whether this recipient's mail server has accepted the letter."""
    query = select(Delivery.id).where(
        Delivery.recipient_id == recipient.id, Delivery.kind == OFFICE, Delivery.is_accepted
    )
    return session.scalars(query).first() is not None
