"""
A letter's body as blocks: CommonMark with tables and footnotes, as markdown-it reads them, and nothing of HTML.

Raw HTML and link definitions are words here, pictures are links. Every text is read to an end: work is counted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from dataclasses import dataclass, field

from workflow.verify.inline import BLANKS, LONGEST_LABEL, Budget, Inline, Reader
from workflow.verify.lines import columns_of, split_lines
from workflow.verify.report import VerificationError

DEEPEST = 200
HEADER = re.compile(r":?-+:?")
UNDERLINE = re.compile(r"(=+|-+)[ \t]*")
RULE = re.compile(r"([-_*])(?:[ \t]*\1){2,}[ \t]*")
ORDERED = re.compile(r"([0-9]{1,9})([.)])(?=[ \t]|$)")
BULLET = re.compile(r"([-+*])(?=[ \t]|$)")
HEADING = re.compile(r"(#{1,6})(?=[ \t]|$)")
FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
NOTE = re.compile(r"\[\^([^\s\]]+)\]:")
TABLE = re.compile(r"[-:|][-:|\t ]+")
MOST_EMPTY_CELLS = 0x10000


@dataclass
class Block:
    """A block: its kind, its words where it has some, and what its kind asks for (a start, a mark)."""

    kind: str
    words: list[Inline] = field(default_factory=list)
    code: str = ""
    start: int = 1
    mark: str = ""


FRAMES = 8_000
"""Of Python's, for what may stand in each other: 200 quotations, and in them 200 brackets."""


def read(body: str) -> list[Block]:
    """
    Read a body into blocks in order; the footnotes follow the text.

    Raises VerificationError where it takes too much work.
    """
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, FRAMES))
    try:
        return _read(body, Budget())
    except RecursionError:
        raise VerificationError("is written so that reading it takes too long") from None
    finally:
        sys.setrecursionlimit(usual)


def _read(body: str, budget: Budget) -> list[Block]:
    parser = Parser(body, budget)
    blocks = parser.parse()
    unused = [label for label, number in parser.reader.labels.items() if number < 0]
    if not unused:
        return blocks
    return Parser(body, budget, unused).parse()


