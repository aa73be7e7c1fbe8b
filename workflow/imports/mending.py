"""
A draft is put right where an import was unsure: split, joined, a hyphen taken out, left-out words put in.

Pure. A place is found by the words around it, for the draft may have been edited since; no word is ever lost.
"""

from __future__ import annotations

import re

from workflow.errors import RefusedError
from workflow.imports.markup import escaped, opened
from workflow.languages import lazy_gettext
from workflow.letter import text

NOT_THERE = lazy_gettext(
    "We can’t find that place in the draft any more: its words were changed. Edit the draft, then select “Fine”."
)
_NEAR = 200
"""So many characters on either side tell a place; a pattern of a long paragraph would take seconds to make."""
_WIDE = 1_000_000
"""A width that no line reaches."""
_WITHIN = r"(?:[ \t]+|[ \t]*\n[ \t]*)"
_ACROSS = r"[ \t]*\n(?:[ \t]*\n)+"


def split(body: str, before: str, after: str) -> str:
    """Return a body in which a paragraph ends between these words; raises `RefusedError` where they do not stand."""
    start, end = _place(body, before, after, _WITHIN)
    return _checked(body, f"{body[:start]}\n\n{opened(body[end:])}")


def join(body: str, before: str, after: str) -> str:
    """Return a body in which a paragraph goes on between these words; raises `RefusedError` where none ends there."""
    start, end = _place(body, before, after, _ACROSS)
    return _checked(body, f"{body[:start]} {body[end:]}")


def close(body: str, word: str) -> str:
    """Return a body in which a word that stands there once has no hyphen; raises `RefusedError`."""
    one, _, other = word.partition("-")
    found = [*re.finditer(rf"(?<![^\W_]){_loose(one)}-{_loose(other)}(?![^\W_])", body)]
    if len(found) != 1:
        raise RefusedError(NOT_THERE)
    return _checked(body, f"{body[: found[0].start()]}{one}{other}{body[found[0].end() :]}", "-")


def added(body: str, lines: list[str], *, heading: bool, first: bool) -> str:
    """Return a body with lines as one more paragraph or heading, before all others or behind them."""
    words = " ".join(map(escaped, lines))
    block = f"## {words}" if heading else opened(words)
    return "\n\n".join(filter(None, (block, body) if first else (body, block)))


def _place(body: str, before: str, after: str, between: str) -> tuple[int, int]:
    last, first = _loose(_cut(before[::-1])[::-1]), _loose(_cut(after))
    found = [*re.finditer(rf"(?<![^\W_]){last}(?P<gap>{between}){first}(?![^\W_])", body)]
    if len(found) != 1:
        raise RefusedError(NOT_THERE)
    return found[0].span("gap")


def _cut(words: str) -> str:
    """Return the first words of some that are many, with single blanks."""
    whole = " ".join(words.split())
    near = whole[:_NEAR]
    return near if near == whole else near.rsplit(" ", 1)[0]


def _loose(words: str) -> str:
    """Return a pattern for words as Markdown may have them: marks escaped, lines broken."""
    return r"\s+".join("".join(c if c.isalnum() else rf"\\?{re.escape(c)}" for c in word) for word in words.split())


def _checked(body: str, made: str, without: str = "") -> str:
    """Return a body that reads as the one before; raises `RefusedError` where Markdown makes something else of it."""
    if _reads(body, without) != _reads(made, without):
        raise RefusedError(NOT_THERE)
    return text.clean_block(made)


def _reads(body: str, without: str) -> str:
    said = "".join(text.to_plain(body, _WIDE).split())
    return said.replace(without, "") if without else said
