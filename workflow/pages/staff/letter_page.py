"""What a page shows of a letter, prepared here so that templates only lay it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from workflow import documents, history, states
from workflow.campaigns import lifecycle, lookup, printing
from workflow.campaigns.corrections import Outlook, outlooks
from workflow.errors import NotFoundError
from workflow.history import Entry, remembered
from workflow.languages import Words, in_zone
from workflow.models import Comment, Delivery, Invitation, Letter, Rendering, Signoff
from workflow.moments import local
from workflow.pages import paper
from workflow.signoffs.link_usage import anomalies
from workflow.states.machine import form
from workflow.states.permissions import allowed
from workflow.transaction import Transaction

MAIL_NAMES = {
    "invitation": "invitation",
    "sign_off": "request to sign",
    "revised": "revised text",
    "receipt": "receipt",
    "confirmation": "note to the second contact",
    "code": "code to sign with",
    "reply": "answer to a comment",
    "handed_over": "note of the hand-over",
    "notice": "notice to the coordinator",
    "letter": "the letter",
    "copy": "copy of what was sent",
}

STEPS = {
    "circulate": ("Circulate for review", "letter.circulate", "The co-signers get the text by mail and comment."),
    "open_sign_off": ("Open sign-off", "letter.open_sign_off", "The co-signers are asked to sign this text."),
    "approve": ("Close and approve", "letter.approve", "Sign-off ends; the documents are made."),
    "dispatch": ("Send to the office", "letter.dispatch", "The documents leave as you have seen them."),
    "reopen": ("Reopen sign-off", "letter.reopen", "More organisations can sign; nothing has been sent."),
    "revise": ("Revise the text", "letter.revise", "Back to drafting. Sign-offs count for their own text only."),
    "withdraw": ("Withdraw the letter", "letter.withdraw", "It ends here; nothing is sent to the office."),
}
NEXT = {
    "drafting": ("circulate", "open_sign_off"),
    "in_review": ("open_sign_off",),
    "sign_off": ("approve",),
    "approved": ("dispatch",),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A step as a page shows it: what it is called, where it is posted, and why it is greyed out, if it is."""

    trigger: str
    label: str
    endpoint: str
    meaning: str
    reasons: tuple[Words, ...]
    asks_reason: bool


def row(letter: Letter) -> dict[str, Any]:
    """Return a letter's line in the list."""
    return {
        "letter": letter,
        "state": states.LETTER.labels[letter.state],
        "progress": progress(letter),
        "share": share(letter),
        "to": ", ".join(recipient.label for recipient in letter.recipients),
    }


def progress(letter: Letter) -> str:
    """Return where a letter stands, in a sentence."""
    asked = [i for i in letter.invitations if i.is_listed]
    if letter.is_draft:
        return f"{len(asked)} to be invited" if not letter.revisions else "Being revised"
    if letter.is_in_review:
        given = sum(bool(i.verdict) or bool(i.comments) for i in asked)
        return f"{given} of {len(asked)} have answered; {paper.time_left(letter)}"
    signed = len(letter.counting)
    if not letter.is_open_for_sign_off:
        return f"Signed by {signed} of {len(asked)}"
    return f"{signed} of {len(asked)} have signed; {paper.time_left(letter)}"


def share(letter: Letter) -> int:
    """Return how much of the way is done, in percent: the share of organisations that have signed."""
    asked = sum(i.is_listed for i in letter.invitations)
    return round(100 * len(letter.counting) / asked) if asked else 0


WITHHELD = "An organisation, name withheld"
VERDICTS = {"ready": "ready to sign", "changes_requested": "wants changes"}


