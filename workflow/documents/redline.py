"""
What changed between two revisions, as a Word document with real tracked changes.

Word's "accept all" turns it into the new text and "reject all" into the old. Format: ECMA-376 part 1, 17.13.5.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workflow.documents.docx import package
from workflow.documents.uploads.built_in import plain
from workflow.documents.writing import footnotes
from workflow.documents.writing.markdown_to_docx import Block, Cell, References, Table, compose
from workflow.documents.writing.opc import entry
from workflow.documents.writing.print_job import PrintJob
from workflow.documents.writing.wordml import NAMESPACES, Paragraph, begins_right_to_left, clean, escaped, run
from workflow.letter import text
from workflow.letter.comparison import Comparison, Effort

if TYPE_CHECKING:
    from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
ALIKE = 0.4
"""From this share of common words on, a paragraph was changed; below it is another one."""
_WORD = re.compile(r"\s+|[^\W_]+(?:['’.-][^\W_]+)*|.", re.DOTALL)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, Kana, Han: scripts that do not part words by blanks are compared letter by letter."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """The least that is compared: a word, a blank, a break or a footnote's mark, with its looks and its link."""

    content: str
    looks: str = ""
    link: str = ""
    words: bool = True
    """False for what is no text but an element of its own."""
    same: str = ""
    """What it is compared by where that is not the content: the words of a footnote, not its number."""

    @property
    def key(self) -> tuple[str, str, str, bool]:
        """What two atoms are compared by."""
        return (self.same or self.content, self.looks, self.link, self.words)


@dataclass(slots=True)
class _Change:
    """Who changed it, when; and the numbers that each change needs."""

    author: str
    at: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def attributes(self) -> str:
        """Return the attributes of the next change."""
        return f'w:id="{next(self.numbers)}" w:author="{escaped(self.author)}" w:date="{self.at}"'


