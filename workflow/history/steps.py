"""
One step that many mails take at once: the machine is asked once for each set of facts, the rows are written together.

Beside `history.transition` the only place where a state column is written.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, update
from sqlalchemy.orm import Session

from workflow import states
from workflow.errors import RefusedError
from workflow.history.action import Action
from workflow.history.log import Actor, append
from workflow.models import Delivery
from workflow.states import DeliveryFacts
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Step:
    """A step of one mail, whose row was read, and is locked, in this transaction."""

    delivery_id: str
    letter_id: str | None
    state: str
    epoch: int
    """State and epoch as they were read: a row that has others by now is not written."""
    trigger: str
    facts: DeliveryFacts
    columns: Mapping[str, Any] = field(default_factory=dict)
    """What else is written into its row."""
    entry: Action | None = None
    """What the letter's history says of it; None: nothing that an auditor asks for."""
    cause: int | None = None
    """The act that the mail belongs to, as its row says."""


@functools.lru_cache(maxsize=1024)
def reached(state: str, trigger: str, facts: DeliveryFacts) -> str:
    """Return the state that a step leads a mail to; raises `RefusedError`."""
    return states.fire(states.DELIVERY, state, trigger, facts)


def take(session: Transaction, steps: Sequence[Step], actor: Actor, at: datetime) -> None:
    """
    Take the steps, and append the entries of those that have one, in the order given.

    Raises `RefusedError` where a machine refuses one, or a row is not as it was read: then none may be kept.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for step in steps:
        _check_named(step)
        alike[tuple(step.columns)].append(_as_written(step))
    session.flush()
    for rows in alike.values():
        _write(session, rows)
    _forget(session, (step.delivery_id for step in steps))
    for step in steps:
        if step.entry is not None and step.letter_id is not None:
            append(session, step.letter_id, actor, step.entry, at, cause=step.cause)


def _check_named(step: Step) -> None:
    entry = step.entry
    if entry and (entry.NAME, getattr(entry, "delivery", "")) != (f"delivery.{step.trigger}", step.delivery_id):
        raise ValueError(f"{entry.NAME} does not tell of this mail's step {step.trigger}.")


def _as_written(step: Step) -> dict[str, Any]:
    known = {"its_id": step.delivery_id, "its_epoch": step.epoch, "its_state": step.state}
    return {**known, "state": reached(step.state, step.trigger, step.facts), **step.columns}


@functools.cache
def _statement() -> Update:
    table = Delivery.__table__
    unchanged = (table.c.id == bindparam("its_id"), table.c.epoch == bindparam("its_epoch"))
    return update(cast(Table, table)).where(*unchanged, table.c["state"] == bindparam("its_state"))


def _write(session: Transaction, rows: list[dict[str, Any]]) -> None:
    """Write rows that have the same columns; the statement's are those of the first."""
    session.has_written = True
    written = session.connection().execute(_statement(), rows)
    if written.rowcount != len(rows):
        raise RefusedError("Another worker has taken a mail over.")


def _forget(session: Session, delivery_ids: Iterable[str]) -> None:
    """Let rows that were read as objects be read anew."""
    if not session.identity_map:
        return
    for delivery_id in delivery_ids:
        known = session.identity_map.get(session.identity_key(Delivery, delivery_id))
        if known is not None:
            session.expire(known)
