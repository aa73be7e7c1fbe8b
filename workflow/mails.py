"""What each mail says: from a delivery's ids to the data of its template, its head and its attachments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785

from config.settings import Settings
from emails.message import Attachment, DkimKey, Head, build
from workflow import documents, history
from workflow.deliveries import OFFICE
from workflow.languages import apart, catalogue, direction, in_zone, joined, lazy_gettext
from workflow.letter import text
from workflow.models import (
    Comment,
    Delivery,
    Disclosure,
    Document,
    Invitation,
    Letter,
    Link,
    LogEntry,
    Revision,
    SignInLink,
    Signoff,
    User,
)
from workflow.names import Names, listed, names
from workflow.tokens import hash_token
from workflow.transaction import Transaction

TEMPLATES = Path(__file__).parent.parent / "templates" / "emails"


IN_SENTENCES = (
    "organisation", "addressees", "coordinator", "signatory", "others", "reason", "name", "to", "short_digest"
)  # fmt: skip
"""What sentences of mails have put into them, in whatever script it is written."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail before it is MIME: its template, its data, its head, its attachments."""

    template: str
    data: dict[str, Any]
    head: Head
    attachments: tuple[Attachment, ...] = ()
    language: str = "en"


def write(session: Transaction, delivery: Delivery) -> bytes:
    """Return the MIME bytes of a delivery, made from what is stored; the same every time."""
    settings = session.settings
    mail = compose(session, delivery)
    # What the office and staff get is in one language; a co-signer's mails are in that co-signer's.
    data = {"mail_language": mail.language, "direction": direction(mail.language), **mail.data}
    data |= {name: apart(data[name], mail.language) for name in IN_SENTENCES if name in data}
    translations = catalogue(mail.language)
    return build(TEMPLATES, mail.template, data, mail.head, mail.attachments, dkim_key(settings), translations)


def dkim_key(settings: Settings) -> DkimKey | None:
    """Return the DKIM key of this instance, if one is set."""
    if not settings.dkim_domain or settings.dkim_key_file is None:
        return None
    return DkimKey(settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file.read_bytes())


def compose(session: Transaction, delivery: Delivery) -> Mail:
    """Gather what a mail says. Raises `LinkSecretChangedError` when its link can't be made any more."""
    settings = session.settings
    if delivery.kind == "sign_in":
        return Mail("sign_in", {"link": _sign_in_address(session, delivery)}, _head(settings, delivery, "", None))
    letter = delivery.letter
    assert letter is not None
    coordinator = letter.campaign.coordinator
    invitation = delivery.invitation
    language = invitation.reads if invitation and delivery.kind != "notice" else "en"
    data = _about_letter(session, letter, delivery, coordinator, language)
    if delivery.kind == OFFICE:
        assert delivery.recipient is not None
        data["recipients"] = [delivery.recipient.printed().lines]
        head = _head(settings, delivery, delivery.recipient.name, coordinator, machine=False)
        return Mail("letter", data, head, _documents(session, letter, delivery))
    assert invitation is not None
    data |= _about_invitation(session, invitation, delivery)
    head = _head(settings, delivery, invitation.signatory, coordinator)
    attachments: tuple[Attachment, ...] = ()
    if delivery.kind in ("receipt", "confirmation"):
        receipt, attachments = _receipt(session, letter, delivery, language)
        data |= receipt
        if delivery.kind == "confirmation":
            # A link opens one contact's mail only; this one is for somebody else.
            data["link"] = ""
            head = _head(settings, delivery, "", coordinator)
    elif delivery.kind == "copy":
        attachments = _documents(session, letter, delivery)
    elif delivery.kind == "revised":
        data |= {"changes": _changes(letter, invitation, delivery)} | _objections(invitation, delivery, language)
    elif delivery.kind == "code":
        data["code"] = session.tokens.codes(delivery.about["code"])[0]
        data["purpose"] = delivery.about.get("purpose", "sign")
    elif delivery.kind == "reply":
        data |= _replied(session, delivery)
    elif delivery.kind == "handed_over":
        data["to"] = delivery.about["to"]
        head = _head(settings, delivery, "", coordinator)
    elif delivery.kind == "notice":
        data |= _notice(settings, invitation, delivery)
        head = _head(settings, delivery, coordinator.name if coordinator else "", None)
    return Mail(delivery.kind, data, head, attachments, language)


