"""How long a campaign keeps its letters once they are over; then they are erased, but for those under a legal hold."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from config.logs import logger
from workflow.database import Database
from workflow.erasure.acts import begin_letter
from workflow.errors import RefusedError
from workflow.history import SYSTEM, actions
from workflow.models import Campaign, Erasure, Letter, LogEntry, now
from workflow.transaction import Transaction

EVERY_SECONDS = 600.0
"""So often it is looked what is due: nobody minds ten minutes in years."""

ENDS = (actions.LetterSent.NAME, actions.LetterWithdrawn.NAME)

_looked: dict[int, float] = {}
"""When each database of this process was looked at last, by a clock that nobody sets."""


def ended_at(session: Transaction, letter_id: str) -> datetime | None:
    """Return when a letter was sent or withdrawn, as its history says; None for one that is not over."""
    query = select(func.max(LogEntry.at)).where(LogEntry.letter_id == letter_id, LogEntry.action.in_(ENDS))
    return session.scalar(query)


def due(session: Transaction) -> list[str]:
    """Return the letters whose time is over."""
    return [row.id for row in _kept_for_a_time(session) if _is_over(session, row)]


def _kept_for_a_time(session: Transaction) -> list[Any]:
    begun = select(Erasure.id).where(Erasure.letter_id == Letter.id, Erasure.what == "letter")
    query = select(Letter.id, Campaign.retention_days).join(Campaign, Campaign.id == Letter.campaign_id)
    query = query.where(Campaign.retention_days.is_not(None), Letter.erased_at.is_(None), Letter.legal_hold == "")
    query = query.where(or_(Letter.is_sent, Letter.is_withdrawn), ~begun.where(Erasure.ended_at.is_(None)).exists())
    return list(session.execute(query.order_by(Letter.id)).all())


def _is_over(session: Transaction, row: Any) -> bool:
    end = ended_at(session, row.id)
    return end is not None and end + timedelta(days=row.retention_days or 0) <= now()


def begin_due(database: Database, every: float = EVERY_SECONDS) -> int:
    """Begin to erase each letter whose time is over; returns how many. To be asked only while the clock is settled."""
    last = _looked.get(id(database))
    if last is not None and time.monotonic() - last < every:
        return 0
    _looked[id(database)] = time.monotonic()
    with database.reading() as session:
        over = due(session)
    begun = 0
    for letter_id in over:
        try:
            with database.writing() as session:
                begin_letter(session, letter_id, "retention", SYSTEM)
            begun += 1
        except RefusedError as refused:
            logger().info("not_due_any_more", why=str(refused))
    return begun
