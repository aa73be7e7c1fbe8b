"""
The product's one clock. Pure: it reads the machine's, and nothing of letters is known here.

A clock can be wrong and be put right: by hours at once, in either direction. What a person does goes on all the same;
what a machine does at a time waits until the clock has run evenly for a while (`Watch`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

JUMP = timedelta(minutes=1)
"""By so much the clock may differ from the time that has gone by: synchronising moves it by less."""

SETTLING = timedelta(minutes=10)
"""How long a clock must have run evenly after a jump before anything is done at a time that was set."""


def seconds() -> float:
    """Return the present time in seconds since 1970."""
    return time.time()


def now() -> datetime:
    """Return the present time, aware, in UTC."""
    return datetime.fromtimestamp(seconds(), UTC)


def is_over(moment: datetime | None) -> bool:
    """Whether a time has passed; None never passes."""
    return moment is not None and moment <= now()


def gone_by() -> float:
    """Return seconds that nobody can set back or forward; they run on while the machine sleeps, where it can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Watch:
    """Holds the clock against the time that has gone by, from one look to the next."""

    def __init__(self) -> None:
        self._difference = seconds() - gone_by()
        self._jumped_at: float | None = None
        self._untold = 0.0
        self._told_at: float | None = None

    def jumped(self) -> float:
        """Return by how many seconds the clock has jumped since the last look (0.0: it runs evenly)."""
        difference = seconds() - gone_by()
        by = difference - self._difference
        self._difference = difference
        if abs(by) < JUMP.total_seconds():
            return 0.0
        self._jumped_at = gone_by()
        self._untold += by
        return by

    def to_tell(self) -> int:
        """Return by how many seconds it has jumped since that was put on record; 0: nothing to tell, or not so soon."""
        if self._told_at is not None and gone_by() - self._told_at < SETTLING.total_seconds():
            return 0
        return round(self._untold) if abs(self._untold) >= JUMP.total_seconds() else 0

    def told(self) -> None:
        """Note that it was put on record; what jumps next is told in a while, all together."""
        self._untold, self._told_at = 0.0, gone_by()

    @property
    def is_settled(self) -> bool:
        """Whether the clock has run evenly for long enough."""
        return self._jumped_at is None or gone_by() - self._jumped_at > SETTLING.total_seconds()
