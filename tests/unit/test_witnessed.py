"""What others have said of a head: signatures of witnesses, and time stamps as `openssl ts` makes them."""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.time_stamp_server import EC, RSA, Stamping
from workflow import merkle
from workflow.verify import ed25519
from workflow.verify.der import read_certificates
from workflow.verify.report import InputError, VerificationError
from workflow.verify.witnessed import check_cosignatures, check_timestamp

TEXT = "letters.example.org/log\n7\nyzh+PgM4lVcyHnZ4+wqjN0dMDqSAzgJyJHQ2fBsMTLw=\n"
HEAD = merkle.sign_note(TEXT, "letters.example.org/log", bytes(32))
NAME, SEED = "witness.example/w1", bytes(range(1, 33))

# ruff: noqa: E501 (a line of a signature)
# The example of the specification, c2sp.org/tlog-cosignature; its key stands in no document, so only its form is read.
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


def vkey(name: str = NAME, seed: bytes = SEED, kind: int = 4) -> str:
    public = bytes([kind]) + Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    mark = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    return f"{name}+{mark.hex()}+{base64.b64encode(public).decode()}"


def line(text: str = TEXT, at: int = 1764211321, name: str = NAME, seed: bytes = SEED, head="cosignature/v1") -> str:
    """The signature of a witness, made by the specification's words and not by the product."""
    signed = Ed25519PrivateKey.from_private_bytes(seed).sign(f"{head}\ntime {at}\n{text}".encode())
    mark = bytes.fromhex(vkey(name, seed).split("+")[1])
    return f"— {name} {base64.b64encode(mark + at.to_bytes(8, 'big') + signed).decode()}\n"


def test_a_witness_that_has_signed_a_head_is_named_with_its_time():
    other = vkey("witness.example/w2", bytes(32))

    found = check_cosignatures(HEAD + line(), [other, vkey()], ed25519.is_signed)

    assert [(one.by, one.at) for one in found] == [(NAME, "2025-11-27T02:42:01Z")]
    assert check_cosignatures(HEAD, [vkey()], merkle.is_signed) == []
    assert check_cosignatures(EXAMPLE, [vkey("witness.example.com/w1")], merkle.is_signed) == []


@pytest.mark.parametrize(
    "forged",
    [
        line(TEXT.replace("\n7\n", "\n8\n")),
        line(head="cosignature/v2"),
        line(at=1 << 62),
        line()[:-9] + "AAAAAA==\n",
        line() + line(text="another\n"),
        f"— {NAME} {base64.b64encode(bytes.fromhex(vkey().split('+')[1]) + bytes(64)).decode()}\n",
    ],
)
def test_a_signature_of_a_witness_that_does_not_hold_is_refused(forged):
    with pytest.raises(VerificationError):
        check_cosignatures(HEAD + forged, [vkey()], merkle.is_signed)


def test_a_key_that_is_none_of_a_witness_is_refused():
    for wrong in (vkey(kind=1), vkey()[:-4], vkey() + "A", "", merkle.verifier_key(NAME, SEED)):
        with pytest.raises(InputError, match="witness"):
            check_cosignatures(HEAD, [wrong], merkle.is_signed)


# --- time stamps ------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def stamping(tmp_path_factory):
    return Stamping(tmp_path_factory.mktemp("stamping"))


@pytest.fixture(scope="module")
def stamp(stamping):
    return stamping.stamp(TEXT.encode())


def certificates(stamping, *names):
    return [der for name in names for der in read_certificates(stamping.path(name).read_bytes())]


def test_a_time_stamp_says_when_and_by_whom_and_that_nobody_has_checked_its_signature(stamp):
    found = check_timestamp(stamp, TEXT.encode())

    assert found.by == "Stamps of Port Town"
    assert not found.is_checked
    assert "--tsa-cert" in found.how_checked
    assert abs(datetime.fromisoformat(found.at) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "function"), [(RSA, "sha256"), (EC, "sha512")], ids=["rsa", "ec"])
