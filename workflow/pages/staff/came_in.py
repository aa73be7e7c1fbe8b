"""What came in by mail from a co-signer: why nothing is sent to it, and what it wrote."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass

from sqlalchemy import select

from emails.quotations import parted
from workflow.campaigns import returned
from workflow.errors import OtherSecretError
from workflow.languages import Message, lazy_gettext
from workflow.models import IncomingMail, Letter
from workflow.pages.staff import times
from workflow.transaction import Transaction

MOST_SHOWN = 30

REASONS: dict[str, Message] = {
    "returned": lazy_gettext("Emails to this address are returned, so nothing more is sent to it."),
    "complaint": lazy_gettext("Whoever reads this address reported an email as unwanted. Nothing more is sent to it."),
    "not_me": lazy_gettext("Whoever reads this address says that it isn’t for them. Nothing more is sent to it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An address that nothing is sent to."""

    address: str
    reason: Message
    said: str
    """The other mail server’s own words."""
    may_be_lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody wrote by mail."""

    id: str
    sender: str
    subject: str
    at: str
    words: str
    quoted: str
    files: tuple[str, ...]
    is_read: bool
    is_elsewhere: bool
    """It came from another address than the contact’s."""


def blocks(session: Transaction, invitation_id: str) -> tuple[Block, ...]:
    """Return which addresses of a co-signer nothing is sent to."""
    return tuple(
        Block(
            address=one.address,
            reason=REASONS[one.reason],
            said=one.words,
            may_be_lifted=one.reason == "returned",
        )
        for one in returned.blocks_of(session, invitation_id)
    )


def replies(session: Transaction, letter: Letter, invitation_id: str, email: str) -> tuple[Reply, ...]:
    """Return what a co-signer wrote by mail, the newest first."""
    written = select(IncomingMail).where(IncomingMail.invitation_id == invitation_id, IncomingMail.is_reply)
    newest = written.order_by(IncomingMail.received_at.desc(), IncomingMail.id).limit(MOST_SHOWN)
    return tuple(_reply(session, letter, one, email) for one in session.scalars(newest))


def _reply(session: Transaction, letter: Letter, one: IncomingMail, email: str) -> Reply:
    kept: dict[str, object] = {}
    with contextlib.suppress(OtherSecretError):
        kept = json.loads(session.tokens.decrypt(one.sealed)) if one.sealed else {}
    words, quoted = parted(str(kept.get("text") or ""))
    files = kept.get("files")
    return Reply(
        id=one.id,
        sender=one.sender,
        subject=one.subject,
        at=times.said(one.received_at, letter),
        words=words,
        quoted=quoted,
        files=tuple(map(str, files)) if isinstance(files, list) else (),
        is_read=one.seen_at is not None,
        is_elsewhere=one.sender.lower() != email.lower(),
    )
