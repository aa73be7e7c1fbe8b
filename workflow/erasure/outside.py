"""
What was erased, kept outside the database: a restored backup brings it back, and it is erased again.

A file for each erasure, in the instance's folder: the address as a keyed hash, the letter by its id; never a name.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from config.logs import logger
from config.settings import Settings
from workflow.history import timestamp
from workflow.models import (
    AuditorLink,
    Base,
    BlockedAddress,
    Contact,
    Delivery,
    Disclosure,
    Erasure,
    IncomingMail,
    Invitation,
    InvitationContact,
    JoinRequest,
    Letter,
    Link,
    Recipient,
    User,
)
from workflow.transaction import Transaction
from workflow.trouble import in_words

FIELDS = ("id", "what", "mark", "letter_id", "campaign_id", "documents", "ground", "actor_role", "actor_key")


def keep(settings: Settings, erasure: Erasure) -> None:
    """Keep an erasure outside the database; a folder that cannot be written to is a line in the log."""
    try:
        _write(settings, erasure)
    except OSError as error:
        logger().error("cannot_keep_erasure", erasure=erasure.id, why=in_words(error) or str(error))


def _write(settings: Settings, erasure: Erasure) -> None:
    said = {name: getattr(erasure, name) for name in FIELDS} | {"begun_at": timestamp(erasure.begun_at)}
    place = settings.erased / f"{erasure.id}.json"
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f".{erasure.id}.{secrets.token_hex(4)}")
    try:
        fresh.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        fresh.replace(place)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def keep_all(session: Transaction) -> None:
    """Keep every erasure of the database that is not kept yet: a process may have ended before it did."""
    known = {path.stem for path in session.settings.erased.glob("*.json")}
    for erasure in session.scalars(select(Erasure)):
        if erasure.id not in known:
            keep(session.settings, erasure)


def to_repeat(session: Transaction) -> list[dict[str, Any]]:
    """Return the erasures that are kept outside and that the database knows nothing of, the oldest first."""
    known = set(session.scalars(select(Erasure.id)))
    found = []
    for path in session.settings.erased.glob("*.json"):
        if path.stem in known:
            continue
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            found.append(
                {**{name: said[name] for name in FIELDS}, "begun_at": datetime.fromisoformat(said["begun_at"])}
            )
        except (OSError, ValueError, KeyError, TypeError):
            logger().error("erasure_unreadable", file=path.name)
    return sorted(found, key=lambda one: (one["begun_at"], one["id"]))


def mark_of(session: Transaction, address: str) -> str:
    """Return the keyed hash by which an address is known again."""
    return session.tokens.keyed("erased", address)


def address_of(session: Transaction, mark: str) -> str | None:
    """Return the address in the database that has this keyed hash, if one has."""
    seen: set[str] = set()
    for address in _addresses(session):
        folded = address.casefold()
        if folded not in seen and session.tokens.has_keyed(mark, "erased", folded):
            return folded
        seen.add(folded)
    return None


def _addresses(session: Transaction) -> Iterator[str]:
    """Give every address that stands anywhere in the tables, some more than once."""
    others = (InvitationContact.email, Link.email)
    for column in (Invitation.email, Invitation.second_email, Contact.email, User.email, AuditorLink.email, *others):
        yield from session.scalars(select(column).distinct())
    yield from session.scalars(select(Recipient.email).distinct())
    for column in (JoinRequest.email, IncomingMail.sender, BlockedAddress.address):
        yield from session.scalars(select(column).distinct())
    yield from session.scalars(select(Delivery.address).distinct())
    for copies in session.scalars(select(Letter.copies)):
        yield from map(str, copies)
    payloads = select(Base.metadata.tables[Disclosure.__tablename__].c.payload)
    for payload in session.scalars(payloads.execution_options(yield_per=500)):
        yield from _with_at(payload)


def _with_at(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        if "@" in said and " " not in said:
            yield said
    elif isinstance(said, dict):
        for part in said.values():
            yield from _with_at(part)
    elif isinstance(said, list):
        for part in said:
            yield from _with_at(part)
