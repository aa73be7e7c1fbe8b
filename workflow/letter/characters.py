"""
Which characters print something: what people type is kept without those that do not.

Pure. Frozen texts are never put through this (their digests are signed); what is typed or taken in is.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = dict.fromkeys((0x2800, 0x3164, 0xFFA0), " ")
"""They have the place of a letter and print none: to a reader they are blanks."""

UNPRINTED = frozenset("\u034f\u115f\u1160\u17b4\u17b5\ufffc\U00016fe4\U0001d159")
"""Letters, marks and symbols by their category, that print nothing."""

BEFORE_DIGITS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs of Arabic, Syriac and Kaithi that do print, though their category says that they format."""

JOINERS = "\u180e\u200b\u200c\u200d"
"""Between letters of scripts without capitals they part or join them: Persian, Hindi, Khmer and others need them."""

DIRECTION_MARKS = "\u061c\u200e\u200f"
"""They settle the side of a sign beside words that are written from right to left."""

TURNING = re.compile("[\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f]")
"""What turns the order in which words are read, and the tags that nobody sees."""

JOINED = ("Lo", "Mn", "Mc")

_LETTERS = (
    "!-~\xa1-\xac\xae-\u02ff\u0400-\u0482\u048a-\u052f\u0621-\u063a\u0641-\u064a\u2013\u2014\u2018-\u201f\u4e00-\u9fef"
)
_PLAIN = re.compile(f"[{_LETTERS}]++(?: [{_LETTERS}]++)*+")
"""Words with one blank between them, of characters that print and are normal (NFC) wherever they stand."""


def is_plain(words: str) -> bool:
    """Whether a line is seen at once to be kept as it stands: most are, and looking closer takes long."""
    return _PLAIN.fullmatch(words) is not None


def printing(words: str) -> str:
    """Return words without the characters that print nothing; what a script needs between its letters stays."""
    if words.isascii():
        return words
    return "\n".join(_line(line.translate(BLANKS)) for line in words.split("\n"))


def naming(words: str) -> str:
    """Return a name without the characters that print nothing, and without any that only sets its direction."""
    return re.sub(f"[\u200b{DIRECTION_MARKS}]", "", printing(words))


def is_name(words: str) -> bool:
    """Whether there is a letter or a digit to be read."""
    return any(c.isalnum() for c in (words if is_plain(words) else naming(words)))


def turns(words: str) -> bool:
    """Whether words hold characters that make them read in another order than they stand in."""
    return TURNING.search(words) is not None


def _line(line: str) -> str:
    marks = DIRECTION_MARKS if any(unicodedata.bidirectional(c) in ("R", "AL") for c in line) else ""
    kept: list[str] = []
    once = re.sub(f"([{JOINERS}])[{JOINERS}]+", r"\1", line)
    for c, after in zip(once, once[1:] + " ", strict=False):
        before = kept[-1] if kept else " "
        if c in JOINERS:
            prints = all(unicodedata.category(beside) in JOINED for beside in (before, after))
        elif _selects(c):
            prints = unicodedata.category(before)[0] in "LNPS"
        else:
            prints = c in marks or _prints(c)
        if prints:
            kept.append(c)
    return "".join(kept)


def _selects(c: str) -> bool:
    """A variation selector: it says how the character before it looks."""
    return "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef" or c in "\u180b\u180c\u180d\u180f"


def _prints(c: str) -> bool:
    category = unicodedata.category(c)
    if category in ("Cf", "Co", "Cs"):
        return c in BEFORE_DIGITS
    if category == "Cn":
        # Two planes are set aside for ideographs: names have some that are younger than this list of characters.
        return 0x20000 <= ord(c) <= 0x3FFFD and ord(c) & 0xFFFE != 0xFFFE
    return c not in UNPRINTED
