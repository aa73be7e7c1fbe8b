"""What somebody wrote in an answer, and what they quote below it. Pure."""

from __future__ import annotations

import quotequail

LONGEST = 20_000
MOST_LINES = 600
LONGEST_LINE = 500
"""What is looked through for where a quotation begins: the rest is shown with it."""


def parted(text: str) -> tuple[str, str]:
    """Return the words of an answer and the mail that it quotes below them; all of it where neither can be told."""
    looked_at = text[:LONGEST]
    lines = looked_at.split("\n")[:MOST_LINES]
    if max(map(len, lines), default=0) > LONGEST_LINE:
        return text.strip(), ""
    try:
        found = quotequail.quote("\n".join(lines), limit=MOST_LINES, quote_intro_line=True)
    except Exception:
        # It knows the words of many mail programs; where it stumbles, nothing is folded away.
        return text.strip(), ""
    own = "".join(words for is_own, words in found if is_own).strip()
    if not own:
        return text.strip(), ""
    shown = "\n".join(words for is_own, words in found if is_own)
    return own, text[len(shown) :].strip()
