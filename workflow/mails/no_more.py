"""The last email to whoever wants none: by it they learn of it who did not ask for that themselves."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import TOLD, holder
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Link
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMore(MailData):
    """What the mail says."""

    organisation: str
    addressees: str
    link: str
    """Where it is taken back."""


@mail("no_more", "note that nothing more is sent", TOLD, to_blocked="sent")
def no_more(source: Source) -> NoMore:
    """Say it, and where it is taken back."""
    return NoMore(organisation=source.organisation, addressees=source.addressees, link=f"{source.link}?mails")


def queue(session: Transaction, link: Link, blocked_id: str) -> Delivery:
    """Queue it to whoever was sent a link, by which somebody said that nothing more is to come."""
    about = {"link": link.id} | ({"contact": link.contact_id} if link.contact_id else {})
    return no_more.queue(session, holder(link)[0], f"no_more:{blocked_id}", about, invitation=link.invitation)
