"""Who was asked and has not answered to the text that is before them: one statement, for one or for thousands."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from workflow.mails.registry import following_the_text, stoppable, to_contacts
from workflow.models import AGREED, Delivery, Invitation, Letter, Signoff, now
from workflow.states.deadlines import due as by_when
from workflow.transaction import Transaction


class Silent(NamedTuple):
    """An organisation that was asked and has not answered."""

    id: str
    zone: str
    deadline: datetime | None
    to_confirm: bool
    stopped: str
    times: int
    """How often it was reminded of the text of now."""
    reminded_at: datetime | None
    written_at: datetime | None
    waits: bool
    """A mail that asks it has not left yet."""


def silent(session: Transaction, row: Letter, ids: Sequence[str] | None = None) -> list[Silent]:
    """Return who has not answered to the text that is before them, in the order of the list; of `ids` alone."""
    text = row.revision
    if text is None or not row.is_with_cosigners:
        return []
    since, zone, deadline = text.frozen_at, row.timezone, row.deadline
    asked = _asked(in_review=row.is_in_review, of_some=ids is not None)
    found = [
        Silent(
            of,
            own_zone or zone,
            by_when(deadline, own_deadline),
            bool(to_confirm),
            stopped,
            times if reminded_at is not None and reminded_at >= since else 0,
            reminded_at,
            written_at,
            bool(waits),
        )
        for of, own_zone, own_deadline, to_confirm, stopped, times, reminded_at, written_at, waits in read(
            session, asked, row, ids, digest=text.digest
        )
    ]
    counting = _counting_silence(session, row, found)
    return [one for one in found if one.id not in counting] if counting else found


def read(
    session: Transaction, query: Select[*tuple[Any, ...]], row: Letter, ids: Sequence[str] | None, **given: Any
) -> Sequence[Row[*tuple[Any, ...]]]:
    """
    Run a query about all of a letter or about some of its invitations, as `of_these` says; returns the rows.

    It is built once: where thousands come piece by piece, building it anew takes longer than the database does.
    """
    session.flush()
    of = {"of": row.id} if ids is None else {"ids": list(ids)}
    return session.connection().execute(query, of | given).all()


def of_these(of_some: bool, letter: Any, invitation: Any) -> ColumnElement[bool]:
    """Return the condition that a query which `read` runs is about some invitations, or about all of a letter."""
    of: BindParameter[Any] = bindparam("ids", expanding=True) if of_some else bindparam("of")
    return cast(ColumnElement[bool], invitation.in_(of) if of_some else letter == of)


@functools.cache
def _asked(*, in_review: bool, of_some: bool) -> Select[*tuple[Any, ...]]:
    mail = (Delivery.invitation_id == Invitation.id,)
    reminders = Delivery.kind.in_(stoppable())
    counts = or_(reminders, ~Delivery.is_cancelled)
    written = select(func.max(Delivery.queued_at)).where(*mail, Delivery.kind.in_(to_contacts()), counts)
    asks = and_(*mail, Delivery.kind.in_(following_the_text()), ~reminders)
    this_text = and_(asks, ~Delivery.is_cancelled, Delivery.about["digest"].as_string() == bindparam("digest"))
    given = select(Signoff.invitation_id).where(Signoff.digest == bindparam("digest"), Signoff.retracted_at.is_(None))
    answered = and_(Invitation.verdict != "", true() if in_review else false())
    return (
        select(
            Invitation.id,
            Invitation.timezone,
            Invitation.deadline,
            Invitation.is_to_confirm.label("to_confirm"),
            Invitation.no_reminders,
            Invitation.reminded,
            Invitation.reminded_at,
            written.correlate(Invitation).scalar_subquery().label("written_at"),
            exists().where(asks, Delivery.is_waiting).label("waits"),
        )
        .where(
            of_these(of_some, Invitation.letter_id, Invitation.id), or_(Invitation.is_invited, Invitation.is_to_confirm)
        )
        .where(exists().where(this_text), Invitation.id.not_in(given), ~AGREED, ~answered)
        .order_by(Invitation.position)
    )


def _counting_silence(session: Transaction, row: Letter, found: Sequence[Silent]) -> set[str]:
    """Whose silence counts, as they were told, and whose time to object is not over: nothing is missing of them."""
    if row.objections_until is None or row.revision is None:
        return set()
    told = select(Delivery.invitation_id, Delivery.about).where(
        Delivery.letter_id == row.id, Delivery.kind.in_(following_the_text()), ~Delivery.is_cancelled
    )
    digest, ids = row.revision.digest, {one.id for one in found if one.to_confirm}
    return {
        str(of)
        for of, about in session.execute(told)
        if of in ids and about.get("digest") == digest and _lies_ahead(about.get("objections_until"))
    }


def _lies_ahead(moment: object) -> bool:
    return isinstance(moment, str) and datetime.fromisoformat(moment) > now()
