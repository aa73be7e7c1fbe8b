"""A link by which a colleague reads a letter, sent by somebody who is asked to answer for their organisation."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import Audience, holder
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Link
from workflow.transaction import Transaction

COLLEAGUE = Audience(lambda source: str(source.about.get("name") or ""))
"""Somebody whom a contact of the organisation has named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead(MailData):
    """What the mail says."""

    title: str
    name: str
    organisation: str
    addressees: str
    sender: str
    """Who of the organisation sends it; empty: nobody knows their name."""
    deadline: str
    link: str


@mail("to_read", "link to read", COLLEAGUE)
def to_read(source: Source) -> ToRead:
    """Say who lets them read, and that this link can answer nothing."""
    return ToRead(
        title=source.title,
        name=source.apart(source.about.get("name") or ""),
        organisation=source.organisation,
        addressees=source.addressees,
        sender=source.apart(_sender(source)),
        deadline=source.deadline,
        link=source.link,
    )


def _sender(source: Source) -> str:
    made = source.session.get_one(Link, source.about["link"])
    by = made.invitation.link_of(made.contact_id)
    return holder(by)[1] if by is not None else ""


def queue(session: Transaction, reader: Link) -> Delivery:
    """Queue it to whom a link to read is for."""
    about = {"link": reader.id, "name": reader.name}
    return to_read.queue(session, reader.email, f"to_read:{reader.id}", about, invitation=reader.invitation)
