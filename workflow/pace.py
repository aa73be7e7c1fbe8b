"""How fast mails may leave: so many a minute, pauses that the mail server asked for, and whether anybody sends them."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from config.logs import logger
from workflow.models import Delivery, MailPause, WorkerSeen, now
from workflow.transaction import Transaction

MINUTE = timedelta(minutes=1)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
SEEN = timedelta(minutes=1)
"""How long a process that runs the jobs counts as running after it was last seen: it says so every few seconds."""

_LOCK = 0x756E6D61696C
"""The lock under which processes on PostgreSQL count what was sent in the last minute."""

_BEGUN = time.monotonic()

NO_WORKER = (
    "Emails wait: no process that runs the jobs has been seen for a minute. Start one with: flask worker (on SQLite "
    "the web server is one)."
)
NO_SERVER = "Emails wait: no mail server is set. Set UNDERSIGNED_SMTP_URL."


# --- so many a minute -------------------------------------------------------------------------------------------------


def room(session: Transaction, most: int) -> int:
    """Return how many mails may be claimed now: at most `most`, and what a minute's number leaves after the last."""
    a_minute = session.settings.mails_per_minute
    if not a_minute:
        return most
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    moment = now()
    counted = select(func.count()).where(Delivery.claimed_at > moment - MINUTE, Delivery.claimed_at <= moment)
    return max(0, min(most, a_minute - (session.scalar(counted) or 0)))


def room_for_mailings(session: Transaction, left: int) -> int:
    """Return how many of `left` mailings may take: a tenth of a minute's mails is kept for what somebody waits for."""
    return max(0, left - session.settings.mails_per_minute // 10)


# --- pauses -----------------------------------------------------------------------------------------------------------


def pause(session: Transaction) -> MailPause | None:
    """Return the pause that the mail server has asked for, while it lasts."""
    known = session.get(MailPause, 1, populate_existing=True)
    return known if known is not None and _lasts(known) else None


def _lasts(known: MailPause) -> bool:
    """Whether a pause is not over; one that ends further ahead than any can was set by a clock that ran fast."""
    return now() < known.until <= now() + 2 * LONGEST_PAUSE


def slow_down(session: Transaction, answer: str) -> MailPause:
    """
    Pause all sending, for the mail server asked for it: each time longer until it takes a mail again.

    Those that were under way when it began add nothing to it.
    """
    known = session.get(MailPause, 1, populate_existing=True, with_for_update=True)
    if known is not None and _lasts(known):
        return known
    times = known.in_a_row + 1 if known else 1
    lasts = min(FIRST_PAUSE * 2 ** min(times - 1, 20), LONGEST_PAUSE) * random.uniform(0.8, 1.2)
    paused = {"until": now() + lasts, "answer": answer, "in_a_row": times}
    insert_ = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    upsert = insert_(MailPause).values(id=1, **paused)
    session.execute(upsert.on_conflict_do_update(index_elements=[MailPause.id], set_=paused))
    known = session.get_one(MailPause, 1, populate_existing=True)
    logger().warning("mail_pause", seconds=round(lasts.total_seconds()), answer=answer, in_a_row=times)
    return known


def go_on(session: Transaction) -> None:
    """End a pause that is over: the mail server has taken a mail since."""
    session.connection().execute(_OVER, {"moment": now()})


_OVER = delete(cast(Table, MailPause.__table__)).where(MailPause.until <= bindparam("moment"))


# --- who sends --------------------------------------------------------------------------------------------------------


def seen(connection: Connection, name: str, *, sends: bool) -> None:
    """Note that a process runs the jobs now, and forget those that ended over a day ago."""
    moment = now()
    noted = update(WorkerSeen).where(WorkerSeen.name == name).values(seen_at=moment, sends=sends)
    if not connection.execute(noted).rowcount:
        connection.execute(insert(WorkerSeen).values(name=name, seen_at=moment, sends=sends))
        connection.execute(delete(WorkerSeen).where(WorkerSeen.seen_at < moment - timedelta(days=1)))


def stalled(session: Transaction) -> str:
    """Return why mails wait, as a sentence: nobody runs the jobs, or nobody has a mail server; empty: they leave."""
    moment = now()
    known = session.execute(select(WorkerSeen.seen_at, WorkerSeen.sends)).all()
    alive = [one.sends for one in known if moment - SEEN < one.seen_at < moment + SEEN]
    if any(alive):
        return ""
    if alive:
        return NO_SERVER
    # A process that is to run the jobs itself may only just have been started: it gets a minute.
    is_starting = not known or time.monotonic() - _BEGUN < SEEN.total_seconds()
    return "" if session.settings.runs_jobs and is_starting else NO_WORKER