def _objections(invitation: Invitation, delivery: Delivery, language: str) -> dict[str, Any]:
    """Until when silence keeps an organisation on a small correction, where it counts for that one."""
    until, before = delivery.about.get("objections_until"), invitation.by_hand
    if not until or before is None or not before.objection_hours:
        return {"objections_until": ""}
    return {"objections_until": in_zone(datetime.fromisoformat(until), invitation.zone, language)}


def _replied(session: Transaction, delivery: Delivery) -> dict[str, Any]:
    """What became of a comment: answered, or, for a suggestion, taken over or put aside."""
    comment = session.get_one(Comment, delivery.about["comment"])
    reply = session.get_one(Comment, delivery.about["reply"])
    return {
        "what": delivery.about["what"],
        "said": comment.words,
        "replaces": comment.replaces or "",
        "replacement": comment.replacement or "",
        "paragraph": comment.paragraph or 0,
        "reply": reply.words if reply is not comment else "",
    }


def _notice(settings: Settings, invitation: Invitation, delivery: Delivery) -> dict[str, Any]:
    """What a coordinator is told of an organisation."""
    return {
        "what": delivery.about["what"],
        "reason": invitation.reason,
        "more_time": invitation.more_time,
        "contact": invitation.email,
        "page": f"{settings.public_url}/letters/{invitation.letter_id}",
    }


def _head(settings: Settings, delivery: Delivery, name: str, coordinator: User | None, machine: bool = True) -> Head:
    sender_name = settings.mail_from_name
    if coordinator is not None and coordinator.name:
        sender_name = f"{coordinator.name} via {settings.mail_from_name}" if machine else coordinator.name
    return Head(
        sender=settings.mail_from,
        sender_name=sender_name,
        recipient=delivery.address,
        recipient_name=name,
        message_id=delivery.message_id,
        date=delivery.queued_at.replace(microsecond=0),
        reply_to=coordinator.email if coordinator else None,
        auto_submitted=machine,
    )


def _about_letter(
    session: Transaction, letter: Letter, delivery: Delivery, coordinator: User | None, language: str
) -> dict[str, Any]:
    revision = _revision_of(letter, delivery)
    words = revision.text() if revision else letter.text()
    campaign = letter.campaign
    known_names = names(session, letter, delivery.invitation)
    signatures = [signature.lines for signature in known_names.signatures]
    withheld = documents.withheld_line(known_names.withheld, words.language)
    return {
        "title": letter.title,
        "campaign": campaign.name,
        "coordinator": (coordinator.name or coordinator.email)
        if coordinator
        else lazy_gettext("The coordinator").translate(language),
        "coordinator_email": coordinator.email if coordinator else "",
        "recipients": [recipient.lines for recipient in words.recipients],
        "recipient": delivery.recipient.printed().lines if delivery.recipient else (),
        "addressees": joined([r.name or r.office or r.title for r in words.recipients], language),
        "dated": documents.dateline(letter.place, letter.date, words.language),
        "subject_line": words.subject,
        "salutation": words.salutation,
        "body_text": text.to_plain(words.body),
        "body_html": text.to_html(words.body),
        "closing": words.closing,
        "language": words.language,
        "deadline": campaign.deadline_in_words(delivery.invitation.zone if delivery.invitation else "", language),
        "number": revision.number if revision else 0,
        "short_digest": revision.digest[:12] if revision else "",
        "signatures": [*signatures, *([(withheld,)] if withheld else [])],
        "signed_by": len(signatures) + known_names.withheld,
        "others": listed(_others(known_names, delivery.invitation), known_names.asked_withheld, language),
        "docx_sha256": delivery.about.get("docx") or "",
        "pdf_sha256": delivery.about.get("pdf") or "",
    }


