"""
Mails that a stranger may ask for are looked up and queued after the answer, so that no answer tells whom we know.

Every answer is the same, and takes as long: it holds nothing of what was asked. A crash loses what waits here, which
is asked for again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from workflow.database import Database
from workflow.errors import UnavailableError
from workflow.transaction import Transaction
from workflow.trouble import logged

PAUSE = 0.5
"""Seconds until the answer is surely out."""

MOST = 500
"""How many may wait: it takes a flood to come so far, and what comes then is not taken."""
MOST_OF_A_NETWORK = 100
"""How many of them may have come from one network, so that its flood leaves room for others."""

Concerns = Callable[[Transaction, str], bool]
Act = Callable[[Transaction, str], object]


class Afterwards:
    """Does one thing after the other, in a thread of its own, a moment after each was asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: Counter[str] = Counter()
        """How many wait by the network that they came from."""
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="afterwards")

    @property
    def waiting(self) -> int:
        """How many wait in this process."""
        with self._lock:
            return self._waiting.total()

    def mail(self, concerns: Concerns, act: Act, to: str, network: str) -> None:
        """
        Do `act` for an address that it `concerns`; for any other the database is read, and nothing is written.

        Raises `UnavailableError` while too many wait, whatever the address; one `network` leaves room for others.
        """
        with self._lock:
            if self._waiting.total() >= MOST or self._waiting[network] >= MOST_OF_A_NETWORK:
                raise UnavailableError("Too many ask for an email within a second.")
            self._waiting[network] += 1
        self._thread.submit(self._done, time.monotonic() + PAUSE, concerns, act, to).add_done_callback(
            lambda _: self._left(network)
        )

    def _left(self, network: str) -> None:
        with self._lock:
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]

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
