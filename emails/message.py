"""
A template and its data become one mail: MIME bytes that are the same for the same input, DKIM-signed when set.

Nothing that comes from outside reaches a header unchecked. The MIME is written here, not by `EmailMessage`: that one
takes 1.6 ms a mail, names its boundaries at random and loses blanks when it folds words beyond ASCII (Python 3.11).
"""

from __future__ import annotations

import base64
import binascii
import functools
import gettext
import hashlib
import html
import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from emails.dkim import DkimKey, signed
from emails.errors import AddressError, HeaderError, MailTooLargeError

if TYPE_CHECKING:
    from gettext import NullTranslations as Translations

    from css_inline import CSSInliner

__all__ = [
    "LARGEST",
    "Attachment",
    "DkimKey",
    "Head",
    "build",
    "check_address",
    "display_name",
    "size",
    "spellings",
]

LARGEST = 10 * 1024 * 1024
"""The largest mail in bytes, as it goes over the wire: every big provider takes it."""

LONGEST_LOCAL_PART = 64
LONGEST_LINE = 76
LONGEST_WORD = 60
"""Longer words are encoded, for a plain line can be folded at its blanks only."""
BREAKS = ("Cc", "Zl", "Zp", "Cs")
"""Unicode's controls, line and paragraph separators and lone surrogates: none of them can stand in a header."""
DIRECTION_MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""They turn the reading direction: a name could be made to look like another one."""
MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the mail; `media_type` is like application/pdf."""

    filename: str
    media_type: str
    content: bytes


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


def build(
    templates: Path,
    name: str,
    data: Mapping[str, object],
    head: Head,
    attachments: Sequence[Attachment] = (),
    dkim: DkimKey | None = None,
    translations: Translations | None = None,
) -> bytes:
    """
    Build the mail of the folder `name` in `templates`; returns its bytes with CRLF line ends.

    The templates' messages are said as `translations` (a gettext catalogue) has them, else as they stand.

    The folder has `subject.txt`, `body.txt` and `body.html`; the HTML gets the styles of `mail.css` beside it on its
    elements, as mail programs want it. The bodies know the subject as `subject`. Raises `HeaderError` when the
    subject, a name or an address cannot stand in a header, `MailTooLargeError` over 10 MB, `DkimKeyError`.
    """
    environment = _environment(templates, translations)
    subject = _line(_render(environment, f"{name}/subject.txt", data).strip(), "subject")
    if not subject:
        raise HeaderError("The mail has no subject. Give the letter a title.")
    bodies = {**data, "subject": subject}
    text = _render(environment, f"{name}/body.txt", bodies).strip("\n")
    styled = _inliner(templates).inline(_render(environment, f"{name}/body.html", bodies))
    content = _head(head, subject) + _body(text, styled, attachments, head.message_id)
    if dkim is not None:
        content = signed(content, dkim, head.date)
    size(content)
    return content


def size(content: bytes) -> int:
    """Return how many bytes a mail has; raises `MailTooLargeError` over 10 MB."""
    if len(content) > LARGEST:
        raise MailTooLargeError(
            f"The mail has {len(content) / 1024**2:.1f} MB with its attachments; mail servers take "
            f"{LARGEST // 1024**2} MB. Make the attachments smaller."
        )
    return len(content)


# --- what stands in the head ----------------------------------------------------------------------------------------


def check_address(address: str) -> str:
    """
    Return an email address in its normal form; raises `AddressError` with what to do.

    No DNS is asked. Blanks around it are dropped; example.org and .test are allowed. Source: RFC 5321, 5322, 6531.
    """
    from email_validator import EmailNotValidError, validate_email

    address = address.strip(" \t\xa0")
    if any(unicodedata.category(c) in (*BREAKS, "Cf") for c in address):
        raise AddressError("The email address has a line break or an invisible character in it. Type it by hand.")
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressError(
            f"“{address[:100]}” is not an email address: {error} Write it like name@example.org."
        ) from error
    if max(len(checked.local_part), len(checked.local_part.encode())) > LONGEST_LOCAL_PART:
        raise AddressError(
            f"The part before the @ is too long: mail servers take {LONGEST_LOCAL_PART} characters. Check the address."
        )
    return checked.normalized


def spellings(address: str) -> tuple[str, ...]:
    """Return an address in small letters, with its domain as people and as DNS write it; raises `AddressError`."""
    known = check_address(address)
    return tuple(dict.fromkeys((known.lower(), _in_ascii(known).lower())))


def display_name(name: str) -> str:
    """Return a name fit for a header: one line, single blanks, nothing that turns the reading direction."""
    return _line(name, "name")


def _line(words: str, what: str) -> str:
    """Return what a header is to say; raises `HeaderError` when it has a line break or a control character."""
    found = next((c for c in words if unicodedata.category(c) in BREAKS and c != "\t"), None)
    if found is not None:
        raise HeaderError(
            f"The {what} has a line break or a control character in it (U+{ord(found):04X}). Write it on one line."
        )
    return re.sub(r"[ \t]+", " ", words.translate(DIRECTION_MARKS)).strip()


