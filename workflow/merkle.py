"""
The log as an RFC 6962 Merkle tree, its proofs, and its signed checkpoints in the C2SP note formats.

Pure: bytes in, bytes out. Every check raises ProofError with a sentence; none answers with False.
Sources: RFC 6962 section 2.1; c2sp.org/signed-note, /tlog-checkpoint and /tlog-proof.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflow.errors import ProofError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HASH_SIZE = 32
ED25519 = b"\x01"
MOST_SIGNATURES = 16
"""Every verifier must take this many (c2sp.org/signed-note); we take no more."""

LARGEST_NOTE = 256 * 1024
"""In bytes: room for sixteen post-quantum signatures beside ours."""


# --- the tree ------------------------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(frontier: tuple[bytes, ...], size: int, leaf: bytes) -> tuple[bytes, ...]:
    """
    Grow a tree of `size` leaves by one; the frontier holds the roots of its full subtrees, largest first.

    Raises ProofError when the frontier cannot be that of `size` leaves: growing it would sign a wrong root.
    """
    due = size.bit_count()
    if len(frontier) != due:
        raise ProofError(f"The log's frontier has {len(frontier)} roots; a log of {size} entries has {due}.")
    _check_hashes([*frontier, leaf])
    grown, node = list(frontier), leaf
    while size & 1:
        node = node_hash(grown.pop(), node)
        size >>= 1
    return (*grown, node)


def frontier_root(frontier: Sequence[bytes]) -> bytes:
    """Return the root of the tree that a frontier stands for."""
    if not frontier:
        return hashlib.sha256(b"").digest()
    node = frontier[-1]
    for left in reversed(frontier[:-1]):
        node = node_hash(left, node)
    return node


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes: level by level, a node without a neighbour moves up."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    _check_hashes(leaves)
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[2 * len(paired) :]
    return level[0]


def _split(size: int) -> int:
    """The largest power of two that is smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """Return the path from leaf `index` to the root of the first `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size <= len(leaves):
        raise ProofError(f"There is no entry {index} in a log of {size} entries.")
    path: list[bytes] = []
    part = leaves[:size]
    while len(part) > 1:
        split = _split(len(part))
        left, right = part[:split], part[split:]
        if index < split:
            path.append(root(right))
            part = left
        else:
            path.append(root(left))
            part, index = right, index - split
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], expected: bytes) -> None:
    """Check that `leaf` is entry `index` of the tree of `size` leaves with this root."""
    if not 0 <= index < size:
        raise ProofError(f"There is no entry {index} in a log of {size} entries.")
    _check_hashes([leaf, expected, *path])
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(path) != inner + border:
        raise ProofError(f"The proof has {len(path)} hashes; {inner + border} are due.")
    node = leaf
    for level, sibling in enumerate(path[:inner]):
        node = node_hash(sibling, node) if index >> level & 1 else node_hash(node, sibling)
    for sibling in path[inner:]:
        node = node_hash(sibling, node)
    if node != expected:
        raise ProofError("The proof leads to another root than the checkpoint states.")


def consistency_proof(leaves: Sequence[bytes], older: int, newer: int) -> list[bytes]:
    """Return the proof that the first `older` leaves are the start of the first `newer` (RFC 6962, 2.1.2)."""
    if not 0 < older <= newer <= len(leaves):
        raise ProofError(f"A log of {newer} entries cannot be compared with one of {older}.")
    path: list[bytes] = []
    part, known, whole = leaves[:newer], older, True
    while known != len(part):
        split = _split(len(part))
        left, right = part[:split], part[split:]
        if known <= split:
            path.append(root(right))
            part = left
        else:
            path.append(root(left))
            part, known, whole = right, known - split, False
    return ([] if whole else [root(part)]) + path[::-1]


def verify_consistency(older: int, newer: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that the log with the old root is the beginning of the log with the new one."""
    _check_hashes(path)
    if older != newer:
        _check_hashes([old_root, new_root])
    if older < 1 or newer < older:
        raise ProofError(f"A log of {newer} entries cannot continue one of {older}.")
    if older == newer:
        _verify_same_size(old_root, new_root, path)
        return
    inner = (older - 1) ^ (newer - 1)
    shift = (older & -older).bit_length() - 1
    length = inner.bit_length() - shift
    border = ((older - 1) >> inner.bit_length()).bit_count()
    if older == 1 << shift:
        seed, rest = old_root, list(path)
    elif path:
        seed, rest = path[0], list(path[1:])
    else:
        raise ProofError("The proof is empty.")
    if len(rest) != length + border:
        raise ProofError(f"The proof has {len(rest)} hashes; {length + border} are due.")
    _check_roots(older - 1 >> shift, seed, rest, length, old_root, new_root)


