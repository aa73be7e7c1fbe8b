"""
Broken lines become paragraphs again, and paragraphs become Markdown that reads exactly as the source.

A line is joined to the next only where the next line's first word would not have fitted any more.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from workflow.imports.doubts import Doubt, between
from workflow.imports.lexicon import pattern, plain, words
from workflow.imports.markup import Mark, marked, shifted, within
from workflow.imports.segment import Row
from workflow.letter import text

ENDS = re.compile(r"[.!?:;…][\"'”’»)\]\d]*$")
_STOPS = re.compile(r"[.!?:…][\"'”’»)\]\d]*$")
_BULLET = re.compile(r"^(?:[•●▪◦‣■□➢✓◆∙·*+]\s*|[-–—]{1,2}\s+|o\s(?=[A-ZÀ-Ý]))(?=\S)")
_NUMBER = re.compile(r"^\(?(\d{1,3})([.)])\s+(?=\S)")
_LETTERED = re.compile(r"^(?:\([a-zivx]{1,4}\)|[a-z]\)|[ivx]{1,4}[.)])\s")
_PRINT = {
    letter: width
    for width, letters in {
        4.6: "ijlI'’|", 5.3: "f(),.;:!", 6.3: "rt- “”J", 7.8: "s", 8.6: "czLEF", 9.3: "vxykST", 9.9: "aegBPRYKXZ",
        10.8: "bdhnopquACVU", 12.6: "DNHGOQ", 14.6: "w", 16.4: "mWM",
    }.items()
    for letter in letters
}  # fmt: skip
_PRINT |= {" ": 4.6, "r": 7.1, "t": 6.8, "f": 6.2}
"""How wide letters are in common print (a humanist sans serif), in twentieths of the type size or so."""
_OPENER = pattern(r"«opener»\b")
_BACKWARD = words("backward")
_SUFFIXES = words("suffixes")


@dataclass(slots=True)
class Paragraph:
    """A block of the body: its lines joined (a hard break inside is a line end) and what kind it is."""

    text: str
    kind: str = "prose"
    mark: str = ""
    number: int = 0
    lines: tuple[int, ...] = ()
    """The numbers of the lines that it was read from."""
    marks: list[Mark] = field(default_factory=list)

    def cut(self, length: int, before: str = "") -> None:
        """Take letters off the beginning, and put others there."""
        self.text = before + self.text[length:]
        self.marks = shifted(self.marks, len(before) - length)


@dataclass(slots=True)
class Joined:
    """The paragraphs of a body, and what was joined with doubt."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """The words of the whole text, plain, to look up such as were divided at the end of a line."""

    words: frozenset[str] = frozenset()
    hyphened: str = ""

    @classmethod
    def of(cls, source: str) -> Known:
        """Gather the words of a text."""
        folded = plain(source)
        return cls(frozenset(re.findall(r"\w+", folded)), " ".join(re.findall(r"\b\w++(?:-\w++)+", folded)))


def joined(lines: Sequence[Row], spaced: bool, known: Known | None = None) -> Joined:
    """
    Join broken lines into paragraphs.

    `spaced` says that a blank line after a line means nothing; `known` has the words of the whole text.
    """
    result = Joined()
    known = known or Known()
    if not lines:
        return result
    ends = _Ends(lines, spaced)
    block: list[Row] = []
    for position, line in enumerate(lines):
        if block and ends.between(position - 1):
            result.paragraphs.append(_paragraph(block, ends, known, result.doubts))
            block = []
        block.append(line)
    result.paragraphs.append(_paragraph(block, ends, known, result.doubts))
    result.doubts.extend(ends.doubts)
    _settle_lists(result.paragraphs)
    _settle_headings(result.paragraphs, lines)
    return result


class _Ends:
    """Where paragraphs end, seen from how wide the lines are."""

    def __init__(self, lines: Sequence[Row], spaced: bool) -> None:
        self.lines = lines
        self.spaced = spaced
        self.doubts: list[Doubt] = []
        self.measure, self.width = _width(lines, spaced)
        self.wrapped = self._is_wrapped()
        self.left = min(line.indent for line in lines)
        self.indents = self._has_indents()

    def _is_wrapped(self) -> bool:
        """Lines are broken at a width when some line runs on into the next in the middle of a sentence."""
        return any(
            _runs_on(line, after) and (self.spaced or after.gap == 0) for line, after in itertools.pairwise(self.lines)
        )

    def _has_indents(self) -> bool:
        """Paragraphs begin with an indent: a minority of the lines has one, and a sentence ends before each."""
        begun = [(line, after) for line, after in itertools.pairwise(self.lines) if after.indent >= self.left + 2]
        begun = [(line, after) for line, after in begun if not _is_item(after.text) and after.indent > line.indent]
        ended = sum(bool(ENDS.search(line.text)) for line, _ in begun)
        return 0 < len(begun) <= len(self.lines) / 2 and ended >= 0.8 * len(begun)

    def between(self, position: int) -> bool:
        """Tell whether a paragraph ends between this line and the next."""
        line, after = self.lines[position], self.lines[position + 1]
        if _is_item(after.text) and (
            ENDS.search(line.text) or after.gap or self.short(position) or _is_item(line.text)
        ):
            return True
        if after.gap and not self.spaced:
            return not self._page_break_inside(position)
        if not self.wrapped:
            return True
        if self.indents and not _is_item(line.text):
            return after.indent >= self.left + 2 and bool(ENDS.search(line.text))
        return self._stops(position)

    def _page_break_inside(self, position: int) -> bool:
        """A page can end in the middle of a paragraph: the words run on, or the last line of the page is full."""
        line, after = self.lines[position], self.lines[position + 1]
        if not self.wrapped or not (after.page or after.gap > 1) or _is_item(after.text):
            return False
        if after.text[0].islower():
            return True
        if not after.page or self.short(position):
            return False
        return not ENDS.search(line.text) or not self._guessed_end(line, after)

    def short(self, position: int) -> bool:
        """Tell whether the next line's first word would still have fitted on this line."""
        line, after = self.lines[position].text, self.lines[position + 1].text
        return self.measure(line + " " + after.split()[0]) <= self.width

    def _stops(self, position: int) -> bool:
        line, after = self.lines[position], self.lines[position + 1]
        if not self.short(position):
            return self._full_stop(line, after)
        if ENDS.search(line.text):
            return not after.text[0].islower() or line.text[-1] in ":;"
        return self.measure(line.text) < 0.6 * self.width and not after.text[0].islower()

    def _full_stop(self, line: Row, after: Row) -> bool:
        """A sentence that ends with a full line may end the paragraph: decided by the gap, and said."""
        if not _STOPS.search(line.text) or after.text[0].islower():
            return False
        usual = 1 if self.spaced else 0
        if after.gap > usual and not after.page:
            return True
        return self.spaced and not after.page and self._guessed_end(line, after)

    def _guessed_end(self, line: Row, after: Row) -> bool:
        """Nothing shows whether the paragraph ends: the words that follow decide, and it is said."""
        new = _opens_paragraph(after.text)
        said = " ".join(line.text.split()[-4:])
        kind = "ends" if new else "goes_on"
        self.doubts.append(between(kind, line.text, after.text, (line.number, after.number), said))
        return new


