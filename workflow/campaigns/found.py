"""Finding what a coordinator names: the letter, locked, and what belongs to it."""

from __future__ import annotations

from workflow.errors import NotFoundError
from workflow.models import Delivery, Invitation, Letter
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
