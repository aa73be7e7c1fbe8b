"""What templates may do with a value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

FILTERS: dict[str, Any] = {
    "short": lambda digest: str(digest)[:12],
    "day": lambda moment: moment.strftime("%-d %B %Y, %H:%M UTC") if isinstance(moment, datetime) else "",
}
