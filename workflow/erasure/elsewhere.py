"""What is kept of somebody beside the letters: the directory, an account, auditors' links, emails of no letter."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import delete, func, select, update

from emails import mailbox
from workflow import deliveries
from workflow.erasure.person import Person
from workflow.erasure.share import said_in
from workflow.history.audit.erased import ERASED
from workflow.letter import text as texts
from workflow.models import (
    AuditorLink,
    Campaign,
    Contact,
    Delivery,
    Invitation,
    PastedList,
    SignInLink,
    StaffSession,
    User,
    now,
)
from workflow.transaction import Transaction


def account(session: Transaction, person: Person) -> User | None:
    """Return the account with an address, if there is one."""
    return session.scalar(select(User).where(func.lower(User.email) == person.address))


def names_of(session: Transaction, person: Person) -> Person:
    """Return somebody with the names under which the directory, their account and their links know them."""
    address = person.address
    found: list[str | None] = []
    for name, where in (
        (Contact.name, Contact.email), (User.name, User.email), (AuditorLink.name, AuditorLink.email),
        (Invitation.signatory, Invitation.email), (Invitation.contact_name, Invitation.email),
    ):  # fmt: skip
        found += session.scalars(select(name).where(func.lower(where) == address))
    return person.known_as(found)


def erase(session: Transaction, person: Person) -> dict[str, int]:
    """Erase somebody beside the letters; returns how many of what."""
    done = {
        "contacts": _contacts(session, person),
        "accounts": _account(session, person),
        "auditor links": links(session, person),
        "emails": _mails(session, person),
    }
    for campaign in session.scalars(select(Campaign).where(Campaign.asks_as != "")):
        if person.is_named_in(campaign.asks_as):
            campaign.asks_as = ""
    session.flush()
    return done


def links(session: Transaction, person: Person, campaign_id: str | None = None) -> int:
    """End the links by which they read, and forget for whom they were; returns how many."""
    which = [func.lower(AuditorLink.email) == person.address]
    if campaign_id is not None:
        which.append(AuditorLink.campaign_id == campaign_id)
    found = session.scalars(select(AuditorLink).where(*which)).all()
    for link in found:
        link.name, link.email, link.opened = ERASED, "", {}
        link.revoked_at = link.revoked_at or now()
    return len(found)


def _contacts(session: Transaction, person: Person) -> int:
    contacts = session.scalars(select(Contact).where(func.lower(Contact.email) == person.address)).all()
    for contact in contacts:
        session.delete(contact)
    session.flush()
    return len(contacts)


def _account(session: Transaction, person: Person) -> int:
    """Empty an account that was deactivated; its row stays, for what they did names it."""
    user = account(session, person)
    if user is None:
        return 0
    session.execute(delete(SignInLink).where(SignInLink.user_id == user.id))
    session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))
    session.execute(delete(PastedList).where(PastedList.user_id == user.id))
    user.email, user.name, user.organisation = f"{user.id}@erased.invalid", ERASED, ""
    user.language, user.timezone, user.folded = "", "", texts.folded(ERASED)
    return 1


def _mails(session: Transaction, person: Person) -> int:
    """Delete emails of no letter: links to sign in, invitations to a campaign."""
    deliveries.cancel_all_to(session, None, person.address)
    settled = sa.and_(Delivery.letter_id.is_(None), sa.not_(Delivery.is_leased))
    theirs = func.lower(Delivery.address) == person.address
    found = list(session.scalars(select(Delivery.id).where(settled, theirs)))
    session.execute(update(Delivery).where(Delivery.id.in_(found)).values(sealed=None, skeleton=None))
    session.execute(delete(Delivery).where(Delivery.id.in_(found)))
    return len(found)


def erase_in_mailbox(folder: Path, person: Person) -> int:
    """Delete the mails of the local mailbox that went to somebody, or name them; returns how many."""
    number = 0
    for mail in mailbox.received(folder) if folder.is_dir() else ():
        to_them = any(map(person.is_at, mail.recipients))
        if to_them or any(map(person.is_named_in, said_in(mail.raw))):
            mail.path.unlink(missing_ok=True)
            mail.path.with_suffix(".json").unlink(missing_ok=True)
            number += 1
    return number
