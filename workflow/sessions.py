"""Where staff are signed in. A session is a row: to end it ends every copy of its cookie."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from config.logs import logger
from workflow import visitors
from workflow.database import Database
from workflow.errors import NotCountedError
from workflow.models import SignInLink, StaffSession, User, now
from workflow.transaction import Transaction

LIFETIME = timedelta(hours=12)
"""However much it is used: who works on signs in again each day."""

SEEN_EVERY = timedelta(minutes=5)
KEPT = timedelta(days=1)
"""How long a session that is over stays in the table."""


def begin(session: Transaction, member: User, address: str, agent: str) -> StaffSession:
    """Sign a member of staff in: a new session under a random id of 128 bits, which only the cookie holds."""
    begun = StaffSession(
        id=secrets.token_hex(16),
        user_id=member.id,
        expires_at=now() + LIFETIME,
        browser=visitors.browser(agent),
        network=next(iter(networks_of(session, member.id, address)), ""),
    )
    session.add(begun)
    session.flush()
    return begun


def networks_of(session: Transaction, user_id: str, address: str) -> tuple[str, ...]:
    """Return the keyed hashes of a network, by which a member of staff can tell that a session is from elsewhere."""
    return session.tokens.networks(user_id, visitors.network(address))


def living(session: Transaction, session_id: str) -> StaffSession | None:
    """Return a session that has neither ended nor expired, with its member of staff."""
    found = session.get(StaffSession, session_id, options=[joinedload(StaffSession.user, innerjoin=True)])
    if found is None or found.ended_at is not None or found.user.deactivated_at is not None:
        return None
    return found if found.expires_at > now() else None


def of(session: Transaction, member: User) -> list[StaffSession]:
    """Return where a member of staff is signed in now, the newest first."""
    mine = StaffSession.user_id == member.id, StaffSession.ended_at.is_(None), StaffSession.expires_at > now()
    return list(session.scalars(select(StaffSession).where(*mine).order_by(StaffSession.created_at.desc())))


def end(session: Transaction, member: User, session_id: str) -> int:
    """End one session of a member of staff; returns how many were ended: 0 where it is another's, or was over."""
    return _end(session, member, StaffSession.id == session_id)


def end_others(session: Transaction, member: User, kept_id: str) -> int:
    """End every session of a member of staff but one; returns how many."""
    return _end(session, member, StaffSession.id != kept_id)


def end_all(session: Transaction, member: User) -> int:
    """Sign a member of staff out everywhere, and end the sign-in links that are on their way; returns how many."""
    unspent = SignInLink.user_id == member.id, SignInLink.used_at.is_(None)
    session.execute(update(SignInLink).where(*unspent).values(used_at=now()))
    return _end(session, member)


def _end(session: Transaction, member: User, *which: object) -> int:
    living = StaffSession.user_id == member.id, StaffSession.ended_at.is_(None), StaffSession.expires_at > now()
    ended = update(StaffSession).where(*living, *which).values(ended_at=now())  # type: ignore[arg-type]
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]


def needs_noting(found: StaffSession) -> bool:
    """Whether a session was last seen so long ago that it is worth a write."""
    return now() - found.seen_at > SEEN_EVERY


def note_seen(database: Database, session_id: str) -> None:
    """Keep that a session is in use. Reading goes on where that cannot be written: it only says when, roughly."""
    old = StaffSession.id == session_id, StaffSession.seen_at < now() - SEEN_EVERY
    try:
        with database.relaxed() as connection:
            connection.execute(update(StaffSession).where(*old).values(seen_at=now()))
    except NotCountedError as error:
        logger().warning("session_not_noted", why=type(error).__name__)


def tidy(session: Transaction) -> int:
    """Take sessions off the table that were over a day ago; returns how many."""
    before = now() - KEPT
    over = (StaffSession.expires_at < before) | (StaffSession.ended_at < before)
    return int(session.execute(delete(StaffSession).where(over)).rowcount)  # type: ignore[attr-defined]