def whole(session: Transaction, letter: Letter, names_all: bool = True) -> dict[str, Any]:
    """Return everything that a letter's page shows; names that are withheld only to whoever may know them."""
    facts = lifecycle.facts(session, letter)
    made = printing.renderings(session, letter)
    deliveries = lookup.deliveries_of(session, letter.id)[::-1]
    zone = letter.campaign.timezone
    deadline = letter.campaign.deadline
    silence = _silence(session, letter)
    held = _held(session, letter)
    # Who signed before waits for the corrected text: it needs no second review.
    ahead = NEXT.get(letter.state, ())[:: -1 if silence else 1]
    return {
        "letter": letter,
        "campaign": letter.campaign,
        "state": states.LETTER.labels[letter.state],
        "allowed": allowed(letter.state),
        "progress": progress(letter),
        "share": share(letter),
        "deadline": in_zone(deadline, zone) if deadline else "",
        "deadline_local": local(deadline, zone).replace(tzinfo=None) if deadline else None,
        "silence": silence,
        "held": held,
        "dispatch_at": in_zone(letter.dispatch_at, zone) if letter.dispatch_at else "",
        "next_steps": [_offered(letter, trigger, facts) for trigger in ahead],
        "other_steps": [_offered(letter, trigger, facts) for trigger in _others(letter)],
        "paper": paper.of_letter(session, letter),
        "answers": _answers(session, letter, names_all),
        "comments": _comments(letter, names_all),
        "documents": [_document(letter, rendering) for rendering in made],
        "rendering": letter.is_approved and len(made) < len(letter.recipients),
        "accepted": len(letter.recipients) - len(facts.outstanding),
        "under_way": not held and _under_way(letter, len(made), deliveries),
        "fingerprint": printing.fingerprint(letter),
        "deliveries": [_mail(delivery, zone, names_all) for delivery in deliveries],
        "letterhead_says": printing.letterhead_says(session, letter)
        if letter.is_open_for_sign_off or letter.is_approved
        else [],
        "undecided": [_mail(d, zone, names_all) for d in deliveries if d.kind == "letter" and d.is_undecided],
        "unaddressed": [recipient for recipient in letter.recipients if not recipient.email],
    }


def _held(session: Transaction, letter: Letter) -> str:
    """Say why a letter that could leave goes to no office: its database was restored from a backup."""
    leaves = letter.is_approved or letter.is_being_sent
    older = leaves and remembered.is_older(session, session.settings, letter.id)
    return remembered.HELD.format(letter=letter.id) if older else ""


def _silence(session: Transaction, letter: Letter) -> list[dict[str, str]]:
    """Say of each organisation that signed an earlier text whether its silence counts for this one, and why not."""
    zone = letter.campaign.timezone
    return [
        {
            "who": outlook.invitation.organisation.label,
            "said": _outlook(outlook, zone),
            "why": " ".join(map(str, outlook.why)),
        }
        for outlook in outlooks(session, letter)
    ]


def _outlook(outlook: Outlook, zone: str) -> str:
    if not outlook.stays:
        return "has to sign again"
    if outlook.told:
        return f"stays unless it objects until {in_zone(outlook.until, zone)}"
    return f"stays unless it objects within {outlook.hours} hours of the mail to it"


def _under_way(letter: Letter, made: int, mails: list[Delivery]) -> bool:
    """Whether something is being done that the page should look at again by itself."""
    moving = any(mail.kind == "letter" and mail.is_under_way for mail in mails)
    return (letter.is_approved and made < len(letter.recipients)) or (letter.is_being_sent and moving)


def _others(letter: Letter) -> list[str]:
    possible = (t for t in states.LETTER.triggers if letter.state in states.LETTER.sources(t))
    return [t for t in possible if t in STEPS and t not in NEXT.get(letter.state, ())]


def _offered(letter: Letter, trigger: str, facts: states.LetterFacts) -> Offered:
    offered = form(states.LETTER, letter.state, trigger, facts)
    return Offered(trigger, *STEPS[trigger], offered.reasons, "reason" in offered.asks)


def _hidden(invitation: Invitation | None, names_all: bool) -> bool:
    return invitation is not None and invitation.confidential and not names_all


def _answers(session: Transaction, letter: Letter, names_all: bool) -> list[dict[str, Any]]:
    """The co-signers in their order; those that are not named come last, for a place among names gives one away."""
    entries = history.entries_at(session, letter.id, [signoff.sequence for signoff in letter.counting])
    answers = [_answer(invitation, letter, entries, names_all) for invitation in letter.invitations]
    return sorted(answers, key=lambda answer: answer["hidden"])


