"""Finding what a coordinator names: the letter, locked, what belongs to it, and what has become of its mails."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from workflow.errors import NotFoundError
from workflow.mails.office import office
from workflow.models import Campaign, Delivery, Invitation, Letter, Recipient
from workflow.transaction import Transaction, lock_letter

Part = TypeVar("Part", Invitation, Delivery, Recipient)


def locked_letter(session: Transaction, letter_id: str) -> Letter:
    """Lock a letter and return it; raises `NotFoundError`."""
    letter = lock_letter(session, letter_id)
    if letter is None:
        raise NotFoundError("There is no such letter.")
    return letter


def locked_campaign(session: Transaction, campaign_id: str) -> Campaign:
    """
    Lock a campaign's row and return it, read anew; raises `NotFoundError`.

    The lock comes before those of its letters. Rows that only refer to the campaign are written meanwhile.
    """
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such campaign.")
    return found


def locked_invitation(session: Transaction, letter_id: str, invitation_id: str) -> tuple[Letter, Invitation]:
    """Lock a letter and return it with one of its invitations; raises `NotFoundError` for one of another letter."""
    row = locked_letter(session, letter_id)
    return row, part_of(session, row, Invitation, invitation_id)


def locked_delivery(session: Transaction, letter_id: str, delivery_id: str) -> tuple[Letter, Delivery]:
    """Lock a letter and return it with one of its deliveries; raises `NotFoundError` for one of another letter."""
    row = locked_letter(session, letter_id)
    return row, part_of(session, row, Delivery, delivery_id)


def part_of(session: Transaction, row: Letter, kind: type[Part], part_id: str) -> Part:
    """Return a row that belongs to a letter, read anew; raises `NotFoundError` for one of another letter."""
    found = session.get(kind, part_id, populate_existing=True)
    if found is None or found.letter_id != row.id:
        raise NotFoundError(f"There is no such {kind.__name__.lower()}.")
    return found


def deliveries_of(session: Transaction, letter_id: str) -> list[Delivery]:
    """Return every mail of a letter, oldest first."""
    query = select(Delivery).where(Delivery.letter_id == letter_id).order_by(Delivery.queued_at, Delivery.id)
    return list(session.scalars(query))


def has_left(session: Transaction, row: Letter) -> tuple[bool, set[str]]:
    """Return whether the letter may have left for any of its offices, and whose mail servers have accepted it."""
    query = (
        select(Delivery.recipient_id, Delivery.is_accepted.label("accepted"))
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .where(Recipient.letter_id == row.id, Delivery.kind == office.kind, Delivery.may_have_left)
    )
    left = session.execute(query).all()
    return bool(left), {str(one.recipient_id) for one in left if one.accepted}


def has_accepted(session: Transaction, recipient: Recipient, kind: str = office.kind) -> bool:
    """Whether this recipient's mail server has accepted the letter, or another kind of mail that is sent to it once."""
    query = select(Delivery.id).where(
        Delivery.recipient_id == recipient.id, Delivery.kind == kind, Delivery.is_accepted
    )
    return session.scalars(query).first() is not None
