"""A letter's life for people: acts, newest first, by days; the emails of each act folded under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflow.history import Entry, actions, reading
from workflow.history.reading import MOST_COUNTED, QUEUED, Piece
from workflow.languages import Words, day_in_words
from workflow.letter import text as texts
from workflow.models import Letter
from workflow.moments import local
from workflow.pages import history_view
from workflow.pages.desk import mails
from workflow.pages.desk.asked import ON_A_PAGE, SHOWN, Asked, Wanted, of_kind, wanted
from workflow.pages.desk.mails import Folded, MailLine
from workflow.pages.history_view import Line
from workflow.pages.i18n import get_locale, gettext
from workflow.pages.kept import Kept
from workflow.pages.staff import times
from workflow.transaction import Transaction

READ_AT_ONCE = 250
MOST_SEARCHED = 3_000
"""So many entries are looked through for words at a time; the page leads to those before them."""

PUT_BEFORE = (actions.LetterCirculated.NAME, actions.SignOffOpened.NAME)
FROZEN = actions.RevisionFrozen.NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the page: an entry in words, with the emails that it caused; or one email."""

    sequence: int
    time: str
    line: Line | None
    mails: Folded | None
    mail: MailLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The lines of one day."""

    day: date
    said: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One kind of entries, and how many there are."""

    name: str
    label: Words
    count: str
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a history."""

    ask: Asked
    wanted: Wanted
    size: int
    filters: tuple[Filter, ...]
    days: tuple[Day, ...]
    older: int | None
    newer: int | None
    searched_to: int | None
    """Of a search that has not come to the end: the entries before this number were not looked through yet."""


def page(session: Transaction, letter: Letter, ask: Asked, size: int) -> Page:
    """Return the page that an address asks for, of a log of `size` entries."""
    zone = times.zone_of(times.whoever(), letter)
    known = wanted(session, letter, ask, zone)
    searched_to = None
    if known.finds_nothing:
        piece = Piece((), None, None)
    elif known.words:
        piece, searched_to = _searched(session, letter, known, ask)
    elif ask.after is not None:
        piece = reading.from_(session, letter.id, known.which, ask.after, ON_A_PAGE)
    else:
        piece = reading.before(session, letter.id, known.which, ask.before, ON_A_PAGE)
    return Page(
        ask=ask,
        wanted=known,
        size=size,
        filters=_filters(session, letter, ask, known, size),
        days=tuple(_days(_items(session, letter, ask, piece.entries, zone), zone)),
        older=piece.older,
        newer=piece.newer,
        searched_to=searched_to,
    )


# --- its lines --------------------------------------------------------------------------------------------------------


def _items(
    session: Transaction, letter: Letter, ask: Asked, entries: Sequence[Entry], zone: str
) -> Iterator[tuple[Entry, Item]]:
    """Return the lines of some entries, in the order in which they are read."""
    if _are_mails(ask):
        shown = {one.sequence: one for one in mails.lines(session, letter, [entry.sequence for entry in entries])}
        for entry in entries:
            if entry.sequence in shown:
                when = f"{local(entry.at, zone):%H:%M:%S}"
                mail = shown[entry.sequence]
                yield entry, Item(sequence=entry.sequence, time=when, line=None, mails=None, mail=mail)
        return
    entries = in_order(entries)
    known = history_view.lines(session, letter, entries)
    brought = {} if ask.show == "all" else mails.folded(session, letter, [one.sequence for one in entries])
    for entry, line in zip(entries, known, strict=True):
        caused = brought.get(entry.sequence)
        yield entry, Item(sequence=entry.sequence, time=line.time, line=line, mails=caused, mail=None)


def _are_mails(ask: Asked) -> bool:
    return ask.act is not None or SHOWN[ask.show][1] == (QUEUED,)


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries, newest first, as they are understood: a text is locked, then sent; both are one act."""
    found = list(entries)
    for place in range(len(found) - 1):
        later, earlier = found[place], found[place + 1]
        if later.action == FROZEN and earlier.action in PUT_BEFORE and later.sequence == earlier.sequence + 1:
            found[place], found[place + 1] = earlier, later
    return found


