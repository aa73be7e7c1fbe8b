"""
Replacing words of a paragraph that people read, in the Markdown that it was written in.

Pure. The words are searched as they read; the result must read exactly as asked, or nothing is replaced.
"""

from __future__ import annotations

import re

from workflow import text
from workflow.languages import Sentence, sentence

UNFOLDED = 1_000_000
"""A width that no line of a letter reaches."""


class NotThere(ValueError):
    """The words cannot be replaced; `why` says why, and what to do."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why)
        self.why = why


def clean(words: str) -> str:
    """Return words as they are searched and set: NFC, single blanks."""
    return text.clean_line(words)


def count(body: str) -> int:
    """Return how many numbered paragraphs a body has on the page."""
    return len(text.paragraphs_html(body))


def replaced(body: str, paragraph: int, old: str, new: str) -> str:
    """
    Return a body in which `old` reads `new` in one paragraph (counted from 1, as pages number them).

    Raises `NotThere` when the words are not there, are there more than once, or cannot be told from their marks.
    """
    blocks = text.paragraphs(body)
    if not 1 <= paragraph <= len(blocks):
        raise NotThere(sentence("There is no such paragraph."))
    block = _replaced_in(blocks[paragraph - 1], clean(old), clean(new))
    return text.clean_block("\n\n".join([*blocks[: paragraph - 1], block, *blocks[paragraph:]]))


def found_in(body: str, old: str) -> list[int]:
    """Return the numbers of the paragraphs that have these words."""
    words = clean(old)
    return [number for number, block in enumerate(text.paragraphs(body), 1) if words in _reads(block)]


def _replaced_in(block: str, old: str, new: str) -> str:
    before = _reads(block)
    if not old:
        raise NotThere(sentence("Copy the words that should be replaced from the letter."))
    if old == new:
        raise NotThere(sentence("Both are the same words. Say what should stand there instead."))
    times = before.count(old)
    if times == 0:
        raise NotThere(sentence("These words are not in that paragraph. Copy them from the letter as they stand."))
    if times > 1:
        raise NotThere(sentence("These words stand there more than once. Copy a few more, so that the place is clear."))
    due = clean(before.replace(old, new))
    for found in re.finditer(_pattern(old), block):
        for said in (new, _escaped(new)):
            candidate = block[: found.start()] + said + block[found.end() :]
            if _reads(candidate) == due and len(text.paragraphs(candidate)) <= 1:
                return candidate
    raise NotThere(
        sentence("A part of these words is set apart (bold, a link, a list). Leave that part out, or write a comment.")
    )


def _reads(block: str) -> str:
    return clean(text.to_plain(block, UNFOLDED))


def _pattern(words: str) -> str:
    """A pattern for words as Markdown may hold them: escaped, broken over lines, with marks of emphasis between."""
    marks = r"(?:\*{0,3}|_{0,3})"
    return r"(?:\s|\\\n|> |\*|_)+".join(marks.join(rf"\\?{re.escape(c)}" for c in word) for word in words.split(" "))


def _escaped(words: str) -> str:
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", words)