def _verify_same_size(old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    if path:
        raise ProofError("The proof must be empty.")
    if old_root != new_root:
        raise ProofError("Two roots are stated for one size: two logs were shown.")


def _check_roots(mask: int, seed: bytes, path: Sequence[bytes], inner: int, old_root: bytes, new_root: bytes) -> None:
    old = new = seed
    for level, sibling in enumerate(path[:inner]):
        if mask >> level & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    for sibling in path[inner:]:
        old, new = node_hash(sibling, old), node_hash(sibling, new)
    if old != old_root:
        raise ProofError("The older log is not the beginning of the newer one.")
    if new != new_root:
        raise ProofError("The proof leads to another root than the newer checkpoint states.")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise ProofError("Every hash of a proof has 32 bytes.")


# --- signed notes --------------------------------------------------------------------------------------------------

PRIVATE = "PRIVATE+KEY+"


def public_key(seed: bytes) -> bytes:
    """Return the Ed25519 public key of a 32-byte seed."""
    return _signer(seed)[1]


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes that name a key: the start of SHA-256(name, newline, 0x01, public key)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifier_key(name: str, seed: bytes) -> str:
    """Return the public key as `name+id+base64`, the form that verifiers take."""
    _check_name(name)
    public = public_key(seed)
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(ED25519 + public).decode()}"


def read_verifier_key(vkey: str) -> tuple[str, bytes]:
    """Read `name+id+base64` into the name and the Ed25519 public key."""
    name, _, rest = vkey.strip().partition("+")
    known, _, encoded = rest.partition("+")
    key = _key_bytes(name, encoded, "A verifier key looks like letters.example.org+1a2b3c4d+AQ…; this one does not.")
    if key_id(name, key).hex() != known:
        raise ProofError("The verifier key contradicts its own identifier; it was copied wrongly.")
    return name, key


def signer_key(name: str, seed: bytes) -> str:
    """Return the secret key as `PRIVATE+KEY+name+id+base64`, the form that other tools for signed notes take."""
    _check_name(name)
    known = key_id(name, public_key(seed)).hex()
    return f"{PRIVATE}{name}+{known}+{base64.b64encode(ED25519 + seed).decode()}"


def read_signer_key(skey: str) -> tuple[str, bytes]:
    """Read `PRIVATE+KEY+name+id+base64` into the name and the 32-byte seed; no error repeats the key."""
    secret = skey.strip()
    name, _, rest = secret.removeprefix(PRIVATE).partition("+")
    known, _, encoded = rest.partition("+")
    if not secret.startswith(PRIVATE):
        raise ProofError(f"A signing key begins with {PRIVATE}; this one does not.")
    seed = _key_bytes(name, encoded, f"A signing key looks like {PRIVATE}name+1a2b3c4d+AQ…; this one does not.")
    if key_id(name, public_key(seed)).hex() != known:
        raise ProofError("The signing key contradicts its own identifier; it was copied wrongly.")
    return name, seed


def _key_bytes(name: str, encoded: str, sentence: str) -> bytes:
    key = decode(encoded)
    if not _is_name(name) or len(key) != 1 + HASH_SIZE or key[:1] != ED25519:
        raise ProofError(sentence)
    return key[1:]


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[^\s+\x00-\x1f]+", name) is not None


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise ProofError("The name of a key has no blanks, no plus sign, and is not empty.")


def sign_note(content: str, name: str, *seeds: bytes) -> str:
    """Sign a text that ends in a newline, with one key or with several of one name; returns the signed note."""
    if not content.endswith("\n"):
        raise ProofError("The text of a note ends in a newline.")
    _check_name(name)
    signed = _plain_bytes(content)
    marks = [key_id(name, public) + key.sign(signed) for key, public in map(_signer, seeds)]
    lines = "".join(f"— {name} {base64.b64encode(mark).decode()}\n" for mark in marks)
    return f"{content}\n{lines}"


@functools.lru_cache(maxsize=8)
def _signer(seed: bytes) -> tuple[Ed25519PrivateKey, bytes]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key, key.public_key().public_bytes_raw()


def open_note(note: str, *vkeys: str) -> str:
    """
    Check a signed note against the verifier keys that one trusts, and return its text.

    One of them must have signed it; a bad signature of any of them refuses it; other keys' signatures are passed over.
    """
    known = {(name, key_id(name, public)): public for name, public in map(read_verifier_key, vkeys)}
    content, signatures = _parts(note)
    found = set()
    for line in signatures:
        signer, mark = _signature(line)
        signed_by = (signer, mark[:4])
        if signed_by not in known:
            continue
        if signed_by in found:
            raise ProofError("The note is signed twice by the same key.")
        _verify(known[signed_by], mark[4:], content.encode())
        found.add(signed_by)
    if not found:
        names = " or ".join(sorted(name for name, _ in known)) or "anybody"
        raise ProofError(f"The note is not signed by {names} with the key that was given.")
    return content


