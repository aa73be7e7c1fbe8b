"""
The database of a process: its engine, its sessions, its durable queue. Nothing of letters is known here.

One engine on PostgreSQL. On SQLite a second one over the same driver and file for DBOS, which says BEGIN itself.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import Settings
from workflow import keys
from workflow.models import Base
from workflow.trouble import LOCKED, OLD_TABLES, Trouble, WrongSetUp, in_words

if TYPE_CHECKING:
    import logging

    from dbos import DBOSClient

FIXED_WAL = (3, 51, 3)
"""The first SQLite without the WAL-reset bug (https://sqlite.org/wal.html#walresetbug)."""

MIGRATIONS = Path(__file__).parent.parent / "config" / "migrations"
GLANCE_MILLISECONDS = 500
"""How long a count waits for its turn in this process, and then again for another process: a second in all."""

QUEUE = "jobs"
_HASTY = (
    f"SET LOCAL synchronous_commit TO OFF; SET LOCAL lock_timeout = {GLANCE_MILLISECONDS}; "
    f"SET LOCAL statement_timeout = {2 * GLANCE_MILLISECONDS}"
)

BUSY_MILLISECONDS = 5_000
"""How long an act waits for its turn in this process, and then for another process: somebody looks at the page."""

PATIENT_MILLISECONDS = 20_000
"""How long a job waits, and a migration: nobody looks on, and a mail's outcome must not go unrecorded."""

CONNECT_SECONDS = 5


def sqlite_module() -> ModuleType:
    """Return the one SQLite driver of this process: pysqlite3 where it is installed, else the standard one."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3 as dbapi2
    return dbapi2  # type: ignore[no-any-return]


_FAILURES = (sa.exc.SQLAlchemyError, sqlite_module().Error)
"""SQLAlchemy's, and the driver's own: a transaction of SQLite is begun by the driver (`_sqlite_engine`)."""


class NotCounted(Exception):
    """The database was busy, full or read-only: this once nothing was counted, and nobody waits for it."""


class Database:
    """One database, opened once in a process and shared by its threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine = _sqlite_engine(settings.url) if settings.embedded else _postgresql_engine(settings.url)
        self._read_only = _read_only(self.engine)
        self._relaxed = self.engine.execution_options(relaxed=True)
        self._glancing = self._read_only.execution_options(relaxed=True)
        self._lock = threading.Lock()
        self._turn = threading.Lock() if settings.embedded else None
        self._client: DBOSClient | None = None
        self._patience = BUSY_MILLISECONDS
        self._keys_fit = False

    def patient(self) -> Database:
        """Return the same database for work that nobody looks on: it waits longer for other writers."""
        other = copy.copy(self)
        other._patience = PATIENT_MILLISECONDS
        other.engine = self.engine.execution_options(patience=PATIENT_MILLISECONDS)
        return other

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """
        One transaction that commits at the end of the block and rolls back when it raises.

        Raises `keys.KeysDoNotFit` before anything is written under another key.
        """
        self.check_keys()
        with self._writing() as session:
            yield session

    @contextmanager
    def changing_keys(self) -> Iterator[Session]:
        """The same for the one act that puts a new key in the place of one that may be lost."""
        with self._writing() as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        new = Session(self.engine, expire_on_commit=False, info={"database": self})
        with self._in_turn(self._patience) as our_turn:
            if not our_turn:
                raise Trouble(LOCKED)
            with new as session, session.begin():
                if self._patience != BUSY_MILLISECONDS and not self.settings.embedded:
                    session.execute(sa.text(f"SET LOCAL lock_timeout = {self._patience}"))
                yield session

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
    def _in_turn(self, patience: int = BUSY_MILLISECONDS) -> Iterator[bool]:
        """
        Let the writers of this process wait for each other here: a mutex wakes the next at once.

        SQLite's own lock is asked again and again after growing pauses; it stays for writers of other processes.
        Gives whether the turn came within `patience` milliseconds.
        """
        took = self._turn is not None and self._turn.acquire(timeout=patience / 1000)
        try:
            yield took or self._turn is None
        finally:
            if took and self._turn is not None:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that refuses to write; on SQLite it waits for nobody."""
        known = {"database": self, "reading": True}
        with Session(self._read_only, expire_on_commit=False, info=known) as session:
            yield session

    @contextmanager
    def counting(self) -> Iterator[sa.Connection]:
        """
        One small transaction whose loss does no harm: it does not wait for the disk, nor for long for other writers.

        Raises `NotCounted` within a second where the database does not take it.
        """
        try:
            with self._in_turn(GLANCE_MILLISECONDS) as our_turn:
                if not our_turn:
                    raise NotCounted("Another thread of this process is writing.")
                with self._relaxed.begin() as connection:
                    if connection.dialect.name == "postgresql":
                        connection.exec_driver_sql(_HASTY)
                    yield connection
        except _FAILURES as error:
            raise NotCounted(str(error).partition("\n")[0]) from error

    @contextmanager
    def counted(self) -> Iterator[sa.Connection]:
        """Read what was counted; raises `NotCounted` within a second where that cannot be read."""
        try:
            with self._glancing.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(_HASTY)
                yield connection
        except _FAILURES as error:
            raise NotCounted(str(error).partition("\n")[0]) from error

    @functools.cached_property
    def jobs_engine(self) -> sa.Engine:
        """The engine for DBOS, in the same database."""
        return _dbos_sqlite_engine(self.settings.url) if self.settings.embedded else self.engine

    @property
    def client(self) -> DBOSClient:
        """The client that writes jobs into the queue."""
        with self._lock:
            if self._client is None:
                from dbos import DBOSClient

                self._client = DBOSClient(
                    system_database_engine=self.jobs_engine,
                    serializer=json_serializer(),
                    lazy=True,
                    application_name="undersigned",
                )
            return self._client

    def migrate(self) -> None:
        """Bring the tables of the product and of DBOS to the newest version; does nothing when they are."""
        from alembic import command
        from alembic.config import Config

        self._make_room()
        if self._version() > _newest():
            raise WrongSetUp("The database was made by a newer version of the service. Install that one.")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes.update(engine=self.patient().engine, metadata=Base.metadata)
        command.upgrade(config, "head")
        migrate_queue(self.jobs_engine)

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

        Raises `Trouble` where the tables are not current or the keys do not fit, and what the database raises.
        """
        self._make_room()
        if not self.is_current():
            if not self.settings.embedded:
                raise WrongSetUp(OLD_TABLES)
            self.migrate()
        self.check_keys()

    def _make_room(self) -> None:
        """Make the folder of an embedded database, unless one was lost from it."""
        if self.settings.embedded and self.engine.url.database:
            folder = Path(self.engine.url.database).parent
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
                raise WrongSetUp(f"The folder {folder} cannot be made. Mend UNDERSIGNED_INSTANCE.") from error
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
                raise WrongSetUp(
                    f"{self.engine.url.database} is missing or empty, though {left} of an instance is here. "
                    "Restore the newest backup; to begin with nothing, move that away."
                )

    def close(self) -> None:
        """Give back every connection."""
        if self._client is not None:
            self._client.destroy()
        if "jobs_engine" in self.__dict__:
            self.jobs_engine.dispose()
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Open the database of an instance and make sure that this process may serve from it (`Database.prepare`)."""
    opened = Database(settings)
    try:
        opened.prepare()
    except BaseException:
        opened.close()
        raise
    return opened


def why_not(settings: Settings) -> tuple[str, bool]:
    """Say why a process cannot serve, empty where it can, and whether a person has to mend something first."""
    try:
        open_database(settings).close()
    except Exception as error:
        why = in_words(error)
        if why is None:
            raise
        return why, isinstance(error, WrongSetUp) or settings.embedded
    return "", False


def _newest() -> str:
    """The newest version of the tables that this code knows."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def enqueue(session: Session, job: str, *ids: str) -> None:
    """Put a job on the queue in the session's own transaction: both are committed, or neither."""
    database: Database = session.info["database"]
    database.client.enqueue_in_transaction(session, {"workflow_name": job, "queue_name": QUEUE}, *ids)


def migrate_queue(engine: sa.Engine) -> None:
    """Create or upgrade the tables of DBOS."""
    from dbos._sys_db import SystemDatabase

    quiet_dbos()
    kind = "sqlite:///x" if engine.dialect.name == "sqlite" else "postgresql://x@y/z"
    SystemDatabase.create(
        system_database_url=kind,
        engine_kwargs={},
        engine=engine,
        schema="dbos",
        serializer=json_serializer(),
        executor_id=None,
        use_listen_notify=False,
    ).run_migrations()


def quiet_dbos() -> None:
    """Keep the engine's own notes out of the log, but for what is wrong: in a sentence, where there is one."""
    import logging

    log = logging.getLogger("dbos")
    log.setLevel(logging.ERROR)
    log.addFilter(_in_a_sentence)


def _in_a_sentence(record: logging.LogRecord) -> bool:
    why = in_words(record.exc_info[1]) if record.exc_info else None
    if why is not None:
        record.msg, record.exc_info, record.exc_text = f"{record.msg} {why}", None, None
    return True


@functools.cache
def json_serializer() -> Any:
    """The serializer of job arguments: JSON, for they are ids only (the default is pickle)."""
    import json

    from dbos import Serializer

    class Json(Serializer):
        def serialize(self, data: Any) -> str:
            return json.dumps(data, default=str)

        def deserialize(cls, serialized_data: str) -> Any:
            return json.loads(serialized_data)

        def name(self) -> str:
            return "json"

    return Json()


def _sqlite_engine(url: str) -> sa.Engine:
    driver = sqlite_module()
    # A connection for every thread that serves: to open one costs more than most requests do.
    pool = {} if url.endswith(":memory:") else {"pool_size": 20, "max_overflow": 20}
    engine = sa.create_engine(url, module=driver, connect_args={"check_same_thread": False}, **pool)
    journal = "WAL" if driver.sqlite_version_info >= FIXED_WAL else "DELETE"

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A deferred transaction that has read cannot become a writer after another commit: take the lock first.
        options = connection.get_execution_options()
        read_only = options.get("readonly", False)
        relaxed = options.get("relaxed", False)
        patience = GLANCE_MILLISECONDS if relaxed else options.get("patience", BUSY_MILLISECONDS)
        mode = ("ON" if read_only else "OFF", "NORMAL" if relaxed else "FULL", patience)
        driver: Any = connection.connection.driver_connection
        if connection.info.get("mode") != mode:
            driver.execute(f"PRAGMA query_only={mode[0]}")
            driver.execute(f"PRAGMA synchronous={mode[1]}")
            driver.execute(f"PRAGMA busy_timeout={mode[2]}")
            connection.info["mode"] = mode
        driver.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _dbos_sqlite_engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url, module=sqlite_module(), connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={PATIENT_MILLISECONDS}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def _read_only(engine: sa.Engine) -> sa.Engine:
    """The same engine for readers: every query of a transaction sees one state of the database, on either."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(readonly=True)
    return engine.execution_options(readonly=True, postgresql_readonly=True, isolation_level="REPEATABLE READ")


def _postgresql_engine(url: str) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        pool_timeout=BUSY_MILLISECONDS / 1000,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c idle_in_transaction_session_timeout=60s -c lock_timeout={BUSY_MILLISECONDS}",
        },
    )
