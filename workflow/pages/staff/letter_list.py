"""What the list of letters shows, and how a letter's progress is said."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import selectinload

from workflow import accounts
from workflow.models import Invitation, Letter, User
from workflow.pages.paper import time_left
from workflow.pages.staff import words
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter's line in the list."""

    id: str
    title: str
    state: str
    status: str
    to: str
    progress: str
    share: int | None


def rows(session: Transaction, member: User) -> list[LetterRow]:
    """Return the letters that a member of staff may see, newest first."""
    invitations = selectinload(Letter.invitations)
    shown = (
        selectinload(Letter.campaign),
        selectinload(Letter.recipients),
        selectinload(Letter.revision),
        selectinload(Letter.revisions),
        invitations.selectinload(Invitation.comments),
    )
    return [_row(letter) for letter in accounts.letters_of(session, member, *shown)]


def _row(letter: Letter) -> LetterRow:
    return LetterRow(
        id=letter.id,
        title=letter.title,
        state=letter.state,
        status=words.LETTER[letter.state],
        to=", ".join(recipient.label for recipient in letter.recipients),
        progress=progress(letter),
        share=share(letter),
    )


def progress(letter: Letter) -> str:
    """Return where a letter stands, in a sentence."""
    asked = [i for i in letter.invitations if i.is_listed]
    signed = len(letter.counting)
    if letter.is_draft:
        return "New version in draft" if letter.revisions else f"{_cosigners(len(asked))}, not invited yet"
    if letter.is_in_review:
        replied = sum(bool(i.verdict) or bool(i.comments) for i in asked)
        return f"{replied} of {len(asked)} replied · {time_left(letter)}"
    if letter.is_open_for_sign_off:
        return f"{signed} of {len(asked)} signed · {time_left(letter)}"
    return f"Signed by {signed} of {len(asked)}"


def _cosigners(number: int) -> str:
    return "1 co-signer" if number == 1 else f"{number} co-signers"


def share(letter: Letter) -> int | None:
    """Return the share of organisations that have signed, in percent; None where nobody can sign."""
    asked = sum(i.is_listed for i in letter.invitations)
    if letter.is_draft or letter.is_in_review or letter.is_withdrawn or not asked:
        return None
    return round(100 * len(letter.counting) / asked)
