"""Sign-offs that arrive at the same moment: one transaction records them all, and each waits for its commit."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from workflow.database import Database
from workflow.models import Signoff
from workflow.signoffs.answers import Answer, sign_all
from workflow.trouble import in_words

MOST = 64
"""How many one transaction takes at most, so that the last of them need not wait for long."""


@dataclass(slots=True)
class _Waiting:
    link_id: str
    answer: Answer
    signoff: Signoff | None = None
    error: BaseException | None = None

    @property
    def is_served(self) -> bool:
        return self.signoff is not None or self.error is not None


class GroupCommit:
    """
    Signs for the threads of one process.

    All sign-offs of a letter wait for one lock and one log. Whoever has the turn takes along those who came while it
    waited: they share the lock, the job and the wait for the disk (group commit). Nobody waits for
    company. Where one of them is refused, nothing of the shared transaction is kept, and each is done on its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Waiting] = deque()
        self._turn = threading.Lock()

    def sign(self, link_id: str, answer: Answer) -> Signoff:
        """Record an organisation's yes and wait until it is committed; raises what `answers.sign` raises."""
        mine = _Waiting(link_id, answer)
        self._queue.append(mine)
        with self._turn:
            while not mine.is_served:
                self._serve([self._queue.popleft() for _ in range(min(len(self._queue), MOST))])
        if mine.error is not None:
            raise mine.error
        assert mine.signoff is not None
        return mine.signoff

    def _serve(self, batch: list[_Waiting]) -> None:
        try:
            with self._database.writing() as session:
                signed = sign_all(session, [(one.link_id, one.answer) for one in batch])
            for one, signoff in zip(batch, signed, strict=True):
                one.signoff = signoff
        except BaseException as error:
            # A database that is not to be had, or a process that ends, is not asked once more for each.
            if len(batch) > 1 and isinstance(error, Exception) and in_words(error) is None:
                for one in batch:
                    self._serve([one])
                return
            for one in batch:
                one.error = error
