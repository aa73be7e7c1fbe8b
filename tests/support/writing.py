"""Mails to compare."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emails.dkim import DkimKey
from emails.headers import Head
from emails.message import (
    Attachment,
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


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not any(part.defects for part in message.walk())
    return message


def addressee(content: bytes) -> tuple[str, str]:
    """Read To as RFC 2047 has it: Python 3.11's newer parser puts blanks between the encoded words of a name."""
    name, address = parseaddr(email.message_from_bytes(content)["To"])
    return str(make_header(decode_header(name))), address


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def rsa_key() -> DkimKey:
    return DkimKey("example.org", "sel", pem(rsa.generate_private_key(65537, 2048)))
