"""
How the service logs: lines for people, or JSON (`UNDERSIGNED_LOG_JSON`), to standard error.

No line holds the token of a link, whoever writes it: ours and those of the libraries go through `scrubbed`.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
import traceback
from typing import Any

from config.settings import settings

_LETTER = "(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{2})"
TOKEN = re.compile(rf"(?<=/){_LETTER}{{20,}}+(?!\.py)|{_LETTER}{{40,}}+")
"""A part of a path as long as a token, and whatever else is as long, written plainly or in percents."""


def scrubbed(line: str) -> str:
    """Return a line with *** in the place of whatever may be a token."""
    return TOKEN.sub("***", line)


def keep_tokens_out() -> None:
    """Scrub every record of the standard library's logging in this process: its words and its traceback."""
    logging.setLogRecordFactory(_record)


def _record(*given: Any, **more: Any) -> logging.LogRecord:
    record = logging.LogRecord(*given, **more)
    try:
        record.msg, record.args = scrubbed(record.getMessage()), None
    except (TypeError, ValueError):
        return record
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = scrubbed("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
    return record


def _scrub(log: Any, method: str, line: Any) -> str:
    """The last of the processors: what it gets is the line as it is written."""
    return scrubbed(str(line))


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
            _scrub,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()
