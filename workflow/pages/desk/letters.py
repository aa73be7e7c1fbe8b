"""All letters that one may see, and who did what in them, when: across campaigns, filtered by the page's address."""

from __future__ import annotations

import functools
import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, select, true

from workflow.history import Entry, actions, reading
from workflow.history.reading import Which
from workflow.languages import Message, Words, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Invitation, Letter, LogEntry, LogHead, Membership, Organisation, User
from workflow.pages import history_view
from workflow.pages.desk.asked import LONGEST, folded
from workflow.pages.history_view import Line
from workflow.pages.i18n import gettext, translate
from workflow.pages.staff import words
from workflow.pages.staff.letter_list import SHOWN as STATES
from workflow.pages.staff.paging import Key, Listing, Place, place_in
from workflow.transaction import Transaction

LETTERS_ON_A_PAGE = 25
ACTS_ON_A_PAGE = 50
READ_AT_ONCE = 60
MOST_SEARCHED = 1_500
MOST_LETTERS = 300
"""The acts of so many letters are looked through, those in which something happened last."""
MOST_CAMPAIGNS = 200

ACTS: Mapping[str, tuple[Message, tuple[str, ...]]] = {
    "": (lazy_gettext("Every decision"), reading.of_kind("decision")),
    "signed": (
        lazy_gettext("Signed or confirmed"),
        actions.SIGNOFFS,
    ),
    "declined": (lazy_gettext("Declined"), (actions.InvitationDeclined.NAME,)),
    "withdrew": (
        lazy_gettext("Withdrew a signature"),
        (actions.SignatureWithdrawn.NAME, actions.SignatureWithdrawnLate.NAME),
    ),
    "texts": (
        lazy_gettext("Locked or sent a text"),
        (actions.RevisionFrozen.NAME, actions.LetterCirculated.NAME, actions.SignOffOpened.NAME),
    ),
    "sent": (
        lazy_gettext("Approved or sent the letter"),
        (actions.LetterApproved.NAME, actions.LetterDispatched.NAME, actions.LetterSent.NAME),
    ),
    "comments": (lazy_gettext("Commented or suggested"), reading.of_kind("comment")),
    "readers": (
        lazy_gettext("Let in, opened or took along"),
        (
            actions.MemberAdded.NAME,
            actions.MemberRemoved.NAME,
            actions.AuditorLinkMade.NAME,
            actions.AuditorLinkRevoked.NAME,
            actions.AuditorOpened.NAME,
            actions.HistoryExported.NAME,
        ),
    ),
}
"""By what was done: what that is called, and which actions are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for."""

    campaign: str = ""
    organisation: str = ""
    state: str = ""
    act: str = ""
    since: date | None = None
    until: date | None = None
    search: str = ""
    place: Place = field(default_factory=Place)
    back: str = ""
    """The acts before this one: its time, its letter, its number."""

    def args(self, **other: Any) -> dict[str, Any]:
        """Return the same as what an address holds, with something else in it; on its first page."""
        known = {
            "campaign": self.campaign,
            "organisation": self.organisation,
            "state": self.state,
            "act": self.act,
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "q": self.search,
        }
        return {name: value for name, value in (known | other).items() if value not in (None, "")}


def asked(given: Mapping[str, str]) -> Asked:
    """Return what an address asks for; what it cannot ask for is left out."""
    campaign, state, act = given.get("campaign", ""), given.get("state", ""), given.get("act", "")
    return Asked(
        campaign=campaign if campaign.isascii() and campaign.isalnum() else "",
        organisation=given.get("organisation", "")[:LONGEST].strip(),
        state=state if state in STATES else "",
        act=act if act in ACTS else "",
        since=_day(given.get("from", "")),
        until=_day(given.get("to", "")),
        search=given.get("q", "")[:LONGEST].strip(),
        place=place_in(given),
        back=given.get("back", "")[:120],
    )


