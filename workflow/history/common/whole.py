"""All of the common log as it is stored, against its entries, its heads, the letters and what this server keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from workflow import keys, merkle
from workflow.history.actions import KeyChanged
from workflow.history.common.reading import entry_for, entry_of, name_of, own_vkey
from workflow.history.common.signer import why_not
from workflow.history.log import log_name
from workflow.models import (
    Checkpoint,
    CommonCheckpoint,
    CommonEntry,
    CommonHead,
    CommonSubtree,
    InstanceKey,
    LogEntry,
    LogHead,
    Sequenced,
)
from workflow.transaction import Transaction
from workflow.verify.notes import checkpoint_of, open_note
from workflow.verify.report import VerificationError

SOME = 1000


def check(session: Transaction) -> Iterator[str]:
    """Say, by table, row and column, what of the common log is not what its entries and signatures say."""
    heads = _Heads(session)
    tree = merkle.Growing()
    full: dict[tuple[int, int], bytes] = {}
    newest: dict[str, int] = {}
    for position, entry, leaf, letter_id, size, note in _entries(session):
        which = f"common_entries {position}"
        if position != tree.size:
            yield f"{which}: position is not the next one: entry {tree.size} is not there."
        if note is None or entry_of(note) != bytes(entry):
            yield f"{which}: entry is not that of the checkpoint of the letter that letter_id and size name."
        if size <= newest.get(letter_id, 0):
            yield f"{which}: size is not larger than the one that stands of this letter (letter_id) before it."
        hashed = merkle.leaf_hash(bytes(entry))
        if bytes(leaf) != hashed:
            yield f"{which}: leaf is not the hash of its entry."
        newest[letter_id] = max(size, newest.get(letter_id, 0))
        full |= {(level, number): root for level, number, root in tree.append(hashed)}
        yield from heads.reached(tree)
    yield from _check_subtrees(session, full)
    yield from _check_head(session, tree)
    yield from heads.check(tree.size)
    yield from _check_sequenced(session, newest)
    if why := why_not(session):
        yield why


def _entries(session: Transaction) -> Iterator[Any]:
    """The entries in order, each with the checkpoint that it is to be of."""
    of = (Checkpoint.letter_id == CommonEntry.letter_id) & (Checkpoint.size == CommonEntry.size)
    query = select(
        CommonEntry.position,
        CommonEntry.entry,
        CommonEntry.leaf,
        CommonEntry.letter_id,
        CommonEntry.size,
        Checkpoint.note,
    ).outerjoin(Checkpoint, of)
    yield from session.execute(query.order_by(CommonEntry.position).execution_options(yield_per=SOME))


def _check_subtrees(session: Transaction, due: dict[tuple[int, int], bytes]) -> Iterator[str]:
    query = select(CommonSubtree.level, CommonSubtree.number, CommonSubtree.root)
    stored = {(level, number): bytes(root) for level, number, root in session.execute(query)}
    for level, number in sorted(due.keys() | stored.keys()):
        if stored.get((level, number)) != due.get((level, number)):
            yield f"common_subtrees {level}/{number}: root is not that of the entries of this level and number."


def _check_head(session: Transaction, tree: merkle.Growing) -> Iterator[str]:
    head = session.get(CommonHead, 1)
    if head is None:
        if tree.size:
            yield f"common_head 1: the row (id) is not there; {tree.size} entries are stored."
        return
    if head.size != tree.size:
        yield f"common_head 1: size is {head.size}; {tree.size} entries are stored."
    if head.frontier != [root.hex() for root in tree.frontier]:
        yield "common_head 1: frontier is not the tree of the stored entries."
    if head.vkey != own_vkey(session):
        yield "common_head 1: vkey is not the key at hand."


def _check_sequenced(session: Transaction, newest: dict[str, int]) -> Iterator[str]:
    """Hold what is known of each letter against the last entry of it that was appended."""
    query = select(Sequenced.letter_id, Sequenced.size, Sequenced.frontier, CommonEntry.entry, LogHead.vkey)
    query = query.outerjoin(
        CommonEntry, (CommonEntry.letter_id == Sequenced.letter_id) & (CommonEntry.size == Sequenced.size)
    ).outerjoin(LogHead, LogHead.letter_id == Sequenced.letter_id)
    known = set()
    for letter_id, size, frontier, entry, vkey in session.execute(query):
        known.add(letter_id)
        if size != newest.get(letter_id):
            yield f"sequenced {letter_id}: size is not that of the newest entry of this letter (letter_id)."
        elif entry is None or not _leads_to(
            f"{log_name(vkey or '')}/letters/{letter_id}", size, frontier, bytes(entry)
        ):
            yield f"sequenced {letter_id}: frontier does not lead to the newest entry of this letter."
    for letter_id in sorted(newest.keys() - known):
        yield f"sequenced {letter_id}: the row (letter_id) is not there."


def _leads_to(origin: str, size: int, frontier: list[str], entry: bytes) -> bool:
    try:
        tree = merkle.Growing(size, [bytes.fromhex(root) for root in frontier])
        return entry_for(merkle.Checkpoint(origin, size, tree.root()).to_text()) == entry
    except (ValueError, TypeError, AttributeError):
        return False


# --- heads ------------------------------------------------------------------------------------------------------------


class _Heads:
    """The signed heads: their roots are compared as the tree grows, their signatures from the newest back."""

    def __init__(self, session: Transaction) -> None:
        self.session = session
        self.name = name_of(session)
        query = select(CommonCheckpoint.size, CommonCheckpoint.note).order_by(CommonCheckpoint.size)
        self.notes = {size: str(note) for size, note in session.execute(query)}
        self.keys = _publics(session)

    def reached(self, tree: merkle.Growing) -> Iterator[str]:
        """Hold the head of the size that the tree has now, where there is one, against the tree."""
        note = self.notes.get(tree.size)
        if note is None:
            return
        try:
            said = checkpoint_of("", open_note(note))
        except VerificationError as fault:
            yield f"common_checkpoints {tree.size}: note is none: {fault}."
            return
        if (said.origin, said.size, said.root) != (self.name, tree.size, tree.root()):
            yield f"common_checkpoints {tree.size}: note is not the tree of the stored entries, or size is not its own."

    def check(self, reached: int) -> Iterator[str]:
        """Check the signatures: a key signs from where it took the place of another, and both sign there."""
        signer = merkle.public_key(self.session.settings.history_seed())
        before: set[bytes] = set()
        for size, note in sorted(self.notes.items(), reverse=True):
            if size > reached or not size:
                yield f"common_checkpoints {size}: size and note are of more entries than are stored."
            signers = self._signers(note)
            others = [key for key in self.keys if key in signers and key != signer and key not in before]
            if signer not in signers:
                lost = [key for key in others if _was_lost(self.session, key)]
                if not lost:
                    yield f"common_checkpoints {size}: note is not signed by the key of then."
                    continue
                before.add(signer)
                signer = lost[0]
            elif others:
                before.add(signer)
                signer = others[0]

    def _signers(self, note: str) -> set[bytes]:
        """Return which of the keys that this database was written with have signed a note."""
        try:
            signatures = open_note(note)
        except VerificationError:
            return set()
        text = f"{signatures.content}\n".encode()
        found = set()
        for key in self.keys:
            mark = merkle.key_id(self.name, key)
            marks = [rest for name, rest in signatures.marks if name == self.name and rest[:4] == mark]
            if len(marks) == 1 and merkle.is_signed(key, marks[0][4:], text):
                found.add(key)
        return found


def _publics(session: Transaction) -> list[bytes]:
    """Return the public halves of the keys that signed this database's logs; the one at hand is always among them."""
    own = merkle.public_key(session.settings.history_seed())
    query = select(InstanceKey.fingerprint).where(InstanceKey.name == keys.HISTORY)
    known = [bytes.fromhex(found) for found in session.scalars(query.order_by(InstanceKey.since.desc()))]
    return [own, *(key for key in known if key != own)]


def _was_lost(session: Transaction, public: bytes) -> bool:
    """Whether a letter's history says of a key that it was lost."""
    query = select(LogEntry.entry).where(LogEntry.action == KeyChanged.NAME)
    for entry in session.scalars(query):
        about = json.loads(entry)["about"]
        name, _, mark = str(about["from"]).partition("+")
        if about["lost"] and mark[:8] == merkle.key_id(name, public).hex():
            return True
    return False
