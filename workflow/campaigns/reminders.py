"""
Whoever has not answered is reminded: so many days before the deadline, at nine in their morning, or by hand.

What is on the tables decides, under the letter's lock: when an organisation was last written to, how often it was
reminded of this text, and whether its emails arrive. So nothing is sent twice, whoever runs this and however often; and
who was away sends one for all the mornings that have passed.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Row,
    Select,
    Update,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from workflow import deliveries, history
from workflow.blocked import is_blocked
from workflow.campaigns import reminding, rounds
from workflow.campaigns.readers import LISTED, Reader, Readers
from workflow.campaigns.silent import Silent, of_these, read, silent
from workflow.history import SYSTEM, actions
from workflow.languages import known
from workflow.mails import reminder
from workflow.mails.registry import following_the_text, stoppable
from workflow.models import (
    Delivery,
    Invitation,
    InvitationContact,
    Letter,
    Link,
    LogHead,
    Organisation,
    Proposal,
    now,
)
from workflow.moments import local
from workflow.states.deadlines import due as by_when
from workflow.transaction import Transaction, lock_letter

HOUR = 9
"""At which hour of their clock they are reminded."""
MOST = 5
"""How often an organisation is reminded of one text, by whatever way."""
APART = timedelta(hours=20)
"""No organisation is reminded twice within so long; nor for a morning so shortly before which it was written to."""
LEFT_OUT = ("stopped", "returned", "recent", "enough", "waiting", "unreachable")
"""Why somebody who is silent is not reminded: see `Found.left_out`."""


def at_nine(day: date, zone: str) -> datetime:
    """Return the moment at which it is nine in a zone on a day."""
    return datetime.combine(day, time(HOUR), ZoneInfo(zone)).astimezone(UTC)


@functools.lru_cache(maxsize=1024)
def mornings(days: tuple[int, ...], deadline: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the moments of a schedule before a deadline, by the calendar of a zone, the earliest first."""
    last = local(deadline, zone).date()
    moments = (at_nine(last - timedelta(days=before), zone) for before in days)
    return tuple(sorted(moment for moment in moments if moment < deadline))


def last_morning(row: Letter | Row[Any], deadline: datetime | None, zone: str, at: datetime) -> datetime | None:
    """
    Return the last moment of a letter's schedule that has come, for one deadline and zone; None: none that counts.

    None counts any more once the deadline is over, nor one that had passed when the schedule was set.
    """
    if deadline is None or deadline <= at:
        return None
    come = [moment for moment in mornings(tuple(row.reminders), deadline, zone) if moment <= at]
    since = row.reminders_since
    return come[-1] if come and (since is None or since <= come[-1]) else None


# --- to whom, and to whom not -----------------------------------------------------------------------------------------


class Person(NamedTuple):
    """One person to remind: of a silent organisation, at an address, by their own link."""

    of: Silent
    link_id: str
    address: str
    contact_id: str | None
    """Which other contact they are; None: the first, or who confirms and is none."""
    name: str | None
    """Of whoever is not the first contact."""
    confirms: bool
    """Somebody has proposed to sign, and they are to confirm it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a reminder goes to."""

    people: tuple[Person, ...]
    left_out: Mapping[str, tuple[str, ...]]
    """
    The silent organisations that get none, by why: `stopped` by the coordinator or by who gets it, mail `returned` or
    the address blocked, `recent`ly reminded, reminded often `enough`, the mail that asks is `waiting`, no link or
    deadline that lives (`unreachable`).
    """

    @property
    def organisations(self) -> tuple[str, ...]:
        """The ids of the invitations that are reminded, in the order of the list."""
        return tuple(dict.fromkeys(one.of.id for one in self.people))


def by_hand(session: Transaction, row: Letter, ids: Sequence[str] | None = None) -> Found:
    """Return whom a reminder by hand goes to now, of all who are silent or of some."""
    return _reached(session, row, silent(session, row, ids), ids)


def due(session: Transaction, row: Letter, ids: Sequence[str] | None = None) -> list[Person]:
    """Return who is to be reminded now by the letter's schedule, of all who are silent or of some."""
    at = now()
    if not row.reminders:
        return []
    moments: dict[tuple[datetime | None, str], datetime | None] = {}
    these = []
    for one in silent(session, row, ids):
        when = one.deadline, one.zone
        if when not in moments:
            moments[when] = last_morning(row, *when, at)
        moment = moments[when]
        if moment is not None and one.written_at is not None and one.written_at < moment - APART:
            these.append(one)
    return list(_reached(session, row, these, ids).people)


