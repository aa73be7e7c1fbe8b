"""A time-stamp server (RFC 3161): it signs that a head was there at a moment of its own clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workflow.verify.der import Der, der_values, read_certificates
from workflow.verify.report import InputError, VerificationError
from workflow.verify.witnessed import check_timestamp
from workflow.witnesses.asking import post
from workflow.witnesses.seen import TIME_STAMP, Head, OutsideError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse


@dataclass(frozen=True, slots=True)
class StampServer:
    """The server, and the roots that its certificate leads to."""

    url: str
    roots: Path
    kind: str = TIME_STAMP

    @property
    def name(self) -> str:
        """By its address."""
        return self.url

    def see(self, head: Head, before: int) -> bytes:
        """Have a head stamped; the stamp is checked by two implementations, against the head and the roots."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        text = head.text.encode()
        request = TimestampRequestBuilder(data=text, hash_algorithm=HashAlgorithm.SHA256).build()
        answer = post(self.url, request.as_bytes(), "application/timestamp-query")
        if answer.status != 200:
            raise OutsideError(f"{self.url} answers {answer.status} to a request for a time stamp.")
        try:
            roots = read_certificates(self.roots.read_bytes())
            self._check(request, answer.content, text, roots)
            stamp = check_timestamp(answer.content, text, roots)
        except (VerificationError, InputError, OSError) as error:
            raise OutsideError(f"The time stamp of {self.url} was not kept: {error}.") from error
        if not stamp.is_checked:
            raise OutsideError(f"The time stamp of {self.url} was not kept: {stamp.how_checked}.")
        return answer.content

    def _check(self, request: TimeStampRequest, content: bytes, text: bytes, roots: list[bytes]) -> None:
        """Check the nonce too, and that nothing else was stamped. Raises VerificationError."""
        from cryptography.x509 import load_der_x509_certificate
        from rfc3161_client import VerificationError as RefusedError
        from rfc3161_client import VerifierBuilder

        builder = VerifierBuilder.from_request(request)
        for root in roots:
            builder = builder.add_root_certificate(load_der_x509_certificate(root))
        try:
            builder.build().verify_message(_decoded(content), text)
        except (RefusedError, ValueError) as error:
            raise VerificationError(str(error)) from error


def _decoded(content: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    try:
        return decode_timestamp_response(content)
    except ValueError:
        return decode_timestamp_response(in_order(content))


def in_order(content: bytes) -> bytes:
    """
    Return a stamp with its certificates in the order of DER, in which OpenSSL's own `ts` does not write them.

    No signature is over that order; what is kept is the stamp as it came. Raises ValueError.
    """
    try:
        token = der_values(content)[0][1]
        held: list[Der] = [one for one in der_values(token[1][0].content) if one.tag == 0xA0]
        inside = held[0].content
    except IndexError:
        raise ValueError("it holds no certificates") from None
    ordered = b"".join(sorted(one.whole for one in der_values(inside)))
    return content.replace(inside, ordered, 1)
