"""Mails to compare."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from emails.message import (
    Attachment,
    DkimKey,
    Head,
    build,
)

HEAD = Head(
    sender="letters@example.org",
    sender_name="Ana García via Undersigned",
    recipient="office@example.test",
    recipient_name="John F. Kerry",
    message_id="<0192-abcd@letters.example.org>",
    date=datetime(2026, 11, 23, 14, 2, tzinfo=UTC),
    reply_to="ana@coalition.example",
)
DATA = {"title": "Protect the river", "name": "Zoë <b>", "body": "Dear Minister,\n\nWe ask … “now”."}


def made(
    templates: Path, *attachments: Attachment, head: Head = HEAD, key: DkimKey | None = None, **data: str
) -> bytes:
    return build(templates, "invitation", {**DATA, **data}, head, attachments, key)
