"""What goes with the letter to its recipients: the subject and the covering words of the email, and who gets a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from workflow import history, states
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.notes import check_no_link
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import Words, lazy_gettext, lazy_ngettext
from workflow.letter import typed
from workflow.models import Letter
from workflow.transaction import Transaction

MOST_COPIES = 20

CHANGED = lazy_gettext(
    "The covering text, a copy or an address was changed while you checked. Nothing was sent: check once more."
)


@dataclass(frozen=True, slots=True)
class Cover:
    """The email to the recipients, besides the letter itself."""

    subject: str = ""
    """Empty: the letter's own."""
    words: str = ""
    """Plain text; empty: the sentence that comes with it."""
    copies: tuple[str, ...] = ()


def set_cover(session: Transaction, letter_id: str, cover: Cover, actor: Actor) -> Letter:
    """Set it, on the record; raises `InputError`, field by field."""
    row = locked_letter(session, letter_id)
    states.check("cover", row.state)
    kept = _kept(cover, row, session.settings.public_url)
    if kept == of(row):
        return row
    row.office_subject, row.office_words, row.copies = kept.subject, kept.words, list(kept.copies)
    covered = actions.OfficeCovered(subject=kept.subject, words=kept.words, copies=kept.copies)
    history.append(session, row.id, actor, covered)
    return row


def of(row: Letter) -> Cover:
    """Return what is set."""
    return Cover(row.office_subject, row.office_words, tuple(row.copies))


def mark(row: Letter) -> str:
    """Return what tells what would be sent to whom now from anything else, for whoever checks before sending."""
    addresses = (f"{recipient.id} {recipient.email}" for recipient in row.recipients)
    parts = (row.office_subject, row.office_words, *row.copies, "", *addresses)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _kept(cover: Cover, row: Letter, public_url: str) -> Cover:
    wrong: dict[str, Words] = {}
    subject, words = "", ""
    copies: tuple[str, ...] = ()
    try:
        subject = typed.line(cover.subject, typed.LINE)
    except RefusedError as refused:
        wrong["subject"] = refused.reasons[0]
    try:
        words = typed.block(cover.words, typed.COVER)
        check_no_link(words, public_url)
    except RefusedError as refused:
        wrong["words"] = refused.reasons[0]
    try:
        copies = _addresses(cover.copies, row)
    except RefusedError as refused:
        wrong["copies"] = refused.reasons[0]
    if wrong:
        raise InputError(**wrong)
    return Cover(subject, words, copies)


def _addresses(given: Sequence[str], row: Letter) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(typed.address(one.strip()) for one in given if one.strip()))
    if len(found) > MOST_COPIES:
        raise RefusedError(
            lazy_ngettext("Give at most %(num)s address.", "Give at most %(num)s addresses.", MOST_COPIES)
        )
    offices = {recipient.email.casefold() for recipient in row.recipients}
    both = next((one for one in found if one.casefold() in offices), None)
    if both is not None:
        raise RefusedError(lazy_gettext("%(address)s gets the letter itself, so it needs no copy.", address=both))
    return found
