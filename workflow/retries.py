"""When a mail is tried again. Times that lie further ahead than they can were set by a clock that ran fast."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from workflow.mails.registry import MAILS, held
from workflow.models import Delivery, now

WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))
"""
How long to wait after each refusal for now; the last one repeats. Varied by a fifth either way.

RFC 5321 asks for half an hour at least; the first ones are shorter for greylisting, which asks for some minutes.
"""

WHEN_UNCERTAIN = timedelta(minutes=15)
"""How long to wait after an answer that was lost."""

LONGEST = WAITS[-1] * 2


def after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts, counted from 1."""
    return WAITS[min(attempts, len(WAITS)) - 1] * random.uniform(0.8, 1.2)


def has_come() -> ColumnElement[bool]:
    """Whether a mail's time has come, for a query: a new one's has at once, unless it is held."""
    at_once = and_(Delivery.is_queued, Delivery.kind.not_in(held()))
    return or_(at_once, Delivery.next_at <= now(), Delivery.next_at > now() + LONGEST)


def is_due(delivery: Delivery) -> bool:
    """Whether a mail's time has come."""
    return (delivery.is_queued and delivery.kind not in held()) or not now() < delivery.next_at <= now() + LONGEST


def is_over(kind: str, queued_at: datetime) -> bool:
    """Whether a mail of a kind was tried for as long as that kind is."""
    return now() - queued_at > MAILS[kind].limit
