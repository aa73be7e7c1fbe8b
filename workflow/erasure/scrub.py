"""
The database's own files, rid of what was deleted in them: freed pages, dead rows, statistics, the write-ahead log.

What a database server keeps beside its tables (its log until it is written over, archives, replicas) is out of reach
from here; docs/erasure.md says for how long.
"""

from __future__ import annotations

import sqlalchemy as sa

from workflow.database import Database
from workflow.engines import PATIENT_MILLISECONDS
from workflow.models import Base
from workflow.trouble import in_words

HOLDING = (
    "users", "sign_in_links", "staff_sessions", "auditor_links", "campaigns", "memberships", "letters", "recipients",
    "revisions", "known_organisations", "contacts", "organisations", "invitations", "links", "codes", "signoffs",
    "conditional_signoffs",
    "comments", "deliveries", "mail_skeletons", "documents", "renderings", "disclosures", "notes", "pasted_lists",
    "intakes", "incoming_mails", "blocked_addresses", "tries", "erasures",
)  # fmt: skip
"""The tables in which something of somebody may stand."""


def scrub(database: Database) -> str:
    """Write the tables anew without what was deleted; returns why that was not done, empty where it was."""
    try:
        if database.settings.embedded:
            return _sqlite(database)
        return _postgresql(database)
    except sa.exc.SQLAlchemyError as error:
        return in_words(error) or str(error).partition("\n")[0]
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("sqlite3", "pysqlite3"):
            raise
        return in_words(error) or str(error)


def _sqlite(database: Database) -> str:
    """VACUUM makes the file anew; the write-ahead log is emptied into it, where nobody reads from it just now."""
    connection = database.engine.raw_connection()
    try:
        driver = connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA query_only=OFF")
        driver.execute(f"PRAGMA busy_timeout={PATIENT_MILLISECONDS}")
        driver.execute("VACUUM")
        busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return "Somebody reads from the database just now, so its write-ahead log is not emptied." if busy else ""
    finally:
        # What was set on it must not meet whoever takes it next.
        connection.invalidate()
        connection.close()


def _postgresql(database: Database) -> str:
    """Each table is written into new files, and what the server knows of its values is counted anew."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"SET lock_timeout = {PATIENT_MILLISECONDS}"))
        for name in HOLDING:
            connection.execute(sa.text(f'VACUUM (FULL, ANALYZE) "{Base.metadata.tables[name].name}"'))
        may = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'DELETE')"
        if connection.scalar(sa.text(may)):
            connection.execute(sa.text("VACUUM (FULL) pg_catalog.pg_statistic"))
        else:
            connection.execute(sa.text("VACUUM pg_catalog.pg_statistic"))
        connection.execute(sa.text("RESET lock_timeout"))
    return ""
