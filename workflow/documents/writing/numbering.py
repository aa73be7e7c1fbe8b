"""The numbering of lists: every list of a letter is a real one of Word's, and starts anew."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workflow.documents.writing.styles import INDENT

DEEPEST = 9
"""Word knows nine levels of a list."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbering of a letterhead: what stands in numbering.xml, and the first ids that are free."""

    opening: str
    schemes: str
    lists: str
    first_scheme: int = 1
    first_list: int = 1


class Number(NamedTuple):
    """
    One list: its kind (`bullet`, `.` or `)`), and the number it starts with.

    `level` is in how many lists it stands, `like` in how many of the same sort: the first numbers are 1, 2, 3, those
    inside of them a, b, c.
    """

    kind: str
    level: int = 0
    like: int = 0
    start: int = 1


_BULLETS = ("•", "–", "▪")
_FORMATS = ("decimal", "lowerLetter", "lowerRoman")


def numbering(lists: Sequence[Number], base: Numbers) -> str:
    """
    Return word/numbering.xml: every list is a `w:num` of its own and so starts anew.

    They follow those of the letterhead (`base`); the first is `base.first_list`.
    """
    kinds = dict.fromkeys((one.kind, one.like % 3) for one in lists)
    schemes = {scheme: n for n, scheme in enumerate(kinds, base.first_scheme)}
    nums = "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="{schemes[one.kind, one.like % 3]}"/>'
        f'<w:lvlOverride w:ilvl="{one.level}"><w:startOverride w:val="{one.start}"/></w:lvlOverride></w:num>'
        for n, one in enumerate(lists, base.first_list)
    )
    written = "".join(
        f'<w:abstractNum w:abstractNumId="{n}"><w:multiLevelType w:val="multilevel"/>{_levels(*scheme)}</w:abstractNum>'
        for scheme, n in schemes.items()
    )
    return f"{base.opening}{base.schemes}{written}{base.lists}{nums}</w:numbering>"


@functools.cache
def _levels(kind: str, like: int) -> str:
    shape = "bullet" if kind == "bullet" else _FORMATS[like]
    return "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{shape}"/>'
        f'<w:lvlText w:val="{_BULLETS[like] if kind == "bullet" else f"%{level + 1}{kind}"}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{INDENT * (level + 1)}" w:hanging="{INDENT}"/></w:pPr></w:lvl>'
        for level in range(DEEPEST)
    )
