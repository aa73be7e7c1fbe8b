"""The verifier's own cryptography, tree and JSON against those of others, and the lines that docs/history.md gives."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.evidence import gathered
from tests.support.forging import LENGTH, LIFE, VKEY, findings, other_words, resigned, zipped
from tests.vectors import rfc6962
from workflow import merkle
from workflow.verify.bundle import canonical, read_json
from workflow.verify.ed25519 import ORDER, P, is_signed
from workflow.verify.report import VerificationError
from workflow.verify.tree import is_included, leaf_hash, roots

pytestmark = pytest.mark.slow


# --- its parts, against those of others -----------------------------------------------------------------------------


RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold_and_no_bit_of_them_can_be_flipped(public, message, signature):
    key, said, mark = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert is_signed(key, mark, said)
    for bit in range(0, 512, 7):
        assert not is_signed(key, (int.from_bytes(mark, "big") ^ 1 << bit).to_bytes(64, "big"), said)
    for bit in range(0, 256, 37):
        assert not is_signed((int.from_bytes(key, "big") ^ 1 << bit).to_bytes(32, "big"), mark, said)


def test_a_key_has_one_spelling():
    """With the neutral element as key, (B, 1) signs everything; its other spellings are no keys (RFC 8032, 5.1.3)."""
    mark = (4 * pow(5, -1, P) % P).to_bytes(32, "little") + (1).to_bytes(32, "little")

    assert is_signed((1).to_bytes(32, "little"), mark, b"anything")
    assert not is_signed((P + 1).to_bytes(32, "little"), mark, b"anything")
    assert not is_signed((1 | 1 << 255).to_bytes(32, "little"), mark, b"anything")


def test_a_signature_has_one_spelling():
    key, said, mark = (bytes.fromhex(part) for part in RFC_8032[1])
    scalar = int.from_bytes(mark[32:], "little")

    assert not is_signed(key, mark[:32] + (scalar + ORDER).to_bytes(32, "little"), said)
    assert not is_signed(key, mark + b"\0", said)
    assert not is_signed(key, mark[:63], said)
    assert not is_signed(key + b"\0", mark, said)


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 4095))
def test_signatures_are_judged_as_openssl_judges_them(seed, message, flip):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, mark = private.public_key().public_bytes_raw(), private.sign(message)
    bent = bytearray(mark)
    bent[flip % 64] ^= 1 << flip % 7

    assert is_signed(public, mark, message)
    assert is_signed(public, bytes(bent), message) == openssl(public, bytes(bent), message)


def openssl(public, mark, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(mark, message)
    except Exception:
        return False
    return True


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=80), st.data())
def test_the_tree_is_that_of_the_project(entries, data):
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    found = roots(entries, set(range(100)))

    assert found == {size: rfc6962.root_of(leaves[:size]) for size in range(len(entries) + 1)}
    if entries:
        index = data.draw(st.integers(0, len(entries) - 1))
        path = merkle.Tree(leaves).path(index)
        assert is_included(index, len(leaves), leaf_hash(entries[index]), path, found[len(leaves)])
        assert not is_included(index, len(leaves), leaf_hash(entries[index] + b"x"), path, found[len(leaves)])


def test_proofs_of_inclusion_hold_as_the_rfc_defines_them():
    for case in rfc6962.inclusion():
        held = is_included(case["index"], case["size"], case["leaf"], case["path"], case["root"])

        assert held is case["holds"], case


def test_a_path_that_leads_to_the_root_but_is_longer_than_the_log_is_deep_is_refused():
    one, other = merkle.leaf_hash(b"one"), merkle.leaf_hash(b"other")

    assert not is_included(0, 1, one, [other], merkle.node_hash(other, one))
    assert not is_included(1, 1, one, [other], merkle.node_hash(other, one))
    assert is_included(1, 2, one, [other], merkle.node_hash(other, one))


def test_a_path_of_the_right_length_with_a_longer_hash_is_refused():
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(2)]
    longer = hashlib.sha256(b"\x01" + leaves[0] + leaves[1] + b"x").digest()

    assert not is_included(0, 2, leaves[0], [leaves[1] + b"x"], longer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


@settings(deadline=None)
@given(JSON)
def test_canonical_json_is_that_of_rfc_8785(value):
    assert canonical(value) == rfc8785.dumps(value)
    assert read_json(rfc8785.dumps(value)) == value


@pytest.mark.parametrize(
    "content",
    [b"1.0", b"1e3", b"-0", b"NaN", b"Infinity", b"9007199254740992", b'{"a":1,"a":1}', b'{"b":1,"a":1}', b' {"a":1}']
    + [b'"\\u0041"', b'"\\/"', b'"\\ud800"', b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", b"{}{}", b"", b"01", b"'a'"],
)
def test_json_in_any_other_spelling_is_refused(content):
    with pytest.raises(VerificationError):
        read_json(content)


@pytest.mark.parametrize(
    "body",
    [
        "Plain words, and a second sentence.",
        "*Emphasis*, **strong**, un**believ**able and `code_with_marks`.",
        'A [link](https://example.org/a_(b) "title") and <https://example.org/x_y>.',
        "A [reference][r] link.\n\n[r]: https://example.org/elsewhere",
        "1. One\n2. Two\n\n   more of two\n\n- a\n  - b\n\n> quoted *words*\n\n# A heading\n\nAnother\n-------",
        "Fish &amp; chips &copy; 2026, 5 \\* 3, snake_case, a\\_b and <b>not HTML</b>.",
        "A line\\\nbroken, another  \nbroken, and soft\nbroken.",
        "```python\ncode = 1\n```\n\n    indented code",
        "A note.[^1] And one directly attached[^two] to a word.\n\n[^1]: The first note.\n\n[^two]: The second *note*.",
        "Été à l’œuvre, “quotes”, naïve – dash; 日本語 и кириллица, ١٢٣.",
        "![a picture](https://example.org/p.png) and ![](x)",
        "2026. A year at the start of a line is a list.",
    ],
)
def test_no_word_of_a_text_is_missed_in_the_document_made_from_it(body):
    letter = other_words(body)

    def change(told, signed):
        told.add("letter.reopen")
        told.add("letter.revise")
        told.add("letter.open_sign_off")
        told.freeze(letter)
        for name in "AB":
            told.add("invitation.supersede", invitation=name, digest=letter.digest())
        signed = [told.sign(name, letter) for name in "AB"]
        told.add("letter.approve")
        told.send(told.render(signed, letter))

    assert findings(resigned(change)) == ""


# --- what docs/history.md says that anybody can do ------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "history.md").read_text()


def told_on_the_page(language, number):
    """The code that stands on the page, in its order."""
    return [block.split("```")[0] for block in PAGE.split(f"```{language}\n")[1:]][number]


@pytest.fixture
def unpacked(tmp_path):
    with zipfile.ZipFile(io.BytesIO(zipped(gathered(LIFE)))) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_the_ten_lines_of_the_page_find_the_root_that_was_signed(unpacked):
    program = [sys.executable, "-c", told_on_the_page("python", 1)]

    done = subprocess.run(program, capture_output=True, text=True, cwd=unpacked)

    assert done.stdout.strip() == (unpacked / f"checkpoints/{LENGTH}.txt").read_text().split("\n")[2], done.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL is not installed: apt-get install openssl")
@pytest.mark.parametrize(("size", "said"), [(LENGTH, "Verified Successfully"), (LENGTH - 1, "Failure")])
def test_the_shell_lines_of_the_page_check_a_signature_with_openssl(unpacked, size, said):
    whole, older = unpacked / f"checkpoints/{LENGTH}.txt", unpacked / f"checkpoints/{size}.txt"
    older.write_text("".join([*older.read_text().partition("\n\n")[:2], whole.read_text().partition("\n\n")[2]]))
    environment = {"PATH": os.environ["PATH"], "KEY": VKEY, "SIZE": str(size)}

    program = ["sh", "-c", told_on_the_page("sh", 0)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=unpacked, env=environment)

    assert said in done.stdout, done.stderr
