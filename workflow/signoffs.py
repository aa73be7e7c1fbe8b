"""
What a co-signing organisation does through its link: read, comment, give a verdict, sign, decline, retract.

Reading changes nothing. Each act locks the letter, takes its step and queues its receipt.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import campaigns, deliveries, history
from workflow.deliveries import hash_token, is_over
from workflow.history import SYSTEM
from workflow.models import Campaign, Comment, Delivery, Invitation, Letter, Link, Signoff, lock_letter, now
from workflow.states import INVITATION, InvitationFacts, Refused, refusals

LONGEST_COMMENT = 10_000
LONGEST_NAME = 200


class Superseded(Refused):
    """The text has changed since the page was opened; nothing was decided."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sent with a decision: the digest of the text that was shown, and what was typed and ticked."""

    digest: str
    name: str = ""
    title: str = ""
    authorised: bool = False


def find_link(session: Session, token: str) -> Link | None:
    """Return the living link of a token, or None: unknown, ended and revoked look the same."""
    link = session.scalars(select(Link).where(Link.token_hash == hash_token(token))).one_or_none()
    return link if link is not None and link.revoked_at is None else None


def living_link(session: Session, link_id: str, invitation_id: str) -> Link | None:
    """Return a link that was opened in this browser before, if it still lives and opens this invitation."""
    link = session.get(Link, link_id)
    if link is None or link.revoked_at is not None or link.invitation_id != invitation_id:
        return None
    return link


def facts(invitation: Invitation, answer: Answer | None = None) -> InvitationFacts:
    """Gather what the steps of an invitation depend on."""
    letter = invitation.letter
    revision = letter.revision
    digest = revision.digest if revision else ""
    return InvitationFacts(
        letter_state=letter.state,
        digest_shown=answer.digest if answer else digest,
        digest_now=digest,
        counts=bool(digest) and invitation.signoff_for(digest) is not None,
        name=answer.name if answer else "",
        title=answer.title if answer else "",
        authorised=answer.authorised if answer else False,
        past_deadline=is_over(letter.campaign.deadline),
    )


def _locked(session: Session, link_id: str) -> tuple[Link, Invitation, Letter]:
    link = session.get(Link, link_id)
    letter = lock_letter(session, link.invitation.letter_id) if link else None
    if link is None or letter is None:
        raise campaigns.NotFound("This link is not known.")
    # What was read before the lock may be stale: what decides is read again behind it.
    session.refresh(link)
    session.refresh(link.invitation)
    if link.revoked_at is not None:
        raise campaigns.NotFound("This link has ended. The newest mail holds the one that works.")
    return link, link.invitation, letter


def sign(session: Session, link_id: str, answer: Answer) -> Signoff:
    """
    Record an organisation's yes to the text that was shown, and queue its receipt.

    Pressed twice it returns the same sign-off. Raises `Superseded` for a text that has been replaced, and
    `Refused` with the reasons otherwise.
    """
    link, invitation, letter = _locked(session, link_id)
    standing = invitation.signoff_for(answer.digest)
    if invitation.state == "signed" and standing is not None:
        return standing
    known = facts(invitation, answer)
    if known.digest_shown != known.digest_now and letter.state == "sign_off":
        raise Superseded("sign", invitation.state, refusals(INVITATION, invitation.state, "sign", known))
    name, title = _line(answer.name), _line(answer.title)
    about = {"digest": answer.digest, "link": link.id, "name_typed": True, "authority_ticked": answer.authorised}
    printed = {
        "name": name,
        "title": title,
        "organisation": invitation.organisation.name,
        "acronym": invitation.organisation.acronym,
    }
    sequence = history.advance(
        session, invitation, "sign", known, history.cosigner(invitation.id), about, disclosed=printed
    )
    assert sequence is not None
    if standing is not None:
        # Signed before, declined since, and asked again: the new yes stands in place of the old one.
        standing.retracted_at = now()
        session.flush()
    signoff = Signoff(digest=answer.digest, name=name, title=title, link_id=link.id, sequence=sequence)
    invitation.signoffs.append(signoff)
    invitation.answered_at = now()
    invitation.verdict = "ready"
    session.flush()
    _receipt(session, letter, invitation, signoff, "signed")
    return signoff


def _line(value: str) -> str:
    from workflow.text import clean_line

    line = clean_line(value)
    if len(line) > LONGEST_NAME:
        raise Refused("sign", "invited", (f"A name or title has at most {LONGEST_NAME} characters.",))
    return line


