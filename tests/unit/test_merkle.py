"""The tree, its proofs and its notes, against golden vectors and the RFC's own definition."""

import base64
import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from tests.support.common_log import roots_by_consistency
from tests.vectors import rfc6962
from workflow import merkle
from workflow.errors import ProofError
from workflow.verify.notes import checkpoint_of, open_note, read_key, read_proof
from workflow.verify.report import InputError, VerificationError
from workflow.verify.tree import is_included

SEED = bytes(range(32))
VKEY = merkle.verifier_key("letters.example.org", SEED)
LEAVES = [merkle.leaf_hash(f"entry {i}".encode()) for i in range(65)]


# --- the tree: what is made here is judged by the verifier -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", list(rfc6962.inclusion()))
def test_proofs_of_inclusion_hold_as_the_rfc_defines_them(case):
    arguments = (case["index"], case["size"], case["leaf"], case["path"], case["root"])

    assert is_included(*arguments) == case["holds"]


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

    assert rfc6962.root_of(leaves).hex() == grown(leaves).root().hex() == REFERENCE_ROOTS[size]


def grown(leaves):
    tree = merkle.Growing()
    for leaf in leaves:
        tree.append(leaf)
    return tree


@pytest.mark.slow
def test_every_inclusion_proof_up_to_64_entries_holds_for_its_entry_and_for_no_other():
    for size in range(1, 65):
        expected, tree = rfc6962.root_of(LEAVES[:size]), merkle.Tree(LEAVES[:size])
        for index in range(size):
            assert is_included(index, size, LEAVES[index], tree.path(index), expected)
            assert not is_included(index, size, LEAVES[64], tree.path(index), expected)


@pytest.mark.slow
@settings(deadline=None)
@given(size=st.integers(1, 200), data=st.data())
def test_each_path_is_the_one_of_the_rfc(size, data):
    entries = [bytes([n % 251, n // 251]) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))

    assert merkle.Tree([merkle.leaf_hash(one) for one in entries]).path(index) == rfc6962.path(index, entries)


def test_there_is_no_proof_of_an_entry_that_is_not_in_the_log():
    for index, size in [(3, 3), (-1, 3), (0, 0)]:
        with pytest.raises(ProofError):
            merkle.Tree(LEAVES[:size]).path(index)


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
    path, expected = merkle.Tree(LEAVES[:size]).path(index), rfc6962.root_of(LEAVES[:size])

    assert not any(is_included(index, size, LEAVES[index], other, expected) for other in mangled(path, expected))


# --- notes ------------------------------------------------------------------------------------------------------------


def opened(signed: str, vkey: str = VKEY) -> str:
    """Return the text of a note as the verifier opens it; raises VerificationError or InputError."""
    signatures = open_note(signed)
    signatures.check(read_key(vkey), merkle.is_signed)
    return signatures.content + "\n"


def is_refused(read, *arguments) -> bool:
    try:
        read(*arguments)
    except (VerificationError, InputError):
        return True
    return False


TEXT = merkle.Checkpoint("letters.example.org/letters/1", 3, LEAVES[0]).to_text()


def note(content=TEXT):
    return merkle.sign_note(content, "letters.example.org", SEED)


def test_a_signed_note_opens_to_its_text():
    assert opened(note("hello\nworld\n")) == "hello\nworld\n"


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
    seed = base64.b64decode(PETERS_SECRET.split("+", 4)[4])[1:]

    assert merkle.sign_note(PETERS_WORDS, "PeterNeumann", seed) == f"{PETERS_WORDS}\n{PETERS_LINE}"
    assert opened(f"{PETERS_WORDS}\n{PETERS_LINE}", PETER) == PETERS_WORDS
    assert merkle.verifier_key("PeterNeumann", seed) == PETER


def test_the_example_of_the_signed_note_specification_opens():
    """c2sp.org/signed-note, "Verifier keys"."""
    vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    mark = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    signed = f"This is an example message.\n\n— example.com/foo {mark}\n"

    assert opened(signed, vkey) == "This is an example message.\n"


def test_a_note_of_two_signers_opens_with_the_key_of_either():
    signed = f"{PETERS_WORDS}\n{PETERS_LINE}{ENOCHS_LINE}"

    assert [opened(signed, vkey) for vkey in (PETER, ENOCH)] == [PETERS_WORDS] * 2


def test_a_bad_signature_of_one_key_says_nothing_of_another():
    signed = f"{PETERS_WORDS}\n{PETERS_LINE}{ENOCHS_LINE.replace('RvMc+QQ=', 'RvMc+QA=')}"

    assert opened(signed, PETER) == PETERS_WORDS
    with pytest.raises(VerificationError, match="does not hold"):
        opened(signed, ENOCH)


def test_a_note_that_is_signed_twice_by_one_key_is_refused():
    with pytest.raises(VerificationError, match="once"):
        opened(f"{PETERS_WORDS}\n{PETERS_LINE}{PETERS_LINE}", PETER)


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
    ],
    ids=range(11),
)
def test_a_note_that_is_not_well_formed_is_refused(note):
    """The cases of golang.org/x/mod/sumdb/note, TestOpen, and some more."""
    assert is_refused(opened, note, PETER)


def test_sixteen_signatures_are_taken():
    others = "".join(ENOCHS_LINE.replace("EnochRoot", f"Enoch{n}") for n in range(15))

    assert opened(f"{PETERS_WORDS}\n{PETERS_LINE}{others}", PETER) == PETERS_WORDS


def test_a_key_with_any_part_missing_or_any_character_changed_is_refused():
    """golang.org/x/mod/sumdb/note, TestNewVerifier."""
    parts = {PETER[i:j] for i in range(len(PETER) + 1) for j in range(i + 1, len(PETER) + 1)} - {PETER}
    changed = {PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :] for i in range(len(PETER))}

    assert read_key(PETER).name == "PeterNeumann"
    assert [other for other in parts | changed if not is_refused(read_key, other)] == []


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_length_or_kind_or_spelling_is_refused_though_its_identifier_fits(vkey):
    assert is_refused(read_key, vkey)


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
    assert opened(note(content + "\n")) == content + "\n"


