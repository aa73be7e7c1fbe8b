"""What others have said of a head: witnesses (c2sp.org/tlog-cosignature, Ed25519) and time stamps (RFC 3161)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.verify.der import (
    RSA,
    RSA_WITH,
    SHA,
    Certified,
    Der,
    NotCheckedError,
    der_time,
    der_values,
    digest_of,
    holds,
    leads,
)
from workflow.verify.notes import WITNESS_KEY, IsSigned, Key, open_note, read_key
from workflow.verify.report import VerificationError

SIGNED_DATA, TIME_STAMP = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
LATEST = 32503680000
"""The year 3000, in seconds since 1970."""


@dataclass(frozen=True)
class Cosignature:
    """A witness's word that it saw a head, and that it continues all that it saw before."""

    by: str
    at: str


def check_cosignatures(note: str, vkeys: Sequence[str], is_signed: IsSigned) -> list[Cosignature]:
    """
    Return who of these witnesses has signed a head, each once; signatures of others are passed over.

    A signature of theirs that does not hold raises VerificationError; a key that is none, InputError.
    """
    signatures = open_note(note)
    found: dict[Key, Cosignature] = {}
    for key in [read_key(vkey, WITNESS_KEY) for vkey in vkeys]:
        times = []
        for mark in signatures.of(key):
            moment = int.from_bytes(mark[:8], "big")
            said = f"cosignature/v1\ntime {moment}\n{signatures.content}\n".encode()
            if len(mark) != 72 or moment >= 1 << 63 or not is_signed(key.public, mark[8:], said):
                raise VerificationError(f"the signature of the witness {key.name} does not hold")
            times.append(moment)
        if times:
            found[key] = Cosignature(key.name, _moment(min(times)))
    return list(found.values())


def _moment(seconds: int) -> str:
    if seconds > LATEST:
        raise VerificationError("a witness names a time that is not of this millennium")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@dataclass(frozen=True)
class Stamp:
    """A time stamp that is of the head: when, by whom as it says itself, and what was made of its signature."""

    at: str
    by: str
    is_checked: bool
    how_checked: str


def check_timestamp(der: bytes, text: bytes, certificates: Sequence[bytes] = ()) -> Stamp:
    """
    Read a time stamp (a TimeStampResp) of a head, given the three lines that are signed.

    With certificates that one trusts (DER: the server's own, or one that leads to it) its signature is checked too.
    Raises VerificationError for a stamp of something else, or whose signature does not hold.
    """
    try:
        return _check_timestamp(der, text, certificates)
    except (ValueError, IndexError, KeyError):
        raise VerificationError("it is not a time stamp (RFC 3161): its bytes are cut off, or changed") from None


def _check_timestamp(der: bytes, text: bytes, certificates: Sequence[bytes]) -> Stamp:
    [response] = der_values(der)
    if int.from_bytes(response[0][0].content, "big") > 1:
        raise VerificationError("the time-stamp server refused to stamp it")
    token = response[1]
    _, _, held, *others, signers = der_values(token[1][0].content)
    if token[0].oid != SIGNED_DATA or held[0].oid != TIME_STAMP:
        raise VerificationError("it is signed, but is no time stamp")
    stamped = held[1][0].content
    _, _, imprint, _, moment = der_values(der_values(stamped)[0].content)[:5]
    if imprint[0][0].oid not in SHA or imprint[1].content != digest_of(SHA[imprint[0][0].oid], text):
        raise VerificationError("it is the time stamp of something else")
    at = der_time(moment)
    given, [signer] = list(map(Certified.read, certificates)), der_values(signers.content)
    inside = [Certified.read(one.whole) for two in others if two.tag == 0xA0 for one in der_values(two.content)]
    own = next((one for one in (*given, *inside) if _is_of(signer, one)), None)
    by = own.name if own else "a server whose certificate is not here"
    if not given:
        said = "its signature was not checked: give the certificate of that server (--tsa-cert)"
    elif own is None:
        said = "its signature was not checked: the certificate of that server is neither in it nor given"
    else:
        said = _check_signature(signer, stamped, own, given, inside, at)
    date = f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[8:10]}:{at[10:12]}:{at[12:]}Z"
    return Stamp(date, by, not said, said or "its signature holds, and leads to a certificate that was given")


def _is_of(signer: Der, certificate: Certified) -> bool:
    """Whether the one who signed says to be whoever has this certificate, by its issuer and its number."""
    named = der_values(signer[1].content)
    return [one.whole for one in named[:1]] == [certificate.issuer] and named[-1].content == certificate.serial


def _check_signature(
    signer: Der, stamped: bytes, own: Certified, given: list[Certified], inside: list[Certified], at: str
) -> str:
    """Check the signature over a stamp, and that of each certificate up to one that was given; says what it cannot."""
    _, _, digest, signed, algorithm, signature = der_values(signer.content)[:6]
    said = {one[0].oid: one[1][0] for one in der_values(signed.content)}
    name = SHA.get(digest[0].oid, "")
    if signed.tag != 0xA0 or said[CONTENT_TYPE].oid != TIME_STAMP or not name:
        raise VerificationError("its signature is not one of a time stamp")
    if said[MESSAGE_DIGEST].content != digest_of(name, stamped):
        raise VerificationError("it was changed: its signature is of another one")
    kind = next(one for one, by in RSA_WITH.items() if by == name) if algorithm[0].oid == RSA else algorithm[0].oid
    try:
        if not holds(own.key, kind, signature.content, b"\x31" + signed.whole[1:]):
            raise VerificationError("its signature does not hold: it was changed, or its server did not sign it")
        if not own.may_stamp or not leads(own, given, inside, at):
            raise VerificationError("its server is none that you trust: no certificate leads to one that was given")
    except NotCheckedError as fault:
        return str(fault)
    return ""
