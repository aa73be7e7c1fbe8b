"""The database of a process: its transactions, its tables' version, its keys. Nothing of letters is known here."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from workflow import engines, keys
from workflow.errors import MisconfiguredError, NotCountedError, UnavailableError
from workflow.job_queue import JobQueue
from workflow.models import Base
from workflow.tokens import Tokens
from workflow.transaction import Transaction
from workflow.trouble import LOCKED, OLD_TABLES
from workflow.turns import Turns

MIGRATIONS = Path(__file__).parent.parent / "config" / "migrations"

_HASTY = (
    f"SET LOCAL synchronous_commit TO OFF; SET LOCAL lock_timeout = {engines.GLANCE_MILLISECONDS}; "
    f"SET LOCAL statement_timeout = {2 * engines.GLANCE_MILLISECONDS}"
)
_FAILURES = (sa.exc.SQLAlchemyError, engines.sqlite_module().Error)
"""SQLAlchemy's, and the driver's own: a transaction of SQLite is begun by the driver (`engines.sqlite_engine`)."""


class Database:
    """One database, opened once in a process and shared by its threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = (engines.sqlite_engine if settings.embedded else engines.postgresql_engine)(settings.url)
        self.queue = JobQueue(engines.sqlite_queue_engine(settings.url) if settings.embedded else self.engine)
        self._read_only = engines.read_only(self.engine)
        self._relaxed = self.engine.execution_options(relaxed=True)
        self._glancing = self._read_only.execution_options(relaxed=True)
        self._turn = Turns() if settings.embedded else None
        self._patience = engines.BUSY_MILLISECONDS
        self._keys_fit = False

    def patient(self) -> Database:
        """Return the same database for work that nobody looks on: it waits longer for other writers."""
        other = copy.copy(self)
        other._patience = engines.PATIENT_MILLISECONDS
        other.engine = self.engine.execution_options(patience=engines.PATIENT_MILLISECONDS)
        return other

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """
        One transaction that commits at the end of the block and rolls back when it raises.

        Raises `WrongKeyError` before anything is written under another key.
        """
        self.check_keys()
        with self._writing() as session:
            yield session

    @contextmanager
    def changing_keys(self) -> Iterator[Transaction]:
        """The same for the one act that puts a new key in the place of one that may be lost."""
        with self._writing() as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        new = Transaction(self.engine, self.settings, self.queue)
        with self._in_turn(self._patience) as our_turn:
            if not our_turn:
                raise UnavailableError(LOCKED)
            with new as session, session.begin():
                if self._patience != engines.BUSY_MILLISECONDS and not self.settings.embedded:
                    session.execute(sa.text(f"SET LOCAL lock_timeout = {self._patience}"))
                yield session

    @property
    def tokens(self) -> Tokens:
        """What is made from the secrets, where nothing is written (`Transaction.tokens`)."""
        return Tokens(self.settings.secrets())

    def check_keys(self) -> None:
        """Make sure, once in a process, that the keys at hand are those of this database; its first ones are kept."""
        if self._keys_fit:
            return
        with self.reading() as session:
            known = keys.check(session, self.settings)
        if not known:
            with self._writing() as session:
                keys.put_on_record(session, self.settings)
        self._keys_fit = True

    @contextmanager
    def _in_turn(self, patience: int) -> Iterator[bool]:
        """
        Let the writers of this process wait for each other here, in the order in which they came.

        SQLite's own lock is asked again and again after growing pauses; it stays for writers of other processes.
        Gives whether the turn came within `patience` milliseconds.
        """
        took = self._turn is not None and self._turn.acquire(timeout=patience / 1000)
        try:
            yield took or self._turn is None
        finally:
            if took and self._turn is not None:
                self._turn.release()

    def reading(self) -> Transaction:
        """Return a transaction that refuses to write, to be closed; on SQLite it waits for nobody."""
        return Transaction(self._read_only, self.settings, self.queue, read_only=True)

    @contextmanager
    def relaxed(self) -> Iterator[sa.Connection]:
        """
        One small transaction whose loss does no harm: it does not wait for the disk, nor for long for other writers.

        Raises `NotCountedError` within a second where the database does not take it.
        """
        try:
            with self._in_turn(engines.GLANCE_MILLISECONDS) as our_turn:
                if not our_turn:
                    raise NotCountedError("Another thread of this process is writing.")
                with self._relaxed.begin() as connection:
                    if connection.dialect.name == "postgresql":
                        connection.exec_driver_sql(_HASTY)
                    yield connection
        except _FAILURES as error:
            raise NotCountedError(str(error).partition("\n")[0]) from error

    @contextmanager
    def relaxed_reading(self) -> Iterator[sa.Connection]:
        """Read what was counted; raises `NotCountedError` within a second where that cannot be read."""
        try:
            with self._glancing.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(_HASTY)
                yield connection
        except _FAILURES as error:
            raise NotCountedError(str(error).partition("\n")[0]) from error

    def migrate(self) -> None:
        """Bring the tables of the product and of DBOS to the newest version; does nothing when they are."""
        from alembic import command
        from alembic.config import Config

        self._make_room()
        if self._version() > _newest():
            raise MisconfiguredError("The database was made by a newer version of the service. Install that one.")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes.update(engine=self.patient().engine, metadata=Base.metadata)
        command.upgrade(config, "head")
        self.queue.migrate()

    def is_current(self) -> bool:
        """Whether the tables are at the newest version of this code; asks without Alembic, which is slow to import."""
        return self._version() == _newest()

    def _version(self) -> str:
        """The version of the tables, empty where there are none; waits for no writer, and makes no file by asking."""
        if self.settings.embedded and not self.is_made:
            return ""
        with self.reading() as session:
            if not sa.inspect(session.connection()).has_table("alembic_version"):
                return ""
            return str(session.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")

    def prepare(self) -> None:
        """
        Make sure that this process may serve from the database; an embedded one is created and migrated where due.

        Raises `UnavailableError` where the tables are not current or the keys do not fit, and what the database raises.
        """
        self._make_room()
        if not self.is_current():
            if not self.settings.embedded:
                raise MisconfiguredError(OLD_TABLES)
            self.migrate()
        self.check_keys()

    def _make_room(self) -> None:
        """Make the folder of an embedded database, unless one was lost from it."""
        if self.settings.embedded and self.engine.url.database:
            folder = Path(self.engine.url.database).parent
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
                raise MisconfiguredError(f"{folder} cannot be created. Correct UNDERSIGNED_INSTANCE.") from error
            self.refuse_to_begin_anew()

    @property
    def is_made(self) -> bool:
        """Whether the file of an embedded database is there, with something in it."""
        file = Path(self.engine.url.database or "")
        return file.exists() and file.stat().st_size > 0

    def refuse_to_begin_anew(self) -> None:
        """Keys without a database are what a lost one leaves: an empty one in its place would hide the loss."""
        if not self.settings.embedded or self.is_made:
            return
        keys = self.settings.keys
        for left in (keys / "history.key", keys / "secret.key", self.settings.signed):
            if left.exists():
                raise MisconfiguredError(
                    f"{self.engine.url.database} is missing or empty, but {left} of an instance is here. "
                    "Restore the newest backup; to start with an empty database, move that away."
                )

    def close(self) -> None:
        """Give back every connection."""
        self.queue.close()
        self.engine.dispose()


def _newest() -> str:
    """The newest version of the tables that this code knows."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]
