"""A picture of progress: how many have signed, over time, against the deadline; with a table of the same numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, cast, func, select

from workflow.clock import now
from workflow.languages import day_in_words, direction
from workflow.models import Invitation, Letter, Signoff
from workflow.moments import local
from workflow.pages.i18n import get_locale
from workflow.pages.kept import Kept
from workflow.transaction import Transaction

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 32, 22, 24
"""What is left free around the picture, in its own units: the numbers stand to the left, the days below."""

BY_HOUR = timedelta(days=3)
"""What took no longer than this is told by the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: a day or an hour, how many signed then, and how many had by then."""

    when: str
    signed: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line across the picture, where it is, and what is written beside it."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that is drawn, in the picture's own units."""

    width: int
    height: int
    bottom: int
    area: str
    """The corners below the line, as an SVG polygon has them."""
    line: str
    start: Mark
    deadline: Mark | None
    now: Mark | None
    heights: tuple[Mark, ...]
    minimum: float | None
    """Where the least number that is needed lies."""
    left: int
    right: int
    numbers: int
    """Where the numbers stand."""
    signed: int
    asked: int
    needed: int
    by_hour: bool
    rows: tuple[Row, ...]


Hours = tuple[tuple[datetime, int], ...]
_kept: Kept[tuple[str, int], Hours] = Kept(128)
"""By the letter, and how many entries its history has."""


def of(session: Transaction, letter: Letter, entries: int, asked: int, zone: str) -> Picture | None:
    """
    Return the picture of a letter that is or was open for signature; None where nobody has signed its text.

    `entries` is how many its history has: until there are more, the numbers are kept.
    """
    if letter.is_draft or letter.is_in_review or letter.revision is None:
        return None
    hours = _kept.get((letter.id, entries), lambda: _hours(session, letter))
    if not hours:
        return None
    return _picture(hours, letter, asked, zone)


# --- what is asked of the database ------------------------------------------------------------------------------------


def _hours(session: Transaction, letter: Letter) -> Hours:
    """How many of the sign-offs that count were given in each hour in which any was: rows of hours, not of people."""
    given = {"letter": letter.id, "digest": letter.revision.digest if letter.revision else ""}
    found = session.execute(_by_hour(session.get_bind().dialect.name), given)
    return tuple((datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC), number) for hour, number in found)


@functools.cache
def _by_hour(dialect: str) -> Select[*tuple[Any, ...]]:
    hour: ColumnElement[str]
    if dialect == "postgresql":
        hour = func.to_char(func.timezone("UTC", Signoff.signed_at), "YYYY-MM-DD HH24")
    else:
        hour = func.substr(cast(Signoff.signed_at, String), 1, len("2026-01-31 18"))
    return (
        select(hour.label("hour"), func.count())
        .join(Invitation, Invitation.id == Signoff.invitation_id)
        .where(
            Invitation.letter_id == bindparam("letter"),
            Invitation.can_count,
            Signoff.digest == bindparam("digest"),
            Signoff.retracted_at.is_(None),
        )
        .group_by("hour")
        .order_by("hour")
    )


# --- what is drawn ----------------------------------------------------------------------------------------------------


class _Scale:
    """From times and numbers to places in the picture; in a right-to-left page, time runs to the left."""

    def __init__(self, first: datetime, last: datetime, most: int) -> None:
        self.first, self.span, self.most = first, max((last - first).total_seconds(), 1.0), max(most, 1)
        self.mirrored = direction(get_locale()) == "rtl"

    def x(self, moment: datetime) -> float:
        across = LEFT + (WIDTH - LEFT - RIGHT) * (moment - self.first).total_seconds() / self.span
        return round(WIDTH - across if self.mirrored else across, 1)

    def y(self, number: int) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / self.most, 1)


def _picture(hours: Hours, letter: Letter, asked: int, zone: str) -> Picture:
    frozen = letter.revision.frozen_at if letter.revision else hours[0][0]
    first = min(frozen, hours[0][0])
    signed = sum(number for _, number in hours)
    until = now() if letter.is_before_approval else hours[-1][0] + timedelta(hours=1)
    last = max(until, letter.deadline) if letter.deadline else until
    scale = _Scale(first, last, max(asked, signed, letter.minimum))
    corners = list(_corners(hours, scale, until))
    ground = scale.y(0)
    by_hour = hours[-1][0] - hours[0][0] <= BY_HOUR
    tops = sorted({signed, max(asked, signed)})
    return Picture(
        width=WIDTH,
        height=HEIGHT,
        bottom=HEIGHT - BOTTOM,
        area=_points([(scale.x(first), ground), *corners, (corners[-1][0], ground)]),
        line=_points([(scale.x(first), ground), *corners]),
        start=Mark(at=scale.x(first), label=_day(first, zone)),
        deadline=Mark(at=scale.x(letter.deadline), label=_day(letter.deadline, zone)) if letter.deadline else None,
        now=Mark(at=scale.x(now()), label="") if letter.is_before_approval and now() < last else None,
        heights=tuple(Mark(at=scale.y(number), label=f"{number:,}") for number in (0, *tops)),
        minimum=scale.y(letter.minimum) if letter.minimum > 1 else None,
        left=RIGHT if scale.mirrored else LEFT,
        right=WIDTH - LEFT if scale.mirrored else WIDTH - RIGHT,
        numbers=WIDTH - LEFT + 17 if scale.mirrored else LEFT - 17,
        signed=signed,
        asked=asked,
        needed=letter.minimum,
        by_hour=by_hour,
        rows=tuple(_rows(hours, zone, by_hour)),
    )


def _corners(hours: Hours, scale: _Scale, until: datetime) -> Iterator[tuple[float, float]]:
    """Give the corners of a line that rises where somebody signed, and is level between."""
    total = 0
    for hour, number in hours:
        yield scale.x(max(hour, scale.first)), scale.y(total)
        total += number
        yield scale.x(max(hour, scale.first)), scale.y(total)
    yield scale.x(until), scale.y(total)


def _points(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners)


def _rows(hours: Hours, zone: str, by_hour: bool) -> Iterator[Row]:
    told: dict[tuple[date, int], int] = {}
    for hour, number in hours:
        there = local(hour, zone)
        key = (there.date(), there.hour if by_hour else 0)
        told[key] = told.get(key, 0) + number
    total = 0
    for (day, hour_of_day), number in told.items():
        total += number
        when = day_in_words(day, get_locale())
        yield Row(when=f"{when}, {hour_of_day:02}:00" if by_hour else when, signed=number, total=total)


def _day(moment: datetime, zone: str) -> str:
    from babel.dates import format_date

    return str(format_date(local(moment, zone).date(), "d MMM", locale=get_locale()))
