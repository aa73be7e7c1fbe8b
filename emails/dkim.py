"""
DKIM: sign a finished mail for our domain (RFC 6376; Ed25519: RFC 8463), relaxed/relaxed, by OpenSSL.

Each header that tells a reader something is signed once more than it occurs, so that none can be added on the way.
Never signs with `l=`, which would let text be appended. The same mail and key give the same signature.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from emails.errors import DkimKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

OVERSIGNED = ("from", "to", "cc", "subject", "date", "reply-to", "message-id", "content-type")
SIGNED = (
    *OVERSIGNED,
    "mime-version",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "undersigned-head",
)
SHORTEST_RSA = 1024
"""In bits; verifiers take no shorter key (RFC 8301)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """The key that signs for a domain: the PEM of an RSA or Ed25519 private key, without a password."""

    domain: str
    selector: str
    private_key: bytes = field(repr=False)

    @property
    def record_name(self) -> str:
        """Where the DNS record has to stand."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record that the operator publishes (RFC 6376 section 3.6.1); raises `DkimKeyError`."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key, algorithm = _loaded(self.private_key)
        if algorithm == "rsa-sha256":
            kind, public = "rsa", key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind, public = "ed25519", key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"


def signature(content: bytes, key: DkimKey, at: datetime) -> bytes:
    """
    Return the header that goes in front of a mail; its lines must end with CRLF, and nothing may change after this.

    `at` is the time that the signature bears. Raises `DkimKeyError`.
    """
    head, _, body = content.partition(b"\r\n\r\n")
    headers = _headers(head + b"\r\n")
    unsigned = _field(headers, _relaxed_body(body), key, at)
    data = _selected(headers) + _relaxed_header(unsigned).removesuffix(b"\r\n")
    made = base64.b64encode(_sign(key.private_key, data)).decode()
    lines = "".join(f"\r\n {made[start : start + 72]}" for start in range(0, len(made), 72))
    return unsigned.removesuffix(b"\r\n") + lines.encode() + b"\r\n"


def _field(headers: list[tuple[str, bytes]], body: bytes, key: DkimKey, at: datetime) -> bytes:
    """Return the signature's header with an empty b=, as it is itself signed."""
    algorithm = _loaded(key.private_key)[1]
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    names = ":\r\n  ".join(":".join(group) for group in _in_groups(_names(headers)))
    return (
        f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={key.domain};\r\n"
        f" s={key.selector}; t={int(at.timestamp())};\r\n"
        f" bh={digest};\r\n"
        f" h={names};\r\n"
        f" b=\r\n"
    ).encode("ascii")


def _in_groups(names: list[str]) -> list[list[str]]:
    return [names[start : start + 5] for start in range(0, len(names), 5)]


def _names(headers: list[tuple[str, bytes]]) -> list[str]:
    """Return the h= list: every occurrence, and once more what must not be added."""
    occurring = [name for name, _ in headers]
    return [name for name in SIGNED for _ in range(occurring.count(name) + (name in OVERSIGNED))]


def _selected(headers: list[tuple[str, bytes]]) -> bytes:
    """Return the signed headers in the order of h=, of each name the lowest first (section 5.4.2)."""
    return b"".join(
        _relaxed_header(header) for wanted in SIGNED for name, header in reversed(headers) if name == wanted
    )


def _headers(head: bytes) -> list[tuple[str, bytes]]:
    found = re.findall(rb"(?m)^([!-9;-~]++)[ \t]*+:((?:[^\r\n]*\r\n(?=[ \t]))*[^\r\n]*\r\n)", head)
    return [(name.decode("ascii").lower(), name + b":" + value) for name, value in found]


def _relaxed_header(header: bytes) -> bytes:
    """Section 3.4.2: a small name, one line, single blanks, none around the value."""
    name, _, value = header.partition(b":")
    folded = _with_single_blanks(value.replace(b"\r\n", b""))
    return name.strip().lower() + b":" + folded.strip(b" ") + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    """Section 3.4.4: single blanks, none at the ends of lines, no blank lines at the end."""
    lines = _with_single_blanks(body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = len(lines)
    while lines.endswith(b"\r\n", 0, end):
        end -= 2
    return lines[:end] + b"\r\n" if end else b""


def _with_single_blanks(content: bytes) -> bytes:
    """Make one blank of several, in passes that each halve them: a pattern takes fifty times as long."""
    single = content.replace(b"\t", b" ")
    while b"  " in single:
        single = single.replace(b"  ", b" ")
    return single


def _sign(private_key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding

    key, _ = _loaded(private_key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(hashlib.sha256(data).digest())
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@functools.lru_cache(maxsize=8)
def _loaded(private_key: bytes) -> tuple[RSAPrivateKey | Ed25519PrivateKey, str]:
    """Return the key and DKIM's name of its algorithm; parsed once, for that takes longer than signing."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DkimKeyError(
            "The DKIM key can't be read. Give a private key as PEM, without a password: "
            "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem"
        ) from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key, "ed25519-sha256"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= SHORTEST_RSA:
        return key, "rsa-sha256"
    raise DkimKeyError(
        f"DKIM signs with an Ed25519 key, or an RSA key of {SHORTEST_RSA} bits or more. Make another one."
    )
