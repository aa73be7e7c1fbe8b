"""
How the service logs: lines for people, or JSON (`UNDERSIGNED_LOG_JSON`), to standard error.

No line holds the token of a link, whoever writes it: ours and those of the libraries go through `scrubbed`. And no
words make a line of their own, or move a cursor: what does not print is spelt out, and tracebacks are indented.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

from config.settings import settings

_LETTER = "(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{2})"
TOKEN = re.compile(rf"(?<=/){_LETTER}{{20,}}+(?!\.py)|{_LETTER}{{40,}}+")
"""A part of a path as long as a token, and whatever else is as long, written plainly or in percents."""


def scrubbed(line: str) -> str:
    """Return a line with *** in the place of whatever may be a token."""
    return TOKEN.sub("***", line)


def printed(words: str) -> str:
    """Return words on one line, with whatever does not print spelt out as Python does."""
    return words if words.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)


def _indented(told: str) -> str:
    return "\n".join(f"  {printed(line)}" for line in told.rstrip("\n").split("\n"))


def keep_tokens_out() -> None:
    """Scrub every record of the standard library's logging in this process: its words and its traceback."""
    logging.setLogRecordFactory(_record)


def _record(*given: Any, **more: Any) -> logging.LogRecord:
    record = logging.LogRecord(*given, **more)
    try:
        record.msg, record.args = printed(scrubbed(record.getMessage())), None
    except (TypeError, ValueError):
        return record
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = _indented(scrubbed("".join(traceback.format_exception(*record.exc_info))))
    return record


def _scrub(log: Any, method: str, line: Any) -> str:
    """The last of the processors: what it gets is the line as it is written."""
    return scrubbed(str(line))


def _in_one_line(log: Any, method: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Before words become a plain line (JSON spells out by itself)."""
    return {
        name: value if not isinstance(value, str) else _indented(value) if name == "exception" else printed(value)
        for name, value in said.items()
    }


@functools.cache
def logger() -> Any:
    """Return the log; structlog is set up at its first use, for it takes as long to import as Flask."""
    import structlog

    plain = (_in_one_line, structlog.dev.ConsoleRenderer(colors=False))
    written = (structlog.processors.JSONRenderer(),) if settings().log_json else plain
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *written,
            _scrub,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()
