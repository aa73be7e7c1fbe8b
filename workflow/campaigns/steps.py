"""The steps of a letter, from circulation to dispatch, as its machine allows them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from workflow import deliveries, history, states
from workflow import text as texts
from workflow.campaigns.found import locked_letter
from workflow.campaigns.invitations import mail
from workflow.campaigns.offices import has_accepted, office_mails, send_to
from workflow.campaigns.papers import fingerprint, renderings
from workflow.database import enqueue
from workflow.deliveries import OFFICE
from workflow.history import SYSTEM, Actor
from workflow.models import Letter, Revision, now
from workflow.moments import AHEAD, in_reach
from workflow.states import InvitationFacts, LetterFacts, Refused


def facts(session: Session, row: Letter, reason: str = "", previewed: str = "") -> LetterFacts:
    """Gather what the steps of a letter depend on."""
    counting = row.counting
    signed = {signoff.invitation_id for signoff in counting}
    required = [i for i in row.invitations if i.required and i.state != "revoked"]
    print_ = fingerprint(row)
    return LetterFacts(
        text=bool(row.body.strip()),
        recipients=len(row.recipients),
        unaddressed=tuple(r.label for r in row.recipients if not r.email)
        + tuple(i.organisation.label for i in row.invitations if not i.email and i.state == "invited"),
        invitations=sum(i.state != "revoked" for i in row.invitations),
        reason=reason,
        missing=tuple(i.organisation.label for i in required if i.id not in signed),
        signed=len(counting),
        minimum=row.campaign.minimum,
        sent=office_mails(session, row.id, "queued", "deferred", "cancelled") > 0,
        documents=len(renderings(session, row)) == len(row.recipients) > 0,
        previewed=bool(previewed) and previewed == print_,
        past_deadline=deliveries.is_over(row.campaign.deadline),
        outstanding=tuple(r.label for r in row.recipients if not has_accepted(session, r)),
    )


def circulate(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Freeze the text and send it to the co-signers for review."""
    return _open(session, letter_id, "circulate", actor)


def open_sign_off(session: Session, letter_id: str, actor: Actor, small_correction: bool = False) -> Letter:
    """
    Freeze the text and ask the co-signers to sign it.

    With `small_correction`, those who signed the text before under the campaign's rule stay on it unless they object
    in time. Raises `Refused` when there is no such rule, or the correction is not small.
    """
    row = locked_letter(session, letter_id)
    row.objections_until = _objections_until(row) if small_correction else None
    return _open(session, letter_id, "open_sign_off", actor)


def _objections_until(row: Letter) -> datetime:
    campaign = row.campaign
    until = now() + timedelta(hours=campaign.objection_hours)
    signed = {s.digest for i in row.invitations for s in i.signoffs if s.retracted_at is None}
    before = next((r for r in reversed(row.revisions) if r.digest in signed), None)
    why = []
    if not campaign.objection_hours:
        why.append("The campaign has no rule for small corrections. Set one in its terms first.")
    if row.state != "drafting" or before is None:
        why.append("There is no earlier text that somebody has signed.")
    elif not texts.is_small(before.text(), row.text()):
        why.append(
            f"This is not a small correction: at most {texts.SMALL} words may differ, and the addressees, the subject "
            "and the salutation must be the same. Ask for new sign-offs instead."
        )
    if campaign.deadline is not None and until > campaign.deadline:
        why.append("The time to object would end after the deadline. Set a later deadline first.")
    if why:
        raise Refused("open_sign_off", row.state, tuple(why))
    return until


def _open(session: Session, letter_id: str, trigger: str, actor: Actor) -> Letter:
    row = locked_letter(session, letter_id)
    before = row.revision
    was_drafting = row.state == "drafting"
    revision = _frozen(row) if was_drafting else before
    number = revision.number if revision else None
    about: dict[str, object] = {"revision": number}
    if row.objections_until is not None:
        about["objections_until"] = history.timestamp(row.objections_until)
    history.advance(session, row, trigger, facts(session, row), actor, about)
    if was_drafting:
        revision = _freeze(session, row, actor)
    assert revision is not None
    _settle_signoffs(session, row, revision.digest)
    for invitation in row.invitations:
        if invitation.state in ("invited", "to_confirm", "retracted"):
            mail(session, row, invitation)
    return row


def _frozen(row: Letter) -> Revision | None:
    digest = row.text().digest()
    return next((r for r in row.revisions if r.digest == digest), None)


def _freeze(session: Session, row: Letter, actor: Actor) -> Revision:
    """Freeze the draft as a revision; the identical text of an earlier one is that revision again."""
    revision = _frozen(row)
    if revision is None:
        draft = row.text()
        revision = Revision(number=len(row.revisions) + 1, digest=draft.digest(), canonical=draft.canonical())
        row.revisions.append(revision)
        session.flush()
    row.revision_number = revision.number
    session.flush()
    session.expire(row, ["revision"])
    about = {"number": revision.number, "digest": revision.digest}
    history.append(session, row.id, actor, "revision.frozen", about)
    return revision


