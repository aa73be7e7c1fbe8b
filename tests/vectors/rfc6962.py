"""
Golden vectors: proofs of inclusion, good ones and mangled ones, with the verdict that is due.

Trees and paths are made by sections 2.1 and 2.1.1 of RFC 6962, word for word and slow; nothing of the
product is used. The leaves are those of the reference implementation of Certificate Transparency.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
STRANGER = hashlib.sha256(b"a hash of no tree").digest()


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(entries: list[bytes]) -> bytes:
    """MTH of section 2.1."""
    return root_of([leaf(entry) for entry in entries])


def root_of(leaves: list[bytes]) -> bytes:
    """The same of entries that are hashed already."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), root(entries[k:])]
    return [*path(m - k, entries[k:]), root(entries[:k])]


def consistency(leaves: list[bytes], old: int, whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of section 2.1.2, over entries that are hashed already."""
    size = len(leaves)
    if old == size:
        return [] if whole else [root_of(leaves)]
    k = split(size)
    if old <= k:
        return [*consistency(leaves[:k], old, whole), root_of(leaves[k:])]
    return [*consistency(leaves[k:], old - k, False), root_of(leaves[:k])]


def mangled(hashes: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """The same proof as somebody would forge it."""
    yield "one hash too many", [*hashes, STRANGER]
    yield "one hash before it", [STRANGER, *hashes]
    yield "an empty hash after it", [*hashes, b""]
    if hashes:
        yield "the last hash missing", hashes[:-1]
        yield "the first hash missing", hashes[1:]
        yield "a bit flipped", [bytes([hashes[0][0] ^ 1]) + hashes[0][1:], *hashes[1:]]
        yield "a hash too short", [hashes[0][:-1], *hashes[1:]]
    if len(hashes) > 1 and hashes != hashes[::-1]:
        yield "turned round", hashes[::-1]


def inclusion() -> Iterator[dict[str, Any]]:
    entries = [bytes.fromhex(entry) for entry in ENTRIES]
    for size in range(1, 9):
        for index in range(size):
            here, good = entries[:size], path(index, entries[:size])
            case = {"index": index, "size": size, "leaf": leaf(here[index]), "path": good, "root": root(here)}
            yield case | {"name": "as it is", "holds": True}
            yield case | {"name": "the empty tree's root", "root": root([]), "holds": False}
            yield case | {"name": "a leaf of no tree", "leaf": STRANGER, "holds": False}
            yield case | {"name": "an index beyond the tree", "index": size, "holds": False}
            yield case | {"name": "a negative index", "index": -1, "holds": False}
            yield case | {"name": "an empty tree", "size": 0, "holds": False}
            for name, wrong in mangled(good):
                yield case | {"name": name, "path": wrong, "holds": False}
