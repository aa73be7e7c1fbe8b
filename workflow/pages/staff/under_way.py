"""What is being done of a letter just now, in numbers, and why its emails wait."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sqlalchemy import Select, String, bindparam, func, select

from workflow import pace
from workflow.languages import in_zone
from workflow.models import Batch, Delivery, Letter
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that is done piece by piece: how much of it is done."""

    label: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What is being done, and what it waits for."""

    bars: tuple[Bar, ...]
    waits: str
    """Why emails wait, as a sentence; empty: they leave."""

    @property
    def goes_on(self) -> bool:
        """Whether there is more to see in a moment."""
        return bool(self.bars or self.waits)


def of(session: Transaction, letter: Letter, *, waiting: int) -> UnderWay:
    """Return what is being done of a letter of which so many emails are on their way."""
    prepared = tuple(
        Bar(label="Preparing emails", done=batch.done, total=batch.total)
        for batch in session.execute(_batches(), {"letter": letter.id})
    )
    mailed = _mailed(session, letter) if waiting else None
    why = _why(session, letter.campaign.timezone) if waiting else ""
    return UnderWay(bars=(*prepared, *([mailed] if mailed else [])), waits=why)


def _why(session: Transaction, zone: str) -> str:
    """Why emails wait: nobody sends them, or the mail server has asked for a pause."""
    asked = None if (stalled := pace.stalled(session)) else pace.pause(session)
    if asked is None:
        return stalled
    return f"The mail server asked us to slow down. We go on at {in_zone(asked.until, zone)}. It said: {asked.answer}"


def _mailed(session: Transaction, letter: Letter) -> Bar | None:
    """How many emails have left of those that were queued since the first that is still to leave."""
    done, total, waiting = session.execute(_mailing(), {"letter": letter.id}).one()
    return Bar(label="Sending emails", done=done, total=total) if waiting else None


LETTER = bindparam("letter", type_=String())


@functools.cache
def _batches() -> Select[int, int]:
    query = select(Batch.done, Batch.total).where(Batch.letter_id == LETTER, Batch.ended_at.is_(None))
    return query.order_by(Batch.created_at)


@functools.cache
def _mailing() -> Select[int, int, int]:
    first = select(func.min(Delivery.queued_at)).where(Delivery.letter_id == LETTER, Delivery.is_under_way)
    settled, leaving = func.count().filter(~Delivery.is_unsettled), func.count().filter(Delivery.is_under_way)
    return select(settled, func.count(), leaving).where(
        Delivery.letter_id == LETTER, ~Delivery.is_cancelled, Delivery.queued_at >= first.scalar_subquery()
    )
