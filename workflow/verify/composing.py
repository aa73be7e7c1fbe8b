"""What a document of a text must say, paragraph by paragraph: with numbers of lists, cells, links, footnotes."""

# ruff: noqa: B905 (what it asks for came with Python 3.10)
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from workflow.verify.inline import Inline
from workflow.verify.links import leads_somewhere
from workflow.verify.markdown import Block, read

OPEN, CLOSE = "\x01", "\x02"
"""Around what is no letter of a paragraph, such as the mark of a footnote; no XML can hold them."""
LINK, LINK_END = f"{OPEN}link{CLOSE}", f"{OPEN}link ends{CLOSE}"
OWN_NUMBER = f"{OPEN}its number{CLOSE}"
REFUSED_BY_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BULLETS = ("•", "–", "▪")
FORMATS = ("decimal", "lowerLetter", "lowerRoman")
LARGEST_START = 32767


class Piece(NamedTuple):
    """Words of a paragraph that look alike: the name of their style, and whether they are bold and in italics."""

    words: str
    style: str = ""
    bold: bool = False
    italic: bool = False


class Line(NamedTuple):
    """A paragraph: its words, its number or bullet in a list, the cells that begin before it, where its links lead."""

    words: str
    label: str = ""
    cells: str = ""
    targets: tuple[tuple[str, str], ...] = ()
    style: str = ""
    """The name of the style that a text asks for: Word's, or `body`, `list`, `name`; empty for any."""
    pieces: tuple[Piece, ...] = ()
    """The same words as they must look; of what a document says, its own runs tell that."""

    def says_like(self, other: Line) -> bool:
        """Whether another line has the same words, label and targets."""
        return (self.words, self.label, self.targets) == (other.words, other.label, other.targets)


@dataclass
class Composed:
    """A body as it is printed: its paragraphs, its footnotes, and the notes that stand below the names."""

    lines: list[Line] = field(default_factory=list)
    footnotes: list[list[Line]] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)


@dataclass
class _List:
    kind: str
    like: int
    number: int

    def label(self) -> str:
        """The next number of the list, or its bullet."""
        if self.kind == "bullet":
            return BULLETS[self.like % 3]
        self.number += 1
        return numbered(FORMATS[self.like % 3], self.number - 1) + self.kind


def compose(body: str) -> Composed:
    """Set a body as the product does. Raises VerificationError where it cannot be read in reasonable time."""
    blocks = read(REFUSED_BY_XML.sub("", body))
    composer = _Composer(_referred(blocks))
    for block in blocks:
        composer.take(block)
    made = composer.made
    made.footnotes = [composer.real[number] for number in sorted(composer.real)]
    return made


def mark(name: str) -> str:
    """What stands in a paragraph's words for something that is no letter."""
    return f"{OPEN}{name}{CLOSE}"


def printed(words: str) -> str:
    """Words as they can stand in a document, with one kind of line break."""
    return REFUSED_BY_XML.sub("", words).replace("\r\n", "\n").replace("\r", "\n")


