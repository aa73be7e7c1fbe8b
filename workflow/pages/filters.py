"""What templates may do with a value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_login import current_user

from workflow.languages import in_zone
from workflow.pages.i18n import get_locale


def _day(moment: Any) -> str:
    """Return a time in words, in the zone of whoever is signed in."""
    zone = current_user.session.user.timezone if current_user.is_authenticated else ""
    return in_zone(moment, zone or "UTC", get_locale()) if isinstance(moment, datetime) else ""


FILTERS: dict[str, Any] = {
    "short": lambda digest: str(digest)[:12],
    "day": _day,
}
