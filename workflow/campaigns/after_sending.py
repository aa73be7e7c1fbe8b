"""What is written to many of a letter that was sent, to some of them at a time: asked for late names, told of news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from workflow.campaigns import contacts, rounds, telling
from workflow.campaigns.telling import Event
from workflow.clock import now
from workflow.mails import afterwards
from workflow.models import Delivery, Invitation, Letter
from workflow.transaction import Transaction

News = list[tuple[int, dict[str, Any]]]
"""Events that are still to be told, as a batch keeps them: each with its round of the letter."""

AGAIN = timedelta(days=1)
"""Nobody is asked for a late name more often."""


def may_still_sign(row: Letter) -> ColumnElement[bool]:
    """Who can be asked for a late name: asked and silent, lapsed, or with an earlier text; not who said no."""
    waiting = or_(Invitation.is_invited, Invitation.has_lapsed, Invitation.is_to_confirm)
    return and_(Invitation.letter_id == row.id, waiting, Invitation.email != "")


def to_ask(row: Letter) -> ColumnElement[bool]:
    """Who of them was not asked within a day."""
    lately = and_(Delivery.kind == afterwards.late_invitation.kind, Delivery.queued_at > now() - AGAIN)
    asked = exists().where(Delivery.invitation_id == Invitation.id, lately)
    return may_still_sign(row) & ~asked.correlate(Invitation)


def ask(session: Transaction, row: Letter, ids: Sequence[str], sent: str) -> None:
    """Ask those of these for a name that may still sign, each contact by a link of its own; `sent`: when it was."""
    if not row.takes_late_names:
        return
    session.flush()
    found = select(Invitation.id, Invitation.email).where(Invitation.id.in_(ids), to_ask(row))
    first = {of: email for of, email in session.execute(found.order_by(Invitation.position))}  # noqa: C416
    before = select(Delivery.invitation_id, Delivery.address).where(
        Delivery.invitation_id.in_(first), Delivery.kind == afterwards.late_invitation.kind
    )
    times = [(of, address.lower()) for of, address in session.execute(before)]
    links, others = _links(session, row, list(first)), contacts.others(session, list(first))
    to = [
        afterwards.ToAskLate(of, email, links[of, email.lower()], contact, times.count((of, email.lower())) + 1)
        for of, own in first.items()
        for contact, email in [("", own), *((one.id, one.email) for one in others.get(of, ()))]
    ]
    afterwards.queue_late(session, row, sent, to)


def readers(session: Transaction, row: Letter) -> int:
    """Return how many people hear news of a letter that was sent: of those whose signatures stand, each once."""
    stand = (Invitation.letter_id == row.id, Invitation.has_signed)
    known = contacts.addresses(session, list(session.scalars(select(Invitation.id).where(*stand))))
    return len({email.lower() for emails in known.values() for email in emails})


def tell(session: Transaction, row: Letter, reached: Iterable[tuple[str, int]], news: News) -> None:
    """Tell these invitations the events that were to reach them since the round to which each was brought before."""
    at = list(reached)
    for since, said in news:
        event, owed = Event(**said), [of for of, before in at if before < since]
        if event.kind == afterwards.office_replied.kind:
            signed = select(Invitation.id).where(Invitation.id.in_(owed), Invitation.has_signed)
            _links(session, row, list(session.scalars(signed)))
        telling.tell(session, row, owed, event)


def _links(session: Transaction, row: Letter, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the links of all contacts of these, by invitation and address; whoever has none gets one."""
    rounds.new_links(session, rounds.without_link(session, ids))
    without = {
        one.id: of for of, several in contacts.others(session, ids).items() for one in several if one.link_id is None
    }
    rounds.new_contact_links(session, without)
    return dict(telling.own_links(session, row, ids))
