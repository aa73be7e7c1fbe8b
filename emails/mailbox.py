"""
The local mailbox: a real SMTP server on loopback that keeps what it receives as files, and reads them back.

For a laptop and for tests: it hands nothing on. A mail is on disk before it is answered with 250.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

LARGEST = 25 * 1024 * 1024


class LocalMailbox:
    """An SMTP server on 127.0.0.1 that stores mails in a folder; `port` 0 takes a free one."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        from aiosmtpd.controller import Controller

        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._controller = Controller(
            _Keeper(folder),
            hostname="127.0.0.1",
            port=port,
            ready_timeout=30,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
        )

    @property
    def url(self) -> str:
        """Where it listens, as a mail server's URL."""
        return f"smtp://127.0.0.1:{self._controller.port}?starttls=never"

    def start(self) -> None:
        """Listen, in a thread of its own."""
        if self._controller.port == 0:
            # The controller reports port 0 for ever: take a free one first.
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self._controller.port = probe.getsockname()[1]
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()


class _Keeper:
    """aiosmtpd's handler: it answers 250 once the mail is on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        keep(self.folder, envelope.content, envelope.mail_from or "", list(envelope.rcpt_tos))
        return "250 2.0.0 Kept in the local mailbox"


def keep(folder: Path, content: bytes, sender: str, recipients: list[str]) -> int:
    """Store a mail durably under the next number and return that number; two processes never take the same."""
    fresh = folder / f".{secrets.token_hex(8)}"
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    number = max(_numbers(folder), default=0) + 1
    while True:
        try:
            # A link fails where the name is taken.
            (folder / f"{number:06}.eml").hardlink_to(fresh)
            break
        except FileExistsError:
            number += 1
    envelope = {"sender": sender, "recipients": recipients}
    (folder / f"{number:06}.json").write_text(json.dumps(envelope))
    fresh.unlink()
    _sync(folder)
    return number


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("[0-9]*.eml"))


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment of a received mail."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it was received."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    date: datetime | None
    text: str
    html: str
    attachments: tuple[Part, ...]
    raw: bytes


def received(folder: Path) -> list[ReceivedMail]:
    """Return every mail of the mailbox, oldest first."""
    return [mail for number in _numbers(folder) if (mail := read(folder, number))]


def read(folder: Path, number: int) -> ReceivedMail | None:
    """Return one mail by its number, or None."""
    path = folder / f"{number:06}.eml"
    if not path.exists():
        return None
    raw = path.read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    beside = path.with_suffix(".json")
    envelope: dict[str, Any] = {"sender": "", "recipients": [message["To"]]}
    if beside.exists():
        envelope = json.loads(beside.read_text())
    return ReceivedMail(
        number=number,
        sender=envelope["sender"],
        recipients=tuple(str(recipient) for recipient in envelope["recipients"]),
        subject=str(message["Subject"] or ""),
        date=parsedate_to_datetime(message["Date"]) if message["Date"] else None,
        text=_content(message, "plain"),
        html=_content(message, "html"),
        attachments=tuple(_part(part) for part in message.iter_attachments()),
        raw=raw,
    )


def _content(message: EmailMessage, subtype: Literal["plain", "html"]) -> str:
    body = message.get_body((subtype,))
    return str(body.get_content()) if body else ""


def _part(part: EmailMessage) -> Part:
    content = part.get_payload(decode=True)
    return Part(
        part.get_filename() or "attachment", part.get_content_type(), content if isinstance(content, bytes) else b""
    )
