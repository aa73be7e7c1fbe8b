"""What staff's pages show of co-signers: of each a line in the list, of one all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from workflow.languages import Words, lazy_gettext
from workflow.mails.registry import following_the_text
from workflow.mails.time_answered import asked_for
from workflow.models import Delivery, Invitation, Letter, Link, Signoff
from workflow.pages.i18n import get_locale, translate, with_title
from workflow.pages.staff import times, words
from workflow.states.delivery import RETURNED
from workflow.states.invitation import SIGNED
from workflow.transaction import Transaction

ASKING = tuple(following_the_text())
"""The emails that ask for an answer, by their kinds."""


@dataclass(frozen=True, slots=True)
class EmailState:
    """What became of the newest email that asks a co-signer for an answer."""

    state: str
    """What it is coloured by; `opened`: the link in it was."""
    label: Words
    at: str
    came_back: bool = False
    """It reached nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignerRow:
    """A co-signer; of one whose name is withheld from the reader, no more than that it is there and where it stands."""

    id: str
    organisation: str
    is_hidden: bool
    required: bool
    signatory: str
    contact: str
    email: str
    asked: EmailState | None
    state: str
    """What its status is coloured by."""
    status: str
    at: str
    """When it answered."""
    notes: tuple[Words, ...]
    more_time: str
    bounced: bool


def of(session: Transaction, letter: Letter, found: Sequence[Any], names_all: bool) -> tuple[CosignerRow, ...]:
    """Return the rows of a page of `cosigner_list`, in their order; three statements, however many they are."""
    ids = [one.id for one in found]
    signed, mailed, opened = signoffs(session, letter, ids), asked_by_email(session, ids), opened_links(session, ids)
    return tuple(
        _row(one, letter, signed.get(one.id), mailed.get(one.id), opened.get(one.id), names_all) for one in found
    )


def asked_by_email(session: Transaction, ids: Sequence[str]) -> dict[str, Any]:
    """Return the newest email that asks for an answer, of each invitation that was sent one."""
    query = (
        select(Delivery.invitation_id, Delivery.state, Delivery.queued_at, Delivery.settled_at)
        .where(Delivery.invitation_id.in_(ids), Delivery.kind.in_(ASKING))
        .order_by(Delivery.queued_at, Delivery.id)
    )
    return {str(one.invitation_id): one for one in session.execute(query)}


def opened_links(session: Transaction, ids: Sequence[str]) -> dict[str, datetime]:
    """Return when the link that lives now was first opened by a browser, of each invitation whose link was."""
    query = select(Link.invitation_id, Link.fetched_at).where(
        Link.invitation_id.in_(ids), Link.revoked_at.is_(None), Link.fetched_at.is_not(None)
    )
    return {of: at for of, at in session.execute(query.where(Link.fetched_by == "browser")) if at is not None}


def signoffs(session: Transaction, letter: Letter, ids: Sequence[str]) -> dict[str, Any]:
    """Return the standing sign-offs for the text that is before the co-signers, of some of them."""
    if letter.revision is None:
        return {}
    query = select(
        Signoff.invitation_id, Signoff.name, Signoff.title, Signoff.basis, Signoff.odd, Signoff.agreed_in
    ).where(Signoff.invitation_id.in_(ids), Signoff.digest == letter.revision.digest, Signoff.retracted_at.is_(None))
    return {one.invitation_id: one for one in session.execute(query)}


def is_hidden(invitation: Invitation | None, names_all: bool) -> bool:
    """Whether a co-signer's name is withheld from the reader."""
    return invitation is not None and invitation.confidential and not names_all


def called(name: str, acronym: str) -> str:
    """Return how an organisation is named in a list."""
    return f"{name} ({acronym})" if acronym else name


def _row(one: Any, letter: Letter, signoff: Any, mailed: Any, opened: datetime | None, names_all: bool) -> CosignerRow:
    hidden = one.confidential and not names_all
    person = with_title(signoff.name, signoff.title) if signoff else with_title(one.signatory, one.signatory_title)
    return CosignerRow(
        id=one.id,
        organisation=str(translate(words.WITHHELD)) if hidden else called(one.name, one.acronym),
        is_hidden=hidden,
        required=one.required,
        signatory="" if hidden else person,
        contact="" if hidden or one.contact_name == one.signatory else one.contact_name,
        email="" if hidden else one.email,
        asked=_asked(letter, mailed, opened),
        state="to_confirm" if letter.is_draft and one.state in SIGNED else one.state,
        status=status(letter, one.state, one.verdict, one.has_link),
        at=_at(letter, one.answered_at),
        notes=_notes(one, signoff, hidden),
        more_time="" if hidden else asked_for(one.more_time, get_locale()),
        bounced=one.bounced,
    )


def _asked(letter: Letter, mailed: Any, opened: datetime | None) -> EmailState | None:
    if mailed is None:
        return None
    if opened is not None and opened >= mailed.queued_at:
        return EmailState("opened", words.OPENED, _at(letter, opened))
    at = _at(letter, mailed.settled_at or mailed.queued_at)
    return EmailState(mailed.state, words.DELIVERY[mailed.state], at, mailed.state in RETURNED)


def _at(letter: Letter, moment: datetime | None) -> str:
    return times.in_words(moment, times.whoever(), letter)


def status(letter: Letter, state: str, verdict: str, is_written_to: bool) -> str:
    """Return where a co-signer stands, in a few words."""
    if state == "invited" and letter.is_closed:
        return str(translate(words.SILENT))
    if state == "invited" and letter.is_in_review and verdict:
        return str(translate(words.VERDICTS[verdict]))
    if state == "invited" and not is_written_to:
        return str(translate(words.UNWRITTEN))
    if (state == "to_confirm" and letter.is_closed) or (state == "signed" and letter.is_draft):
        return str(translate(words.EARLIER))
    return str(translate(words.INVITATION[state]))


def _notes(one: Any, signoff: Any, hidden: bool) -> tuple[Words, ...]:
    """Say why a co-signer answered as it did, and what is unusual about that."""
    notes: list[Words] = [
        f"“{one.reason}”" if one.reason and not hidden else "",
        words.BY_SILENCE if signoff and signoff.basis == "not_objected" else "",
        words.BY_AGREEMENT if signoff and signoff.agreed_in is not None else "",
        lazy_gettext("Check: %(what)s", what=signoff.odd) if signoff and signoff.odd else "",
    ]
    return tuple(note for note in notes if note)
