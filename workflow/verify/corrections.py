"""What a small correction is: the fewest words and signs struck and added, as the text is written and as it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workflow.verify.composing import CLOSE, OPEN, compose
from workflow.verify.report import VerificationError

# The product counts so before silence may hold for a text, the verifier afterwards: there is no other way to count.
SMALL = 40
"""How many words and signs a small correction may strike and add, counted together."""

LONGEST_WORD = 40
"""Of a longer run of letters each one counts: nothing hides in a word."""

MOST_LINES = 20_000
"""A body of more lines is no letter (one may have 6,000 with words); it is signed anew, whatever was changed."""

LONGEST_TEXT = 1_000_000
"""In characters; a longer one is signed anew, whatever was changed."""

NO_WORDS = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")

# Scripts that put blanks between words. Spelt out, not asked of Unicode's tables, which differ between Pythons: the
# count must be the same for ever. A character of any other script, a mark or a sign counts by itself.
WORDED = (
    "0-9A-Za-z"
    r"\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af"  # Latin
    r"\u0300-\u037d\u037f-\u0386\u0388-\u052f\u0531-\u0556\u0560-\u0588"  # marks, Greek, Cyrillic, Armenian
    r"\u0591-\u05bd\u05c1\u05c2\u05c7\u05d0-\u05ea"  # Hebrew
    r"\u0620-\u0669\u066e-\u06d3\u06d5-\u06dc\u06df-\u06ff"  # Arabic
    r"\u0710-\u07f5\u0900-\u0963\u0966-\u096f\u0971-\u0df3"  # Syriac to Sinhala
    r"\u10a0-\u10fa\u10fc-\u1360\u1369-\u1399\u13a0-\u13fd\u1401-\u166c\u1820-\u18aa"  # Georgian to Mongolian
    r"\u1e00-\u1fbc\uac00-\ud7a3"  # Latin, Greek, Korean
)
GAPS = r" \t-\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
TOKENS = re.compile(
    rf"(?P<gap>[{GAPS}]{{2,}}|(?! )[{GAPS}])"  # blank lines, breaks, indents: they make paragraphs, lists and code
    rf"|(?P<run> ?[{WORDED}]{{{LONGEST_WORD + 1},}}(?: (?![{GAPS}]))?)"
    rf"|(?P<word>[{WORDED}]+)"
    rf"|(?P<sign> ?[^{GAPS}{WORDED}])(?P<joined>(?=[^{GAPS}]))?"
    rf"|(?<=[^{GAPS}]) (?=[{WORDED}])|(?P<edge> )"  # one blank between two words goes without saying
)


def is_small(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """
    Whether one text, as its canonical JSON says it, is a small correction of another.

    Only the body and the closing may differ: whom it speaks to, of what and in which language stays the same. A few
    signs of Markdown can take a paragraph from the page, so what is printed must be as near as what is written.
    """
    parts = ("body", "closing")
    if {name: old[name] for name in old if name not in parts} != {name: new[name] for name in new if name not in parts}:
        return False
    left = SMALL
    for part in parts:
        left -= strokes(str(old.get(part, "")), str(new.get(part, "")), left)
    return left >= 0 and _reads_alike(str(old.get("body", "")), str(new.get("body", "")))


def _reads_alike(old: str, new: str) -> bool:
    if max(old.count("\n"), new.count("\n")) > MOST_LINES:
        return False
    try:
        before, after = _printed(old), _printed(new)
    except VerificationError:
        return False  # One that cannot be read is signed anew.
    return sum(strokes(one, other, SMALL) for one, other in zip(before, after)) <= SMALL  # noqa: B905 (Python 3.9)


def _printed(body: str) -> list[str]:
    """What a body prints on the page, and at its foot: what goes from one to the other is struck and added."""
    composed = compose(body)
    below = [*composed.footnotes, composed.notes]
    return [
        "\n\n".join(NO_WORDS.sub("", line.words) for part in lines for line in part)
        for lines in ([composed.lines], below)
    ]


def strokes(old: str, new: str, most: int) -> int:
    """Return how many words and signs are struck and added, at the fewest; `most` + 1 where it is more than that."""
    if old == new:
        return 0
    if most < 1 or max(len(old), len(new)) > LONGEST_TEXT:
        return most + 1
    known: dict[str, str] = {}
    before, after = _spelt(old, known), _spelt(new, known)
    if before is None or after is None or abs(len(before) - len(after)) > most:
        return most + 1
    return _fewest(before, after, most)


def _spelt(text: str, known: dict[str, str]) -> str | None:
    """Write each word and sign as one character, the same for the same."""
    spelt = [known.setdefault(token, chr(len(known) % 0x110000)) for token in _tokens(text)]
    return "".join(spelt) if len(known) <= 0x110000 else None


def _tokens(text: str) -> Iterator[str]:
    """Yield what a text is made of, so that no two texts are made of the same."""
    for found in TOKENS.finditer(text):
        if found["run"]:
            yield from (f"\0{letter}" for letter in found["run"])
        elif found["sign"]:
            # "5%" and "5 %", "3.5" and "3. 5" are not the same.
            yield found["sign"] if found["joined"] is None else f"{found['sign']}\1"
        elif found.lastgroup:
            yield found[0]


def _fewest(before: str, after: str, most: int) -> int:
    """The fewest strokes that make one of the other (Myers 1986), given up beyond `most`."""
    reached = {1: 0}
    for strokes_made in range(most + 1):
        for lead in range(-strokes_made, strokes_made + 1, 2):
            down = lead == -strokes_made or (lead != strokes_made and reached[lead - 1] < reached[lead + 1])
            x = reached[lead + 1] if down else reached[lead - 1] + 1
            x += _alike(before, x, after, x - lead)
            reached[lead] = x
            if x >= len(before) and x - lead >= len(after):
                return strokes_made
    return most + 1


def _alike(before: str, x: int, after: str, y: int) -> int:
    """How far two texts are the same from here on; compared in pieces, for letter by letter is slow."""
    length, step, most = 0, 1, min(len(before) - x, len(after) - y)
    while length < most:
        step = min(step, most - length)
        if before[x + length : x + length + step] == after[y + length : y + length + step]:
            length += step
            step *= 2
        elif step == 1:
            break
        else:
            step //= 2
    return length