def _days(items: Iterator[tuple[Entry, Item]], zone: str) -> Iterator[Day]:
    there: list[Item] = []
    day: date | None = None
    for entry, item in items:
        today = local(entry.at, zone).date()
        if day is not None and today != day:
            yield _day(day, there)
            there = []
        day = today
        there.append(item)
    if day is not None:
        yield _day(day, there)


def _day(day: date, items: Sequence[Item]) -> Day:
    return Day(day=day, said=day_in_words(day, get_locale()), items=tuple(items))


# --- words that are looked for ----------------------------------------------------------------------------------------


def _searched(session: Transaction, letter: Letter, known: Wanted, ask: Asked) -> tuple[Piece, int | None]:
    """Look through the newest entries for those whose line holds the words; say where that ended."""
    found: list[Entry] = []
    before, looked = ask.before, 0
    while looked < MOST_SEARCHED:
        piece = reading.before(session, letter.id, known.which, before, READ_AT_ONCE)
        looked += len(piece.entries)
        for entry, words in zip(piece.entries, _words_of(session, letter, ask, piece.entries), strict=True):
            if all(word in words for word in known.words):
                found.append(entry)
            if len(found) == ON_A_PAGE:
                return Piece(found, entry.sequence, None), None
        before = piece.older
        if before is None:
            return Piece(found, None, None), None
    return Piece(found, None, None), before


def _words_of(session: Transaction, letter: Letter, ask: Asked, entries: Sequence[Entry]) -> list[str]:
    """Return what the line of each entry says, folded: what is not shown is not found."""
    if _are_mails(ask):
        shown = {one.sequence: one for one in mails.lines(session, letter, [entry.sequence for entry in entries])}
        lines = (shown.get(entry.sequence) for entry in entries)
        return [texts.folded(one.what, one.who, one.became) if one else "" for one in lines]
    return [texts.folded(line.sentence, line.said) for line in history_view.lines(session, letter, entries)]


# --- all of them ------------------------------------------------------------------------------------------------------


def every(session: Transaction, letter: Letter, ask: Asked) -> Iterator[tuple[Entry, Line | None, MailLine | None]]:
    """Give every entry that an address asks for, newest first, whatever its page: each as a line, or as an email."""
    known = wanted(session, letter, ask, times.zone_of(times.whoever(), letter))
    before: int | None = None
    while not known.finds_nothing:
        piece = reading.before(session, letter.id, known.which, before, READ_AT_ONCE)
        yield from _told(session, letter, ask, known, piece.entries)
        before = piece.older
        if before is None:
            return


def _told(
    session: Transaction, letter: Letter, ask: Asked, known: Wanted, entries: Sequence[Entry]
) -> Iterator[tuple[Entry, Line | None, MailLine | None]]:
    lines = history_view.lines(session, letter, entries)
    emails = mails.lines(session, letter, [one.sequence for one in entries]) if _are_mails(ask) else []
    by_number = {one.sequence: one for one in emails}
    for entry, line in zip(entries, lines, strict=True):
        mail = by_number.get(entry.sequence)
        held = texts.folded(mail.what, mail.who, mail.became) if mail else texts.folded(line.sentence, line.said)
        if all(word in held for word in known.words):
            yield entry, line, mail


# --- how many there are -----------------------------------------------------------------------------------------------

_counts: Kept[tuple[str, int, Wanted, str], int] = Kept(2048)
"""By the letter, how many entries it has, and what is looked for: no number changes without an entry."""


def _filters(session: Transaction, letter: Letter, ask: Asked, known: Wanted, size: int) -> tuple[Filter, ...]:
    kinds = replace(known, words=(), which=replace(known.which, cause=None))
    return tuple(
        Filter(
            name=name,
            label=label,
            count=_said(_counted(session, letter, kinds, name, size)),
            is_shown=name == ask.show and ask.act is None,
        )
        for name, (label, _) in SHOWN.items()
    )


def _counted(session: Transaction, letter: Letter, known: Wanted, show: str, size: int) -> int:
    if known.finds_nothing:
        return 0
    key = (letter.id, size, replace(known, which=of_kind(known, show)), show)
    return _counts.get(key, lambda: reading.count(session, letter.id, of_kind(known, show)))


def _said(number: int) -> str:
    if number <= MOST_COUNTED:
        return f"{number:,}"
    return gettext("more than %(number)s") % {"number": f"{MOST_COUNTED:,}"}
