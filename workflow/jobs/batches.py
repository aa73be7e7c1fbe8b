"""What is left of an act that concerns thousands, done piece by piece, so that nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from workflow.campaigns import batches
from workflow.campaigns.corrections import Record
from workflow.database import Database
from workflow.models import Letter
from workflow.transaction import Transaction, lock_letter

Watch = Callable[[str], None]

FEWEST = 8
WAKE_SECONDS = 1.0
"""Who sends mails is woken so often while they are queued."""


def _unwatched(step: str) -> None:
    """Nobody looks on."""


@dataclass(slots=True)
class Pace:
    """How many one transaction takes on, so that it holds its lock for a given time at most."""

    seconds: float = 0.05
    most: int = FEWEST
    """It begins with few, for how long one takes is not known yet."""
    fewest: int = FEWEST
    """Never fewer: each transaction has its own price."""

    def took(self, done: int, seconds: float) -> None:
        """Learn from what a transaction took: twice as many at most, and sooner fewer than more."""
        fitting = int(done * 0.7 * self.seconds / max(seconds, 1e-6))
        self.most = max(self.fewest, min(fitting, 2 * self.most, 500))


def in_pieces(
    database: Database,
    letter_id: str,
    some: Callable[[Transaction, int], int],
    watch: Watch = _unwatched,
    fewest: int = FEWEST,
) -> None:
    """
    Do something of a letter for many, each time for some of them in a transaction of its own, until all are done.

    `some` does it for at most so many and returns for how many. Between two pieces this waits for as long as one took:
    whoever signs meanwhile has the lock half of the time at least. `watch` is told each step: tests end the process
    inside it. A piece is for `fewest` at least: for more where what each asks first takes as long as many of them.
    """
    pace, woken = Pace(most=fewest, fewest=fewest), 0.0
    while True:
        most = pace.most
        with database.writing() as session:
            lock_letter(session, letter_id)
            began = time.monotonic()
            watch("before_a_piece")
            done = some(session, most)
            watch("in_a_piece")
            if done == most and began - woken < WAKE_SECONDS:
                session.woken.discard(letter_id)
            else:
                woken = began
        took = time.monotonic() - began
        watch("after_a_piece")
        if done < most:
            return
        pace.took(done, took)
        time.sleep(took)


def batch(database: Database, letter_id: str, watch: Watch = _unwatched) -> None:
    """Go on with the acts on a letter that are not done with everybody."""
    record = _record(database, letter_id)

    def some(session: Transaction, most: int) -> int:
        known = record.read_on(session, letter_id) if record is not None else None
        return batches.piece(session, letter_id, most, known)

    in_pieces(database, letter_id, some, watch)


def _record(database: Database, letter_id: str) -> Record | None:
    """Read what silence rests on where it may come to count, before anything is locked: it is the whole history."""
    with database.reading() as session:
        row = session.get(Letter, letter_id)
        if row is None or row.objections_until is None:
            return None
        return Record().read_on(session, letter_id)
