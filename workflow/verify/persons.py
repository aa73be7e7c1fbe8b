"""Whether two names are one person's, and two addresses one mailbox: what is corrected, and what is somebody else."""

from __future__ import annotations

import unicodedata

# The product asks so before it takes a correction, the verifier afterwards: there is no other way to tell.
LETTERS_TO_ONE_SLIP = 4
"""A word of so many letters may have one wrong, one of twice as many two, and none more."""

MOST_SLIPS = 2
LONGEST_NAME = 12
"""In words."""

WITHOUT_DOTS = ("gmail.com", "googlemail.com")
"""Two names of one domain, where a dot before the @ changes nothing."""


def same_person(before: str, after: str) -> bool:
    """
    Whether two spellings are one name: slips of the pen, accents, initials, words added, left out or in another order.

    Every word of the shorter one has to be in the other, and one of them as it is.
    """
    one, other = sorted((_words(before), _words(after)), key=len)
    if not one or len(other) > LONGEST_NAME:
        return False
    left, equal = list(other), 0
    rest = []
    for word in one:
        if word in left:
            left.remove(word)
            equal += 1
        else:
            rest.append(word)
    for word in rest:
        found = next((near for alike in (_is_slip, _is_initial) for near in left if alike(word, near)), None)
        if found is None:
            return False
        left.remove(found)
    return equal > 0 or (len(one) == len(other) == 1 and not _is_initial(one[0], other[0]))


def _words(name: str) -> list[str]:
    """The words of a name, without case, accents and signs."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c if c.isalnum() else "" if unicodedata.category(c)[0] == "M" else " " for c in apart)
    return plain.split()


def _is_initial(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and long.startswith(short)


def _is_slip(one: str, other: str) -> bool:
    """Whether a word is another but for as many letters as one of its length may have wrong."""
    most = min(MOST_SLIPS, max(len(one), len(other)) // LETTERS_TO_ONE_SLIP)
    if abs(len(one) - len(other)) > most:
        return False
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, there in enumerate(other, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != there)))
        before = now
    return before[-1] <= most


def same_mailbox(one: str, other: str) -> bool:
    """Whether two addresses lead to one mailbox as far as can be told: whatever their case, and what follows a plus."""
    return _mailbox(one) == _mailbox(other)


def _mailbox(address: str) -> tuple[str, str]:
    local, _, domain = address.casefold().rpartition("@")
    plain = local.partition("+")[0] or local
    return (plain.replace(".", ""), WITHOUT_DOTS[0]) if domain in WITHOUT_DOTS else (plain, domain)
