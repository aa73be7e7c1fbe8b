"""What every `flask …` loads and works out for itself, done once for all that are forked from here."""

from __future__ import annotations

import importlib
import sys

from config.settings import settings
from tests.support import compiled
from workflow.commands import MODULES

compiled.share()

for name in (
    "alembic.command",
    "alembic.ddl.sqlite",
    "alembic.ddl.postgresql",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "dbos",
    "email_validator",
    "flask.cli",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    *(f"workflow.commands.{module}" for module in {*MODULES.values()} - {"demo"}),
    "workflow.history.evidence",
    "workflow.job_queue",
    "workflow.pages",
    "wsgi",
):
    importlib.import_module(name)

# Each command reads its own environment, and makes an app of its own for it.
settings.cache_clear()
del sys.modules["wsgi"]
