"""
Silence as consent to a small correction, where a campaign has such a rule and the organisation agreed to it.

Who objects is out, who confirms has confirmed, and who is silent stays: as `not_objected`, on the record.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from workflow import history
from workflow.campaigns.corrections import Correction, Record, kept_record
from workflow.errors import NotFoundError, RefusedError
from workflow.history import SYSTEM, actions
from workflow.languages import Words
from workflow.mails import asking, receipt
from workflow.models import Delivery, Invitation, Letter, Signoff, now
from workflow.states import INVITATION, refusals
from workflow.transaction import Transaction, lock_letter
from workflow.verify.silence import Consent


def due(session: Transaction) -> list[tuple[str, str]]:
    """Return (invitation, letter) of those who are still to confirm when their time to object has passed."""
    letters = select(Letter.id).where(Letter.is_open_for_sign_off, Letter.objections_until <= now())
    # Whether it was accepted is asked last: nearly all mails were, and SQLite would begin with those.
    accepted = func.min(case((Delivery.is_accepted, Delivery.settled_at)))
    told = select(accepted).where(Delivery.invitation_id == Invitation.id, Delivery.kind == asking.revised.kind)
    first = told.correlate(Invitation).scalar_subquery()
    query = select(Invitation, first).where(Invitation.letter_id.in_(letters), Invitation.is_to_confirm)
    # The record decides; the table only tells for whom it is worth reading.
    over: dict[str, Invitation] = {}
    for invitation, told_at in session.execute(query):
        before = invitation.by_hand
        if before is not None and told_at is not None and told_at + timedelta(hours=before.objection_hours) <= now():
            over[invitation.id] = invitation
    rows = {one.letter_id: one.letter for one in over.values()}
    read = {of: Correction(session, row, kept_record(session, of)) for of, row in rows.items()}
    return [(one.id, one.letter_id) for one in over.values() if not _why_not(one, read[one.letter_id])]


def _why_not(invitation: Invitation, correction: Correction) -> tuple[Words, ...]:
    return refusals(INVITATION, invitation.state, "stay", correction.facts(invitation))


def carry_over(session: Transaction, invitation_id: str, letter_id: str) -> Signoff:
    """Keep an organisation on a corrected text because it did not object; raises `RefusedError`."""
    letter = lock_letter(session, letter_id)
    invitation = session.get(Invitation, invitation_id, populate_existing=True)
    if letter is None or invitation is None or invitation.letter_id != letter_id:
        raise NotFoundError("There is no such invitation.")
    return _carry_over(session, invitation, Correction(session, letter))


def carry_over_those(session: Transaction, letter_id: str, ids: Sequence[str], record: Record) -> None:
    """
    Keep those of these organisations on a corrected text who may be kept; who has answered meanwhile is passed over.

    `record` is the letter's, read before: what has come since is read here.
    """
    letter = lock_letter(session, letter_id)
    if letter is None:
        return
    correction = Correction(session, letter, record.read_on(session, letter_id))
    these = select(Invitation).where(Invitation.id.in_(ids), Invitation.letter_id == letter_id)
    for invitation in session.scalars(these.order_by(Invitation.position)):
        with contextlib.suppress(RefusedError):
            _carry_over(session, invitation, correction)


def _carry_over(session: Transaction, invitation: Invitation, correction: Correction) -> Signoff:
    consent = correction.consent(invitation)
    before = next((s for s in invitation.signoffs if consent.by_hand and s.sequence == consent.by_hand.seq), None)
    known, moment = correction.facts(invitation), history.moment(session)
    if before is None:
        raise RefusedError(*refusals(INVITATION, invitation.state, "stay", known))
    stayed = _recorded(correction, consent, before)
    sequence = history.transition(session, invitation, stayed, known, SYSTEM, at=moment)
    assert sequence is not None
    kept = _repeated(before, correction.digest, sequence, moment)
    session.flush()
    receipt.queue(session, kept, "stayed")
    return kept


def _recorded(correction: Correction, consent: Consent, before: Signoff) -> actions.InvitationStayed:
    organisation = before.invitation.organisation
    return actions.InvitationStayed(
        invitation=before.invitation_id,
        digest=correction.digest,
        basis="not_objected",
        follows=before.sequence,
        told=consent.told.seq if consent.told else None,
        objection_hours=consent.hours,
        name=before.name,
        title=before.title,
        organisation=organisation.name,
        acronym=organisation.acronym,
    )


def _repeated(before: Signoff, digest: str, sequence: int, moment: datetime) -> Signoff:
    """Return a sign-off by hand once more, for the corrected text."""
    kept = Signoff(
        digest=digest,
        name=before.name,
        title=before.title,
        link_id=before.link_id,
        sequence=sequence,
        signed_at=moment,
        basis="not_objected",
        objection_hours=before.objection_hours,
        image_sha256=before.image_sha256,
    )
    before.invitation.signoffs.append(kept)
    return kept
