"""What became of each email."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from workflow.history.action import Action, Committed, Personal, action
from workflow.languages import marked


@action("reminders.sent", "mail", "Reminded those who had not answered")
class RemindersSent(Action):
    """By a coordinator, or by the letter's schedule; of thousands there is one for each piece."""

    number: int
    """How many people were to get one."""


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
class DeliveryBounced(AnsweredStep):
    status: str | None = None
    """What the other mail server says of the address (RFC 3463)."""
    report: str | None = None
    """SHA-256 of the mail that told it."""


@action("delivery.unbounce", "mail", "{mail}: arrived after all, a person says")
class DeliveryUnbounced(AnsweredStep):
    pass


@action("mail.received", "mail", "{who} wrote by email; that is no answer to the letter")
class MailReceived(Action):
    incoming: str
    kind: str
    """`reply`, `office` or `complaint`."""
    delivery: str
    """The email that it is an answer to."""
    sha256: str
    invitation: str | None = None
    recipient: str | None = None
    sender: Personal

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say of whom."""
        if about.get("kind") == "complaint":
            return marked("{who} has reported an email as unwanted")
        return marked("The office of a recipient wrote by email") if about.get("recipient") else cls.SENTENCE


@action("address.blocked", "mail", "Nothing more is sent to an address of {who}")
class AddressBlocked(Action):
    blocked: str
    reason: str
    """`returned`, `complaint` or `not_me`."""
    delivery: str | None = None
    invitation: str | None = None
    recipient: str | None = None

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say of whom."""
        return cls.SENTENCE if about.get("invitation") else marked("Nothing more is sent to an address")


@action("address.freed", "mail", "Emails go to an address of {who} again")
class AddressFreed(Action):
    blocked: str
    invitation: str | None = None
    recipient: str | None = None

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say of whom."""
        return cls.SENTENCE if about.get("invitation") else marked("Emails go to an address again")
