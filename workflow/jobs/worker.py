"""The worker of a process: it runs the jobs of the queue on DBOS, and sweeps every few seconds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, DBOSConfig

from config.logs import logger
from config.settings import Settings
from emails.mailbox import LocalMailbox
from emails.transport import Server
from workflow import clock, erasure, witnesses
from workflow.database import Database
from workflow.erasure import retention
from workflow.group_commit import GroupCommit
from workflow.history import common
from workflow.job_queue import OUTSIDE, QUEUE, json_serializer, quiet_dbos
from workflow.jobs import mailbox
from workflow.jobs.batches import batch
from workflow.jobs.mailing import Sender
from workflow.jobs.rendering import render, render_addendum
from workflow.jobs.sweep import (
    catch_up,
    keep_time,
    look_into_mailbox,
    record_jump,
    recover,
    say_alive,
    show_heads,
    tidy,
)
from workflow.trouble import logged

SWEEP_SECONDS = 5.0
EVERY_HOUR = "0 7 * * * *"
POLLING_SECONDS = 0.5
GOODBYE_SECONDS = 10


@dataclass(slots=True)
class Worker:
    """What runs the jobs in this process."""

    database: Database
    sender: Sender
    mailbox: LocalMailbox | None
    thread: threading.Thread | None = None

    @property
    def owner(self) -> str:
        """The steady name by which its jobs are recovered."""
        return self.sender.owner

    @property
    def over(self) -> threading.Event:
        """Whether it is to end."""
        return self.sender.over

    def start(self) -> None:
        """
        Sweep every few seconds, by a timer that no clock can stop or hurry.

        DBOS's own schedule stands still for as long as the clock was set back, and runs all that it missed at once.
        """
        self._say_alive()
        self.thread = threading.Thread(target=self._sweep, daemon=True)
        self.thread.start()

    def _sweep(self) -> None:
        clocks = clock.Watch()

        def is_settled() -> bool:
            if by := clocks.jumped():
                logger().error("clock_jumped", seconds=round(by), then=f"what is due waits {clock.SETTLING}")
            return clocks.is_settled

        while not self.over.wait(SWEEP_SECONDS):
            try:
                self._say_alive()
                keep_time(self.database, is_settled)
                if is_settled():
                    retention.begin_due(self.database)
                if seconds := clocks.to_tell():
                    record_jump(self.database, seconds)
                    clocks.told()
                catch_up(self.database, self.owner, has_server=self.sender.sends)
                common.sequence(self.database)
                show_heads(self.database)
                look_into_mailbox(self.database, self.owner)
            except Exception as error:
                logged("sweep_failed", error)

    def _say_alive(self) -> None:
        say_alive(self.database, self.owner, sends=self.sender.sends)

    def stop(self) -> None:
        """Finish what is under way and stop; mails that were claimed and not begun go back."""
        global _worker
        self.over.set()
        DBOS.destroy(workflow_completion_timeout_sec=GOODBYE_SECONDS)
        if self.thread is not None:
            self.thread.join(GOODBYE_SECONDS)
        _worker = None
        if self.mailbox is not None:
            self.mailbox.stop()


_worker: Worker | None = None


def _running() -> Worker:
    assert _worker is not None, "The worker is not started."
    return _worker


@DBOS.workflow(name="deliver")
def _deliver(letter_id: str) -> None:
    _running().sender.deliver(letter_id or None)


@DBOS.workflow(name="render")
def _render(letter_id: str) -> None:
    render(_running().database, letter_id, _running().sender.largest)


@DBOS.workflow(name="addendum")
def _addendum(letter_id: str) -> None:
    render_addendum(_running().database, letter_id)


@DBOS.workflow(name="batch")
def _batch(letter_id: str) -> None:
    batch(_running().database, letter_id)


@DBOS.workflow(name="outside")
def _outside(name: str) -> None:
    witnesses.show(_running().database, name)


@DBOS.workflow(name="mailbox")
def _mailbox() -> None:
    mailbox.read_mailbox(_running().database)


@DBOS.workflow(name="erase")
def _erase(erasure_id: str) -> None:
    erasure.go_on(_running().database, erasure_id)


@DBOS.workflow(name="tidy")
def _tidy(at: Any, context: Any) -> None:
    tidy(_running().database)


def start(database: Database, role: str, commits: GroupCommit) -> Worker:
    """
    Start the worker of this process: the local mailbox where mails are kept here, then DBOS.

    `role` (web or worker) and the host's name are its steady name, by which its jobs are recovered. `commits` is what
    the pages of this process share their commits by: marks and outcomes of mails go the same way.
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
    _worker = Worker(database, Sender(database, commits, server, owner), mailbox)
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
    if outside := len(witnesses.places(database.settings)) + bool(database.settings.imap):
        DBOS.register_queue(OUTSIDE, worker_concurrency=outside, polling_interval_sec=4 * POLLING_SECONDS)
    # Earlier versions swept by such a schedule.
    DBOS.delete_schedule("sweep")
    DBOS.apply_schedules([{"schedule_name": "tidy", "workflow_fn": _tidy, "schedule": EVERY_HOUR, "context": None}])
