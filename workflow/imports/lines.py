"""
The lines of a pasted text: cleaned, with the blank lines and page breaks between them counted.

Page numbers are set apart, never lost; nothing is joined here.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflow.imports.words import plain

_BREAKS = re.compile(r"\r\n|[\n\r\v\x85\u2028\u2029]")
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|\u00ad(?=.)")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_QUOTED = re.compile(r"(?m)^(?:>[ \t]?)+")
_PAGE = re.compile(
    r"(?:page|pagina|pag\.?|p\.?)\s*\d{1,3}(?:\s*(?:of|de|sur|/)\s*\d{1,3})?|[-–—]\s*\d{1,3}\s*[-–—]|"
    r"\d{1,3}\s*/\s*\d{1,3}"
    r"|\[?\d{1,3}\]?"
)


_FORWARDED = re.compile(
    r"-{2,}\s*(?:forwarded message|original message|message (?:transfere|original)|mensaje (?:reenviado|original)|"
    r"message d'origine)"
)
_MAIL_HEAD = re.compile(
    r"(?:from|de|sent|envoye|enviado(?: el)?|date|fecha|to|a|para|cc|cci|subject|objet|asunto|reply-to)\s?:\s"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line with words: `gap` blank lines stand before it, `indent` columns; `raw` keeps wide spaces and tabs."""

    text: str
    raw: str = ""
    number: int = 0
    gap: int = 0
    page: bool = False
    indent: int = 0


def unquoted(source: str) -> str:
    """Return a text without the marks of a mail that was answered or forwarded, where its lines bear them."""
    worded = [line for line in source.split("\n") if line.strip()]
    marked = [line for line in worded if _QUOTED.match(line)]
    if len(marked) < 3 or len(marked) < 0.8 * len(worded):
        return source
    return _QUOTED.sub("", source)


def without_mail_head(source: str) -> tuple[str, list[str]]:
    """Return a text without the head of the mail that it was forwarded in, and the lines of that head."""
    lines = source.split("\n")
    heads = [n for n, line in enumerate(lines[:60]) if _FORWARDED.match(plain(line.strip()))]
    start = heads[-1] + 1 if heads else 0
    end = start
    while end < len(lines) and (
        _MAIL_HEAD.match(plain(lines[end].strip())) or (end == start and not lines[end].strip())
    ):
        end += 1
    if end - start < 3 or not (heads or end < 8):
        return source, []
    return "\n".join(lines[end:]), [line.strip() for line in lines[:end] if line.strip()]


def lines_of(source: str) -> tuple[list[Line], list[Line]]:
    """Return the lines of a text, and the page numbers that stood between them."""
    every = _numbered(source)
    kept: list[Line] = []
    pages: list[Line] = []
    carried, broken = 0, False
    for position, line in enumerate(every):
        if _is_page_number(every, position):
            pages.append(line)
            carried, broken = carried + line.gap, True
            continue
        kept.append(replace(line, gap=line.gap + carried, page=line.page or broken))
        carried, broken = 0, False
    return kept, pages


def _numbered(source: str) -> list[Line]:
    found: list[Line] = []
    gap, page = 0, False
    for number, raw in enumerate(_BREAKS.split(_cleaned(source)), 1):
        pieces = raw.split("\f")
        for position, piece in enumerate(pieces):
            page = page or position > 0
            words = " ".join(piece.split())
            if not words:
                gap += 0 if position < len(pieces) - 1 else 1
                continue
            indent = len((piece[: len(piece) - len(piece.lstrip())]).expandtabs(4))
            found.append(Line(words, piece.strip(), number, gap, page, indent))
            gap, page = 0, False
    return found


def _cleaned(source: str) -> str:
    """Clean the whole text at once: one kind of blank, nothing invisible, no control characters but line ends."""
    once = _INVISIBLE.sub("", _SPACES.sub(" ", unicodedata.normalize("NFC", source)))
    return _CONTROLS.sub(" ", once)


def _is_page_number(every: Sequence[Line], position: int) -> bool:
    line = every[position]
    if len(line.text) > 20 or not _PAGE.fullmatch(plain(line.text)):
        return False
    last = position == len(every) - 1
    after = every[position + 1] if not last else None
    alone = (line.gap > 0 or line.page) and (after is None or after.gap > 0 or after.page)
    return position > 0 and (alone or line.page or (after is not None and after.page))


def gaps_are_line_ends(lines: Sequence[Line]) -> bool:
    """Tell whether a blank line stands after (nearly) every line, as when text is taken out of a PDF."""
    long = _long(lines)
    blank = adjacent = 0
    for line, after in itertools.pairwise(lines):
        if len(line.text) < long or line.text[-1] in ".:;!?" or not after.text[0].islower():
            continue
        blank, adjacent = blank + (after.gap > 0), adjacent + (after.gap == 0)
    return blank > 0 and blank > 2 * adjacent and _even(lines)


def _long(lines: Sequence[Line]) -> float:
    lengths = sorted(len(line.text) for line in lines)
    return 0.6 * lengths[int(len(lengths) * 0.9)] if lengths else 0.0


def _even(lines: Sequence[Line]) -> bool:
    return max((len(line.text) for line in lines), default=0) < 180