def _receipt(session: Session, letter: Letter, invitation: Invitation, signoff: Signoff, what: str) -> Delivery:
    return deliveries.queue(
        session,
        "receipt",
        invitation.email,
        f"receipt:{what}:{signoff.id}",
        letter=letter,
        invitation=invitation,
        about={"signoff": signoff.id, "what": what, "digest": signoff.digest},
    )


def decline(session: Session, link_id: str, digest: str, reason: str) -> Invitation:
    """Record an organisation's no; the reason goes to the coordinator. Saying no twice is saying it once."""
    _, invitation, _ = _locked(session, link_id)
    if invitation.state == "declined":
        return invitation
    about = {"digest": digest, "reason": hashlib.sha256(reason.encode()).hexdigest()}
    known = facts(invitation, Answer(digest))
    history.advance(session, invitation, "decline", known, history.cosigner(invitation.id), about)
    invitation.reason = reason.strip()[:LONGEST_COMMENT]
    invitation.answered_at = now()
    return invitation


def retract(session: Session, link_id: str, reason: str = "") -> Invitation:
    """Take a sign-off back, until dispatch. An approved letter goes back to sign-off, for it has lost a name."""
    link, invitation, letter = _locked(session, link_id)
    if invitation.state == "retracted":
        return invitation
    digest = letter.revision.digest if letter.revision else ""
    signoff = invitation.signoff_for(digest) or next((s for s in invitation.signoffs if s.retracted_at is None), None)
    about = {"digest": signoff.digest if signoff else digest, "link": link.id}
    history.advance(session, invitation, "retract", facts(invitation), history.cosigner(invitation.id), about)
    for standing in invitation.signoffs:
        standing.retracted_at = standing.retracted_at or now()
    invitation.reason = reason.strip()[:LONGEST_COMMENT]
    invitation.verdict = ""
    invitation.answered_at = now()
    session.flush()
    if letter.state == "approved":
        campaigns.reopen_locked(session, letter, SYSTEM)
    if signoff is not None:
        _receipt(session, letter, invitation, signoff, "retracted")
    return invitation


def comment(session: Session, link_id: str, digest: str, paragraph: int | None, words: str) -> Comment:
    """Record what a co-signer says of a paragraph (counted from 1) or of the whole letter."""
    _, invitation, letter = _locked(session, link_id)
    _open_to_comments(letter)
    said = words.strip()
    if not said:
        raise Refused("comment", letter.state, ("Write your comment first.",))
    if len(said) > LONGEST_COMMENT:
        raise Refused("comment", letter.state, (f"A comment has at most {LONGEST_COMMENT} characters.",))
    made = Comment(digest=digest, paragraph=paragraph, words=said)
    invitation.comments.append(made)
    session.flush()
    about = {"invitation": invitation.id, "digest": digest, "paragraph": paragraph}
    history.append(session, letter.id, history.cosigner(invitation.id), "comment.added", about, {"words": said})
    return made


def give_verdict(session: Session, link_id: str, digest: str, verdict: str) -> Invitation:
    """Record `ready` or `changes_requested` in review: a fact on the record, not a sign-off."""
    _, invitation, letter = _locked(session, link_id)
    _open_to_comments(letter)
    if verdict not in ("ready", "changes_requested"):
        raise Refused("verdict", letter.state, ("Choose one: ready to sign, or changes needed.",))
    if invitation.verdict != verdict:
        invitation.verdict = verdict
        about = {"invitation": invitation.id, "digest": digest, "verdict": verdict}
        history.append(session, letter.id, history.cosigner(invitation.id), "invitation.verdict", about)
    return invitation


def _open_to_comments(letter: Letter) -> None:
    if letter.state not in ("in_review", "sign_off"):
        raise Refused("comment", letter.state, ("The letter is not in review now, so comments are closed.",))


def overdue(session: Session) -> list[tuple[str, str]]:
    """Return (invitation, letter) of invitations without an answer whose campaign's deadline has passed."""
    query = (
        select(Invitation.id, Invitation.letter_id)
        .join(Letter, Letter.id == Invitation.letter_id)
        .join(Campaign, Campaign.id == Letter.campaign_id)
        .where(
            Invitation.state == "invited",
            Letter.state.in_(("in_review", "sign_off")),
            Campaign.deadline.is_not(None),
            Campaign.deadline <= now(),
        )
    )
    return [(invitation_id, letter_id) for invitation_id, letter_id in session.execute(query)]


def lapse(session: Session, invitation_id: str, letter_id: str) -> None:
    """Close an invitation that nobody answered by the deadline."""
    letter = lock_letter(session, letter_id)
    invitation = session.get(Invitation, invitation_id)
    if letter is None or invitation is None:
        return
    session.refresh(invitation)
    if invitation.state == "invited":
        history.advance(session, invitation, "lapse", facts(invitation), SYSTEM)
