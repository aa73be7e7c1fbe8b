"""What a time stamp is written in: DER, certificates (X.509), and the signatures by their keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from workflow.verify.report import InputError

BASIC_CONSTRAINTS, USES, STAMPING, COMMON_NAME = "2.5.29.19", "2.5.29.37", "1.3.6.1.5.5.7.3.8", "2.5.4.3"
SHA = {f"2.16.840.1.101.3.4.2.{number}": name for number, name in ((1, "sha256"), (2, "sha384"), (3, "sha512"))}
RSA, RSA_WITH = "1.2.840.113549.1.1.1", {f"1.2.840.113549.1.1.{11 + n}": name for n, name in enumerate(SHA.values())}
ECDSA_WITH = {f"1.2.840.10045.4.3.{2 + n}": name for n, name in enumerate(SHA.values())}
LONGEST_CHAIN = 5


class NotCheckedError(Exception):
    """A signature of a kind that cannot be checked here; the sentence says why."""


@dataclass(frozen=True)
class Der:
    """One value: its tag, its bytes with tag and length, and what is in it."""

    tag: int
    whole: bytes
    content: bytes

    def __getitem__(self, number: int) -> Der:
        return der_values(self.content)[number]

    @property
    def oid(self) -> str:
        """The name of what it stands for, in numbers."""
        numbers: list[int] = []
        value = 0
        for byte in self.content if self.tag == 6 and len(self.content) < 40 else b"":
            value = value << 7 | byte & 127
            if not byte & 128:
                numbers += [value] if numbers else [min(value // 40, 2), value - 40 * min(value // 40, 2)]
                value = 0
        return ".".join(map(str, numbers))


def der_values(content: bytes) -> list[Der]:
    """Return the values that stand one after the other. Raises ValueError."""
    found, at = [], 0
    while at < len(content):
        tag, length, begin = content[at], int.from_bytes(content[at + 1 : at + 2], "big"), at + 2
        if length > 127:
            count = length - 128
            length, begin = int.from_bytes(content[begin : begin + count], "big"), begin + count
            if not 0 < count <= 4 or length < 128 or length >> 8 * (count - 1) == 0:
                raise ValueError("a length that DER does not have")
        if begin + length > len(content) or begin < at + 2:
            raise ValueError("it is cut off")
        found.append(Der(tag, content[at : begin + length], content[begin : begin + length]))
        at = begin + length
    return found


def _inside(content: bytes) -> list[Der]:
    [whole] = der_values(content)
    return der_values(whole.content)


def der_time(value: Der) -> str:
    """A time of a certificate or a stamp: YYYYMMDDHHMMSS."""
    digits = value.content.decode("ascii")
    if value.tag == 0x17:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    whole, _, fraction = digits[:-1].partition(".")
    if len(whole) != 14 or not f"{whole}{fraction}".isdigit() or not digits.endswith("Z"):
        raise ValueError("a time in another spelling than the one allowed")
    return whole


@dataclass(frozen=True)
class Certified:
    """A certificate (X.509), as far as a time stamp needs it."""

    whole: bytes
    signed: bytes
    serial: bytes
    issuer: bytes
    subject: Der
    since: str
    until: str
    key: Der
    algorithm: str
    signature: bytes
    is_authority: bool
    may_stamp: bool

    @classmethod
    def read(cls, content: bytes) -> Certified:
        """Read one. Raises ValueError, IndexError."""
        signed, algorithm, signature = _inside(content)
        fields = [value for value in der_values(signed.content) if value.tag != 0xA0]
        given = [one for value in fields[6:] if value.tag == 0xA3 for one in der_values(value[0].content)]
        said = {one[0].oid: der_values(one[-1].content)[0] for one in given}
        basic, uses = said.get(BASIC_CONSTRAINTS), said.get(USES)
        return cls(
            whole=content,
            signed=signed.whole,
            serial=fields[0].content,
            issuer=fields[2].whole,
            subject=fields[4],
            since=der_time(fields[3][0]),
            until=der_time(fields[3][1]),
            key=fields[5],
            algorithm=algorithm[0].oid,
            signature=signature.content[1:],
            is_authority=basic is not None and basic.content.startswith(b"\x01\x01\xff"),
            may_stamp=uses is not None and [use.oid for use in der_values(uses.content)] == [STAMPING],
        )

    @property
    def name(self) -> str:
        """Whose it is."""
        names = [part for group in der_values(self.subject.content) for part in der_values(group.content)]
        best = [part for part in names if part[0].oid == COMMON_NAME] or names[-1:]
        return best[-1][1].content.decode("utf-8", "replace") if best else "somebody without a name"


def read_certificates(content: bytes) -> list[bytes]:
    """Read a file of certificates, as PEM or one as DER; returns each as DER. Raises InputError."""
    found = [one.partition(b"-----END")[0] for one in content.split(b"-----BEGIN CERTIFICATE-----")[1:]]
    try:
        ders = [base64.b64decode(one) for one in found] or [content]
        return [Certified.read(der).whole for der in ders]
    except (ValueError, IndexError, binascii.Error):
        raise InputError("There is no certificate in this file. Give the one of the time-stamp server.") from None


def leads(one: Certified, given: list[Certified], inside: list[Certified], at: str) -> bool:
    """Whether a certificate was given, or one that signed it was, step by step; all were valid at that time."""
    for _ in range(LONGEST_CHAIN):
        if not one.since <= at <= one.until:
            return False
        if one.whole in [known.whole for known in given]:
            return True
        above = [up for up in (*given, *inside) if up.is_authority and up.subject.whole == one.issuer]
        found = next((up for up in above[:8] if holds(up.key, one.algorithm, one.signature, one.signed)), None)
        if found is None:
            return False
        one = found
    return False


def holds(key: Der, algorithm: str, signature: bytes, signed: bytes) -> bool:
    """Whether a signature by RSA (PKCS #1 v1.5) or ECDSA holds. Raises NotCheckedError for what cannot be told here."""
    if algorithm in RSA_WITH and key[0][0].oid == RSA:
        modulus, exponent = (int.from_bytes(part.content, "big") for part in _inside(key[1].content[1:]))
        return _holds_rsa(modulus, exponent, signature, RSA_WITH[algorithm], signed)
    if algorithm not in ECDSA_WITH:
        raise NotCheckedError(f"its signature was not checked: it is of a kind ({algorithm}) that is not read here")
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise NotCheckedError("its signature was not checked: that takes Python's package cryptography") from None
    try:
        public = serialization.load_der_public_key(key.whole)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, signed, ec.ECDSA(getattr(hashes, ECDSA_WITH[algorithm].upper())()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _holds_rsa(modulus: int, exponent: int, signature: bytes, name: str, signed: bytes) -> bool:
    """RFC 8017, 8.2.2: what the signature is of must be, byte for byte, what whoever signs makes."""
    size, made = (modulus.bit_length() + 7) // 8, int.from_bytes(signature, "big")
    if not 256 <= size <= 1024 or not 1 < exponent < 1 << 33 or len(signature) != size or made >= modulus:
        return False
    digest = digest_of(name, signed)
    number = {"sha256": 1, "sha384": 2, "sha512": 3}[name]
    value = b"0\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" + bytes((number, 5, 0, 4, len(digest))) + digest
    value = bytes((0x30, len(value))) + value
    due = b"\0\x01" + b"\xff" * (size - len(value) - 3) + b"\0" + value
    return pow(made, exponent, modulus).to_bytes(size, "big") == due


def digest_of(name: str, content: bytes) -> bytes:
    """Return a digest by the name of its function."""
    return hashlib.new(name, content).digest()
