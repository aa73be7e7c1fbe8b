"""The letters of a campaign as a list: searched, filtered, in order, a page at a time; how far each is, in words."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_login import current_user
from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, func, or_, select, true

from workflow.campaigns.tally import Tally, tallies
from workflow.clock import now
from workflow.languages import Message, Words, in_zone, joined, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Letter, LogHead, Recipient
from workflow.pages.i18n import get_locale, gettext, ngettext
from workflow.pages.kept import Kept
from workflow.pages.paper import left_until
from workflow.pages.staff import needs, words
from workflow.pages.staff.paging import FIRST, Key, Listing, Page, Place, place_in
from workflow.states.letter import BEFORE_APPROVAL, STAGES
from workflow.transaction import Transaction

PAGE = 25
LONGEST_SEARCH = 100
MOST_WORDS = 8
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

SHOWN: Mapping[str, tuple[Message, ColumnElement[bool]]] = {
    "": (lazy_gettext("All"), true()),
    "draft": (lazy_gettext("Draft"), Letter.is_draft.expression),
    "review": (lazy_gettext("In review"), Letter.is_in_review.expression),
    "signatures": (lazy_gettext("Open for signature"), Letter.is_open_for_sign_off.expression),
    "approved": (lazy_gettext("Approved"), Letter.is_approved.expression),
    "sent": (lazy_gettext("Sent"), or_(Letter.is_being_sent.expression, Letter.is_sent.expression)),
    "cancelled": (lazy_gettext("Cancelled"), Letter.is_withdrawn.expression),
}
"""By how far they are; besides, by what of them needs somebody (`needs.KINDS`)."""

ORDERS = {
    "newest": lazy_gettext("Newest"),
    "deadline": lazy_gettext("Deadline"),
    "title": lazy_gettext("Title"),
    "stage": lazy_gettext("Status"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for: all that stands in the address of a page of it."""

    search: str = ""
    show: str = ""
    order: str = "newest"
    place: Place = FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter's line in the list."""

    id: str
    title: str
    state: str
    status: Words
    to: str
    progress: str
    share: int | None
    deadline: str
    """When it is, in words; empty where there is none, or where it does not matter any more."""
    left: str
    """How much time there is until then."""
    counted: Tally
    minimum: int
    due: datetime | None


def wanted(given: Mapping[str, str]) -> Wanted:
    """Return what an address asks for; what it cannot ask for is left out."""
    show, order = given.get("show", ""), given.get("order", "")
    return Wanted(
        search=given.get("q", "")[:LONGEST_SEARCH].strip(),
        show=show if show in SHOWN or show in needs.KINDS else "",
        order=order if order in ORDERS else "newest",
        place=place_in(given),
    )


def page_of(session: Transaction, campaign: Campaign, asked: Wanted) -> Page:
    """Return a page of the list, as rows of columns."""
    looked_for = _words(asked.search)
    listing = _listing(asked.show, asked.order, len(looked_for))
    return listing.page(session, asked.place, {**_given(campaign), **looked_for})


def every(session: Transaction, campaign: Campaign, asked: Wanted) -> Iterator[LetterRow]:
    """Give the rows of all letters that an address asks for, page by page, whatever its place."""
    place: Place | None = FIRST
    while place is not None:
        page = page_of(session, campaign, Wanted(asked.search, asked.show, asked.order, place))
        yield from rows(session, page.rows)
        place = page.next


def found(session: Transaction, campaign: Campaign, asked: Wanted) -> int:
    """Return how many there are that match."""
    looked_for = _words(asked.search)
    return _listing(asked.show, asked.order, len(looked_for)).count(session, {**_given(campaign), **looked_for})


def counts(session: Transaction, campaign: Campaign) -> dict[str, int]:
    """Return how many each filter shows, whatever is searched for."""
    return dict(zip(SHOWN, session.execute(_counted(), _given(campaign)).one(), strict=True))


def _given(campaign: Campaign) -> dict[str, Any]:
    return {"campaign": campaign.id, "now": now()}


CAMPAIGN = bindparam("campaign", type_=String())


@functools.cache
def _counted() -> Select[*tuple[Any, ...]]:
    counted = [func.count().filter(condition) for _, condition in SHOWN.values()]
    return select(*counted).select_from(Letter).where(Letter.campaign_id == CAMPAIGN)