def _reached(session: Transaction, row: Letter, these: Sequence[Silent], ids: Sequence[str] | None) -> Found:
    """
    Sort out who may not be reminded, and find the links and addresses of the others: few statements for all.

    `these` are all of a letter's, or are among `ids`.
    """
    left_out: dict[str, list[str]] = {why: [] for why in LEFT_OUT}
    may, at = [], now()
    for one in these:
        why = _why_not(one, at)
        if why:
            left_out[why].append(one.id)
        else:
            may.append(one)
    if ids is not None or not may:
        ids = [one.id for one in may]
    people, lost = list[Person](), _lost(session, row, ids)
    for one, found in _people(session, row, may, ids):
        living = [held for held in found if rounds.runs_out(one.deadline, held.made) > at]
        wanting = [held.person for held in living if not held.stopped]
        arriving = [person for person in wanting if not lost or (one.id, person.address.lower()) not in lost]
        people += arriving
        if not arriving:
            left_out["returned" if wanting else "stopped" if living else "unreachable"].append(one.id)
    return Found(tuple(people), {why: tuple(some) for why, some in left_out.items() if some})


def _why_not(one: Silent, at: datetime) -> str:
    if reminding.is_stopped_by_coordinator(one.stopped):
        return "stopped"
    if one.deadline is not None and one.deadline <= at:
        return "unreachable"
    if one.waits:
        return "waiting"
    if one.times >= MOST:
        return "enough"
    return "recent" if one.reminded_at is not None and one.reminded_at > at - APART else ""


class _Held(NamedTuple):
    """A link in somebody's hands."""

    person: Person
    made: datetime
    stopped: bool
    """They want no reminders."""


def _people(
    session: Transaction, row: Letter, these: Sequence[Silent], ids: Sequence[str] | None
) -> Iterable[tuple[Silent, list[_Held]]]:
    """Yield of each organisation who holds a link that can answer, or that confirms what somebody proposed."""
    of_some = ids is not None
    confirming = dict(tuple(one) for one in read(session, _confirming(of_some), row, ids))
    of_each: dict[str, list[Any]] = {}
    for link in read(session, _links(of_some), row, ids):
        of_each.setdefault(link[1], []).append(link)
    for one in these:
        wanted, seen = confirming.get(one.id), set[str | None]()
        found = []
        for link in of_each.get(one.id, ()):
            link_id, _, made, contact_id, purpose, no_reminders, own, own_name, first, other = link[:10]
            other_name, removed_at, other_stopped = link[10:]
            is_wanted = link_id == wanted if wanted else purpose == "answer"
            if not is_wanted or removed_at is not None or contact_id in seen:
                continue
            seen.add(contact_id)
            address = own or other or first
            if address:
                name = own_name if own else other_name
                is_first = contact_id is None and not own
                stopped = reminding.is_stopped_by_contact(one.stopped) if is_first else other_stopped or no_reminders
                person = Person(one, link_id, address, contact_id, name, wanted is not None)
                found.append(_Held(person, made, bool(stopped)))
        yield one, found


@functools.cache
def _confirming(of_some: bool) -> Select[*tuple[Any, ...]]:
    query = select(Proposal.invitation_id, Proposal.confirming_link_id).join(Invitation)
    return query.where(of_these(of_some, Invitation.letter_id, Proposal.invitation_id), Proposal.outcome == "")


@functools.cache
def _links(of_some: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Link.id,
            Link.invitation_id,
            Link.created_at,
            Link.contact_id,
            Link.purpose,
            Link.no_reminders,
            Link.email,
            Link.name,
            Invitation.email.label("first"),
            InvitationContact.email.label("other"),
            InvitationContact.name.label("other_name"),
            InvitationContact.removed_at,
            InvitationContact.no_reminders.label("other_stopped"),
        )
        .join(Invitation, Invitation.id == Link.invitation_id)
        .outerjoin(InvitationContact, InvitationContact.id == Link.contact_id)
        .where(of_these(of_some, Invitation.letter_id, Link.invitation_id), Link.revoked_at.is_(None))
        .where(Link.purpose.in_(("answer", "confirm")))
        .order_by(Link.created_at.desc())
    )


def _lost(session: Transaction, row: Letter, ids: Sequence[str] | None) -> set[tuple[str, str]]:
    """Return (invitation, address in small letters) where the last mail came back, or whose address is blocked."""
    came_back, arrived, blocked = _arriving(ids is not None)
    returned = {(str(of), to): at for of, to, at in read(session, came_back, row, ids)}
    if returned:
        for of, to, at in read(session, arrived, row, ids):
            if (of, to) in returned and returned[of, to] < at:
                del returned[of, to]
    return returned.keys() | {(of, to) for of, to in read(session, blocked, row, ids)}


