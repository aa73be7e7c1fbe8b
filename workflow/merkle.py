"""
The log as an RFC 6962 Merkle tree, its proofs, and its signed checkpoints in the C2SP note formats.

Pure: bytes in, bytes out. It writes; what it has written is read and judged by `workflow.verify` alone.
Sources: RFC 6962 section 2.1; c2sp.org/signed-note, /tlog-checkpoint and /tlog-proof.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from workflow.errors import ProofError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HASH_SIZE = 32
ED25519 = b"\x01"


# --- the tree ------------------------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


LEVELS = 4
"""
Of so many levels at a time the roots of full subtrees are stored: of 16 entries, of 256, and so on.

Of 100,000 entries a path takes 80 hashes then, and a row is written for every 15 entries; with 8 levels 700 and 255.
"""


BLOCK = 10
"""The level of the largest subtree that is hashed at once."""


class Subtree(NamedTuple):
    """A full subtree: of 2**`level` leaves, the one with this number from 0 among those of its level."""

    level: int
    number: int
    root: bytes


Needs = tuple[int, range]
"""Roots of full subtrees that lie side by side: their level (0: leaves) and their numbers."""


class Growing:
    """
    A tree that grows leaf by leaf; its frontier holds the roots of its full subtrees, largest first.

    Raises ProofError when the frontier cannot be that of `size` leaves: growing it would sign a wrong root.
    """

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        due = size.bit_count()
        if len(frontier) != due:
            raise ProofError(f"The log's frontier has {len(frontier)} roots; a log of {size} entries has {due}.")
        _check_hashes(frontier)
        self.size, self.frontier = size, list(frontier)

    def append(self, leaf: bytes) -> list[Subtree]:
        """Take one more leaf in; returns the subtrees to be stored that are full with it."""
        if len(leaf) != HASH_SIZE:
            raise ProofError("Every hash of a proof has 32 bytes.")
        full, node, rest, level = [], leaf, self.size, 0
        while rest & 1:
            node, rest, level = node_hash(self.frontier.pop(), node), rest >> 1, level + 1
            if level % LEVELS == 0:
                full.append(Subtree(level, rest, node))
        self.frontier.append(node)
        self.size += 1
        return full

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take many leaves in, in order: full parts level by level, which is quicker than leaf by leaf."""
        first = 0
        while first < len(leaves):
            level = min(self._fits(len(leaves) - first), BLOCK)
            self._take(root_of_full(leaves[first : first + (1 << level)]), level)
            first += 1 << level

    def _fits(self, more: int) -> int:
        """The level of the largest full subtree that can come next, of so many leaves at most."""
        level = more.bit_length() - 1
        return min(level, (self.size & -self.size).bit_length() - 1) if self.size else level

    def _take(self, node: bytes, level: int) -> None:
        rest = self.size >> level
        while rest & 1:
            node, rest = node_hash(self.frontier.pop(), node), rest >> 1
        self.frontier.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        return root_of(self.frontier)


