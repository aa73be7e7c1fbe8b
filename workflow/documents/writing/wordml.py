"""
WordprocessingML (ECMA-376): words as runs, lines as paragraphs, cells as tables. Knows no letter.

Runs and paragraphs are values, written out once. Styles are written under the ids that a letterhead has for them
(`names`, by our own ids).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from workflow.letter import text

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W, R = f"{{{_MAIN}}}", f"{{{OFFICE}}}"
"""Before the names of elements and attributes, as lxml has them."""
NAMESPACES = f'xmlns:w="{_MAIN}" xmlns:r="{OFFICE}"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Names = Mapping[str, str]
OURS: Names = {}
"""The names of a letterhead that calls its styles as we do."""

_REFUSED_BY_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def printable(words: str) -> str:
    """Return the words without what XML 1.0 cannot hold: control characters, lone surrogates, non-characters."""
    return _REFUSED_BY_XML.sub("", words)


def escaped(words: str) -> str:
    """Return printable words as XML text, fit for an element and for an attribute in double quotes."""
    kept = words if words.isascii() and words.isprintable() else printable(words)
    if "&" in kept or "<" in kept or ">" in kept or '"' in kept:
        kept = kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return kept


def reads_right_to_left(words: str) -> bool:
    """Say whether words hold letters of a script that is written from right to left."""
    return not words.isascii() and _RIGHT_TO_LEFT.search(words) is not None


def begins_right_to_left(words: str) -> bool:
    """Say whether the first letter of a paragraph is of a right-to-left script (as Unicode UAX 9, P2 does)."""
    if words.isascii():
        return False
    first = next((c for c in words if c.isalpha()), "")
    return reads_right_to_left(first)


def clean(words: str) -> str:
    """Clean one line as `text.clean_line` does, at once where there is nothing to clean (most of 5,000 names)."""
    if words.isprintable() and "  " not in words and (words.isascii() or unicodedata.is_normalized("NFC", words)):
        return words.strip()
    return text.clean_line(words)


# --- runs ----------------------------------------------------------------------------------------------------------


class Looks(NamedTuple):
    """How words look: the id of a character style, bold, italic, and whether they run from right to left."""

    style: str = ""
    bold: bool = False
    italic: bool = False
    right_to_left: bool = False

    def xml(self, names: Names = OURS) -> str:
        """Return the properties of a run; empty for words that look as their paragraph does."""
        return _properties(names.get(self.style, self.style), *self[1:])


@functools.lru_cache(maxsize=256)
def _properties(style: str, bold: bool, italic: bool, right_to_left: bool) -> str:
    named = f'<w:rStyle w:val="{style}"/>' if style else ""
    said = f"{named}{'<w:b/><w:bCs/>' * bold}{'<w:i/><w:iCs/>' * italic}{'<w:rtl/>' * right_to_left}"
    return f"<w:rPr>{said}</w:rPr>" if said else ""


_PLAIN = Looks()
_looks = functools.lru_cache(maxsize=64)(Looks)


class Run(NamedTuple):
    """Words that look the same, with line breaks and tabs; or, in their place, an element: a picture, a note's mark."""

    words: str
    looks: Looks = _PLAIN
    element: str = ""
    note: int = 0
    """The number of the footnote that the element points out."""

    def xml(self, names: Names = OURS) -> str:
        """Return the run as WordprocessingML."""
        return f"<w:r>{self.looks.xml(names)}{self.content()}</w:r>"

    def content(self, *, deleted: bool = False) -> str:
        """Return what stands in the run; words that were struck have a tag of their own."""
        if self.element:
            return self.element
        opens, closes = _STRUCK if deleted else _WORDS
        content = f"{opens}{escaped(self.words)}{closes}"
        if self.words and self.words.isprintable():
            return content
        for character, element in (("\n", "<w:br/>"), ("\t", "<w:tab/>")):
            content = content.replace(character, f"{closes}{element}{opens}")
        return content.replace(f"{opens}{closes}", "")


_WORDS = '<w:t xml:space="preserve">', "</w:t>"
_STRUCK = '<w:delText xml:space="preserve">', "</w:delText>"
LINE_BREAK = f"{_WORDS[1]}<w:br/>{_WORDS[0]}"
"""A line break within a run."""


def run(words: str, style: str = "", *, bold: bool = False, italic: bool = False) -> Run:
    """Return words as a run; where they hold letters of such a script, it runs from right to left."""
    return Run(words, _looks(style, bold, italic, reads_right_to_left(words)))


class Link(NamedTuple):
    """Where words lead: the id of the relation that has the target, and the words that are shown over the link."""

    relation: str
    tip: str = ""

    def around(self, runs: str) -> str:
        """Return runs as a link."""
        tip = f' w:tooltip="{escaped(self.tip)}"' if self.tip else ""
        return f'<w:hyperlink r:id="{self.relation}" w:history="1"{tip}>{runs}</w:hyperlink>'


