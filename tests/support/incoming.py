"""What comes in by mail in tests: built for one mail of ours, and taken in as a pipe would bring it."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from workflow.campaigns.incoming import Arrived
from workflow.jobs import mailbox
from workflow.mails import return_paths
from workflow.models import Delivery
from workflow.tokens import Tokens

ADDRESSES = {"bounces": "bounces@example.org", "replies": "reply@example.org"}


def reads_mail(database) -> None:
    """Let an instance have addresses that mails come back to."""
    database.settings = database.settings.model_copy(update=ADDRESSES)


def mails(database, kind: str) -> list[Delivery]:
    """Return the mails of a kind, oldest first."""
    with database.reading() as session:
        return list(
            session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.queued_at, Delivery.id))
        )


def return_path(database, delivery: Delivery | str) -> str:
    """Return where a mail comes back to."""
    one = delivery if isinstance(delivery, str) else delivery.id
    return return_paths.of(database.settings, Tokens(database.settings.secrets()), one)


def reply_to(database, delivery: Delivery) -> str:
    """Return where answers to a mail go."""
    return return_paths.for_replies(database.settings, Tokens(database.settings.secrets()), delivery.id)


def come(database, content: bytes, *recipients: str) -> str:
    """Take a mail in, and return what it was."""
    return mailbox.take_in(database, Arrived(content, hashlib.sha256(content).hexdigest(), recipients))
