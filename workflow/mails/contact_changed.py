"""What whoever was the contact of an organisation is told when a coordinator has set another one."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import SOMEBODY_ELSE, of_event
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReplaced(MailData):
    """What the mail says."""

    title: str
    organisation: str
    addressees: str
    coordinator: str
    domain: str
    """Where the new contact has its address; not whose it is, for the one before may have been a mistake."""
    link: str
    """Where to say that it is wrong: it opens nothing else."""


@mail("contact_changed", "note that the contact was changed", SOMEBODY_ELSE)
def contact_changed(source: Source) -> ContactReplaced:
    """Say it, with a link of their own by which they can say that this is wrong."""
    return ContactReplaced(
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        coordinator=source.coordinator_name,
        domain=source.apart(source.about["domain"]),
        link=source.link,
    )


def queue(
    session: Transaction, invitation: Invitation, before: str, after: str, link_id: str, sequence: int
) -> Delivery:
    """Queue it to the address `before` of a contact who has another one, or none, now; `sequence` is of the entry."""
    key = of_event(sequence, invitation.letter_id, before)
    about = {"domain": after.rpartition("@")[2], "link": link_id}
    return contact_changed.queue(session, before, key, about, invitation=invitation)
