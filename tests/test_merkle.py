"""The tree, its proofs and its notes, against golden vectors and the RFC's own definition."""

import base64
import hashlib
import json

import pytest
from conftest import VECTORS
from hypothesis import given
from hypothesis import strategies as st

from workflow import merkle
from workflow.merkle import ProofError

SEED = bytes(range(32))
VKEY = merkle.verifier_key("letters.example.org", SEED)
LEAVES = [merkle.leaf_hash(f"entry {i}".encode()) for i in range(65)]


def vectors(kind):
    path = VECTORS / "rfc6962.json"
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="../shared/vectors is not here"))]
    return [pytest.param(case, id=case["name"]) for case in json.loads(path.read_text())[kind]]


def unpack(value):
    return base64.b64decode(value or "")


def outcome(check, *arguments):
    try:
        check(*arguments)
    except ProofError:
        return "refused"
    return "held"


@pytest.mark.parametrize("case", vectors("inclusion"))
def test_inclusion_vectors_of_transparency_dev(case):
    path = [unpack(value) for value in case["proof"] or []]
    arguments = (case["leafIdx"], case["treeSize"], unpack(case["leafHash"]), path, unpack(case["root"]))

    assert outcome(merkle.verify_inclusion, *arguments) == ("refused" if case["wantErr"] else "held")


@pytest.mark.parametrize("case", vectors("consistency"))
def test_consistency_vectors_of_transparency_dev(case):
    path = [unpack(value) for value in case["proof"] or []]
    arguments = (case["size1"], case["size2"], unpack(case["root1"]), unpack(case["root2"]), path)

    assert outcome(merkle.verify_consistency, *arguments) == ("refused" if case["wantErr"] else "held")


def naive_root(leaves):
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def test_the_root_is_the_one_of_the_rfc_for_every_size():
    for size in range(len(LEAVES) + 1):
        assert merkle.root(LEAVES[:size]) == naive_root(LEAVES[:size])


def test_every_inclusion_proof_up_to_64_entries_holds_for_its_entry_and_for_no_other():
    for size in range(1, 65):
        expected = merkle.root(LEAVES[:size])
        for index in range(size):
            path = merkle.inclusion_proof(LEAVES, index, size)
            merkle.verify_inclusion(index, size, LEAVES[index], path, expected)
            with pytest.raises(ProofError):
                merkle.verify_inclusion(index, size, LEAVES[64], path, expected)


def test_every_consistency_proof_up_to_64_entries_holds_and_shows_a_rewritten_past():
    for newer in range(1, 65):
        for older in range(1, newer + 1):
            path = merkle.consistency_proof(LEAVES, older, newer)
            new_root = merkle.root(LEAVES[:newer])
            merkle.verify_consistency(older, newer, merkle.root(LEAVES[:older]), new_root, path)
            rewritten = merkle.root([LEAVES[64], *LEAVES[1:older]])
            with pytest.raises(ProofError):
                merkle.verify_consistency(older, newer, rewritten, new_root, path)


TEXT = merkle.Checkpoint("letters.example.org/letters/1", 3, LEAVES[0]).to_text()


def note(content=TEXT):
    return merkle.sign_note(content, "letters.example.org", SEED)


def test_a_signed_note_opens_to_its_text():
    assert merkle.open_note(note("hello\nworld\n"), VKEY) == "hello\nworld\n"


def test_the_golden_note_of_the_go_implementation_opens():
    """golang.org/x/mod/sumdb/note: PeterNeumann's key, text and signature."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    signed = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert merkle.open_note(signed, vkey).startswith("If you think cryptography")


def test_a_signature_of_an_unknown_key_is_passed_over_but_does_not_count():
    stranger = merkle.sign_note("x\n", "elsewhere.example", bytes(32)).split("\n\n")[1]

    assert merkle.open_note(note("x\n") + stranger, VKEY) == "x\n"
    with pytest.raises(ProofError, match="not signed by letters"):
        merkle.open_note("x\n\n" + stranger, VKEY)


@given(st.data())
def test_a_note_with_one_changed_character_never_opens_to_another_text(data):
    signed = note()
    place = data.draw(st.integers(0, len(signed) - 1))
    character = data.draw(st.characters(codec="utf-8").filter(lambda c: c != signed[place]))
    changed = signed[:place] + character + signed[place + 1 :]

    assert outcome(merkle.open_note, changed, VKEY) == "refused"


def test_base64_in_another_spelling_is_refused():
    with pytest.raises(ProofError, match="canonical"):
        merkle.decode("QUJDRB==")


@pytest.mark.parametrize("size", ["03", "+3", "-1", "3 ", "", "1e3", "٣", "9" * 19])
def test_a_size_in_another_spelling_is_refused(size):
    with pytest.raises(ProofError):
        merkle.read_checkpoint(f"origin\n{size}\n{base64.b64encode(bytes(32)).decode()}\n")


def proof_of(index, size=7, origin="letters.example.org/letters/1"):
    signed = merkle.sign_note(
        merkle.Checkpoint(origin, size, merkle.root(LEAVES[:size])).to_text(), "letters.example.org", SEED
    )
    return merkle.format_proof(index, merkle.inclusion_proof(LEAVES, index, size), signed)


def test_a_proof_is_whole_in_itself():
    checkpoint = merkle.verify_proof(proof_of(3), b"entry 3", VKEY, "letters.example.org/letters/1")

    assert checkpoint.size == 7


@pytest.mark.parametrize(
    ("proof", "entry", "origin"),
    [
        (proof_of(3), b"entry 4", "letters.example.org/letters/1"),
        (proof_of(4), b"entry 3", "letters.example.org/letters/1"),
        (proof_of(3), b"entry 3", "letters.example.org/letters/2"),
        (proof_of(3), b"entry 3 ", "letters.example.org/letters/1"),
    ],
)
def test_a_proof_of_something_else_is_refused(proof, entry, origin):
    with pytest.raises(ProofError):
        merkle.verify_proof(proof, entry, VKEY, origin)


@given(st.integers(0, 2000), st.characters(codec="ascii"))
def test_a_proof_with_one_changed_character_is_refused(place, character):
    proof = proof_of(5)
    place %= len(proof)
    if proof[place] == character:
        return
    changed = proof[:place] + character + proof[place + 1 :]

    assert outcome(merkle.verify_proof, changed, b"entry 5", VKEY, "letters.example.org/letters/1") == "refused"


@given(st.integers(0, 300))
def test_the_frontier_grows_to_the_same_root(size):
    leaves = [merkle.leaf_hash(bytes([i % 256])) for i in range(size)]
    frontier: tuple[bytes, ...] = ()
    for i, leaf in enumerate(leaves):
        frontier = merkle.append(frontier, i, leaf)

    assert merkle.frontier_root(frontier) == naive_root(leaves)
    assert len(frontier) == size.bit_count()
