"""The tree, its proofs and its notes, against golden vectors and the RFC's own definition."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vectors import rfc6962
from workflow import merkle
from workflow.errors import ProofError

SEED = bytes(range(32))
VKEY = merkle.verifier_key("letters.example.org", SEED)
LEAVES = [merkle.leaf_hash(f"entry {i}".encode()) for i in range(65)]


def outcome(check, *arguments):
    try:
        check(*arguments)
    except ProofError:
        return "refused"
    return "held"


@pytest.mark.slow
@pytest.mark.parametrize("case", list(rfc6962.inclusion()))
def test_proofs_of_inclusion_hold_as_the_rfc_defines_them(case):
    arguments = (case["index"], case["size"], case["leaf"], case["path"], case["root"])

    assert outcome(merkle.verify_inclusion, *arguments) == ("held" if case["holds"] else "refused")


@pytest.mark.parametrize("case", list(rfc6962.consistency()))
def test_proofs_of_consistency_hold_as_the_rfc_defines_them(case):
    arguments = (case["older"], case["newer"], case["old_root"], case["new_root"], case["path"])

    assert outcome(merkle.verify_consistency, *arguments) == ("held" if case["holds"] else "refused")


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


# The inputs and roots of the reference implementation of Certificate Transparency, for 0 to 8 entries.
REFERENCE_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_that_of_the_reference_implementation(size):
    leaves = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in REFERENCE_ENTRIES[:size]]

    assert merkle.root(leaves).hex() == REFERENCE_ROOTS[size]


def test_the_root_is_the_one_of_the_rfc_for_every_size():
    for size in range(len(LEAVES) + 1):
        assert merkle.root(LEAVES[:size]) == naive_root(LEAVES[:size])


@pytest.mark.slow
def test_every_inclusion_proof_up_to_64_entries_holds_for_its_entry_and_for_no_other():
    for size in range(1, 65):
        expected = merkle.root(LEAVES[:size])
        for index in range(size):
            path = merkle.inclusion_proof(LEAVES, index, size)
            merkle.verify_inclusion(index, size, LEAVES[index], path, expected)
            with pytest.raises(ProofError):
                merkle.verify_inclusion(index, size, LEAVES[64], path, expected)


@pytest.mark.slow
def test_every_consistency_proof_up_to_64_entries_holds_and_shows_a_rewritten_past():
    for newer in range(1, 65):
        for older in range(1, newer + 1):
            path = merkle.consistency_proof(LEAVES, older, newer)
            new_root = merkle.root(LEAVES[:newer])
            merkle.verify_consistency(older, newer, merkle.root(LEAVES[:older]), new_root, path)
            rewritten = merkle.root([LEAVES[64], *LEAVES[1:older]])
            with pytest.raises(ProofError):
                merkle.verify_consistency(older, newer, rewritten, new_root, path)


def test_there_is_no_proof_of_an_entry_that_is_not_in_the_log():
    for index, size in [(3, 3), (-1, 3), (0, 0), (0, 66)]:
        with pytest.raises(ProofError):
            merkle.inclusion_proof(LEAVES, index, size)


def test_there_is_no_comparison_of_sizes_that_the_log_never_had():
    for older, newer in [(0, 3), (4, 3), (-1, 3), (3, 66)]:
        with pytest.raises(ProofError):
            merkle.consistency_proof(LEAVES, older, newer)


def mangled(path, stranger):
    """Every proof that is this one but for a bit flipped, a hash missing or a hash too many."""
    for place, value in enumerate(path):
        for bit in range(256):
            yield [*path[:place], flipped(value, bit), *path[place + 1 :]]
        yield [*path[:place], *path[place + 1 :]]
        yield [*path[:place], value[:31], *path[place + 1 :]]
    yield [*path, stranger]
    yield [stranger, *path]


def flipped(value, bit):
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 7), (3, 7), (6, 7), (0, 8), (7, 8), (32, 64)])
def test_an_inclusion_proof_with_any_bit_flipped_or_hash_missing_or_added_is_refused(index, size):
    path, expected = merkle.inclusion_proof(LEAVES, index, size), merkle.root(LEAVES[:size])

    for other in mangled(path, expected):
        with pytest.raises(ProofError):
            merkle.verify_inclusion(index, size, LEAVES[index], other, expected)


@pytest.mark.parametrize(("older", "newer"), [(1, 1), (1, 7), (3, 7), (4, 7), (6, 7), (7, 8), (8, 8), (33, 64)])
def test_a_consistency_proof_with_any_bit_flipped_or_hash_missing_or_added_is_refused(older, newer):
    path = merkle.consistency_proof(LEAVES, older, newer)
    old_root, new_root = merkle.root(LEAVES[:older]), merkle.root(LEAVES[:newer])

    for other in mangled(path, new_root):
        with pytest.raises(ProofError):
            merkle.verify_consistency(older, newer, old_root, new_root, other)


def test_a_root_of_another_length_is_never_the_beginning_of_a_longer_log():
    path = merkle.consistency_proof(LEAVES, 4, 7)

    with pytest.raises(ProofError, match="32 bytes"):
        merkle.verify_consistency(4, 7, b"short", merkle.root(LEAVES[:7]), path)


TEXT = merkle.Checkpoint("letters.example.org/letters/1", 3, LEAVES[0]).to_text()


def note(content=TEXT):
    return merkle.sign_note(content, "letters.example.org", SEED)


def test_a_signed_note_opens_to_its_text():
    assert merkle.open_note(note("hello\nworld\n"), VKEY) == "hello\nworld\n"


PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETERS_WORDS = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCHS_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)


def test_the_golden_key_of_the_go_implementation_signs_and_opens_the_golden_note():
    """golang.org/x/mod/sumdb/note, TestSign: Ed25519 is deterministic, so the bytes are the same."""
    name, seed = merkle.read_signer_key(PETERS_SECRET)

    assert merkle.sign_note(PETERS_WORDS, name, seed) == f"{PETERS_WORDS}\n{PETERS_LINE}"
    assert merkle.open_note(f"{PETERS_WORDS}\n{PETERS_LINE}", PETER) == PETERS_WORDS
    assert merkle.verifier_key(name, seed) == PETER
    assert merkle.signer_key(name, seed) == PETERS_SECRET


def test_the_example_of_the_signed_note_specification_opens():
    """c2sp.org/signed-note, "Verifier keys"."""
    vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    mark = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    signed = f"This is an example message.\n\n— example.com/foo {mark}\n"

    assert merkle.open_note(signed, vkey) == "This is an example message.\n"


def test_a_note_of_two_signers_opens_with_the_key_of_either_and_with_both():
    signed = f"{PETERS_WORDS}\n{PETERS_LINE}{ENOCHS_LINE}"

    for vkeys in [(PETER,), (ENOCH,), (PETER, ENOCH)]:
        assert merkle.open_note(signed, *vkeys) == PETERS_WORDS


def test_a_bad_signature_of_one_trusted_key_refuses_a_note_that_another_has_signed():
    enochs_bad_line = ENOCHS_LINE.replace("RvMc+QQ=", "RvMc+QA=")
    signed = f"{PETERS_WORDS}\n{PETERS_LINE}{enochs_bad_line}"

    assert merkle.open_note(signed, PETER) == PETERS_WORDS
    with pytest.raises(ProofError, match="does not hold"):
        merkle.open_note(signed, PETER, ENOCH)


def test_a_note_that_is_signed_twice_by_one_key_is_refused():
    with pytest.raises(ProofError, match="twice"):
        merkle.open_note(f"{PETERS_WORDS}\n{PETERS_LINE}{PETERS_LINE}", PETER)


def test_no_note_opens_without_a_key_to_open_it():
    with pytest.raises(ProofError, match="not signed by anybody"):
        merkle.open_note(f"{PETERS_WORDS}\n{PETERS_LINE}")


@pytest.mark.parametrize(
    "note",
    [
        PETERS_WORDS,
        PETERS_WORDS + "\n",
        f"{PETERS_WORDS}\n{PETERS_LINE[:-1]}",
        f"\x01{PETERS_WORDS}\n{PETERS_LINE}",
        f"\udcff{PETERS_WORDS}\n{PETERS_LINE}",
        f"{PETERS_WORDS}\n— Bad Name {PETERS_LINE.split()[2]}\n",
        f"{PETERS_WORDS}\n{PETERS_LINE}Unexpected line.\n",
        f"{PETERS_WORDS}\n{PETERS_LINE[:60]}ABCD{PETERS_LINE[60:]}",
        f"{PETERS_WORDS}\n{PETERS_LINE.replace('—', '-')}",
        f"{PETERS_WORDS}\n{PETERS_LINE}".replace("\n", "\r\n"),
        f"{PETERS_WORDS}\n{PETERS_LINE}{ENOCHS_LINE * 16}",
        f"{PETERS_WORDS}\n{PETERS_LINE}— Enoch AAAA\n",
        "x" * (256 * 1024) + f"\n\n{PETERS_LINE}",
    ],
    ids=range(13),
)
def test_a_note_that_is_not_well_formed_is_refused(note):
    """The cases of golang.org/x/mod/sumdb/note, TestOpen, and some more."""
    with pytest.raises(ProofError):
        merkle.open_note(note, PETER)


def test_sixteen_signatures_are_taken():
    others = "".join(ENOCHS_LINE.replace("EnochRoot", f"Enoch{n}") for n in range(15))

    assert merkle.open_note(f"{PETERS_WORDS}\n{PETERS_LINE}{others}", PETER) == PETERS_WORDS


@pytest.mark.parametrize(("read", "key"), [(merkle.read_verifier_key, PETER), (merkle.read_signer_key, PETERS_SECRET)])
def test_a_key_with_any_part_missing_or_any_character_changed_is_refused(read, key):
    """golang.org/x/mod/sumdb/note, TestNewVerifier and TestNewSigner."""
    parts = {key[i:j] for i in range(len(key) + 1) for j in range(i + 1, len(key) + 1)} - {key}
    changed = {key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))}

    assert read(key)[0] == "PeterNeumann"
    for other in parts | changed:
        with pytest.raises(ProofError):
            read(other)


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_length_or_kind_or_spelling_is_refused_though_its_identifier_fits(vkey):
    with pytest.raises(ProofError):
        merkle.read_verifier_key(vkey)


def test_no_error_about_a_signing_key_repeats_the_key():
    secret = PETERS_SECRET.rpartition("+")[2]

    with pytest.raises(ProofError) as refused:
        merkle.read_signer_key(PETERS_SECRET.replace("c74f20a3", "c74f20a4"))

    assert secret not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x00b"])
def test_a_key_has_a_name_that_a_note_can_carry(name):
    with pytest.raises(ProofError):
        merkle.sign_note("x\n", name, SEED)
    with pytest.raises(ProofError):
        merkle.verifier_key(name, SEED)


@pytest.mark.parametrize("content", ["", "no newline", "tab\t\n", "\ud800\n"])
def test_a_text_that_no_note_can_carry_is_not_signed(content):
    with pytest.raises(ProofError):
        merkle.sign_note(content, "letters.example.org", SEED)


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n")))
def test_every_text_that_is_signed_opens_to_itself(content):
    assert merkle.open_note(note(content + "\n"), VKEY) == content + "\n"


def test_a_signature_of_an_unknown_key_is_passed_over_but_does_not_count():
    stranger = merkle.sign_note("x\n", "elsewhere.example", bytes(32)).split("\n\n")[1]

    assert merkle.open_note(note("x\n") + stranger, VKEY) == "x\n"
    with pytest.raises(ProofError, match="not signed by letters"):
        merkle.open_note("x\n\n" + stranger, VKEY)


@pytest.mark.slow
@settings(deadline=None)
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


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "origin\n3\n",
        "origin\n3\nAAAA\n",
        f"\n3\n{ROOT}\n",
        f"origin\n3\n{ROOT}",
        f"origin\n3\n{ROOT}\nextension\n",
        f"origin\n0\n{ROOT}\n",
    ],
)
def test_a_checkpoint_that_is_not_well_formed_is_refused(content):
    with pytest.raises(ProofError):
        merkle.read_checkpoint(content)


@pytest.mark.parametrize("size", [0, 1, 12, 10**17])
def test_a_checkpoint_is_read_back_as_it_was_written(size):
    checkpoint = merkle.Checkpoint("letters.example.org/letters/1", size, merkle.root(LEAVES[: min(size, 9)]))

    assert merkle.read_checkpoint(checkpoint.to_text()) == checkpoint


@pytest.mark.parametrize(
    ("origin", "size", "root"), [("", 1, bytes(32)), ("a\nb", 1, bytes(32)), ("a", -1, bytes(32)), ("a", 1, bytes(12))]
)
def test_a_checkpoint_that_no_reader_would_take_is_not_written(origin, size, root):
    with pytest.raises(ProofError):
        merkle.Checkpoint(origin, size, root).to_text()


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


@pytest.mark.slow
def test_a_proof_with_any_one_character_changed_removed_or_doubled_is_refused():
    proof = proof_of(5)
    changed = {proof[:i] + other + proof[i + 1 :] for i in range(len(proof)) for other in "0AaBgw+/=-— \n\0é"}
    changed |= {proof[:i] + proof[i + 1 :] for i in range(len(proof))}
    changed |= {proof[:i] + proof[i] + proof[i:] for i in range(len(proof))}

    for other in changed - {proof}:
        assert outcome(merkle.verify_proof, other, b"entry 5", VKEY, "letters.example.org/letters/1") == "refused", (
            other
        )


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_refused_with_a_sentence(content):
    text = content.decode("utf-8", "surrogateescape")

    for read in (merkle.read_proof, merkle.read_checkpoint, merkle.read_verifier_key, merkle.read_signer_key):
        assert outcome(read, text) == "refused"
    assert outcome(merkle.open_note, text, VKEY) == "refused"


def test_extra_data_of_a_proof_is_passed_over_and_must_be_base64():
    header, rest = proof_of(3).split("\n", 1)

    assert merkle.read_proof(f"{header}\nextra QUJD\n{rest}") == merkle.read_proof(proof_of(3))
    for extra in ("extra QUJ", "extra  QUJD", "extra QUJD\nextra QUJD", "index 3"):
        with pytest.raises(ProofError):
            merkle.read_proof(f"{header}\n{extra}\n{rest}")


def test_a_proof_longer_than_that_of_any_log_is_refused():
    path = [bytes(32)] * 64

    with pytest.raises(ProofError, match="at most 63"):
        merkle.read_proof(merkle.format_proof(0, path, note()))


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(0, 300))
def test_the_frontier_grows_to_the_same_root(size):
    leaves = [merkle.leaf_hash(bytes([i % 256])) for i in range(size)]
    frontier: tuple[bytes, ...] = ()
    for i, leaf in enumerate(leaves):
        frontier = merkle.append(frontier, i, leaf)

    assert merkle.frontier_root(frontier) == naive_root(leaves)
    assert len(frontier) == size.bit_count()


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 9))
def test_a_frontier_that_does_not_fit_its_size_is_not_grown(size, length):
    if length == size.bit_count():
        return

    with pytest.raises(ProofError, match="frontier"):
        merkle.append((LEAVES[0],) * length, size, LEAVES[1])


def test_a_leaf_that_is_no_hash_is_not_appended():
    with pytest.raises(ProofError, match="32 bytes"):
        merkle.append((), 0, b"an entry, not its hash")
