"""The common log as the public reads it: tiles of hashes, bundles of entries, and their names (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from workflow.history.common.reading import newest_size
from workflow.models import CommonEntry, CommonSubtree
from workflow.transaction import Transaction

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = "entries"
HIGHEST = 63
DIGITS = 3
LONGEST_NAME = 40
"""More than the name of any tile of a log of 2**63 entries has."""


@dataclass(frozen=True, slots=True)
class Tile:
    """So many hashes of a level of the tree (None: entries), the `number`-th of its level; narrower where it grows."""

    level: int | None
    number: int
    width: int = WIDTH

    @classmethod
    def named(cls, name: str) -> Tile | None:
        """Return the tile of a name, as `0/x001/x234/067.p/8`; None where it is not spelt as it must be."""
        level, _, rest = name.partition("/")
        number, partial, width = rest.partition(".p/")
        digits = number.replace("x", "").replace("/", "")
        known = (digits, width if partial else "0", "0" if level == ENTRIES else level)
        if len(name) > LONGEST_NAME or not all(part.isascii() and part.isdigit() for part in known):
            return None
        of = None if level == ENTRIES else int(level)
        found = cls(of, int(digits), int(width) if partial else WIDTH)
        return found if found.name == name and found._can_be else None

    @property
    def _can_be(self) -> bool:
        return (self.level or 0) <= HIGHEST and 0 < self.width <= WIDTH

    @property
    def name(self) -> str:
        """The name that it is asked for by: its number in threes of digits, all but the last begun by an x."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // DIGITS) * DIGITS)
        threes = [digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS)]
        path = "/".join([*(f"x{three}" for three in threes[:-1]), threes[-1]])
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"{ENTRIES if self.level is None else self.level}/{path}{partial}"


def read(session: Transaction, tile: Tile) -> bytes | None:
    """Return the bytes of a tile; None where the newest signed head does not reach so far."""
    level = HEIGHT * (tile.level or 0)
    first = tile.number * WIDTH
    if first + tile.width > newest_size(session) >> level:
        return None
    rows = session.scalars(_rows(tile.level, first, first + tile.width)).all()
    if len(rows) < tile.width:
        return None
    if tile.level is None:
        return b"".join(len(row).to_bytes(2, "big") + bytes(row) for row in rows)
    return b"".join(bytes(row) for row in rows)


def _rows(level: int | None, first: int, end: int) -> Select[Any]:
    if level:
        query = select(CommonSubtree.root).where(CommonSubtree.level == HEIGHT * level)
        number = CommonSubtree.number
        return query.where(number >= first, number < end).order_by(number)
    column = CommonEntry.entry if level is None else CommonEntry.leaf
    position = CommonEntry.position
    return select(column).where(position >= first, position < end).order_by(position)