@pytest.mark.parametrize("between", [False, True])
def test_its_signature_is_checked_up_to_a_certificate_that_was_given(tmp_path, kind, between, function):
    stamping, other = Stamping(tmp_path / "one", kind, between=between), Stamping(tmp_path / "other", kind)
    stamp = stamping.stamp(TEXT.encode(), function)

    for given in (["root"], ["server"], ["root", "server"]):
        assert check_timestamp(stamp, TEXT.encode(), certificates(stamping, *given)).is_checked
    with pytest.raises(VerificationError, match="none that you trust"):
        check_timestamp(stamp, TEXT.encode(), certificates(other, "root"))
    bare = stamping.stamp(TEXT.encode(), function, certificates=False)
    assert check_timestamp(bare, TEXT.encode(), certificates(stamping, "server")).is_checked
    assert not check_timestamp(bare, TEXT.encode(), certificates(stamping, "root")).is_checked


@pytest.mark.slow
def test_a_certificate_that_is_not_for_stamps_stamps_nothing(tmp_path):
    """OpenSSL refuses to stamp with it, so the one for stamps is put in its place afterwards."""
    stamping = Stamping(tmp_path)
    stamp = stamping.stamp(TEXT.encode(), certificates=False)
    mailing = tmp_path / "mailing.pem"
    signing = ("-CA", tmp_path / "root.pem", "-CAkey", tmp_path / "root.key", "-days", "30")
    serial = subprocess.check_output(
        ["openssl", "x509", "-in", tmp_path / "server.pem", "-noout", "-serial"], text=True
    )
    which = ("-extfile", tmp_path / "extensions", "-extensions", "mailing", "-set_serial", f"0x{serial.split('=')[1]}")
    request = ["openssl", "x509", "-req", "-in", tmp_path / "server.csr", "-out", mailing, *signing]
    subprocess.run([*request, *(one.strip() for one in map(str, which))], check=True, capture_output=True)

    with pytest.raises(VerificationError, match="none that you trust"):
        check_timestamp(stamp, TEXT.encode(), read_certificates(mailing.read_bytes()))


def test_the_stamp_of_something_else_is_refused(stamp, stamping):
    with pytest.raises(VerificationError, match="of something else"):
        check_timestamp(stamp, TEXT.replace("7", "8").encode())
    with pytest.raises(VerificationError, match="refused"):
        check_timestamp(stamping.answer(b"\x30\x03\x02\x01\x01"), TEXT.encode())


@pytest.mark.slow
def test_whatever_byte_of_a_stamp_is_changed_nothing_else_is_believed(stamp, stamping):
    """What is not covered (the certificates beside it, its own version) changes no word of what is said."""
    given, chance = certificates(stamping, "root"), random.Random(1)
    honest, text = check_timestamp(stamp, TEXT.encode(), given), TEXT.encode()
    passed = 0
    for number in range(len(stamp)):
        forged = bytearray(stamp)
        forged[number] ^= 1 << chance.randrange(8)
        try:
            found = check_timestamp(bytes(forged), text, given)
        except VerificationError:
            continue
        passed += found.is_checked
        assert found == honest or not found.is_checked
    assert passed < len(stamp) / 20
    for number in range(0, len(stamp), 7):
        with pytest.raises(VerificationError):
            check_timestamp(stamp[:number], text, given)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\x30",
        b"\x30\x80\0\0",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30" * 10_000,
        b"\x06\x82\xff\xff" + b"\xff" * 65535,
    ],
)
def test_what_is_no_stamp_is_refused_at_once(hostile):
    with pytest.raises(VerificationError):
        check_timestamp(hostile, TEXT.encode())
    with pytest.raises(InputError):
        read_certificates(hostile)


def test_without_the_package_cryptography_rsa_is_checked_and_of_another_kind_it_is_said(stamp, stamping, tmp_path):
    curve = Stamping(tmp_path, EC)
    (tmp_path / "one.tsr").write_bytes(stamp)
    (tmp_path / "two.tsr").write_bytes(curve.stamp(TEXT.encode()))
    asked = f"""
import sys
sys.modules["cryptography"] = None
from pathlib import Path
from workflow.verify.der import read_certificates
from workflow.verify.witnessed import check_timestamp
for stamp, root in (("one.tsr", {str(stamping.path("root"))!r}), ("two.tsr", {str(curve.path("root"))!r})):
    der = Path({str(tmp_path)!r}, stamp).read_bytes()
    print(check_timestamp(der, {TEXT.encode()!r}, read_certificates(Path(root).read_bytes())).how_checked)
"""
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.splitlines()

    assert "its signature holds" in said[0]
    assert "takes Python's package cryptography" in said[1]
