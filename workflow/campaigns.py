"""
What a coordinator does: take a letter in, draft, invite, circulate, revise, approve, dispatch, withdraw.

Each act locks the letter, takes its steps, queues its mails; the caller's transaction commits all or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import deliveries, documents, history, states
from workflow import text as texts
from workflow.database import enqueue
from workflow.deliveries import OFFICE
from workflow.history import SYSTEM, Actor
from workflow.models import (
    Campaign,
    Delivery,
    Document,
    Invitation,
    Letter,
    Organisation,
    Recipient,
    Rendering,
    Revision,
    lock_letter,
    now,
)
from workflow.states import InvitationFacts, LetterFacts, Refused


class NotFound(LookupError):
    """There is no such thing, or the one who asks may not see it."""


class Conflict(Exception):
    """Somebody else has changed the letter in the meantime; the sentence says what was kept."""


def _letter(session: Session, letter_id: str) -> Letter:
    letter = lock_letter(session, letter_id)
    if letter is None:
        raise NotFound("There is no such letter.")
    return letter


# --- a letter comes in ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """A campaign's terms: by when, in which zone, and how many must sign at least."""

    name: str = ""
    deadline: datetime | None = None
    timezone: str = "UTC"
    minimum: int = 1


def take_in(
    session: Session,
    letter: texts.Letter,
    dated: date | None,
    cosigners: Sequence[texts.Cosigner],
    terms: Terms,
    actor: Actor,
) -> Letter:
    """Start a campaign with one letter in drafting, its recipients and its co-signers."""
    campaign = Campaign(
        name=terms.name or letter.subject or "A joint letter",
        deadline=terms.deadline,
        timezone=terms.timezone,
        minimum=terms.minimum,
    )
    session.add(campaign)
    session.flush()
    row = Letter(campaign_id=campaign.id, date=dated)
    session.add(row)
    _write(row, letter)
    session.flush()
    row = _letter(session, row.id)
    history.append(session, row.id, actor, "letter.created", {"campaign": campaign.id, "draft": letter.digest()})
    for cosigner in cosigners:
        _invite(session, row, cosigner, actor)
    return row


def _write(row: Letter, letter: texts.Letter) -> None:
    row.language, row.subject = letter.language, texts.clean_line(letter.subject)
    row.salutation, row.closing = texts.clean_line(letter.salutation), texts.clean_line(letter.closing)
    row.body = texts.clean_block(letter.body)
    kept = {recipient.position: recipient for recipient in row.recipients}
    for position, recipient in enumerate(letter.recipients, 1):
        place = kept.pop(position, None) or Recipient(position=position)
        place.name, place.title, place.office = recipient.name, recipient.title, recipient.office
        place.address, place.email = list(recipient.address), recipient.email
        if place not in row.recipients:
            row.recipients.append(place)
    for gone in kept.values():
        row.recipients.remove(gone)


def edit(
    session: Session,
    letter_id: str,
    version: int,
    letter: texts.Letter,
    dated: date | None,
    actor: Actor,
) -> Letter:
    """Change the draft. Raises `Conflict` when somebody else has saved since `version` was read."""
    row = _letter(session, letter_id)
    if row.state != "drafting":
        raise Refused("edit", row.state, (_only_in_drafting(row),))
    if row.version != version:
        raise Conflict("Somebody else has saved this letter since you opened it. Your words are kept below.")
    _write(row, letter)
    row.date = dated
    row.version += 1
    session.flush()
    history.append(session, row.id, actor, "letter.edited", {"draft": row.text().digest(), "version": row.version})
    return row


def _only_in_drafting(row: Letter) -> str:
    return f"The letter is {states.LETTER.past[row.state]}; take it back to drafting first (revise)."


