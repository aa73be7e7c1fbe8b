"""What stands in the head of a mail. Nothing that comes from outside reaches it unchecked."""

from __future__ import annotations

import base64
import functools
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import base64mime, quoprimime
from email.header import Header
from email.utils import format_datetime

from emails.addresses import check_address, in_ascii
from emails.errors import HeaderError

LONGEST_LINE = 76
LONGEST_WORD = 60
"""Longer words are encoded, for a plain line can be folded at its blanks only."""
BREAKS = ("Cc", "Zl", "Zp", "Cs")
"""Unicode's controls, line and paragraph separators and lone surrogates: none of them can stand in a header."""
DIRECTION_MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""They turn the reading direction: a name could be made to look like another one."""
NOTE = "Undersigned-Head"
MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
ONE_CLICK = "List-Unsubscribe=One-Click"
"""What a mail program posts to that address, and nothing else (RFC 8058 section 3.1)."""
ADDRESS = re.compile(r"https?://[!-;=?-~]+")
LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class Head:
    """Whom a mail is from and to, and what names it; `date` is aware, `message_id` has its angle brackets."""

    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    message_id: str
    date: datetime
    reply_to: str | None = None
    auto_submitted: bool = True
    unsubscribe: str = ""
    """The address by which whoever reads stops more of the kind, with one press (RFC 8058); empty: there is none."""
    in_reply_to: str = ""
    """The Message-ID of the mail that a machine answers with this one; empty: it answers none."""
    note: str = ""
    """A signed note that the mail carries along, so that whoever keeps the mail keeps it too; empty: none."""


def display_name(name: str) -> str:
    """Return a name fit for a header: one line, single blanks, nothing that turns the reading direction."""
    return fit(name, "name")


def fit(words: str, what: str) -> str:
    """Return what a header is to say; raises `HeaderError` when it has a line break or a control character."""
    if words.isprintable():
        return re.sub(" +", " ", words).strip() if "  " in words else words.strip()
    found = next((c for c in words if unicodedata.category(c) in BREAKS and c != "\t"), None)
    if found is not None:
        raise HeaderError(
            f"The {what} has a line break or a control character in it (U+{ord(found):04X}). Write it on one line."
        )
    return re.sub(r"[ \t]+", " ", words.translate(DIRECTION_MARKS)).strip()


def written(head: Head, subject: str) -> bytes:
    """Return the head of a mail; raises `HeaderError` for what cannot stand in one."""
    offset = head.date.utcoffset()
    if offset is None:
        raise ValueError("A mail's date needs its time zone.")
    if not MESSAGE_ID.fullmatch(head.message_id):
        raise HeaderError(f"“{head.message_id[:100]}” is no Message-ID: it is written <unique@domain>.")
    if head.in_reply_to and not MESSAGE_ID.fullmatch(head.in_reply_to):
        raise HeaderError(f"“{head.in_reply_to[:100]}” is no Message-ID: it is written <unique@domain>.")
    fields = {
        "From": _mailbox("From", head.sender_name, head.sender),
        "To": _mailbox("To", head.recipient_name, head.recipient),
        "Reply-To": _mailbox("Reply-To", "", head.reply_to) if head.reply_to else "",
        "Subject": _encoded("Subject", subject),
        "Date": _date(head.date, offset),
        "Message-ID": head.message_id,
        "In-Reply-To": head.in_reply_to,
        "MIME-Version": "1.0",
        "Auto-Submitted": _submitted(head),
        "List-Unsubscribe": _address_of_a_page(head.unsubscribe) if head.unsubscribe else "",
        "List-Unsubscribe-Post": ONE_CLICK if head.unsubscribe else "",
        NOTE: _carried(head.note),
    }
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value).encode()


def _address_of_a_page(url: str) -> str:
    """Return a web address as a header has it; raises `HeaderError` for what is none."""
    if len(url) > LONGEST_ADDRESS or not ADDRESS.fullmatch(url):
        raise HeaderError(
            f"“{url[:100]}” is no address of a page: it is written like https://letters.example.org/stop."
        )
    return f"<{url}>"


def _submitted(head: Head) -> str:
    """Return by what nobody's program answers a mail of a machine (RFC 3834)."""
    if head.in_reply_to:
        return "auto-replied"
    return "auto-generated" if head.auto_submitted else ""


@functools.lru_cache(maxsize=64)
def _carried(note: str) -> str:
    """Return a note as base64 in short lines: whoever reads it takes the blanks out."""
    encoded = base64.b64encode(note.encode()).decode()
    size = LONGEST_LINE - len(NOTE) - len(": ")
    return "\r\n ".join(encoded[start : start + size] for start in range(0, len(encoded), size))


@functools.lru_cache
def _date(moment: datetime, offset: timedelta) -> str:
    """The same moment is another date in each zone, though it is equal."""
    return format_datetime(moment)


@functools.lru_cache(maxsize=1024)
def _mailbox(field: str, name: str, address: str) -> str:
    """Return a name and its address as a header has them (RFC 5322 section 3.4, RFC 2047)."""
    address = in_ascii(check_address(address))
    shown = display_name(name)
    if not shown:
        return address
    if shown.isascii() and "=?" not in shown and len(shown) < LONGEST_LINE // 2:
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    else:
        phrase = _words(field, shown)
    line = f"{field}: {phrase}".rpartition("\r\n")[2]
    fold = "\r\n" if len(line) + len(address) + 3 > LONGEST_LINE else ""
    return f"{phrase}{fold} <{address}>"


@functools.lru_cache(maxsize=1024)
def _encoded(field: str, text: str) -> str:
    """Return unstructured text as a header has it: plain and folded at blanks, or in encoded words (RFC 2047)."""
    plain = text.isascii() and "=?" not in text and all(len(word) < LONGEST_WORD for word in text.split())
    if not plain:
        return _words(field, text)
    return Header(text, "us-ascii", LONGEST_LINE, field).encode(linesep="\r\n")


def _words(field: str, text: str) -> str:
    """Return encoded words; where one is enough, without `Header`, which takes a hundred times as long to find out."""
    encoded = text.encode()
    in_base64 = base64mime.header_length(encoded) < quoprimime.header_length(encoded)
    one = base64mime.header_encode(encoded, "utf-8") if in_base64 else quoprimime.header_encode(encoded, "utf-8")
    if text.isprintable() and len(field) + len(": ") + len(one) <= LONGEST_LINE:
        return one
    return Header(text, "utf-8", LONGEST_LINE, field).encode(linesep="\r\n")
