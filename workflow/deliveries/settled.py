"""A mail of which a machine or a person finds out afterwards: uncertain, come back, arrived after all, sent again."""

from __future__ import annotations

from sqlalchemy import select

from emails.bounces import Failed
from workflow import history, retries
from workflow.deliveries.rows import says, tells
from workflow.history import SYSTEM, Actor, actions
from workflow.mails.registry import mail_of, sent_once
from workflow.models import Delivery, now
from workflow.states import DeliveryFacts
from workflow.transaction import Transaction, lock_letter


def uncertain(session: Transaction) -> list[tuple[str, str | None]]:
    """Return (delivery, letter) of uncertain mails that a machine may send again now."""
    query = select(Delivery.id, Delivery.letter_id).where(
        Delivery.is_uncertain, Delivery.kind.not_in(sent_once()), retries.has_come()
    )
    return [(delivery_id, letter_id) for delivery_id, letter_id in session.execute(query)]


def repeat(session: Transaction, delivery_id: str, letter_id: str | None) -> None:
    """Queue an uncertain mail again, same bytes and Message-ID; raises `RefusedError` for one that is sent once."""
    if letter_id is not None:
        lock_letter(session, letter_id)
    query = select(Delivery).where(Delivery.id == delivery_id).with_for_update(of=Delivery)
    delivery = session.scalars(query.execution_options(populate_existing=True)).one()
    if delivery.is_uncertain and retries.is_due(delivery):
        step(session, delivery, actions.DeliveryRequeued, DeliveryFacts(once=mail_of(delivery).once))


def step(
    session: Transaction,
    delivery: Delivery,
    taken: type[actions.DeliveryStep],
    facts: DeliveryFacts,
    actor: Actor = SYSTEM,
) -> None:
    """Take a step of one mail's machine, with its entry in the history; raises `RefusedError`."""
    said = tells(delivery, delivery.answer) if issubclass(taken, actions.AnsweredStep) else {}
    moment = history.moment(session)
    entry = taken(delivery=delivery.id, kind=delivery.kind, attempt=delivery.attempts, **said)
    history.transition(session, delivery, entry, facts, actor, at=moment)
    if taken in (actions.DeliveryAccepted, actions.DeliveryRejected):
        delivery.settled_at = moment


def bounce(session: Transaction, delivery: Delivery, failed: Failed, report: str) -> None:
    """Record that a mail came back, as `report` (a SHA-256) says; its letter, where it has one, is locked."""
    delivery.answer = f"{failed.status} {failed.words}".strip()[:1000]
    came = actions.DeliveryBounced(
        **says(delivery, **tells(delivery, delivery.answer)), status=failed.status or None, report=report
    )
    history.transition(session, delivery, came, DeliveryFacts(), SYSTEM)


def unbounce(session: Transaction, delivery: Delivery, actor: Actor) -> None:
    """A person has found out that a mail which came back did arrive, or that its address works."""
    arrived = actions.DeliveryUnbounced(**says(delivery, **tells(delivery, delivery.answer)))
    history.transition(session, delivery, arrived, DeliveryFacts(lease_held=False, by_person=True), actor)


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