def _others(known: Names, reader: Invitation | None) -> list[str]:
    own = reader.organisation.name if reader else ""
    return [name for name in known.asked if name != own]


def _revision_of(letter: Letter, delivery: Delivery) -> Revision | None:
    digest = delivery.about.get("digest")
    return next((r for r in letter.revisions if r.digest == digest), None) or letter.revision


def _about_invitation(session: Transaction, invitation: Invitation, delivery: Delivery) -> dict[str, Any]:
    link = _link_of(invitation, delivery)
    return {
        "organisation": invitation.organisation.name,
        "signatory": invitation.signatory,
        "link": f"{session.settings.public_url}/s/{session.tokens.link(link.id, link.token_hash)}" if link else "",
        "in_review": delivery.about.get("state") == "in_review",
        "to_confirm": any(s.retracted_at is None for s in invitation.signoffs),
        "reason": invitation.letter.reason,
        "changes": [],
    }


def _link_of(invitation: Invitation, delivery: Delivery) -> Link | None:
    wanted = delivery.about.get("link")
    return next((link for link in invitation.links if link.id == wanted), None) or invitation.link


def _changes(letter: Letter, invitation: Invitation, delivery: Delivery) -> list[documents.Change]:
    """What changed since the text that the organisation itself signed, or was last sent."""
    signed = invitation.by_hand.digest if invitation.by_hand else ""
    older = [r for r in letter.revisions if r.digest == signed and signed != delivery.about["digest"]] or [
        r for r in letter.revisions if r.number < delivery.about["number"]
    ]
    newer = _revision_of(letter, delivery)
    if not older or newer is None:
        return []
    return documents.changed(older[-1].text(), newer.text())


def _documents(session: Transaction, letter: Letter, delivery: Delivery) -> tuple[Attachment, ...]:
    found = []
    recipient = delivery.recipient.printed() if delivery.recipient else None
    for kind in ("docx", "pdf"):
        sha256 = delivery.about.get(kind)
        if sha256:
            document = session.get_one(Document, sha256)
            name = documents.file_name(
                f"Letter to {recipient.name or recipient.office}" if recipient else letter.title, kind
            )
            found.append(Attachment(name, document.media_type, document.content))
    return tuple(found)


def _receipt(
    session: Transaction, letter: Letter, delivery: Delivery, language: str
) -> tuple[dict[str, Any], tuple[Attachment, ...]]:
    """What proves a sign-off: its entry, the proof with the checkpoint of that moment, the text, the opening."""
    signoff = session.get_one(Signoff, delivery.about["signoff"])
    revision = next(r for r in letter.revisions if r.digest == signoff.digest)
    entry = session.get_one(LogEntry, (letter.id, signoff.sequence)).entry
    opening = session.get(Disclosure, (letter.id, signoff.sequence))
    proof = history.proof(session, letter.id, signoff.sequence, signoff.sequence + 1)
    attachments = [
        Attachment("entry.json", "application/json", entry),
        Attachment("proof.tlog-proof", "application/octet-stream", proof.encode()),
        Attachment("text.json", "application/json", revision.canonical),
    ]
    if opening is not None:
        disclosed = rfc8785.dumps({"salt": opening.salt.hex(), "payload": opening.payload})
        attachments.append(Attachment("opening.json", "application/json", disclosed))
    data = {
        "what": delivery.about["what"],
        "name": signoff.name,
        "name_title": signoff.title,
        "signed_at": in_zone(signoff.signed_at, signoff.invitation.zone, language),
        "signed_digest": signoff.digest,
        "signed_number": revision.number,
        "sequence": signoff.sequence,
        "proof": proof,
        "vkey": history.vkey_of(session, letter.id, signoff.sequence + 1),
    }
    return data, tuple(attachments)


def _sign_in_address(session: Transaction, delivery: Delivery) -> str:
    tokens = session.tokens.sign_in_links(delivery.about["nonce"])
    made = next((token for token in tokens if session.get(SignInLink, hash_token(token)) is not None), tokens[0])
    return f"{session.settings.public_url}/sign-in/{made}"
