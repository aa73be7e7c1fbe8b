"""
A long history read a page at a time: by what its entries are, whom they are about, and when they were written.

Each statement reads a stretch of an index, from where a page begins, and so many rows as it shows: it costs as much in
a log of a million entries as in one of a thousand. What is counted is counted up to a number.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, TextClause, bindparam, func, select, text

from workflow.history import actions
from workflow.history.action import ACTIONS
from workflow.history.log import OF_MAILS, Entry
from workflow.models import Delivery, LogEntry, LogHead
from workflow.transaction import Transaction

MOST_COUNTED = 10_000
QUEUED = actions.DeliveryQueued.NAME


def of_kind(*kinds: str) -> tuple[str, ...]:
    """Return the actions of some kinds; a mail's steps are of none."""
    return tuple(name for name, row in ACTIONS.items() if row.KIND in kinds and not name.startswith(OF_MAILS))


@dataclass(frozen=True, slots=True)
class Which:
    """Which entries of a letter are looked for; what is None or left as it is leaves nothing out."""

    actions: tuple[str, ...] | None = None
    invitations: tuple[str, ...] | None = None
    """Those that name one of these."""
    cause: int | None = None
    """Those of the mails that belong to an act."""
    first: int = 0
    end: int | None = None
    """Only those before this number."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some entries, newest first, and whether there are more of the kind before and after them."""

    entries: Sequence[Entry]
    older: int | None
    """Those before this number come next; None where there are none."""
    newer: int | None
    """Those from this number on come before."""


def size(session: Transaction, letter_id: str) -> int:
    """Return how many entries a letter's log has."""
    return session.scalar(select(LogHead.size).where(LogHead.letter_id == letter_id)) or 0


def before(session: Transaction, letter_id: str, which: Which, number: int | None, most: int) -> Piece:
    """Return the newest entries before a number (None: of all)."""
    end = which.end if number is None else number if which.end is None else min(number, which.end)
    found = sequences(session, letter_id, replace(which, end=end), most + 1)
    older = found[most - 1] if len(found) > most else None
    newer = number if number is not None and _any_from(session, letter_id, which, number) else None
    return Piece(read(session, letter_id, found[:most]), older, newer)


def from_(session: Transaction, letter_id: str, which: Which, number: int, most: int) -> Piece:
    """Return the oldest entries from a number on; where they are too few for a page, the newest."""
    found = sequences(session, letter_id, replace(which, first=max(which.first, number)), most + 1, newest=False)
    if len(found) <= most:
        return before(session, letter_id, which, None, most)
    return Piece(read(session, letter_id, found[most - 1 :: -1]), found[0], found[most])


def _any_from(session: Transaction, letter_id: str, which: Which, number: int) -> bool:
    return bool(sequences(session, letter_id, replace(which, first=max(which.first, number)), 1, newest=False))


def sequences(session: Transaction, letter_id: str, which: Which, most: int, *, newest: bool = True) -> Sequence[int]:
    """Return the numbers of entries, the newest first, or the oldest: `most` at most."""
    if which.actions is None or which.invitations is not None or which.cause is not None:
        return session.scalars(_plain(which, newest=newest).limit(most), _given(letter_id, which)).all()
    given = {"letter": letter_id, "first": which.first, "end": _end(which), "most": most}
    statement = _by_action(which.actions, newest) if which.actions else None
    return [] if statement is None else session.connection().execute(statement, given).scalars().all()


def _end(which: Which) -> int:
    return 2**31 - 1 if which.end is None else max(0, min(which.end, 2**31 - 1))


def _given(letter_id: str, which: Which) -> dict[str, Any]:
    given: dict[str, Any] = {"letter": letter_id, "first": which.first, "end": _end(which)}
    if which.invitations is not None:
        given["invitations"] = which.invitations
    if which.cause is not None:
        given["cause"] = which.cause
    return given | ({} if which.actions is None else {"actions": which.actions})


NUMBER, ACTION = LogEntry.sequence + 0, LogEntry.action.concat("")
"""The same columns, by which no index is chosen: else a database walks through the whole log to save itself a sort."""


