"""How the service logs: lines for people, or JSON (`UNDERSIGNED_LOG_JSON`), to standard error."""

from __future__ import annotations

import functools
import sys
from typing import Any

from config.settings import settings


@functools.cache
def logger() -> Any:
    """Return the log; structlog is set up at its first use, for it takes as long to import as Flask."""
    import structlog

    as_json = settings().log_json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()
