"""The connections of a process to its mail server: so many at most, kept while anything is being sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from emails.transport import Client, Server


class Connections:
    """What all jobs of a process send over, by turns: each takes one for one mail, and gives it back still open."""

    def __init__(self, server: Server, most: int) -> None:
        self.most = most
        self._server = server
        self._turns = threading.Semaphore(most)
        self._open: list[Client] = []
        self._users = 0
        self._lock = threading.Lock()
        self.largest: int | None = None
        """The largest mail that the server takes, in bytes, as it said last."""

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep them open inside the block; at the end of the last one they are closed."""
        with self._lock:
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                over = [] if self._users else self._open[:]
                del self._open[: len(over)]
            for client in over:
                client.close()

    @contextmanager
    def one(self) -> Iterator[Client]:
        """Give one for one mail, when its turn comes: the one that was used last is the likeliest to be open."""
        with self._turns:
            with self._lock:
                client = self._open.pop() if self._open else Client(self._server)
            try:
                yield client
            finally:
                with self._lock:
                    self._open.append(client)
                    self.largest = client.largest or self.largest