def _head(head: Head, subject: str) -> bytes:
    if head.date.tzinfo is None:
        raise ValueError("A mail's date needs its time zone.")
    if not MESSAGE_ID.fullmatch(head.message_id):
        raise HeaderError(f"“{head.message_id[:100]}” is no Message-ID: it is written <unique@domain>.")
    fields = {
        "From": _mailbox("From", head.sender_name, head.sender),
        "To": _mailbox("To", head.recipient_name, head.recipient),
        "Reply-To": _mailbox("Reply-To", "", head.reply_to) if head.reply_to else "",
        "Subject": _encoded("Subject", subject),
        "Date": format_datetime(head.date),
        "Message-ID": head.message_id,
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated" if head.auto_submitted else "",
    }
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value).encode()


def _mailbox(field: str, name: str, address: str) -> str:
    """Return a name and its address as a header has them (RFC 5322 section 3.4, RFC 2047)."""
    address = _in_ascii(check_address(address))
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


def _in_ascii(address: str) -> str:
    """Return an address with its domain as DNS has it; only a local part beyond ASCII needs SMTPUTF8."""
    import idna

    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _encoded(field: str, text: str) -> str:
    """Return unstructured text as a header has it: plain and folded at blanks, or in encoded words (RFC 2047)."""
    plain = text.isascii() and "=?" not in text and all(len(word) < LONGEST_WORD for word in text.split())
    if not plain:
        return _words(field, text)
    return Header(text, "us-ascii", LONGEST_LINE, field).encode(linesep="\r\n")


def _words(field: str, text: str) -> str:
    return Header(text, "utf-8", LONGEST_LINE, field).encode(linesep="\r\n")


# --- what stands below it -------------------------------------------------------------------------------------------


def _body(text: str, html: str, attachments: Sequence[Attachment], seed: str) -> bytes:
    both = _multipart("alternative", seed, [_text_part("plain", text), _text_part("html", html)])
    return _multipart("mixed", seed, [both, *map(_file_part, attachments)]) if attachments else both


def _multipart(subtype: str, seed: str, parts: Sequence[bytes]) -> bytes:
    """Join parts; the boundary comes from the Message-ID, and `=_` occurs in no part: all are encoded."""
    boundary = "=_" + hashlib.sha256(f"{subtype} {seed}".encode()).hexdigest()[:32]
    opening = f"--{boundary}\r\n".encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(opening + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _text_part(subtype: str, text: str) -> bytes:
    """Quoted-printable: short lines and 7 bits whatever the text is, so that nothing on the way rewrites it."""
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text) + "\r\n"
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + binascii.b2a_qp(lines.encode(), istext=True)


def _file_part(attachment: Attachment) -> bytes:
    if not MEDIA_TYPE.fullmatch(attachment.media_type):
        raise HeaderError(f"“{attachment.media_type[:100]}” is no media type: it is written like application/pdf.")
    name = _file_name(attachment.filename)
    head = (
        f'Content-Type: {attachment.media_type};\r\n name="{_ascii_name(name)}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_filename(name)}\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    """Return a file's name without folders, short enough for SMTP's 998 bytes a line in any script."""
    stem, ending = _split(re.sub(r"[/\\]", "-", display_name(name)).lstrip("."))
    return f"{stem[:60] or 'attachment'}{ending}"


def _filename(name: str) -> str:
    """Return the parameter that names a file: plain in ASCII, else as RFC 2231 has it (`name=` is beside it)."""
    return f'filename="{name}"' if _ascii_name(name) == name else f"filename*=utf-8''{quote(name, safe='')}"


def _ascii_name(name: str) -> str:
    stem, ending = _split(name)
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return (re.sub(r"[^A-Za-z0-9._ -]+", "-", letters).strip("-. ") or "attachment") + ending


def _split(name: str) -> tuple[str, str]:
    """Return a file's name and its ending, such as .docx; what does not look like an ending is none."""
    ending = re.search(r"\.[A-Za-z0-9]{1,10}\Z", name)
    return (name[: ending.start()], ending[0]) if ending else (name, "")


# --- templates ------------------------------------------------------------------------------------------------------


def _render(environment: Environment, name: str, data: Mapping[str, object]) -> str:
    return environment.get_template(name).render(data)


@functools.cache
def _environment(templates: Path, translations: Translations | None) -> Environment:
    """Templates are compiled once; a name that the data lacks is an error, never an empty place."""
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    catalogue = translations or gettext.NullTranslations()
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(plain=_plain, filled=_filled)
    return environment


def _plain(words: str) -> str:
    """Return a sentence that an HTML template says as a plain text mail does: in one line, with nothing escaped."""
    return re.sub("[ \n]+", " ", html.unescape(words)).strip()


def _filled(words: str, width: int = 72) -> str:
    """Return such a sentence in lines of at most `width` columns; a long address stays whole."""
    return textwrap.fill(_plain(words), width, break_long_words=False, break_on_hyphens=False)


@functools.cache
def _inliner(templates: Path) -> CSSInliner:
    """What puts the styles on the elements; nothing is loaded from elsewhere, media queries stay."""
    import css_inline

    stylesheet = templates / "mail.css"
    css = stylesheet.read_text(encoding="utf-8") if stylesheet.exists() else ""
    return css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, keep_at_rules=True)
