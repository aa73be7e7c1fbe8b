"""
The co-signers of a letter as a list: searched, filtered, put in order.

Of one whose name is withheld from the reader no search, no order and no address of a page depends on who it is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from workflow.blocked import is_blocked
from workflow.campaigns.tally import Tally
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.models import (
    Comment,
    ConditionalSignoff,
    Delivery,
    IncomingMail,
    Invitation,
    Letter,
    Link,
    Organisation,
    Signoff,
)
from workflow.pages.staff.paging import FIRST, Key, Listing, Page, Place, place_in
from workflow.transaction import Transaction

PAGE = 50
LONGEST_SEARCH = 100
MOST_WORDS = 8
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

SHOWN = {
    "": lazy_gettext("All"),
    "signed": lazy_gettext("Signed"),
    "silent": lazy_gettext("No reply"),
    "to_confirm": lazy_gettext("To confirm"),
    "agreed": lazy_gettext("Would sign with a change"),
    "declined": lazy_gettext("Declined or withdrawn"),
    "unwritten": lazy_gettext("Not invited yet"),
    "bounced": lazy_gettext("Email returned"),
    "asked": lazy_gettext("Asked something"),
    "odd": lazy_gettext("To check"),
}
"""By what happened."""

ORDERS = {
    "agreed": lazy_gettext("As listed"),
    "name": lazy_gettext("Name"),
    "status": lazy_gettext("Status"),
    "answered": lazy_gettext("Last answer"),
}

RANKS = ("to_confirm", "declined", "retracted", "invited", "lapsed", "signed", "revoked")
"""In the order by status, what may want something comes first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for: all that stands in the address of a page of it."""

    search: str = ""
    show: str = ""
    order: str = "agreed"
    place: Place = FIRST


def wanted(given: Mapping[str, str]) -> Wanted:
    """Return what an address asks for; what it cannot ask for is left out."""
    show, order = given.get("show", ""), given.get("order", "")
    return Wanted(
        search=given.get("q", "")[:LONGEST_SEARCH].strip(),
        show=show if show in SHOWN else "",
        order=order if order in ORDERS else "agreed",
        place=place_in(given),
    )


def page_of(session: Transaction, letter: Letter, asked: Wanted, names_all: bool) -> Page:
    """Return a page of the list, as rows of columns."""
    words = _words(asked.search)
    listing = _listing(asked.show, asked.order, names_all, len(words))
    return listing.page(session, asked.place, {**given(letter), **words})


def found(session: Transaction, letter: Letter, asked: Wanted, names_all: bool) -> int:
    """Return how many there are that match."""
    words = _words(asked.search)
    return _listing(asked.show, "agreed", names_all, len(words)).count(session, {**given(letter), **words})


def chosen(session: Transaction, letter: Letter, asked: Wanted, most: int) -> list[str]:
    """Return the ids of those that match, in the order of the list, for who may see all names; `most` at most."""
    words = _words(asked.search)
    query = _listed().where(happened()[asked.show], _found(len(words), True)).order_by(Invitation.position)
    return [one.id for one in session.execute(query.limit(most), {**given(letter), **words})]


def all_of(session: Transaction, letter: Letter, asked: Wanted, names_all: bool) -> Sequence[Any]:
    """Return the rows of all that match, in the order that is asked for."""
    words = _words(asked.search)
    keys = _keys(asked.order, names_all)
    query = _listed().where(happened()[asked.show], _found(len(words), names_all))
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    return session.execute(query.order_by(*order), {**given(letter), **words}).all()


def only(session: Transaction, letter: Letter, invitation_id: str) -> Sequence[Any]:
    """Return the row of one co-signer."""
    return session.execute(_listed().where(Invitation.id == invitation_id), given(letter)).all()


def counts(session: Transaction, letter: Letter) -> dict[str, int]:
    """Return how many each filter shows, whatever is searched for."""
    return dict(zip(SHOWN, session.execute(_counted(), given(letter)).one(), strict=True))


def numbers(counted: Tally) -> dict[str, int]:
    """Return how many some of the filters show, as a tally knows it."""
    return {
        "": counted.listed,
        "signed": counted.signed,
        "silent": counted.silent + counted.lapsed,
        "to_confirm": counted.to_confirm,
        "declined": counted.declined + counted.retracted,
    }


def given(letter: Letter) -> dict[str, str]:
    """Return the values of the parameters of these statements."""
    return {"letter": letter.id, "digest": letter.revision.digest if letter.revision else ""}


LETTER, DIGEST = bindparam("letter", type_=String()), bindparam("digest", type_=String())


@functools.cache
def _listing(show: str, order: str, names_all: bool, words: int) -> Listing:
    return Listing(_listed(), and_(happened()[show], _found(words, names_all)), _keys(order, names_all), PAGE)


@functools.cache
def _counted() -> Select[*tuple[Any, ...]]:
    counted = [func.count().filter(condition) for condition in happened().values()]
    return select(*counted).select_from(Invitation).where(Invitation.letter_id == LETTER)


@functools.cache
def _listed() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Invitation.id,
            Invitation.state,
            Invitation.verdict,
            Invitation.confidential,
            Invitation.required,
            Invitation.founder,
            Invitation.email,
            Invitation.contact_name,
            Invitation.reason,
            Invitation.more_time,
            Invitation.answered_at,
            Invitation.signatory,
            Invitation.signatory_title,
            Organisation.name,
            Organisation.acronym,
            Organisation.country,
            _has_link().label("has_link"),
            Invitation.id.in_(_bounced()).label("bounced"),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == LETTER)
    )


# --- what happened -------------------------------------------------------------------------------------------------


def happened() -> dict[str, ColumnElement[bool]]:
    """Return the filters by their names."""
    return {
        "": true(),
        "signed": and_(Invitation.can_count, Invitation.id.in_(_standing())),
        "silent": or_(
            Invitation.has_lapsed,
            and_(Invitation.is_invited, Invitation.verdict == "", Invitation.id.not_in(_heard())),
        ),
        "to_confirm": and_(Invitation.can_count, Invitation.id.not_in(_standing())),
        "agreed": Invitation.id.in_(_agreed()),
        "declined": or_(Invitation.has_declined, Invitation.has_retracted),
        "unwritten": and_(Invitation.is_invited, ~_has_link()),
        "bounced": Invitation.id.in_(_bounced()),
        "asked": or_(Invitation.more_time != "", Invitation.id.in_(_open_comments()), Invitation.id.in_(_unread())),
        "odd": Invitation.id.in_(_odd()),
    }


def _standing() -> Select[str]:
    """Whose sign-off for the text that is before the co-signers stands."""
    return select(Signoff.invitation_id).where(Signoff.digest == DIGEST, Signoff.retracted_at.is_(None))


def _heard() -> Select[str]:
    """Who has said something of the letter."""
    of = aliased(Invitation)
    query = select(Comment.invitation_id).join(of, of.id == Comment.invitation_id)
    return query.where(of.letter_id == LETTER)


def _agreed() -> Select[str]:
    """Who has agreed to sign with a change, and waits for that text."""
    of = aliased(Invitation)
    query = select(of.id).join(ConditionalSignoff, ConditionalSignoff.invitation_id == of.id)
    return query.where(of.letter_id == LETTER, ConditionalSignoff.outcome == "")


def _has_link() -> ColumnElement[bool]:
    return exists().where(Link.invitation_id == Invitation.id, Link.revoked_at.is_(None))


def _bounced() -> Select[str]:
    """To whom an email to an address that it still has was refused, or came back; or nothing is sent there."""
    of = aliased(Invitation)
    query = select(of.id).join(Delivery, Delivery.invitation_id == of.id)
    return query.where(
        Delivery.letter_id == LETTER,
        or_(Delivery.is_returned, is_blocked()),
        Delivery.address.in_((of.email, of.second_email)),
    )


def _unread() -> Select[str | None]:
    """Who wrote by mail what nobody has read."""
    return select(IncomingMail.invitation_id).where(
        IncomingMail.letter_id == LETTER, IncomingMail.is_reply, IncomingMail.seen_at.is_(None)
    )


def is_open() -> ColumnElement[bool]:
    """What a co-signer said first, and no coordinator has answered or settled."""
    reply = aliased(Comment)
    return and_(
        Comment.reply_to.is_(None),
        Comment.settled == "",
        ~exists().where(reply.reply_to == Comment.id, reply.user_id.is_not(None)),
    )


def _open_comments() -> Select[str]:
    return _heard().where(is_open())


def _odd() -> Select[str]:
    """Whose sign-off for the present text was given in an unusual way."""
    return _standing().where(Signoff.odd != "")


# --- search --------------------------------------------------------------------------------------------------------


def _words(search: str) -> dict[str, str]:
    """Return the words that are looked for, as patterns: folded ones hold letters and digits alone."""
    words = texts.folded(search).split()[:MOST_WORDS]
    return {f"word{number}": f"%{word}%" for number, word in enumerate(words)}


def _found(words: int, names_all: bool) -> ColumnElement[bool]:
    """Each word stands somewhere in the names, the signatory or the addresses; of who is withheld nothing is found."""
    if not words:
        return true()
    known = true() if names_all else Invitation.confidential.is_(False)
    return and_(known, *(_holds(bindparam(f"word{number}", type_=String())) for number in range(words)))


def _holds(word: ColumnElement[str]) -> ColumnElement[bool]:
    signed = exists().where(
        Signoff.invitation_id == Invitation.id, Signoff.retracted_at.is_(None), Signoff.folded.like(word)
    )
    return or_(Organisation.folded.like(word), Invitation.folded.like(word), signed)


# --- order ---------------------------------------------------------------------------------------------------------


def _keys(order: str, names_all: bool) -> list[Key]:
    """
    Return what the list is put in order by.

    Where names are withheld, a place among names or in the agreed order would give one away: those come last, by lot.
    """
    hidden = [] if names_all else [Key(case((Invitation.confidential, 1), else_=0))]
    position = Key(_known(Invitation.position, 0, names_all))
    name = Key(_known(Organisation.folded, "", names_all))
    status = Key(case({state: rank for rank, state in enumerate(RANKS)}, value=Invitation.state))
    answered = Key(func.coalesce(Invitation.answered_at, LONG_AGO), descending=True)
    first = {
        "agreed": [*hidden, position],
        "name": [*hidden, name, position],
        "status": [status, *hidden, position],
        "answered": [answered, *hidden, position],
    }
    return [*first[order], Key(Invitation.id.expression)]


def _known(column: Any, instead: Any, names_all: bool) -> ColumnElement[Any]:
    return column.expression if names_all else case((Invitation.confidential, instead), else_=column)
