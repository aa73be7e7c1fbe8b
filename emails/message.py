"""
A template and its data become one mail: MIME bytes that are the same for the same input, DKIM-signed when set.

The MIME is written here, not by `EmailMessage`: that one takes 1.6 ms a mail, names its boundaries at random and loses
blanks when it folds words beyond ASCII (Python 3.11).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from emails import headers
from emails.dkim import DkimKey, signed
from emails.errors import HeaderError, MailTooLargeError
from emails.headers import Head
from emails.rendering import Words, render

if TYPE_CHECKING:
    from gettext import NullTranslations as Translations

LARGEST = 10 * 1024 * 1024
"""The largest mail in bytes, as it goes over the wire: every big provider takes it."""

MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the mail; `media_type` is like application/pdf."""

    filename: str
    media_type: str
    content: bytes


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

    What its words are is said in `emails.rendering`. Raises `HeaderError` when the subject, a name or an address cannot
    stand in a header, `MailTooLargeError` over 10 MB, `DkimKeyError`.
    """
    words = render(templates, name, data, translations)
    content = headers.written(head, words.subject) + _body(words, attachments, head.message_id)
    if dkim is not None:
        content = signed(content, dkim, head.date)
    check_size(content)
    return content


def check_size(content: bytes) -> None:
    """Raise `MailTooLargeError` for a mail of more than 10 MB."""
    if len(content) > LARGEST:
        raise MailTooLargeError(
            f"The mail has {len(content) / 1024**2:.1f} MB with its attachments; mail servers take "
            f"{LARGEST // 1024**2} MB. Make the attachments smaller."
        )


# --- what stands in the head ----------------------------------------------------------------------------------------


def _body(words: Words, attachments: Sequence[Attachment], seed: str) -> bytes:
    both = _multipart("alternative", seed, [_text_part("plain", words.text), _text_part("html", words.html)])
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
    stem, ending = _split(re.sub(r"[/\\]", "-", headers.display_name(name)).lstrip("."))
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