def _day(given: str) -> date | None:
    try:
        found = date.fromisoformat(given.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None


def campaigns_of(session: Transaction, member: User) -> list[tuple[str, str]]:
    """Return the campaigns whose letters a member of staff may read: their ids and names."""
    query = select(Campaign.id, Campaign.name).order_by(Campaign.created_at.desc(), Campaign.id).limit(MOST_CAMPAIGNS)
    if not member.admin:
        mine = select(Membership.campaign_id).where(Membership.user_id == member.id)
        query = query.where(Campaign.id.in_(mine))
    return [(of, name) for of, name in session.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter of the list."""

    id: str
    title: str
    campaign: str
    state: str
    status: Words
    answers: tuple[tuple[str, str], ...]
    """Of the organisations that are looked for: which, and how they answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that was done, in which letter."""

    letter: str
    title: str
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that the page shows."""

    ask: Asked
    campaigns: Sequence[tuple[str, str]]
    letters: tuple[LetterRow, ...]
    previous: Place | None
    next: Place | None
    acts: tuple[Act, ...]
    shows_acts: bool
    """Else only the letters are listed: to be shown what was done is to read them."""
    back: str
    """The acts before these begin before this one; empty where there are none."""
    is_searched_on: bool
    """It was not looked through to the end."""


def desk(
    session: Transaction, campaigns: Sequence[tuple[str, str]], ask: Asked, zone: str, *, acts_too: bool = True
) -> Desk:
    """Return the page that an address asks for, of the letters of these campaigns; `acts_too`: with what was done."""
    shown = [of for of, _ in campaigns if ask.campaign in ("", of)]
    meant = _meant(session, shown, ask)
    page = _letters(session, shown, ask, meant)
    acts, back, on = _acts(session, shown, ask, meant, zone) if acts_too else ((), "", False)
    return Desk(
        ask=ask,
        campaigns=campaigns,
        letters=tuple(_row(one, dict(campaigns), meant) for one in page.rows),
        previous=page.previous,
        next=page.next,
        acts=acts,
        shows_acts=acts_too,
        back=back,
        is_searched_on=on,
    )


# --- organisations ----------------------------------------------------------------------------------------------------

Meant = Mapping[str, Sequence[Any]]


def _meant(session: Transaction, campaigns: Collection[str], ask: Asked) -> Meant | None:
    """Return, by letter, how the organisations stand that a few words mean; nothing of who is withheld."""
    looked_for = folded(ask.organisation)
    if not ask.organisation:
        return None
    if not looked_for:
        return {}
    query = select(Invitation.letter_id, Invitation.id, Invitation.state, Organisation.name, Organisation.acronym)
    query = query.join(Organisation, Organisation.id == Invitation.organisation_id)
    query = query.join(Letter, Letter.id == Invitation.letter_id)
    query = query.where(Letter.campaign_id.in_(campaigns), Invitation.confidential.is_(False))
    query = query.where(*(Organisation.folded.like(f"%{word}%") for word in looked_for))
    found: dict[str, list[Any]] = {}
    for row in session.execute(query.order_by(Invitation.letter_id, Invitation.position).limit(5 * MOST_LETTERS)):
        found.setdefault(row.letter_id, []).append(row)
    return found


# --- letters ----------------------------------------------------------------------------------------------------------


@functools.cache
def _listing(state: str, narrowed: bool) -> Listing:
    listed = select(Letter.id, Letter.subject, Letter.state, Letter.campaign_id)
    listed = listed.where(Letter.campaign_id.in_(bindparam("campaigns", expanding=True, type_=String())))
    of: ColumnElement[bool] = true()
    if narrowed:
        of = Letter.id.in_(bindparam("letters", expanding=True, type_=String()))
    keys = [Key(Letter.created_at.expression, descending=True), Key(Letter.id.expression)]
    return Listing(listed, and_(STATES[state][1], of), keys, LETTERS_ON_A_PAGE)


def _letters(session: Transaction, campaigns: Sequence[str], ask: Asked, meant: Meant | None) -> Any:
    given: dict[str, Any] = {"campaigns": list(campaigns)} | ({} if meant is None else {"letters": list(meant)})
    return _listing(ask.state, meant is not None).page(session, ask.place, given)


def _row(one: Any, campaigns: Mapping[str, str], meant: Meant | None) -> LetterRow:
    said = [
        (row.acronym or row.name, str(translate(words.INVITATION[row.state]))) for row in (meant or {}).get(one.id, ())
    ]
    return LetterRow(
        id=one.id,
        title=one.subject or gettext("Untitled letter"),
        campaign=campaigns.get(one.campaign_id, ""),
        state=one.state,
        status=words.LETTER[one.state],
        answers=tuple(said),
    )


# --- who did what, when -----------------------------------------------------------------------------------------------


def _acts(
    session: Transaction, campaigns: Sequence[str], ask: Asked, meant: Meant | None, zone: str
) -> tuple[tuple[Act, ...], str, bool]:
    looked_for, found = folded(ask.search), []
    for looked, act in enumerate(_merged(session, campaigns, ask, meant, zone), 1):
        if all(word in texts.folded(act.line.sentence, act.line.said, act.title) for word in looked_for):
            found.append(act)
        if len(found) == ACTS_ON_A_PAGE or looked == MOST_SEARCHED:
            return tuple(found), _named(act), len(found) < ACTS_ON_A_PAGE
    return tuple(found), "", False


def _named(act: Act) -> str:
    return f"{act.line.moment.isoformat()}~{act.letter}~{act.line.sequence}"


def _place(back: str) -> tuple[datetime, str, int] | None:
    try:
        moment, letter, number = back.split("~")
        found = datetime.fromisoformat(moment)
        return (found, letter, int(number)) if found.tzinfo else None
    except ValueError:
        return None


def _merged(
    session: Transaction, campaigns: Sequence[str], ask: Asked, meant: Meant | None, zone: str
) -> Iterator[Act]:
    """Give the acts of all letters, newest first: of a letter nothing is read before its newest entry is due."""
    place = _place(ask.back)
    latest = _midnight(ask.until + timedelta(days=1), zone) if ask.until else None
    if place and (latest is None or place[0] < latest):
        latest = place[0] + timedelta(microseconds=1)
    since = _midnight(ask.since, zone) if ask.since else None
    waiting: list[tuple[float, str, int, Iterator[Act], Act | None]] = []
    for one in session.execute(_active(ask.state), {"campaigns": list(campaigns)}):
        if meant is not None and one.id not in meant:
            continue
        invitations = None if meant is None else tuple(row.id for row in meant[one.id])
        which = Which(actions=ACTS[ask.act][1], invitations=invitations)
        newest = one.last_at if latest is None or one.last_at is None else min(one.last_at, latest)
        its = _of_one(session, one.id, which, latest if one.last_at is None or newest != one.last_at else None)
        moment = (newest or datetime.now(UTC)).timestamp()
        heapq.heappush(waiting, (-moment, one.id, 0, its, None))
    while waiting:
        *_, its, act = heapq.heappop(waiting)
        if act is not None:
            if since is not None and act.line.moment < since:
                return
            if place is None or _key(act) > _key_of(place):
                yield act
        following = next(its, None)
        if following is not None:
            heapq.heappush(waiting, (*_key(following), its, following))


def _key(act: Act) -> tuple[float, str, int]:
    return -act.line.moment.timestamp(), act.letter, -act.line.sequence


def _key_of(place: tuple[datetime, str, int]) -> tuple[float, str, int]:
    return -place[0].timestamp(), place[1], -place[2]


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@functools.cache
def _active(state: str) -> Select[*tuple[Any, ...]]:
    newest = (
        select(LogEntry.at)
        .where(LogEntry.letter_id == LogHead.letter_id, LogEntry.sequence == LogHead.size - 1)
        .scalar_subquery()
    )
    query = select(Letter.id, newest.label("last_at")).join(LogHead, LogHead.letter_id == Letter.id)
    query = query.where(
        Letter.campaign_id.in_(bindparam("campaigns", expanding=True, type_=String())), STATES[state][1]
    )
    return query.order_by(newest.desc(), Letter.id).limit(MOST_LETTERS)


def _of_one(session: Transaction, letter_id: str, which: Which, latest: datetime | None) -> Iterator[Act]:
    before = None if latest is None else reading.first_from(session, letter_id, latest)
    letter = session.get_one(Letter, letter_id)
    while True:
        piece = reading.before(session, letter_id, which, before, READ_AT_ONCE)
        entries: Sequence[Entry] = piece.entries
        for line in history_view.lines(session, letter, entries):
            yield Act(letter=letter_id, title=letter.title, line=line)
        before = piece.older
        if before is None:
            return