def test_a_signature_of_an_unknown_key_is_passed_over_but_does_not_count():
    stranger = merkle.sign_note("x\n", "elsewhere.example", bytes(32)).split("\n\n")[1]

    assert opened(note("x\n") + stranger) == "x\n"
    with pytest.raises(VerificationError, match="not signed .* with the key letters"):
        opened("x\n\n" + stranger)


@pytest.mark.slow
@settings(deadline=None)
@given(st.data())
def test_a_note_with_one_changed_character_never_opens_to_another_text(data):
    signed = note()
    place = data.draw(st.integers(0, len(signed) - 1))
    character = data.draw(st.characters(codec="utf-8").filter(lambda c: c != signed[place]))
    changed = signed[:place] + character + signed[place + 1 :]

    assert is_refused(opened, changed)


def read_checkpoint(content: str):
    return checkpoint_of("", open_note(note(content)))


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize("size", ["03", "+3", "-1", "3 ", "", "1e3", "٣", "9" * 19])
def test_a_size_in_another_spelling_is_refused(size):
    assert is_refused(read_checkpoint, f"origin\n{size}\n{ROOT}\n")


@pytest.mark.parametrize(
    "content",
    [
        "\n",
        "origin\n3\n",
        "origin\n3\nAAAA\n",
        "origin\n3\nQUJDRB==\n",
        f"\n3\n{ROOT}\n",
        f"origin\n3\n{ROOT}\nextension\n",
    ],
)
def test_a_checkpoint_that_is_not_well_formed_is_refused(content):
    assert is_refused(read_checkpoint, content)


@pytest.mark.parametrize("size", [0, 1, 12, 10**17])
def test_a_checkpoint_is_read_back_as_it_was_written(size):
    written = merkle.Checkpoint("letters.example.org/letters/1", size, rfc6962.root_of(LEAVES[: min(size, 9)]))

    found = read_checkpoint(written.to_text())
    assert (found.origin, found.size, found.root) == (written.origin, size, written.root)


