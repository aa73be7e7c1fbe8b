"""A legal hold: while a letter is under one, nothing of it is erased, by nobody."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.models import Letter
from workflow.transaction import Transaction


def hold(session: Transaction, letter_id: str, reason: str, actor: Actor) -> Letter:
    """Put a letter under a legal hold; raises `InputError` without a reason, `RefusedError` for an erased letter."""
    letter = locked_letter(session, letter_id)
    reason = typed.line(reason)
    if not reason:
        raise InputError(reason=lazy_gettext("Enter why nothing may be erased."))
    if letter.erased_at is not None:
        raise RefusedError(lazy_gettext("This letter was erased already."))
    if reason != letter.legal_hold:
        letter.legal_hold = reason
        history.append(session, letter.id, actor, actions.LetterHeld(reason=reason))
    return letter


def release(session: Transaction, letter_id: str, actor: Actor) -> Letter:
    """Lift a letter's legal hold; one that is under none stays as it is."""
    letter = locked_letter(session, letter_id)
    if letter.legal_hold:
        letter.legal_hold = ""
        history.append(session, letter.id, actor, actions.LetterReleased())
    return letter


def held(session: Transaction) -> list[Letter]:
    """Return the letters that are under a legal hold."""
    return list(session.scalars(select(Letter).where(Letter.legal_hold != "").order_by(Letter.created_at, Letter.id)))
