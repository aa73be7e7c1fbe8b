"""
Silence as consent to a small correction, where a campaign has such a rule and the organisation agreed to it.

Who objects is out, who confirms has confirmed, and who is silent stays: as `not_objected`, on the record.
"""

from __future__ import annotations

import dataclasses

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import campaigns, deliveries, history
from workflow.deliveries import is_over
from workflow.history import SYSTEM
from workflow.models import Delivery, Invitation, Letter, Signoff, lock_letter, now
from workflow.signoffs.links import facts
from workflow.states import INVITATION, InvitationFacts, refusals


def unobjected(session: Session) -> list[tuple[str, str]]:
    """Return (invitation, letter) of those who are still to confirm when the time to object has passed."""
    query = (
        select(Invitation)
        .join(Letter, Letter.id == Invitation.letter_id)
        .where(Invitation.state == "to_confirm", Letter.state == "sign_off", Letter.objections_until <= now())
    )
    waiting = session.scalars(query).all()
    return [(one.id, one.letter_id) for one in waiting if not _why_not(session, one)]


def _why_not(session: Session, invitation: Invitation) -> tuple[str, ...]:
    known = _facts(session, invitation, _agreed(invitation))
    return refusals(INVITATION, invitation.state, "stay", known)


def stay(session: Session, invitation_id: str, letter_id: str) -> Signoff:
    """Keep an organisation on a corrected text because it did not object; raises `states.Refused`."""
    letter = lock_letter(session, letter_id)
    invitation = session.get(Invitation, invitation_id)
    if letter is None or invitation is None:
        raise campaigns.NotFound("There is no such invitation.")
    session.refresh(invitation)
    before = _agreed(invitation)
    known = _facts(session, invitation, before)
    digest = letter.revision.digest if letter.revision else ""
    about = {"digest": digest, "follows": before.sequence if before else None, "basis": "not_objected"}
    printed = _printed(before) if before else {}
    moment = now()
    sequence = history.advance(session, invitation, "stay", known, SYSTEM, about, disclosed=printed, at=moment)
    assert sequence is not None and before is not None
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
    invitation.signoffs.append(kept)
    session.flush()
    deliveries.queue_receipt(session, letter, invitation, kept, "stayed")
    return kept


def _agreed(invitation: Invitation) -> Signoff | None:
    """The newest standing sign-off of this organisation, for an earlier text."""
    standing = [signoff for signoff in invitation.signoffs if signoff.retracted_at is None]
    return standing[-1] if standing else None


def _printed(signoff: Signoff) -> dict[str, str]:
    organisation = signoff.invitation.organisation
    return {
        "name": signoff.name,
        "title": signoff.title,
        "organisation": organisation.name,
        "acronym": organisation.acronym,
    }


def _facts(session: Session, invitation: Invitation, before: Signoff | None) -> InvitationFacts:
    letter = invitation.letter
    return dataclasses.replace(
        facts(invitation),
        rule_agreed=before is not None and before.objection_hours > 0,
        told=_was_told(session, invitation),
        objections_over=letter.objections_until is not None and is_over(letter.objections_until),
    )


def _was_told(session: Session, invitation: Invitation) -> bool:
    """Whether the mail with this correction was accepted while there was time to object, and did not come back."""
    letter = invitation.letter
    mails = select(Delivery).where(
        Delivery.invitation_id == invitation.id, Delivery.kind == "revised", Delivery.state == "accepted"
    )
    until = letter.objections_until
    revision = letter.revision
    return any(
        mail.about.get("digest") == (revision.digest if revision else "")
        and mail.settled_at is not None
        and until is not None
        and mail.settled_at < until
        for mail in session.scalars(mails)
    )