def render_redline(before: text.Letter, after: text.Letter, author: str, at: datetime) -> bytes:
    """
    Return a Word document of the new text in which each change from the old one is tracked.

    `author` and `at` (aware) are what Word shows as who changed it and when. Equal input gives equal bytes.
    """
    references = References()
    sheet = plain(american=False)
    references.first_list = sheet.numbers.first_list
    redliner = _Redliner(references, _Change(author, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    content = redliner.written(_blocks(before, references), _blocks(after, references))
    paper = PrintJob(after, text.Recipient(), None, ())
    filled = [piece if isinstance(piece, str) else content if piece.mark == "body" else "" for piece in sheet.document]
    marked = [entry(name, "".join(p for p in pieces if isinstance(p, str))) for name, pieces in sheet.marked]
    return package(paper, sheet, references, "".join(filled), marked)


def _blocks(letter: text.Letter, references: References) -> list[Block]:
    """A letter as paragraphs and tables, in the order in which it is printed."""
    addressed = [line for recipient in letter.recipients for line in (*recipient.lines, "")]
    lines = [("InsideAddress", line) for line in addressed]
    lines += [("SubjectLine", letter.subject), ("Salutation", letter.salutation)]
    composed = compose(letter.body, references)
    return [
        *(_line(style, line) for style, line in lines if clean(line)),
        *composed.paragraphs,
        *composed.notes,
        *(_line("Closing", line) for line in [letter.closing] if clean(line)),
    ]


def _line(style: str, line: str) -> Paragraph:
    return Paragraph(style, run(clean(line)), right_to_left=begins_right_to_left(line))


class _Redliner:
    """Compares block by block, then word by word."""

    def __init__(self, references: References, change: _Change) -> None:
        self.references, self.change = references, change
        self.lists: dict[int, int] = {}
        self.effort = Effort()
        self.known: dict[str, list[_Atom]] = {}

    def written(self, before: Sequence[Block], after: Sequence[Block]) -> str:
        """Return all blocks with their changes."""
        pairs = list(self._paired(before, after))
        for old, new in pairs:
            if isinstance(old, Paragraph) and isinstance(new, Paragraph) and old.number and new.number:
                self.lists.setdefault(old.number[0], new.number[0])
        moves = self._moves(pairs)
        return "".join(self._one(old, new, moves) for old, new in pairs)

    # --- which block became which

    def _paired(self, before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        old_keys, new_keys = [self._key(one) for one in before], [self._key(one) for one in after]
        for kind, a, b, c, d in Comparison(old_keys, new_keys, self.effort).get_opcodes():
            if kind == "equal":
                yield from zip(before[a:b], after[c:d], strict=True)
            else:
                yield from self._likely(before[a:b], after[c:d])

    def _likely(self, before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        """Pair blocks that have words in common, in their order; the best pairs in all (dynamic programming)."""
        if not self.effort.spend(len(before) * len(after)):
            yield from ((old, None) for old in before)
            yield from ((None, new) for new in after)
            return
        said = [self._said(new) for new in after]
        likeness = [[self._likeness(mine, theirs) for theirs in said] for mine in map(self._said, before)]
        best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
        for i, j in itertools.product(reversed(range(len(before))), reversed(range(len(after)))):
            together = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= ALIKE else -1.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
        i = j = 0
        while i < len(before) or j < len(after):
            both = i < len(before) and j < len(after) and likeness[i][j] >= ALIKE
            if both and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
                yield before[i], after[j]
                i, j = i + 1, j + 1
            elif j == len(after) or (i < len(before) and best[i][j] == best[i + 1][j]):
                yield before[i], None
                i += 1
            else:
                yield None, after[j]
                j += 1

    def _likeness(self, mine: Sequence[str], theirs: Sequence[str]) -> float:
        if not mine or not theirs or self.effort.left <= 0:
            return 0.0
        counted = Comparison(mine, theirs, self.effort)
        return counted.ratio() if counted.quick_ratio() >= ALIKE else 0.0

    def _said(self, block: Block) -> list[str]:
        """The words of a paragraph; a table, which is compared as a whole, has none."""
        atoms = self._atoms(block.runs) if isinstance(block, Paragraph) else []
        return [atom.content for atom in atoms if atom.words and atom.content.strip()]

    def _key(self, block: Block) -> str:
        """What makes two blocks the same: everything but the numbers of lists and footnotes."""
        if isinstance(block, Table):
            return "".join(f"{c.alignment}{self._key(c.paragraph)}|" for row in block.rows for c in [*row, Cell(_END)])
        level = block.number[1] if block.number else ""
        atoms = [atom.key for atom in self._atoms(block.runs)]
        return repr((block.style, bool(block.number), level, block.indent, block.right_to_left, atoms))

    def _moves(self, pairs: Sequence[tuple[Block | None, Block | None]]) -> dict[int, str]:
        """Name each paragraph that is only elsewhere now: by the id of the object at both of its places."""
        gone: dict[str, list[Block]] = {}
        for old, new in pairs:
            if new is None and isinstance(old, Paragraph) and len(self._said(old)) > 2:
                gone.setdefault(self._key(old), []).append(old)
        found: dict[int, str] = {}
        for old, new in pairs:
            if old is None and isinstance(new, Paragraph) and gone.get(self._key(new)):
                name = f"move{len(found) // 2 + 1}"
                found[id(gone[self._key(new)].pop(0))] = found[id(new)] = name
        return found

    # --- one block

    def _one(self, old: Block | None, new: Block | None, moves: dict[int, str]) -> str:
        if old is not None and new is not None:
            if isinstance(old, Paragraph) and isinstance(new, Paragraph):
                return self._changed(old, new)
            return new.xml()
        block, tag = (old, "del") if new is None else (new, "ins")
        assert block is not None
        if isinstance(block, Table):
            return self._whole_table(block, tag)
        if id(block) in moves:
            return self._moved(block, "moveFrom" if new is None else "moveTo", moves[id(block)])
        return self._whole(block, tag)

    def _properties(self, block: Paragraph) -> str:
        """Return a paragraph's properties; an old list goes on in the new one that it became."""
        if block.number and block.number[0] in self.lists:
            block = dataclasses.replace(block, number=(self.lists[block.number[0]], block.number[1]))
        return block.properties()

    def _whole(self, block: Paragraph, tag: str) -> str:
        mark = f"<w:rPr><w:{tag} {self.change.attributes()}/></w:rPr>"
        content = self._runs([(tag, atom) for atom in self._atoms(block.runs)])
        return f"<w:p><w:pPr>{self._properties(block)}{mark}</w:pPr>{content}</w:p>"

    def _moved(self, block: Paragraph, tag: str, name: str) -> str:
        number = next(self.change.numbers)
        return (
            f'<w:{tag}RangeStart w:id="{number}" w:author="{escaped(self.change.author)}" w:date="{self.change.at}" '
            f'w:name="{name}"/>{self._whole(block, tag)}<w:{tag}RangeEnd w:id="{number}"/>'
        )

    def _whole_table(self, table: Table, tag: str) -> str:
        rows = [
            [dataclasses.replace(cell, paragraph=self._marked(cell.paragraph, tag)) for cell in row]
            for row in table.rows
        ]
        xml = dataclasses.replace(table, rows=rows).xml()
        xml = re.sub("</w:trPr>", lambda _: f"<w:{tag} {self.change.attributes()}/></w:trPr>", xml)
        head, end, rest = xml.rpartition("<w:p><w:pPr>")
        mark = f"<w:rPr><w:{tag} {self.change.attributes()}/></w:rPr></w:pPr>"
        return head + end + rest.replace("</w:pPr>", mark, 1)

    def _marked(self, paragraph: Paragraph, tag: str) -> Paragraph:
        content = self._runs([(tag, atom) for atom in self._atoms(paragraph.runs)])
        return dataclasses.replace(paragraph, runs=content)

    def _changed(self, old: Paragraph, new: Paragraph) -> str:
        before, after = self._properties(old), self._properties(new)
        if before != after:
            after += f"<w:pPrChange {self.change.attributes()}><w:pPr>{before}</w:pPr></w:pPrChange>"
        mine, theirs = self._atoms(old.runs), self._atoms(new.runs)
        matcher = Comparison([a.key for a in mine], [a.key for a in theirs], self.effort)
        steps: list[tuple[str, _Atom]] = []
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind == "equal":
                steps += [("", atom) for atom in theirs[c:d]]
            else:
                steps += [("del", atom) for atom in mine[a:b]] + [("ins", atom) for atom in theirs[c:d]]
        return f"<w:p><w:pPr>{after}</w:pPr>{self._runs(steps)}</w:p>"

    # --- words

    def _atoms(self, runs: str) -> list[_Atom]:
        if runs not in self.known:
            self.known[runs] = self._taken_apart(runs)
        return self.known[runs]

    def _taken_apart(self, runs: str) -> list[_Atom]:
        from lxml import etree

        root = etree.fromstring(f"<x {NAMESPACES}>{runs}</x>")
        found: list[_Atom] = []
        for child in root:
            link = ""
            inner = [child]
            if child.tag == f"{W}hyperlink":
                inner, link = list(child), _opening(child)
            for one in inner:
                found += self._atoms_of_run(one, link)
        return found

    def _atoms_of_run(self, element: etree._Element, link: str) -> Iterator[_Atom]:
        properties = element.find(f"{W}rPr")
        looks = _bare(properties) if properties is not None else ""
        for child in element:
            if child.tag == f"{W}t":
                yield from (_Atom(word, looks, link) for word in _words(child.text or ""))
            elif child.tag == f"{W}footnoteReference":
                number = int(child.get(f"{W}id", "0"))
                note = self.references.notes[number - footnotes.FIRST]
                said = "".join(self._key(paragraph) for paragraph in note)
                yield _Atom(_bare(child), looks, link, words=False, same=f"note {said}")
            elif child.tag != f"{W}rPr":
                yield _Atom(_bare(child), looks, link, words=False)

    def _runs(self, steps: Sequence[tuple[str, _Atom]]) -> str:
        """Write atoms out, joined where their change, link and looks are the same."""
        made: list[str] = []
        for (tag, link), group in itertools.groupby(steps, key=lambda step: (step[0], step[1].link)):
            runs = "".join(
                _run([atom for _, atom in same], looks, deleted=tag == "del")
                for looks, same in itertools.groupby(group, key=lambda step: step[1].looks)
            )
            if tag:
                runs = f"<w:{tag} {self.change.attributes()}>{runs}</w:{tag}>"
            made.append(f"{link}{runs}</w:hyperlink>" if link else runs)
        return "".join(made)


_END = Paragraph("", "")


def _words(said: str) -> Iterator[str]:
    for word in _WORD.findall(said):
        if _UNSPACED.search(word):
            yield from word
        else:
            yield word


def _run(atoms: Sequence[_Atom], looks: str, *, deleted: bool) -> str:
    tag = "w:delText" if deleted else "w:t"
    content = "".join(
        f'<{tag} xml:space="preserve">{"".join(escaped(atom.content) for atom in group)}</{tag}>'
        if words
        else "".join(atom.content for atom in group)
        for words, group in ((words, list(group)) for words, group in itertools.groupby(atoms, key=lambda a: a.words))
    )
    return f"<w:r>{looks}{content}</w:r>"


def _bare(element: etree._Element) -> str:
    """An element's XML without declarations of namespaces."""
    from lxml import etree

    return re.sub(r'\sxmlns:\w+="[^"]*"', "", etree.tostring(element, encoding="unicode", with_tail=False))


def _opening(element: etree._Element) -> str:
    xml = _bare(element)
    return xml[: xml.index(">") + 1].replace("/>", ">")
