"""Mails of anybody, read by the standard library without what it takes too long for or stumbles over. Pure."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32

LONGEST_HEADER = 4000
SLOW = ("punycode", "idna")
"""What takes the square of the length to decode, and nobody writes a mail in."""
BROKEN = (RecursionError, ValueError, LookupError, AttributeError, TypeError, AssertionError)
"""What the parser of the standard library raises for heads and types that are broken."""
MOST_DEEP = 5
"""So deep a mail may be the file of another one."""


class _Bounded(Compat32):
    """Heads are cut before anything looks into them: the standard library takes the square of their parameters."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        kept = []
        left = LONGEST_HEADER
        for line in sourcelines:
            if left <= 0:
                break
            kept.append(line[:left])
            left -= len(line)
        name, value = super().header_source_parse(kept)
        return name, str(value)


HEADS = _Bounded()


def decoded(value: str) -> str:
    """Return a header in words; what is encoded in a way that nobody knows stays as it stands."""
    try:
        return "".join(
            part.decode(charset or "ascii", "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(value)
        )
    except (ValueError, LookupError, HeaderParseError):
        return value


def in_charset(content: bytes, charset: str | None) -> str:
    """Return words in what they say that they are encoded in, else as most mails are; nothing is refused."""
    for one in (charset, "utf-8", "latin-1"):
        if one:
            with contextlib.suppress(LookupError, ValueError):
                if codecs.lookup(one).name not in SLOW:
                    return content.decode(one)
    return content.decode("utf-8", "replace")


def said_in(content: bytes, deep: int = 0) -> Iterator[str]:
    """
    Give what a mail says, whoever wrote it: its headers, each part that is text, and mails that are files of it.

    What cannot be read as a mail is given as it stands.
    """
    try:
        waiting = [message_from_bytes(content, policy=HEADS)]
    except BROKEN:
        yield content.decode("utf-8", "replace")
        return
    while waiting:
        part = waiting.pop()
        below = part.get_payload()
        if isinstance(below, list):
            waiting += [one for one in reversed(below) if isinstance(one, Message)]
        try:
            yield from list(_said_by(part, deep))
        except BROKEN:
            yield str(below) if isinstance(below, str) else ""


def _said_by(part: Message, deep: int) -> Iterator[str]:
    for name, value in part.raw_items():
        yield f"{name}: {decoded(str(value).encode('utf-8', 'surrogateescape').decode('utf-8', 'replace'))}"
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return
    if part.get_content_maintype() == "text" or part.get_content_type() == "application/json":
        yield in_charset(payload, part.get_content_charset())
    elif deep < MOST_DEEP and (part.get_filename() or "").lower().endswith(".eml"):
        yield from said_in(payload, deep + 1)
