"""Short acts on letters that come at the same moment: one transaction does them all, and each waits for its commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from workflow.database import Database
from workflow.transaction import Transaction, hold_letter
from workflow.trouble import in_words
from workflow.turns import Turns

MOST = 64
"""How many one transaction takes at most, so that the last of them need not wait for long."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Act = Callable[[Transaction, Sequence[Item]], Sequence[Result]]
"""Does several of one kind in the caller's transaction: all of them, or it raises what one of them met."""


class Pending(Generic[Result]):
    """One act that was handed in; it is done at the latest when somebody asks for its result."""

    def __init__(self, commits: GroupCommit, act: Act[Any, Result], item: Any, letter_id: str | None) -> None:
        self._commits = commits
        self.act = act
        self.item = item
        self.letter_id = letter_id
        self.is_served = False
        self.found: Result | None = None
        self.error: BaseException | None = None

    def result(self) -> Result:
        """Wait until the act is committed and return its result; raises what it met."""
        self._commits.serve_until(self)
        if self.error is not None:
            raise self.error
        return self.found  # type: ignore[return-value]


class GroupCommit:
    """
    Does short acts for the threads of one process: sign-offs, marks before SMTP's final dot, outcomes.

    All acts on a letter wait for one lock and one log. Whoever has the turn takes along those who came while it
    waited: they share the lock, the checkpoint and the wait for the disk (group commit). Nobody waits for company.
    Where one of them is refused, nothing of the shared transaction is kept, and each is done on its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[Pending[Any]] = deque()
        self._turn = Turns()

    def do(self, act: Act[Item, Result], item: Item, letter_id: str | None) -> Result:
        """Do one act on a letter (None: on none) and wait until it is committed; raises what the act raises."""
        return self.put(act, item, letter_id).result()

    def put(self, act: Act[Item, Result], item: Item, letter_id: str | None) -> Pending[Result]:
        """Hand in an act without waiting: it is done with the next one, or when its result is asked for."""
        pending: Pending[Result] = Pending(self, act, item, letter_id)
        self._queue.append(pending)
        return pending

    def serve_until(self, mine: Pending[Any]) -> None:
        """Have everything done up to this act, in its turn."""
        if mine.is_served:
            return
        with self._turn:
            while not mine.is_served:
                self._serve([self._queue.popleft() for _ in range(min(len(self._queue), MOST))])

    def _serve(self, together: list[Pending[Any]]) -> None:
        try:
            with self._database.writing() as session:
                found = _done(session, together)
        except BaseException as error:
            # A database that is not to be had, or a process that ends, is not asked once more for each.
            if len(together) > 1 and isinstance(error, Exception) and in_words(error) is None:
                for one in together:
                    self._serve([one])
                return
            for one in together:
                one.error, one.is_served = error, True
            return
        for one in together:
            one.found, one.is_served = found[id(one)], True


def _done(session: Transaction, together: Sequence[Pending[Any]]) -> dict[int, Any]:
    """Do the acts, those of one kind at once; letters are locked in one order, so that two processes never wait."""
    letters = {one.letter_id for one in together if one.letter_id is not None}
    # An act locks the letter that it is on, as it needs it.
    for letter_id in sorted(letters) if len(letters) > 1 else ():
        hold_letter(session, letter_id)
    found: dict[int, Any] = {}
    for act in dict.fromkeys(one.act for one in together):
        these = [one for one in together if one.act is act]
        results = act(session, [one.item for one in these])
        found |= {id(one): result for one, result in zip(these, results, strict=True)}
    return found
