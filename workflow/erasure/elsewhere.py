"""What is kept of somebody beside the letters: the directory, an account, auditors' links, emails of no letter."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import delete, func, select, update

from emails import mailbox
from emails.parsing import said_in
from workflow import blocked, deliveries
from workflow.erasure.person import Person
from workflow.history import actions
from workflow.history.audit.erased import ERASED
from workflow.letter import text as texts
from workflow.models import (
    AuditorLink,
    BlockedAddress,
    Campaign,
    Contact,
    Delivery,
    IncomingMail,
    Invitation,
    InvitationContact,
    JoinRequest,
    Link,
    LogEntry,
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
        (InvitationContact.name, InvitationContact.email), (Link.name, Link.email),
        (JoinRequest.name, JoinRequest.email),
    ):  # fmt: skip
        found += session.scalars(select(name).where(func.lower(where) == address))
    return person.known_as(found)


def erase(session: Transaction, person: Person) -> dict[str, int]:
    """Erase somebody beside the letters; returns how many of what."""
    done = {
        "contacts": _contacts(session, person),
        **_account(session, person),
        "auditor links": links(session, person),
        "emails": _mails(session, person),
        "emails that came in": _incoming(session, person),
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


def _account(session: Transaction, person: Person) -> dict[str, int]:
    """Empty an account that was deactivated; its row stays, for what they did names it. One that is in use is left."""
    user = account(session, person)
    if user is None:
        return {}
    if user.deactivated_at is None:
        # A restored backup brought it back, or somebody did since this was begun; it may be the last admin's.
        return {"accounts in use, left as they were": 1}
    session.execute(delete(SignInLink).where(SignInLink.user_id == user.id))
    session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))
    session.execute(delete(PastedList).where(PastedList.user_id == user.id))
    user.email, user.name, user.organisation = f"{user.id}@erased.invalid", ERASED, ""
    user.language, user.timezone, user.folded = "", "", texts.folded(ERASED)
    return {"accounts": 1}


def _mails(session: Transaction, person: Person) -> int:
    """Delete emails of no letter: links to sign in, invitations to a campaign."""
    deliveries.cancel_all_to(session, None, person.address)
    settled = sa.and_(Delivery.letter_id.is_(None), sa.not_(Delivery.is_leased))
    theirs = func.lower(Delivery.address) == person.address
    found = list(session.scalars(select(Delivery.id).where(settled, theirs)))
    session.execute(update(Delivery).where(Delivery.id.in_(found)).values(sealed=None, skeleton=None))
    session.execute(delete(Delivery).where(Delivery.id.in_(found)))
    return len(found)


def _incoming(session: Transaction, person: Person) -> int:
    """Forget what came in by mail of no letter; that nothing is sent to their address, by the rule of `blocked`."""
    for known in session.scalars(select(BlockedAddress).where(BlockedAddress.address == person.address)).all():
        blocked.erase(session, known)
    ours = sa.and_(IncomingMail.letter_id.is_(None), func.lower(IncomingMail.sender) == person.address)
    found = list(session.scalars(select(IncomingMail.id).where(ours)))
    session.execute(delete(IncomingMail).where(IncomingMail.id.in_(found)))
    return len(found)


def erase_in_mailbox(folder: Path, person: Person | None, mails: Collection[str]) -> int:
    """
    Delete mails of the local mailbox: those that went to somebody, or name them, and these by their deliveries' ids.

    Returns how many.
    """
    number = 0
    for mail in mailbox.received(folder) if folder.is_dir() else ():
        said = list(said_in(mail.raw))
        of = next((line.partition("<")[2].partition("@")[0] for line in said if line.startswith("Message-ID:")), "")
        theirs = person is not None and (any(map(person.is_at, mail.recipients)) or any(map(person.is_named_in, said)))
        if theirs or of in mails:
            mail.path.unlink(missing_ok=True)
            mail.path.with_suffix(".json").unlink(missing_ok=True)
            number += 1
    return number


def mails_erased(session: Transaction, letters: Sequence[str]) -> set[str]:
    """Return the emails of letters whose words were erased with somebody, as their histories name them."""
    rows = select(LogEntry.entry).where(LogEntry.letter_id.in_(letters), LogEntry.action == actions.PersonErased.NAME)
    abouts = [json.loads(entry)["about"] for entry in session.scalars(rows)]
    return {str(one) for about in abouts for part in ("deliveries", "mails") for one in about.get(part, ())}


def mails_of(session: Transaction, letter_id: str) -> set[str]:
    """Return every email of a letter."""
    return set(session.scalars(select(Delivery.id).where(Delivery.letter_id == letter_id)))
