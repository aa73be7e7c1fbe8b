"""
What a letter's text refers to in the other parts of its document: links, pictures, lists and footnotes.

Every list is a real one of Word's, and starts anew; footnotes stand at the foot of the page, numbered by Word itself.
Format: ECMA-376 part 1, 17.9 (numbering) and 17.11 (footnotes).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from workflow.documents.writing.styles import INDENT
from workflow.documents.writing.wordml import HEAD, NAMESPACES, Hyperlink, Looks, Paragraph, Run

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


@dataclass(slots=True)
class References:
    """What has been referred to so far."""

    links: dict[str, str] = field(default_factory=dict)
    """The id of the relation, by the target."""
    lists: list[Number] = field(default_factory=list)
    first_list: int = 1
    """The first `w:numId` that the letterhead leaves free."""
    notes: dict[int, list[Paragraph]] = field(default_factory=dict)
    """The footnotes by their number, from 1 in the order in which the text refers to them."""
    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """By the id of the relation: the part's name below word/, and its bytes."""
    drawn: int = 0

    def picture(self, digest: str, png: bytes) -> str:
        """Return the id of the relation to a picture; the same picture is there once."""
        name = f"rPicture{digest}"
        self.pictures.setdefault(name, (f"media/{digest}.png", png))
        return name

    def link(self, target: str) -> str:
        """Return the id of the relation to a target."""
        return self.links.setdefault(target, f"rLink{len(self.links) + 1}")

    def begin_list(self, number: Number) -> int:
        """Add a list and return its `w:numId`."""
        self.lists.append(number)
        return self.first_list + len(self.lists) - 1

    def linked_from_notes(self) -> set[str]:
        """Return the ids of the relations that footnotes have, which are a part of their own."""
        paragraphs = (paragraph for note in self.notes.values() for paragraph in note)
        return {one.link.relation for p in paragraphs for one in p.runs if isinstance(one, Hyperlink)}


# --- lists ---------------------------------------------------------------------------------------------------------

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


# --- footnotes -----------------------------------------------------------------------------------------------------

TURNED_RULE = "<w:pPr><w:bidi/></w:pPr>"
"""What the paragraph of the rule above the footnotes says in a letter that runs from right to left."""


def _lines(turned: bool) -> str:
    """The rule above the footnotes, at the edge where the letter's lines begin."""
    side = TURNED_RULE if turned else ""
    return "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p>{side}<w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for kind, number in (("separator", -1), ("continuationSeparator", 0))
    )


NOTE_LOOKS = Looks("FootnoteReference")
MARK = (Run("", NOTE_LOOKS, "<w:footnoteRef/>"), Run(" "))
"""What a footnote begins with: its number, which Word sets."""


def note_reference(number: int) -> Run:
    """Return the run in the text that a note hangs on; notes count from 1."""
    return Run("", NOTE_LOOKS, f'<w:footnoteReference w:id="{number}"/>', number)


def footnotes(notes: Mapping[int, str], *, right_to_left: bool = False) -> str:
    """Return word/footnotes.xml of notes that are written out, by their number."""
    written = "".join(f'<w:footnote w:id="{number}">{note}</w:footnote>' for number, note in notes.items())
    return f"{HEAD}<w:footnotes {NAMESPACES}>{_lines(right_to_left)}{written}</w:footnotes>"