def root_of_full(nodes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of nodes."""
    sha256 = hashlib.sha256
    while len(nodes) > 1:
        pairs = iter(nodes)
        nodes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return nodes[0]


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of many entries as leaves."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def root_of(frontier: Sequence[bytes]) -> bytes:
    """Return the root of a tree, or of a part of one, from its full subtrees, largest first."""
    if not frontier:
        return hashlib.sha256(b"").digest()
    return functools.reduce(lambda right, left: node_hash(left, right), reversed(frontier))


class Tree:
    """The tree over some leaf hashes (RFC 6962, 2.1), level by level: a node without a neighbour moves up as it is."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels = [list(leaves)]
        while len(level := self.levels[-1]) > 1:
            paired = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
            self.levels.append(paired + level[2 * len(paired) :])

    def path(self, index: int) -> list[bytes]:
        """Return the inclusion proof of a leaf: the siblings from it up to the root. Raises ProofError."""
        if not 0 <= index < len(self.levels[0]):
            raise ProofError(f"There is no entry {index} in a log of {len(self.levels[0])} entries.")
        path = []
        for level in self.levels[:-1]:
            path += level[index ^ 1 : (index ^ 1) + 1]
            index >>= 1
        return path


def path(index: int, size: int, known: Mapping[tuple[int, int], bytes]) -> list[bytes]:
    """
    Return the path of a leaf in a tree of `size` leaves, as `Tree.path` does, from the few roots that it hangs on.

    `known` holds what `path_needs` names, by level and number. Raises ProofError, and KeyError for a root that is not
    there.
    """
    return [root_of(_roots(known, *between)) for between in _siblings(index, size)]


def path_needs(index: int, size: int) -> list[Needs]:
    """Return the roots that a path is made from: runs of numbers, each with its level; level 0 are the leaves."""
    return _needs(_siblings(index, size))


def consistency(old: int, size: int, known: Mapping[tuple[int, int], bytes]) -> list[bytes]:
    """
    Return the proof (RFC 6962, 2.1.2) that a tree of `size` leaves continues that of its first `old`.

    `known` holds what `consistency_needs` names. Raises ProofError, and KeyError for a root that is not there.
    """
    return [root_of(_roots(known, *between)) for between in _continuing(old, size)]


def consistency_needs(old: int, size: int) -> list[Needs]:
    """Return the roots that such a proof is made from."""
    return _needs(_continuing(old, size))


def subtrees(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """Return leaves, and the subtrees over them that are stored, by level and number."""
    tree, found = Growing(), {}
    for number, leaf in enumerate(leaves):
        found[0, number] = leaf
        found |= {(level, of): root for level, of, root in tree.append(leaf)}
    return found


def frontier(size: int, known: Mapping[tuple[int, int], bytes]) -> list[bytes]:
    """Return the full subtrees of a tree, largest first, from what `frontier_needs` names. Raises KeyError."""
    return _roots(known, 0, size)


def frontier_needs(size: int) -> list[Needs]:
    """Return the roots that a frontier is made from."""
    return _needs([(0, size)])


def _needs(parts: Iterable[tuple[int, int]]) -> list[Needs]:
    due: dict[int, set[int]] = {}
    for between in parts:
        for level, number in _full(*between):
            stored, numbers = _parts(level, number)
            due.setdefault(stored, set()).update(numbers)
    return [(level, run) for level, numbers in due.items() for run in _runs(sorted(numbers))]


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """The parts of a tree beside the way from a leaf up to the root, each from one leaf to another."""
    if not 0 <= index < size:
        raise ProofError(f"There is no entry {index} in a log of {size} entries.")
    start, end, passed = 0, size, []
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            passed.append((middle, end))
            end = middle
        else:
            passed.append((start, middle))
            start = middle
    return passed[::-1]


def _continuing(old: int, size: int) -> list[tuple[int, int]]:
    """The parts of a tree whose roots prove that it continues its first leaves, in the order of RFC 6962."""
    if not 0 < old <= size:
        raise ProofError(f"No log of {size} entries can be shown to continue one of {old}.")
    start, end, passed, whole = 0, size, [], True
    while start + old < end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if start + old <= middle:
            passed.append((middle, end))
            end = middle
        else:
            passed.append((start, middle))
            old, start, whole = old - (middle - start), middle, False
    return ([] if whole else [(start, end)]) + passed[::-1]


def _full(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The full subtrees that a part of a tree consists of, by level and number, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _parts(level: int, number: int) -> tuple[int, range]:
    """The stored subtrees that a full one consists of: their level and their numbers."""
    stored = level - level % LEVELS
    return stored, range(number << (level - stored), (number + 1) << (level - stored))


def _runs(numbers: Sequence[int]) -> Iterator[range]:
    """Numbers in order, in runs; one that is missing between two (the one that a path begins at) parts no run."""
    first = 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] - numbers[place - 1] > 2:
            yield range(numbers[first], numbers[place - 1] + 1)
            first = place


def _roots(known: Mapping[tuple[int, int], bytes], start: int, end: int) -> list[bytes]:
    """The full subtrees of a part of a tree, largest first, from the stored ones."""
    roots = []
    for level, number in _full(start, end):
        stored, numbers = _parts(level, number)
        nodes = [known[stored, one] for one in numbers]
        while len(nodes) > 1:
            nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
        roots += nodes
    return roots


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise ProofError("Every hash of a proof has 32 bytes.")


# --- signed notes --------------------------------------------------------------------------------------------------


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


def _check_name(name: str) -> None:
    if re.fullmatch(r"[^\s+\x00-\x1f]+", name) is None:
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


def is_signed(public: bytes, signature: bytes, content: bytes) -> bool:
    """Whether an Ed25519 signature holds: strict, and without cofactor."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _plain_bytes(content: str) -> bytes:
    """The bytes of a text that a note may hold: UTF-8 without control characters other than the newline."""
    if any(character < " " and character != "\n" for character in content):
        raise ProofError("The note has a control character in it.")
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise ProofError("The note is not valid UTF-8.") from error


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


PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def format_proof(index: int, path: Sequence[bytes], note: str) -> str:
    """Return a self-contained proof: the index, the path and the signed checkpoint."""
    hashes = "".join(f"{base64.b64encode(value).decode()}\n" for value in path)
    return f"{PROOF_HEADER}\nindex {index}\n{hashes}\n{note}"
