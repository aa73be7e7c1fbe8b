"""
Replacing words of a paragraph that people read, in the Markdown that it was written in.

Pure. The words are searched as they read; the result must read exactly as asked, or nothing is replaced.
"""

from __future__ import annotations

import itertools
import re

from workflow.errors import WordingError
from workflow.languages import lazy_gettext
from workflow.letter import markdown, text

UNFOLDED = 1_000_000
"""A width that no line of a letter reaches."""


def clean(words: str) -> str:
    """Return words as they are searched and set: NFC, single blanks."""
    return text.clean_line(words)


def count(body: str) -> int:
    """Return how many numbered paragraphs a body has on the page."""
    return len(text.paragraphs_html(body))


def replaced(body: str, paragraph: int, old: str, new: str) -> str:
    """
    Return a body in which `old` reads `new` in one paragraph (counted from 1, as pages number them).

    Raises `WordingError` when the words are not there, are there more than once, or cannot be told from their marks.
    """
    blocks = text.paragraphs(body)
    if not 1 <= paragraph <= len(blocks):
        raise WordingError(lazy_gettext("There is no such paragraph."))
    block = _replaced_in(blocks[paragraph - 1], clean(old), clean(new))
    made = text.clean_block("\n\n".join([*blocks[: paragraph - 1], block, *blocks[paragraph:]]))
    for why in markdown.too_hard(made):
        raise WordingError(why)
    return made


def placed(body: str, paragraph: int | None, old: str, new: str) -> str:
    """
    Return a body in which `old` reads `new`: in its paragraph, or in the only one that has these words now.

    Raises `WordingError` where they are not there, or in several places, and as `replaced` does.
    """
    places = found_in(body, old)
    place = paragraph if paragraph in places else places[0] if len(places) == 1 else None
    if place is None:
        raise WordingError(lazy_gettext("These words are no longer in the draft. Edit it by hand."))
    return replaced(body, place, old, new)


def found_in(body: str, old: str) -> list[int]:
    """Return the numbers of the paragraphs that have these words."""
    words = clean(old)
    return [number for number, block in enumerate(text.paragraphs(body), 1) if words in _reads(block)]


def _replaced_in(block: str, old: str, new: str) -> str:
    before = _reads(block)
    if not old:
        raise WordingError(lazy_gettext("Paste the current wording from the letter."))
    if old == new:
        raise WordingError(lazy_gettext("Both wordings are the same. Type your suggested wording."))
    times = before.count(old)
    if times == 0:
        raise WordingError(
            lazy_gettext("These words are not in that paragraph. Paste them from the letter as they are.")
        )
    if times > 1:
        raise WordingError(
            lazy_gettext(
                "These words appear more than once in that paragraph. Paste a few more, so that the place is clear."
            )
        )
    due = clean(before.replace(old, new))
    for start, end in _places(block, old):
        for said in (new, _escaped(new)):
            candidate = block[:start] + said + block[end:]
            if _reads(candidate) == due and len(text.paragraphs(candidate)) <= 1:
                return candidate
    raise WordingError(
        lazy_gettext(
            "Part of these words is formatted (bold, a link, a list). Leave that part out, or write a comment."
        )
    )


def _reads(block: str) -> str:
    return clean(text.to_plain(block, UNFOLDED))


MOST_READ = 60_000
"""How many characters are read again, in all, to find the place of words; two places are always tried."""


_SIGNS = "*_>\\"


def _places(block: str, words: str) -> list[tuple[int, int]]:
    """
    Return where words may stand in Markdown, whatever blanks, marks of emphasis and escapes are between them.

    Both are looked at without these signs, so that one search through the paragraph finds every place.
    """
    kept = [position for position, sign in enumerate(block) if not _passed_over(sign)]
    bare, wanted = "".join(block[position] for position in kept), "".join(c for c in words if not _passed_over(c))
    if not wanted:
        signs = r"\s+".join("".join(map(_as_written, word)) for word in words[:20].split())
        return [(found.start(), found.end()) for found in itertools.islice(re.finditer(signs, block), 9)]
    places: list[tuple[int, int]] = []
    found = bare.find(wanted)
    while found >= 0 and len(places) < max(2, MOST_READ // len(block)):
        last = found + len(wanted) - 1
        before = kept[found - 1] + 1 if found else 0
        after = kept[last + 1] if last + 1 < len(kept) else len(block)
        places.append((_start(block, before, kept[found], words), _end(block, kept[last] + 1, after, words)))
        found = bare.find(wanted, found + 1)
    return places


def _as_written(sign: str) -> str:
    """A pattern of a sign with or without the backslash that keeps it a sign; it never goes back."""
    return r"\\\\?+" if sign == "\\" else rf"\\?+{re.escape(sign)}"


def _passed_over(sign: str) -> bool:
    return sign.isspace() or sign in _SIGNS


def _start(block: str, before: int, start: int, words: str) -> int:
    """Where words begin that may open with signs of their own: `*note` stands as `\\*note`, `[note` as `\\[note`."""
    opening = words[: len(words) - len(words.lstrip(_SIGNS))]
    for sign in reversed(opening):
        start = max(block.rfind(sign, before, start), before)
    return start - 1 if start > before and block[start - 1] == "\\" else start


def _end(block: str, end: int, after: int, words: str) -> int:
    closing = words[len(words.rstrip(_SIGNS)) :]
    for sign in closing:
        end = block.find(sign, end, after) + 1 or after
    return end


def _escaped(words: str) -> str:
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", words)