def numbered(style: str, number: int) -> str:
    """A number as lists count: 3, c or iii."""
    if style == "lowerLetter":
        return chr(97 + (number - 1) % 26) * (1 + (number - 1) // 26) if number > 0 else str(number)
    if style == "lowerRoman":
        found, left = "", number
        for value, letters in zip(
            (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
            ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        ):
            found, left = found + letters * (left // value), left % value
        return found
    return str(number)


def _referred(blocks: list[Block]) -> dict[int, int]:
    """The notes that the text itself refers to, numbered from 1; Word has no footnote within a footnote."""
    found: dict[int, int] = {}
    for block in blocks:
        if block.kind == "note":
            break
        for piece in block.words:
            if piece.kind == "note":
                found.setdefault(piece.number, len(found) + 1)
    return found


class _Composer:
    """Takes the blocks one by one; keeps in which lists and notes it stands."""

    def __init__(self, numbers: dict[int, int]) -> None:
        self.made = Composed()
        self.numbers = numbers
        self.real: dict[int, list[Line]] = {}
        self.referred: set[int] = set()
        self.lists: list[_List] = []
        self.due = self.in_notes = False
        self.note = 0
        self.below = _List(".", 0, 0)
        self.cells = ""
        self.quoted = self.rows = 0

    def take(self, block: Block) -> None:
        """Set one block."""
        kind = block.kind
        if kind == "text":
            self._add(*self._said(block.words), block.mark or "body")
        elif kind == "code":
            code = printed(block.code.rstrip("\n"))
            self._add(code, (), (Piece(code),), "html preformatted")
        elif kind == "rule":
            self._add("")
        elif kind == "list":
            self._print_due_label()
            like = sum((outer.kind == "bullet") == (block.mark == "bullet") for outer in self.lists)
            self.lists.append(_List(block.mark, like, min(block.start, LARGEST_START)))
        elif kind == "list_end":
            self.lists.pop()
        elif kind == "item":
            self.due = True
        elif kind == "item_end":
            self._print_due_label()
        elif kind == "note":
            self._begin_note(block.start)
        elif kind in ("quote", "quote_end"):
            self.quoted += 1 if kind == "quote" else -1
        else:
            self._table(block)

    def _table(self, block: Block) -> None:
        if block.kind == "table":
            self._print_due_label()
            self.cells, self.rows = "", 0
        elif block.kind == "row":
            self.cells += "/"
            self.rows += 1
        elif block.kind == "cell":
            words, targets, pieces = self._said(block.words)
            self.cells += "|"
            style = "table heading" if self.rows == 1 else "table text"
            if words.strip():
                self.made.lines.append(Line(words, "", self.cells, targets, style, pieces))
                self.cells = ""

    def _begin_note(self, number: int) -> None:
        begun = self.in_notes and not self.note
        self.note = self.numbers.get(number, 0)
        self.due = self.in_notes = True
        if self.note:
            self.real[self.note] = []
        elif not begun:
            self.below = _List(".", 0, number + 1)

    def _print_due_label(self) -> None:
        if self.due:
            self._add("")

    def _add(
        self,
        words: str,
        targets: tuple[tuple[str, str], ...] = (),
        pieces: tuple[Piece, ...] = (),
        style: str = "",
    ) -> None:
        if style == "body":
            style = self._usual_style()
        if self.note:
            note = self.real[self.note]
            label = self.lists[-1].label() if self.due and self.lists and note else ""
            first = (words, pieces) if note else (f"{OWN_NUMBER} {words}", (Piece(" "), *pieces))
            self._keep(note, Line(first[0], label, "", targets, style, first[1]))
        elif self.in_notes:
            inner = self.lists[-1] if self.lists else self.below
            self._keep(self.made.notes, Line(words, inner.label() if self.due else "", "", targets, style, pieces))
        else:
            label = self.lists[-1].label() if self.due and self.lists else ""
            self._keep(self.made.lines, Line(words, label, "", targets, style, pieces))
        self.due = False

    def _usual_style(self) -> str:
        """The style of what is no heading and no code, by where it stands."""
        if self.in_notes:
            return "footnote text"
        return "list" if self.lists else "quote" if self.quoted else "body"

    @staticmethod
    def _keep(lines: list[Line], line: Line) -> None:
        if line.words.strip() or line.label:
            lines.append(line)

    def _said(self, pieces: list[Inline]) -> tuple[str, tuple[tuple[str, str], ...], tuple[Piece, ...]]:
        """The words of a paragraph, where its links lead, and how the words must look."""
        said: list[Piece] = []
        targets: list[tuple[str, str]] = []
        followed: list[bool] = []
        on = {"bold": 0, "italic": 0}
        for piece in pieces:
            kind = piece.kind
            if kind in ("text", "code"):
                style = "hyperlink" if followed[-1:] == [True] else "html code" if kind == "code" else ""
                said.append(Piece(printed(piece.words), style, on["bold"] > 0, on["italic"] > 0))
            elif kind == "break":
                said.append(Piece("\n"))
            elif kind == "note":
                said.append(Piece(self._note_mark(piece.number)))
            elif kind == "link":
                followed.append(leads_somewhere(piece.words))
                if followed[-1]:
                    said.append(Piece(LINK))
                    targets.append((piece.words, " ".join(printed(piece.tip).split())))
            elif kind == "link_end":
                behind = f" <{printed(piece.words)}>" if piece.words else ""
                said.append(Piece(LINK_END if followed.pop() else behind))
            elif kind in on:
                on[kind] += 1
            else:
                on[kind[: -len("_end")]] -= 1
        return "".join(piece.words for piece in said), tuple(targets), tuple(said)

    def _note_mark(self, note: int) -> str:
        """Word's own number where a note is referred to first, else the number in words."""
        number = self.numbers.get(note, 0)
        if number and not self.in_notes and note not in self.referred:
            self.referred.add(note)
            return mark(f"note {number}")
        return mark(f"raised {number or note + 1}")