def _opens_paragraph(line: str) -> bool:
    """A sentence opens a paragraph rather by a time or a request than by a word that points back."""
    folded = plain(line)
    return bool(_OPENER.match(folded)) and not _BACKWARD & set(folded.split()[:8])


def _runs_on(line: Row, after: Row) -> bool:
    return not ENDS.search(line.text) and after.text[0].islower() and not _is_item(after.text)


def _is_item(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBER.match(line) or _LETTERED.match(line))


def _letters(line: str) -> float:
    return float(len(line))


def _print(line: str) -> float:
    """How wide a line is in a proportional typeface, roughly, in twentieths of the type size."""
    return sum(_PRINT.get(c) or _PRINT.get(plain(c)[:1], 10.4) for c in line)


def _width(lines: Sequence[Row], spaced: bool) -> tuple[Callable[[str], float], float]:
    """Find the width at which lines were broken, by letters or as print: whichever explains more breaks."""
    pairs = [
        (line.text, after.text.split()[0])
        for line, after in itertools.pairwise(lines)
        if _runs_on(line, after) and (spaced or after.gap == 0)
    ]
    if not pairs:
        return _letters, max(_letters(line.text) for line in lines)
    best: tuple[int, Callable[[str], float], float] | None = None
    for measure in (_letters, _print):
        width = max(measure(line.text) for line in lines)
        missed = sum(measure(f"{line} {word}") <= width for line, word in pairs)
        if best is None or missed < best[0]:
            best = (missed, measure, width)
    assert best is not None
    return best[1], best[2]


def _paragraph(block: Sequence[Row], ends: _Ends, known: Known, doubts: list[Doubt]) -> Paragraph:
    said, marks = block[0].text, [*block[0].marks]
    for line, after in itertools.pairwise(block):
        hard = _is_hard_break(line, after, ends)
        said = said + "\n" + after.text if hard else _glued(said, line, after, known, doubts)
        marks += shifted(after.marks, len(said) - len(after.text))
    return Paragraph(said, number=block[0].number, lines=tuple(line.number for line in block), marks=marks)


def _is_hard_break(line: Row, after: Row, ends: _Ends) -> bool:
    far = ends.measure(f"{line.text} {after.text.split()[0]}") < 0.5 * ends.width
    return far and not after.text[0].islower() and not ENDS.search(line.text)