class Parser:
    """Reads the lines of one text; where it stands is a line, an indent, and what it stands in."""

    def __init__(self, body: str, budget: Budget, unused: Collection[str] = ()) -> None:
        self.lines = split_lines(body)
        self.unused = unused
        self.budget = budget
        self.reader = Reader(budget)
        self.end = len(self.lines.source)
        self.blocks: list[Block] = []
        self.pending: list[tuple[Block, str]] = []
        self.notes: dict[str, list[Block]] = {}
        self.line = self.indent = self.level = 0
        self.list_indent = -1
        self.tight = self.within_note = False
        self.within = "root"

    def parse(self) -> list[Block]:
        """Return all blocks: those of the text, then each note that it refers to between `note` and `note_end`."""
        self._blocks(0, self.end)
        for block, content in self.pending:
            block.words = self.reader.read(content)
        made = list(self.blocks)
        number = 0
        while number < len(self.reader.notes):
            note = self.reader.notes[number]
            inner = [Block("text", note.words)] if note.label is None else self.notes.get(note.label, [])
            made += [Block("note", start=number), *inner]
            number += 1
        return made

    def _blocks(self, line: int, end: int) -> None:
        had_empty = False
        while line < end:
            self.budget.spend(1)
            while line < self.end and self.lines.is_empty(line):
                line += 1
            self.line = line
            if line >= end or self.lines.counts[line] < self.indent:
                return
            if self.level >= DEEPEST:
                self.line = end
                return
            self._one(line, end)
            self.tight = not had_empty
            line = self.line
            if line - 1 < end and self.lines.is_empty(line - 1):
                had_empty = True
            if line < end and self.lines.is_empty(line):
                had_empty = True
                line += 1
                self.line = line

    def _one(self, line: int, end: int) -> None:
        for rule in (
            self._table, self._code, self._fence, self._quote, self._rule, self._list, self._note, self._heading,
            self._underlined,
        ):  # fmt: skip
            if rule(line, end):
                return
        self._paragraph(line)

    def _is_code(self, line: int) -> bool:
        return self.lines.counts[line] - self.indent >= 4

    def _ends(self, line: int, end: int, by: str) -> bool:
        """Whether a line begins something that ends a paragraph (p), a quotation or table (q), or a list (l)."""
        self.budget.spend(1)
        return (
            (by == "p" and self._table(line, end, silent=True))
            or self._fence(line, end, silent=True)
            or self._quote(line, end, silent=True)
            or self._rule(line, end, silent=True)
            or (by != "l" and self._list(line, end, silent=True))
            or (by == "p" and self._note(line, end, silent=True))
            or (by != "l" and self._heading(line, end, silent=True))
        )

    def _words(self, kind: str, content: str, mark: str = "") -> None:
        block = Block(kind, mark=mark)
        self.blocks.append(block)
        self.pending.append((block, content))

    def _cut(self, begin: int, end: int, indent: int, last: bool) -> str:
        """The lines without so many columns of their indent."""
        cut = []
        for line in range(begin, end):
            text = self.lines.source[line][self.lines.begins[line] :]
            first = width = 0
            while width < indent and first < len(text) + (line + 1 < end or last):
                blank = text[first : first + 1] or "\n"
                if blank == "\t":
                    width += 4 - (width + self.lines.before[line]) % 4
                elif blank == " " or first < self.lines.shifts[line]:
                    width += 1
                else:
                    break
                first += 1
            self.budget.spend(1 + len(text) // 64)
            cut.append(" " * (width - indent) + text[first:])
        return "\n".join(cut) + ("\n" if last and cut else "")

    # --- one block each; true where it stands at this line ------------------------------------------------------------

    def _code(self, line: int, end: int) -> bool:
        if not self._is_code(line):
            return False
        last = following = line + 1
        while following < end and (self.lines.is_empty(following) or self._is_code(following)):
            following += 1
            if not self.lines.is_empty(following - 1):
                last = following
        self.line = last
        self.blocks.append(Block("code", code=self._cut(line, last, 4 + self.indent, False) + "\n"))
        return True

    def _fence(self, line: int, end: int, silent: bool = False) -> bool:
        found = FENCE.fullmatch(self.lines.text(line)) if not self._is_code(line) else None
        if found is None or (found[1][0] == "`" and "`" in found[2]):
            return False
        if silent:
            return True
        closes = re.compile(rf"{re.escape(found[1][0])}{{{len(found[1])},}}[ \t]*")
        following, closed = line + 1, False
        while following < end:
            text = self.lines.text(following)
            if text and self.lines.counts[following] < self.indent:
                break
            if not self._is_code(following) and closes.fullmatch(text):
                closed = True
                break
            following += 1
        self.line = following + closed
        self.blocks.append(Block("code", code=self._cut(line + 1, following, self.lines.counts[line], True)))
        return True

    def _rule(self, line: int, end: int, silent: bool = False) -> bool:
        if self._is_code(line) or not RULE.fullmatch(self.lines.text(line)):
            return False
        if not silent:
            self.line = line + 1
            self.blocks.append(Block("rule"))
        return True

    def _heading(self, line: int, end: int, silent: bool = False) -> bool:
        text = self.lines.text(line)
        found = HEADING.match(text) if not self._is_code(line) else None
        if found is None or silent:
            return found is not None
        rest = text[found.end() :].rstrip(" \t")
        bare = rest.rstrip("#")
        if bare and bare[-1] in " \t":
            rest = bare
        self.line = line + 1
        self._words("text", rest.strip(BLANKS), f"heading {len(found[1])}")
        return True

    def _underlined(self, line: int, end: int) -> bool:
        if self._is_code(line):
            return False
        before, self.within = self.within, "paragraph"
        following, level = line + 1, 0
        while following < end and not self.lines.is_empty(following):
            count = self.lines.counts[following]
            if count - self.indent <= 3:
                if count >= self.indent and UNDERLINE.fullmatch(self.lines.text(following)):
                    level = 1 if self.lines.text(following).startswith("=") else 2
                    break
                if count >= 0 and self._ends(following, end, "p"):
                    break
            following += 1
        if not level:
            # `within` stays: so it does in markdown-it, and lists look at it.
            return False
        content = self._cut(line, following, self.indent, False).strip(BLANKS)
        self.line = following + 1
        self._words("text", content, f"heading {level}")
        self.within = before
        return True

    def _paragraph(self, line: int) -> None:
        before, self.within = self.within, "paragraph"
        following = line + 1
        while following < self.end and not self.lines.is_empty(following):
            count = self.lines.counts[following]
            if count - self.indent <= 3 and count >= 0 and self._ends(following, self.end, "p"):
                break
            following += 1
        content = self._cut(line, following, self.indent, False).strip(BLANKS)
        self.line = following
        self._words("text", content)
        self.within = before

    def _quote(self, line: int, end: int, silent: bool = False) -> bool:
        if self._is_code(line) or not self.lines.text(line).startswith(">"):
            return False
        if silent:
            return True
        old_end, before, self.within = self.end, self.within, "blockquote"
        saved = []
        following, last_is_empty = line, False
        while following < end:
            outside = self.lines.counts[following] < self.indent if following > line else False
            text = self.lines.text(following)
            if following > line and not text:
                break
            if text.startswith(">") and not outside:
                saved.append(self.lines.saved(following))
                last_is_empty = self._unquote(following)
                following += 1
                continue
            if last_is_empty:
                break
            if self._ends(following, end, "q"):
                self.end = following
                if self.indent != 0:
                    saved.append(self.lines.saved(following))
                    self.lines.counts[following] -= self.indent
                break
            saved.append(self.lines.saved(following))
            self.lines.counts[following] = -1
            following += 1
        old_indent, self.indent = self.indent, 0
        self.blocks.append(Block("quote"))
        self.level += 1
        self._blocks(line, following)
        self.level -= 1
        self.blocks.append(Block("quote_end"))
        self.end, self.within, self.indent = old_end, before, old_indent
        for number, kept in enumerate(saved, line):
            self.lines.restore(number, kept)
        return True

    def _unquote(self, line: int) -> bool:
        """Take the mark of a quotation off a line; says whether nothing else is on it."""
        lines, source = self.lines, self.lines.source[line]
        at = lines.begins[line] + lines.shifts[line] + 1
        initial = offset = lines.counts[line] + 1
        second = source[at : at + 1]
        wide = second == "\t" and (lines.before[line] + offset) % 4 != 3
        if second == " " or (second == "\t" and not wide):
            at, initial, offset = at + 1, initial + 1, offset + 1
        lines.begins[line] = at
        while source[at : at + 1] in (" ", "\t"):
            offset += 4 - (offset + lines.before[line] + wide) % 4 if source[at] == "\t" else 1
            at += 1
        lines.before[line] = lines.counts[line] + 1 + (second in (" ", "\t"))
        lines.counts[line] = offset - initial
        lines.shifts[line] = at - lines.begins[line]
        return at >= len(source)

    def _list(self, line: int, end: int, silent: bool = False) -> bool:
        lines = self.lines
        count = lines.counts[line]
        if self._is_code(line) or (0 <= self.list_indent <= count - 4 and count < self.indent):
            return False
        ends_paragraph = silent and self.within == "paragraph" and count >= self.indent
        text = lines.text(line)
        found = ORDERED.match(text)
        ordered = found is not None
        found = found or BULLET.match(text)
        if found is None or (ends_paragraph and ordered and int(found[1]) != 1):
            return False
        if ends_paragraph and not text[found.end() :].strip(" \t"):
            return False
        if silent:
            return True
        mark = found[0][-1]
        start = int(found[1]) if ordered else 1
        self.blocks.append(Block("list", start=start, mark=mark if ordered else "bullet"))
        self.level += 1
        self._items(line, end, ordered, mark, found.end())
        self.level -= 1
        self.blocks.append(Block("list_end"))
        return True

    def _items(self, line: int, end: int, ordered: bool, mark: str, after: int) -> None:
        lines = self.lines
        before, self.within = self.within, "list"
        while line < end:
            at = lines.begins[line] + lines.shifts[line] + after
            initial = offset = lines.counts[line] + after
            source = lines.source[line]
            while source[at : at + 1] in (" ", "\t") and at < len(source):
                offset += 4 - (offset + lines.before[line]) % 4 if source[at] == "\t" else 1
                at += 1
            stands_in = 1 if at >= len(source) or offset - initial > 4 else offset - initial
            self.blocks.append(Block("item"))
            self.level += 1
            old_tight, saved, old_list = self.tight, lines.saved(line), self.list_indent
            self.list_indent, self.indent = self.indent, initial + stands_in
            self.tight = True
            lines.shifts[line], lines.counts[line] = at - lines.begins[line], offset
            if at >= len(source) and lines.is_empty(line + 1):
                self.line = min(self.line + 2, end)
            else:
                self._blocks(line, end)
            self.indent, self.list_indent = self.list_indent, old_list
            lines.shifts[line], lines.counts[line] = saved[1], saved[2]
            self.tight = old_tight
            self.level -= 1
            self.blocks.append(Block("item_end"))
            line = self.line
            if line >= end or lines.counts[line] < self.indent or self._is_code(line) or self._ends(line, end, "l"):
                break
            found = (ORDERED if ordered else BULLET).match(lines.text(line))
            if found is None or found[0][-1] != mark:
                break
            after = found.end()
        self.line = line
        self.within = before

    def _note(self, line: int, end: int, silent: bool = False) -> bool:
        """A note; words where nothing refers to it, its label has a note already, or a note is around it."""
        text = self.lines.text(line)
        found = NOTE.match(text, 0, LONGEST_LABEL) if not self._is_code(line) else None
        if found is None or found[1] in self.unused:
            return False
        if silent:
            return True
        if self.within_note or found[1] in self.reader.labels:
            return False
        self.within_note = True
        lines, label = self.lines, found[1]
        self.reader.labels[label] = -1
        outer, self.blocks = self.blocks, []
        saved, before = lines.saved(line), self.within
        at = lines.begins[line] + lines.shifts[line] + found.end()
        initial = lines.counts[line] + found.end()
        blanks = re.match(r"[ \t]*", text[found.end() :])
        assert blanks is not None
        lines.begins[line], lines.shifts[line] = at, len(blanks[0])
        lines.counts[line] = columns_of(blanks[0], initial) - initial
        self.indent += 4
        self.level += 1
        self.within = "footnote"
        if lines.counts[line] < self.indent:
            lines.counts[line] += self.indent
        self._blocks(line, end)
        self.within = before
        self.indent -= 4
        self.level -= 1
        lines.restore(line, (saved[0], saved[1], saved[2], lines.before[line]))
        self.notes[label], self.blocks = self.blocks, outer
        self.within_note = False
        return True

    def _table(self, line: int, end: int, silent: bool = False) -> bool:
        if line + 2 > end or self.lines.counts[line + 1] < self.indent or self._is_code(line + 1):
            return False
        under = self.lines.text(line + 1)
        if not TABLE.fullmatch(under) or (under[0] == "-" and under[1] in " \t"):
            return False
        marks = [cell.strip(BLANKS) for cell in under.split("|")]
        if any(mark and not HEADER.fullmatch(mark) for mark in marks) or not all(marks[1:-1]):
            return False
        heads = self._cells(line)
        if heads is None or not heads or len(heads) != sum(map(bool, marks)):
            return False
        if silent:
            return True
        before, self.within = self.within, "table"
        self.blocks.append(Block("table"))
        self._row(heads, len(heads))
        following, missing = line + 2, 0
        while following < end and self.lines.counts[following] >= self.indent:
            if self._ends(following, end, "q") or not self.lines.text(following).strip(BLANKS):
                break
            if self._is_code(following):
                break
            cells = self._cells(following, always=True) or []
            missing += len(heads) - len(cells)
            if missing > MOST_EMPTY_CELLS:
                break
            self._row(cells, len(heads))
            following += 1
        self.blocks.append(Block("table_end"))
        self.within, self.line = before, following
        return True

    def _cells(self, line: int, always: bool = False) -> list[str] | None:
        text = self.lines.text(line).strip(BLANKS)
        if not always and ("|" not in text or self._is_code(line)):
            return None
        cells = [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", text)]
        if cells and cells[0] == "":
            cells.pop(0)
        if cells and cells[-1] == "":
            cells.pop()
        return cells

    def _row(self, cells: list[str], columns: int) -> None:
        self.blocks.append(Block("row"))
        for number in range(columns):
            self._words("cell", cells[number].strip(BLANKS) if number < len(cells) else "")
