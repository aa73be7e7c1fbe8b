"""
The first stage: a pasted text becomes rows, with the blank lines and page breaks between them counted.

Page numbers and the head of a forwarded mail are set apart, never lost; nothing is joined here.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflow.imports.lexicon import pattern, plain
from workflow.imports.markup import Mark
from workflow.imports.structure import Place

_BREAKS = re.compile(r"\r\n|[\n\r\v\x85\u2028\u2029]")
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|\u00ad(?=.)")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_QUOTED = re.compile(r"(?m)^(?:>[ \t]?)+")
_PAGE = pattern(
    r"«page»\s*\d{1,3}(?:\s*(?:«page_of»|/)\s*\d{1,3})?|[-–—]\s*\d{1,3}\s*[-–—]|\d{1,3}\s*/\s*\d{1,3}|\[?\d{1,3}\]?"
)
_FORWARDED = pattern(r"-{2,}\s*«forwarded»")
_MAIL_HEAD = pattern(r"«mail_head»\s?:\s")
_MAIL_HEAD_WITHIN = 60
"""In how many lines from the top a forwarded mail's head is looked for."""
_LONGEST_BROKEN = 180
"""Letters of the longest line that a PDF breaks text at; longer ones are whole paragraphs."""
_SHORTEST_BROKEN = 40
"""Letters that a line has at least which is broken at the width of a page: shorter ones are items, names, addresses."""


@dataclass(frozen=True)
class Row:
    """
    One row with words: `gap` blank lines stand before it, `indent` columns; `raw` keeps wide spaces and tabs.

    Where the source says so, as a Word file does, `marks` are what it says of the words, `place` is what the row is.
    """

    text: str
    raw: str = ""
    number: int = 0
    gap: int = 0
    page: bool = False
    indent: int = 0
    marks: tuple[Mark, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Segments:
    """
    A text in rows.

    `spaced` says that a blank line after a row means nothing; `pages` are the page numbers, `mail_head` the lines of
    a forwarded mail's head that stood among or above the rows. `source` is the text in the lines that rows count.
    `exact` says that each row has its place, and that none was broken at a width.
    """

    rows: list[Row]
    pages: list[Row]
    mail_head: list[Row]
    spaced: bool
    source: str
    exact: bool = False


def segment(source: str) -> Segments:
    """Part a text into its rows."""
    letter, mail_head = _without_mail_head(_unquoted(source))
    above = _numbered(mail_head)
    every = _numbered(letter, len(_BREAKS.findall(mail_head)))
    kept = "\n".join(_BREAKS.split(_cleaned(_unquoted(source))))
    return _without_pages(every, above, kept)


def exactly(rows: Sequence[Row], source: str) -> Segments:
    """Return rows that have their places as they are; where they were broken at a width, as those of a pasted text."""
    if _are_broken(rows):
        return _without_pages(rows, [], source)
    return Segments([*rows], [], [], spaced=False, source=source, exact=True)


def _are_broken(rows: Sequence[Row]) -> bool:
    """Tell whether rows are broken lines: many run on into the next amid a sentence, all about as long."""
    prose = [row for row in rows if row.place is None or row.place.is_prose]
    lengths = sorted(len(row.text) for row in prose)
    if not lengths or lengths[-1] >= _LONGEST_BROKEN:
        return False
    long = max(_SHORTEST_BROKEN, 0.6 * lengths[int(len(lengths) * 0.9)])
    full = runs_on = 0
    for row, after in itertools.pairwise(prose):
        if len(row.text) >= long:
            full += 1
            runs_on += row.text[-1] not in ".:;!?,)" and after.text[0].islower()
    return runs_on >= 3 and 4 * runs_on > full


def _without_pages(every: Sequence[Row], above: list[Row], source: str) -> Segments:
    """Set page numbers apart."""
    rows: list[Row] = []
    pages: list[Row] = []
    gap, broken = 0, False
    for position, row in enumerate(every):
        if _is_page_number(every, position):
            pages.append(row)
            gap, broken = gap + row.gap, True
        else:
            rows.append(replace(row, gap=row.gap + gap, page=row.page or broken))
            gap, broken = 0, False
    return Segments(rows, pages, above, _gaps_are_line_ends(rows), source)


def _unquoted(source: str) -> str:
    """Take the marks of a mail that was answered or forwarded from the lines, where these bear them."""
    worded = [line for line in source.split("\n") if line.strip()]
    marked = [line for line in worded if _QUOTED.match(line)]
    if len(marked) < 3 or len(marked) < 0.8 * len(worded):
        return source
    return _QUOTED.sub("", source)


def _without_mail_head(source: str) -> tuple[str, str]:
    """Return the letter, and what stands above it."""
    lines = source.split("\n")
    heads = [n for n, line in enumerate(lines[:_MAIL_HEAD_WITHIN]) if _FORWARDED.match(plain(line.strip()))]
    start = end = heads[-1] + 1 if heads else 0
    if end < len(lines) and not lines[end].strip():
        end += 1
    while end < len(lines) and _MAIL_HEAD.match(plain(lines[end].strip())):
        end += 1
    if end - start < 3 or not (heads or end < 8):
        return source, ""
    return "\n".join(lines[end:]), "".join(f"{line}\n" for line in lines[:end])


def _numbered(source: str, above: int = 0) -> list[Row]:
    """Return the lines with words; so many lines stand above the text."""
    found: list[Row] = []
    gap, page = 0, False
    for number, raw in enumerate(_BREAKS.split(_cleaned(source)), above + 1):
        pieces = raw.split("\f")
        for position, piece in enumerate(pieces):
            page = page or position > 0
            words = " ".join(piece.split())
            if words:
                indent = len(piece[: len(piece) - len(piece.lstrip())].expandtabs(4))
                found.append(Row(words, piece.strip(), number, gap, page, indent))
                gap, page = 0, False
            elif position == len(pieces) - 1:
                gap += 1
    return found


def _cleaned(source: str) -> str:
    """Clean the whole text at once: one kind of blank, nothing invisible, no control characters but line ends."""
    once = _INVISIBLE.sub("", _SPACES.sub(" ", unicodedata.normalize("NFC", source)))
    return _CONTROLS.sub(" ", once)


def _is_page_number(every: Sequence[Row], position: int) -> bool:
    row = every[position]
    if not position or len(row.text) > 20 or not _PAGE.fullmatch(plain(row.text)):
        return False
    after = every[position + 1] if position + 1 < len(every) else None
    alone = (row.gap > 0 or row.page) and (after is None or after.gap > 0 or after.page)
    return alone or row.page or (after is not None and after.page)


def _gaps_are_line_ends(rows: Sequence[Row]) -> bool:
    """Tell whether a blank line stands after (nearly) every line, as when text is taken out of a PDF."""
    lengths = sorted(len(row.text) for row in rows)
    if not rows or lengths[-1] >= _LONGEST_BROKEN:
        return False
    long = 0.6 * lengths[int(len(lengths) * 0.9)]
    blank = adjacent = 0
    for row, after in itertools.pairwise(rows):
        if len(row.text) >= long and row.text[-1] not in ".:;!?" and after.text[0].islower():
            blank, adjacent = blank + (after.gap > 0), adjacent + (after.gap == 0)
    return blank > 2 * adjacent
