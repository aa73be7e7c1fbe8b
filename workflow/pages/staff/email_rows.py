"""What staff's pages show of the emails of a letter: what each is, to whom, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from workflow.languages import in_zone
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import Delivery, Invitation, Letter, Organisation
from workflow.pages.staff import words
from workflow.pages.staff.paging import Key, Page, Place, paged
from workflow.states.delivery import DELIVERY, LEASED, UNDECIDED, WAITING
from workflow.transaction import Transaction

PAGE = 50

SHOWN = {
    "": ("All", DELIVERY.states),
    "failed": ("Not delivered", UNDECIDED),
    "waiting": ("On their way", (*WAITING, *LEASED)),
    "accepted": ("Delivered", ("accepted",)),
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


def page_of(session: Transaction, letter: Letter, show: str, place: Place) -> Page:
    """Return a page of the emails of a letter, newest first."""
    keys = (Key(Delivery.queued_at.expression, descending=True), Key(Delivery.id.expression))
    return paged(session, listed(letter), Delivery.state.in_(SHOWN[show][1]), keys, place, PAGE)


def counts(session: Transaction, letter: Letter) -> dict[str, int]:
    """Return how many there are of each that can be shown."""
    query = select(Delivery.state, func.count()).where(Delivery.letter_id == letter.id).group_by(Delivery.state)
    states = {state: number for state, number in session.execute(query)}  # noqa: C416
    return {show: sum(states.get(state, 0) for state in known) for show, (_, known) in SHOWN.items()}


def undecided(session: Transaction, letter: Letter) -> Sequence[Any]:
    """Return the emails to offices of which somebody has to decide what becomes of them."""
    query = listed(letter).where(Delivery.recipient_id.is_not(None), Delivery.is_undecided)
    return session.execute(query.order_by(Delivery.queued_at.desc(), Delivery.id)).all()


def listed(letter: Letter) -> Select[*tuple[Any, ...]]:
    """Return the emails of a letter, with what a row is made of."""
    return (
        select(
            Delivery.id,
            Delivery.kind,
            Delivery.state,
            Delivery.answer,
            Delivery.queued_at,
            Delivery.settled_at,
            Delivery.recipient_id,
            Invitation.confidential,
            Organisation.name,
            Organisation.acronym,
        )
        .outerjoin(Invitation, Invitation.id == Delivery.invitation_id)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Delivery.letter_id == letter.id)
    )


def of(letter: Letter, found: Iterable[Any], names_all: bool) -> tuple[EmailRow, ...]:
    """Return the rows of some emails; who is withheld from the reader is not named."""
    recipients = {recipient.id: recipient.label for recipient in letter.recipients}
    return tuple(_row(one, recipients, letter.campaign.timezone, names_all) for one in found)


def _row(one: Any, recipients: Mapping[str, str], zone: str, names_all: bool) -> EmailRow:
    hidden = bool(one.confidential) and not names_all
    known = recipients.get(one.recipient_id or "", one.acronym or one.name or "")
    to, label = words.WITHHELD if hidden else known, label_of(one.kind)
    return EmailRow(
        delivery_id=one.id,
        about=f"{label[:1].upper()}{label[1:]} {'about' if is_about_its_organisation(one.kind) else 'to'} {to}",
        to=to,
        state=one.state,
        is_uncertain=one.state == "uncertain",
        status=words.DELIVERY[one.state],
        at=in_zone(one.settled_at or one.queued_at, zone),
        # A mail server's words name the address, or its domain.
        answer="" if hidden else one.answer,
    )
