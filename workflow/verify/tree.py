"""The Merkle tree over the entries (RFC 6962, 2.1)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def roots(entries: Iterable[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Return the root of the first n entries, for every n that is asked for and reached."""
    subtrees: list[bytes] = []
    found = {0: hashlib.sha256(b"").digest()}
    for index, entry in enumerate(entries):
        node, full = leaf_hash(entry), index
        while full & 1:
            node, full = _node(subtrees.pop(), node), full >> 1
        subtrees.append(node)
        if index + 1 in sizes:
            found[index + 1] = functools.reduce(lambda right, left: _node(left, right), reversed(subtrees))
    return found


def is_included(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf at this index to the root of a log of this size."""
    inner = (index ^ (size - 1)).bit_length()
    if not 0 <= index < size or len(path) != inner + bin(index >> inner).count("1"):
        return False
    node = leaf
    for level, sibling in enumerate(path):
        node = _node(sibling, node) if level >= inner or index >> level & 1 else _node(node, sibling)
    return node == root and all(len(value) == 32 for value in (leaf, root, *path))
