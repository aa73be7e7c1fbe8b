"""One instance of the product in a process: its settings, and what is made once and shared by all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app

from config.settings import Settings
from workflow import rotation
from workflow.afterwards import Afterwards
from workflow.database import Database
from workflow.documents import Printer
from workflow.engines import CONNECT_SECONDS
from workflow.errors import MisconfiguredError, UnavailableError
from workflow.group_commit import GroupCommit
from workflow.pace import SEEN, stalled
from workflow.trouble import DOWN, in_words

if TYPE_CHECKING:
    from workflow.jobs import Worker

AGAIN_SECONDS = 5
"""How long the jobs wait before they ask once more for a database that does not answer."""

T = TypeVar("T")


def instance() -> Instance:
    """Return the instance of the app of now: of a request, or of a command."""
    return cast(Instance, current_app.extensions["undersigned"])


class Instance:
    """What pages, commands and the server share. Nothing is opened before it is asked for."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self.settings = settings
        self._database = database
        self._opening = threading.Lock()
        self._making = threading.Lock()
        self._made: dict[type[Any], Any] = {}

    @property
    def database(self) -> Database:
        """
        The database, opened at its first use; an embedded one is created and migrated then.

        Raises `UnavailableError` where its tables are not current or the keys are others; the next one asks again.
        """
        if self._database is None:
            with self._in_turn():
                self._database = self._database or self._opened()
        return self._database

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One opens the database, and no other waits for a server that does not answer for longer than it."""
        if not self._opening.acquire(timeout=CONNECT_SECONDS):
            raise UnavailableError(DOWN)
        try:
            yield
        finally:
            self._opening.release()

    def _opened(self) -> Database:
        opened = Database(self.settings)
        try:
            opened.prepare()
            rotation.begin_with_new_secret(opened)
        except BaseException:
            opened.close()
            raise
        return opened

    @property
    def commits(self) -> GroupCommit:
        """What does short acts for all threads."""
        return self._one(GroupCommit, self.database)

    @property
    def afterwards(self) -> Afterwards:
        """What mails after the answer is out."""
        return self._one(Afterwards, self.database)

    @property
    def printer(self) -> Printer:
        """What makes PDFs for the pages."""
        return self._one(Printer)

    def _one(self, kind: Callable[..., T], *given: Database) -> T:
        with self._making:
            if kind not in self._made:
                self._made[cast(type[T], kind)] = kind(*given)
            return cast(T, self._made[cast(type[T], kind)])

    def why_not(self) -> tuple[str, bool]:
        """Say why a process cannot serve, empty where it can, and whether a person has to mend something first."""
        try:
            self._opened().close()
        except Exception as error:
            why = in_words(error)
            if why is None:
                raise
            return why, isinstance(error, MisconfiguredError) or self.settings.embedded
        return "", False

    def say_stalled(self, say: Callable[[str], None]) -> None:
        """Say, in a minute, why mails wait, where they do: nobody runs the jobs, or nobody has a mail server."""
        time.sleep(SEEN.total_seconds())
        with self.database.reading() as session:
            why = stalled(session)
        if why:
            say(why)

    def start_jobs(self, is_wanted: Callable[[], bool], say: Callable[[str], None]) -> Worker | None:
        """
        Run the durable jobs in this process too, and return what stops them.

        A database that does not answer is said, and asked again for as long as `is_wanted`; other errors are raised.
        """
        from workflow import jobs

        while is_wanted():
            try:
                return jobs.start(self.database, "web", self.commits)
            except BaseException as error:
                why = in_words(error)
                if why is None:
                    raise
                say(f"The durable jobs wait: {why}")
                time.sleep(AGAIN_SECONDS)
        return None