@pytest.mark.parametrize(
    ("origin", "size", "root"), [("", 1, bytes(32)), ("a\nb", 1, bytes(32)), ("a", -1, bytes(32)), ("a", 1, bytes(12))]
)
def test_a_checkpoint_that_no_reader_would_take_is_not_written(origin, size, root):
    with pytest.raises(ProofError):
        merkle.Checkpoint(origin, size, root).to_text()


# --- proofs -----------------------------------------------------------------------------------------------------------


def proof_of(index, size=7, origin="letters.example.org/letters/1"):
    signed = note(merkle.Checkpoint(origin, size, rfc6962.root_of(LEAVES[:size])).to_text())
    return merkle.format_proof(index, merkle.Tree(LEAVES[:size]).path(index), signed)


def proves(proof: str, entry: bytes, origin: str = "letters.example.org/letters/1") -> bool:
    try:
        index, path, signed = read_proof(proof)
        opened(signed)
        checkpoint = checkpoint_of("", open_note(signed))
    except VerificationError:
        return False
    leaf = merkle.leaf_hash(entry)
    return checkpoint.origin == origin and is_included(index, checkpoint.size, leaf, path, checkpoint.root)


@pytest.mark.parametrize(
    ("proof", "entry", "origin"),
    [
        (proof_of(3), b"entry 4", "letters.example.org/letters/1"),
        (proof_of(4), b"entry 3", "letters.example.org/letters/1"),
        (proof_of(3), b"entry 3", "letters.example.org/letters/2"),
        (proof_of(3), b"entry 3 ", "letters.example.org/letters/1"),
        (merkle.format_proof(0, [bytes(32)] * 64, note()), b"entry 0", "letters.example.org/letters/1"),
    ],
)
def test_a_proof_of_something_else_is_refused(proof, entry, origin):
    assert proves(proof_of(3), b"entry 3")
    assert not proves(proof, entry, origin)


@pytest.mark.slow
def test_a_proof_with_any_one_character_changed_removed_or_doubled_is_refused():
    proof = proof_of(5)
    changed = {proof[:i] + other + proof[i + 1 :] for i in range(len(proof)) for other in "0AaBgw+/=-— \n\0é"}
    changed |= {proof[:i] + proof[i + 1 :] for i in range(len(proof))}
    changed |= {proof[:i] + proof[i] + proof[i:] for i in range(len(proof))}

    assert [other for other in changed - {proof} if proves(other, b"entry 5")] == []


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_refused_with_a_sentence(content):
    text = content.decode("utf-8", "surrogateescape")

    for read in (read_proof, read_key, opened):
        assert is_refused(read, text)


def test_extra_data_of_a_proof_is_passed_over():
    header, rest = proof_of(3).split("\n", 1)

    assert read_proof(f"{header}\nextra QUJD\n{rest}") == read_proof(proof_of(3))
    for extra in ("extra QUJD\nextra QUJD", "index 3"):
        assert is_refused(read_proof, f"{header}\n{extra}\n{rest}")


# --- growing ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(0, 300))
def test_the_frontier_grows_to_the_same_root(size):
    leaves = [merkle.leaf_hash(bytes([i % 256])) for i in range(size)]

    assert grown(leaves).root() == rfc6962.root_of(leaves)
    assert len(grown(leaves).frontier) == size.bit_count()


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 9))
def test_a_frontier_that_does_not_fit_its_size_is_not_grown(size, length):
    if length == size.bit_count():
        return

    with pytest.raises(ProofError, match="frontier"):
        merkle.Growing(size, (LEAVES[0],) * length)


def test_a_leaf_that_is_no_hash_is_not_appended():
    with pytest.raises(ProofError, match="32 bytes"):
        merkle.Growing().append(b"an entry, not its hash")
    with pytest.raises(ProofError, match="32 bytes"):
        merkle.Growing(1, [b"a root, but cut off"])


# --- proofs from a few stored roots -----------------------------------------------------------------------------------