def _answer(invitation: Invitation, letter: Letter, entries: dict[int, Entry], names_all: bool) -> dict[str, Any]:
    revision = letter.revision
    signoff = invitation.signoff_for(revision.digest) if revision else None
    over = letter.is_closed
    said = {
        "invited": "did not answer" if over else "asked" if invitation.link else "not asked yet",
        "to_confirm": "signed an earlier text" if over else "signed an earlier text; to confirm",
    }
    if letter.is_draft:
        said["signed"] = "signed the earlier text"
    return {
        "invitation": invitation,
        **_person(invitation, signoff, names_all),
        "state": invitation.state,
        "allowed": allowed(letter.state, invitation.state),
        "said": said.get(invitation.state, states.INVITATION.labels[invitation.state]),
        "verdict": VERDICTS.get(invitation.verdict, "") if invitation.is_invited else "",
        "basis": "did not object to the correction" if signoff and signoff.basis == "not_objected" else "",
        "noted": anomalies(entry.about) if signoff and (entry := entries.get(signoff.sequence)) else "",
        "at": in_zone(invitation.answered_at, letter.campaign.timezone) if invitation.answered_at else "",
    }


def _person(invitation: Invitation, signoff: Signoff | None, names_all: bool) -> dict[str, Any]:
    """Who a co-signer is, how it is reached and what it asked of the coordinator: of one that is withheld, nothing."""
    if _hidden(invitation, names_all):
        return {"hidden": True, "organisation": WITHHELD, "person": "", "email": "", "reason": "", "more_time": ""}
    organisation = invitation.organisation
    known = (signoff.name, signoff.title) if signoff else (invitation.signatory, invitation.signatory_title)
    return {
        "hidden": False,
        "organisation": f"{organisation.name} ({organisation.acronym})" if organisation.acronym else organisation.name,
        "person": ", ".join(part for part in known if part),
        "email": invitation.email,
        "reason": invitation.reason,
        "more_time": invitation.more_time,
    }


def _comments(letter: Letter, names_all: bool) -> list[dict[str, Any]]:
    """Every comment and suggestion with its replies, in the order in which they were made."""
    said = sorted((c for i in letter.invitations for c in i.comments), key=lambda c: (c.created_at, c.id))
    return [
        _comment(root, letter, names_all)
        | {"replies": [_comment(c, letter, names_all) for c in said if c.reply_to == root.id]}
        for root in said
        if root.reply_to is None
    ]


def _comment(comment: Comment, letter: Letter, names_all: bool) -> dict[str, Any]:
    named = WITHHELD if _hidden(comment.invitation, names_all) else comment.invitation.organisation.label
    digests = {revision.digest: revision.number for revision in letter.revisions}
    return {
        "who": (comment.user.name or comment.user.email) if comment.user else named,
        "comment": comment,
        "settled": {"accepted": "taken over", "dismissed": "put aside"}.get(comment.settled, ""),
        "number": digests.get(comment.digest),
        "at": in_zone(comment.created_at, letter.campaign.timezone),
    }


def _document(letter: Letter, rendering: Rendering) -> dict[str, Any]:
    recipient = next(r for r in letter.recipients if r.id == rendering.recipient_id)
    return {"recipient": recipient, "docx": rendering.docx_sha256, "pdf": rendering.pdf_sha256}


def _mail(delivery: Delivery, zone: str, names_all: bool) -> dict[str, Any]:
    hidden = _hidden(delivery.invitation, names_all)
    if delivery.recipient:
        whom = delivery.recipient.label
    elif hidden:
        whom = WITHHELD
    else:
        whom = delivery.invitation.organisation.label if delivery.invitation else ""
    return {
        "delivery": delivery,
        "kind": MAIL_NAMES.get(delivery.kind, delivery.kind),
        "whom": whom,
        # A mail server's words name the address, or its domain.
        "answer": "" if hidden else delivery.answer,
        "state": states.DELIVERY.labels[delivery.state],
        "at": in_zone(delivery.settled_at, zone) if delivery.settled_at else "",
        "queued": in_zone(delivery.queued_at, zone),
    }


def document_name(session: Transaction, letter: Letter, sha256: str) -> str:
    """Return the file name of a letter's document; raises `NotFoundError` for one of another letter."""
    query = select(Rendering).where(
        Rendering.letter_id == letter.id, or_(Rendering.docx_sha256 == sha256, Rendering.pdf_sha256 == sha256)
    )
    rendering = session.scalars(query).first()
    if rendering is None:
        raise NotFoundError("There is no such document.")
    recipient = next((r for r in letter.recipients if r.id == rendering.recipient_id), None)
    kind = "docx" if rendering.docx_sha256 == sha256 else "pdf"
    return documents.file_name(f"Letter to {recipient.label}" if recipient else letter.title, kind)
