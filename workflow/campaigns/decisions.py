"""What a person decides of a delivery to an office that a machine cannot settle."""

from __future__ import annotations

from sqlalchemy import select

from workflow import deliveries, history, states
from workflow.campaigns.found import delivery_of, locked_letter
from workflow.campaigns.offices import has_accepted, key_of, send_to
from workflow.campaigns.papers import renderings
from workflow.campaigns.steps import confirm
from workflow.deliveries import OFFICE
from workflow.errors import RefusedError
from workflow.history import Actor, actions
from workflow.letter import typed
from workflow.models import Delivery
from workflow.transaction import Transaction


def settle(session: Transaction, letter_id: str, delivery_id: str, arrived: bool, actor: Actor) -> Delivery:
    """Decide what nobody can know: the uncertain letter to an office did arrive, or is sent again."""
    delivery = delivery_of(session, letter_id, delivery_id)
    if arrived:
        deliveries.settle_as_sent(session, delivery, actor)
        session.flush()
        confirm(session, letter_id)
    else:
        deliveries.send_again(session, delivery, actor)
    return delivery


def readdress(session: Transaction, letter_id: str, delivery_id: str, email: str, actor: Actor) -> Delivery:
    """Send a letter that the office's mail server refused to another address of that office."""
    refused = delivery_of(session, letter_id, delivery_id)
    row = locked_letter(session, letter_id)
    recipient = next((r for r in row.recipients if r.id == refused.recipient_id), None)
    if recipient is None or refused.kind != OFFICE or not refused.is_returned:
        raise RefusedError("Only a letter that was refused can go to another address.")
    states.check("readdress", row.state)
    if has_accepted(session, recipient):
        raise RefusedError(f"{recipient.label}'s office has the letter already.")
    mark = f"after:{refused.id}"
    if session.scalar(select(Delivery.id).where(Delivery.dedupe_key == key_of(row, recipient, mark))):
        why = "It went to another address already: somebody was quicker. Look at that mail."
        raise RefusedError(why)
    made = next(d for d in renderings(session, row) if d.recipient_id == recipient.id)
    email = recipient.email = typed.address(email)
    history.append(session, row.id, actor, actions.RecipientAddressed(recipient=recipient.id, email=email))
    return send_to(session, row, recipient, made, mark)
