"""What became of each email."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from workflow.history.action import Action, Committed, action


@action("delivery.queued", "mail", "{mail}: to be sent")
class DeliveryQueued(Action):
    delivery: str
    kind: str
    to: str
    made_from: str
    invitation: str | None = None
    recipient: str | None = None
    docx: str | None = None
    pdf: str | None = None
    digest: str | None = None
    objection_hours: int | None = None
    cause: int | None = None
    """The entry of the act that it belongs to; its own, where no act of the letter brought it."""
    contact: str = ""
    """To which other contact of the organisation it goes; empty: to the first."""
    address: Annotated[str | None, Committed()] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStep(Action):
    """A step of a mail, which has been tried so often."""

    delivery: str
    kind: str
    attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredStep(DeliveryStep):
    """
    A step that a mail server's words led to; the entry has their SHA-256, and that of the bytes that were sent.

    Of a mail that is sent once, the entry before the dot has the bytes.
    """

    answer: str | None = None
    mime: str | None = None


@action("delivery.claim", "mail", "{mail}: being prepared")
class DeliveryClaimed(DeliveryStep):
    pass


@action("delivery.hand_over", "mail", "{mail}: handed to the mail server")
class DeliveryHandedOver(DeliveryStep):
    mime: str | None = None


@action("delivery.accept", "mail", "{mail}: accepted by the mail server")
class DeliveryAccepted(AnsweredStep):
    pass


@action("delivery.defer", "mail", "{mail}: put off, to be tried again")
class DeliveryDeferred(AnsweredStep):
    pass


@action("delivery.reject", "mail", "{mail}: refused by the mail server")
class DeliveryRejected(AnsweredStep):
    pass


@action("delivery.lose", "mail", "{mail}: the answer was lost, so it is uncertain whether it arrived")
class DeliveryLost(AnsweredStep):
    pass


@action("delivery.requeue", "mail", "{mail}: to be sent again")
class DeliveryRequeued(DeliveryStep):
    pass


@action("delivery.cancel", "mail", "{mail}: cancelled")
class DeliveryCancelled(DeliveryStep):
    pass


@action("delivery.bounce", "mail", "{mail}: returned")
class DeliveryBounced(DeliveryStep):
    pass