def invite(session: Session, letter_id: str, cosigner: texts.Cosigner, actor: Actor) -> Invitation:
    """Add a co-signer. When the letter is already before the co-signers, the mail goes out at once."""
    row = _letter(session, letter_id)
    if row.state not in ("drafting", "in_review", "sign_off"):
        raise Refused("invite", row.state, (f"The letter is {states.LETTER.past[row.state]}.",))
    same = [i for i in row.invitations if _is(i, cosigner)]
    if same:
        raise Refused("invite", row.state, (f"{cosigner.organisation} is invited already.",))
    invitation = _invite(session, row, cosigner, actor)
    if row.revision is not None and row.state != "drafting":
        _mail(session, row, invitation)
    return invitation


def _is(invitation: Invitation, cosigner: texts.Cosigner) -> bool:
    return invitation.organisation.name.casefold() == texts.clean_line(cosigner.organisation).casefold()


def _invite(session: Session, row: Letter, cosigner: texts.Cosigner, actor: Actor) -> Invitation:
    organisation = Organisation(
        name=texts.clean_line(cosigner.organisation or cosigner.acronym or cosigner.signatory),
        acronym=texts.clean_line(cosigner.acronym),
    )
    session.add(organisation)
    session.flush()
    invitation = Invitation(
        organisation_id=organisation.id,
        position=len(row.invitations) + 1,
        required=cosigner.required,
        email=cosigner.email,
        signatory=texts.clean_line(cosigner.signatory),
        signatory_title=texts.clean_line(cosigner.title),
    )
    row.invitations.append(invitation)
    invitation.organisation = organisation
    session.flush()
    about = {"invitation": invitation.id, "organisation": organisation.id, "required": invitation.required}
    disclosed = {"organisation": organisation.name, "acronym": organisation.acronym, "contact": invitation.email}
    history.append(session, row.id, actor, "invitation.created", about, disclosed)
    return invitation


def set_contact(session: Session, letter_id: str, invitation_id: str, email: str, actor: Actor) -> Invitation:
    """Give an invitation a contact's address; the old link ends, and a mail goes to the new address when due."""
    row = _letter(session, letter_id)
    invitation = _invitation(row, invitation_id)
    if invitation.email == email:
        return invitation
    invitation.email = email
    history.append(
        session, row.id, actor, "invitation.contact", {"invitation": invitation.id}, disclosed={"contact": email}
    )
    if row.state in ("in_review", "sign_off") and invitation.state in ("invited", "to_confirm", "retracted"):
        resend(session, letter_id, invitation_id, actor)
    elif invitation.link is not None:
        deliveries.new_link(session, invitation)
    return invitation


def set_recipient_email(session: Session, letter_id: str, recipient_id: str, email: str, actor: Actor) -> Recipient:
    """Give a recipient an email address, or correct it, before anything is sent; it is not part of the text."""
    row = _letter(session, letter_id)
    recipient = next((r for r in row.recipients if r.id == recipient_id), None)
    if recipient is None:
        raise NotFound("There is no such recipient.")
    if row.state in ("sending", "sent", "withdrawn"):
        raise Refused("address", row.state, (f"The letter is {states.LETTER.past[row.state]}.",))
    recipient.email = email
    history.append(
        session, row.id, actor, "recipient.addressed", {"recipient": recipient.id}, disclosed={"email": email}
    )
    return recipient


def _invitation(row: Letter, invitation_id: str) -> Invitation:
    invitation = next((i for i in row.invitations if i.id == invitation_id), None)
    if invitation is None:
        raise NotFound("There is no such invitation.")
    return invitation


def set_terms(
    session: Session, letter_id: str, deadline: datetime | None, timezone: str, minimum: int, actor: Actor
) -> Campaign:
    """Set a campaign's deadline, the zone that it is shown in, and how many must sign at least."""
    row = _letter(session, letter_id)
    if row.state in ("sending", "sent", "withdrawn"):
        raise Refused("terms", row.state, (f"The letter is {states.LETTER.past[row.state]}.",))
    campaign = row.campaign
    campaign.deadline, campaign.timezone, campaign.minimum = deadline, timezone, minimum
    about = {"deadline": history.timestamp(deadline.astimezone(UTC)) if deadline else None, "minimum": minimum}
    history.append(session, row.id, actor, "campaign.terms", about)
    return campaign


