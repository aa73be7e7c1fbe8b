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
from emails.dkim import DkimKey, signature
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
    return put_together(render(templates, name, data, translations), head, attachments, dkim)


def put_together(
    words: Words, head: Head, attachments: Sequence[Attachment] = (), dkim: DkimKey | None = None
) -> bytes:
    """Return the mail that says these words; raises what `build` raises."""
    opening = headers.written(head, words.subject)
    text, html = [quoted_printable(words.text)], [quoted_printable(words.html)]
    return b"".join(assembled(head, opening, text, html, [*map(file_part, attachments)], dkim))


def assembled(
    head: Head,
    opening: bytes,
    text: Sequence[bytes],
    html: Sequence[bytes],
    files: Sequence[bytes] = (),
    dkim: DkimKey | None = None,
) -> list[bytes]:
    """
    Return a mail as the pieces that it is joined from; its bodies (encoded already) and its files are not copied.

    `opening` is its head as it is written. Raises `MailTooLargeError`, `DkimKeyError`.
    """
    both = _multipart("alternative", head.message_id, [[TEXT, *text], [HTML, *html]])
    body = _multipart("mixed", head.message_id, [both, *([file] for file in files)]) if files else both
    pieces = [opening, *body]
    if dkim is not None:
        pieces.insert(0, signature(b"".join(pieces), dkim, head.date))
    check_size(sum(map(len, pieces)))
    return pieces


def check_size(size: int) -> None:
    """Raise `MailTooLargeError` for a mail of more than 10 MB."""
    if size > LARGEST:
        raise MailTooLargeError(
            f"The mail has {size / 1024**2:.1f} MB with its attachments; mail servers take "
            f"{LARGEST // 1024**2} MB. Make the attachments smaller."
        )


# --- what stands in the body ----------------------------------------------------------------------------------------


def _text_head(subtype: str) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode()


TEXT, HTML = _text_head("plain"), _text_head("html")


def _multipart(subtype: str, seed: str, parts: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Put parts together; the boundary comes from the Message-ID, and `=_` occurs in no part: all are encoded."""
    boundary = "=_" + hashlib.sha256(f"{subtype} {seed}".encode()).hexdigest()[:32]
    pieces = [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()]
    for part in parts:
        pieces += [f"--{boundary}\r\n".encode(), *part, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def quoted_printable(lines: str) -> bytes:
    """Encode whole lines, each for itself: short and in 7 bits, so that nothing on the way rewrites them."""
    return binascii.b2a_qp(_with_crlf(f"{lines}\n").encode(), istext=True)


def _with_crlf(lines: str) -> str:
    return lines.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def file_part(attachment: Attachment) -> bytes:
    """Return a file as it stands in a mail."""
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
    return f"{stem[:60].rstrip('-. ') or 'attachment'}{ending}"


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
