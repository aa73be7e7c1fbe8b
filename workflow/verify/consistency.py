"""Whether one signed tree continues another (RFC 6962, 2.1.2; the way of RFC 9162, 2.1.4.2)."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.verify.tree import node_hash


def is_consistent(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `size` entries begins with that of `old`, which has some."""
    if old == size:
        return old > 0 and not proof and old_root == root
    if not 0 < old < size or any(len(value) != 32 for value in (old_root, root, *proof)):
        return False
    path = [*([old_root] if old & (old - 1) == 0 else []), *proof]
    if not path:
        return False
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = now = path[0]
    for node in path[1:]:
        if not last:
            return False
        if first & 1 or first == last:
            before, now = node_hash(node, before), node_hash(node, now)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            now = node_hash(now, node)
        first, last = first >> 1, last >> 1
    return not last and before == old_root and now == root
