"""
Addresses that nothing is sent to: mail to them came back, or whoever reads it wants none.

What is written to such an address is queued as ever, and never leaves: it is cancelled on the record or, where somebody
must have it, waits until a coordinator says so. It is asked here alone: as mails are claimed, and before the final dot.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, false, func, select
from sqlalchemy.orm import InstrumentedAttribute

from emails.bounces import Failed
from workflow import history
from workflow.history import SYSTEM, Actor, actions
from workflow.mails import came_back as notes
from workflow.mails.registry import kept_for_blocked, mail_of, sent_to_blocked
from workflow.models import BlockedAddress, Delivery, Letter, now
from workflow.transaction import Transaction

Reason = Literal["returned", "complaint", "not_me"]

LONGEST_WORDS = 500
MONTHS = timedelta(days=60)
"""Of what came back before that nothing is counted."""


def stops(address: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether nothing is sent to an address, for a query; however it is spelt."""
    return exists().where(BlockedAddress.address == func.lower(address), BlockedAddress.lifted_at.is_(None))


@functools.cache
def is_blocked() -> ColumnElement[bool]:
    """Whether nothing is sent to the address of a mail, for a query."""
    return stops(Delivery.address)


@functools.cache
def is_not_sent() -> ColumnElement[bool]:
    """Whether a mail is not to be sent any more for that, and is cancelled."""
    return and_(Delivery.kind.not_in((*sent_to_blocked(), *kept_for_blocked())), is_blocked())


@functools.cache
def is_held() -> ColumnElement[bool]:
    """Whether a mail waits for that, until somebody says that it goes all the same."""
    kinds = kept_for_blocked()
    return and_(Delivery.kind.in_(kinds), is_blocked()) if kinds else false()


def now_at(session: Transaction, address: str) -> BlockedAddress | None:
    """Return what blocks an address now; None: nothing does."""
    return next(iter(living(session, [address.strip().lower()])), None)


def living(session: Transaction, addresses: Sequence[str] | None = None) -> list[BlockedAddress]:
    """Return what blocks addresses now, the oldest first: these, in small letters, or all."""
    found = select(BlockedAddress).where(BlockedAddress.lifted_at.is_(None))
    if addresses is not None:
        kept = (mark for address in addresses for mark in session.tokens.all_keyed(MARK, address))
        found = found.where(BlockedAddress.address.in_([*addresses, *kept]))
    return list(session.scalars(found.order_by(BlockedAddress.created_at, BlockedAddress.id)))


def block(
    session: Transaction, address: str, reason: str, words: str = "", delivery_id: str | None = None
) -> BlockedAddress | None:
    """
    Let nothing more go to an address; None where nothing does already.

    What its reader asked for counts for more than that mail came back: then the reason is theirs from here on.
    """
    known = now_at(session, address)
    if known is not None:
        if known.reason == "returned" != reason:
            known.reason = reason
        return None
    made = BlockedAddress(
        address=address.strip().lower(), reason=reason, words=words[:LONGEST_WORDS], delivery_id=delivery_id
    )
    session.add(made)
    session.flush()
    return made


def lift(session: Transaction, known: BlockedAddress) -> None:
    """Let mails go to an address again; what waits for it leaves."""
    known.lifted_at = now()
    session.flush()
    waiting = select(Delivery.letter_id).where(func.lower(Delivery.address) == known.address, Delivery.is_waiting)
    session.woken.update(session.scalars(waiting.distinct()))


# --- what was erased --------------------------------------------------------------------------------------------------

MARK = "blocked"


def erase(session: Transaction, known: BlockedAddress) -> None:
    """
    Forget an address that is erased. Of who wants no mails a keyed hash stays, or they would be written to again.

    Nobody finds an address by it, nor does this server without being given the address.
    """
    if known.reason == "returned" or known.lifted_at is not None:
        session.delete(known)
    elif "@" in known.address:
        known.address, known.words, known.delivery_id = session.tokens.keyed(MARK, known.address), "", None
    session.flush()


def know_again(session: Transaction, letter_id: str | None) -> None:
    """Put an address in the place of its keyed hash, where mails that wait go there: somebody has typed it again."""
    erased = select(BlockedAddress).where(BlockedAddress.lifted_at.is_(None), BlockedAddress.address.not_like("%@%"))
    marks = {one.address: one for one in session.scalars(erased)}
    if not marks:
        return
    of = Delivery.letter_id.is_(None) if letter_id is None else Delivery.letter_id == letter_id
    for address in session.scalars(select(func.lower(Delivery.address)).where(of, Delivery.is_waiting).distinct()):
        for mark in session.tokens.all_keyed(MARK, address):
            if mark in marks:
                marks.pop(mark).address = address
    session.flush()


# --- what came back ---------------------------------------------------------------------------------------------------

SOFT = 3
"""So often an address may say "not now", or that its mailbox is full, before nothing more is sent to it."""


def came_back(session: Transaction, letter: Letter, delivery: Delivery, failed: Failed) -> BlockedAddress | None:
    """
    Let nothing more go to the address that a mail did not reach, where that is the address's own fault; tell it.

    The step of the mail was taken, and its letter is locked. What went to staff is left: they sign in by their mails.
    """
    if not mail_of(delivery).to.from_coordinator:
        return None
    made = None
    if failed.is_hard or _came_back_often(session, delivery.address):
        made = stop(session, letter, delivery.address, "returned", delivery, words=delivery.answer)
    blocks = made is not None or now_at(session, delivery.address) is not None
    notes.queue(session, letter, "returned", delivery, delivery.invitation_id, blocked=blocks)
    return made


def _came_back_often(session: Transaction, address: str) -> bool:
    came = (func.lower(Delivery.address) == address.lower(), Delivery.is_returned, Delivery.queued_at > now() - MONTHS)
    return (session.scalar(select(func.count()).select_from(Delivery).where(*came)) or 0) >= SOFT


def stop(
    session: Transaction,
    letter: Letter,
    address: str,
    reason: Reason,
    delivery: Delivery | None = None,
    invitation_id: str | None = None,
    *,
    words: str = "",
    actor: Actor = SYSTEM,
) -> BlockedAddress | None:
    """Let nothing more go to an address, on the record of the letter, which is locked; None where nothing did."""
    made = block(session, address, reason, words, delivery.id if delivery else None)
    if made is not None:
        entry = actions.AddressBlocked(
            blocked=made.id,
            delivery=delivery.id if delivery else None,
            reason=reason,
            invitation=delivery.invitation_id if delivery else invitation_id,
            recipient=delivery.recipient_id if delivery else None,
        )
        history.append(session, letter.id, actor, entry)
    return made


def free(
    session: Transaction,
    letter: Letter,
    address: str,
    actor: Actor,
    invitation_id: str | None = None,
    recipient_id: str | None = None,
) -> bool:
    """Let mails go to an address again, on the record of the letter, which is locked; whether they did not."""
    known = now_at(session, address)
    if known is None:
        return False
    lift(session, known)
    freed = actions.AddressFreed(blocked=known.id, invitation=invitation_id, recipient=recipient_id)
    history.append(session, letter.id, actor, freed)
    return True
