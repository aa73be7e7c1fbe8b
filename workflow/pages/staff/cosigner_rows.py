"""What a letter's page shows of each co-signer."""

from __future__ import annotations

from dataclasses import dataclass

from workflow import history
from workflow.campaigns.roster import roster
from workflow.history import Entry
from workflow.languages import in_zone
from workflow.models import Invitation, Letter, Signoff
from workflow.pages.staff import words
from workflow.signoffs.link_usage import anomalies
from workflow.states.permissions import allowed
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignerRow:
    """A co-signer; of one whose name is withheld from the reader, no more than that it is there and where it stands."""

    id: str
    organisation: str
    state: str
    """What its status is coloured by."""
    status: str
    notes: tuple[str, ...]
    more_time: str
    email: str
    second_email: str
    language: str
    timezone: str
    may: frozenset[str]
    """What a coordinator may do about it now."""


def of(session: Transaction, letter: Letter, names_all: bool) -> tuple[CosignerRow, ...]:
    """Return the co-signers in their order; the unnamed come last, for a place among names gives one away."""
    entries = history.entries_at(session, letter.id, [one.sequence for one in roster(session, letter).counting])
    ordered = sorted(letter.invitations, key=lambda invitation: is_hidden(invitation, names_all))
    return tuple(_row(invitation, letter, entries, names_all) for invitation in ordered)


def is_hidden(invitation: Invitation | None, names_all: bool) -> bool:
    """Whether a co-signer's name is withheld from the reader."""
    return invitation is not None and invitation.confidential and not names_all


def _row(invitation: Invitation, letter: Letter, entries: dict[int, Entry], names_all: bool) -> CosignerRow:
    hidden = is_hidden(invitation, names_all)
    organisation = invitation.organisation
    acronym = f" ({organisation.acronym})" if organisation.acronym else ""
    return CosignerRow(
        id=invitation.id,
        organisation=words.WITHHELD if hidden else f"{organisation.name}{acronym}",
        state="to_confirm" if letter.is_draft and invitation.has_signed else invitation.state,
        status=_status(invitation, letter),
        notes=_notes(invitation, letter, entries, hidden),
        more_time="" if hidden else invitation.more_time,
        email="" if hidden else invitation.email,
        second_email="" if hidden else invitation.second_email,
        language=invitation.language,
        timezone=invitation.timezone,
        may=allowed(letter.state, invitation.state),
    )


def _status(invitation: Invitation, letter: Letter) -> str:
    if invitation.is_invited and letter.is_closed:
        return "No reply"
    if invitation.is_invited and letter.is_in_review and invitation.verdict:
        return words.VERDICTS[invitation.verdict]
    if invitation.is_invited and not invitation.link:
        return "Not invited"
    if (invitation.is_to_confirm and letter.is_closed) or (invitation.has_signed and letter.is_draft):
        return "Signed earlier version"
    return words.INVITATION[invitation.state]


def _notes(invitation: Invitation, letter: Letter, entries: dict[int, Entry], hidden: bool) -> tuple[str, ...]:
    """Say who signs, how the co-signer is reached, when and why it answered, and what is unusual about that."""
    signoff = invitation.signoff_for(letter.revision.digest) if letter.revision else None
    required = "Required" if invitation.required else ""
    known = [required] if hidden else [_person(invitation, signoff), invitation.email, required]
    noted = anomalies(entry.about) if signoff and (entry := entries.get(signoff.sequence)) else ""
    notes = [
        " · ".join(part for part in known if part),
        in_zone(invitation.answered_at, letter.campaign.timezone) if invitation.answered_at else "",
        f"“{invitation.reason}”" if invitation.reason and not hidden else "",
        "Did not object to the minor correction" if signoff and signoff.basis == "not_objected" else "",
        f"Check: {noted}" if noted else "",
    ]
    return tuple(note for note in notes if note)


def _person(invitation: Invitation, signoff: Signoff | None) -> str:
    known = (signoff.name, signoff.title) if signoff else (invitation.signatory, invitation.signatory_title)
    return ", ".join(part for part in known if part)
