"""
What changed between two revisions, as a Word document with real tracked changes.

Word's "accept all" turns it into the new text and "reject all" into the old. Format: ECMA-376 part 1, 17.13.5.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from workflow.documents.changes import compare
from workflow.documents.docx import package
from workflow.documents.uploads.built_in import plain
from workflow.documents.writing.print_job import PrintJob
from workflow.documents.writing.references import References
from workflow.documents.writing.wordml import Paragraph, Table, escaped
from workflow.letter import text
from workflow.letter.comparison import Block, Change, Step

_TAGS = {"removed": "del", "added": "ins", "same": ""}


@dataclass(slots=True)
class _Author:
    """Who changed it, when; and the numbers that each change needs."""

    name: str
    at: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def attributes(self) -> str:
        """Return the attributes of the next change."""
        return f'w:id="{next(self.numbers)}" w:author="{escaped(self.name)}" w:date="{self.at}"'


def render_redline(before: text.Letter, after: text.Letter, author: str, at: datetime) -> bytes:
    """
    Return a Word document of the new text in which each change from the old one is tracked.

    `author` and `at` (aware) are what Word shows as who changed it and when. Equal input gives equal bytes.
    """
    sheet = plain(american=False)
    references = References(first_list=sheet.numbers.first_list)
    found, _ = compare(before, after, references)
    redliner = _Redliner(_Author(author, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    content = redliner.written(found)
    references.notes = {number: note for number, note in references.notes.items() if number in redliner.notes}
    bare, nothing = PrintJob(after, text.Recipient(), None, ()), defaultdict[str, str](str)
    return package(bare, sheet, references, nothing, lambda place: content if place.name == "body" else "")


class _Redliner:
    """Writes what became of each block."""

    def __init__(self, author: _Author) -> None:
        self.author = author
        self.lists: dict[int, int] = {}
        """Which list of the new text an old one goes on in."""
        self.moves: dict[int, str] = {}
        """The name of each move, by the id of the block at both of its places."""
        self.notes: set[int] = set()
        """The footnotes that are pointed out: nobody would see another, and everybody could read it."""

    def written(self, changes: Sequence[Change]) -> str:
        """Return all blocks with their changes."""
        for one in changes:
            old, new = (block.written if block else None for block in (one.old, one.new))
            if isinstance(old, Paragraph) and isinstance(new, Paragraph) and old.number and new.number:
                self.lists.setdefault(old.number[0], new.number[0])
        self._find_moves(changes)
        return "".join(map(self._one, changes))

    def _find_moves(self, changes: Sequence[Change]) -> None:
        """Name each paragraph that is only elsewhere now."""
        gone: dict[Block, list[Block]] = {}
        for one in changes:
            if one.old and not one.new and isinstance(one.old.written, Paragraph) and len(one.old.said) > 2:
                gone.setdefault(one.old, []).append(one.old)
        for one in changes:
            if one.new and not one.old and gone.get(one.new):
                name = f"move{len(self.moves) // 2 + 1}"
                self.moves[id(gone[one.new].pop(0))] = self.moves[id(one.new)] = name

    def _one(self, change: Change) -> str:
        if change.old and change.new:
            return self._changed(change.old.written, change.new.written, change.steps)
        block = change.old or change.new
        assert block is not None
        tag = _TAGS[change.kind]
        if isinstance(block.written, Table):
            return self._whole_table(block.written, change.steps, tag)
        if id(block) in self.moves:
            return self._moved(block.written, change, self.moves[id(block)])
        return self._whole(block.written, change.steps[0], tag)

    # --- blocks

    def _changed(self, old: Paragraph | Table, new: Paragraph | Table, steps: Sequence[Sequence[Step]]) -> str:
        if isinstance(old, Paragraph) and isinstance(new, Paragraph):
            return self._paragraph(old, new, steps[0])
        assert isinstance(old, Table) and isinstance(new, Table)
        parts = iter(steps)
        rows = zip(old.rows, new.rows, strict=True)
        return new.written(
            [[self._paragraph(was, now, next(parts)) for was, now in zip(*row, strict=True)] for row in rows]
        )

    def _paragraph(self, old: Paragraph, new: Paragraph, steps: Sequence[Step]) -> str:
        before, after = self._properties(old), self._properties(new)
        if before != after:
            after += f"<w:pPrChange {self.author.attributes()}><w:pPr>{before}</w:pPr></w:pPrChange>"
        return f"<w:p><w:pPr>{after}</w:pPr>{self._runs(steps)}</w:p>"

    def _properties(self, block: Paragraph) -> str:
        """Return a paragraph's properties; an old list goes on in the new one that it became."""
        if block.number and block.number[0] in self.lists:
            block = dataclasses.replace(block, number=(self.lists[block.number[0]], block.number[1]))
        return block.properties()

    def _whole(self, block: Paragraph, steps: Sequence[Step], tag: str) -> str:
        mark = f"<w:rPr>{self._mark(tag)}</w:rPr>"
        return f"<w:p><w:pPr>{self._properties(block)}{mark}</w:pPr>{self._runs(steps)}</w:p>"

    def _mark(self, tag: str) -> str:
        return f"<w:{tag} {self.author.attributes()}/>"

    def _moved(self, block: Paragraph, change: Change, name: str) -> str:
        tag = "moveFrom" if change.kind == "removed" else "moveTo"
        number = next(self.author.numbers)
        steps = [Step(tag, step.token) for step in change.steps[0]]
        return (
            f'<w:{tag}RangeStart w:id="{number}" w:author="{escaped(self.author.name)}" w:date="{self.author.at}" '
            f'w:name="{name}"/>{self._whole(block, steps, tag)}<w:{tag}RangeEnd w:id="{number}"/>'
        )

    def _whole_table(self, table: Table, steps: Sequence[Sequence[Step]], tag: str) -> str:
        parts = iter(steps)
        cells = [
            [f"<w:p><w:pPr>{cell.properties()}</w:pPr>{self._runs(next(parts))}</w:p>" for cell in row]
            for row in table.rows
        ]
        marks = [self._mark(tag) for _ in table.rows]
        return table.written(cells, marks=marks, end=f"<w:rPr>{self._mark(tag)}</w:rPr>")

    # --- words

    def _runs(self, steps: Sequence[Step]) -> str:
        """Write tokens out, joined where what became of them, their link and their looks are the same."""
        made: list[str] = []
        for (kind, link), group in itertools.groupby(steps, key=lambda step: (step.kind, step.token.written[1])):
            tag = _TAGS.get(kind, kind)
            runs = "".join(
                self._run(list(same), deleted=tag == "del")
                for _, same in itertools.groupby(group, key=lambda step: step.token.written[0].looks)
            )
            if tag:
                runs = f"<w:{tag} {self.author.attributes()}>{runs}</w:{tag}>"
            made.append(link.around(runs) if link else runs)
        return "".join(made)

    def _run(self, steps: Sequence[Step], *, deleted: bool) -> str:
        runs = [step.token.written[0] for step in steps]
        self.notes |= {run.note for run in runs if run.note}
        content = "".join(
            same[0].element or same[0]._replace(words="".join(run.words for run in same)).content(deleted=deleted)
            for _, group in itertools.groupby(runs, key=lambda run: run.element)
            for same in [list(group)]
        )
        return f"<w:r>{runs[0].looks.xml()}{content}</w:r>"