@functools.cache
def _arriving(of_some: bool) -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return the queries for when a mail last came back from an address, when one arrived, and what is blocked."""
    address, of = func.lower(Delivery.address), of_these(of_some, Delivery.letter_id, Delivery.invitation_id)
    last = select(Delivery.invitation_id, address, func.max(Delivery.queued_at))
    last = last.where(of, Delivery.invitation_id.is_not(None)).group_by(Delivery.invitation_id, address)
    blocked = select(Delivery.invitation_id, address).where(of, Delivery.invitation_id.is_not(None), is_blocked())
    return last.where(Delivery.is_returned), last.where(Delivery.is_accepted), blocked.distinct()


# --- reminding --------------------------------------------------------------------------------------------------------


EARLY = timedelta(days=2)
"""A morning is no sooner than so long before the same time of another zone."""
AGAIN_SECONDS = 600.0
"""After so long it is looked once more who is due, though no morning has come and nothing was recorded since."""


class _Looked(NamedTuple):
    """What was found of a letter in which nobody was due."""

    size: int
    """Of its history."""
    kinds: tuple[tuple[str, datetime | None], ...]
    """The zones and own deadlines of those who are to answer."""
    come: tuple[datetime | None, ...]
    """The last morning of each."""
    at: float


_looked: Mapping[str, _Looked] = {}


def with_due(session: Transaction) -> dict[str, list[str]]:
    """
    Return the letters with somebody to be reminded now by their schedule, and the ids of those invitations.

    Of a letter in which nobody was due no more is read until a morning comes, or something goes on its record.
    """
    global _looked
    at, found, looked = now(), dict[str, list[str]](), dict[str, _Looked]()
    for row in session.execute(_with_a_schedule()):
        if row.reminders and row.deadline - timedelta(days=max(row.reminders)) - EARLY <= at:
            known = _looked.get(row.id)
            kinds = known.kinds if known and known.size == row.size else _kinds(session, row.id)
            come = tuple(last_morning(row, by_when(row.deadline, own), zone or row.timezone, at) for zone, own in kinds)
            is_known = known is not None and (known.size, known.come) == (row.size, come)
            if is_known and known is not None and monotonic() - known.at < AGAIN_SECONDS:
                looked[row.id] = known
                continue
            people = due(session, session.get_one(Letter, row.id)) if any(come) else []
            if people:
                found[row.id] = list(dict.fromkeys(one.of.id for one in people))
            else:
                looked[row.id] = _Looked(row.size, kinds, come, monotonic())
    _looked = looked
    return found


@functools.cache
def _with_a_schedule() -> Select[*tuple[Any, ...]]:
    moment = bindparam(None, callable_=now, type_=Letter.deadline.type)
    ahead = or_(
        Letter.deadline > moment, exists().where(Invitation.letter_id == Letter.id, Invitation.deadline > moment)
    )
    columns = (Letter.id, Letter.timezone, Letter.deadline, Letter.reminders, Letter.reminders_since, LogHead.size)
    query = select(*columns).join(LogHead, LogHead.letter_id == Letter.id)
    return query.where(Letter.is_with_cosigners, Letter.deadline.is_not(None), ahead).order_by(Letter.id)


def _kinds(session: Transaction, letter_id: str) -> tuple[tuple[str, datetime | None], ...]:
    """Return the zones and own deadlines of those who are to answer: that is asked before thousands are looked at."""
    waiting = or_(Invitation.is_invited, Invitation.is_to_confirm)
    kinds = select(Invitation.timezone, Invitation.deadline).where(Invitation.letter_id == letter_id, waiting)
    return tuple((zone, deadline) for zone, deadline in session.execute(kinds.distinct()))


def remind_due(session: Transaction, letter_id: str, ids: Sequence[str]) -> int:
    """Remind those of these who are still due, under the letter's lock; returns how many people."""
    row = lock_letter(session, letter_id)
    people = due(session, row, ids) if row is not None else []
    if row is None or not people:
        return 0
    history.append(session, row.id, SYSTEM, actions.RemindersSent(number=len(people)))
    at = now()
    kinds = {(one.of.deadline, one.of.zone) for one in people}
    said = {kind: (last_morning(row, *kind, at) or at).isoformat() for kind in kinds}
    _queue(session, row, people, {one.of.id: said[one.of.deadline, one.of.zone] for one in people})
    return len(people)


def remind_those(session: Transaction, row: Letter, ids: Sequence[str], act: int, note: str = "") -> int:
    """Remind those of these who may be reminded by hand, as an act asked for it; returns how many people."""
    people = by_hand(session, row, ids).people
    _queue(session, row, people, {one.of.id: f"hand:{act}" for one in people}, note)
    return len(people)


