"""
What a mail that comes in is: one of ours that came back, a complaint, what a machine answered, or what somebody wrote.

Pure: bytes in, findings out. Whatever the bytes are, it ends soon and raises nothing. It says nothing of whether a mail
is to be believed: that only a signed address does (`emails.return_path`).
"""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Literal

from emails.bounces.answers import NOBODYS, file_names, is_automatic, looks_away, written
from emails.bounces.failed import Failed
from emails.bounces.parts import MOST_HEADERS, header, mailboxes, one_line, parts_of
from emails.bounces.reports import addresses_inside, reported
from emails.bounces.words import by_its_words
from emails.parsing import BROKEN, HEADS

__all__ = ["Failed", "Incoming", "Kind", "read"]

Kind = Literal["returned", "delayed", "delivered", "automatic", "complaint", "reply", "unreadable"]
MOST_READ = 1024 * 1024
"""So many bytes are looked at: what a report says stands before the mail that it returns."""
MOST_DETECTED = 200_000
"""So many of them by Mailman’s detectors, which look at each line in a dozen ways."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a mail is, and what stands in it."""

    kind: Kind
    failed: tuple[Failed, ...] = ()
    """Of a mail that came back or is on its way: the addresses that it is about."""
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    message_id: str = ""
    addresses: tuple[str, ...] = ()
    """To whom it came, as its head says."""
    inside: tuple[str, ...] = ()
    """Of a report: the addresses that stand in what it says, and in the head of the mail that it returns."""
    text: str = ""
    """What somebody wrote, as plain text."""
    attachments: tuple[str, ...] = ()
    """The names of the files that came with it."""
    may_be_automatic: bool = False
    """A machine may have written it, by its subject or its sender's name alone: it is read, and never answered."""

    @property
    def worst(self) -> Failed:
        """The address of which a report says the most."""
        return next((one for one in self.failed if one.is_hard), self.failed[0] if self.failed else Failed(""))


def read(content: bytes, *, to_return_path: bool = False) -> Incoming:
    """
    Return what a mail is, from its bytes; `to_return_path`: it came to where only what is returned comes.

    Only the first megabyte is looked at. What cannot be read as a mail is `unreadable`.
    """
    try:
        message = message_from_bytes(content[:MOST_READ], policy=HEADS)
        return _read(message, content[:MOST_DETECTED], to_return_path)
    except BROKEN:
        return Incoming("unreadable")


def _read(message: Message, begins: bytes, to_return_path: bool) -> Incoming:
    if not message.keys() or len(message.keys()) > MOST_HEADERS:
        return Incoming("unreadable")
    parts = list(parts_of(message))
    head = _head(message)
    report = reported(message, parts)
    if report is None:
        report = by_its_words(message, parts, begins, to_return_path)
    if report is not None:
        kind, failed = report
        inside = tuple(dict.fromkeys(addresses_inside(parts)))
        return Incoming(kind, failed, *head, inside=inside)
    if is_automatic(message) or to_return_path:
        return Incoming("automatic", (), *head)
    sender, _, subject, *_ = head
    doubtful = looks_away(subject) or NOBODYS.match(sender) is not None
    return Incoming("reply", (), *head, text=written(parts), attachments=file_names(parts), may_be_automatic=doubtful)


def _head(message: Message) -> tuple[str, str, str, str, tuple[str, ...]]:
    """Return from whom it is, their name, its subject, its Message-ID and to whom it came."""
    name, sender = next(iter(mailboxes(message, ("From",))), ("", ""))
    to = (
        "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Original-Recipient",
        "To", "Cc", "Resent-To",
    )  # fmt: skip
    found = tuple(dict.fromkeys(address for _, address in mailboxes(message, to)))
    message_id = one_line(header(message, "Message-ID"))[:200]
    return sender, one_line(name)[:200], one_line(header(message, "Subject"))[:300], message_id, found
