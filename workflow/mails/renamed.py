"""What an organisation is told when the coordinator has corrected how its name is printed."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import CONTACT, everybody
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(MailData):
    """What the mail says."""

    signatory: str
    addressees: str
    coordinator: str
    before: str
    """The name as it was, with the acronym where that is not in it."""
    now: str
    signed: bool
    link: str


@mail("renamed", "correction of the organisation’s name", CONTACT)
def renamed(source: Source) -> Renamed:
    """Say how it was printed, how it is now, and what to do if that is wrong."""
    return Renamed(
        signatory=source.signatory,
        addressees=source.addressees,
        coordinator=source.coordinator_name,
        before=source.apart(source.about["before"]),
        now=source.apart(source.about["now"]),
        signed=bool(source.signoffs),
        link=source.link,
    )


def queue(session: Transaction, invitation: Invitation, before: str, sequence: int) -> Delivery | None:
    """
    Queue it to all contacts, and return the first one's; `sequence` is of the entry.

    None where nobody there has a link, so nobody was asked.
    """
    if not invitation.email or invitation.link is None:
        return None
    about, key = {"before": before, "now": invitation.organisation.printed_name}, f"renamed:{invitation.id}:{sequence}"
    first, *_ = [
        renamed.queue(session, one.address, one.key(key), about | one.about, invitation=invitation)
        for one in everybody(invitation)
    ]
    return first
