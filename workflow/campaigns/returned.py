"""What a coordinator does where mails came back: says that an address works, and that an answer by mail was read."""

from __future__ import annotations

from sqlalchemy import func, select

from workflow import blocked, deliveries
from workflow.campaigns.contacts import addresses
from workflow.campaigns.lookup import locked_delivery, locked_invitation, locked_letter
from workflow.errors import NotFoundError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.models import BlockedAddress, Delivery, IncomingMail, Invitation, now
from workflow.states import check
from workflow.transaction import Transaction

THEY_ASKED = lazy_gettext(
    "Whoever reads this address has asked for no more emails. Enter another contact; only they can ask to be written "
    "to again."
)


def works_after_all(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """
    Say that the addresses of a co-signer work: what came back counts as arrived, and mails go there again.

    What waited for it leaves; what was cancelled meanwhile is to be sent again. Raises `RefusedError` where whoever
    reads one of them has asked for no more mails.
    """
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("write_again", row.state)
    known = [address.lower() for address in addresses(session, [invitation.id])[invitation.id]]
    freed = [_free(session, letter_id, address, actor, invitation_id=invitation.id) for address in known]
    came_back = select(Delivery).where(
        Delivery.invitation_id == invitation.id, func.lower(Delivery.address).in_(known), Delivery.is_bounced
    )
    arrived = session.scalars(came_back.order_by(Delivery.queued_at, Delivery.id)).all()
    for delivery in arrived:
        deliveries.unbounce(session, delivery, actor)
    if not (arrived or any(freed)):
        raise RefusedError(lazy_gettext("No email to this address was returned."))
    return invitation


def send_anyway(session: Transaction, letter_id: str, delivery_id: str, actor: Actor) -> Delivery:
    """Let a mail leave that waits, for mails to its address came back; others to it do too from then on."""
    row, delivery = locked_delivery(session, letter_id, delivery_id)
    check("write_again", row.state)
    to = {"invitation_id": delivery.invitation_id, "recipient_id": delivery.recipient_id}
    if not delivery.is_waiting or not _free(session, letter_id, delivery.address, actor, **to):
        raise RefusedError(lazy_gettext("This email doesn’t wait for anybody."))
    return delivery


def _free(session: Transaction, letter_id: str, address: str, actor: Actor, **to: str | None) -> bool:
    known = blocked.now_at(session, address)
    if known is not None and known.reason != "returned":
        raise RefusedError(THEY_ASKED)
    return blocked.free(session, locked_letter(session, letter_id), address, actor, **to)


def read_reply(session: Transaction, letter_id: str, incoming_id: str, actor: Actor) -> IncomingMail:
    """Say that an answer by mail was dealt with: it stands on top of no list any more."""
    locked_letter(session, letter_id)
    found = session.get(IncomingMail, incoming_id)
    if found is None or found.letter_id != letter_id:
        raise NotFoundError("There is no such email.")
    found.seen_at = found.seen_at or now()
    return found


def blocks_of(session: Transaction, invitation_id: str) -> list[BlockedAddress]:
    """Return what keeps mails from the people of a co-signer."""
    known = [address.lower() for address in addresses(session, [invitation_id])[invitation_id]]
    return blocked.living(session, known)
