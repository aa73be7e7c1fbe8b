"""What the steps of many mails look at, whether one is still wanted, and the steps themselves."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, func, not_, or_, select

from workflow import blocked
from workflow.history import actions
from workflow.history.steps import Step
from workflow.mails import registry
from workflow.mails.registry import MAILS, following_the_text, sent_afterwards, sent_once, stoppable
from workflow.models import AGREED, Delivery, Invitation, Letter, Revision, now
from workflow.models.base import stands_in
from workflow.states import DeliveryFacts
from workflow.transaction import Transaction

MANY = 200
"""How many mails are claimed, put back or cancelled in one transaction at most."""

UNTOLD = (actions.DeliveryClaimed, actions.DeliveryHandedOver)
"""Steps that only the history of what is sent once tells of."""

READ: tuple[Any, ...] = (
    Delivery.id,
    Delivery.letter_id,
    Delivery.kind,
    Delivery.state,
    Delivery.epoch,
    Delivery.attempts,
    Delivery.mime_sha256,
    Delivery.queued_at,
    Delivery.lease_until,
    Delivery.lease_owner,
    Delivery.cause,
)
"""What the steps of many mails look at."""


@functools.cache
def unwanted() -> ColumnElement[bool]:
    """Whether a mail is not to be sent any more, as its letter stands (`reading` joins it)."""
    once, asks, later = (
        Delivery.kind.in_(bindparam(kinds, expanding=True)) for kinds in ("once", "asking", "afterwards")
    )
    same = and_(Letter.is_with_cosigners, Delivery.about["digest"].as_string() == Revision.digest)
    stands = func.coalesce(same, false())
    over = or_(and_(once, not_(later), not_(Letter.is_being_sent)), and_(later, not_(Letter.is_sent)))
    untrue = (
        and_(Delivery.kind.in_(kinds), not_(stands_in(Letter, states))) for states, kinds in registry.holding().items()
    )
    gone = or_(over, and_(asks, not_(stands)), _is_idle_reminder(), _is_answered(), *untrue, blocked.is_not_sent())
    return and_(Delivery.letter_id.is_not(None), gone)


def _is_idle_reminder() -> ColumnElement[bool]:
    """Whether a mail reminds of an answer that has come, or can come no more, or that nobody is to be reminded of."""
    awaited = or_(Invitation.is_invited, Invitation.is_to_confirm)
    reviewed = and_(Letter.is_in_review, Invitation.verdict != "")
    moment = bindparam("now", type_=Letter.deadline.type)
    over = and_(Letter.deadline <= moment, or_(Invitation.deadline.is_(None), Invitation.deadline <= moment))
    switched_off = Invitation.no_reminders.in_(("coordinator", "both"))
    idle = or_(not_(func.coalesce(awaited, false())), reviewed, AGREED, func.coalesce(over, false()), switched_off)
    reminds = Delivery.kind.in_(bindparam("reminders", expanding=True))
    return and_(reminds, Delivery.invitation_id.is_not(None), idle)


def _is_answered() -> ColumnElement[bool]:
    """Whether a mail awaits an answer of one organisation that stands otherwise by now."""
    for_one = Delivery.about["for"][1].as_string().is_(None)
    answered = (
        and_(Delivery.kind.in_(kinds), for_one, not_(stands_in(Invitation, states)))
        for states, kinds in registry.awaiting().items()
    )
    return or_(false(), *answered)


@functools.cache
def reading() -> Select[Any]:
    """Return the query for what the steps of many mails look at, each with whether it is `unwanted` or `held`."""
    current = and_(Revision.letter_id == Letter.id, Revision.number == Letter.revision_number)
    asked = (unwanted().label("unwanted"), blocked.is_held().label("held"))
    of = select(*READ).add_columns(*asked).select_from(Delivery)
    of = of.outerjoin(Letter, Letter.id == Delivery.letter_id).outerjoin(Revision, current)
    return of.outerjoin(Invitation, Invitation.id == Delivery.invitation_id)


@functools.cache
def _reading_some() -> Select[Any]:
    some = reading().where(Delivery.id.in_(bindparam("ids", expanding=True)))
    return some.order_by(Delivery.id).with_for_update(of=Delivery)


def read(session: Transaction, query: Select[Any], **given: Any) -> list[Row[Any]]:
    """Return what a query that `reading` begins finds."""
    kinds = {"once": sent_once(), "asking": following_the_text(), "afterwards": sent_afterwards()}
    known = {**kinds, "reminders": stoppable(), "now": now()}
    session.flush()
    return list(session.connection().execute(query, known | given).all())


def of_letter(letter_id: str | None) -> ColumnElement[bool]:
    """Whether a mail is of this letter; None: of none."""
    return Delivery.letter_id.is_(None) if letter_id is None else Delivery.letter_id == letter_id


def read_locked(session: Transaction, delivery_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Return mails by their ids, their rows locked."""
    return {row.id: row for row in read(session, _reading_some(), ids=list(delivery_ids))}


def step_of(row: Row[Any], entry: actions.DeliveryStep, facts: DeliveryFacts | None = None, **columns: Any) -> Step:
    """Return the step that an entry tells of; it stands in the history where an auditor asks for it."""
    told = MAILS[row.kind].once or type(entry) not in UNTOLD
    trigger = entry.NAME.partition(".")[2]
    known, said = facts or DeliveryFacts(), entry if told else None
    return Step(row.id, row.letter_id, row.state, row.epoch, trigger, known, columns, said, row.cause)


def says(row: Row[Any] | Delivery, **said: Any) -> dict[str, Any]:
    """Return what an entry says of the mail that a row is of."""
    return {"delivery": row.id, "kind": row.kind, "attempt": row.attempts, **said}


def tells(row: Row[Any] | Delivery, answer: str) -> dict[str, Any]:
    """Return what an entry tells of an answer, and of the bytes that were sent where no mark does."""
    told = {"answer": hashlib.sha256(answer.encode()).hexdigest()} if answer else {}
    sent = {} if MAILS[row.kind].once or row.mime_sha256 is None else {"mime": row.mime_sha256}
    return told | sent
