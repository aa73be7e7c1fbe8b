"""How often one may try, counted in the database, so that all processes count together; addresses are hashed."""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from typing import Any

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import Storage
from sqlalchemy import BigInteger, bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from workflow.models import Tries
from workflow.pages.reach import database, settings


class DatabaseStorage(Storage):
    """Counters in the table `tries`, for the `limits` library; a lost count at a crash is no harm."""

    STORAGE_SCHEME = ["database"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the storage raises when the database fails."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: float, amount: int = 1, **kwargs: Any) -> int:
        """Count up and return the count in the present stretch of `expiry` seconds."""
        now = int(time.time())
        given = {"key": _hashed(key), "amount": amount, "now": now, "until": now + int(expiry)}
        with database().counting() as connection:
            return int(connection.scalar(_counted(connection.dialect.name), given) or 0)

    def get(self, key: str) -> int:
        """Return the count in the present stretch; waits for no writer."""
        with database().reading() as session:
            return int(session.scalar(_count, {"key": _hashed(key), "now": int(time.time())}) or 0)

    def get_expiry(self, key: str) -> float:
        """Return when the present stretch ends, in seconds since 1970."""
        with database().reading() as session:
            found = session.scalar(select(Tries.expires_at).where(Tries.key == _hashed(key)))
        return float(found or time.time())

    def check(self) -> bool:
        """Whether the storage can be reached; the request itself finds out."""
        return True

    def reset(self) -> int | None:
        """Forget every count; returns how many there were."""
        with database().counting() as connection:
            return int(connection.execute(delete(Tries)).rowcount)

    def clear(self, key: str) -> None:
        """Forget one count."""
        with database().counting() as connection:
            connection.execute(delete(Tries).where(Tries.key == _hashed(key)))


_count = select(Tries.count).where(Tries.key == bindparam("key"), Tries.expires_at > bindparam("now", type_=BigInteger))


@functools.cache
def _counted(dialect: str) -> Any:
    """The one statement that counts up: it begins anew where the stretch is over."""
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    amount, until, now = (bindparam(name, type_=BigInteger) for name in ("amount", "until", "now"))
    counted = insert(Tries).values(key=bindparam("key"), count=amount, expires_at=until)
    over = Tries.expires_at <= now
    counted = counted.on_conflict_do_update(
        index_elements=[Tries.key],
        set_={
            "count": case((over, amount), else_=Tries.count + amount),
            "expires_at": case((over, until), else_=Tries.expires_at),
        },
    )
    return counted.returning(Tries.count)


def _hashed(key: str) -> str:
    return hmac.new(settings().secret().encode(), f"tries/{key}".encode(), hashlib.sha256).hexdigest()


def by_invitation() -> str:
    """Count by the invitation whose page it is: whoever holds the link, from wherever."""
    return str((request.view_args or {}).get("invitation_id", ""))


def was_refused(answer: Response) -> bool:
    """Count only what was refused: what is recorded can be done once, and need not wait to be counted."""
    return 400 <= answer.status_code < 500


limiter = Limiter(get_remote_address)
