"""Heads, parts and words of a mail, as far as they are looked at; nothing is refused, nothing is looked at for long."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses

from emails.parsing import LONGEST_HEADER, decoded, in_charset
from emails.transport.replies import said

MOST_PARTS = 60
MOST_DEEP = 12
MOST_HEADERS = 400
LONGEST_WORDS = 60_000
"""So much of a text is searched for a status or an address."""

ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,200}")
DAEMONS = re.compile(
    r"^(mailer[-_.]?daemon|post-?master|mail[-_.]?delivery|mdaemon|mmdf|mail\.?system|deliverystatus|noreply-mdn|"
    r"bounces?|microsoftexchange[0-9a-f]*|daemon|uucp|smtp|mailadmin|root|mail-?errors?|nondelivery|postbote)"
    r"([-+_.][^@]*)?@",
    re.IGNORECASE,
)


def mailboxes(message: Message, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the (name, address) pairs that stand in heads of these names, in small letters; not too many."""
    found = []
    for name in names:
        for value in values(message, name)[:10]:
            words = decoded(value)
            found += [(who, one_line(at)[:254].lower()) for who, at in getaddresses([words])[:50] if "@" in at]
    return found


def header(message: Message, name: str) -> str:
    """Return what a head says, decoded; the first of its name."""
    return decoded(next(iter(values(message, name)), ""))


def values(message: Message, name: str) -> list[str]:
    """Return what a head says under a name, each time; letters beyond ASCII that stand there as they are, too."""
    wanted = name.lower()
    found = [str(value)[:LONGEST_HEADER] for known, value in message.raw_items() if known.lower() == wanted]
    return [value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in found]


def one_line(words: str) -> str:
    """Return words as one line of what prints."""
    return said(words)


def has_null_sender(message: Message) -> bool:
    """Whether it was sent from nobody, so that it is never answered: `<>`."""
    return str(message.get("Return-Path", "")).strip() == "<>"


def address_in(words: str) -> str:
    """Return the address that stands in words, in small letters; else the words."""
    found = ADDRESS.search(words)
    return found[0].strip(".").lower()[:254] if found else one_line(words)[:254].lower()


# --- parts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail: its type in small letters, and how deep it lies."""

    message: Message
    kind: str
    deep: int


def parts_of(message: Message) -> Iterator[Part]:
    """Give the parts of a mail in order, not too many, and none of a mail that lies deep within others."""
    waiting = [Part(message, type_of(message), 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        below = part.message.get_payload()
        if isinstance(below, list) and part.deep < MOST_DEEP:
            waiting += [Part(one, type_of(one), part.deep + 1) for one in reversed(below) if isinstance(one, Message)]


def type_of(message: Message) -> str:
    """Return the type of a part, in small letters."""
    return message.get_content_type().lower()


def payload(part: Message) -> str:
    """Return the words of a part, in whatever they are encoded."""
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else str(part.get_payload() or "").encode("utf-8", "replace")
    return in_charset(content[: 4 * LONGEST_WORDS], part.get_content_charset())[:LONGEST_WORDS]


def file_name(part: Message) -> str:
    """Return what a file that came along is called; empty: it is none."""
    name = ""
    with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
        name = part.get_filename() or ""
    if not name and part.get_content_disposition() == "attachment":
        name = type_of(part)
    return one_line(decoded(name[:LONGEST_HEADER]))[:150]


# --- HTML -------------------------------------------------------------------------------------------------------------

BREAKING = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
UNSEEN = re.compile(r"<\s*(style|script|head|title)\b", re.IGNORECASE)
MARK = re.compile(r"<[^<>]{0,2000}>")


def without_marks(html: str) -> str:
    """Return the words of HTML: nothing of it is ever shown as HTML."""
    from html import unescape

    kept, rest = [], html
    while found := UNSEEN.search(rest):
        kept.append(rest[: found.start()])
        end = rest.lower().find(f"</{found[1].lower()}", found.end())
        rest = rest[end:] if end >= 0 else ""
        if len(kept) > 50:
            break
    text = "".join([*kept, rest]).replace("\r", "").replace("\n", " ")
    return unescape(MARK.sub("", BREAKING.sub("\n", text)))
