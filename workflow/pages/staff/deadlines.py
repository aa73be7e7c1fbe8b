"""A deadline as it is typed: a time of the clock in a zone, which comes once, never or twice, and lies ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow.clock import now
from workflow.errors import InputError
from workflow.languages import Message, in_zone, lazy_gettext
from workflow.moments import in_reach, local, shown_by
from workflow.pages.i18n import get_locale


def read(typed: datetime | None, zone: str, kept: datetime | None = None) -> datetime | None:
    """
    Return the deadline that was typed, in a zone that there is; None where none was.

    Of a time that comes twice, for clocks are put back, it is the later one. Raises `InputError` at the field for a
    time that never comes there, and for one that is over, unless it is the one that is `kept`.
    """
    if typed is None:
        return None
    if not in_reach(typed):
        # The act says from when to when a deadline can be.
        return typed.replace(tzinfo=kept.tzinfo if kept else now().tzinfo)
    moments = shown_by(typed, zone)
    if not moments:
        raise InputError(deadline=_skipped(typed, zone))
    same = [moment for moment in moments if kept is not None and moment == kept.replace(second=0, microsecond=0)]
    if kept is not None and same:
        return kept
    if moments[-1] < now():
        raise InputError(
            deadline=lazy_gettext("This deadline is in the past. Enter a later one, or close signing now instead.")
        )
    return moments[-1]


def _skipped(typed: datetime, zone: str) -> Message:
    return lazy_gettext(
        "There is no %(time)s on that day: clocks are put forward over it. The next moment is %(next)s.",
        time=f"{typed:%H:%M}",
        next=in_zone(_next(typed, zone), zone, get_locale()),
    )


def _next(typed: datetime, zone: str) -> datetime:
    """The first full minute after a time that never comes."""
    later = typed
    while not shown_by(later, zone):
        later += timedelta(minutes=1)
    return shown_by(later, zone)[0]


def shown(deadline: datetime | None, zone: str) -> str:
    """Return a deadline as its field takes it."""
    return f"{local(deadline, zone):%Y-%m-%dT%H:%M}" if deadline else ""
