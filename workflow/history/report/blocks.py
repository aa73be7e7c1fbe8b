"""What a report is made of: headings, paragraphs, tables; each way to write one says them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Run(NamedTuple):
    """Words that look the same: plainly, `strong`, `soft`, `mono`, `added` or `removed`."""

    words: str
    look: str = ""


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title."""

    words: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: plain, a `lead`, a `note`, an `item` of a list, or `paper`: words of the letter."""

    runs: Line
    kind: str = ""
    language: str = ""
    """Of the letter's words, where they may be in another one than the report."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is called how, line by line."""

    rows: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its headings, the cells of each row as lines, and how wide the columns are, in hundredths."""

    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[Line, ...], ...], ...]
    widths: tuple[int, ...]


Block = Heading | Paragraph | Facts | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A report: its title, its language, and what it says."""

    title: str
    language: str
    blocks: tuple[Block, ...]


def plain(words: str, look: str = "") -> Line:
    """Return words as a line."""
    return (Run(words, look),)
