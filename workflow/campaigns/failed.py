"""Letters that may not have reached a recipient: coordinators are told at once, for no machine sends them again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from workflow.mails import undelivered
from workflow.mails.audiences import coordinators
from workflow.models import Delivery, Letter, User, now
from workflow.transaction import Transaction, lock_letter

LATELY = timedelta(days=30)
"""What was sent before this is not looked at any more."""


def untold(session: Transaction) -> list[tuple[str, str]]:
    """Return the deliveries whose answer was lost, with their letters, of which a coordinator is still to be told."""
    query = select(Delivery.id, Delivery.letter_id, Delivery.epoch, Letter.campaign_id)
    query = query.join(Letter, Letter.id == Delivery.letter_id).where(
        Delivery.claimed_at > now() - LATELY,
        Delivery.recipient_id.is_not(None),
        Delivery.is_uncertain,
        Letter.has_gone_out,
    )
    return [
        (delivery_id, letter_id)
        for delivery_id, letter_id, epoch, campaign_id in session.execute(query)
        if letter_id is not None and _whom(session, campaign_id, delivery_id, epoch)
    ]


def tell(session: Transaction, delivery_id: str, letter_id: str) -> int:
    """Queue it to each coordinator who has not been told yet; returns to how many."""
    letter = lock_letter(session, letter_id)
    failed = session.get_one(Delivery, delivery_id, populate_existing=True)
    if letter is None or not failed.is_uncertain:
        return 0
    whom = _whom(session, letter.campaign_id, failed.id, failed.epoch)
    for user in whom:
        undelivered.queue(session, letter, failed, user)
    return len(whom)


def _whom(session: Transaction, campaign_id: str, delivery_id: str, epoch: int) -> list[User]:
    kind = undelivered.undelivered.kind
    keys = {f"{kind}:{delivery_id}:{epoch}:{user.id}": user for user in coordinators(session, campaign_id)}
    told = set(session.scalars(select(Delivery.dedupe_key).where(Delivery.dedupe_key.in_(list(keys)))))
    return [user for key, user in keys.items() if key not in told]