def _plain(which: Which, *, newest: bool) -> Select[int]:
    narrow = which.invitations is not None or which.cause is not None
    number = NUMBER if narrow else LogEntry.sequence.expression
    query = select(LogEntry.sequence).where(
        LogEntry.letter_id == bindparam("letter"), number >= bindparam("first"), number < bindparam("end")
    )
    if which.invitations is not None:
        query = query.where(LogEntry.invitation_id.in_(bindparam("invitations", expanding=True)))
    if which.cause is not None:
        query = query.where(LogEntry.cause == bindparam("cause"))
    if which.actions is not None:
        action = ACTION if which.invitations is not None else LogEntry.action.expression
        query = query.where(action.in_(bindparam("actions", expanding=True)))
    return query.order_by(number.desc() if newest else number)


STRETCH = "SELECT sequence FROM log_entries WHERE letter_id = :letter AND action = '{action}'"
STRETCH += " AND sequence >= :first AND sequence < :end"


@functools.lru_cache(maxsize=64)
def _by_action(wanted: tuple[str, ...], newest: bool) -> TextClause:
    """A stretch of the index for each action, put together: no other entry is looked at."""
    order = f"ORDER BY sequence {'DESC' if newest else 'ASC'} LIMIT :most"
    parts = (f"SELECT * FROM ({_stretch(action)} {order}) AS part{n}" for n, action in enumerate(wanted))
    return text(f"SELECT sequence FROM ({' UNION ALL '.join(parts)}) AS found {order}")


def _stretch(action: str) -> str:
    if action not in ACTIONS:
        raise ValueError(f"There is no action {action}.")
    return STRETCH.format(action=action)


def read(session: Transaction, letter_id: str, numbers: Sequence[int]) -> list[Entry]:
    """Return entries by their numbers, in that order; what is no entry is left out."""
    found = {}
    for sequence, entry in session.execute(_entries(), {"letter": letter_id, "numbers": list(numbers)}):
        with contextlib.suppress(KeyError, TypeError, ValueError):
            found[sequence] = Entry.read(sequence, json.loads(entry))
    return [found[number] for number in numbers if number in found]


@functools.cache
def _entries() -> Select[int, bytes]:
    these = LogEntry.sequence.in_(bindparam("numbers", expanding=True))
    return select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == bindparam("letter"), these)


# --- how many ---------------------------------------------------------------------------------------------------------


def count(session: Transaction, letter_id: str, which: Which) -> int:
    """Return how many entries there are; where it is more than `MOST_COUNTED`, one more than that."""
    if which.actions is None and which.invitations is None and which.cause is None:
        return max(0, min(_end(which), size(session, letter_id)) - which.first)
    if which.actions is None or which.invitations is not None or which.cause is not None:
        some = _plain(which, newest=True).limit(MOST_COUNTED + 1).subquery()
        return session.scalar(select(func.count()).select_from(some), _given(letter_id, which)) or 0
    given = {"letter": letter_id, "first": which.first, "end": _end(which), "most": MOST_COUNTED + 1}
    found = session.connection().execute(_counting(which.actions), given).scalar_one()
    return min(int(found), MOST_COUNTED + 1)


@functools.lru_cache(maxsize=64)
def _counting(wanted: tuple[str, ...]) -> TextClause:
    parts = (f"SELECT * FROM ({_stretch(action)} LIMIT :most) AS part{n}" for n, action in enumerate(wanted))
    return text(f"SELECT count(*) FROM ({' UNION ALL '.join(parts)}) AS found")


# --- when -------------------------------------------------------------------------------------------------------------


def first_from(session: Transaction, letter_id: str, moment: datetime) -> int:
    """
    Return the number of the first entry of a moment or later; the log's size where there is none.

    Halved again and again: entries never go back in time. (In a log of before that was held, their order is meant.)
    """
    low, high = 0, size(session, letter_id)
    while low < high:
        middle = (low + high) // 2
        at = session.scalar(_time(), {"letter": letter_id, "number": middle})
        low, high = (middle + 1, high) if at is not None and at < moment else (low, middle)
    return low


@functools.cache
def _time() -> Select[datetime | None]:
    return select(LogEntry.at).where(
        LogEntry.letter_id == bindparam("letter"), LogEntry.sequence == bindparam("number")
    )


