"""
A template and its data become one mail: MIME bytes that are the same for the same input, DKIM-signed when set.

Templates are folders of `subject.txt`, `body.txt` and `body.html`. Nothing that comes from outside reaches a header
unchecked.
"""

from __future__ import annotations

import email.policy
import functools
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

LARGEST = 10 * 1024 * 1024
"""The largest mail in bytes, as it goes over the wire: every big provider takes it."""

LONGEST_LOCAL_PART = 64
SIGNED_HEADERS = (b"from", b"to", b"subject", b"date", b"reply-to", b"message-id", b"content-type", b"mime-version")
POLICY = email.policy.SMTP.clone(cte_type="7bit", max_line_length=78)


class UnsafeHeader(ValueError):
    """An address, a name or a subject that cannot stand in a mail's head; says what to do."""


class TooLarge(ValueError):
    """The mail is larger than mail servers take."""


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


@dataclass(frozen=True, slots=True)
class DkimKey:
    """The key that signs for a domain: PEM of an RSA key, or an Ed25519 seed as base64."""

    domain: str
    selector: str
    private_key: bytes


def check_address(address: str) -> str:
    """Return an email address in its normal form; raises `UnsafeHeader` with what to do. No DNS is asked."""
    from email_validator import EmailNotValidError, validate_email

    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in address.strip()):
        raise UnsafeHeader("The email address has a line break or an invisible character in it. Type it by hand.")
    try:
        checked = validate_email(
            address.strip(), check_deliverability=False, test_environment=True, allow_quoted_local=False
        )
    except EmailNotValidError as error:
        raise UnsafeHeader(f"“{address.strip()[:100]}” is not an email address: {error}") from error
    if len(checked.local_part.encode()) > LONGEST_LOCAL_PART:
        raise UnsafeHeader(f"The part before the @ has at most {LONGEST_LOCAL_PART} characters.")
    return checked.normalized


def display_name(name: str) -> str:
    """Return a name fit for a header: no line breaks, no controls that turn the reading direction."""
    return "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp")).strip()


def build(
    templates: Path,
    name: str,
    data: Mapping[str, object],
    head: Head,
    attachments: Sequence[Attachment] = (),
    dkim: DkimKey | None = None,
) -> bytes:
    """
    Build the mail `name` from its templates; returns its bytes with CRLF line ends.

    Raises `UnsafeHeader` when the subject or an address cannot stand in a header, `TooLarge` over 10 MB.
    """
    subject = _subject(_render(templates, f"{name}/subject.txt", data))
    text = _render(templates, f"{name}/body.txt", data).strip("\n") + "\n"
    html = _inlined(templates, _render(templates, f"{name}/body.html", {**data, "subject": subject}))
    message = _message(head, subject)
    message.set_content(text, subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    for attachment in attachments:
        _attach(message, attachment)
    _fix_boundaries(message, head.message_id)
    content = message.as_bytes()
    if len(content) > LARGEST:
        raise TooLarge(
            f"The mail has {len(content) / 1e6:.1f} MB; mail servers take 10 MB. Make the attachments smaller."
        )
    return _signed(content, dkim) if dkim else content


def _render(templates: Path, name: str, data: Mapping[str, object]) -> str:
    return _environment(templates).get_template(name).render(data)


@functools.cache
def _environment(templates: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _inlined(templates: Path, html: str) -> str:
    stylesheet = templates / "mail.css"
    css = stylesheet.read_text() if stylesheet.exists() else ""
    inliner = css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, keep_at_rules=True)
    return inliner.inline(html)


def _subject(rendered: str) -> str:
    subject = rendered.strip()
    if "\n" in subject or "\r" in subject:
        raise UnsafeHeader("A subject has no line breaks. Write it on one line.")
    return display_name(subject)


def _message(head: Head, subject: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = _address(head.sender_name, head.sender)
    message["To"] = _address(head.recipient_name, head.recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(head.date)
    message["Message-ID"] = head.message_id
    if head.reply_to:
        message["Reply-To"] = _address("", head.reply_to)
    if head.auto_submitted:
        message["Auto-Submitted"] = "auto-generated"
    return message


def _address(name: str, address: str) -> Address:
    checked = check_address(address)
    local, _, domain = checked.rpartition("@")
    return Address(display_name(name), local, domain)


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind, _, subtype = attachment.media_type.partition("/")
    name = display_name(attachment.filename).replace("/", "-")
    if kind == "text":
        charset = "utf-8"
        message.add_attachment(
            attachment.content.decode(charset), subtype=subtype, charset=charset, cte="base64", filename=name
        )
        return
    message.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=name)


def _fix_boundaries(message: MIMEPart, seed: str) -> None:
    """Name the parts' boundaries after the Message-ID, so that the same mail has the same bytes."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{hashlib.sha256(f'{seed}/{number}'.encode()).hexdigest()[:32]}")


def _signed(content: bytes, key: DkimKey) -> bytes:
    """Prepend a DKIM signature; each header is listed once more than it occurs, so that none can be added."""
    import dkim

    ed25519 = not key.private_key.lstrip().startswith(b"-----")
    signer = dkim.DKIM(content)
    occurring = [name.lower() for name, _ in signer.headers]
    include = [name for name in SIGNED_HEADERS for _ in range(occurring.count(name) + 1)]
    signature: bytes = signer.sign(
        key.selector.encode(),
        key.domain.encode(),
        key.private_key,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=b"ed25519-sha256" if ed25519 else b"rsa-sha256",
        include_headers=include,
    )
    return signature + content
