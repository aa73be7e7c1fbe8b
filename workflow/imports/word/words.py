"""The words of one paragraph: its runs put together, blanks folded, each line with its marks."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from workflow.imports.markup import EMPHASIS, LINK, NOTE, STRONG, Mark

_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
_WIDE = re.compile(r"\t| {3}")


class Line(NamedTuple):
    """A line of words with its marks; `raw` has its tabs."""

    text: str
    raw: str
    marks: tuple[Mark, ...]


class Looked(NamedTuple):
    """How a piece looks, and where it leads."""

    strong: bool = False
    emphasis: bool = False
    target: str = ""
    struck: bool = False


class Words:
    """Gathers the pieces of a paragraph."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, Looked]] = []

    @property
    def has_any(self) -> bool:
        """Whether there are words already, or the mark of a note."""
        return any(not words or not words.isspace() for words, _ in self._pieces)

    def add(self, words: str, looked: Looked) -> None:
        """Add words."""
        if not words:
            return
        if not words.isascii():
            words = _INVISIBLE.sub("", unicodedata.normalize("NFC", words))
        if not words.isprintable():
            words = _UNPRINTED.sub("", words)
        if self._pieces and self._pieces[-1][1] == looked:
            self._pieces[-1] = (self._pieces[-1][0] + words, looked)
        else:
            self._pieces.append((words, looked))

    def note(self, label: str) -> None:
        """Add the mark of a note."""
        self._pieces.append(("", Looked(target=label)))

    def lines(self) -> list[Line]:
        """Return the lines that the paragraph has; such as have no words are left out."""
        lines: list[Line] = []
        line = _Line()
        for words, looked in self._pieces:
            if not words:
                line.marks.append(Mark(line.length, line.length, NOTE, looked.target))
                continue
            first, *others = words.split("\n")
            line.add(first, looked)
            for other in others:
                lines += line.done()
                line = _Line()
                line.add(other, looked)
        return [*lines, *line.done()]


class _Line:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.raw: list[str] = []
        self.length = 0
        self.blank = False
        self.marks: list[Mark] = []

    def add(self, words: str, looked: Looked) -> None:
        """Add words with each run of blanks folded to one."""
        if not words:
            return
        self.raw.append(words)
        bare = " ".join(words.split())
        if not bare:
            self.blank = True
            return
        if self.length and (self.blank or words[0].isspace()):
            self.said.append(" ")
            self.length += 1
        start = self.length
        self.said.append(bare)
        self.length += len(bare)
        self.blank = words[-1].isspace()
        for kind, target in (
            (STRONG, "" if looked.strong else None), (EMPHASIS, "" if looked.emphasis else None),
            (LINK, looked.target or None),
        ):  # fmt: skip
            if target is not None:
                self._mark(Mark(start, self.length, kind, target))

    def _mark(self, mark: Mark) -> None:
        """Add a mark, or let the last of its kind go on where only a blank stands between."""
        for place in range(len(self.marks) - 1, max(-1, len(self.marks) - 6), -1):
            last = self.marks[place]
            if last.kind == mark.kind and last.target == mark.target:
                if last.end >= mark.start - 1:
                    self.marks[place] = last._replace(end=mark.end)
                    return
                break
        self.marks.append(mark)

    def done(self) -> list[Line]:
        text = "".join(self.said)
        if not text and not self.marks:
            return []
        raw = "".join(self.raw)
        return [Line(text, raw.rstrip().replace("\t", "\t\t") if _WIDE.search(raw) else text, tuple(self.marks))]
