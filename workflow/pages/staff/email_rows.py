"""What staff's pages show of the emails of a letter: what each is, to whom, what became of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, func, or_, select

from workflow.blocked import is_held
from workflow.languages import lazy_gettext
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import Delivery, Invitation, Letter, Organisation
from workflow.pages.i18n import gettext, translate
from workflow.pages.staff import times, words
from workflow.pages.staff.paging import Key, Listing, Page, Place
from workflow.states.delivery import ACCEPTED, DELIVERY, LEASED, LOST, UNDECIDED, WAITING
from workflow.transaction import Transaction

PAGE = 50
MOST_OF_ONE = 20
LETTER = bindparam("letter", type_=String())

SHOWN = {
    "": (lazy_gettext("All"), DELIVERY.states),
    "failed": (lazy_gettext("Not delivered"), UNDECIDED),
    "waiting": (lazy_gettext("On their way"), (*WAITING, *LEASED)),
    "accepted": (lazy_gettext("Delivered"), ACCEPTED),
}
"""By what became of them: what that is called, and the states of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailRow:
    """An email of the letter: what it is, to whom, what became of it."""

    delivery_id: str
    about: str
    to: str
    state: str
    is_uncertain: bool
    status: str
    at: str
    answer: str
    """The mail server's own words."""
    is_held: bool
    """It waits, for nothing is sent to its address."""


def page_of(session: Transaction, letter: Letter, show: str, place: Place) -> Page:
    """Return a page of the emails of a letter, newest first."""
    return _listing(show).page(session, place, {"letter": letter.id})


@functools.cache
def _is_one_of(known: tuple[str, ...]) -> ColumnElement[bool]:
    column: ColumnElement[str] = Delivery.state.expression
    return column.in_(known)


def _listing(show: str) -> Listing:
    keys = (Key(Delivery.queued_at.expression, descending=True), Key(Delivery.id.expression))
    return Listing(_listed(), _is_one_of(SHOWN[show][1]), keys, PAGE)


def counts(session: Transaction, letter: Letter) -> dict[str, int]:
    """Return how many there are of each that can be shown."""
    states = {state: number for state, number in session.execute(_by_state(), {"letter": letter.id})}  # noqa: C416
    return {show: sum(states.get(state, 0) for state in known) for show, (_, known) in SHOWN.items()}


@functools.cache
def _by_state() -> Select[str, int]:
    return select(Delivery.state, func.count()).where(Delivery.letter_id == LETTER).group_by(Delivery.state)


def undecided(session: Transaction, letter: Letter) -> Sequence[Any]:
    """Return the emails to offices of which somebody has to decide what becomes of them."""
    decided = or_(Delivery.is_undecided, and_(Delivery.is_waiting, is_held()))
    query = _listed().where(Delivery.recipient_id.is_not(None), decided)
    return session.execute(query.order_by(Delivery.queued_at.desc(), Delivery.id), {"letter": letter.id}).all()


def of_one(session: Transaction, letter: Letter, invitation_id: str) -> Sequence[Any]:
    """Return the newest emails to one co-signer, or about it."""
    query = _listed().where(Delivery.invitation_id == invitation_id)
    newest = query.order_by(Delivery.queued_at.desc(), Delivery.id).limit(MOST_OF_ONE)
    return session.execute(newest, {"letter": letter.id}).all()


@functools.cache
def _listed() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Delivery.id,
            Delivery.kind,
            Delivery.state,
            Delivery.answer,
            Delivery.queued_at,
            Delivery.settled_at,
            Delivery.recipient_id,
            and_(Delivery.is_waiting, is_held()).label("held"),
            Invitation.confidential,
            Organisation.name,
            Organisation.acronym,
        )
        .outerjoin(Invitation, Invitation.id == Delivery.invitation_id)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Delivery.letter_id == LETTER)
    )


def of(letter: Letter, found: Iterable[Any], names_all: bool) -> tuple[EmailRow, ...]:
    """Return the rows of some emails; who is withheld from the reader is not named."""
    recipients = {recipient.id: recipient.label for recipient in letter.recipients}
    return tuple(_row(one, recipients, letter, names_all) for one in found)


def _row(one: Any, recipients: Mapping[str, str], letter: Letter, names_all: bool) -> EmailRow:
    hidden = bool(one.confidential) and not names_all
    known = recipients.get(one.recipient_id or "", one.acronym or one.name or "")
    to, label = translate(words.WITHHELD) if hidden else known, gettext(label_of(one.kind))
    about = gettext("%(mail)s about %(who)s") if is_about_its_organisation(one.kind) else gettext("%(mail)s to %(who)s")
    return EmailRow(
        delivery_id=one.id,
        about=about % {"mail": f"{label[:1].upper()}{label[1:]}", "who": to},
        to=to,
        state=one.state,
        is_uncertain=one.state in LOST,
        status=translate(words.DELIVERY[one.state]),
        at=times.said(one.settled_at or one.queued_at, letter),
        # A mail server's words name the address, or its domain.
        answer="" if hidden else one.answer,
        is_held=bool(one.held),
    )
