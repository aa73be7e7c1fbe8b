"""Which marks of emphasis belong together, and what they do (CommonMark 0.31, appendix)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Delimiter:
    """One mark of emphasis: its sign, how many stand together, its piece, what it can do, and which one ends it."""

    marker: str
    length: int
    token: int
    open: bool
    close: bool
    end: int = -1


def match_delimiters(delimiters: list[Delimiter], spend: Callable[[int], None]) -> None:
    """Find for each closing mark of emphasis the one that opened it."""
    bottoms: dict[str, list[int]] = {}
    jumps: list[int] = []
    head, last_token = 0, -2
    for number, closer in enumerate(delimiters):
        jumps.append(0)
        if delimiters[head].marker != closer.marker or last_token != closer.token - 1:
            head = number
        last_token = closer.token
        if not closer.close:
            continue
        lowest = bottoms.setdefault(closer.marker, [-1] * 6)
        place = (3 if closer.open else 0) + closer.length % 3
        opening = head - jumps[head] - 1
        new_lowest = opening
        while opening > lowest[place]:
            spend(1)
            opener = delimiters[opening]
            if opener.marker == closer.marker and opener.open and opener.end < 0 and not _is_odd(opener, closer):
                jump = jumps[opening - 1] + 1 if opening > 0 and not delimiters[opening - 1].open else 0
                jumps[number], jumps[opening] = number - opening + jump, jump
                closer.open, opener.end, opener.close = False, number, False
                new_lowest, last_token = -1, -2
                break
            opening -= jumps[opening] + 1
        if new_lowest != -1:
            lowest[(3 if closer.open else 0) + closer.length % 3] = new_lowest


def _is_odd(opener: Delimiter, closer: Delimiter) -> bool:
    """The rule of three."""
    both = opener.close or closer.open
    return both and (opener.length + closer.length) % 3 == 0 and bool(opener.length % 3 or closer.length % 3)


def used_delimiters(delimiters: list[Delimiter]) -> dict[int, str]:
    """What each mark does that is not printed, by its piece: of two that make words bold, the outer one nothing."""
    found: dict[int, str] = {}
    number = len(delimiters) - 1
    while number >= 0:
        opener, outer = delimiters[number], delimiters[number - 1] if number else None
        number -= 1
        if opener.end < 0:
            continue
        closer = delimiters[opener.end]
        pair = outer is not None and (outer.marker, outer.token, outer.end) == (
            opener.marker, opener.token - 1, opener.end + 1
        )  # fmt: skip
        if outer is not None and pair and delimiters[outer.end].token == closer.token + 1:
            found[opener.token], found[closer.token] = "bold", "bold_end"
            found[outer.token] = found[closer.token + 1] = "text"
            number -= 1
        else:
            found[opener.token], found[closer.token] = "italic", "italic_end"
    return found