# --- the mails of an act ----------------------------------------------------------------------------------------------

OUTCOMES = {
    "queued": QUEUED,
    "accepted": actions.DeliveryAccepted.NAME,
    "returned": actions.DeliveryBounced.NAME,
    "refused": actions.DeliveryRejected.NAME,
    "uncertain": actions.DeliveryLost.NAME,
    "cancelled": actions.DeliveryCancelled.NAME,
}


class Mails(NamedTuple):
    """How many mails an act brought, and what became of them, by its entries; each up to `MOST_COUNTED` + 1."""

    queued: int
    accepted: int
    returned: int
    refused: int
    uncertain: int
    cancelled: int


def mails_of(session: Transaction, letter_id: str, acts: Sequence[int]) -> dict[int, Mails]:
    """Return what became of the mails of some acts, of those that brought any."""
    if not acts:
        return {}
    given = {"letter": letter_id, "acts": list(acts), "most": MOST_COUNTED + 1}
    found = session.connection().execute(_outcomes(), given)
    return {row[0]: Mails(*row[1:]) for row in found if row[1]}


@functools.cache
def _outcomes() -> TextClause:
    counted = ", ".join(
        "(SELECT count(*) FROM (SELECT 1 FROM log_entries AS mail WHERE mail.letter_id = :letter AND "
        f"mail.cause = act.sequence AND mail.action = '{action}' LIMIT :most) AS few)"
        for action in OUTCOMES.values()
    )
    acts = "FROM log_entries AS act WHERE act.letter_id = :letter AND act.sequence IN :acts"
    return text(f"SELECT act.sequence, {counted} {acts}").bindparams(bindparam("acts", expanding=True))


class MailRow(NamedTuple):
    """One mail, as its row tells what became of it."""

    sequence: int
    """The entry that queued it."""
    cause: int
    delivery_id: str
    kind: str
    state: str
    address: str
    queued_at: datetime
    settled_at: datetime | None
    invitation_id: str | None
    recipient_id: str | None


def mails(session: Transaction, letter_id: str, queued: Sequence[int]) -> list[MailRow]:
    """Return the mails that these entries queued, in their order."""
    found = session.execute(_mails(), {"letter": letter_id, "numbers": list(queued)})
    rows = {row[0]: MailRow(*row) for row in found}
    return [rows[number] for number in queued if number in rows]


@functools.cache
def _mails() -> Select[*tuple[Any, ...]]:
    columns = (Delivery.id, Delivery.kind, Delivery.state, Delivery.address, Delivery.queued_at, Delivery.settled_at)
    these = LogEntry.sequence.in_(bindparam("numbers", expanding=True))
    return (
        select(LogEntry.sequence, LogEntry.cause, *columns, Delivery.invitation_id, Delivery.recipient_id)
        .join(Delivery, Delivery.id == LogEntry.delivery_id)
        .where(LogEntry.letter_id == bindparam("letter"), these)
    )


def queued_by(session: Transaction, letter_id: str, acts: Sequence[int], most: int) -> Iterator[int]:
    """Give the entries that queued mails of some acts, oldest first."""
    query = select(LogEntry.sequence).where(
        LogEntry.letter_id == letter_id, LogEntry.cause.in_(acts), LogEntry.action == QUEUED
    )
    yield from session.scalars(query.order_by(NUMBER).limit(most))


def kinds_of(session: Transaction, letter_id: str, acts: Sequence[int]) -> dict[int, list[str]]:
    """Return what kinds of mail some acts brought, by the first and the last that each queued."""
    if not acts:
        return {}
    ends = (func.min(LogEntry.sequence), func.max(LogEntry.sequence))
    query = select(LogEntry.cause, *ends).where(
        LogEntry.letter_id == letter_id, LogEntry.cause.in_(acts), LogEntry.action == QUEUED
    )
    of = {act: (first, last) for act, first, last in session.execute(query.group_by(LogEntry.cause))}
    found = {one.sequence: one for one in read(session, letter_id, [number for ends in of.values() for number in ends])}
    return {
        act: [str(found[number].about.get("kind", "")) for number in ends if number in found]
        for act, ends in of.items()
        if act is not None
    }
