"""What time brings, and what was left lying: a sweep acts in the database and puts jobs on the queue, no more."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, delete, select

from config.logs import logger
from workflow import clock, deliveries, erasure, history, pace, sessions, witnesses
from workflow.campaigns import (
    addenda,
    afterwards,
    at_deadline,
    batches,
    corrections,
    digests,
    dispatch,
    failed,
    incoming,
    joining,
    lists,
    printing,
    reminders,
)
from workflow.database import Database
from workflow.erasure import outside
from workflow.erasure.acts import scrub_again
from workflow.errors import NotCountedError, RefusedError
from workflow.history import SYSTEM, actions, remembered
from workflow.job_queue import OUTSIDE
from workflow.jobs import mailbox
from workflow.jobs.batches import in_pieces
from workflow.mails.registry import LIMIT, sent_once
from workflow.models import Code, Delivery, LedgerLink, Letter, LogHead, PastedList, RateLimitCounter, SignInLink, now
from workflow.signoffs import answers, tacit_consent
from workflow.signoffs import joining as asking_to_join
from workflow.transaction import Transaction, lock_letter

ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
"""What DBOS says of a job that it does not touch again; what such a one left undone, the sweep finds."""


def keep_time(database: Database, is_settled: Callable[[], bool]) -> None:
    """
    Do what time brings: leases that ran out, mails to repeat, deadlines, silence, dispatches set ahead.

    It talks to nobody. What cannot be undone waits while the clock is not settled, which is asked when it is known
    what is due: a clock that jumps in between is noticed.
    """
    recover(database)
    with database.reading() as session:
        remembered.remember_all(session)
        repeats = deliveries.uncertain(session)
        sending = [*session.scalars(select(Letter.id).where(Letter.is_being_sent)), *addenda.unconfirmed(session)]
        due = _read_due(session)
    for delivery_id, letter_id in repeats:
        _quietly(database, deliveries.repeat, delivery_id, letter_id)
    for letter_id in sending:
        _quietly(database, dispatch.confirm, letter_id)
    with database.reading() as session:
        undelivered = failed.untold(session)
    for delivery_id, letter_id in undelivered:
        _quietly(database, failed.tell, delivery_id, letter_id)
    if is_settled():
        _do(database, due)


class _Due(NamedTuple):
    """The letters for which time has brought something that cannot be undone."""

    extended: Sequence[str]
    asked: Sequence[str]
    warned: Sequence[str]
    overdue: Sequence[str]
    not_joined: Sequence[str]
    silent: Sequence[tuple[str, str]]
    """Invitations, each with its letter."""
    ahead: Sequence[str]
    unanswered: Sequence[str]


def _read_due(session: Transaction) -> _Due:
    return _Due(
        extended=at_deadline.to_extend(session),
        asked=at_deadline.to_ask(session),
        warned=at_deadline.to_warn(session),
        overdue=answers.overdue(session),
        not_joined=joining.ended(session),
        silent=tacit_consent.due(session),
        ahead=session.scalars(select(Letter.id).where(Letter.is_approved, Letter.dispatch_at <= now())).all(),
        unanswered=afterwards.unanswered(session),
    )


def _do(database: Database, due: _Due) -> None:
    """Do it; mornings and reminders come last, and are asked for only then: they tell of what was done."""
    for letter_id in due.extended:
        _quietly(database, at_deadline.extend, letter_id)
    for letter_id in due.asked:
        _quietly(database, at_deadline.ask, letter_id)
    for letter_id in due.warned:
        in_pieces(database, letter_id, _of(letter_id, at_deadline.warn, set()))
    for letter_id in due.overdue:
        in_pieces(database, letter_id, _of(letter_id, answers.lapse, set()))
    for letter_id in due.not_joined:
        in_pieces(database, letter_id, _of(letter_id, joining.expire))
    for letter_id in dict.fromkeys(letter_id for _, letter_id in due.silent):
        _carry_over(database, letter_id, [of for of, its_letter in due.silent if its_letter == letter_id])
    for letter_id in due.ahead:
        _quietly(database, _dispatch, letter_id)
    for letter_id in due.unanswered:
        _quietly(database, afterwards.note_unanswered, letter_id)
    with database.reading() as session:
        mornings, silent_now = digests.due(session), reminders.with_due(session)
    for morning in mornings:
        _quietly(database, digests.write, morning)
    for letter_id, ids in silent_now.items():
        _remind(database, letter_id, ids)


def _of(letter_id: str, act: Callable[..., int], *more: object) -> Callable[[Transaction, int], int]:
    """Return an act on so many of a letter as `in_pieces` calls it."""
    return lambda session, most: act(session, letter_id, most, *more)


def _carry_over(database: Database, letter_id: str, silent: list[str]) -> None:
    """Keep those on a corrected text who were silent; of their letter's history only what is new is read each time."""
    with database.reading() as session:
        record = corrections.read(session, letter_id)

    def carry_over(session: Transaction, these: list[str]) -> None:
        tacit_consent.carry_over_those(session, letter_id, these, record)

    in_pieces(database, letter_id, _some_of(silent, carry_over))


