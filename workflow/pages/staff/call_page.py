"""What the page of a letter's open call shows: its public address, and who asks to join."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, func, select, true

from workflow.campaigns import join_marks, open_call
from workflow.campaigns.join_marks import Mark
from workflow.languages import LANGUAGES, lazy_gettext
from workflow.letter import domains
from workflow.letter import text as texts
from workflow.models import JoinRequest, Letter, User
from workflow.pages.staff import head, times
from workflow.pages.staff.cosigner_page import Filter
from workflow.pages.staff.head import Head
from workflow.pages.staff.paging import FIRST, Key, Listing, Place, place_in
from workflow.states.permissions import allowed
from workflow.transaction import Transaction

PAGE = 50
MOST_WORDS = 8
LONGEST_SEARCH = 100

SHOWN = {
    "": lazy_gettext("Waiting"),
    "accepted": lazy_gettext("Accepted"),
    "refused": lazy_gettext("Declined"),
    "expired": lazy_gettext("Ended with the letter"),
}


def _shown() -> dict[str, ColumnElement[bool]]:
    states: tuple[Any, ...] = (
        JoinRequest.waits,
        JoinRequest.is_accepted,
        JoinRequest.is_refused,
        JoinRequest.has_expired,
    )
    return dict(zip(SHOWN, states, strict=True))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for."""

    search: str = ""
    show: str = ""
    place: Place = FIRST


def wanted(given: Mapping[str, str]) -> Wanted:
    """Return what an address or a form asks for; what it cannot ask for is left out."""
    show = given.get("show", "")
    return Wanted(
        given.get("q", "")[:LONGEST_SEARCH].strip(), show if show in SHOWN else "", place_in(given)
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request to join."""

    id: str
    organisation: str
    acronym: str
    country: str
    website: str
    name: str
    title: str
    email: str
    domain: str
    """Of its address, as DNS has it."""
    language: str
    words: str
    at: str
    """When it was confirmed."""
    marks: Sequence[Mark]
    reason: str
    invitation: str
    """The id of the invitation that it led to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """The page of a letter's open call."""

    head: Head
    is_open: bool
    takes: bool
    """Open, and the letter takes more organisations now."""
    was_open: bool
    address: str
    words: str
    unconfirmed: int
    """How many have not confirmed their address: nobody sees those."""
    search: str
    show: str
    filters: tuple[Filter, ...]
    found: int
    rows: tuple[RequestRow, ...]
    previous: Place | None
    next: Place | None
    may: frozenset[str]


def of(session: Transaction, letter: Letter, asked: Wanted, member: User, public_url: str) -> CallPage:
    """Return the page for who coordinates the letter."""
    call = open_call.of(session, letter.id)
    given = _given(letter, asked)
    listing = _listing(asked.show, len(given) - 1)
    page = listing.page(session, asked.place, given)
    these = {one.id: one for one in session.scalars(select(JoinRequest).where(JoinRequest.id.in_(_ids(page.rows))))}
    ordered = [these[one.id] for one in page.rows]
    marks = join_marks.of(session, letter, ordered, member) if not asked.show and ordered else {}
    counted = _counts(session, letter)
    return CallPage(
        head=head.of(letter, True),
        is_open=call is not None and call.closed_at is None,
        takes=open_call.takes(call, letter),
        was_open=call is not None,
        address=f"{public_url}/join/{call.address}" if call is not None else "",
        words=call.words if call is not None else "",
        unconfirmed=counted[-1],
        search=asked.search,
        show=asked.show,
        filters=tuple(
            Filter(name=name, label=label, count=number)
            for (name, label), number in zip(SHOWN.items(), counted, strict=False)
        ),
        found=listing.count(session, given),
        rows=tuple(_row(one, letter, marks.get(one.id, ())) for one in ordered),
        previous=page.previous,
        next=page.next,
        may=allowed(letter.state),
    )


def _ids(rows: Sequence[Any]) -> list[str]:
    return [one.id for one in rows]


def matching(session: Transaction, letter: Letter, asked: Wanted, most: int) -> list[str]:
    """Return the ids of those that wait and match a search, the oldest first; `most` at most."""
    given = _given(letter, asked)
    query = select(JoinRequest.id).where(JoinRequest.letter_id == LETTER, JoinRequest.waits, _holds(len(given) - 1))
    return list(session.scalars(query.order_by(JoinRequest.confirmed_at, JoinRequest.id).limit(most), given))


def of_all(session: Transaction, letter: Letter, asked: Wanted) -> int:
    """Return how many wait and match a search."""
    given = _given(letter, asked)
    return _listing("", len(given) - 1).count(session, given)


def _row(one: JoinRequest, letter: Letter, marks: Sequence[Mark]) -> RequestRow:
    said: dict[str, Any] = {
        name: getattr(one, name)
        for name in ("id", "organisation", "acronym", "country", "website", "name", "title", "email", "words", "reason")
    }
    return RequestRow(
        **said,
        domain=domains.of(one.email) or one.email.rpartition("@")[2],
        language=LANGUAGES.get(one.language, ""),
        at=times.in_words(one.confirmed_at, times.whoever(), letter) if one.confirmed_at else "",
        marks=marks,
        invitation=one.invitation_id or "",
    )


# --- asked of the database --------------------------------------------------------------------------------------------

LETTER = bindparam("letter", type_=String())


def _given(letter: Letter, asked: Wanted) -> dict[str, Any]:
    words = texts.folded(asked.search).split()[:MOST_WORDS]
    return {"letter": letter.id, **{f"word{number}": f"%{word}%" for number, word in enumerate(words)}}


def _holds(words: int) -> ColumnElement[bool]:
    found = (JoinRequest.folded.like(bindparam(f"word{number}", type_=String())) for number in range(words))
    return and_(true(), *found)


@functools.cache
def _listing(show: str, words: int) -> Listing:
    listed = select(JoinRequest.id).where(JoinRequest.letter_id == LETTER)
    keys = (Key(JoinRequest.confirmed_at.expression), Key(JoinRequest.id.expression))
    return Listing(listed, and_(_shown()[show], _holds(words)), keys, PAGE)


def _counts(session: Transaction, letter: Letter) -> Sequence[int]:
    conditions = (*_shown().values(), JoinRequest.is_unconfirmed)
    query = select(*(func.count().filter(condition) for condition in conditions)).select_from(JoinRequest)
    return tuple(session.execute(query.where(JoinRequest.letter_id == letter.id)).one())
