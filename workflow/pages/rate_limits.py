"""
How often one may try, counted in the database, so that all processes count together; addresses are hashed.

What is counted is what can be attacked. Acts count by what the one who acts has shown: the link that this browser
holds, or the member of staff. A network counts for its guesses, and for nothing else: thousands of people may be
behind one address, or behind a proxy that does not say who they are.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import Any

from flask import Response, g, request, session
from flask_limiter import Limiter
from flask_login import current_user
from limits import RateLimitItem, parse
from limits.storage import Storage
from sqlalchemy import BigInteger, bindparam, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from config.logs import logger
from workflow import clock
from workflow.errors import NotCountedError
from workflow.instance import instance
from workflow.models import RateLimitCounter
from workflow.pages.context import reader

GUESSES = parse("20 per 10 minutes")
"""Links that nobody was ever sent, tried from one network."""

OPENED = "links"
"""The session's note of which link opened which invitation in this browser."""


class DatabaseStorage(Storage):
    """Counters in the table `tries`, for the `limits` library; a lost count at a crash is no harm."""

    STORAGE_SCHEME = ["database"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the storage raises when the database fails."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: float, amount: int = 1, **kwargs: Any) -> int:
        """Count up and return the count in the present stretch of `expiry` seconds; 0 where it cannot be counted."""
        now = int(clock.seconds())
        given = {"key": _hashed(key), "amount": amount, "now": now, "until": now + int(expiry)}
        try:
            with instance().database.relaxed() as connection:
                return int(connection.scalar(_counted(connection.dialect.name), given) or 0)
        except NotCountedError as error:
            logger().warning("try_not_counted", why=str(error))
            return 0

    def give_back(self, key: str) -> None:
        """Count one less in the present stretch, where anything is counted."""
        whose = (RateLimitCounter.key == _hashed(key), RateLimitCounter.expires_at > int(clock.seconds()))
        fewer = update(RateLimitCounter).where(*whose, RateLimitCounter.count > 0)
        try:
            with instance().database.relaxed() as connection:
                connection.execute(fewer.values(count=RateLimitCounter.count - 1))
        except NotCountedError as error:
            logger().warning("try_not_given_back", why=str(error))

    def get(self, key: str) -> int:
        """Return the count in the present stretch; waits for no writer, and is 0 where it cannot be read."""
        given = {"key": _hashed(key), "now": int(clock.seconds())}
        if "reader" in g:
            # The one reading that every request of a co-signer begins with, which waits for nobody either.
            return int(reader().connection().scalar(_count, given) or 0)
        try:
            with instance().database.relaxed_reading() as connection:
                return int(connection.scalar(_count, given) or 0)
        except NotCountedError as error:
            logger().warning("count_not_read", why=str(error))
            return 0

    def get_expiry(self, key: str) -> float:
        """Return when the present stretch ends, in seconds since 1970."""
        with instance().database.relaxed_reading() as connection:
            found = connection.scalar(select(RateLimitCounter.expires_at).where(RateLimitCounter.key == _hashed(key)))
        return float(found or clock.seconds())

    def check(self) -> bool:
        """Whether the storage can be reached; the request itself finds out."""
        return True

    def reset(self) -> int | None:
        """Forget every count; returns how many there were."""
        with instance().database.relaxed() as connection:
            return int(connection.execute(delete(RateLimitCounter)).rowcount)

    def clear(self, key: str) -> None:
        """Forget one count."""
        with instance().database.relaxed() as connection:
            connection.execute(delete(RateLimitCounter).where(RateLimitCounter.key == _hashed(key)))


_count = select(RateLimitCounter.count).where(
    RateLimitCounter.key == bindparam("key"), RateLimitCounter.expires_at > bindparam("now", type_=BigInteger)
)


@functools.cache
def _counted(dialect: str) -> Any:
    """The one statement that counts up: it begins anew where the stretch is over."""
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    amount, until, now = (bindparam(name, type_=BigInteger) for name in ("amount", "until", "now"))
    counted = insert(RateLimitCounter).values(key=bindparam("key"), count=amount, expires_at=until)
    over = RateLimitCounter.expires_at <= now
    counted = counted.on_conflict_do_update(
        index_elements=[RateLimitCounter.key],
        set_={
            "count": case((over, amount), else_=RateLimitCounter.count + amount),
            "expires_at": case((over, until), else_=RateLimitCounter.expires_at),
        },
    )
    return counted.returning(RateLimitCounter.count)


def _hashed(key: str) -> str:
    return instance().database.tokens.counter(key)


def guessed(what: str) -> bool:
    """Count a guess of the network that this request comes from; whether there were too many, and none is answered."""
    whom = (what, by_network())
    if not limiter.limiter.test(GUESSES, *whom):
        return True
    limiter.limiter.hit(GUESSES, *whom)
    return False


def give_back(limit: RateLimitItem, *whom: str) -> None:
    """Count one less of whom a limit is for: whoever was counted has shown that it is not for them."""
    storage = limiter.storage
    if isinstance(storage, DatabaseStorage):
        storage.give_back(limit.key_for(*whom))


def by_network() -> str:
    """Count by the network: an IPv4 address (more would be neighbours), the 64 bits of IPv6 that one line is given."""
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    found = getattr(found, "ipv4_mapped", None) or found
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def by_link() -> str:
    """Count by the link that this browser holds; that it lives was found out before (`pages`)."""
    return str(session.get(OPENED, {}).get((request.view_args or {}).get("invitation_id"), "none"))


def by_member() -> str:
    """Count by the member of staff who is signed in."""
    return str(current_user.session.user_id) if current_user.is_authenticated else "nobody"


def was_refused(answer: Response) -> bool:
    """Count only what was refused: what is recorded can be done once, and need not wait to be counted."""
    return 400 <= answer.status_code < 500


limiter = Limiter(by_network)
