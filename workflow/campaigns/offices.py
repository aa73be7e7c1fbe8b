"""Deliveries to the offices: sent once by a machine; what nobody can know is decided by a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from workflow import deliveries
from workflow.deliveries import OFFICE
from workflow.models import Delivery, Letter, Recipient, Rendering
from workflow.transaction import Transaction


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


def key_of(row: Letter, recipient: Recipient, mark: str) -> str:
    """Return by what the letter to an office is known, so that it is queued once for each `mark`."""
    return f"{OFFICE}:{row.id}:{recipient.id}:{mark}"


def send_to(session: Transaction, row: Letter, recipient: Recipient, made: Rendering, mark: str) -> Delivery:
    """Queue the letter to one office with its stored documents; `mark` tells a second one from the first."""
    about: dict[str, Any] = {"docx": made.docx_sha256, "pdf": made.pdf_sha256}
    key = key_of(row, recipient, mark)
    return deliveries.queue(session, OFFICE, recipient.email, key, letter=row, recipient=recipient, about=about)
