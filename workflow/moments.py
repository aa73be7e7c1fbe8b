"""
Time zones, and times that can be reckoned with.

Pure. A time at the end of the calendar has no month after it and no hour in some zones, so none such is taken in.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

EARLIEST = 2000
AHEAD = 5
"""How many years ahead a time may be set."""
_FIRST, _LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
_OF_THIS_MACHINE = {"localtime", "posixrules", "Factory"}
"""Names that mean another zone, or none, on another machine."""


@functools.cache
def zones() -> frozenset[str]:
    """Return the names of the zones that mean the same everywhere."""
    return frozenset(available_timezones() - _OF_THIS_MACHINE)


def in_reach(moment: datetime) -> bool:
    """Whether a time, aware or not, is one that a letter can have: neither long past nor far ahead."""
    return EARLIEST <= moment.year <= datetime.now(UTC).year + AHEAD


def local(moment: datetime, zone: str) -> datetime:
    """Return an aware time in a zone; one at the end of the calendar, that was taken in once, as the last that is."""
    return min(max(moment, _FIRST), _LAST).astimezone(ZoneInfo(zone))


def shown_by(clock: datetime, zone: str) -> tuple[datetime, ...]:
    """
    Return the moments at which the clocks of a zone show a time, the earlier first.

    One as a rule; none where they are put forward over it, two where they are put back to it.
    """
    there = ZoneInfo(zone)
    found = {
        fold: clock.replace(tzinfo=there, fold=fold).astimezone(UTC)
        for fold in (0, 1)
        if clock.replace(tzinfo=there, fold=fold).astimezone(UTC).astimezone(there).replace(tzinfo=None) == clock
    }
    return tuple(sorted(set(found.values())))


def days_after(moment: datetime, days: int, zone: str) -> datetime:
    """
    Return the time at which the clocks of a zone show the same, some days later.

    Of a time that comes twice on that day it is the later one; one that never comes is as much later as clocks are put.
    """
    clock = local(moment, zone).replace(tzinfo=None) + timedelta(days=days)
    found = shown_by(clock, zone)
    return found[-1] if found else clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def after(moment: datetime, time: timedelta) -> datetime:
    """Return the time that is some time after another, or the last that there is."""
    return moment + time if moment < _LAST - time else _LAST
