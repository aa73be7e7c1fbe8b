"""What somebody is told whose invitation was handed over to a colleague."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import SOMEBODY_ELSE
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegated(MailData):
    """What the mail says."""

    title: str
    organisation: str
    addressees: str
    to: str
    """The colleague's address."""


@mail("handed_over", "note that the invitation was passed on", SOMEBODY_ELSE)
def delegated(source: Source) -> Delegated:
    """Say to whom it was handed over, without a link: the old one has ended."""
    return Delegated(
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        to=source.apart(source.about["to"]),
    )


def queue(session: Transaction, invitation: Invitation, before: str, to: str, sequence: int) -> Delivery:
    """Queue it to the address `before` of a contact whose place has the one at `to`; `sequence` is of the entry."""
    key = f"handed_over:{invitation.id}:{sequence}"
    about = {"to": to}
    return delegated.queue(session, before, key, about, invitation=invitation)
