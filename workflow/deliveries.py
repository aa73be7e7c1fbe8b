"""
Deliveries: one mail to one address, from the act that makes it necessary to the server's answer.

Each function is one step in the caller's transaction. Nothing here talks to a mail server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select

from config.logs import logger
from emails.transport import Outcome
from workflow import history, retries
from workflow.errors import RefusedError
from workflow.history import SYSTEM, Actor, actions, remembered
from workflow.mails.registry import mail_of, sent_once
from workflow.models import Delivery, Letter, now
from workflow.states import DeliveryFacts
from workflow.transaction import Transaction, lock_letter


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's committed claim on one mail: valid while the row's epoch is this one."""

    delivery_id: str
    letter_id: str | None
    epoch: int
    once: bool = False
    """A machine sends it once: what is done is remembered outside of the database too."""


def due(session: Transaction, letter_id: str | None, limit: int) -> list[str]:
    """Return the ids of mails whose time has come, oldest first; `letter_id` None means mails of no letter."""
    query = (
        select(Delivery.id)
        .where(Delivery.letter_id.is_(None) if letter_id is None else Delivery.letter_id == letter_id)
        .where(Delivery.is_waiting, retries.has_come())
        .order_by(Delivery.next_at, Delivery.queued_at, Delivery.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def claim(session: Transaction, letter_id: str | None, owner: str, limit: int = 20) -> list[Lease]:
    """Claim the mails of a letter that are due, for `owner`; each claim is a step of its machine."""
    if letter_id is not None:
        lock_letter(session, letter_id)
    newest = (_newest(session, delivery_id) for delivery_id in due(session, letter_id, limit))
    return [_leased(session, delivery, owner) for delivery in newest if _may_leave(session, delivery)]


def _may_leave(session: Transaction, delivery: Delivery) -> bool:
    """Whether a mail that was due still is; one that is not wanted any more is cancelled."""
    mail = mail_of(delivery)
    if not delivery.is_waiting:
        return False
    if not mail.is_wanted(delivery):
        _cancel(session, delivery, SYSTEM)
        return False
    if mail.once and remembered.is_older(session, delivery.letter_id or ""):
        logger().error("held", delivery=delivery.id, why=remembered.HELD.format(letter=delivery.letter_id))
        return False
    return True


def _leased(session: Transaction, delivery: Delivery, owner: str) -> Lease:
    delivery.epoch += 1
    delivery.attempts += 1
    delivery.lease_owner = owner
    delivery.lease_until = now() + timedelta(seconds=session.settings.lease_seconds)
    step(session, delivery, actions.DeliveryClaimed, DeliveryFacts(due=retries.is_due(delivery)))
    return Lease(delivery.id, delivery.letter_id, delivery.epoch, mail_of(delivery).once)


def _locked(session: Transaction, delivery_id: str, letter_id: str | None) -> Delivery:
    if letter_id is not None:
        lock_letter(session, letter_id)
    return _newest(session, delivery_id)


def _newest(session: Transaction, delivery_id: str) -> Delivery:
    query = select(Delivery).where(Delivery.id == delivery_id).with_for_update(of=Delivery)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def step(
    session: Transaction,
    delivery: Delivery,
    taken: type[actions.DeliveryStep],
    facts: DeliveryFacts,
    actor: Actor = SYSTEM,
) -> None:
    """Take a step of a mail's machine, with its entry in the history; raises `RefusedError`."""
    said: dict[str, str] = {}
    if issubclass(taken, actions.AnsweredStep) and delivery.answer:
        said["answer"] = hashlib.sha256(delivery.answer.encode()).hexdigest()
    if taken is actions.DeliveryHandedOver and delivery.mime_sha256:
        said["mime"] = delivery.mime_sha256
    moment = now()
    entry = taken(delivery=delivery.id, kind=delivery.kind, attempt=delivery.attempts, **said)
    history.transition(session, delivery, entry, facts, actor, at=moment)
    if taken in (actions.DeliveryAccepted, actions.DeliveryRejected):
        delivery.settled_at = moment


def _cancel(session: Transaction, delivery: Delivery, actor: Actor) -> None:
    cancelled = actions.DeliveryCancelled(delivery=delivery.id, kind=delivery.kind)
    history.transition(session, delivery, cancelled, DeliveryFacts(), actor)


def under_lease(session: Transaction, lease: Lease) -> Delivery:
    """Lock a mail under its lease; raises `RefusedError` when another worker has taken it over since."""
    delivery = _locked(session, lease.delivery_id, lease.letter_id)
    if delivery.epoch != lease.epoch or not delivery.is_answerable:
        raise RefusedError("Another worker has taken this mail over.")
    return delivery


def mark_submitted(session: Transaction, lease: Lease) -> None:
    """Mark, before the final dot, that the mail is about to be the server's; raises `RefusedError` when it must not."""
    delivery = under_lease(session, lease)
    held, wanted = not _ran_out(session, delivery), mail_of(delivery).is_wanted(delivery)
    step(session, delivery, actions.DeliveryHandedOver, DeliveryFacts(lease_held=held, wanted=wanted))


def give_up(session: Transaction, lease: Lease, why: str) -> None:
    """Let go of a mail that was not sent, for it must not be or could not be made: cancelled or tried later."""
    delivery = under_lease(session, lease)
    if not delivery.is_sending:
        return
    delivery.answer = why
    _put_off(session, delivery)
    if delivery.is_waiting and not mail_of(delivery).is_wanted(delivery):
        _cancel(session, delivery, SYSTEM)


def report(session: Transaction, lease: Lease, outcome: Outcome) -> Delivery:
    """Record what the server answered; returns the delivery in the state that it reached."""
    delivery = _believed_lost(session, lease) if outcome.verdict == "accepted" else None
    delivery = delivery or under_lease(session, lease)
    delivery.answer = f"{outcome.code or ''} {outcome.text}".strip()[:1000]
    if outcome.verdict == "accepted":
        step(session, delivery, actions.DeliveryAccepted, DeliveryFacts())
    elif outcome.verdict == "uncertain":
        delivery.next_at = now() + retries.WHEN_UNCERTAIN
        step(session, delivery, actions.DeliveryLost, DeliveryFacts())
    elif outcome.verdict == "rejected":
        step(session, delivery, actions.DeliveryRejected, DeliveryFacts())
    else:
        _put_off(session, delivery)
    return delivery


def _put_off(session: Transaction, delivery: Delivery) -> None:
    """Try a mail later, unless it was tried for long enough."""
    if retries.is_over(delivery):
        step(session, delivery, actions.DeliveryRejected, DeliveryFacts())
    else:
        delivery.next_at = now() + retries.after(delivery.attempts)
        step(session, delivery, actions.DeliveryDeferred, DeliveryFacts())


def _believed_lost(session: Transaction, lease: Lease) -> Delivery | None:
    """Return the mail if its lease was ended for lack of the answer that is here now, and nobody touched it since."""
    delivery = _locked(session, lease.delivery_id, lease.letter_id)
    return delivery if delivery.is_uncertain and delivery.epoch == lease.epoch + 1 else None


def expired(session: Transaction, owner: str | None = None) -> list[tuple[str, str | None]]:
    """Return (delivery, letter) of mails whose worker is gone: their lease ran out, or `owner` starts anew."""
    gone = or_(Delivery.lease_until < now(), Delivery.lease_until > now() + _longest_lease(session))
    if owner is not None:
        gone = or_(gone, Delivery.lease_owner == owner)
    query = select(Delivery.id, Delivery.letter_id).where(Delivery.is_leased, gone)
    return [(delivery_id, letter_id) for delivery_id, letter_id in session.execute(query)]


def release(session: Transaction, delivery_id: str, letter_id: str | None, owner: str | None = None) -> None:
    """End a lease whose worker is gone: not yet handed over, it is tried again; handed over, it is uncertain."""
    delivery = _locked(session, delivery_id, letter_id)
    if not delivery.is_leased:
        return
    if not _ran_out(session, delivery) and delivery.lease_owner != owner:
        return
    delivery.epoch += 1
    taken: type[actions.AnsweredStep] = actions.DeliveryDeferred
    delivery.answer, delivery.next_at = "", now()
    if not delivery.is_sending:
        taken = actions.DeliveryLost
        delivery.answer = "The worker ended before the mail server's answer was recorded."
    step(session, delivery, taken, DeliveryFacts(lease_held=False, lease_expired=True))


def _ran_out(session: Transaction, delivery: Delivery) -> bool:
    """Whether a lease is over: its end has passed, or lies further ahead than any lease, for the clock was set back."""
    until = delivery.lease_until
    return until is None or not now() < until <= now() + _longest_lease(session)


def _longest_lease(session: Transaction) -> timedelta:
    """How far ahead a lease may end; twice what is given, for the clocks of two machines are never quite the same."""
    return timedelta(seconds=2 * session.settings.lease_seconds)


def repeat(session: Transaction, delivery_id: str, letter_id: str | None) -> None:
    """Queue an uncertain mail again, same bytes and Message-ID; raises `RefusedError` for one that is sent once."""
    delivery = _locked(session, delivery_id, letter_id)
    if delivery.is_uncertain and retries.is_due(delivery):
        step(session, delivery, actions.DeliveryRequeued, DeliveryFacts(once=mail_of(delivery).once))


def uncertain(session: Transaction) -> list[tuple[str, str | None]]:
    """Return (delivery, letter) of uncertain mails that a machine may send again now."""
    query = select(Delivery.id, Delivery.letter_id).where(
        Delivery.is_uncertain, Delivery.kind.not_in(sent_once()), retries.has_come()
    )
    return [(delivery_id, letter_id) for delivery_id, letter_id in session.execute(query)]


def send_again(session: Transaction, delivery: Delivery, actor: Actor) -> None:
    """A person has decided that an uncertain mail is to be sent once more."""
    delivery.next_at = now()
    facts = DeliveryFacts(once=mail_of(delivery).once, by_person=True)
    requeued = actions.DeliveryRequeued(delivery=delivery.id, kind=delivery.kind)
    history.transition(session, delivery, requeued, facts, actor)
    session.woken.add(delivery.letter_id)


def settle_as_sent(session: Transaction, delivery: Delivery, actor: Actor) -> None:
    """A person has found out that an uncertain mail did arrive."""
    step(session, delivery, actions.DeliveryAccepted, DeliveryFacts(lease_held=False, by_person=True), actor)


def cancel_waiting(session: Transaction, letter: Letter, kinds: tuple[str, ...], actor: Actor) -> None:
    """Cancel the letter's mails of these kinds that have not left yet."""
    query = select(Delivery).where(Delivery.letter_id == letter.id, Delivery.kind.in_(kinds), Delivery.is_waiting)
    for delivery in session.scalars(query):
        _cancel(session, delivery, actor)


def with_work(session: Transaction) -> Iterator[str | None]:
    """Return every letter (None: mails of no letter) that has a mail whose time has come."""
    query = select(Delivery.letter_id).where(Delivery.is_waiting, retries.has_come()).distinct()
    yield from session.scalars(query)


def keep_content(session: Transaction, delivery: Delivery, content: bytes) -> None:
    """Keep a mail's bytes with its delivery: every attempt sends these."""
    delivery.sealed = session.tokens.encrypt(content)
    delivery.mime_sha256 = hashlib.sha256(content).hexdigest()