MANY = 100_000


@functools.cache
def many() -> tuple[list[bytes], dict[tuple[int, int], bytes]]:
    """The leaves of a long log, and all that is stored of its tree."""
    leaves, tree = [merkle.leaf_hash(str(number).encode()) for number in range(MANY)], merkle.Growing()
    known = {(0, number): leaf for number, leaf in enumerate(leaves)}
    known |= {(level, number): root for leaf in leaves for level, number, root in tree.append(leaf)}
    return leaves, known


def read(index: int, size: int) -> dict[tuple[int, int], bytes]:
    """What is read for a path, and nothing else."""
    _, known = many()
    return {(level, number): known[level, number] for level, run in merkle.path_needs(index, size) for number in run}


@pytest.mark.slow
def test_at_every_size_each_path_from_stored_roots_is_that_from_all_leaves():
    leaves, _ = many()
    for size in range(1, 301):
        tree = merkle.Tree(leaves[:size])
        for index in {0, 1, 15, 16, 17, 255, 256, size // 3, size // 2, size - 2, size - 1}:
            if 0 <= index < size:
                assert merkle.path(index, size, read(index, size)) == tree.path(index)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(size=st.integers(1, MANY) | st.sampled_from([2**16, 2**16 - 1, 2**16 + 1, 16**4 + 16, MANY]), data=st.data())
def test_each_path_from_stored_roots_is_that_from_all_leaves(size, data):
    leaves, _ = many()
    tree = merkle.Tree(leaves[:size])

    for index in data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=20)):
        found = read(index, size)
        assert merkle.path(index, size, found) == tree.path(index)
        assert len(found) <= 2 * 16 * 5, "what is read grows with the height of the tree alone"


@settings(deadline=None)
@given(size=st.integers(2, 3000), data=st.data())
def test_nothing_is_read_beyond_the_checkpoint(size, data):
    """What the log has grown to since is not part of the tree that was signed."""
    index = data.draw(st.integers(0, size - 1))

    assert all(run.stop << level <= size for level, run in merkle.path_needs(index, size))


def test_there_is_no_path_to_an_entry_that_is_not_in_the_log():
    for index, size in [(3, 3), (-1, 3), (0, 0)]:
        with pytest.raises(ProofError):
            merkle.path_needs(index, size)


# --- trees that are read again ----------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=4))
@settings(max_examples=40)
def test_a_tree_that_takes_many_at_once_is_that_which_takes_one_after_the_other(pieces):
    many, single, number = merkle.Growing(), merkle.Growing(), 0
    for size in pieces:
        leaves = [merkle.leaf_hash(b"%d" % (number + place)) for place in range(size)]
        many.extend(leaves)
        for leaf in leaves:
            single.append(leaf)
        number += size
        assert (many.size, many.frontier) == (single.size, single.frontier)


@pytest.mark.parametrize("size", [*range(1, 65), 255, 256, 257, 4097])
def test_frontiers_and_proofs_of_consistency_come_from_the_stored_roots(size):
    leaves = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    stored = merkle.subtrees(leaves)

    def named(needs):
        return {(level, number): stored[level, number] for level, numbers in needs for number in numbers}

    tree = merkle.Growing()
    tree.extend(leaves)
    assert merkle.frontier(size, named(merkle.frontier_needs(size))) == tree.frontier
    for old in {1, 2, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
        proof = merkle.consistency(old, size, named(merkle.consistency_needs(old, size)))
        before = rfc6962.root_of(leaves[:old])
        assert roots_by_consistency(old, size, before, proof) == (before, tree.root())
    for old in (0, size + 1):
        with pytest.raises(ProofError):
            merkle.consistency(old, size, stored)


def test_roots_are_those_that_another_library_finds():
    theirs, ours = InmemoryTree(algorithm="sha256"), merkle.Growing()
    for number in range(600):
        theirs.append_entry(b"%d" % number)
        ours.append(merkle.leaf_hash(b"%d" % number))
        if number < 65 or number % 97 == 0:
            assert ours.root() == theirs.get_root()