class Hyperlink(NamedTuple):
    """Runs that lead somewhere."""

    link: Link
    runs: tuple[Run, ...]

    def xml(self, names: Names = OURS) -> str:
        """Return the link as WordprocessingML."""
        return self.link.around("".join(one.xml(names) for one in self.runs))


Runs = tuple[Run | Hyperlink, ...]


# --- paragraphs and tables -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Paragraph:
    """One paragraph: its style, its runs, and where it stands in a list (`num_id`, `level`) or in from the margin."""

    style: str
    runs: Runs
    number: tuple[int, int] | None = None
    indent: tuple[int, int, int] | None = None
    """Left, hanging and right, where they are not the style's own."""
    keep_next: bool = False
    right_to_left: bool = False
    alignment: str = ""
    """`left`, `center`, `right`; empty for the style's own."""

    def xml(self, names: Names = OURS) -> str:
        """Return the paragraph as WordprocessingML."""
        runs = "".join([one.xml(names) for one in self.runs])
        return f"<w:p><w:pPr>{self.properties(names)}</w:pPr>{runs}</w:p>"

    def properties(self, names: Names = OURS) -> str:
        """Return what `w:pPr` holds, in the schema's order."""
        properties = f'<w:pStyle w:val="{names.get(self.style, self.style)}"/>'
        if self.keep_next:
            properties += "<w:keepNext/>"
        if self.number:
            properties += f'<w:numPr><w:ilvl w:val="{self.number[1]}"/><w:numId w:val="{self.number[0]}"/></w:numPr>'
        if self.right_to_left:
            properties += "<w:bidi/>"
        if self.indent:
            left, hanging, right = self.indent
            properties += f'<w:ind w:left="{left}" w:right="{right}" w:hanging="{hanging}"/>'
        if self.alignment:
            properties += f'<w:jc w:val="{self._side}"/>'
        return properties

    @property
    def _side(self) -> str:
        """In a paragraph from right to left, Word takes left for the side where a line begins: the right."""
        mirrored = {"left": "right", "right": "left"} if self.right_to_left else {}
        return mirrored.get(self.alignment, self.alignment)


def line(style: str, words: str) -> Paragraph:
    """Set a line that is clean as a paragraph."""
    return Paragraph(style, (run(words),), right_to_left=begins_right_to_left(words))


@dataclass(slots=True)
class Table:
    """A table: its first row is its header, which is repeated on every page."""

    rows: list[list[Paragraph]] = field(default_factory=list)
    inset: int = 0
    mirrored: bool = False
    """Whether its columns run from right to left."""

    style = "LetterTable"
    """Of the table; its cells are paragraphs with styles of their own."""

    def xml(self, names: Names = OURS) -> str:
        """Return the table as WordprocessingML, as wide as the text, with columns of equal width."""
        return self.written([[cell.xml(names) for cell in row] for row in self.rows], names)

    def written(
        self, cells: Sequence[Sequence[str]], names: Names = OURS, marks: Iterable[str] = (), end: str = ""
    ) -> str:
        """
        Return the table with these cells.

        `marks` say what became of each row, `end` of the line below the table that keeps it apart.
        """
        columns = max(map(len, cells), default=1)
        share = f'<w:tcPr><w:tcW w:w="{5000 // columns}" w:type="pct"/></w:tcPr>'
        marked = [*marks] or [""] * len(cells)
        rows = "".join(
            f"<w:tr><w:trPr><w:cantSplit/>{'' if number else '<w:tblHeader/>'}{mark}</w:trPr>"
            f"{''.join(f'<w:tc>{share}{cell}</w:tc>' for cell in row)}</w:tr>"
            for number, (row, mark) in enumerate(zip(cells, marked, strict=True))
        )
        inset = f'<w:tblInd w:w="{self.inset}" w:type="dxa"/>' if self.inset else ""
        width = f'<w:tblW w:w="5000" w:type="pct"/>{inset}<w:tblLook w:val="0020" w:firstRow="1"/>'
        return table(names.get(self.style, self.style), width, [1000] * columns, rows, names, self.mirrored, end)


def table(
    style: str, width: str, columns: Sequence[int], rows: str, names: Names, mirrored: bool, end: str = ""
) -> str:
    """Return a table of rows, and below it the line that keeps it apart from what follows."""
    grid = "".join(f'<w:gridCol w:w="{column}"/>' for column in columns)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/>{"<w:bidiVisual/>" * mirrored}{width}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        f"<w:p><w:pPr>{Paragraph('TableEnd', ()).properties(names)}{end}</w:pPr></w:p>"
    )


Block = Paragraph | Table
