"""
Mails that a stranger may ask for are looked up and queued after the answer, so that no answer tells whom we know.

Every answer is the same, and takes as long: it holds nothing of what was asked. A crash loses what waits here, which
is asked for again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from config.logs import logger
from workflow.database import Database
from workflow.transaction import Transaction
from workflow.trouble import logged

PAUSE = 0.5
"""Seconds until the answer is surely out."""

MOST = 500
"""How many may wait: it takes a flood to come so far, and what comes then is not taken."""

Concerns = Callable[[Transaction, str], bool]
Act = Callable[[Transaction, str], object]


class Afterwards:
    """Does one thing after the other, in a thread of its own, a moment after each was asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._room = threading.BoundedSemaphore(MOST)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="afterwards")

    def mail(self, concerns: Concerns, act: Act, to: str) -> None:
        """Do `act` for an address that it `concerns`; for any other the database is read, and nothing is written."""
        if not self._room.acquire(blocking=False):
            logger().error("mail_not_asked_for", why="Too many asked for mails within a second.")
            return
        self._thread.submit(self._done, time.monotonic() + PAUSE, concerns, act, to)

    def wait(self) -> None:
        """Wait until all that was asked for so far is done."""
        self._thread.submit(lambda: None).result()

    def _done(self, due: float, concerns: Concerns, act: Act, to: str) -> None:
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            with self._database.reading() as session:
                known = concerns(session, to)
            if known:
                with self._database.writing() as session:
                    act(session, to)
        except Exception as error:
            logged("mail_not_asked_for", error)
        finally:
            self._room.release()
