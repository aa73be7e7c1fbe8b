"""In whose time staff read: their own, where they have set one, else the letter's; and which zones can be chosen."""

from __future__ import annotations

from datetime import datetime

from flask import g, request
from flask_login import current_user

from workflow.languages import in_zone
from workflow.models import Letter, User
from workflow.moments import zones
from workflow.pages.i18n import get_locale

AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
"""The zones that are named after a place are offered; the others have another name besides."""


def whoever() -> User:
    """Return who reads the page: who is signed in, or who came by an auditor's link."""
    found: User = g.guest if "guest" in g else current_user.session.user
    return found


def zone_of(user: User, letter: Letter) -> str:
    """Return the zone that a member of staff reads the times of a letter in."""
    return user.timezone or letter.timezone


def in_words(moment: datetime | None, user: User, letter: Letter) -> str:
    """Return a time of a letter for a member of staff, in the language of the page; nothing for none."""
    return in_zone(moment, zone_of(user, letter), get_locale()) if moment else ""


def said(moment: datetime, letter: Letter) -> str:
    """Return a time of a letter for whoever reads the page: in their zone, else the letter's, and in its language."""
    return in_zone(moment, zone_of(whoever(), letter), get_locale())


def offered(kept: str = "") -> dict[str, str]:
    """Return the zones that a page offers, each with what it is called; the one that is `kept` is among them."""
    named = {zone for zone in zones() if zone.partition("/")[0] in AREAS} | {"UTC", kept or "UTC"}
    return {zone: zone.replace("_", " ") for zone in sorted(named)}


def guessed() -> str:
    """Return the zone of the country that the browser's language names, where that country has but one; or nothing."""
    from babel.core import get_global

    for tag, _ in request.accept_languages:
        country = tag.replace("_", "-").rpartition("-")[2].upper()
        known = get_global("territory_zones").get(country, ())
        if len(known) == 1 and known[0] in zones():
            return str(known[0])
    return ""
