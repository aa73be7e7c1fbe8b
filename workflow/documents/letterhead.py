"""
A letterhead ready to be filled: constant parts, deflated once, and a document with places for what a letter says.

What is put into the places is made elsewhere; filling is joining strings, so that a letter is rendered in no time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workflow.documents.archive import Entry, steady
from workflow.documents.markup import HEAD, escaped

PLACES = ("recipient", "date", "subject", "salutation", "body", "closing", "signatories", "logos")
"""What a letter says, each in a paragraph of its own; `date`, `subject` may stand amid words too."""
IN_LINE = ("date", "subject", "title", "page", "pages")
"""What may stand amid words, in headers and footers as well."""
MARKS = tuple(dict.fromkeys((*PLACES, *IN_LINE)))

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"


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


class Place(NamedTuple):
    """
    A place in a part: what goes there, and what stands around it.

    For a whole paragraph, `before` and `after` are set around each line of it; amid words they are empty.
    """

    mark: str
    before: str = ""
    after: str = ""
    measure: int = 0
    """The length of a line of text there, in twentieths of a point."""


Piece = str | Place
Filled = Mapping[str, str]
"""What is set amid words, by mark, as XML text."""


class Relation(NamedTuple):
    """One line of a part's relations."""

    id: str
    type: str
    target: str
    external: bool = False

    def xml(self) -> str:
        """Return it as XML."""
        mode = ' TargetMode="External"' if self.external else ""
        return f'<Relationship Id="{escaped(self.id)}" Type="{self.type}" Target="{escaped(self.target)}"{mode}/>'


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbering of a letterhead: what stands in numbering.xml, and the first ids that are free."""

    opening: str
    schemes: str
    lists: str
    first_scheme: int = 1
    first_list: int = 1


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A letterhead; see the module. `source` is the Word document that it was made of, with its marks."""

    source: bytes
    constant: tuple[tuple[str, bytes], ...]
    """Parts that are the same in every letter."""
    marked: tuple[tuple[str, tuple[Piece, ...]], ...]
    """Headers and footers with places in them."""
    document: tuple[Piece, ...]
    styles: tuple[str, str]
    """Around the language's tag."""
    relations: tuple[Relation, ...]
    types: tuple[tuple[str, str], ...]
    """Content types: of extensions (`png`), and of parts (`/word/styles.xml`)."""
    numbers: Numbers
    renamed: tuple[tuple[str, str], ...] = ()
    """Where a style of ours has another id in this letterhead."""

    def entries(self) -> tuple[Entry, ...]:
        """Return the constant parts, deflated."""
        return _entries(self.constant)

    def filled(self, pieces: Sequence[Piece], inline: Filled, whole: Callable[[Place], str]) -> str:
        """Return a part with its places filled: amid words from `inline`, whole paragraphs by `whole`."""
        made = [
            piece if isinstance(piece, str) else inline[piece.mark] if not piece.before else whole(piece)
            for piece in pieces
        ]
        return "".join(made)


@functools.lru_cache(maxsize=32)
def _entries(constant: tuple[tuple[str, bytes], ...]) -> tuple[Entry, ...]:
    return tuple(steady(name, content) for name, content in constant)


def relations_part(relations: Sequence[Relation]) -> str:
    """Return a part of relations."""
    return f'{HEAD}<Relationships xmlns="{RELATIONS}">{"".join(one.xml() for one in relations)}</Relationships>'


@functools.lru_cache(maxsize=64)
def types_part(types: tuple[tuple[str, str], ...]) -> str:
    """Return [Content_Types].xml."""
    said = "".join(
        f'<Override PartName="{escaped(name)}" ContentType="{kind}"/>'
        if name.startswith("/")
        else f'<Default Extension="{escaped(name)}" ContentType="{kind}"/>'
        for name, kind in types
    )
    return f'{HEAD}<Types xmlns="{CONTENT_TYPES}">{said}</Types>'
