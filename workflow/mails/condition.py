"""What whoever agreed to the text as it would be is told: that it did, took that back, or that it came to nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from emails.message import Attachment
from workflow import canonical, history
from workflow.errors import WordingError
from workflow.languages import in_zone
from workflow.letter import typed, wording
from workflow.mails.audiences import CONTACT, everybody, of_event
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import ConditionalSignoff, Delivery, Disclosure, LogEntry
from workflow.transaction import Transaction

What = Literal["agreed", "taken_back", "dismissed"]
"""`dismissed`: the coordinator has dismissed the suggestion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(MailData):
    """What the mail says."""

    what: What
    title: str
    organisation: str
    addressees: str
    link: str
    replaces: str
    """The change: these words become `replacement`."""
    replacement: str
    name: str
    name_title: str
    agreed_at: str
    agreed_digest: str
    sequence: str
    """The number of its entry."""
    proof: str
    vkey: str


@mail("condition", "agreement to a change", CONTACT)
def condition(source: Source) -> Condition:
    """Prove the entry in which it was agreed to; attach what a checker needs, and the text as it would be."""
    agreed = source.session.get_one(ConditionalSignoff, source.about["condition"])
    proof = history.proof(source.session, source.letter.id, agreed.sequence, agreed.sequence + 1)
    what = source.about["what"]
    return Condition(
        what=what,
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        link=source.link,
        replaces=agreed.comment.replaces or "",
        replacement=agreed.comment.replacement or "",
        name=source.apart(agreed.name),
        name_title=agreed.title,
        agreed_at=in_zone(agreed.signed_at, source.zone, source.language),
        agreed_digest=agreed.digest,
        sequence=str(agreed.sequence),
        proof=proof.strip("\n"),
        vkey=source.one.vkey(agreed.sequence + 1),
        attachments=tuple(_files(source, agreed, proof)) if what == "agreed" else (),
    )


def _files(source: Source, agreed: ConditionalSignoff, proof: str) -> Iterator[Attachment]:
    session, of = source.session, (source.letter.id, agreed.sequence)
    entry = session.scalar(select(LogEntry.entry).where(LogEntry.letter_id == of[0], LogEntry.sequence == of[1]))
    yield Attachment("entry.json", "application/json", bytes(entry or b""))
    yield Attachment("proof.tlog-proof", "application/octet-stream", proof.encode())
    text = _as_agreed(source, agreed)
    if text is not None:
        yield Attachment("text.json", "application/json", text)
    opening = session.execute(
        select(Disclosure.salt, Disclosure.payload).where(Disclosure.letter_id == of[0], Disclosure.sequence == of[1])
    ).one_or_none()
    if opening is not None:
        content = canonical.dumps({"salt": bytes(opening.salt).hex(), "payload": opening.payload})
        yield Attachment("opening.json", "application/json", content)


def _as_agreed(source: Source, agreed: ConditionalSignoff) -> bytes | None:
    """Return the text that was agreed to, in its canonical form; None where its words are gone."""
    comment, before = agreed.comment, source.text
    try:
        body = wording.placed(before.body, comment.paragraph, comment.replaces or "", comment.replacement or "")
    except WordingError:
        return None
    text = dataclasses.replace(before, body=typed.block(body, typed.BODY))
    return text.canonical() if text.digest() == agreed.digest else None


def queue(session: Transaction, agreed: ConditionalSignoff, what: What, sequence: int) -> list[Delivery]:
    """Queue what is said of an agreement to all contacts; `sequence` is of the entry that it is about."""
    invitation = agreed.invitation
    about = {"condition": agreed.id, "what": what, "digest": agreed.base}
    return [
        condition.queue(
            session,
            one.address,
            of_event(sequence, invitation.letter_id, one.address),
            about | one.about,
            invitation=invitation,
        )
        for one in everybody(invitation)
    ]
