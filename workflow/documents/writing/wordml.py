"""WordprocessingML (ECMA-376) as text: words as runs, lines as paragraphs. Knows no letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from workflow.letter import text

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

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


LINE_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
"""A line break within a run."""


def run(words: str, looks: str = "") -> str:
    """Return words as a run with the given properties; line breaks and tabs are kept."""
    if reads_right_to_left(words):
        looks += "<w:rtl/>"
    properties = f"<w:rPr>{looks}</w:rPr>" if looks else ""
    content = escaped(words)
    if "\n" in content:
        content = content.replace("\n", LINE_BREAK)
    if "\t" in content:
        content = content.replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
    content = f'<w:t xml:space="preserve">{content}</w:t>'.replace('<w:t xml:space="preserve"></w:t>', "")
    return f"<w:r>{properties}{content}</w:r>"


@dataclass(slots=True)
class Paragraph:
    """One paragraph: its style, its runs, and where it stands in a list (`num_id`, `level`) or in from the margin."""

    style: str
    runs: str
    number: tuple[int, int] | None = None
    indent: tuple[int, int, int] | None = None
    """Left, hanging and right, where they are not the style's own."""
    keep_next: bool = False
    right_to_left: bool = False

    def xml(self) -> str:
        """Return the paragraph as WordprocessingML."""
        return f"<w:p><w:pPr>{self.properties()}</w:pPr>{self.runs}</w:p>"

    def properties(self) -> str:
        """Return what `w:pPr` holds, in the schema's order."""
        properties = f'<w:pStyle w:val="{self.style}"/>'
        if self.keep_next:
            properties += "<w:keepNext/>"
        if self.number:
            properties += f'<w:numPr><w:ilvl w:val="{self.number[1]}"/><w:numId w:val="{self.number[0]}"/></w:numPr>'
        if self.right_to_left:
            properties += "<w:bidi/>"
        if self.indent:
            left, hanging, right = self.indent
            properties += f'<w:ind w:left="{left}" w:right="{right}" w:hanging="{hanging}"/>'
        return properties


def paragraphs(style: str, lines: Iterable[str]) -> Iterable[str]:
    """Set each line that says something as a paragraph."""
    for one in filter(None, map(clean, lines)):
        yield Paragraph(style, run(one), right_to_left=begins_right_to_left(one)).xml()


def clean(words: str) -> str:
    """Clean one line as `text.clean_line` does, at once where there is nothing to clean (most of 5,000 names)."""
    if words.isprintable() and "  " not in words and (words.isascii() or unicodedata.is_normalized("NFC", words)):
        return words.strip()
    return text.clean_line(words)
