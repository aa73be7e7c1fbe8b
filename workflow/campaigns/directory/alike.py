"""
Names that may be of one organisation: typed with a slip, with words in another order, or only with the same acronym.

Pure. Names are found by what they have in common, never by comparing each with each: thousands take a second.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict

from workflow.letter import domains

_SMALL = """
a al and asbl association asso d da das de del der des di die do dos du e el en et eu ev fondation for foundation
fundacion gmbh in inc international internationale internacional intl l la las le les los ltd ngo o of on ong org
organisation organizacion organization para per por pour sa the to um un una und union v y
و في من على جمعية منظمة
"""
SMALL = frozenset(_SMALL.split())
"""Words that are put into a name or left out of it, by whoever types it; folded."""

PROVIDERS = domains.FREE
"""Domains whose addresses say nothing of who is there; so does one that many organisations have."""

MOST_SHARED = 3
"""So many organisations have addresses of one domain at most, if it is their own."""
MOST_ALIKE = 40
"""What more names than this have in common makes none of them alike."""


def domain(email: str) -> str:
    """Return the domain of an address where it may be an organisation's own, or nothing."""
    of = email.rpartition("@")[2].lower()
    return "" if of in PROVIDERS else of


def words_key(folded: str) -> str:
    """Return the words of a folded name that tell it from others, in an order of their own."""
    words = folded.split()
    return " ".join(sorted(set(words) - SMALL or set(words)))


def slips(length: int) -> int:
    """Return how many letters two names of so many may differ in and still be taken for one."""
    return 0 if length < 6 else 1 if length < 12 else 2


def is_near(one: str, other: str, most: int) -> bool:
    """Whether one name becomes the other by so many letters put in, left out, changed or swapped with the next."""
    short = min(len(one), len(other))
    begin = 0
    while begin < short and one[begin] == other[begin]:
        begin += 1
    end = 0
    while end < short - begin and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[begin : len(one) - end], other[begin : len(other) - end]
    if not one or not other:
        return max(len(one), len(other)) <= most
    if not most or abs(len(one) - len(other)) > most:
        return False
    swapped = one[:2] == other[1::-1] and len(one) > 1
    return (
        is_near(one[1:], other[1:], most - 1)
        or is_near(one[1:], other, most - 1)
        or is_near(one, other[1:], most - 1)
        or (swapped and is_near(one[2:], other[2:], most - 1))
    )


PAIRS_CHANGED = 6
"""A slip changes so many pairs of neighbours at most: two letters that are swapped, three before and three after."""


def is_slip(one: str, other: str) -> bool:
    """Whether two folded names differ by a slip or two, and by no number."""
    digits, letters = _parted(one)
    its_digits, its_letters = _parted(other)
    most = slips(len(letters))
    if not most or digits != its_digits or abs(len(letters) - len(its_letters)) > most:
        return False
    return (_pairs(letters) ^ _pairs(its_letters)).bit_count() <= PAIRS_CHANGED * most and is_near(
        letters, its_letters, most
    )


class Names:
    """Folded names by number, to be asked which of them are near another one."""

    def __init__(self) -> None:
        self._names: list[tuple[int, str]] = []
        """The number, and the letters."""
        self._pieces: defaultdict[tuple[str, int], defaultdict[tuple[int, str], list[int]]] = defaultdict(
            lambda: defaultdict(list)
        )
        """Where a name is found: by its digits and its length, then by each piece of it."""

    def add(self, number: int, folded: str) -> None:
        """Know a name; the same number may have several."""
        digits, letters = _parted(folded)
        if not slips(len(letters)):
            return
        at = len(self._names)
        self._names.append((number, letters))
        shelf = self._pieces[digits, len(letters)]
        for piece, begin, end in _split(len(letters)):
            shelf[piece, letters[begin:end]].append(at)

    def near(self, folded: str) -> set[int]:
        """
        Return the numbers of the names that differ from this one by a slip or two.

        Of two such names, cut into one piece more than there are slips, one piece is the same in both, at nearly the
        same place: only names that share one are compared.
        """
        digits, letters = _parted(folded)
        looked: set[int] = set()
        for length in range(len(letters) - 2, len(letters) + 3):
            most, further = slips(length), len(letters) - length
            shelf = self._pieces.get((digits, length))
            if shelf is None or abs(further) > most:
                continue
            for piece, begin, end in _split(length):
                # So many slips before the piece move it so far; those behind it make up for the difference in length.
                for shift in range(max(-begin, -((most - further) // 2)), (most + further) // 2 + 1):
                    shared = shelf.get((piece, letters[begin + shift : end + shift]))
                    if shared is not None and len(shared) <= MOST_ALIKE:
                        looked.update(shared)
        pairs = _pairs(letters)
        found: set[int] = set()
        for at in looked:
            number, known = self._names[at]
            most = slips(len(known))
            if (pairs ^ _pairs(known)).bit_count() <= PAIRS_CHANGED * most and is_near(known, letters, most):
                found.add(number)
        return found


@functools.lru_cache(maxsize=20_000)
def _pairs(letters: str) -> int:
    """Return which pairs of neighbours there are, as bits; a few pairs share one."""
    bits = 0
    for one, other in itertools.pairwise(letters):
        bits |= 1 << (ord(one) * 31 + ord(other)) % 509
    return bits


def _parted(folded: str) -> tuple[str, str]:
    """
    Return the words of a name in which no slip is looked for, and the letters of the others.

    Those are words with digits, and single letters that are no small word: branch A is not branch B.
    """
    words = folded.split()
    marks = [word for word in words if _is_mark(word)]
    return " ".join(marks), "".join(word for word in words if not _is_mark(word))


def _is_mark(word: str) -> bool:
    return any(map(str.isdigit, word)) or (len(word) == 1 and word not in SMALL)


@functools.cache
def _split(length: int) -> tuple[tuple[int, int, int], ...]:
    """Return the pieces of a name of so many letters: number, where each begins, and where it ends."""
    pieces = slips(length) + 1
    ends = [length * (piece + 1) // pieces for piece in range(pieces)]
    return tuple((piece, end and (ends[piece - 1] if piece else 0), end) for piece, end in enumerate(ends))
