"""What is stored of a log's tree, so that it can grow and proofs can be read, against the entries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from workflow import history, merkle
from workflow.history.audit.log import Log
from workflow.models import LogHead, LogSubtree
from workflow.transaction import Transaction


def check_tree(session: Transaction, log: Log) -> Iterator[str]:
    """Say where a stored leaf, a stored subtree or the log's head is not that of the entries."""
    tree = merkle.Growing()
    due: dict[tuple[int, int], bytes] = {}
    stored = history.leaves(session, log.letter_id)
    for (sequence, entry), leaf in zip(log.entries.items(), stored, strict=True):
        hashed = merkle.leaf_hash(entry)
        if leaf != hashed:
            yield f"The leaf that is stored for entry {sequence} is not its hash."
        due |= {(level, number): root for level, number, root in tree.append(hashed)}
    yield from _check_subtrees(session, log.letter_id, due)
    head = session.get(LogHead, log.letter_id)
    if head is None or head.size != tree.size:
        yield f"The log's head counts {head.size if head else 0} entries; {tree.size} are stored."
    elif head.frontier != [root.hex() for root in tree.frontier]:
        yield "The log's head is not the tree of the stored entries."
    elif head.last_at is not None and head.last_at != _newest(log):
        yield "The log's head has another time (last_at) than the newest of its entries."
    if head is not None and head.vkey != history.own_vkey(session, log.letter_id):
        yield "The log's head names another key than the one at hand."


def _newest(log: Log) -> datetime | None:
    """Return the time of the newest entry: of a log from before times could not go back, the latest of all."""
    found = []
    for entry in log.read.values():
        with contextlib.suppress(ValueError):  # The verifier says which entry has none.
            found.append(datetime.fromisoformat(str(entry.get("at"))))
    return max(found, default=None)


def _check_subtrees(session: Transaction, letter_id: str, due: dict[tuple[int, int], bytes]) -> Iterator[str]:
    query = select(LogSubtree.level, LogSubtree.number, LogSubtree.root).where(LogSubtree.letter_id == letter_id)
    stored = {(level, number): bytes(root) for level, number, root in session.execute(query)}
    for level, number in sorted(due.keys() | stored.keys()):
        root = stored.get((level, number))
        if root == due.get((level, number)):
            continue
        name = f"log_subtrees {level}/{number}"
        if (level, number) not in due:
            yield f"{name}: the log has no such subtree."
            continue
        entries = f"{number << level} to {(number + 1 << level) - 1}"
        yield f"{name}: {'the row is not there' if root is None else f'root is not that of the entries {entries}'}."
