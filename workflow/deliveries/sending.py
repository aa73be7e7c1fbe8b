"""A mail on its way: due, claimed by a lease, marked before the final dot, answered; or left by a worker that ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, and_, not_, or_, select

from config.logs import logger
from emails.bounces import Failed
from emails.bounces.failed import TOO_LARGE
from emails.transport import Outcome
from workflow import blocked, history, pace, retries
from workflow.deliveries.rows import MANY, of_letter, read, read_locked, reading, says, step_of, tells, unwanted
from workflow.errors import RefusedError
from workflow.history import SYSTEM, actions, remembered, steps
from workflow.history.steps import Step
from workflow.mails.registry import MAILS, mailings, sent_once
from workflow.models import Delivery, Letter, MailPause, now
from workflow.pace import pause
from workflow.states import DeliveryFacts
from workflow.states.delivery import ANSWERABLE, CLAIMED, LEASED, LOST
from workflow.transaction import Transaction, hold_letter, lock_letter

if TYPE_CHECKING:
    from workflow.mails.writing import Written

AT_RECIPIENT = "after_mail"
"""How far a mail has come whose address is refused."""

WORKER_ENDED = "The worker ended before the mail server's answer was recorded."


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's committed claim on one mail: valid while the row's epoch is this one."""

    delivery_id: str
    letter_id: str | None
    epoch: int
    until: datetime
    once: bool = False
    """A machine sends it once: what is done is remembered outside of the database too."""
    mime_sha256: str | None = None
    """Of the bytes that an earlier attempt has offered."""
    after_pause: bool = False
    """The mail server had asked for a pause: where it takes this mail, that is over for good."""
    from_nobody: bool = False
    """It answers a mail, and is from nobody (`registry.Mail.answers`)."""