def _settle_signoffs(session: Session, row: Letter, digest: str) -> None:
    """Sign-offs for another text are to be confirmed; those for this very text count again."""
    for invitation in row.invitations:
        known = InvitationFacts(letter_state=row.state, counts=invitation.signoff_for(digest) is not None)
        if invitation.state == "signed" and not known.counts:
            history.advance(session, invitation, "supersede", known, SYSTEM, {"digest": digest})
        elif invitation.state == "to_confirm" and known.counts:
            history.advance(session, invitation, "restore", known, SYSTEM, {"digest": digest})


def revise(session: Session, letter_id: str, reason: str, actor: Actor) -> Letter:
    """Take the letter back to drafting; co-signers see that it is being revised, and why."""
    row = locked_letter(session, letter_id)
    about = {"reason": hashlib.sha256(reason.encode()).hexdigest()}
    history.advance(session, row, "revise", facts(session, row, reason=reason), actor, about)
    row.reason = reason.strip()
    row.dispatch_at, row.previewed, row.objections_until = None, "", None
    deliveries.cancel_waiting(session, row, deliveries.ABOUT_THE_TEXT, actor)
    return row


def approve(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Close sign-off; the documents are made next, by a job."""
    row = locked_letter(session, letter_id)
    history.advance(session, row, "approve", facts(session, row), actor, {"signed": len(row.counting)})
    if row.date is None:
        row.date = now().astimezone(ZoneInfo(row.campaign.timezone)).date()
    deliveries.cancel_waiting(session, row, deliveries.ABOUT_THE_TEXT, actor)
    enqueue(session, "render", row.id)
    return row


def reopen(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Go back from approved to sign-off."""
    row = locked_letter(session, letter_id)
    reopen_locked(session, row, actor)
    return row


def reopen_locked(session: Session, row: Letter, actor: Actor) -> None:
    """Reopen a letter whose row is locked already: also what a retraction does to an approved letter."""
    history.advance(session, row, "reopen", facts(session, row), actor)
    row.dispatch_at, row.previewed = None, ""


PAST = timedelta(minutes=10)
"""How long past a time of dispatch may be: it was chosen by the minute, and the page stood open for some."""


def dispatch(session: Session, letter_id: str, previewed: str, actor: Actor, at: datetime | None = None) -> Letter:
    """
    Send the letter to every recipient's office, now or at a time set ahead.

    `previewed` is the fingerprint of the documents that the coordinator has looked at.
    """
    row = locked_letter(session, letter_id)
    if at is not None and not (in_reach(at) and at > now() - PAST):
        why = f"Choose a time of dispatch that is still to come, at most {AHEAD} years ahead; or none, to send now."
        raise Refused("dispatch", row.state, (why,))
    known = facts(session, row, previewed=previewed)
    if at is not None and at > now():
        refused = states.refusals(states.LETTER, row.state, "dispatch", known)
        if refused:
            raise Refused("dispatch", row.state, refused)
        row.dispatch_at, row.previewed = at, previewed
        history.append(session, row.id, actor, "letter.scheduled", {"at": history.timestamp(at.astimezone(UTC))})
        return row
    documents = renderings(session, row)
    history.advance(session, row, "dispatch", known, actor, {"documents": sorted(d.docx_sha256 for d in documents)})
    row.dispatch_at = None
    for made in documents:
        recipient = next(r for r in row.recipients if r.id == made.recipient_id)
        send_to(session, row, recipient, made, "1")
    return row


def confirm(session: Session, letter_id: str) -> bool:
    """
    Close a letter whose every recipient's delivery is accepted, and queue the signatories' copies.

    Returns whether it is sent now.
    """
    row = locked_letter(session, letter_id)
    known = facts(session, row)
    if row.state != "sending" or known.outstanding:
        return row.state == "sent"
    history.advance(session, row, "confirm", known, SYSTEM)
    made = renderings(session, row)[0]
    for signoff in row.counting:
        invitation = signoff.invitation
        deliveries.queue(
            session,
            "copy",
            invitation.email,
            f"copy:{invitation.id}",
            letter=row,
            invitation=invitation,
            about={"docx": made.docx_sha256, "pdf": made.pdf_sha256, "signoff": signoff.id},
        )
    return True


def withdraw(session: Session, letter_id: str, reason: str, actor: Actor) -> Letter:
    """End the letter without sending it."""
    row = locked_letter(session, letter_id)
    about = {"reason": hashlib.sha256(reason.encode()).hexdigest()}
    history.advance(session, row, "withdraw", facts(session, row, reason=reason), actor, about)
    row.reason = reason.strip()
    row.dispatch_at = None
    deliveries.cancel_waiting(session, row, (*deliveries.ABOUT_THE_TEXT, OFFICE), actor)
    return row
