"""
The local mailbox: a real SMTP server on loopback that keeps what it receives as files, and reads them back.

For a laptop and for tests: it hands nothing on. A mail is on disk, to stay, before it is answered with 250.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from emails.message import Attachment

if TYPE_CHECKING:
    from aiosmtpd.controller import Controller

LARGEST = 25 * 1024 * 1024
"""The largest mail that is taken, in bytes; nothing is kept in memory once it is answered."""

HOST = "127.0.0.1"


class LocalMailbox:
    """An SMTP server on 127.0.0.1 that stores mails in a folder; `port` 0 takes a free one."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.port = port
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens, as a mail server's URL; known once it has started."""
        return f"smtp://{HOST}:{self.port}?starttls=never"

    def start(self) -> None:
        """Listen, in a thread of its own; raises OSError with a sentence when the port is taken."""
        if self._controller is not None:
            return
        listener = _listener(self.port)
        self.port = listener.getsockname()[1]
        self._controller = _controller(listener, self.port, MessageStore(self.folder))
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; stopping twice is no harm."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


def _listener(port: int) -> socket.socket:
    """Take a port; the server gets the bound socket, so that nobody can take it in between."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        why = f"The local mailbox can't listen on {HOST}:{port}: {error.strerror}. Choose another port."
        raise OSError(error.errno, why) from error


def _controller(listener: socket.socket, port: int, store: MessageStore) -> Controller:
    from aiosmtpd.controller import Controller

    class OnListener(Controller):
        def _create_server(self) -> Awaitable[Any]:
            return self.loop.create_server(self._factory_invoker, sock=listener)

    return OnListener(
        _Handler(store), hostname=HOST, port=port, ready_timeout=30, data_size_limit=LARGEST, enable_SMTPUTF8=True
    )


class _Handler:
    """aiosmtpd's handler: it answers 250 once the mail is on disk."""

    def __init__(self, store: MessageStore) -> None:
        self._store = store

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        try:
            number = self._store.put(envelope.original_content, envelope.mail_from or "", envelope.rcpt_tos)
        except OSError as error:
            # aiosmtpd would say 500, and the mail would be given up for ever.
            return f"452 4.3.1 The local mailbox can't be written: {error.strerror or type(error).__name__}"
        return f"250 2.0.0 Kept in the local mailbox as {number}"


class MessageStore:
    """A folder of mails, numbered from 1; several processes may put into it at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = 0

    def put(self, content: bytes, sender: str, recipients: list[str]) -> int:
        """Store a mail durably with its envelope and return its number; the bytes are kept as they came."""
        envelope = {
            "sender": sender,
            "recipients": list(recipients),
            "received_at": datetime.now(UTC).isoformat(),
        }
        number = self._claimed(json.dumps(envelope).encode())
        whole = self._written(content)
        whole.replace(_path(self._folder, number))
        self._sync()
        return number

    def _claimed(self, envelope: bytes) -> int:
        """Take the next number by linking the envelope to it: a link fails where the name is taken."""
        written = self._written(envelope)
        number = self._last or max(_numbers(self._folder, "json"), default=0)
        while True:
            number += 1
            with contextlib.suppress(FileExistsError):
                _path(self._folder, number).with_suffix(".json").hardlink_to(written)
                break
        written.unlink()
        self._last = number
        return number

    def _written(self, content: bytes) -> Path:
        path = self._folder / f".{secrets.token_hex(8)}.part"
        with open(path, "xb", opener=_for_owner) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return path

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _for_owner(path: str, flags: int) -> int:
    """Open a file that nobody else may read: mails hold links that sign."""
    return os.open(path, flags, 0o600)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.eml"


def _numbers(folder: Path, ending: str) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob(f"[0-9]*.{ending}") if path.stem.isdecimal())


@dataclass(frozen=True)
class ReceivedMail:
    """A mail as it was received: its envelope, and what its reader sees, read from the file when it is asked for."""

    number: int
    path: Path
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime

    @property
    def raw(self) -> bytes:
        """The bytes as they came over the line, without dot-stuffing."""
        return self.path.read_bytes()

    @property
    def subject(self) -> str:
        """The subject in plain words."""
        return str(self._head["Subject"] or "")

    @property
    def date(self) -> datetime | None:
        """The mail's own date, or None where it has none that can be read."""
        return getattr(self._head["Date"], "datetime", None)

    @property
    def text(self) -> str:
        """The text part, or nothing."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part, or nothing. It came from a mail: show it shut in only."""
        return self._part("html")

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that came with it."""
        return tuple(_attachment(part) for part in self._message.iter_attachments())

    @cached_property
    def _head(self) -> EmailMessage:
        """Only the head: a list of thousands of mails needs no more."""
        with self.path.open("rb") as file:
            head = b"".join(iter(lambda: file.readline().rstrip(b"\r\n") + b"\n", b"\n"))
        return _parsed(head)

    @cached_property
    def _message(self) -> EmailMessage:
        return _parsed(self.raw)

    def _part(self, subtype: Literal["plain", "html"]) -> str:
        body = self._message.get_body((subtype,))
        return str(body.get_content()).replace("\r\n", "\n") if body else ""


def received(folder: Path, known: Collection[int] = ()) -> list[ReceivedMail]:
    """Return every mail of the mailbox but those that are known by their number, oldest first."""
    new = (number for number in _numbers(folder, "eml") if number not in known)
    return [mail for number in new if (mail := read(folder, number))]


def read(folder: Path, number: int) -> ReceivedMail | None:
    """Return one mail by its number, or None where there is none."""
    path = _path(folder, number)
    beside = path.with_suffix(".json")
    if not (path.exists() and beside.exists()):
        return None
    envelope = json.loads(beside.read_bytes())
    return ReceivedMail(
        number=number,
        path=path,
        sender=envelope["sender"],
        recipients=tuple(envelope["recipients"]),
        received_at=datetime.fromisoformat(envelope["received_at"]),
    )


def _parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    name = part.get_filename() or "attachment"
    return Attachment(name, part.get_content_type(), content if isinstance(content, bytes) else b"")
