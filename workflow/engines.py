"""
The engines of SQLAlchemy: how a database is reached, how durable a commit is, how long one waits for another.

One engine on PostgreSQL. On SQLite a second one over the same driver and file for DBOS, which says BEGIN itself.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import sqlalchemy as sa

FIXED_WAL = (3, 51, 3)
"""The first SQLite without the WAL-reset bug (https://sqlite.org/wal.html#walresetbug)."""

GLANCE_MILLISECONDS = 500
"""How long a count waits for its turn in this process, and then again for another process: a second in all."""

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


def sqlite_engine(url: str) -> sa.Engine:
    """Return the engine of an embedded database; its execution options say how a transaction begins."""
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


def sqlite_queue_engine(url: str) -> sa.Engine:
    """Return the engine of DBOS on the file of an embedded database, made as DBOS makes its own."""
    engine = sa.create_engine(url, module=sqlite_module(), connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={PATIENT_MILLISECONDS}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def postgresql_engine(url: str) -> sa.Engine:
    """Return the engine of a PostgreSQL database."""
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


def read_only(engine: sa.Engine) -> sa.Engine:
    """Return the same engine for readers: every query of a transaction sees one state of the database, on either."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(readonly=True)
    return engine.execution_options(readonly=True, postgresql_readonly=True, isolation_level="REPEATABLE READ")
