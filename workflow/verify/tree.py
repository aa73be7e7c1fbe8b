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


def is_continued(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path leads from the root of a log's first `old` entries to that of its `size` (RFC 9162, 2.1.4.2)."""
    if not 0 < old < size:
        return False
    last, left, rest = size - 1, old - 1, list(path)
    while left & 1:
        left, last = left >> 1, last >> 1
    if left:
        if not rest:
            return False
        before = after = rest.pop(0)
    else:
        before = after = old_root
    for sibling in rest:
        if not last:
            return False
        if left & 1 or left == last:
            before, after = _node(sibling, before), _node(sibling, after)
            while not left & 1 and left:
                left, last = left >> 1, last >> 1
        else:
            after = _node(after, sibling)
        left, last = left >> 1, last >> 1
    return not last and (before, after) == (old_root, root) and all(len(one) == 32 for one in (old_root, root, *path))
