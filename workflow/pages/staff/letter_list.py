"""What the list of letters shows, and how a letter's progress is said."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import joinedload, selectinload

from workflow import accounts
from workflow.campaigns.tally import Tally, tallies
from workflow.languages import Words
from workflow.models import Letter, User
from workflow.pages.paper import time_left
from workflow.pages.staff import words
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter's line in the list."""

    id: str
    title: str
    state: str
    status: Words
    to: str
    progress: str
    share: int | None


def rows(session: Transaction, member: User, campaign_id: str) -> list[LetterRow]:
    """Return the letters of a campaign that a member of staff may see, newest first."""
    shown = (joinedload(Letter.campaign), selectinload(Letter.recipients))
    letters = [one for one in accounts.letters_of(session, member, *shown) if one.campaign_id == campaign_id]
    counted = tallies(session, [letter.id for letter in letters])
    return [_row(letter, counted[letter.id]) for letter in letters]


def _row(letter: Letter, counted: Tally) -> LetterRow:
    return LetterRow(
        id=letter.id,
        title=letter.title,
        state=letter.state,
        status=words.LETTER[letter.state],
        to=", ".join(recipient.label for recipient in letter.recipients),
        progress=progress(letter, counted),
        share=share(letter, counted),
    )


def progress(letter: Letter, known: Tally) -> str:
    """Return where a letter stands, in a sentence."""
    if letter.is_draft:
        return "New version in draft" if letter.revision_number else f"{_cosigners(known.listed)}, not invited yet"
    if letter.is_in_review:
        return f"{known.replied:,} of {known.listed:,} replied · {time_left(letter)}"
    if letter.is_open_for_sign_off:
        return f"{known.signed:,} of {known.listed:,} signed · {time_left(letter)}"
    return f"Signed by {known.signed:,} of {known.listed:,}"


def _cosigners(number: int) -> str:
    return "1 co-signer" if number == 1 else f"{number:,} co-signers"


def share(letter: Letter, known: Tally) -> int | None:
    """Return the share of organisations that have signed, in percent; None where nobody can sign."""
    if letter.is_draft or letter.is_in_review or letter.is_withdrawn or not known.listed:
        return None
    return round(100 * known.signed / known.listed)
