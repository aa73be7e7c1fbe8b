"""A signature that others verify, and that nothing on the way can be added under."""

from __future__ import annotations

import base64
import re
import types
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from emails.dkim import signature
from emails.errors import DkimKeyError
from emails.message import Attachment, DkimKey
from tests.support.writing import HEAD, made, parsed, pem, rsa_key


def ed25519_key() -> DkimKey:
    return DkimKey("example.org", "sel", pem(ed25519.Ed25519PrivateKey.generate()))


class VerifyKey:
    """PyNaCl's key as dkimpy uses it, over OpenSSL: dkimpy itself judges canonicalisation, headers and hashes."""

    def __init__(self, raw: bytes, encoder: object = None) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(raw))

    def verify(self, digest: bytes, signature: bytes) -> None:
        self._key.verify(signature, digest)


@pytest.fixture
def nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    signing = types.SimpleNamespace(VerifyKey=VerifyKey)
    encoding = types.SimpleNamespace(Base64Encoder=None)
    exceptions = types.SimpleNamespace(BadSignatureError=InvalidSignature)
    names = types.SimpleNamespace(signing=signing, encoding=encoding, exceptions=exceptions)
    monkeypatch.setattr(dkim, "nacl", names, raising=False)


def verifies(content: bytes, key: DkimKey) -> bool:
    def published(name: bytes, timeout: int = 5) -> bytes:
        assert name == f"{key.record_name}.".encode()
        return key.record.encode()

    try:
        return dkim.DKIM(content).verify(dnsfunc=published)
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("kind", [rsa_key, ed25519_key])
def test_a_signed_mail_verifies_and_a_changed_one_does_not(templates: Path, nacl: None, kind) -> None:
    key = kind()
    head = replace(HEAD, note="A head\n" * 20, unsubscribe="https://letters.example.org/stop/a")
    content = made(templates, Attachment("a.pdf", "application/pdf", b"x" * 999), head=head, key=key)
    assert verifies(content, key)
    for old, new in (
        (b"Subject: Protect", b"Subject: Pollute"),
        (b"To: ", b"To: evil@e.test, "),
        (b"Dear", b"Dead"),
        (b"Message-ID: <0", b"Message-ID: <1"),
        (b"Auto-Submitted: auto-generated", b"Auto-Submitted: no"),
        (b"Undersigned-Head: QSB", b"Undersigned-Head: QSC"),
        (b"multipart/mixed", b"multipart/alternative"),
        (b"https://letters.example.org/stop/a", b"https://letters.example.org/stop/b"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
    ):
        assert old in content
        assert not verifies(content.replace(old, new, 1), key)
    assert not verifies(content + b"P.S. And one more thing.\r\n", key)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [rsa_key, ed25519_key])
@pytest.mark.parametrize("name", ["From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "Content-Type"])
@pytest.mark.parametrize("reply_to", ["ana@coalition.example", None])
def test_no_header_that_tells_a_reader_something_can_be_added(
    templates: Path, nacl: None, kind, name: str, reply_to: str | None
) -> None:
    key = kind()
    content = made(templates, head=replace(HEAD, reply_to=reply_to), key=key)
    added = f"{name}: evil@e.test\r\n".encode()
    assert verifies(content, key)
    assert not verifies(added + content, key)
    head, _, body = content.partition(b"\r\n\r\n")
    assert not verifies(head + b"\r\n" + added + b"\r\n" + body, key)


@pytest.mark.slow
def test_a_signature_survives_what_mail_servers_do_to_blanks(templates: Path) -> None:
    key = rsa_key()
    content = made(templates, key=key, title="A subject that is long enough to be folded somewhere " + "again and " * 6)
    head, _, body = content.partition(b"\r\n\r\n")
    refolded = re.sub(rb"\r\n[ \t]+", b" ", head).replace(b"Subject: ", b"subject:\r\n\t ")
    assert refolded != head
    assert verifies(b"Received: by relay\r\n" + refolded + b"\r\n\r\n" + body + b"\r\n\r\n", key)


@pytest.mark.slow
@given(body=st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b".", b"\xc3\xa9"]), max_size=30).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_any_body_is_signed_as_another_implementation_reads_it(body: bytes) -> None:
    content = b"From: a@example.org\r\nTo:  b@c.test \r\nX-Other: 1\r\nSubject: x\t y\r\n z\r\n\r\n" + body + b"\r\n"
    assert verifies(signature(content, KEY, HEAD.date) + content, KEY)


KEY = rsa_key()


def test_the_signature_says_how_it_was_made(templates: Path) -> None:
    content = made(templates, key=KEY)
    fields = dkim.util.parse_tag_value(parsed(content)["DKIM-Signature"].encode())
    assert (fields[b"c"], fields[b"d"], fields[b"s"]) == (b"relaxed/relaxed", b"example.org", b"sel")
    assert int(fields[b"t"]) == int(HEAD.date.timestamp())
    assert b"l" not in fields
    names = re.sub(rb"\s", b"", fields[b"h"]).split(b":")
    assert {name for name in names if names.count(name) == 2} == {
        b"from", b"to", b"subject", b"date", b"reply-to", b"message-id", b"content-type",
    }  # fmt: skip
    assert names.count(b"cc") == 1


def test_a_key_that_cannot_sign_is_refused_with_what_to_give(templates: Path) -> None:
    locked = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    for wrong in (b"", b"not a key", locked, pem(ec.generate_private_key(ec.SECP256R1()))):
        with pytest.raises(DkimKeyError, match=r"^[A-Z].{20,}"):
            made(templates, key=DkimKey("example.org", "sel", wrong))


def test_the_record_to_publish_is_said_and_the_key_is_not() -> None:
    assert KEY.record_name == "sel._domainkey.example.org"
    assert KEY.record.startswith("v=DKIM1; k=rsa; p=MII")
    assert ed25519_key().record.startswith("v=DKIM1; k=ed25519; p=")
    assert "PRIVATE" not in repr(KEY)
