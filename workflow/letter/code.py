"""The short code of a letter, by which anybody can ask whether it is genuine: made to be read aloud and typed."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ACDEFGHJKMNPQRTUVWXYZ"
"""29 characters, none of which is taken for another: no 0 or O, no 1, I or L; and 5 and 8, but neither S nor B."""
LENGTH = 10
"""The last one is a check: one wrong character, or two that changed places, are no code."""
GROUP = 4
_TYPED_FOR = str.maketrans("SB", "58")
_BETWEEN = dict.fromkeys(map(ord, "-‐‑–—. \u00a0\u202f\u200e\u200f"))


def make() -> str:
    """Return a new code, by lot."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check(drawn)


def shown(code: str) -> str:
    """Return a code as people are shown it: in groups."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def read(typed: str) -> str | None:
    """Return the code that somebody typed, however it was spelt; None where it is none, so that a slip is told."""
    code = typed.upper().translate(_BETWEEN).translate(_TYPED_FOR)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code if _check(code[:-1]) == code[-1] else None


def _check(drawn: str) -> str:
    """The character with which the sum of all places, each times its number, is a multiple of 29."""
    total = sum(place * ALPHABET.index(one) for place, one in enumerate(drawn, 1))
    return ALPHABET[-total * pow(LENGTH, -1, len(ALPHABET)) % len(ALPHABET)]
