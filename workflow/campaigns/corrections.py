"""Whose silence keeps it on a small correction, and until when it may object: as the letter's own record tells it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from workflow import history
from workflow.languages import Words
from workflow.models import Invitation, Letter, LogEntry, LogHead, now
from workflow.states import INVITATION, InvitationFacts, refusals
from workflow.transaction import Transaction
from workflow.verify.corrections import is_small
from workflow.verify.entries import Entry
from workflow.verify.silence import Consent, Silence


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether the silence of an organisation that signed would keep it on a text, until when, and why not."""

    invitation: Invitation
    hours: int
    until: datetime
    told: bool
    why: tuple[Words, ...]

    @property
    def stays(self) -> bool:
        """Whether its silence counts."""
        return not self.why


class Correction:
    """A text that is before the co-signers, or is to be, against what each of them itself signed."""

    def __init__(self, session: Transaction, row: Letter, known: Silence | None = None) -> None:
        self.row = row
        self.known = read(session, row.id) if known is None else known
        is_draft = row.is_draft or row.revision is None
        canonical = row.text().canonical() if is_draft or row.revision is None else row.revision.canonical
        self.text = json.loads(canonical)
        self.digest = row.text().digest() if is_draft or row.revision is None else row.revision.digest
        self._compared: dict[str, bool] = {}

    def consent(self, invitation: Invitation) -> Consent:
        """Return what is on record of one organisation."""
        return self.known.consents.get(invitation.id) or Consent(invitation.id)

    def facts(self, invitation: Invitation) -> InvitationFacts:
        """Return what staying by silence depends on, now."""
        consent = self.consent(invitation)
        until, by_hand = self.known.until(consent), consent.by_hand
        return InvitationFacts(
            letter_state=self.row.state,
            digest_shown=self.digest,
            digest_now=self.digest,
            correction=self.row.objections_until is not None and self.known.opened is not None,
            rule_agreed=consent.hours > 0,
            alone=invitation.wants_four_eyes and (by_hand is None or by_hand.about.get("proposal") is None),
            contact_kept=not consent.moved,
            small=self._is_small(consent.signed_text),
            silent=consent.silent,
            told=consent.told is not None,
            objections_over=bool(until) and until <= history.timestamp(now()),
        )

    def _is_small(self, digest: str) -> bool:
        if digest not in self._compared:
            signed = next((json.loads(r.canonical) for r in self.row.revisions if r.digest == digest), None)
            self._compared[digest] = signed is not None and is_small(signed, self.text)
        return self._compared[digest]

    def outlooks(self, invitations: Iterable[Invitation]) -> list[Outlook]:
        """Return the outlook of those who signed an earlier text, in their order."""
        return [self.outlook(invitation) for invitation in invitations if self.concerns(invitation)]

    def concerns(self, invitation: Invitation) -> bool:
        """Whether an organisation signed an earlier text, and not this one."""
        signed = invitation.is_to_confirm or (self.row.is_draft and invitation.has_signed)
        return signed and invitation.signoff_for(self.digest) is None

    def outlook(self, invitation: Invitation) -> Outlook:
        """Return the outlook of one organisation."""
        consent = self.consent(invitation)
        fixed = self.known.until(consent)
        until = datetime.fromisoformat(fixed) if fixed else self._earliest(consent.hours)
        known = dataclasses.replace(self.facts(invitation), letter_state="sign_off", told=True, objections_over=True)
        if self.row.is_draft:
            known = dataclasses.replace(known, correction=True)
        why = [*refusals(INVITATION, "to_confirm", "stay", known)]
        deadline = invitation.closes_at
        if not fixed and deadline is not None and until > deadline:
            why.append(f"Its time to object, {consent.hours} hours, would end after the deadline.")
        if not invitation.email:
            why.append("It has no email address to be told at.")
        return Outlook(invitation, consent.hours, until, bool(fixed), tuple(why))

    def _earliest(self, hours: int) -> datetime:
        """When the time to object is over at the earliest, for one whose mail is still to be sent."""
        opened = self.row.objections_until or now() + timedelta(hours=self.row.objection_hours)
        return max(opened, now() + timedelta(hours=hours))


class Record(Silence):
    """What silence rests on, as far as a letter's entries were read: the next reading goes on from there."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def read_on(self, session: Transaction, letter_id: str) -> Record:
        """Read the entries that have come since; what an act that was not committed has read is to be thrown away."""
        query = select(LogEntry.sequence, LogEntry.entry).where(
            LogEntry.letter_id == letter_id, LogEntry.sequence >= self.size
        )
        for sequence, content in session.execute(query.order_by(LogEntry.sequence)):
            fields = json.loads(content)
            role = fields["actor"]["role"]
            self.apply(Entry(sequence, letter_id, fields["at"], fields["action"], fields["about"], None, role))
            self.size = sequence + 1
        return self


def read(session: Transaction, letter_id: str) -> Record:
    """Read a letter's entries for what silence rests on."""
    return Record().read_on(session, letter_id)


MOST_KEPT = 8
_kept: dict[str, tuple[tuple[str, ...], Record]] = {}


def kept_record(session: Transaction, letter_id: str) -> Record:
    """Return a letter's record for somebody who only reads: kept for as long as its history stays the same."""
    frontier = tuple(session.scalar(select(LogHead.frontier).where(LogHead.letter_id == letter_id)) or ())
    kept = _kept.get(letter_id)
    if kept is not None and kept[0] == frontier:
        return kept[1]
    found = read(session, letter_id)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[letter_id] = frontier, found
    return found


def kept_by_silence(
    session: Transaction, row: Letter, ids: Sequence[str], known: Silence | None = None
) -> dict[str, Outlook]:
    """
    Return for which of these invitations silence counts, where the text before the co-signers is a small correction.

    `known` is the letter's record, where it was read already.
    """
    if row.objections_until is None or not row.is_open_for_sign_off:
        return {}
    these = session.scalars(select(Invitation).where(Invitation.id.in_(ids), Invitation.is_to_confirm)).all()
    found = Correction(session, row, known).outlooks(these) if these else []
    return {outlook.invitation.id: outlook for outlook in found if outlook.stays}


def kept_by_its_silence(session: Transaction, invitation_id: str) -> Outlook | None:
    """Return the outlook of one organisation, where its silence counts; `session` only reads."""
    invitation = session.get_one(Invitation, invitation_id)
    row = invitation.letter
    if row.objections_until is None or not row.is_open_for_sign_off:
        return None
    return kept_by_silence(session, row, [invitation_id], kept_record(session, row.id)).get(invitation_id)


def outlooks(session: Transaction, row: Letter) -> list[Outlook]:
    """Return who would stay by silence on the draft, or may on the correction that is open; and who must sign anew."""
    corrects = row.is_draft and row.objection_hours and row.revisions
    if not corrects and not (row.is_open_for_sign_off and row.objections_until is not None):
        return []
    standing = select(Invitation).where(Invitation.letter_id == row.id, Invitation.can_count)
    return Correction(session, row).outlooks(session.scalars(standing.order_by(Invitation.position)).all())