def _some_of(ids: list[str], act: Callable[[Transaction, list[str]], object]) -> Callable[[Transaction, int], int]:
    """Return an act on these as `in_pieces` calls it: so many of them at a time, each once."""

    def some(session: Transaction, most: int) -> int:
        these, ids[:most] = ids[:most], []
        act(session, these)
        return len(these)

    return some


FEWEST_REMINDED = 96
"""So many are reminded in a piece at least: to ask who still is due has a price of its own."""


def _remind(database: Database, letter_id: str, ids: list[str]) -> None:
    """Remind those who are due; each piece asks once more who still is."""

    def remind(session: Transaction, these: list[str]) -> None:
        reminders.remind_due(session, letter_id, these)

    in_pieces(database, letter_id, _some_of(ids, remind), fewest=FEWEST_REMINDED)


TOGETHER = 20
"""So many letters are told together that the clock has jumped."""


def record_jump(database: Database, seconds: int) -> int:
    """
    Put on the record of every letter that is under way by how many seconds the clock has jumped; returns of how many.

    Where another worker of the same machine has told it just now, it is not told again.
    """
    with database.reading() as session:
        alive = ~(Letter.is_sent | Letter.is_withdrawn)
        letters = session.scalars(select(LogHead.letter_id).join(Letter).where(alive).order_by(LogHead.letter_id)).all()
    told = 0
    for first in range(0, len(letters), TOGETHER):
        with database.writing() as session:
            told += sum(_tell_jump(session, letter_id, seconds) for letter_id in letters[first : first + TOGETHER])
    return told


def _tell_jump(session: Transaction, letter_id: str, seconds: int) -> bool:
    lock_letter(session, letter_id)
    size = session.get_one(LogHead, letter_id).size
    jumped = actions.ClockJumped(seconds=seconds)
    for newest in history.entries_at(session, letter_id, [size - 1]).values():
        if newest.action == jumped.NAME and abs(newest.about["seconds"] - seconds) < clock.JUMP.total_seconds():
            return False
    history.append(session, letter_id, SYSTEM, jumped)
    return True


