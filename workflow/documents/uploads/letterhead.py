"""
A letterhead ready to be filled: constant parts, deflated once, and a document with placeholders for what a letter says.

What is put in their place is made elsewhere; filling is joining strings, so that a letter is rendered in no time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workflow.documents.writing.opc import Entry, Relation, steady
from workflow.documents.writing.references import Numbers
from workflow.documents.writing.wordml import Names, escaped

PLACES = ("recipient", "date", "subject", "salutation", "body", "closing", "signatories", "logos")
"""What a letter says, each in a paragraph of its own; `date`, `subject` may stand amid words too."""
IN_LINE = ("date", "subject", "title", "page", "pages")
"""What may stand amid words, in headers and footers as well."""
STYLES = {
    "recipient": "InsideAddress", "date": "Date", "subject": "SubjectLine", "salutation": "Salutation",
    "body": "BodyText", "closing": "Closing", "signatories": "Signature", "logos": "Logos",
}  # fmt: skip
"""Of the line that each has where the letterhead does not say."""
PLACEHOLDERS = tuple(dict.fromkeys((*PLACES, *IN_LINE)))


class Page(NamedTuple):
    """A sheet with its margins at the sides, in twentieths of a point."""

    width: int
    height: int
    margin: int

    @property
    def measure(self) -> int:
        """The length of a line of text."""
        return self.width - 2 * self.margin


A4 = Page(11906, 16838, 1474)
US_LETTER = Page(12240, 15840, 1474)


class Placeholder(NamedTuple):
    """
    A place in a part: what goes there, and what stands around it.

    For a whole paragraph, `before` and `after` are set around each line of it; amid words they are empty.
    """

    name: str
    before: str = ""
    after: str = ""
    measure: int = 0
    """The length of a line of text there, in twentieths of a point."""
    style: str = ""
    """The id of its style, in the letterhead."""
    turned: str = ""
    """What is set before a line that is written from right to left, in place of `before`."""


Piece = str | Placeholder
Filled = Mapping[str, str]
"""What is set amid words, by name, as XML text."""
Whole = Callable[[Placeholder], str]
"""Returns what is set in the place of a whole paragraph, as XML."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A letterhead; see the module. `source` is the Word document that it was made of, with its placeholders."""

    source: bytes
    constant: tuple[tuple[str, bytes], ...]
    """Parts that are the same in every letter."""
    headers: tuple[tuple[str, tuple[Piece, ...]], ...]
    """Headers and footers with placeholders in them."""
    document: tuple[Piece, ...]
    styles: tuple[str, str]
    """Around the language's tag."""
    relations: tuple[Relation, ...]
    types: tuple[tuple[str, str], ...]
    """Content types: of extensions (`png`), and of parts (`/word/styles.xml`)."""
    numbers: Numbers
    renamed: tuple[tuple[str, str], ...] = ()
    """Where a style of ours has another id in this letterhead."""

    @property
    def names(self) -> Names:
        """Return the ids of the letterhead's styles, by ours, where they differ."""
        return {own: escaped(theirs) for own, theirs in self.renamed}

    def entries(self) -> tuple[Entry, ...]:
        """Return the constant parts, deflated."""
        return _entries(self.constant)

    def filled(self, pieces: Sequence[Piece], inline: Filled, whole: Whole) -> str:
        """Return a part with its placeholders filled: amid words from `inline`, whole paragraphs by `whole`."""
        made = [
            piece if isinstance(piece, str) else inline[piece.name] if not piece.before else whole(piece)
            for piece in pieces
        ]
        return "".join(made)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A letterhead, and in sentences what was found, what is missing, and what was left out."""

    letterhead: Letterhead
    found: tuple[str, ...]
    missing: tuple[str, ...]
    left_out: tuple[str, ...]


@functools.lru_cache(maxsize=32)
def _entries(constant: tuple[tuple[str, bytes], ...]) -> tuple[Entry, ...]:
    return tuple(steady(name, content) for name, content in constant)
