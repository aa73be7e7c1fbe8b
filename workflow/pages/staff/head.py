"""What every page of a letter begins with: which letter it is, where it stands, and whether its reader may act."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.models import Letter
from workflow.pages.staff import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a letter's pages."""

    id: str
    title: str
    state: str
    status: str
    may_act: bool
    """The reader coordinates it; else they only read."""


def of(letter: Letter, coordinates: bool) -> Head:
    """Return the head of a letter's pages."""
    return Head(
        id=letter.id,
        title=letter.title,
        state=letter.state,
        status=words.LETTER[letter.state],
        may_act=coordinates,
    )
