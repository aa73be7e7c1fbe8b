"""
Names that may be of one organisation: typed with a slip, with words in another order, or only with the same acronym.

Pure. Names are found by what they have in common, never by comparing each with each: thousands take a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

_SMALL = """
a al and asbl association asso d da das de del der des di die do dos du e el en et eu ev fondation for foundation
fundacion gmbh in inc international internationale internacional intl l la las le les los ltd ngo o of on ong org
organisation organizacion organization para per por pour sa the to um un una und union v y
و في من على جمعية منظمة
"""
SMALL = frozenset(_SMALL.split())
"""Words that are put into a name or left out of it, by whoever types it; folded."""

_PROVIDERS = """
gmail.com googlemail.com outlook.com hotmail.com hotmail.fr hotmail.es live.com msn.com yahoo.com yahoo.fr yahoo.es
yahoo.co.uk ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com
tuta.io gmx.de gmx.net gmx.com web.de mail.com mail.ru yandex.ru yandex.com orange.fr wanadoo.fr free.fr laposte.net
sfr.fr riseup.net disroot.org zoho.com qq.com 163.com 126.com uol.com.br terra.com t-online.de bluewin.ch libero.it
hushmail.com fastmail.com posteo.de mailbox.org
"""
PROVIDERS = frozenset(_PROVIDERS.split())
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


class Names:
    """Folded names by number, to be asked which of them are near another one."""

    def __init__(self) -> None:
        self._letters: list[tuple[int, str]] = []
        self._pieces: defaultdict[tuple[str, int, int, str], list[int]] = defaultdict(list)

    def add(self, number: int, folded: str) -> None:
        """Know a name; the same number may have several."""
        digits, letters = _parted(folded)
        if not slips(len(letters)):
            return
        at = len(self._letters)
        self._letters.append((number, letters))
        for piece, begin, size in _split(len(letters)):
            self._pieces[digits, len(letters), piece, letters[begin : begin + size]].append(at)

    def near(self, folded: str) -> set[int]:
        """
        Return the numbers of the names that differ from this one by a slip or two.

        Of two such names, cut into one piece more than there are slips, one piece is the same in both, at nearly the
        same place: only names that share one are compared.
        """
        digits, letters = _parted(folded)
        found: set[int] = set()
        looked: set[int] = set()
        for length in range(len(letters) - 2, len(letters) + 3):
            most = slips(length)
            further = length - len(letters)
            if abs(further) > most:
                continue
            for piece, begin, size in _split(length):
                for shift in range(-most, most + 1):
                    if begin + shift < 0:
                        continue
                    shared = letters[begin + shift : begin + shift + size]
                    if len(shared) < size:
                        continue
                    candidates = self._pieces.get((digits, length, piece, shared), ())
                    if len(candidates) > MOST_ALIKE:
                        continue
                    looked.update(candidates)
        for at in looked:
            number, known = self._letters[at]
            if is_near(known, letters, slips(len(known))):
                found.add(number)
        return found


def _parted(folded: str) -> tuple[str, str]:
    """Return the words of a name with digits, in which no slip is looked for, and the letters of the others."""
    words = folded.split()
    digits = " ".join(word for word in words if any(map(str.isdigit, word)))
    return digits, "".join(word for word in words if not any(map(str.isdigit, word)))


def _split(length: int) -> Iterator[tuple[int, int, int]]:
    """Yield the pieces of a name of so many letters: number, where it begins, and how long it is."""
    pieces = slips(length) + 1
    begin = 0
    for piece in range(pieces):
        size = (length - begin) // (pieces - piece)
        yield piece, begin, size
        begin += size
