"""What a deadline brings besides the end of answers: an extension, a question to the coordinators; a warning before."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from workflow import blocked, history
from workflow.campaigns import corrections, deadlines, drafts, readers, rounds, telling
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.readers import Seen
from workflow.campaigns.tally import tally
from workflow.campaigns.telling import Event
from workflow.clock import is_over
from workflow.errors import InputError, RefusedError
from workflow.history import SYSTEM, Actor, actions
from workflow.languages import lazy_gettext
from workflow.mails import deadline_came, events
from workflow.mails.registry import following_the_text, stoppable
from workflow.models import Delivery, Invitation, InvitationContact, Letter, now
from workflow.moments import days_after
from workflow.states import check
from workflow.states.deadlines import ASK, CLOSE, EXTEND
from workflow.transaction import Transaction, lock_letter

WARNED = timedelta(hours=24)
"""So long before a signature lapses whose it is are told."""
HEARD = 2 * WARNED
"""Nobody is told who was asked to answer, or reminded, in so long."""

Choice = Literal["close", "extend", "open"]
"""What a coordinator answers whose campaign asks."""


def _come(*these: ColumnElement[bool]) -> Select[str]:
    return select(Letter.id).where(Letter.is_with_cosigners, Letter.deadline <= now(), *these).order_by(Letter.id)


def to_extend(session: Transaction) -> Sequence[str]:
    """Return the letters whose deadline has come and is extended, for somebody still has to answer."""
    waits = exists().where(Invitation.letter_id == Letter.id, or_(Invitation.is_invited, Invitation.is_to_confirm))
    return session.scalars(_come(Letter.at_deadline == EXTEND, ~Letter.closes_itself, waits)).all()


def extend(session: Transaction, letter_id: str) -> bool:
    """
    Extend the deadline of a letter by the days that its rules say, once, and tell everybody; returns whether it did.

    The time of day stays, also where clocks are put forward or back meanwhile. Days for which nobody was there to do it
    do not count.
    """
    row = lock_letter(session, letter_id)
    if row is None or row.deadline is None or not row.is_with_cosigners or not is_over(row.deadline):
        return False
    if row.at_deadline != EXTEND or row.closes_itself:
        return False
    before = row.deadline
    away = (now() - before) // timedelta(days=1)
    row.deadline, row.extended = days_after(before, row.extend_days + away, row.timezone), True
    extended = actions.DeadlineExtended(deadline=row.deadline, before=before)
    sequence = history.append(session, row.id, SYSTEM, extended)
    deadlines.moved(session, row, before, sequence, SYSTEM, "extended")
    return True


def to_ask(session: Transaction) -> Sequence[str]:
    """Return the letters whose deadline has come, and whose coordinators are to be asked what that brings."""
    asked = and_(Letter.asked_at_deadline.is_not(None), Letter.asked_at_deadline == Letter.deadline)
    return session.scalars(_come(Letter.at_deadline == ASK, ~asked)).all()


def ask(session: Transaction, letter_id: str) -> bool:
    """Ask the coordinators of a letter what its deadline brings, once for each deadline; returns whether it did."""
    row = lock_letter(session, letter_id)
    if row is None or not asks(row) or row.asked_at_deadline == row.deadline:
        return False
    assert row.deadline is not None
    row.asked_at_deadline = row.deadline
    sequence = history.append(session, row.id, SYSTEM, actions.DeadlineCame(deadline=row.deadline))
    counted = tally(session, row)
    waiting = counted.invited + counted.to_confirm
    deadline_came.queue(session, row, sequence, signed=counted.signed, waiting=waiting)
    return True


def asks(row: Letter) -> bool:
    """Whether the deadline of a letter has come, and a coordinator is to say what it brings."""
    return row.at_deadline == ASK and row.is_with_cosigners and is_over(row.deadline)


def decide(
    session: Transaction,
    letter_id: str,
    choice: Choice,
    actor: Actor,
    *,
    deadline: datetime | None = None,
    seen: Seen | None = None,
) -> Letter:
    """
    Say what a deadline that has come brings: it closes answers, it is a later one (`deadline`), or there is none.

    Raises `RefusedError` where that is not asked any more, `ChangedError` where others wait than was `seen`,
    `InputError` at a deadline that is over.
    """
    row = locked_letter(session, letter_id)
    check("decide_deadline", row.state)
    if not asks(row):
        raise RefusedError(
            lazy_gettext("There is nothing to decide any more: somebody else did, or the deadline moved.")
        )
    if seen is not None:
        readers.compare(seen, *deadlines.waiting(session, row))
    if choice == "close":
        return drafts.set_terms(session, letter_id, dataclasses.replace(drafts.terms_of(row), at_deadline=CLOSE), actor)
    if choice == "extend" and deadline is None:
        raise InputError(deadline=lazy_gettext("Enter a date and a time."))
    return drafts.set_deadline(session, letter_id, deadline if choice == "extend" else None, actor)


# --- a warning --------------------------------------------------------------------------------------------------------


def to_warn(session: Transaction) -> Sequence[str]:
    """Return the letters in which a signature for an earlier version is about to lapse without a word."""
    lapses = exists().where(Invitation.letter_id == Letter.id, *_about_to_lapse()).correlate(Letter)
    return session.scalars(select(Letter.id).where(Letter.is_with_cosigners, lapses).order_by(Letter.id)).all()


def _about_to_lapse() -> tuple[ColumnElement[bool], ...]:
    """To confirm, by a deadline within a day that closes it; neither asked nor reminded of late."""
    until = now() + WARNED
    near = or_(
        and_(Letter.deadline <= until, or_(Invitation.deadline.is_(None), Invitation.deadline <= Letter.deadline)),
        and_(Invitation.deadline <= until, Invitation.deadline > Letter.deadline),
    )
    ahead = or_(Letter.deadline > now(), Invitation.deadline > now())
    told = exists().where(
        Delivery.invitation_id == Invitation.id,
        Delivery.kind.in_((*following_the_text(), *stoppable(), events.confirm_soon.kind)),
        Delivery.queued_at > now() - HEARD,
        ~Delivery.is_cancelled,
    )
    other = exists().where(InvitationContact.invitation_id == Invitation.id, InvitationContact.removed_at.is_(None))
    other = other.where(~blocked.stops(InvitationContact.email))
    reachable = and_(Invitation.email != "", or_(~blocked.stops(Invitation.email), other))
    waits = and_(Letter.is_with_cosigners, Letter.closes_itself, Invitation.is_to_confirm)
    return waits, near, ahead, reachable, ~told.correlate(Invitation)


def warn(session: Transaction, letter_id: str, most: int, done: set[str] | None = None) -> int:
    """
    Tell organisations whose signature is about to lapse, at most so many; returns of how many it asked.

    Whose silence keeps its signature is told nothing. Those who were asked of go into `done`, and are passed over.
    """
    row = lock_letter(session, letter_id)
    if row is None:
        return 0
    done = set() if done is None else done
    query = select(Invitation).join(Letter, Letter.id == Invitation.letter_id)
    query = query.where(Invitation.letter_id == letter_id, Invitation.id.not_in(done), *_about_to_lapse())
    found = session.scalars(query.order_by(Invitation.position).limit(most)).all()
    rounds.settle(session, row, found)
    ids = [one.id for one in found]
    done.update(ids)
    silent = corrections.kept_by_silence(session, row, ids)
    by_deadline: defaultdict[datetime | None, list[str]] = defaultdict(list)
    for invitation in found:
        if invitation.id not in silent:
            by_deadline[invitation.due].append(invitation.id)
    event = Event(events.confirm_soon.kind, 0)
    for until, these in by_deadline.items():
        telling.tell(session, row, these, event, f"{event.kind}:{until.isoformat() if until else ''}:{row.id}")
    return len(found)
