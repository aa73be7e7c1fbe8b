"""What a coordinator is told before they answer a request for more time: whom a later deadline concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from workflow.languages import Words, lazy_gettext
from workflow.models import Invitation, Letter, now
from workflow.moments import local
from workflow.pages.staff import times
from workflow.transaction import Transaction

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAsked:
    """The form of a later deadline."""

    deadline: str
    """The one of now, in words; empty: there is none."""
    proposed: str
    """A week later, as the field takes it."""
    timezone: str
    waiting: int
    """How many have not answered yet."""
    asked: int
    """How many asked for more time."""
    whom: Mapping[str, Words]
    """For whom it can be later."""


WHOM: Mapping[str, Words] = {
    "one": lazy_gettext("For this organisation alone; it is told by email"),
    "all": lazy_gettext("For everybody; you’ll see first who is told"),
}


def of(session: Transaction, letter: Letter) -> TimeAsked:
    """Return what the form of a later deadline shows."""
    counted = select(
        func.count().filter(Invitation.is_to_answer | Invitation.has_lapsed),
        func.count().filter(Invitation.more_time != ""),
    ).where(Invitation.letter_id == letter.id)
    waiting, asked = session.execute(counted).one()
    proposed = local(max(letter.deadline or now(), now()) + WEEK, letter.timezone)
    return TimeAsked(
        deadline=times.in_words(letter.deadline, times.whoever(), letter),
        proposed=f"{proposed:%Y-%m-%dT%H:%M}",
        timezone=letter.timezone,
        waiting=waiting,
        asked=asked,
        whom=WHOM,
    )
