"""What whoever wrote is told, once: that a person reads it, and that it is no answer to the letter."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import SOMEBODY_ELSE
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(MailData):
    """What the mail says: no link, for nobody knows who reads it."""

    title: str
    organisation: str
    addressees: str
    coordinator: str
    asked: bool
    """An answer is still wanted."""


@mail("heard", "note that an email is no answer", SOMEBODY_ELSE, answers=True)
def heard(source: Source) -> Heard:
    """Say who reads it, and how to answer."""
    return Heard(
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        coordinator=source.one.coordinator_amid(source.language),
        asked=bool(source.about["asked"]),
    )


def key_of(invitation: Invitation, address: str) -> str:
    """Return by what it is known: whoever writes is told once of a letter, however often they write."""
    return f"heard:{invitation.letter_id}:{address.lower()[:120]}"


def queue(session: Transaction, invitation: Invitation, address: str, message_id: str, *, asked: bool) -> Delivery:
    """Queue it to whoever wrote; `message_id` is of their mail."""
    about = {"answers": message_id, "asked": asked}
    return heard.queue(session, address, key_of(invitation, address), about, invitation=invitation)
