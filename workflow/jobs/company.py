"""Connections that each stand before a dot: one commit marks all their mails, so each waits a moment for the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOMENT = 0.01
"""How long a mail waits at most, in seconds: to send one takes longer over any network."""


class Company:
    """Who is on the way to the next dot. Where nobody is any more, all that wait go on together."""

    def __init__(self) -> None:
        self._on_the_way = 0
        self._parties = 0
        self._changed = threading.Condition()

    @contextmanager
    def on_the_way(self) -> Iterator[None]:
        """Count a connection among those that are waited for: it brings a mail to its dot inside the block."""
        self._set_out()
        try:
            yield
        finally:
            self._arrive()

    def gather(self) -> None:
        """Wait for the others, from inside the block; at most a moment."""
        with self._changed:
            mine = self._parties
            self._arrive()
            self._changed.wait_for(lambda: self._parties != mine, MOMENT)
            self._set_out()

    def _set_out(self) -> None:
        with self._changed:
            self._on_the_way += 1

    def _arrive(self) -> None:
        with self._changed:
            self._on_the_way -= 1
            if not self._on_the_way:
                self._parties += 1
                self._changed.notify_all()