def _plain_bytes(content: str) -> bytes:
    """The bytes of a text that a note may hold: UTF-8 without control characters other than the newline."""
    if any(character < " " and character != "\n" for character in content):
        raise ProofError("The note has a control character in it.")
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise ProofError("The note is not valid UTF-8.") from error


def _parts(note: str) -> tuple[str, list[str]]:
    if len(_plain_bytes(note)) > LARGEST_NOTE or not note.endswith("\n"):
        raise ProofError("The note is too large, or it is cut off.")
    content, separator, tail = note.rpartition("\n\n")
    signatures = tail.removesuffix("\n").split("\n")
    if not separator or not 0 < len(signatures) <= MOST_SIGNATURES:
        raise ProofError("The note has no signature, or too many.")
    return content + "\n", signatures


def _signature(line: str) -> tuple[str, bytes]:
    match = re.fullmatch(r"— ([^\s+]+) ([!-~]+)", line)
    if match is None:
        raise ProofError("A signature line of the note is not well formed.")
    mark = decode(match[2])
    if len(mark) < 5:
        raise ProofError("A signature of the note is too short.")
    return match[1], mark


def _verify(public: bytes, signature: bytes, content: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError) as error:
        raise ProofError("The signature of the note does not hold.") from error


def decode(encoded: str) -> bytes:
    """Decode base64 in its one canonical form: Python's decoder lets several spellings through."""
    try:
        value = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofError("That is not base64.") from error
    if base64.b64encode(value).decode() != encoded:
        raise ProofError("That is not base64 in its canonical form.")
    return value


# --- checkpoints and proofs ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's name, its number of entries and its root."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Return the text that is signed; raises ProofError rather than write what no reader would take."""
        if self.size < 0 or not self.origin or "\n" in self.origin:
            raise ProofError("A checkpoint names its log in one line and its size by a number from 0.")
        _check_hashes([self.root])
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(content: str) -> Checkpoint:
    """Read the text of a checkpoint; extension lines are refused, since we write none."""
    lines = content.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise ProofError("A checkpoint has three lines: origin, size and root.")
    checkpoint = Checkpoint(lines[0], decimal(lines[1]), decode(lines[2]))
    _check_hashes([checkpoint.root])
    if checkpoint.size == 0 and checkpoint.root != root([]):
        raise ProofError("The checkpoint of an empty log has a root that an empty log does not have.")
    return checkpoint


def decimal(digits: str) -> int:
    """Read a number in its one spelling: no sign, no leading zero, at most 18 digits."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", digits):
        raise ProofError(f"{digits[:30]!r} is not a number as this format writes it.")
    return int(digits)


PROOF_HEADER = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 63


def format_proof(index: int, path: Sequence[bytes], note: str) -> str:
    """Return a self-contained proof: the index, the path and the signed checkpoint."""
    hashes = "".join(f"{base64.b64encode(value).decode()}\n" for value in path)
    return f"{PROOF_HEADER}\nindex {index}\n{hashes}\n{note}"


def read_proof(proof: str) -> tuple[int, list[bytes], str]:
    """
    Read a proof into its index, its path and its signed checkpoint; nothing is checked yet.

    A line `extra`, which nothing vouches for, must be well formed and is passed over.
    """
    head, separator, note = proof.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 2 and lines[1].startswith("extra "):
        decode(lines.pop(1).removeprefix("extra "))
    if not separator or lines[0] != PROOF_HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise ProofError(f"A proof begins with {PROOF_HEADER} and the index of its entry.")
    if len(lines) - 2 > LONGEST_PATH:
        raise ProofError(f"A proof has at most {LONGEST_PATH} hashes.")
    path = [decode(line) for line in lines[2:]]
    _check_hashes(path)
    return decimal(lines[1].removeprefix("index ")), path, note


def verify_proof(proof: str, entry: bytes, vkey: str, origin: str) -> Checkpoint:
    """Check that an entry is in the log that `origin` names; returns the checkpoint that says so."""
    index, path, note = read_proof(proof)
    checkpoint = read_checkpoint(open_note(note, vkey))
    if checkpoint.origin != origin:
        raise ProofError(f"The checkpoint is of another log: {checkpoint.origin}.")
    verify_inclusion(index, checkpoint.size, leaf_hash(entry), path, checkpoint.root)
    return checkpoint
