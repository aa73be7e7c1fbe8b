"""A common log of any size, built directly; and a client that reads one as anybody may, by C2SP tlog-tiles alone."""

from __future__ import annotations

import base64
import hashlib

import sqlalchemy as sa

from tests.support.factories import take_in
from workflow import merkle
from workflow.history import common
from workflow.history.common import sequencer, signer
from workflow.models import now


class Built:
    """Grows the common log of a database by entries that no letter stands behind."""

    def __init__(self, database) -> None:
        self.database = database
        self.letter_id = take_in(database)
        self.entries: list[bytes] = []

    def grow(self, to: int) -> str:
        """Append until the log has so many entries, sign a head, and return it."""
        with self.database.writing() as session:
            head = sequencer.locked_head(session)
            tree = merkle.Growing(head.size, [bytes.fromhex(root) for root in head.frontier])
            rows, subtrees, first = [], [], tree.size
            for position in range(first, to):
                entry = hashlib.sha256(b"%d" % position).digest()
                self.entries.append(entry)
                leaf = merkle.leaf_hash(entry)
                rows.append({"position": position, "entry": entry, "leaf": leaf, "at": now()})
                subtrees += [full._asdict() for full in tree.append(leaf)]
            of = {"letter_id": self.letter_id}
            connection = session.connection()
            if rows:
                # Negative sizes: no checkpoint of the letter has one, so the sequencer minds none of these.
                connection.execute(
                    sa.insert(sequencer.ENTRIES), [{**row, **of, "size": -1 - row["position"]} for row in rows]
                )
            if subtrees:
                connection.execute(sa.insert(sequencer.SUBTREES), subtrees)
            frontier = [root.hex() for root in tree.frontier]
            connection.execute(sa.update(sequencer.HEAD).values(size=tree.size, frontier=frontier))
        signer.sign(self.database)
        with self.database.reading() as session:
            return common.newest(session)


# --- a stranger's client: it knows the specification, and nothing of the product --------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def subtree(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, over leaf hashes or over the roots of full subtrees of one size."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while 2 * half < len(hashes):
        half *= 2
    return sha256(b"\x01" + subtree(hashes[:half]) + subtree(hashes[half:]))


def number_path(number: int) -> str:
    """`1234067` is `x001/x234/067`."""
    path = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        path = f"x{number % 1000:03}/{path}"
    return path


class Reader:
    """Reads a log over HTTP: `get` gives the body of an address below the log's own."""

    def __init__(self, get) -> None:
        self.get = get
        text, _, _ = get("/checkpoint").decode().partition("\n\n")
        self.origin, size, root = text.split("\n")
        self.size, self.root = int(size), base64.b64decode(root)
        self.tiles: dict[tuple[int, int], list[bytes]] = {}

    def hashes(self, level: int, number: int) -> list[bytes]:
        """The hashes of one tile, as wide as the checkpoint's size makes it."""
        if (level, number) not in self.tiles:
            width = min(256, (self.size >> 8 * level) - 256 * number)
            assert width > 0
            partial = f".p/{width}" if width < 256 else ""
            body = self.get(f"/tile/{level}/{number_path(number)}{partial}")
            assert len(body) == 32 * width
            self.tiles[level, number] = [body[at : at + 32] for at in range(0, len(body), 32)]
        return self.tiles[level, number]

    def entries(self) -> list[bytes]:
        """All entries, from their bundles."""
        found: list[bytes] = []
        for number in range((self.size + 255) // 256):
            width = min(256, self.size - 256 * number)
            body = self.get(f"/tile/entries/{number_path(number)}{f'.p/{width}' if width < 256 else ''}")
            while body:
                length = int.from_bytes(body[:2], "big")
                found.append(body[2 : 2 + length])
                assert len(found[-1]) == length
                body = body[2 + length :]
        return found

    def node(self, level: int, number: int) -> bytes:
        """The root of the full subtree of 2**level leaves with this number, from the tile that it lies in or above."""
        tile, inside = divmod(level, 8)
        first = number << inside
        hashes = self.hashes(tile, first // 256)
        return subtree(hashes[first % 256 : first % 256 + (1 << inside)])

    def part(self, start: int, end: int) -> bytes:
        """The root of the entries from `start` to before `end`, where the tree has such a part."""
        if start == end:
            return sha256(b"")
        length = end - start
        level = length.bit_length() - 1
        if length == 1 << level:
            return self.node(level, start >> level)
        middle = start + (1 << level)
        return sha256(b"\x01" + self.part(start, middle) + self.part(middle, end))

    def is_the_checkpoints(self) -> bool:
        """Whether the tiles lead to the root that was signed."""
        return self.part(0, self.size) == self.root

    def path(self, index: int, start: int = 0, end: int | None = None) -> list[bytes]:
        """PATH of RFC 6962."""
        end = self.size if end is None else end
        if end - start == 1:
            return []
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            return [*self.path(index, start, middle), self.part(middle, end)]
        return [*self.path(index, middle, end), self.part(start, middle)]

    def continues(self, old: int) -> list[bytes]:
        """PROOF of RFC 6962: that this log continues its first `old` entries."""
        return self._subproof(old, 0, self.size, True)

    def _subproof(self, old: int, start: int, end: int, whole: bool) -> list[bytes]:
        if old == end - start:
            return [] if whole else [self.part(start, end)]
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if start + old <= middle:
            return [*self._subproof(old, start, middle, whole), self.part(middle, end)]
        return [*self._subproof(old - (middle - start), middle, end, False), self.part(start, middle)]


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2: the root that an inclusion proof leads to."""
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        assert sn > 0
        if fn & 1 or fn == sn:
            node = sha256(b"\x01" + sibling + node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = sha256(b"\x01" + node + sibling)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return node


def roots_by_consistency(old: int, new: int, old_root: bytes, proof: list[bytes]) -> tuple[bytes, bytes]:
    """RFC 9162, 2.1.4.2: the two roots that a consistency proof leads to."""
    if old == new:
        assert not proof
        return old_root, old_root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for sibling in path[1:]:
        assert sn > 0
        if fn & 1 or fn == sn:
            first = sha256(b"\x01" + sibling + first)
            second = sha256(b"\x01" + sibling + second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = sha256(b"\x01" + second + sibling)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return first, second
