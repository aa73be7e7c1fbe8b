"""
A proof that a browser has worked for a form: many forms cost whoever sends them, and nobody else has to be asked.

Pure. A challenge is signed and kept nowhere: it holds when it was made, and how hard it is. It is answered by a number
for which the SHA-256 of both begins with so many zero bits; or, where nothing can be computed, by waiting.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Literal

from workflow.tokens import Tokens

LASTS = 2 * 3600
"""Seconds until a challenge is over."""
WAIT = 60
"""Seconds after which it may be answered without a proof."""
BITS = 18
"""Zero bits that the answer must have: a quarter of a million tries, a second of a phone."""
MOST_BITS = 22
CROWD = 25
"""Each time there are twice as many as this, it is twice as hard."""

_CHALLENGE = re.compile("([0-9a-f]{8})([0-9a-f]{2})([0-9a-f]{22})([0-9a-f]{32})")
_ANSWER = re.compile("[0-9]{1,12}")

Verdict = Literal["worked", "waited", "early", "wrong", "over"]
"""It was answered; it was waited for; that is to be waited for; the answer is none; it is too old, or not ours."""


def bits_for(waiting: int) -> int:
    """Return how hard it is where so many wait already."""
    return min(MOST_BITS, BITS + (waiting // CROWD).bit_length())


def challenge(tokens: Tokens, about: str, now: int, bits: int = BITS) -> str:
    """Return a challenge for the form about something: 64 characters, so that its first block is hashed once."""
    begun = f"{now:08x}{bits:02x}{secrets.token_hex(11)}"
    return begun + tokens.keyed("effort", about, begun)


def judge(tokens: Tokens, about: str, given: str, answer: str, now: int) -> Verdict:
    """Return what an answer to a challenge is worth; that it is given once is for the caller to see to."""
    found = _CHALLENGE.fullmatch(given)
    if found is None or not tokens.has_keyed(found[4], "effort", about, given[:32]):
        return "over"
    age = now - int(found[1], 16)
    if not 0 <= age <= LASTS:
        return "over"
    if answer:
        return "worked" if _is_hard(given, answer, int(found[2], 16)) else "wrong"
    return "waited" if age >= WAIT else "early"


def left_to_wait(given: str, now: int) -> int:
    """Return how many seconds are to be waited until a challenge that is ours may be answered without a proof."""
    return max(0, WAIT - (now - int(given[:8], 16)))


def _is_hard(given: str, answer: str, bits: int) -> bool:
    if not _ANSWER.fullmatch(answer):
        return False
    digest = int.from_bytes(hashlib.sha256(f"{given}{answer}".encode()).digest())
    return digest >> (256 - bits) == 0
