"""What an office answered as a file that is not searched when somebody is erased: named, and erased one by one."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from workflow.erasure import in_letter
from workflow.erasure.share import Reading, Share
from workflow.history import Actor, actions
from workflow.models import Delivery, Document, IncomingMail, Letter, OfficeReply
from workflow.transaction import Transaction

SEARCHED = ("message/rfc822", "text/plain")


class Unread(NamedTuple):
    """A reply with a file in which a name is not looked for."""

    id: str
    file_name: str


def unread(session: Transaction, letter_id: str) -> list[Unread]:
    """Return the replies to a letter whose files nobody can search, the oldest first."""
    kept = select(OfficeReply.id, OfficeReply.file_name).join(Document, Document.sha256 == OfficeReply.document_sha256)
    these = (
        OfficeReply.letter_id == letter_id,
        Document.media_type.not_in(SEARCHED),
        func.length(Document.content) > 0,
    )
    return [
        Unread(*one) for one in session.execute(kept.where(*these).order_by(OfficeReply.received_at, OfficeReply.id))
    ]


def erase(session: Transaction, letter: Letter, reply_id: str, ground: str, actor: Actor) -> Share | None:
    """
    Erase one reply of a letter that is locked: its words, its file, and emails that quote it; None: not just now.

    That it came, when, and the SHA-256 of its file stay on the record.
    """
    reply = session.get_one(OfficeReply, reply_id)
    quoting = select(Delivery).where(Delivery.letter_id == letter.id, Delivery.about["reply"].as_string() == reply.id)
    mails = list(session.scalars(quoting))
    if any(one.is_leased or one.is_waiting for one in mails):
        return None
    reading = Reading(session, letter)
    share = Share(mails=[one.id for one in mails if one.sealed is not None or one.skeleton is not None])
    share.entries = {
        number
        for number, action, about, _, _ in reading.entries()
        if action == actions.OfficeReplied.NAME and about["reply"] == reply.id and number in reading.opened
    }
    theirs = {reply.document_sha256} if reply.document_sha256 else set()
    for incoming in session.scalars(
        select(IncomingMail).where(IncomingMail.letter_id == letter.id, IncomingMail.sha256 == reply.document_sha256)
    ):
        incoming.sender, incoming.subject, incoming.sealed, incoming.found = "", "", None, {}
    share.documents = set() if _is_kept_elsewhere(session, reply) else theirs
    if share.entries:
        in_letter.erase_told(session, reading, share)
        share.documents = theirs
        in_letter.record(session, letter, share, ground, actor)
    return share


def _is_kept_elsewhere(session: Transaction, reply: OfficeReply) -> bool:
    same = select(OfficeReply.id).where(
        OfficeReply.document_sha256 == reply.document_sha256, OfficeReply.id != reply.id, OfficeReply.file_name != ""
    )
    return session.scalar(same.limit(1)) is not None
