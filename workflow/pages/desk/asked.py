"""What of a history is asked for: all of it stands in the address of the page."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, bindparam, select

from workflow.history import reading
from workflow.history.reading import QUEUED, Which
from workflow.languages import Message, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Invitation, Letter, Organisation, Revision
from workflow.moments import in_reach
from workflow.transaction import Transaction

ON_A_PAGE = 100
LONGEST = 100
MOST_WORDS = 8
MOST_ORGANISATIONS = 50
"""So many organisations that a few words may mean are looked for at a time."""

SHOWN: Mapping[str, tuple[Message, tuple[str, ...] | None]] = {
    "": (lazy_gettext("Decisions"), reading.of_kind("decision")),
    "comments": (lazy_gettext("Comments"), reading.of_kind("comment")),
    "settings": (lazy_gettext("Settings"), reading.of_kind("setting")),
    "emails": (lazy_gettext("Emails"), (QUEUED,)),
    "all": (lazy_gettext("All entries"), None),
}
"""By what is looked at: what that is called, and of which actions it is; a code belongs to its email."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for."""

    show: str = ""
    organisation: str = ""
    """Words of its name."""
    of: str = ""
    """The invitation of one organisation."""
    version: int | None = None
    since: date | None = None
    until: date | None = None
    search: str = ""
    act: int | None = None
    """The emails of one act alone."""
    before: int | None = None
    after: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything but the kind of entries is asked for."""
        return bool(self.organisation or self.of or self.version or self.since or self.until or self.search)

    def args(self, **other: Any) -> dict[str, Any]:
        """Return the same as what an address holds, with something else in it; on its first page."""
        known = {
            "show": self.show,
            "organisation": self.organisation,
            "of": self.of,
            "version": self.version,
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "q": self.search,
            "act": self.act,
        }
        return {name: value for name, value in (known | other).items() if value not in (None, "")}


def asked(given: Mapping[str, str]) -> Asked:
    """Return what an address asks for; what it cannot ask for is left out."""
    show, of = given.get("show", ""), given.get("of", "")
    return Asked(
        show=show if show in SHOWN else "",
        organisation=given.get("organisation", "")[:LONGEST].strip(),
        of=of if of.isascii() and of.isalnum() and len(of) <= 32 else "",
        version=_number(given.get("version")),
        since=_day(given.get("from")),
        until=_day(given.get("to")),
        search=given.get("q", "")[:LONGEST].strip(),
        act=_number(given.get("act")),
        before=_number(given.get("before")),
        after=_number(given.get("after")),
    )


def _number(given: str | None) -> int | None:
    given = (given or "").strip()
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 9 else None


def _day(given: str | None) -> date | None:
    try:
        found = date.fromisoformat((given or "").strip())
    except ValueError:
        return None
    return found if in_reach(datetime(found.year, found.month, found.day, tzinfo=UTC)) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """An organisation that is looked for."""

    invitation: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The same as it is looked for in a log."""

    which: Which
    organisations: tuple[Sought, ...]
    """Those that the words of a name mean."""
    words: tuple[str, ...]
    """What the lines must hold, folded."""

    @property
    def finds_nothing(self) -> bool:
        """Whether no entry can match."""
        return self.which.invitations == () or (self.which.end is not None and self.which.first >= self.which.end)


def wanted(session: Transaction, letter: Letter, ask: Asked, zone: str) -> Wanted:
    """Return where in a letter's log what is asked for stands: whose entries, from which number to which."""
    first, end = _stretch(session, letter, ask, zone)
    found = _organisations(session, letter, ask)
    actions = (QUEUED,) if ask.act is not None else SHOWN[ask.show][1]
    invitations = tuple(one.invitation for one in found) if ask.organisation or ask.of else None
    which = Which(actions=actions, invitations=invitations, cause=ask.act, first=first, end=end)
    return Wanted(which=which, organisations=found, words=folded(ask.search))


def folded(search: str) -> tuple[str, ...]:
    """Return the words that are looked for as lines hold them."""
    return tuple(texts.folded(search).split()[:MOST_WORDS])


def of_kind(known: Wanted, show: str) -> Which:
    """Return the same of another kind of entries, to be counted."""
    return replace(known.which, actions=SHOWN[show][1], cause=None)


# --- from when to when ------------------------------------------------------------------------------------------------


def _stretch(session: Transaction, letter: Letter, ask: Asked, zone: str) -> tuple[int, int | None]:
    first, end = 0, None
    if ask.since:
        first = reading.first_from(session, letter.id, _midnight(ask.since, zone))
    if ask.until:
        end = reading.first_from(session, letter.id, _midnight(ask.until + timedelta(days=1), zone))
    if ask.version is not None:
        begins, ends = _version(session, letter, ask.version)
        first, end = max(first, begins), ends if end is None else end if ends is None else min(end, ends)
    return first, end


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _version(session: Transaction, letter: Letter, number: int) -> tuple[int, int | None]:
    """From where to where a version was the newest; nothing for one that there is not."""
    query = select(Revision.number, Revision.frozen_at).where(Revision.letter_id == letter.id)
    frozen = {row.number: row.frozen_at for row in session.execute(query)}
    if number not in frozen:
        return 0, 0
    begins = reading.first_from(session, letter.id, frozen[number])
    after = frozen.get(number + 1)
    return begins, None if after is None else reading.first_from(session, letter.id, after)


# --- whose ------------------------------------------------------------------------------------------------------------


def _organisations(session: Transaction, letter: Letter, ask: Asked) -> tuple[Sought, ...]:
    """Return the organisations that are meant; who is withheld is never found by a name, nor by an address."""
    if not (ask.organisation or ask.of):
        return ()
    words = folded(ask.organisation)
    if ask.organisation and not words:
        return ()
    given = {f"word{number}": f"%{word}%" for number, word in enumerate(words)}
    query = _named(len(words), bool(ask.of))
    rows = session.execute(query, {"letter": letter.id, **({"of": ask.of} if ask.of else {}), **given})
    return tuple(Sought(invitation=row.id, label=row.acronym or row.name) for row in rows)


@functools.cache
def _named(words: int, one: bool) -> Select[*tuple[Any, ...]]:
    query = select(Invitation.id, Organisation.name, Organisation.acronym)
    query = query.join(Organisation, Organisation.id == Invitation.organisation_id)
    query = query.where(Invitation.letter_id == bindparam("letter"), Invitation.confidential.is_(False))
    for number in range(words):
        query = query.where(Organisation.folded.like(bindparam(f"word{number}", type_=String())))
    if one:
        query = query.where(Invitation.id == bindparam("of"))
    return query.order_by(Invitation.position).limit(MOST_ORGANISATIONS)
