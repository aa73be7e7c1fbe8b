"""Times as a report says them: to the second, in a zone, with how far that is from UTC."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta

from workflow.moments import local


@functools.lru_cache(maxsize=4096)
def said_in(moment: datetime, zone: str, language: str) -> str:
    """Return a time in a zone: 24 November 2026, 15:02:07 UTC+1."""
    there = local(moment, zone)
    return f"{_day(there.year, there.month, there.day, language)}, {there:%H:%M:%S} {_offset(there.utcoffset())}"


@functools.lru_cache(maxsize=512)
def _day(year: int, month: int, day: int, language: str) -> str:
    from babel.dates import format_date

    pattern = "d MMMM y" if language == "en" else "long"
    return format_date(datetime(year, month, day).date(), pattern, locale=language)


def _offset(away: timedelta | None) -> str:
    """UTC, UTC+1, UTC−3:30."""
    minutes = round(away.total_seconds() / 60) if away else 0
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"