def due(session: Transaction, letter_id: str | None, limit: int) -> list[str]:
    """Return the ids of mails whose time has come, oldest first; `letter_id` None means mails of no letter."""
    query = (
        select(Delivery.id)
        .where(of_letter(letter_id), Delivery.is_waiting, retries.has_come())
        .order_by(Delivery.next_at, Delivery.queued_at, Delivery.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def with_work(session: Transaction) -> Iterator[str | None]:
    """Return every letter (None: mails of no letter) that has a mail whose time has come."""
    query = select(Delivery.letter_id).where(Delivery.is_waiting, retries.has_come()).distinct()
    yield from session.scalars(query)


# --- claims -----------------------------------------------------------------------------------------------------------


def claim(
    session: Transaction, letter_id: str | None, owner: str, limit: int = MANY, *, ahead: bool = False
) -> list[Lease]:
    """
    Claim mails of a letter that are due, for `owner`: the letter to one office alone, else at most `limit` others.

    What somebody waits for comes before mailings. Workers on one letter share its mails: what another one is claiming
    is passed over. None while the mail server has asked for a pause, or once a minute's mails are claimed; and none
    `ahead`, while others are still being sent, where one to an office is due.
    """
    if pause(session) is not None:
        return []
    left = pace.room(session, limit)
    if not left:
        return []
    blocked.know_again(session, letter_id)
    if alone := _to_an_office(session, letter_id):
        return [] if ahead else _lease_all(session, alone, owner)
    rows = _claimable(session, letter_id, Delivery.kind.not_in((*mailings(), *sent_once())), left)
    left = pace.room_for_mailings(session, left) - len(rows)
    if left > 0:
        rows += _claimable(session, letter_id, Delivery.kind.in_(mailings()), left)
    return _lease_all(session, rows, owner)


def _claimable(session: Transaction, letter_id: str | None, kinds: ColumnElement[bool], limit: int) -> list[Row[Any]]:
    """
    Return mails that may be claimed, the oldest first, their rows locked.

    Whether one is wanted is asked of the oldest alone, and of all that are due only where some of those are not, or
    are being claimed elsewhere: to ask it of thousands takes longer than to send those that it is asked for.
    """
    due = and_(of_letter(letter_id), Delivery.is_waiting, retries.has_come(), kinds)
    order = (Delivery.next_at, Delivery.queued_at, Delivery.id)
    oldest = select(Delivery.id).where(due).order_by(*order).limit(limit)
    query = reading().where(due, not_(unwanted()), not_(blocked.is_held())).order_by(*order).limit(limit)
    query = query.with_for_update(of=Delivery, skip_locked=True)
    rows = read(session, query.where(Delivery.id.in_(oldest)))
    return rows if len(rows) == limit else read(session, query)


def _to_an_office(session: Transaction, letter_id: str | None) -> list[Row[Any]]:
    """Return one mail that a machine sends once, where one may leave; its letter is locked, for the claim is told."""
    once = Delivery.kind.in_(sent_once())
    known = select(Delivery.id).where(of_letter(letter_id), once, Delivery.is_waiting, retries.has_come()).limit(1)
    if letter_id is None or (found := session.scalar(known)) is None:
        return []
    lock_letter(session, letter_id)
    if remembered.is_older(session, letter_id):
        logger().error("held", delivery=found, why=remembered.HELD.format(letter=letter_id))
        return []
    return _claimable(session, letter_id, once, 1)


def _lease_all(session: Transaction, rows: Sequence[Row[Any]], owner: str) -> list[Lease]:
    moment = now()
    until = moment + timedelta(seconds=session.settings.lease_seconds)
    held: dict[str, Any] = {"lease_owner": owner, "lease_until": until, "claimed_at": moment}
    claimed = (actions.DeliveryClaimed(**says(row, attempt=row.attempts + 1)) for row in rows)
    taken = [
        step_of(row, entry, epoch=row.epoch + 1, attempts=row.attempts + 1, **held)
        for row, entry in zip(rows, claimed, strict=True)
    ]
    steps.take(session, taken, SYSTEM, moment)
    paused = session.get(MailPause, 1) is not None
    return [
        Lease(row.id, row.letter_id, row.epoch + 1, until, of.once, row.mime_sha256, paused, of.answers)
        for row in rows
        for of in [MAILS[row.kind]]
    ]


def put_back(session: Transaction, leases: Sequence[Lease], until: datetime) -> int:
    """
    Let go of mails that were claimed and offered to no server, as if they had not been; they are due `until` then.

    Those that another worker has taken over, or that are sent once, are left. Returns how many were let go of.
    """
    found = read_locked(session, (lease.delivery_id for lease in leases))
    held = [row for lease in leases if (row := found.get(lease.delivery_id)) and row.epoch == lease.epoch]
    freed = [_freed(row, until) for row in held if row.state in CLAIMED and not MAILS[row.kind].once]
    steps.take(session, freed, SYSTEM, now())
    return len(freed)


def _freed(row: Row[Any], until: datetime, facts: DeliveryFacts | None = None) -> Step:
    """Return the step that undoes a claim: it counts as no attempt, and nothing was sent."""
    undone = {"epoch": row.epoch + 1, "attempts": max(0, row.attempts - 1), "next_at": until, "claimed_at": None}
    return Step(row.id, row.letter_id, row.state, row.epoch, "defer", facts or DeliveryFacts(), undone)


# --- marks and answers ------------------------------------------------------------------------------------------------


def mark_and_report(
    session: Transaction, marks: Sequence[tuple[Lease, Written]], reports: Sequence[tuple[Lease, Outcome]]
) -> tuple[list[bool], list[bool]]:
    """
    Mark mails as about to be the server's, before the final dot, and record what it answered of others.

    Returns which may go: not one that another worker has, that is not wanted any more, or whose bytes are not those of
    an earlier attempt; what each is made again from is kept. And which answers were recorded: not one of a mail that
    another worker has. `abandoned` lets go of a mail that was not sent. A server that asks to slow down has all
    sending paused. Their letters are locked.
    """
    found = _of_letters(session, [lease for lease, _ in (*marks, *reports)])
    moment = history.moment(session)
    marked = [_marked(session, found.get(lease.delivery_id), lease, written) for lease, written in marks]
    slow = next((outcome for _, outcome in reports if outcome.slow_down), None)
    paused = pace.slow_down(session, _words(slow)).until if slow else None
    answered = [_answered(found.get(lease.delivery_id), lease, outcome, moment, paused) for lease, outcome in reports]
    steps.take(session, [step for step in (*marked, *answered) if step], SYSTEM, moment)
    _came_back(session, reports, answered)
    if any(outcome.verdict == "accepted" and lease.after_pause for lease, outcome in reports):
        pace.go_on(session)
    return [step is not None for step in marked], [step is not None for step in answered]


def _of_letters(session: Transaction, leases: Sequence[Lease]) -> dict[str, Row[Any]]:
    """Return the mails of these leases by their ids, when their letters are locked."""
    for letter_id in sorted({lease.letter_id for lease in leases if lease.letter_id is not None}):
        hold_letter(session, letter_id)
    return read_locked(session, {lease.delivery_id: None for lease in leases})


def _came_back(session: Transaction, reports: Sequence[tuple[Lease, Outcome]], answered: Sequence[Step | None]) -> None:
    """Treat what a mail server refused at once as what comes back later; their letters are locked."""
    for (lease, outcome), step in zip(reports, answered, strict=True):
        if step is None or not isinstance(step.entry, actions.DeliveryRejected) or lease.letter_id is None:
            continue
        letter = session.get_one(Letter, lease.letter_id)
        delivery = session.get_one(Delivery, lease.delivery_id)
        of_address = outcome.verdict == "rejected" and outcome.step == AT_RECIPIENT
        status = outcome.enhanced or ("5.1.1" if of_address and not TOO_LARGE.search(outcome.text) else "5.0.0")
        failed = Failed(delivery.address, status if of_address else "4.0.0", outcome.text, "failed")
        blocked.came_back(session, letter, delivery, failed)


def _marked(session: Transaction, row: Row[Any] | None, lease: Lease, written: Written) -> Step | None:
    """Return the step that a mark is; None where the mail may not go."""
    if row is None or not _may_go(session, lease, row, written):
        return None
    entry = actions.DeliveryHandedOver(**says(row, mime=written.sha256))
    return step_of(row, entry, **_kept(session, row, written))


def _may_go(session: Transaction, lease: Lease, row: Row[Any], written: Written) -> bool:
    if row.mime_sha256 not in (None, written.sha256):
        logger().error("mail_made_otherwise", delivery=row.id, why="An earlier attempt had other bytes.")
        return False
    held = row.epoch == lease.epoch and not _ran_out(session, lease.until)
    try:
        steps.reached(row.state, "hand_over", DeliveryFacts(lease_held=held, wanted=not (row.unwanted or row.held)))
    except RefusedError:
        return False
    return True


def _kept(session: Transaction, row: Row[Any], written: Written) -> dict[str, Any]:
    """Return what a mail is made again from, as its row keeps it; nothing where it is kept already."""
    if row.mime_sha256 is not None:
        return {}
    if written.skeleton is None:
        return {"mime_sha256": written.sha256, "sealed": session.tokens.encrypt(written.content)}
    return {"mime_sha256": written.sha256, "skeleton": written.skeleton, "fills": written.fills}


def _words(outcome: Outcome) -> str:
    return f"{outcome.code or ''} {outcome.text}".strip()[:1000]


def _answered(
    row: Row[Any] | None, lease: Lease, outcome: Outcome, moment: datetime, paused: datetime | None
) -> Step | None:
    """Return the step that an answer leads to; None where the answer is not this worker's to give any more."""
    if row is None or not _is_believed(row, lease, outcome):
        return None
    taken, columns = _led_to(row, outcome, moment, paused)
    said = {"answer": _words(outcome), **columns}
    return step_of(row, taken(**says(row, **tells(row, said["answer"]))), **said)


def _is_believed(row: Row[Any], lease: Lease, outcome: Outcome) -> bool:
    if row.epoch == lease.epoch:
        return row.state in CLAIMED if outcome.verdict == "abandoned" else row.state in ANSWERABLE
    # Its lease was ended for lack of the answer that is here now, and nobody has touched it since.
    return outcome.verdict == "accepted" and row.state in LOST and bool(row.epoch == lease.epoch + 1)


def _led_to(
    row: Row[Any], outcome: Outcome, moment: datetime, paused: datetime | None
) -> tuple[type[actions.AnsweredStep], dict[str, Any]]:
    if outcome.verdict == "accepted":
        return actions.DeliveryAccepted, {"settled_at": moment}
    if outcome.verdict == "uncertain":
        return actions.DeliveryLost, {"next_at": moment + retries.WHEN_UNCERTAIN}
    if outcome.verdict == "rejected" or retries.is_over(row.kind, row.queued_at):
        return actions.DeliveryRejected, {"settled_at": moment}
    return actions.DeliveryDeferred, {"next_at": paused or moment + retries.after(row.attempts)}


# --- workers that are gone --------------------------------------------------------------------------------------------


def expired(session: Transaction, owner: str | None = None) -> dict[str | None, list[str]]:
    """Return the mails, by letter, whose worker is gone: their lease ran out, or `owner` starts anew."""
    gone = or_(Delivery.lease_until < now(), Delivery.lease_until > now() + _longest_lease(session))
    if owner is not None:
        gone = or_(gone, Delivery.lease_owner == owner)
    found: dict[str | None, list[str]] = defaultdict(list)
    for letter_id, delivery_id in session.execute(
        select(Delivery.letter_id, Delivery.id).where(Delivery.is_leased, gone)
    ):
        found[letter_id].append(delivery_id)
    return found


def release(session: Transaction, delivery_ids: Sequence[str], letter_id: str | None, owner: str | None = None) -> None:
    """End leases whose worker is gone: not yet handed over, a mail is tried again; handed over, it is uncertain."""
    if letter_id is not None:
        lock_letter(session, letter_id)
    gone = [
        row
        for row in read_locked(session, delivery_ids).values()
        if row.state in LEASED and (row.lease_owner == owner or _ran_out(session, row.lease_until))
    ]
    steps.take(session, [_ended(row) for row in gone], SYSTEM, now())


def _ended(row: Row[Any]) -> Step:
    facts = DeliveryFacts(lease_held=False, lease_expired=True)
    if row.state not in CLAIMED:
        lost = actions.DeliveryLost(**says(row, **tells(row, WORKER_ENDED)))
        return step_of(row, lost, facts, epoch=row.epoch + 1, next_at=now(), answer=WORKER_ENDED)
    if MAILS[row.kind].once:
        deferred = actions.DeliveryDeferred(**says(row))
        return step_of(row, deferred, facts, epoch=row.epoch + 1, next_at=now(), answer="")
    return _freed(row, now(), facts)


def _ran_out(session: Transaction, until: datetime | None) -> bool:
    """Whether a lease is over: its end has passed, or lies further ahead than any lease, for the clock was set back."""
    return until is None or not now() < until <= now() + _longest_lease(session)


def _longest_lease(session: Transaction) -> timedelta:
    """How far ahead a lease may end; twice what is given, for the clocks of two machines are never quite the same."""
    return timedelta(seconds=2 * session.settings.lease_seconds)