def catch_up(database: Database, owner: str, *, has_server: bool) -> None:
    """
    Put jobs on the queue for what was left lying: their own were lost, or put off; mails wait without a mail server.

    One job of a letter at a time for each worker; none for mails while the mail server has asked for a pause. A job of
    a worker that is gone counts no longer than a lease.
    """
    to_render, to_deliver = left_lying(database)
    with database.reading() as session:
        is_paused = deliveries.pause(session) is not None
    stretch = int(time.monotonic() // database.settings.lease_seconds)
    with database.reading() as session:
        begun = list(batches.left(session))
        erasing = erasure.unfinished(session)
        to_add = addenda.unmade(session)
    for erasure_id in erasing:
        database.queue.put_once(f"erase:{erasure_id}", "erase", erasure_id)
    for letter_id in begun:
        database.queue.put_once(f"batch:{letter_id}:{owner}:{stretch}", "batch", letter_id)
    for letter_id in to_add:
        database.queue.put_once(f"addendum:{letter_id}:{owner}:{stretch}", "addendum", letter_id)
    for letter_id in to_render:
        database.queue.put_once(f"render:{letter_id}:{owner}:{stretch}", "render", letter_id)
    for mails_of in to_deliver if has_server and not is_paused else ():
        database.queue.put_once(f"deliver:{mails_of or ''}:{owner}:{stretch}", "deliver", mails_of or "")


def show_heads(database: Database) -> None:
    """Put a job on the queue for each of those outside who are to see the newest head: one at a time for each."""
    with database.reading() as session:
        names = witnesses.due(session)
    stretch = int(time.monotonic() // database.settings.lease_seconds)
    for name in names:
        database.queue.put_once(f"outside:{name}:{stretch}", "outside", name, queue=OUTSIDE)


def look_into_mailbox(database: Database, owner: str) -> None:
    """Put a job on the queue that reads the mailbox, where it is time: in one worker at once, by turns."""
    if mailbox.is_due(database):
        stretch = int(time.monotonic() // database.settings.lease_seconds)
        database.queue.put_once(f"mailbox:{owner}:{stretch}", "mailbox", queue=OUTSIDE)


def say_alive(database: Database, owner: str, *, sends: bool) -> None:
    """Note that this worker runs; nothing waits for it, and a lost note does no harm."""
    with contextlib.suppress(NotCountedError), database.relaxed() as connection:
        pace.seen(connection, owner, sends=sends)


def left_lying(database: Database) -> tuple[list[str], list[str | None]]:
    """Return the letters that lack documents, and those that have mails to send (None: mails of no letter)."""
    with database.reading() as session:
        approved = session.scalars(select(Letter).where(Letter.is_approved)).all()
        to_render = [row.id for row in approved if len(printing.renderings(session, row)) < len(row.recipients)]
        to_deliver = [letter_id for letter_id in deliveries.with_work(session) if not _is_held(session, letter_id)]
    return to_render, to_deliver


def _is_held(session: Transaction, letter_id: str | None) -> bool:
    """Whether nothing is due of a letter but what a restored database must not send (`history.remembered`)."""
    if letter_id is None or not remembered.is_older(session, letter_id):
        return False
    due = select(Delivery.kind).where(Delivery.id.in_(deliveries.due(session, letter_id, 100)))
    return set(session.scalars(due)) <= set(sent_once())


def _dispatch(session: Transaction, letter_id: str) -> None:
    row = session.get_one(Letter, letter_id)
    dispatch.dispatch(session, letter_id, row.previewed, SYSTEM)


def _quietly(database: Database, act: Callable[..., object], *ids: object) -> None:
    """Do one act in its own transaction; a refusal is a line in the log, for somebody else was quicker."""
    try:
        with database.writing() as session:
            act(session, *ids)
    except RefusedError as refused:
        logger().info("not_due_any_more", why=str(refused))


def recover(database: Database, owner: str | None = None) -> None:
    """End the leases whose worker is gone; with `owner`, those that this worker held before it was ended."""
    with database.reading() as session:
        gone = deliveries.expired(session, owner)
    for letter_id, delivery_ids in gone.items():
        for begin in range(0, len(delivery_ids), deliveries.MANY):
            some = delivery_ids[begin : begin + deliveries.MANY]
            _quietly(database, deliveries.release, some, letter_id, owner)


def tidy(database: Database) -> int:
    """Take off the tables what is over: counts, links to sign in, codes, and jobs that ended over a day ago."""
    scrub_again(database)
    with database.reading() as session:
        outside.keep_all(session)
    return _forget(database) + _tidy_jobs(database)


def _forget(database: Database) -> int:
    """Forget what ended: counts at once; links for an hour and codes that nobody took, when no mail has them."""
    ended = now() - LIMIT - timedelta(days=1)
    with database.writing() as session:
        over = (
            delete(RateLimitCounter).where(RateLimitCounter.expires_at <= int(clock.seconds())),
            delete(LedgerLink).where(LedgerLink.expires_at <= ended),
            delete(SignInLink).where(SignInLink.expires_at <= ended),
            delete(Code).where(Code.expires_at <= ended, Code.used_at.is_(None)),
            delete(PastedList).where(PastedList.changed_at <= now() - lists.LIFETIME),
        )
        sessions.tidy(session)
        digests.forget(session)
        asking_to_join.forget(session)
        incoming.forget(session)
        return sum(cast("CursorResult[Any]", session.execute(one)).rowcount for one in over)


def _tidy_jobs(database: Database) -> int:
    before = (now() - timedelta(days=1)).isoformat()
    removed = 0
    while ended := database.queue.client.list_workflows(
        status=ENDED, completed_before=before, limit=500, load_input=False, load_output=False
    ):
        database.queue.client.delete_workflows([job.workflow_id for job in ended])
        removed += len(ended)
    return removed
