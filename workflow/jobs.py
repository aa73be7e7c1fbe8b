"""
Durable work: deliver mails, make documents, and each few seconds find what is due. Runs on DBOS.

A job takes ids only and looks again at what it finds: run twice, or by two workers, it does its work once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from dbos import DBOS, DBOSConfig
from sqlalchemy import CursorResult, delete, select

from config.logs import logger
from config.settings import Settings
from emails.errors import DkimKeyError, HeaderError, MailTooLargeError
from emails.mailbox import LocalMailbox
from emails.transport import Client, Outcome, Server
from workflow import clock, deliveries, documents, sessions
from workflow.campaigns import dispatch, printing
from workflow.database import Database
from workflow.deliveries import Lease
from workflow.errors import LinkSecretChangedError, OtherSecretError, PdfError, RefusedError
from workflow.history import SYSTEM, remembered
from workflow.job_queue import QUEUE, json_serializer, quiet_dbos
from workflow.mails.registry import LIMIT
from workflow.mails.writing import write
from workflow.models import Code, Delivery, Letter, SignInLink, Tries, now
from workflow.signoffs import answers, tacit_consent
from workflow.states import may
from workflow.transaction import Transaction
from workflow.trouble import logged

SWEEP_SECONDS = 5.0
EVERY_HOUR = "0 7 * * * *"
POLLING_SECONDS = 0.5
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
"""What DBOS says of a job that it does not touch again; what such a one left undone, the sweep does."""

GOODBYE_SECONDS = 10

Watch = Callable[[str], None]


def _unwatched(step: str) -> None:
    """Nobody looks on."""


# --- delivering ----------------------------------------------------------------------------------------------------


def deliver(
    database: Database, letter_id: str | None, server: Server | None, owner: str, watch: Watch = _unwatched
) -> None:
    """
    Send every mail of a letter that is due; without a mail server they wait.

    `watch` is told each step: tests end the process inside it.
    """
    if server is None:
        return
    connection = Client(server)
    try:
        while True:
            watch("before_claim")
            with database.writing() as session:
                leases = deliveries.claim(session, letter_id, owner)
            watch("after_claim")
            if not leases or not _send_all(database, connection, leases, watch):
                break
    finally:
        connection.close()
    watch("after_quit")


def _send_all(database: Database, connection: Client, leases: list[Lease], watch: Watch) -> bool:
    """Send the claimed mails; False when the mail server refuses us and the rest has to wait."""
    for number, lease in enumerate(leases):
        outcome = _send_one(database, connection, lease, watch)
        if outcome is not None and outcome.verdict == "sender_refused":
            logger().error("mail_refused_by_server", answer=outcome.text, code=outcome.code, delivery=lease.delivery_id)
            for waiting in leases[number + 1 :]:
                _give_up(database, waiting, f"The mail server refuses us: {outcome.text}")
            return False
    return True


def _send_one(database: Database, connection: Client, lease: Lease, watch: Watch) -> Outcome | None:
    try:
        address, content = _written(database, lease)
    except RefusedError:
        return None
    except (HeaderError, MailTooLargeError, DkimKeyError, LinkSecretChangedError, OtherSecretError) as error:
        logger().error("mail_cannot_be_made", delivery=lease.delivery_id, why=str(error))
        _give_up(database, lease, str(error))
        return None
    except Exception as error:
        # One mail that cannot be made must not hold up the others; what went wrong stands with it.
        why = logged("mail_cannot_be_made", error, delivery=lease.delivery_id)
        _give_up(database, lease, f"The mail could not be made: {why}"[:1000])
        return None
    settings = database.settings
    outcome = connection.send(settings.mail_from, address, content, lambda: _marked(database, lease), watch)
    if outcome.verdict == "abandoned":
        _give_up(database, lease, outcome.text)
        return None
    with contextlib.suppress(RefusedError), database.writing() as session:
        _record(session, deliveries.report(session, lease, outcome))
    watch("after_outcome")
    logger().info("mail", delivery=lease.delivery_id, verdict=outcome.verdict, code=outcome.code)
    return outcome


def _record(session: Transaction, delivery: Delivery) -> None:
    if delivery.recipient_id and delivery.is_accepted and delivery.letter_id:
        dispatch.confirm(session, delivery.letter_id)


def _written(database: Database, lease: Lease) -> tuple[str, bytes]:
    """Return the address and the bytes of a mail: built once, kept, and the same at every attempt."""
    with database.reading() as session:
        delivery = session.get_one(Delivery, lease.delivery_id)
        if delivery.sealed is not None:
            return delivery.address, session.tokens.decrypt(delivery.sealed)
        content = write(session, delivery)
    with database.writing() as session:
        delivery = deliveries.under_lease(session, lease)
        deliveries.keep_content(session, delivery, content)
    return delivery.address, content


def _marked(database: Database, lease: Lease) -> bool:
    try:
        with database.writing() as session:
            deliveries.mark_submitted(session, lease)
    except RefusedError:
        return False
    if lease.letter_id is not None and lease.once:
        with database.reading() as session:
            remembered.remember(session, lease.letter_id)
    return True


def _give_up(database: Database, lease: Lease, why: str) -> None:
    with contextlib.suppress(RefusedError), database.writing() as session:
        deliveries.give_up(session, lease, why)


# --- making documents ----------------------------------------------------------------------------------------------


def render(database: Database, letter_id: str) -> None:
    """
    Make the documents of an approved letter, one set for each recipient, outside of any transaction.

    Each set is kept as soon as it is made, so that whoever waits sees how many there are.
    """
    sets = [
        (recipient_id, made_for, _checked(paper, letterhead), documents.blank(letterhead))
        for recipient_id, made_for, paper, letterhead in _papers(database, letter_id)
    ]
    pdfs = _pdfs([docx for _, _, docx, _ in sets])
    for (recipient_id, made_for, docx, letterhead), pdf in zip(sets, pdfs, strict=True):
        with database.writing() as session:
            printing.keep_rendering(
                session, letter_id, recipient_id, made_for=made_for, docx=docx, pdf=pdf, letterhead=letterhead
            )


def _checked(paper: documents.PrintJob, letterhead: documents.Letterhead) -> bytes:
    docx = documents.render_docx(paper, letterhead)
    documents.check_round_trip(docx, paper)
    return docx


def _papers(database: Database, letter_id: str) -> Iterator[tuple[str, str, documents.PrintJob, documents.Letterhead]]:
    with database.reading() as session:
        row = session.get(Letter, letter_id)
        if row is None or not may("render", row.state) or row.revision is None:
            return
        made = {rendering.recipient_id for rendering in printing.renderings(session, row)}
        papers = [
            (recipient.id, printing.fingerprint(row), *printing.printing(session, row, recipient))
            for recipient in row.recipients
            if recipient.id not in made
        ]
    yield from papers


def _pdfs(docx_files: Sequence[bytes]) -> Iterator[bytes | None]:
    """Give the PDF of each document, or None where LibreOffice is not installed or has failed."""
    if documents.libreoffice() is None:
        yield from [None] * len(docx_files)
        return
    for made in documents.render_pdfs(docx_files):
        if isinstance(made, PdfError):
            logger().error("pdf_failed", why=str(made))
        yield None if isinstance(made, PdfError) else made


# --- what is due ---------------------------------------------------------------------------------------------------


def sweep(database: Database, server: Server | None, owner: str, clock_is_settled: bool = True) -> None:
    """Find what is due and do it: `keep_time`, then the `catch_up` of what is slow."""
    keep_time(database, lambda: clock_is_settled)
    catch_up(database, server, owner)


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
        overdue, silent = answers.overdue(session), tacit_consent.due(session)
        sending = session.scalars(select(Letter.id).where(Letter.is_being_sent)).all()
        ahead = session.scalars(select(Letter.id).where(Letter.is_approved, Letter.dispatch_at <= now())).all()
    for delivery_id, letter_id in repeats:
        _quietly(database, deliveries.repeat, delivery_id, letter_id)
    for letter_id in sending:
        _quietly(database, dispatch.confirm, letter_id)
    if not is_settled():
        return
    for invitation_id, letter_id in overdue:
        _quietly(database, answers.lapse, invitation_id, letter_id)
    for invitation_id, letter_id in silent:
        _quietly(database, tacit_consent.carry_over, invitation_id, letter_id)
    for letter_id in ahead:
        _quietly(database, _dispatch, letter_id)


def catch_up(database: Database, server: Server | None, owner: str) -> None:
    """Make documents and send mails whose jobs were lost or put off; a slow mail server holds up nothing else."""
    with database.reading() as session:
        approved = session.scalars(select(Letter.id).where(Letter.is_approved)).all()
        waiting = list(deliveries.with_work(session))
    for letter_id in approved:
        _by_itself(render, database, letter_id)
    for mails_of in waiting:
        _by_itself(deliver, database, mails_of, server, owner)


def _by_itself(work: Callable[..., None], database: Database, letter_id: str | None, *given: Any) -> None:
    """Do the work of one letter: what goes wrong with it holds up no other."""
    try:
        work(database, letter_id, *given)
    except Exception as error:
        logged("letter_held_up", error, letter=letter_id or "")


def _dispatch(session: Transaction, letter_id: str) -> None:
    row = session.get_one(Letter, letter_id)
    dispatch.dispatch(session, letter_id, row.previewed, SYSTEM)


def _quietly(database: Database, act: Callable[..., object], *ids: str | None) -> None:
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
    for delivery_id, letter_id in gone:
        _quietly(database, deliveries.release, delivery_id, letter_id, owner)


# --- the worker ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Worker:
    """What runs the jobs in this process."""

    database: Database
    server: Server | None
    owner: str
    mailbox: LocalMailbox | None
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """
        Sweep every few seconds, by timers that no clock can stop or hurry.

        DBOS's own schedule stands still for as long as the clock was set back, and runs all that it missed at once.
        """
        clocks = clock.Watch()

        def is_settled() -> bool:
            if by := clocks.jumped():
                logger().error("clock_jumped", seconds=round(by), then=f"what is due waits {clock.SETTLING}")
            return clocks.is_settled

        def on_time() -> None:
            keep_time(self.database, is_settled)

        def late() -> None:
            catch_up(self.database, self.server, self.owner)

        for work in (on_time, late):
            self.threads.append(threading.Thread(target=self._every_few_seconds, args=(work,), daemon=True))
            self.threads[-1].start()

    def _every_few_seconds(self, work: Callable[[], None]) -> None:
        while not self.over.wait(SWEEP_SECONDS):
            try:
                work()
            except Exception as error:
                logged("sweep_failed", error)

    def stop(self) -> None:
        """Finish what is under way and stop."""
        global _worker
        self.over.set()
        DBOS.destroy(workflow_completion_timeout_sec=GOODBYE_SECONDS)
        for thread in self.threads:
            thread.join(GOODBYE_SECONDS)
        _worker = None
        if self.mailbox is not None:
            self.mailbox.stop()


_worker: Worker | None = None


def _running() -> Worker:
    assert _worker is not None, "The worker is not started."
    return _worker


@DBOS.workflow(name="deliver")
def _deliver(letter_id: str) -> None:
    worker = _running()
    deliver(worker.database, letter_id or None, worker.server, worker.owner)


@DBOS.workflow(name="render")
def _render(letter_id: str) -> None:
    render(_running().database, letter_id)


@DBOS.workflow(name="tidy")
def _tidy(at: Any, context: Any) -> None:
    tidy(_running().database)


def tidy(database: Database) -> int:
    """Take off the tables what is over: counts, links to sign in, codes, and jobs that ended over a day ago."""
    return _forget(database) + _tidy_jobs(database)


def _forget(database: Database) -> int:
    """Forget what ended: counts at once; links that sign in, and codes that nobody took, when no mail has them."""
    ended = now() - LIMIT - timedelta(days=1)
    with database.writing() as session:
        over = (
            delete(Tries).where(Tries.expires_at <= int(clock.seconds())),
            delete(SignInLink).where(SignInLink.expires_at <= ended),
            delete(Code).where(Code.expires_at <= ended, Code.used_at.is_(None)),
        )
        sessions.tidy(session)
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


def start(database: Database, role: str) -> Worker:
    """
    Start the worker of this process: the local mailbox where mails are kept here, then DBOS.

    `role` (web or worker) and the host's name are its steady name, by which its jobs are recovered.
    """
    global _worker
    database.check_keys()
    database = database.patient()
    settings = database.settings
    mailbox = None
    if settings.keeps_mails_here:
        mailbox = LocalMailbox(settings.mailbox)
        mailbox.start()
    server = _server(settings, mailbox.url if mailbox else settings.smtp_url)
    owner = f"{settings.executor_id}-{role}"
    recover(database, owner)
    _worker = Worker(database, server, owner, mailbox)
    _launch(database, owner)
    _worker.start()
    return _worker


def _server(settings: Settings, url: str) -> Server | None:
    """Return the server that takes the mails, or None: a mail that nobody can get must not count as accepted."""
    if not url:
        logger().error("mails_wait", why="No mail server is set, and people are elsewhere. Set UNDERSIGNED_SMTP_URL.")
        return None
    return Server.parse(url, settings.smtp_timeout)


def _launch(database: Database, owner: str) -> None:
    quiet_dbos()
    config: DBOSConfig = {
        "name": "undersigned",
        "system_database_engine": database.queue.engine,
        "serializer": json_serializer(),
        "executor_id": owner,
        "application_version": "1",
        "use_listen_notify": False,
        "log_level": "ERROR",
        "scheduler_polling_interval_sec": 5.0,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=4, polling_interval_sec=POLLING_SECONDS)
    # Earlier versions swept by such a schedule.
    DBOS.delete_schedule("sweep")
    DBOS.apply_schedules([{"schedule_name": "tidy", "workflow_fn": _tidy, "schedule": EVERY_HOUR, "context": None}])