def _glued(said: str, line: Row, below: Row, known: Known, doubts: list[Doubt]) -> str:
    after = below.text
    if said.endswith("\u00ad"):
        return said[:-1] + after
    end = said[-60:]
    tail = re.search(r"([^\W\d_]+)-$", end)
    head = re.match(r"[^\W\d_]+", after)
    if not tail:
        return said + after if re.search(r"[\w/]/$|[^\W\d_]-$", end) else f"{said} {after}"
    if head and after[0].islower():
        whole, parted = plain(tail[1] + head[0]), plain(f"{tail[1]}-{head[0]}")
        if whole in known.words:
            return said[:-1] + after
        if parted not in known.hyphened and plain(head[0]) in _SUFFIXES:
            return said[:-1] + after
        if parted not in known.hyphened:
            doubts.append(Doubt("hyphen", (line.number, below.number), {"words": f"{tail[1]}-{head[0]}"}))
    return said + after


# --- lists and headings --------------------------------------------------------------------------------------------


def _settle_lists(paragraphs: list[Paragraph]) -> None:
    """Mark what is an item of a list: a bullet; a number that has a neighbour before or after it."""
    numbers = {int(m[1]) for p in paragraphs if (m := _NUMBER.match(p.text))}
    dashes = sum(bool(re.match(r"[-–—]{1,2}\s|[*+·]\s|o\s", p.text)) for p in paragraphs)
    for paragraph in paragraphs:
        bullet, number = _BULLET.match(paragraph.text), _NUMBER.match(paragraph.text)
        if number and ({int(number[1]) - 1, int(number[1]) + 1} & numbers):
            paragraph.kind, paragraph.mark = "number", number[1] + number[2]
            paragraph.cut(number.end())
        elif bullet and (dashes > 1 or not re.match(r"[-–—*+·o]", bullet[0])):
            paragraph.kind, paragraph.mark = "bullet", "-"
            paragraph.cut(bullet.end())


def _settle_headings(paragraphs: list[Paragraph], lines: Sequence[Row]) -> None:
    alone = {line.number for line in lines}
    for paragraph, after in itertools.pairwise(paragraphs):
        if paragraph.number not in alone or not _looks_like_heading(paragraph.text, after):
            continue
        if paragraph.kind == "number" and after.kind == "prose":
            paragraph.kind = "heading"
            paragraph.cut(0, f"{paragraph.mark} ")
        elif paragraph.kind == "prose":
            paragraph.kind = "heading"


def _looks_like_heading(said: str, after: Paragraph) -> bool:
    letters = [c for c in said if c.isalpha()]
    short = len(letters) > 0 and len(said) <= 70 and len(said.split()) <= 9 and "\n" not in said
    return (
        short
        and said[-1] not in '.,;:!?…»”"'
        and said[0].isupper()
        and (len(after.text) > 70 or (after.kind == "prose" and after.text[-1] == ":"))
    )


def markdown(paragraphs: Sequence[Paragraph]) -> str:
    """Return the paragraphs as Markdown; what Markdown would misread is escaped."""
    return "".join(pieces_of(paragraphs)).strip("\n")


def pieces_of(paragraphs: Sequence[Paragraph]) -> list[str]:
    """Return each paragraph as it is written in Markdown, with the line ends before it."""
    written: list[str] = []
    kind = ""
    for paragraph in paragraphs:
        tight = kind == paragraph.kind and kind in ("bullet", "number")
        written.append(("\n" if tight else "\n\n") + _written(paragraph))
        kind = paragraph.kind
    return written


def placed(paragraphs: Sequence[Paragraph], body: str) -> list[tuple[int, ...]]:
    """Return for each block of the body that is made of paragraphs the numbers of the lines that it was read from."""
    return blocks_of(pieces_of(paragraphs), [paragraph.lines for paragraph in paragraphs], body)


def blocks_of(pieces: Sequence[str], lines: Sequence[Sequence[int]], body: str) -> list[tuple[int, ...]]:
    """Return for each block of a body that is made of pieces the numbers of the lines that these were read from."""
    ends = [*itertools.accumulate(map(len, pieces))]
    blocks: list[list[int]] = []
    reached = position = 0
    for block in text.paragraphs(body):
        reached = body.find(block, reached) + len(block)
        blocks.append([])
        # The two line ends before the first paragraph are not in the body.
        while position < len(pieces) and ends[position] <= reached + 2:
            blocks[-1] += lines[position]
            position += 1
    return [tuple(lines) for lines in blocks]


def _written(paragraph: Paragraph) -> str:
    said, start = [], 0
    for line in paragraph.text.split("\n"):
        said.append(marked(line, within(paragraph.marks, start, start + len(line))))
        start += len(line) + 1
    if paragraph.kind == "heading":
        return "## " + said[0]
    if paragraph.kind in ("bullet", "number"):
        return f"{paragraph.mark} " + ("\\\n" + " " * (len(paragraph.mark) + 1)).join(said)
    return "\\\n".join(said)