@functools.cache
def _listing(show: str, order: str, looked_for: int) -> Listing:
    shown = SHOWN[show][1] if show in SHOWN else needs.letters_with(show)
    matching = and_(shown, *(Letter.folded.like(bindparam(f"word{n}", type_=String())) for n in range(looked_for)))
    return Listing(_listed(), matching, _keys(order), PAGE)


@functools.cache
def _listed() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Letter.id,
            Letter.subject,
            Letter.state,
            Letter.revision_number,
            Letter.deadline,
            Letter.timezone,
            Letter.minimum,
            LogHead.size,
        )
        .outerjoin(LogHead, LogHead.letter_id == Letter.id)
        .where(Letter.campaign_id == CAMPAIGN)
    )


def _keys(order: str) -> list[Key]:
    newest = Key(Letter.created_at.expression, descending=True)
    runs = case((Letter.is_before_approval, func.coalesce(Letter.deadline, NEVER)), else_=NEVER)
    first = {
        "newest": [],
        "deadline": [Key(runs)],
        "title": [Key(Letter.folded.expression)],
        "stage": [Key(case(STAGES, value=Letter.state, else_=len(STAGES)))],
    }
    return [*first[order], newest, Key(Letter.id.expression)]


def _words(search: str) -> dict[str, str]:
    """Return the words that are looked for, as patterns: folded ones hold letters and digits alone."""
    looked_for = texts.folded(search).split()[:MOST_WORDS]
    return {f"word{number}": f"%{word}%" for number, word in enumerate(looked_for)}


# --- its rows ---------------------------------------------------------------------------------------------------------

_tallies: Kept[tuple[str, int], Tally] = Kept(2048)
"""By the letter, and how many entries its history has: nothing of a tally changes without an entry."""


def rows(session: Transaction, listed: Sequence[Any]) -> tuple[LetterRow, ...]:
    """Return the lines of some letters, by two statements at most."""
    to: dict[str, list[str]] = {one.id: [] for one in listed}
    for recipient in session.scalars(_recipients(), {"letters": list(to)}) if to else ():
        to[recipient.letter_id].append(recipient.label)
    counted = _tallies.get_all([(one.id, one.size or 0) for one in listed], lambda keys: _counted_now(session, keys))
    return tuple(_row(one, to[one.id], counted[one.id, one.size or 0]) for one in listed)


def _counted_now(session: Transaction, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Tally]:
    made = tallies(session, [letter_id for letter_id, _ in keys])
    return {key: made[key[0]] for key in keys}


@functools.cache
def _recipients() -> Select[Recipient]:
    these = Recipient.letter_id.in_(bindparam("letters", expanding=True, type_=String()))
    return select(Recipient).where(these).order_by(Recipient.letter_id, Recipient.position)


def _row(one: Any, to: list[str], counted: Tally) -> LetterRow:
    language, named = get_locale(), joined(to, get_locale())
    runs = one.deadline is not None and one.state in BEFORE_APPROVAL
    zone = current_user.session.user.timezone or one.timezone
    return LetterRow(
        id=one.id,
        title=one.subject or (gettext("Letter to %(names)s") % {"names": named} if to else gettext("Untitled letter")),
        state=one.state,
        status=words.LETTER[one.state],
        to=named,
        progress=_progress(one, counted),
        share=_share(one, counted),
        deadline=in_zone(one.deadline, zone, language) if runs else "",
        left=left_until(one.deadline) if runs else "",
        counted=counted,
        minimum=one.minimum,
        due=one.deadline,
    )


def progress(letter: Letter, known: Tally) -> str:
    """Return how many of a letter's co-signers have answered, in words."""
    return _progress(letter, known)


def share(letter: Letter, known: Tally) -> int | None:
    """Return the share of organisations that have signed, in percent; None where nobody can sign."""
    return _share(letter, known)


def _progress(letter: Any, known: Tally) -> str:
    stage = STAGES.get(letter.state, 0)
    if not known.listed:
        return gettext("No co-signers yet")
    if stage == 0 and not letter.revision_number:
        return ngettext("%(num)s co-signer", "%(num)s co-signers", known.listed) % {"num": f"{known.listed:,}"}
    numbers = {"number": f"{known.replied if stage == 1 else known.signed:,}", "all": f"{known.listed:,}"}
    return (
        gettext("%(number)s of %(all)s replied") if stage == 1 else gettext("%(number)s of %(all)s signed")
    ) % numbers


def _share(letter: Any, known: Tally) -> int | None:
    if STAGES.get(letter.state, 0) < 2 or not known.listed:
        return None
    return round(100 * known.signed / known.listed)
