"""
What a database, a disk, a folder or a key cannot do just now, as one sentence with what to do about it.

The one place that reads the words of SQLite, PostgreSQL and the system; whatever else goes wrong is a defect.
"""

from __future__ import annotations

import errno
import re
from typing import Any

from sqlalchemy import exc

from config.logs import logger
from config.settings import KeyFileError
from workflow.errors import UnavailableError

FULL = "The disk is full. Free some space: nothing was lost, and the service continues by itself."
LOCKED = "The database is locked by another process. Try again in a minute; if it stays locked, find that process."
CORRUPT = "The database is damaged. Stop the service, keep a copy of the file, and restore the newest backup."
DOWN = "The database server does not answer. Start it, or correct UNDERSIGNED_DATABASE_URL."
OLD_TABLES = "The database's tables are not up to date. Run: flask db upgrade"
BAD_URL = (
    "UNDERSIGNED_DATABASE_URL is not the address of a database. It looks like postgresql://user:password@host/name"
)

SQLITE = {
    "FULL": FULL,
    "BUSY": LOCKED,
    "LOCKED": LOCKED,
    "READONLY": "The database cannot be written: its file or folder is read-only. Let the service's user write it.",
    "CANTOPEN": "The database cannot be opened: its file or folder is missing, or belongs to another user.",
    "PERM": "The database cannot be opened: its file belongs to another user.",
    "NOTADB": "The file is not a database. Move it away and restore the newest backup.",
    "CORRUPT": CORRUPT,
    "IOERR": "The disk cannot be read or written. Check the system log.",
}
"""By SQLite's primary result code."""

POSTGRESQL = (
    ("55P03", LOCKED),
    ("40", "The database got two changes at once that conflict. Try again."),
    ("53100", FULL),
    ("53", "The database server accepts no more connections. Try again in a minute."),
    ("25006", "The database server is read-only just now."),
    ("28", "The database server rejects the user or the password. Correct UNDERSIGNED_DATABASE_URL."),
    ("3D", "The database server has no database of that name. Create it, or correct UNDERSIGNED_DATABASE_URL."),
    ("42501", "The database's user lacks a permission. Grant it the rights to its tables."),
    ("42P01", OLD_TABLES),
    ("42703", OLD_TABLES),
    ("XX001", CORRUPT),
    ("57", DOWN),
    ("58", "The database server cannot read or write its files. Check its log."),
    ("08", DOWN),
    ("25P03", DOWN),
)
"""By the beginning of the SQLSTATE."""

REFUSED = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("no pg_hba.conf entry", "28"),
    ("role .* does not exist", "28"),
    ("database .* does not exist", "3D"),
    ("too many clients", "53"),
    ("remaining connection slots", "53"),
)
"""A connection that was refused has no SQLSTATE: what it says is read instead."""

SYSTEM = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: "{where} is read-only. Make it writable for the service's user.",
    errno.EACCES: "{where} cannot be accessed by the service's user. Make that user its owner (chown).",
    errno.EPERM: "{where} cannot be accessed by the service's user. Make that user its owner (chown).",
    errno.ENOTDIR: "{where} cannot be used as a folder. Correct UNDERSIGNED_INSTANCE.",
    errno.EISDIR: "{where} is a folder where a file should be. Move it away.",
    errno.ELOOP: "{where} is a link that leads nowhere. Fix it.",
    errno.EIO: "{where} cannot be read or written. Check the system log.",
    errno.EMFILE: "The process has too many open files. Raise its limit (ulimit -n).",
    errno.ENFILE: "The machine has too many open files.",
}


def in_words(error: BaseException | None) -> str | None:
    """Say an error of the database, the disk or the set-up in a sentence; None for anything else."""
    for _ in range(6):
        if error is None:
            return None
        said = _said(error)
        if said is not None:
            return said
        error = error.orig if isinstance(error, exc.DBAPIError) else error.__cause__
    return None


def logged(what: str, error: Exception, **facts: str) -> str:
    """Log a failure that nobody waits for: as a sentence where there is one, else as a defect; returns what it is."""
    why = in_words(error)
    if why is None:
        logger().exception(what, **facts)
    else:
        logger().error(what, why=why, **facts)
    return why or f"{type(error).__name__}: {error}"


def _said(error: BaseException) -> str | None:
    if isinstance(error, UnavailableError | KeyFileError):
        return str(error)
    if isinstance(error, exc.TimeoutError):
        return "Every connection to the database is in use. Try again in a minute."
    if isinstance(error, exc.ArgumentError | exc.NoSuchModuleError):
        return BAD_URL
    if type(error).__module__.startswith(("sqlite3", "pysqlite3")):
        return _of_sqlite(error)
    if type(error).__module__.startswith("psycopg"):
        return _of_postgresql(error)
    if isinstance(error, OSError) and error.errno in SYSTEM:
        return SYSTEM[error.errno].format(where=error.filename or "A file of the service")
    return None


def _of_sqlite(error: Any) -> str | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    if re.match("no such (table|column)", str(error)):
        return OLD_TABLES
    return SQLITE.get(name.removeprefix("SQLITE_").partition("_")[0])


def _of_postgresql(error: Any) -> str | None:
    known = getattr(error, "sqlstate", None)
    if known is None and type(error).__name__ in ("OperationalError", "ConnectionTimeout"):
        known = next((state for words, state in REFUSED if re.search(words, str(error))), "08")
    return next((said for start, said in POSTGRESQL if known and known.startswith(start)), None)
