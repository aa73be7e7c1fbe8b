"""What staff's pages show of co-signers: of each a line in the list, of one all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow.models import Invitation, Letter, Signoff
from workflow.pages.i18n import translate
from workflow.pages.staff import times, words
from workflow.states.invitation import SIGNED
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignerRow:
    """A co-signer; of one whose name is withheld from the reader, no more than that it is there and where it stands."""

    id: str
    organisation: str
    is_hidden: bool
    state: str
    """What its status is coloured by."""
    status: str
    notes: tuple[str, ...]
    more_time: str
    bounced: bool


def of(session: Transaction, letter: Letter, found: Sequence[Any], names_all: bool) -> tuple[CosignerRow, ...]:
    """Return the rows of a page of `cosigner_list`, in their order."""
    signed = signoffs(session, letter, [one.id for one in found])
    return tuple(_row(one, letter, signed.get(one.id), names_all) for one in found)


def signoffs(session: Transaction, letter: Letter, ids: Sequence[str]) -> dict[str, Any]:
    """Return the standing sign-offs for the text that is before the co-signers, of some of them."""
    if letter.revision is None:
        return {}
    query = select(Signoff.invitation_id, Signoff.name, Signoff.title, Signoff.basis, Signoff.odd).where(
        Signoff.invitation_id.in_(ids), Signoff.digest == letter.revision.digest, Signoff.retracted_at.is_(None)
    )
    return {one.invitation_id: one for one in session.execute(query)}


def is_hidden(invitation: Invitation | None, names_all: bool) -> bool:
    """Whether a co-signer's name is withheld from the reader."""
    return invitation is not None and invitation.confidential and not names_all


def called(name: str, acronym: str) -> str:
    """Return how an organisation is named in a list."""
    return f"{name} ({acronym})" if acronym else name


def _row(one: Any, letter: Letter, signoff: Any, names_all: bool) -> CosignerRow:
    hidden = one.confidential and not names_all
    return CosignerRow(
        id=one.id,
        organisation=str(translate(words.WITHHELD)) if hidden else called(one.name, one.acronym),
        is_hidden=hidden,
        state="to_confirm" if letter.is_draft and one.state in SIGNED else one.state,
        status=status(letter, one.state, one.verdict, one.has_link),
        notes=_notes(one, letter, signoff, hidden),
        more_time="" if hidden else one.more_time,
        bounced=one.bounced,
    )


def status(letter: Letter, state: str, verdict: str, is_written_to: bool) -> str:
    """Return where a co-signer stands, in a few words."""
    if state == "invited" and letter.is_closed:
        return "No reply"
    if state == "invited" and letter.is_in_review and verdict:
        return str(translate(words.VERDICTS[verdict]))
    if state == "invited" and not is_written_to:
        return "Not invited"
    if (state == "to_confirm" and letter.is_closed) or (state == "signed" and letter.is_draft):
        return "Signed earlier version"
    return str(translate(words.INVITATION[state]))


def _notes(one: Any, letter: Letter, signoff: Any, hidden: bool) -> tuple[str, ...]:
    """Say who signs, how the co-signer is reached, when and why it answered, and what is unusual about that."""
    required = "Required" if one.required else ""
    person = _person(signoff.name, signoff.title) if signoff else _person(one.signatory, one.signatory_title)
    known = [required] if hidden else [person, one.email, required]
    notes = [
        " · ".join(part for part in known if part),
        times.said(one.answered_at, letter) if one.answered_at else "",
        f"“{one.reason}”" if one.reason and not hidden else "",
        "Did not object to the minor correction" if signoff and signoff.basis == "not_objected" else "",
        f"Check: {signoff.odd}" if signoff and signoff.odd else "",
    ]
    return tuple(note for note in notes if note)


def _person(name: str, title: str) -> str:
    return ", ".join(part for part in (name, title) if part)
