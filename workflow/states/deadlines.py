"""By when an organisation answers, and what the deadline brings. Pure."""

from __future__ import annotations

from datetime import datetime

CLOSE, ASK, EXTEND = AT_DEADLINE = ("close", "ask", "extend")
"""What the deadline brings: answers are closed, the coordinators are asked, or it is extended once."""


def due(letters: datetime | None, own: datetime | None) -> datetime | None:
    """
    Return by when an organisation answers: the letter's deadline, or its own where that is later.

    Its own is more time, never less. Where the letter has no deadline, nobody has one.
    """
    return letters if letters is None or own is None else max(letters, own)


def closes_itself(at_deadline: str, extend_days: int, extended: bool) -> bool:
    """Whether answers end with the deadline; else somebody decides first, or it is extended."""
    return at_deadline == CLOSE or (at_deadline == EXTEND and (extended or extend_days < 1))
