"""Fields (ECMA-376 part 1, 17.16): their codes are no words, their results are, but for the numbers of pages."""

from __future__ import annotations

import re

_NUMBERS = frozenset(["PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION"])
_LINK = re.compile(r'\s*HYPERLINK\s+(?:"([^"]{1,2000})"|([^\s\\"]{1,2000}))', re.IGNORECASE)
_MOST = 50
"""Fields that stand in each other."""
_LONGEST = 4_000


class Fields:
    """The fields that are open while the runs of a document are read."""

    def __init__(self) -> None:
        self._open: list[tuple[list[str], bool]] = []

    def begin(self) -> None:
        """A field begins with its code."""
        if len(self._open) < _MOST:
            self._open.append(([], False))

    def code(self, words: str) -> None:
        """Part of a code."""
        if self._open and not self._open[-1][1] and sum(map(len, self._open[-1][0])) < _LONGEST:
            self._open[-1][0].append(words)

    def separate(self) -> None:
        """The code is over; the result follows."""
        if self._open:
            self._open[-1] = (["".join(self._open[-1][0])], True)

    def end(self) -> None:
        """The field is over."""
        if self._open:
            self._open.pop()

    def end_of_paragraph(self) -> None:
        """A code or the number of a page that was not ended hides nothing of what follows."""
        self._open = [(code, result) for code, result in self._open if result and not is_number("".join(code))]

    @property
    def hides(self) -> bool:
        """Whether what stands here is no word: a code, or the number of a page."""
        return any(not result or is_number(code[0]) for code, result in self._open)

    @property
    def target(self) -> str:
        """Where the link leads that stands here."""
        return next((found for code, result in reversed(self._open) if result and (found := link(code[0]))), "")


def is_number(code: str) -> bool:
    """Tell whether a field is the number of a page."""
    return code.strip().partition(" ")[0].upper() in _NUMBERS


def link(code: str) -> str:
    """Return where a field that is a link leads."""
    found = _LINK.match(code)
    return (found[1] or found[2]) if found else ""
