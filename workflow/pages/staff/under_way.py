"""What is being done of a letter just now, in numbers, and why its emails wait."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sqlalchemy import Select, String, bindparam, func, literal, select, union_all

from workflow import pace
from workflow.languages import Words, in_zone, lazy_gettext
from workflow.models import Batch, Delivery, Letter, LogHead
from workflow.pages.i18n import get_locale, gettext
from workflow.transaction import Transaction

HISTORY = "history"
LABELS = {"acts": lazy_gettext("Writing to the co-signers"), "emails": lazy_gettext("Sending emails")}


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that is done piece by piece: how much of it is done."""

    label: Words
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What is being done, and what it waits for."""

    bars: tuple[Bar, ...]
    waits: str
    """Why emails wait, as a sentence; empty: they leave."""
    entries: int
    """How many entries the letter's history had when this was read."""

    @property
    def goes_on(self) -> bool:
        """Whether there is more to see in a moment."""
        return bool(self.bars or self.waits)


def of(session: Transaction, letter: Letter, *, waiting: int) -> UnderWay:
    """Return what is being done of a letter of which so many emails are on their way."""
    found = session.execute(_asked(mailing=waiting > 0), {"letter": letter.id}).all()
    entries = sum(one.done for one in found if one.label == HISTORY)
    bars = tuple(Bar(LABELS[one.label], one.done, one.total) for one in found if one.total)
    return UnderWay(bars=bars, waits=_why(session, letter.timezone) if waiting else "", entries=entries)


def _why(session: Transaction, zone: str) -> str:
    """Why emails wait: nobody sends them, or the mail server has asked for a pause."""
    asked = None if (stalled := pace.stalled(session)) else pace.pause(session)
    if asked is None:
        return stalled
    said = gettext("The mail server asked us to slow down. We go on at %(until)s. It said: %(answer)s")
    return said % {"until": in_zone(asked.until, zone, get_locale()), "answer": asked.answer}


LETTER = bindparam("letter", type_=String())


@functools.cache
def _asked(*, mailing: bool) -> Select[str, int, int]:
    """Ask for the acts that are done in pieces, for the emails that are leaving, and for the size of the history."""
    acts = select(literal("acts").label("label"), Batch.done.label("done"), Batch.total.label("total")).where(
        Batch.letter_id == LETTER, Batch.ended_at.is_(None)
    )
    head = select(literal(HISTORY), LogHead.size, literal(0)).where(LogHead.letter_id == LETTER)
    return select(union_all(acts, head, *([_mailing()] if mailing else [])).subquery())


def _mailing() -> Select[str, int, int]:
    """How many emails have left of those that were queued since the first that is still to leave."""
    first = select(func.min(Delivery.queued_at)).where(Delivery.letter_id == LETTER, Delivery.is_under_way)
    settled = func.count().filter(~Delivery.is_unsettled)
    return select(literal("emails"), settled, func.count()).where(
        Delivery.letter_id == LETTER, ~Delivery.is_cancelled, Delivery.queued_at >= first.scalar_subquery()
    )
