"""The email of a morning to each coordinator who wants it: when it is due, and that it is queued once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, not_, or_, select, update

from workflow.mails import digest
from workflow.mails.happened import happened
from workflow.models import Campaign, Delivery, Membership, User, now
from workflow.moments import local
from workflow.transaction import Transaction

HOUR = 8
"""From what hour on of their morning it is due."""
SETTLING = timedelta(minutes=1)
"""So long ago a thing must have happened to be told: what is being written just now is told the next time."""
SHORTEST = timedelta(hours=HOUR - 1)
"""No two of them are nearer to each other: from midnight to that hour, less what clocks are put forward by."""
TRAVELLED = timedelta(hours=16)
"""After so long it is another morning, though the day bears the same date where somebody has moved to."""
FIRST = timedelta(days=1)
"""How far the first one reaches back, where nobody knows since when it was wanted."""


@dataclass(frozen=True, slots=True)
class Morning:
    """One that is due: to whom, of which stretch of time, and whether there is anything to tell."""

    user_id: str
    zone: str
    told: datetime | None
    """What the account says of the last one: where that is another by now, somebody else was quicker."""
    since: datetime
    until: datetime
    has_news: bool


def wish(session: Transaction, user_id: str, *, wanted: bool) -> None:
    """Let a member of staff have it from the next morning on, or no more; wished for twice, nothing changes."""
    user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    if wanted and not user.digest:
        user.digested_at, user.digested_on = now(), None
    user.digest = wanted


def zone_of(session: Transaction, user: User) -> str:
    """Return in whose morning: their own zone, else that of the campaign that they coordinate longest."""
    return user.timezone or session.scalar(select(_zone()).where(User.id == user.id)) or "UTC"


def _zone() -> ScalarSelect[str]:
    longest = select(Campaign.timezone).join(Membership, Membership.campaign_id == Campaign.id)
    mine = longest.where(Membership.user_id == User.id, Membership.role == "coordinator")
    return mine.order_by(Membership.joined_at, Campaign.id).limit(1).correlate(User).scalar_subquery()


def due(session: Transaction) -> list[Morning]:
    """Return those of this morning that nobody has thought of yet; an account is asked once in a morning."""
    moment = now()
    long_ago = or_(User.digested_at.is_(None), User.digested_at <= moment - SHORTEST, User.digested_at > moment)
    wanting = select(User, _zone()).where(User.digest, User.deactivated_at.is_(None), long_ago).order_by(User.id)
    found = ((user, user.timezone or zone or "UTC") for user, zone in session.execute(wanting))
    return [_morning(session, user, zone, moment) for user, zone in found if _is_due(user, zone, moment)]


def _is_due(user: User, zone: str, moment: datetime) -> bool:
    """Whether their morning has come, and it is another day than that of the last one, in this zone and in that."""
    there, told = local(moment, zone), user.digested_at
    if there.hour < HOUR or told is None or told > moment:
        return there.hour >= HOUR
    is_another = user.digested_on is None or user.digested_on < there.date() or moment - told > TRAVELLED
    return is_another and local(told, zone).date() < there.date()


def _morning(session: Transaction, user: User, zone: str, moment: datetime) -> Morning:
    until = moment - SETTLING
    since = user.digested_at or until - FIRST
    if since > until:
        # The clock was ahead when the last one was written, and has been put back.
        since = until - FIRST
    has_news = bool(happened(session, user.id, since, until))
    return Morning(user.id, zone, user.digested_at, since, until, has_news)


def write(session: Transaction, morning: Morning) -> bool:
    """
    Queue one that is due, and note up to when it tells; returns whether it was queued.

    Both or neither is committed, and whoever comes second finds the account told: there is one in a morning.
    """
    user = session.get_one(User, morning.user_id, with_for_update=True, populate_existing=True)
    if not user.digest or user.digested_at != morning.told:
        return False
    user.digested_at, user.digested_on = morning.until, local(morning.until, morning.zone).date()
    if morning.has_news:
        digest.queue(session, user, morning.zone, morning.since, morning.until)
    return morning.has_news


def forget(session: Transaction, *, unsent: bool = False) -> None:
    """
    Forget the bytes of those that were sent, for they name organisations and people of many letters.

    With `unsent`, those too that wait: they are written anew, from what there is by then.
    """
    written = (Delivery.kind == digest.digest.kind, Delivery.sealed.is_not(None))
    session.execute(update(Delivery).where(*written, not_(Delivery.is_unsettled)).values(sealed=None))
    if unsent:
        session.execute(
            update(Delivery).where(*written, not_(Delivery.is_leased)).values(sealed=None, mime_sha256=None)
        )
