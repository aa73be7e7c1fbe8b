"""What the page shows on which a coordinator moves a deadline: whom that concerns, and the email that they get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow.campaigns import at_deadline, deadlines
from workflow.campaigns.deadlines import Concerned, moved_event
from workflow.campaigns.readers import FIRST, LISTED, mark
from workflow.languages import LANGUAGES, Words, lazy_gettext
from workflow.mails import events, samples
from workflow.mails.events import Group, ToTell
from workflow.models import Invitation, Letter, now
from workflow.moments import local
from workflow.pages.staff import deadlines as typed
from workflow.pages.staff import head, times
from workflow.pages.staff.head import Head
from workflow.transaction import Transaction

WEEK = timedelta(days=7)
SHORT = timedelta(days=1)
"""Less than this is little notice."""
CALLED: Mapping[Group, Words] = {
    "asked": lazy_gettext("Have not answered yet"),
    "agreed": lazy_gettext("Would sign with a change that was suggested"),
    "to_confirm": lazy_gettext("Have to confirm this version"),
    "revived": lazy_gettext("Had lapsed: they can answer again, by the link that they have"),
    "signed": lazy_gettext("Have signed: their signatures stay"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Those who stand alike: what that is called, how many organisations, the first of them by name."""

    label: Words
    count: int
    named: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What moving a deadline to one time would bring."""

    deadline: str
    """In words; empty: there would be none."""
    typed: str
    """As its field takes it."""
    earlier: bool
    short: bool
    """It leaves less than a day."""
    number: int
    parts: tuple[Part, ...]
    lapses: int
    """How many organisations lapse by it, unless they answer."""
    persons: tuple[tuple[str, str], ...]
    """The first who are told: organisation and address."""
    unlisted: int
    samples: tuple[tuple[str, str, str, str], ...]
    """The email in each language that somebody reads: code, name, subject, text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingPage:
    """The page."""

    head: Head
    deadline: str
    proposed: str
    timezone: str
    mark: str
    preview: Preview | None
    wrong: Words
    """Why the time that was typed is none; empty: it is one."""
    asks: bool
    """The deadline has come, and somebody is to say what it brings."""
    waiting: int
    decided: str
    """The mark of what is decided."""


def of(
    session: Transaction, letter: Letter, to: datetime | None, *, looked: bool, proposed: str = "", wrong: Words = ""
) -> MovingPage:
    """Return what the page shows; with what moving the deadline `to` a time, or to none, would bring where `looked`."""
    week = local(max(letter.deadline or now(), now()) + WEEK, letter.timezone)
    waiting, decided = deadlines.waiting(session, letter)
    return MovingPage(
        head=head.of(letter, True),
        deadline=times.in_words(letter.deadline, times.whoever(), letter),
        proposed=proposed or f"{week:%Y-%m-%dT%H:%M}",
        timezone=letter.timezone,
        mark=mark(letter),
        preview=_preview(session, letter, to) if looked else None,
        wrong=wrong,
        asks=at_deadline.asks(letter),
        waiting=waiting,
        decided=decided,
    )


def _preview(session: Transaction, letter: Letter, to: datetime | None) -> Preview:
    found = deadlines.concerned(session, letter, to)
    parts = tuple(_part(group, found) for group in CALLED if found.organisations(group))
    return Preview(
        deadline=times.in_words(to, times.whoever(), letter),
        typed=typed.shown(to, letter.timezone),
        earlier=found.is_earlier,
        short=to is not None and to - now() < SHORT,
        number=found.number,
        parts=parts,
        lapses=found.organisations("asked", "agreed", "to_confirm") if found.is_earlier else 0,
        persons=tuple((one.one.organisation, one.address) for one in found.persons[:LISTED]),
        unlisted=max(0, found.number - LISTED),
        samples=_samples(session, letter, to, found),
    )


def _part(group: Group, found: Concerned) -> Part:
    names = [one.one.organisation for one in found.persons if one.group == group]
    named = tuple(dict.fromkeys(names))[:FIRST]
    count = found.organisations(group)
    return Part(label=CALLED[group], count=count, named=named, more=max(0, count - len(named)))


def _samples(
    session: Transaction, letter: Letter, to: datetime | None, found: Concerned
) -> tuple[tuple[str, str, str, str], ...]:
    """Return the email as the first of each language will get it."""
    shown: dict[str, tuple[str, str, str, str]] = {}
    event = moved_event(letter.deadline).as_if(to)
    for person in found.persons[:LISTED]:
        invitation = session.get_one(Invitation, person.one.id)
        if invitation.reads in shown:
            continue
        said = ToTell(
            person.address, invitation.id, person.group, "sample", True, person.of, None, event.own(letter, person.one)
        )
        words = samples.sample(session, letter, events.deadline_moved, invitation, {}, **events.about(said)).words
        shown[invitation.reads] = (invitation.reads, LANGUAGES[invitation.reads], words.subject, words.text)
    return tuple(shown.values())
