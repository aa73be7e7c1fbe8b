"""A letter's life that many tests begin with: lived once in a run for each kind of database, kept, and copied."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from psycopg import sql

from config import settings as configuration
from workflow import clock, engines
from workflow.database import Database

KEPT: dict[tuple[Any, ...], Kept] = {}
RUNNING = clock.seconds


@dataclass
class Kept:
    """What a life has left behind: the database, the files beside it (the keys among them), and what was returned."""

    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)
    tables: dict[tuple[str, str], bytes] = field(default_factory=dict)
    sequences: list[tuple[str, int]] = field(default_factory=list)
    returned: Any = None

    @property
    def instance(self) -> Path:
        return Path(self.folder.name) / "instance"

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / "kept.db"


def lived(database: Database, live: Callable[..., Any], *given: Any) -> Any:
    """
    Return what `live(database, *given)` returns, in a database where no letter is yet; elsewhere it is lived anew, and
    so it is where the clock was set.

    What was lived under other settings, or is given something else, is another life.
    """
    settings = database.settings
    if clock.seconds is not RUNNING or _has_letters(database):
        return live(database, *given)
    said = repr(sorted(settings.model_dump(exclude={"instance", "database_url"}).items()))
    which = (settings.embedded, live.__module__, live.__qualname__, given, said)
    if which not in KEPT:
        found = live(database, *given)
        KEPT[which] = _keep(database, found)
        return found
    _restore(database, KEPT[which])
    return KEPT[which].returned


def _has_letters(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(connection.scalar(sa.text("SELECT EXISTS (SELECT 1 FROM letters) OR EXISTS (SELECT 1 FROM users)")))


def _keep(database: Database, returned: Any) -> Kept:
    kept = Kept(returned=returned)
    shutil.copytree(database.settings.instance, kept.instance, ignore=shutil.ignore_patterns("undersigned.db*"))
    if database.settings.embedded:
        _copy(Path(str(database.engine.url.database)), kept.file)
    else:
        _keep_tables(database, kept)
    return kept


def _restore(database: Database, kept: Kept) -> None:
    shutil.copytree(kept.instance, database.settings.instance, dirs_exist_ok=True)
    if database.settings.embedded:
        _copy(kept.file, Path(str(database.engine.url.database)))
    else:
        _restore_tables(database, kept)
    _forget()


def _forget() -> None:
    """What this process knows of a letter of that name, it knows from another database."""
    configuration._kept.cache_clear()
    for name, module in tuple(sys.modules.items()):
        for what, known in vars(module).items() if name.startswith("workflow.") else ():
            if isinstance(known, dict) and what in ("_kept", "_known", "_looked", "_looked_at"):
                known.clear()
            elif type(known).__name__ == "Kept":
                for kept in ("_things", "_values"):
                    getattr(known, kept, {}).clear()
                if hasattr(known, "_total"):
                    known._total = 0


def _copy(source: Path, target: Path) -> None:
    """Copy a file of SQLite as it stands, though others have it open."""
    driver = engines.sqlite_module()
    one, other = driver.connect(source), driver.connect(target)
    one.backup(other)
    one.close()
    other.close()


def _keep_tables(database: Database, kept: Kept) -> None:
    with database.engine.connect() as connection:
        tables = connection.execute(
            sa.text(
                "SELECT schemaname, tablename FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            )
        ).all()
        cursor = connection.connection.cursor()
        for schema, name in tables:
            table = sql.Identifier(schema, name)
            with cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(table)) as copy:
                content = b"".join(map(bytes, copy))
            if cursor.rowcount:
                kept.tables[schema, name] = content
        query = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences"
        sequences = connection.execute(sa.text(f"{query} WHERE last_value IS NOT NULL"))
        kept.sequences = [(name, value) for name, value in sequences]


def _restore_tables(database: Database, kept: Kept) -> None:
    """Put the rows in without triggers: they are as they were, history and all."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        cursor = connection.connection.cursor()
        for (schema, name), content in kept.tables.items():
            table = sql.Identifier(schema, name)
            cursor.execute(sql.SQL("DELETE FROM {}").format(table))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)) as copy:
                copy.write(content)
        for name, value in kept.sequences:
            cursor.execute("SELECT setval(%s::regclass, %s)", (name, value))