# --- the steps of a letter -----------------------------------------------------------------------------------------


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
        sent=_office_mails(session, row.id, "queued", "deferred", "cancelled") > 0,
        documents=len(renderings(session, row)) == len(row.recipients) > 0,
        previewed=bool(previewed) and previewed == print_,
        outstanding=tuple(r.label for r in row.recipients if not _is_accepted(session, r)),
    )


def _office_mails(session: Session, letter_id: str, *but: str) -> int:
    query = select(Delivery.id).where(
        Delivery.letter_id == letter_id, Delivery.kind == OFFICE, Delivery.state.not_in(but)
    )
    return len(session.scalars(query).all())


def _is_accepted(session: Session, recipient: Recipient) -> bool:
    query = select(Delivery.id).where(
        Delivery.recipient_id == recipient.id, Delivery.kind == OFFICE, Delivery.state == "accepted"
    )
    return session.scalars(query).first() is not None


def circulate(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Freeze the text and send it to the co-signers for review."""
    return _open(session, letter_id, "circulate", actor)


def open_sign_off(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Freeze the text and ask the co-signers to sign it."""
    return _open(session, letter_id, "open_sign_off", actor)


def _open(session: Session, letter_id: str, trigger: str, actor: Actor) -> Letter:
    row = _letter(session, letter_id)
    before = row.revision
    was_drafting = row.state == "drafting"
    revision = _frozen(row) if was_drafting else before
    number = revision.number if revision else None
    history.advance(session, row, trigger, facts(session, row), actor, {"revision": number})
    if was_drafting:
        revision = _freeze(session, row, actor)
    assert revision is not None
    _settle_signoffs(session, row, revision.digest)
    for invitation in row.invitations:
        if invitation.state in ("invited", "to_confirm", "retracted"):
            _mail(session, row, invitation)
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


def _mail(session: Session, row: Letter, invitation: Invitation, again: int = 0) -> None:
    """Queue the mail that an invitation needs now: the first, a revised text, or the opening of sign-off."""
    revision = row.revision
    assert revision is not None
    if not invitation.email:
        return
    first = invitation.link is None
    if first:
        deliveries.new_link(session, invitation)
    seen = [signoff.digest for signoff in invitation.signoffs] + [c.digest for c in invitation.comments]
    mailed = select(Delivery).where(
        Delivery.invitation_id == invitation.id, Delivery.kind.in_(deliveries.ABOUT_THE_TEXT)
    )
    seen += [mail.about.get("digest", "") for mail in session.scalars(mailed)]
    kind = "invitation" if first else "revised" if revision.digest not in seen else "sign_off"
    link = invitation.link
    assert link is not None
    count = len(session.scalars(mailed).all())
    deliveries.queue(
        session,
        kind,
        invitation.email,
        f"{kind}:{invitation.id}:{link.id}:{revision.number}:{row.state}:{count}",
        letter=row,
        invitation=invitation,
        about={"digest": revision.digest, "number": revision.number, "link": link.id, "state": row.state},
    )


def resend(session: Session, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Send an invitation again with a new link; the old link ends."""
    row = _letter(session, letter_id)
    invitation = _invitation(row, invitation_id)
    if row.state not in ("in_review", "sign_off"):
        raise Refused("resend", row.state, (f"The letter is {states.LETTER.past[row.state]}.",))
    if not invitation.email:
        raise Refused("resend", row.state, (f"An email address is missing for {invitation.organisation.label}.",))
    for link in invitation.links:
        link.revoked_at = link.revoked_at or now()
    history.append(session, row.id, actor, "link.replaced", {"invitation": invitation.id})
    _mail(session, row, invitation)
    return invitation


def revise(session: Session, letter_id: str, reason: str, actor: Actor) -> Letter:
    """Take the letter back to drafting; co-signers see that it is being revised, and why."""
    row = _letter(session, letter_id)
    about = {"reason": hashlib.sha256(reason.encode()).hexdigest()}
    history.advance(session, row, "revise", facts(session, row, reason=reason), actor, about)
    row.reason = reason.strip()
    row.dispatch_at, row.previewed = None, ""
    deliveries.cancel_waiting(session, row, deliveries.ABOUT_THE_TEXT, actor)
    return row


def approve(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Close sign-off; the documents are made next, by a job."""
    row = _letter(session, letter_id)
    history.advance(session, row, "approve", facts(session, row), actor, {"signed": len(row.counting)})
    if row.date is None:
        row.date = now().astimezone(ZoneInfo(row.campaign.timezone)).date()
    deliveries.cancel_waiting(session, row, deliveries.ABOUT_THE_TEXT, actor)
    enqueue(session, "render", row.id)
    return row


def reopen(session: Session, letter_id: str, actor: Actor) -> Letter:
    """Go back from approved to sign-off."""
    row = _letter(session, letter_id)
    reopen_locked(session, row, actor)
    return row


def reopen_locked(session: Session, row: Letter, actor: Actor) -> None:
    """Reopen a letter whose row is locked already: also what a retraction does to an approved letter."""
    history.advance(session, row, "reopen", facts(session, row), actor)
    row.dispatch_at, row.previewed = None, ""


def dispatch(session: Session, letter_id: str, previewed: str, actor: Actor, at: datetime | None = None) -> Letter:
    """
    Send the letter to every recipient's office, now or at a time set ahead.

    `previewed` is the fingerprint of the documents that the coordinator has looked at.
    """
    row = _letter(session, letter_id)
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
        _send(session, row, recipient, made, "1")
    return row


def _send(session: Session, row: Letter, recipient: Recipient, made: Rendering, mark: str) -> Delivery:
    about: dict[str, Any] = {"docx": made.docx_sha256, "pdf": made.pdf_sha256}
    key = f"{OFFICE}:{row.id}:{recipient.id}:{mark}"
    return deliveries.queue(session, OFFICE, recipient.email, key, letter=row, recipient=recipient, about=about)


def confirm(session: Session, letter_id: str) -> bool:
    """
    Close a letter whose every recipient's delivery is accepted, and queue the signatories' copies.

    Returns whether it is sent now.
    """
    row = _letter(session, letter_id)
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
    row = _letter(session, letter_id)
    about = {"reason": hashlib.sha256(reason.encode()).hexdigest()}
    history.advance(session, row, "withdraw", facts(session, row, reason=reason), actor, about)
    row.reason = reason.strip()
    row.dispatch_at = None
    deliveries.cancel_waiting(session, row, (*deliveries.ABOUT_THE_TEXT, OFFICE), actor)
    return row


# --- co-signers and deliveries that need a decision ------------------------------------------------------------------


def revoke(session: Session, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Take an invitation back; its link ends."""
    row = _letter(session, letter_id)
    invitation = _invitation(row, invitation_id)
    history.advance(session, invitation, "revoke", InvitationFacts(letter_state=row.state), actor)
    for link in invitation.links:
        link.revoked_at = link.revoked_at or now()
    return invitation


def reinvite(session: Session, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Ask an organisation again that has declined, or whose invitation lapsed or was revoked."""
    row = _letter(session, letter_id)
    invitation = _invitation(row, invitation_id)
    history.advance(session, invitation, "reinvite", InvitationFacts(letter_state=row.state), actor)
    invitation.reason, invitation.verdict, invitation.answered_at = "", "", None
    if row.state in ("in_review", "sign_off"):
        resend(session, letter_id, invitation_id, actor)
    return invitation


def settle(session: Session, letter_id: str, delivery_id: str, arrived: bool, actor: Actor) -> Delivery:
    """Decide what nobody can know: the uncertain letter to an office did arrive, or is sent again."""
    delivery = _delivery(session, letter_id, delivery_id)
    if arrived:
        deliveries.settle_as_sent(session, delivery, actor)
        session.flush()
        confirm(session, letter_id)
    else:
        deliveries.send_again(session, delivery, actor)
    return delivery


def readdress(session: Session, letter_id: str, delivery_id: str, email: str, actor: Actor) -> Delivery:
    """Send a letter that the office's mail server refused to another address of that office."""
    refused = _delivery(session, letter_id, delivery_id)
    row = _letter(session, letter_id)
    recipient = next((r for r in row.recipients if r.id == refused.recipient_id), None)
    if recipient is None or refused.kind != OFFICE or refused.state not in ("rejected", "bounced"):
        raise Refused("readdress", refused.state, ("Only a letter that was refused can go to another address.",))
    if row.state != "sending" and refused.state == "rejected":
        raise Refused("readdress", row.state, (f"The letter is {states.LETTER.past[row.state]}.",))
    if _is_accepted(session, recipient):
        raise Refused("readdress", row.state, (f"{recipient.label}'s office has the letter already.",))
    made = next(d for d in renderings(session, row) if d.recipient_id == recipient.id)
    recipient.email = email
    history.append(
        session, row.id, actor, "recipient.addressed", {"recipient": recipient.id}, disclosed={"email": email}
    )
    return _send(session, row, recipient, made, f"after:{refused.id}")


def _delivery(session: Session, letter_id: str, delivery_id: str) -> Delivery:
    _letter(session, letter_id)
    found = session.get(Delivery, delivery_id, populate_existing=True)
    if found is None or found.letter_id != letter_id:
        raise NotFound("There is no such delivery.")
    return found


# --- documents -----------------------------------------------------------------------------------------------------


def fingerprint(row: Letter) -> str:
    """Return what the documents depend on: the revision, the date and the sign-offs printed (hex SHA-256)."""
    revision = row.revision
    content = {
        "revision": revision.digest if revision else "",
        "date": row.date.isoformat() if row.date else "",
        "signoffs": [[s.id, s.name, s.title, s.invitation.organisation.name] for s in row.counting],
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def paper(row: Letter, recipient: Recipient) -> documents.Paper:
    """Return what is printed for one recipient: the frozen text and the sign-offs that count for it."""
    revision = row.revision
    letter = revision.text() if revision else row.text()
    return documents.Paper(
        letter=letter,
        recipient=recipient.printed(),
        date=row.date,
        signatures=tuple(signoff.printed() for signoff in row.counting),
    )


def deliveries_of(session: Session, letter_id: str) -> list[Delivery]:
    """Return every mail of a letter, oldest first."""
    query = select(Delivery).where(Delivery.letter_id == letter_id).order_by(Delivery.queued_at, Delivery.id)
    return list(session.scalars(query))


def renderings(session: Session, row: Letter) -> list[Rendering]:
    """Return the documents made for the sign-offs that count now, in the order of the recipients."""
    query = select(Rendering).where(Rendering.letter_id == row.id, Rendering.fingerprint == fingerprint(row))
    made = {rendering.recipient_id: rendering for rendering in session.scalars(query)}
    return [made[recipient.id] for recipient in row.recipients if recipient.id in made]


def keep_rendering(
    session: Session, letter_id: str, recipient_id: str, made_for: str, docx: bytes, pdf: bytes | None
) -> bool:
    """Store one recipient's documents under their SHA-256; False when the letter has changed since `made_for`."""
    row = _letter(session, letter_id)
    if fingerprint(row) != made_for or row.state != "approved":
        return False
    if any(rendering.recipient_id == recipient_id for rendering in renderings(session, row)):
        return True
    revision = row.revision
    assert revision is not None
    docx_sha256 = _store(session, docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    pdf_sha256 = _store(session, pdf, "application/pdf") if pdf else None
    session.add(
        Rendering(
            letter_id=row.id,
            recipient_id=recipient_id,
            fingerprint=made_for,
            docx_sha256=docx_sha256,
            pdf_sha256=pdf_sha256,
        )
    )
    about = {
        "recipient": recipient_id,
        "docx": docx_sha256,
        "pdf": pdf_sha256,
        "digest": revision.digest,
        "signoffs": [signoff.sequence for signoff in row.counting],
    }
    history.append(session, row.id, SYSTEM, "document.rendered", about)
    return True


def _store(session: Session, content: bytes, media_type: str) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    if session.get(Document, sha256) is None:
        session.add(Document(sha256=sha256, media_type=media_type, content=content))
        session.flush()
    return sha256