def _queue(
    session: Transaction, row: Letter, people: Sequence[Person], when: Mapping[str, str], note: str = ""
) -> None:
    ids = list(dict.fromkeys(one.of.id for one in people))
    # What an earlier one says has not been said yet: one is enough.
    deliveries.cancel_reminders(session, ids)
    before = _texts_before(session, row, ids)
    these = [
        reminder.ToRemind(one.of.id, one.address, one.link_id, when[one.of.id], _told(one, before.get(one.of.id, "")))
        for one in people
    ]
    reminder.queue(session, row, these, note)
    _count(session, row, ids)


def _told(one: Person, before: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "contact": one.contact_id,
        "name": one.name if one.confirms and one.contact_id is None else None,
        "since": one.of.written_at.isoformat() if one.of.written_at else None,
        "before": before or None,
        "to_confirm": one.of.to_confirm or None,
        "confirms": one.confirms or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _texts_before(session: Transaction, row: Letter, ids: Sequence[str]) -> dict[str, str]:
    """
    Return the text that each of these was sent before the one of now, where that may be what they know.

    Who has first opened their link since the text of now was sent, and has not signed an earlier one, knows no other.
    """
    if row.revision is None or len(row.revisions) < 2:
        return {}
    asks = [kind for kind in following_the_text() if kind not in stoppable()]
    sent = select(Delivery.invitation_id, Delivery.about, Delivery.queued_at).where(
        Delivery.invitation_id.in_(ids), Delivery.kind.in_(asks), ~Delivery.is_cancelled
    )
    digest, found, since = row.revision.digest, dict[str, str](), dict[str, datetime]()
    for of, about, at in session.execute(sent.order_by(Delivery.queued_at, Delivery.id)):
        if about.get("digest") == digest:
            since.setdefault(str(of), at)
        else:
            found[str(of)] = str(about.get("digest", ""))
    opened = select(Link.invitation_id, Link.fetched_at).where(
        Link.invitation_id.in_(ids), Link.revoked_at.is_(None), Link.fetched_by == "browser"
    )
    for of, at in session.execute(opened):
        if at is not None and of in since and at >= since[of]:
            found.pop(of, None)
    return found


def _count(session: Transaction, row: Letter, ids: Sequence[str]) -> None:
    """Note that these were reminded once more of the text of now."""
    assert row.revision is not None
    given = {"these": list(ids), "since": row.revision.frozen_at, "moment": history.moment(session)}
    session.execute(_counted(), given, execution_options={"synchronize_session": False})
    for held in list(session.identity_map.values()):
        if isinstance(held, Invitation):
            session.expire(held, ["reminded", "reminded_at"])


@functools.cache
def _counted() -> Update:
    of_this_text = Invitation.reminded_at >= bindparam("since", type_=Invitation.reminded_at.type)
    return (
        update(Invitation)
        .where(Invitation.id.in_(bindparam("these", expanding=True)))
        .values(
            reminded=case((of_this_text, Invitation.reminded + 1), else_=1),
            reminded_at=bindparam("moment", type_=Invitation.reminded_at.type),
        )
    )


# --- before it is sent ------------------------------------------------------------------------------------------------


def readers(session: Transaction, row: Letter, found: Found) -> Readers:
    """Return those whom a reminder goes to, as they are shown before it does."""
    label = func.coalesce(func.nullif(Organisation.acronym, ""), Organisation.name).label("name")
    query = select(Invitation.id, label, Invitation.language, Invitation.contact_name, Invitation.signatory).join(
        Organisation, Organisation.id == Invitation.organisation_id
    )
    known_of = {one.id: one for one in session.execute(query.where(Invitation.letter_id == row.id))}
    own = known(row.language) or "en"
    languages = Counter(known_of[one.of.id].language or own for one in found.people)
    return Readers(
        number=len(found.people),
        organisations=len({one.of.id for one in found.people}),
        listed=tuple(_reader(known_of[one.of.id], one, own) for one in found.people[:LISTED]),
        languages=dict(languages.most_common()),
        without_address=(),
        unaddressed=0,
        left_out={why: len(some) for why, some in found.left_out.items()},
    )


def _reader(of: Any, one: Person, own: str) -> Reader:
    return Reader(of.id, of.name, one.name or of.contact_name or of.signatory, one.address, of.language or own)


def about(session: Transaction, row: Letter, one: Person) -> dict[str, Any]:
    """Return what the delivery of a reminder to one person will say."""
    before = _texts_before(session, row, [one.of.id])
    return {"state": row.state, **_told(one, before.get(one.of.id, ""))}
