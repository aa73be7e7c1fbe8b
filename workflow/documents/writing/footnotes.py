"""Footnotes as Word has them: at the foot of the page, numbered by Word itself. Format: ECMA-376 part 1, 17.11."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflow.documents.writing.wordml import HEAD, NAMESPACES, Paragraph

FIRST = 1
"""The ids -1 and 0 are those of the lines between text and notes."""
_LINES = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
)
MARK = (
    '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
    '<w:r><w:t xml:space="preserve"> </w:t></w:r>'
)

_REFERENCE = re.compile(r'<w:footnoteReference w:id="(\d+)"/>')


def reference(number: int) -> str:
    """Return the run in the text that a note hangs on; notes count from 1."""
    return f'<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="{number}"/></w:r>'


def footnotes(notes: Sequence[Sequence[Paragraph]], document: str) -> str:
    """
    Return word/footnotes.xml: each note is one or more paragraphs, of which the first begins with its number.

    A note that nothing in the document points out is left out: nobody would see it, and everybody could read it.
    """
    pointed_out = set(_REFERENCE.findall(document))
    written = "".join(
        f'<w:footnote w:id="{number}">{"".join(paragraph.xml() for paragraph in note)}</w:footnote>'
        for number, note in enumerate(notes, FIRST)
        if str(number) in pointed_out
    )
    return f"{HEAD}<w:footnotes {NAMESPACES}>{_LINES}{written}</w:footnotes>"
