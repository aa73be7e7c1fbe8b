"""Whom mails are to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from workflow.mails.source import Source
from workflow.models import Invitation, Link, Membership, User
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a mail is to: how its head names them, whether it is in their own language, and who answers for it."""

    named: Callable[[Source], str]
    own_language: bool = True
    from_coordinator: bool = True
    """The coordinator is named as the sender, and gets the answers."""
    in_letters_language: bool = False
    """They read what the letter is written in."""
    is_asked: bool = True
    """A mail to them may ask for something, so that a reminder need not follow at once."""
    automatic: bool = True
    """It is marked as made by a machine, so that nobody's out-of-office note answers it."""


class Reached(NamedTuple):
    """One of the people of an organisation who are written to."""

    address: str
    about: dict[str, str]
    """What the delivery says of it: the `link` that it opens, where one lives, and the `contact` besides the first."""

    def key(self, key: str) -> str:
        """Return what a mail to this one is known by."""
        return f"{key}:{self.about['contact']}" if "contact" in self.about else key


def everybody(invitation: Invitation) -> list[Reached]:
    """Return all contacts of an organisation who have an address, the first of them first."""
    found = []
    for address, contact_id in [(invitation.email, None), *((one.email, one.id) for one in invitation.others)]:
        link = invitation.link_of(contact_id) if address else None
        about = {"link": link.id} if link is not None else {}
        if address:
            found.append(Reached(address, about | ({"contact": contact_id} if contact_id else {})))
    return found


def of_event(sequence: int, letter_id: str, address: str) -> str:
    """Return what the one mail is known by that somebody gets for what an entry of a letter tells."""
    return f"event:{sequence}:{letter_id}:{address.lower()}"


def coordinators(session: Transaction, campaign_id: str, *, all_of_them: bool = False) -> list[User]:
    """Return who coordinates a campaign, whoever does so longest first: those who want notices, or all."""
    wanted = select(User).join(Membership, Membership.user_id == User.id)
    wanted = wanted.where(
        Membership.campaign_id == campaign_id, Membership.role == "coordinator", User.deactivated_at.is_(None)
    )
    if not all_of_them:
        wanted = wanted.where(Membership.notices)
    return list(session.scalars(wanted.order_by(Membership.joined_at, User.id)))


def holder(link: Link) -> tuple[str, str]:
    """Return to whom a link was sent: the address, and the name, empty where it is not known."""
    if link.purpose != "answer":
        return link.email, link.name
    one = next((other for other in link.invitation.others if other.id == link.contact_id), None)
    if one is not None:
        return one.email, one.name
    return link.invitation.email, link.invitation.contact_name


def _signatory(source: Source) -> str:
    return source.addressed


def _contact(source: Source) -> str:
    return _signatory(source) if source.about.get("first") or source.about.get("contact") else ""


def _coordinator(source: Source) -> str:
    """Whoever of them it is to; a mail from before several were written to was to who answers for the letter."""
    told = source.session.get(User, source.about["user"]) if "user" in source.about else source.coordinator
    return told.name if told is not None else ""


def _recipient(source: Source) -> str:
    return source.recipient.name if source.row.recipient_id else ""


def _nobody(source: Source) -> str:
    """Not named: who is at that address is not known."""
    return ""


CONTACT = Audience(_signatory)
"""Whoever is invited for an organisation."""
PEOPLE = Audience(_contact)
"""Whoever of an organisation hears what concerns it; contacts are named."""
SOMEBODY_ELSE = Audience(_nobody)
"""Another person of an organisation. A link opens one contact's mail only: this one must never hold it."""
TOLD = Audience(_signatory, is_asked=False)
"""The same people where they are told what asks nothing of them."""
COORDINATOR = Audience(_coordinator, own_language=False, from_coordinator=False)
OFFICE = Audience(_recipient, own_language=False, in_letters_language=True, automatic=False)
"""Whom a letter goes to."""
COPIED = Audience(_nobody, own_language=False, in_letters_language=True)
"""Who gets a copy of a letter, without having been asked anything."""
STAFF = Audience(_nobody, own_language=False, from_coordinator=False)
TYPED = Audience(_nobody, own_language=False, from_coordinator=False)
"""Whoever reads at an address that a stranger typed."""
