"""The campaigns that a member of staff works in, as a list: searched, filtered, in order, a page at a time."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from workflow.languages import Message, in_zone, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Letter, Membership, User
from workflow.pages.i18n import get_locale
from workflow.pages.paper import left_until
from workflow.pages.staff import needs
from workflow.pages.staff.letter_list import LONGEST_SEARCH, MOST_WORDS, NEVER, Wanted
from workflow.pages.staff.needs import Need
from workflow.pages.staff.paging import Key, Listing, Page, place_in
from workflow.transaction import Transaction

PAGE = 25


def _goes_on() -> ColumnElement[bool]:
    """A campaign without a letter, or with one that is neither sent nor cancelled."""
    of = aliased(Letter)
    return or_(
        ~exists().where(of.campaign_id == Campaign.id),
        exists().where(of.campaign_id == Campaign.id, ~of.is_closed),
    )


SHOWN: Mapping[str, tuple[Message, ColumnElement[bool]]] = {
    "": (lazy_gettext("All"), true()),
    "open": (lazy_gettext("Under way"), _goes_on()),
    "ended": (lazy_gettext("Ended"), ~_goes_on()),
}

ORDERS = {
    "newest": lazy_gettext("Newest"),
    "deadline": lazy_gettext("Deadline"),
    "name": lazy_gettext("Name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A campaign's line in the list."""

    id: str
    name: str
    letters: int
    deadline: str
    """The nearest of its letters, in words."""
    left: str
    needs: tuple[Need, ...]
    """What needs somebody, for who coordinates it."""


def wanted(given: Mapping[str, str]) -> Wanted:
    """Return what an address asks for; what it cannot ask for is left out."""
    show, order = given.get("show", ""), given.get("order", "")
    return Wanted(
        search=given.get("q", "")[:LONGEST_SEARCH].strip(),
        show=show if show in SHOWN else "",
        order=order if order in ORDERS else "newest",
        place=place_in(given),
    )


def page_of(session: Transaction, member: User, asked: Wanted) -> Page:
    """Return a page of the list, as rows of columns."""
    words = _words(asked.search)
    return _listing(asked.show, asked.order, len(words), member.admin).page(
        session, asked.place, {"member": member.id, **words}
    )


def found(session: Transaction, member: User, asked: Wanted) -> int:
    """Return how many there are that match."""
    words = _words(asked.search)
    listing = _listing(asked.show, asked.order, len(words), member.admin)
    return listing.count(session, {"member": member.id, **words})


def counts(session: Transaction, member: User) -> dict[str, int]:
    """Return how many each filter shows, whatever is searched for."""
    return dict(zip(SHOWN, session.execute(_counted(member.admin), {"member": member.id}).one(), strict=True))


def rows(session: Transaction, member: User, page: Page) -> tuple[CampaignRow, ...]:
    """Return the lines of a page, by few statements."""
    theirs = [one.id for one in page.rows if member.admin or one.role == "coordinator"]
    needed = needs.of(session, theirs)
    return tuple(_row(one, member, needed.get(one.id, ())) for one in page.rows)


def _row(one: Any, member: User, needed: tuple[Need, ...]) -> CampaignRow:
    zone = member.timezone or one.timezone
    return CampaignRow(
        id=one.id,
        name=one.name,
        letters=one.letters,
        deadline=in_zone(one.nearest, zone, get_locale()) if one.nearest else "",
        left=left_until(one.nearest) if one.nearest else "",
        needs=needed,
    )


# --- asked of the database --------------------------------------------------------------------------------------------

MEMBER = bindparam("member", type_=String())


@functools.cache
def _listing(show: str, order: str, words: int, everything: bool) -> Listing:
    matching = and_(
        SHOWN[show][1], *(Campaign.folded.like(bindparam(f"word{number}", type_=String())) for number in range(words))
    )
    return Listing(_listed(everything), matching, _keys(order), PAGE)


@functools.cache
def _listed(everything: bool) -> Select[*tuple[Any, ...]]:
    of = aliased(Letter)
    letters = select(func.count()).where(of.campaign_id == Campaign.id)
    query = select(
        Campaign.id,
        Campaign.name,
        Campaign.timezone,
        Membership.role,
        letters.scalar_subquery().label("letters"),
        _nearest().label("nearest"),
    ).outerjoin(Membership, and_(Membership.campaign_id == Campaign.id, Membership.user_id == MEMBER))
    return query if everything else query.where(Membership.role.is_not(None))


def _nearest() -> ColumnElement[datetime | None]:
    of = aliased(Letter)
    running = select(func.min(of.deadline)).where(of.campaign_id == Campaign.id, of.is_before_approval)
    return running.scalar_subquery()


@functools.cache
def _counted(everything: bool) -> Select[*tuple[Any, ...]]:
    counted = [func.count().filter(condition) for _, condition in SHOWN.values()]
    return _listed(everything).with_only_columns(*counted)


def _keys(order: str) -> list[Key]:
    newest = Key(Campaign.created_at.expression, descending=True)
    first = {
        "newest": [],
        "deadline": [Key(func.coalesce(_nearest(), NEVER))],
        "name": [Key(Campaign.folded.expression)],
    }
    return [*first[order], newest, Key(Campaign.id.expression)]


def _words(search: str) -> dict[str, str]:
    """Return the words that are looked for, as patterns: folded ones hold letters and digits alone."""
    looked_for = texts.folded(search).split()[:MOST_WORDS]
    return {f"word{number}": f"%{word}%" for number, word in enumerate(looked_for)}
