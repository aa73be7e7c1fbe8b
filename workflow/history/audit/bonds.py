"""What holds a column to the history, or why nothing need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """What holds a column: the entries that tell its value, or what else it is checked against."""

    by: str
    told: bool = True
    """An entry tells its value; else it is checked in another way."""


@dataclass(frozen=True, slots=True)
class Free:
    """Why nothing need hold a column."""

    why: str


def told_by(by: str) -> Bound:
    """Return what holds a column whose value these entries tell."""
    return Bound(by)


def held_by(by: str) -> Bound:
    """Return what a column is checked against where no entry tells its value."""
    return Bound(by, told=False)


OWN = held_by("the entries that name the row")
LETTER = held_by("the log itself: its entries are those of one letter")
STATE = held_by("the steps in the log, one by one")
DRAFT = held_by("the digest of the draft: letter.created, letter.edited, suggestion.accepted")
WHEN_MADE = Free("When the row was made: shown to nobody who decides by it.")
ACCOUNTS = Free("Accounts: of no letter's history.")
ACCESS = Free("Who may see the letter: entries tell how that came about, and nothing that was decided hangs on it.")
LOG = held_by("the hashes, the checkpoints and their signatures")
COMMON = held_by("the log over all letters: its hashes, its heads and their signatures")
FOLDED = Free("What a search compares, made from other columns; nothing is shown or decided by it.")
ROUND = Free("Whom an act for all has reached; what was done of it stands in its entries, and by digest who counts.")
DIRECTORY = Free("The directory serves new letters; what stands on a letter is told by its own entries.")
WORKER = Free("When and by which worker a mail is tried next: never to whom it goes, or what it says.")

TERMS = ("deadline", "timezone", "minimum", "comments_shared", "code_required", "objection_hours")
LATER_TERMS = ("reminders", "at_deadline", "extend_days", "four_eyes", "late_names", "reply_days")
REMINDERS = Free("Who wants no reminders: invitation.reminders tells it, and no answer hangs on it.")
