"""Mails that are not to be sent any more: what has become of their letter, or of whom they are for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, func, select

from workflow.deliveries.rows import MANY, READ, of_letter, read, reading, step_of, unwanted
from workflow.history import SYSTEM, actions, steps
from workflow.mails.registry import following_the_text, to_coordinators
from workflow.models import Delivery, now
from workflow.transaction import Transaction, lock_letter


def has_unwanted(session: Transaction, letter_id: str) -> bool:
    """Whether a letter has mails that wait and are not to be sent any more (`cancel_unwanted`)."""
    waiting = reading().where(of_letter(letter_id), Delivery.is_waiting, unwanted())
    return bool(read(session, waiting.limit(1)))


def cancel_unwanted(session: Transaction, letter_id: str, limit: int = MANY) -> int:
    """Cancel mails of a letter that wait and are not to be sent any more, at most `limit`; returns how many it were."""
    lock_letter(session, letter_id)
    waiting = reading().where(of_letter(letter_id), Delivery.is_waiting, unwanted())
    oldest = waiting.order_by(Delivery.queued_at, Delivery.id).limit(limit)
    rows = read(session, oldest.with_for_update(of=Delivery))
    _cancel(session, rows)
    return len(rows)


def cancel_asks(session: Transaction, invitation_ids: Sequence[str], *, all_contacts: bool = True) -> None:
    """
    Cancel what waits and asks these organisations for an answer, for they are asked anew; the letter is locked.

    Without `all_contacts` what goes to the contacts besides the first stays.
    """
    asks = (Delivery.invitation_id.in_(invitation_ids), Delivery.kind.in_(following_the_text()))
    _cancel_those(session, *asks, to=lambda contact: all_contacts or not contact)


def cancel_to_contact(session: Transaction, invitation_id: str, contact_id: str) -> None:
    """Cancel what waits for one contact of an organisation besides the first; the letter is locked."""
    _cancel_those(session, Delivery.invitation_id == invitation_id, to=lambda contact: contact == contact_id)


def cancel_of(session: Transaction, invitation_id: str, kind: str) -> None:
    """Cancel what waits of one kind for one organisation; the letter is locked."""
    _cancel_those(session, Delivery.invitation_id == invitation_id, Delivery.kind == kind)


def cancel_one(session: Transaction, delivery: Delivery) -> bool:
    """Cancel one mail that waits, and return whether it did; the letter is locked."""
    return _cancel_those(session, Delivery.id == delivery.id) == 1


def cancel_to_coordinator(session: Transaction, letters: Select[str], address: str) -> None:
    """Cancel what waits for somebody who coordinates these letters no more, whatever it tells; they are locked."""
    told = Delivery.kind.in_(to_coordinators())
    _cancel_those(session, Delivery.letter_id.in_(letters), told, func.lower(Delivery.address) == address.lower())


def cancel_reminders(session: Transaction, invitation_ids: Sequence[str], address: str = "") -> None:
    """Cancel the reminders of these organisations that wait, where it is given to one address; the letter is locked."""
    given = {"of": list(invitation_ids), "address": address.lower()}
    _cancel(session, read(session, _waiting_reminders(to_one=bool(address)), **given))


@functools.cache
def _waiting_reminders(*, to_one: bool) -> Select[Any]:
    of: BindParameter[Any] = bindparam("of", expanding=True)
    kinds: BindParameter[Any] = bindparam("reminders", expanding=True)
    waiting = [Delivery.invitation_id.in_(of), Delivery.kind.in_(kinds), Delivery.is_waiting]
    if to_one:
        waiting.append(func.lower(Delivery.address) == bindparam("address"))
    return select(*READ).where(*waiting).order_by(Delivery.id).with_for_update()


def cancel_all_to(session: Transaction, letter_id: str | None, address: str) -> None:
    """Cancel whatever waits to go to an address, whose person is erased; the letter is locked."""
    _cancel_those(session, of_letter(letter_id), func.lower(Delivery.address) == address)


def cancel_kind(session: Transaction, letter_id: str, kind: str) -> None:
    """Cancel what waits of one kind, which is not wanted any more; the letter is locked."""
    _cancel_those(session, of_letter(letter_id), Delivery.kind == kind)


def cancel_all(session: Transaction, letter_id: str, limit: int = MANY) -> None:
    """Cancel what waits of a letter that is erased, so many at most; the letter is locked."""
    _cancel_those(session, of_letter(letter_id), limit=limit)


def _cancel_those(
    session: Transaction,
    *these: ColumnElement[bool],
    to: Callable[[str], bool] | None = None,
    limit: int | None = None,
) -> int:
    """
    Cancel those of these mails that wait, and return how many it were.

    Where `to` is given only to contacts whom it takes (empty: the first).
    """
    waiting = select(*READ, *([Delivery.about] if to else [])).where(*these, Delivery.is_waiting)
    found: Sequence[Any] = session.execute(waiting.order_by(Delivery.id).limit(limit).with_for_update()).all()
    wanted = [row for row in found if to is None or to(row.about.get("contact") or "")]
    _cancel(session, wanted)
    return len(wanted)


def _cancel(session: Transaction, rows: Sequence[Row[Any]]) -> None:
    in_order = sorted(rows, key=lambda row: row.queued_at)
    cancelled = (step_of(row, actions.DeliveryCancelled(delivery=row.id, kind=row.kind)) for row in in_order)
    steps.take(session, list(cancelled), SYSTEM, now())
