"""
What changed between two texts of a letter, paragraph by paragraph as they are printed: compared here, for all to show.

Pages and mails say it in words. What is struck or added is said with its marks (`**bold**`, `[words](target)`), as it
was typed; what is the same is said as it reads.
"""

from __future__ import annotations

import collections
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workflow.documents.writing.markdown_to_docx import compose
from workflow.documents.writing.references import References
from workflow.documents.writing.styles import INDENT
from workflow.documents.writing.wordml import Block as Printed
from workflow.documents.writing.wordml import Hyperlink, Link, Run, Runs, Table, clean, line
from workflow.letter import comparison, text
from workflow.letter.comparison import Block, Step, Token

_WORD = re.compile(r"[\n\t]|[^\S\n\t]+|[^\W_]+(?:['’.-][^\W_]+)*|.")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, Kana, Han: scripts that do not part words by blanks are compared letter by letter."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    What became of one paragraph: `same`, `added`, `removed` or `changed`, with its pieces in order.

    Each piece is (`same` | `added` | `removed`, words).
    """

    kind: str
    pieces: tuple[tuple[str, str], ...]


def changes(before: text.Letter, after: text.Letter) -> list[Change]:
    """Compare two texts paragraph by paragraph, and word by word inside a changed paragraph."""
    references = References()
    found, notes_before = compare(before, after, references)
    said = _Said(references, notes_before)
    return [Change(one.kind, tuple(said.pieces(one))) for one in found]


def changed(before: text.Letter, after: text.Letter) -> list[Change]:
    """Return what changed between two texts, without what is the same."""
    return [one for one in changes(before, after) if one.kind != "same"]


# --- compared ------------------------------------------------------------------------------------------------------


def compare(before: text.Letter, after: text.Letter, references: References) -> tuple[list[comparison.Change], int]:
    """
    Return what became of each paragraph and table, and how many footnotes the text before has.

    Blocks are written from a `Paragraph` or a `Table`, tokens from a `Run` and the `Link` around it.
    """
    old = _blocks(before, references)
    notes_before = len(references.notes)
    return comparison.compare(old, _blocks(after, references)), notes_before


def _blocks(letter: text.Letter, references: References) -> list[Block]:
    return [_block(one, references) for one in printed(letter, references)]


def printed(letter: text.Letter, references: References) -> list[Printed]:
    """Return a letter as paragraphs and tables, in the order in which it is printed."""
    addressed = ["\n".join(filter(None, map(clean, recipient.lines))) for recipient in letter.recipients]
    above = [("InsideAddress", lines) for lines in addressed]
    above += [("SubjectLine", clean(letter.subject)), ("Salutation", clean(letter.salutation))]
    composed = compose(letter.body, references)
    return [
        *(line(style, words) for style, words in above if words),
        *composed.blocks,
        *composed.notes,
        *(line("Closing", words) for words in [clean(letter.closing)] if words),
    ]


def _block(one: Printed, references: References) -> Block:
    """A table's cells are compared one by one where the other table has as many."""
    if isinstance(one, Table):
        cells = [cell for row in one.rows for cell in row]
        parts = tuple(tuple(_tokens(cell.runs, references)) for cell in cells)
        sides = tuple((cell.alignment, cell.right_to_left) for cell in cells)
        return Block(parts, sides, tuple(map(len, one.rows)), one)
    level = one.number[1] if one.number else None
    # How far the items of a list stand apart is no change of theirs.
    looks = (one.style.removesuffix("Spaced"), level, one.indent, one.right_to_left)
    return Block((tuple(_tokens(one.runs, references)),), looks, None, one)


def _tokens(runs: Runs, references: References) -> Iterator[Token]:
    for one in runs:
        link = one.link if isinstance(one, Hyperlink) else None
        for run in one.runs if isinstance(one, Hyperlink) else (one,):
            if run.note:
                note = tuple(_block(paragraph, references) for paragraph in references.notes[run.note])
                yield Token("", (link, note), (run, link))
            elif run.element:
                yield Token("", (link, run.element), (run, link))
            else:
                looks = (link, run.looks)
                yield from (Token(word, looks, (run._replace(words=word), link)) for word in _words(run.words))


def _words(said: str) -> Iterator[str]:
    for word in _WORD.findall(said):
        yield from word if _UNSPACED.search(word) else (word,)


# --- said ----------------------------------------------------------------------------------------------------------


class _Said:
    """Says what changed in words."""

    def __init__(self, references: References, notes_before: int) -> None:
        self.references, self.notes_before = references, notes_before
        self.targets = {relation: target for target, relation in references.links.items()}
        self.counted: collections.Counter[tuple[int, int]] = collections.Counter()

    def pieces(self, change: comparison.Change) -> Iterator[tuple[str, str]]:
        """Say a change piece by piece; what follows each other and became the same is one piece."""
        said = [*self._leads(change), *self._content(change)]
        for kind, same in itertools.groupby(said, key=lambda piece: piece[0]):
            if words := "".join(words for _, words in same):
                yield kind, words

    def _leads(self, change: comparison.Change) -> Iterable[tuple[str, str]]:
        old, new = (self._lead(one.written) if one else None for one in (change.old, change.new))
        if old is None or new is None or _sort(old) == _sort(new):
            return [("same" if old and new else change.kind, new or old or "")]
        return [("removed", old), ("added", new)]

    def _lead(self, one: Printed) -> str:
        """What stands before a paragraph in Markdown: the mark of a heading, an item or a quotation."""
        if isinstance(one, Table):
            return ""
        if one.number:
            return "  " * one.number[1] + self._label(one.number)
        if one.style.startswith("Heading"):
            return "#" * int(one.style[7:]) + " "
        if one.style == "Quote":
            return "> " * (one.indent[0] // INDENT if one.indent else 1)
        return {"HorizontalLine": "* * *", "HTMLPreformatted": "    ", "ListContinue": "  "}.get(one.style, "")

    def _label(self, number: tuple[int, int]) -> str:
        of = self.references.lists[number[0] - self.references.first_list]
        self.counted[number] += 1
        return "- " if of.kind == "bullet" else f"{of.start + self.counted[number] - 1}{of.kind} "

    def _content(self, change: comparison.Change) -> Iterator[tuple[str, str]]:
        table = change.new.written if change.new else change.old.written if change.old else None
        between = change.kind if change.kind in ("removed", "added") else "same"
        ends = set(itertools.accumulate(map(len, table.rows))) if isinstance(table, Table) else set()
        for number, part in enumerate(change.steps):
            if number:
                yield between, "\n" if number in ends else " | "
            yield from self._part(part)

    def _part(self, steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
        for (kind, link, looks), group in itertools.groupby(steps, key=_alike):
            words = "".join(self._token(kind, step.token) for step in group)
            yield kind, words if kind == "same" else self._marked(words, link, looks)

    def _token(self, kind: str, token: Token) -> str:
        run: Run = token.written[0]
        if not run.note:
            return run.words
        number = run.note - self.notes_before if run.note > self.notes_before else run.note
        return f"[{number}]" if kind == "same" else f"[{number}: {self._note(run.note)}]"

    def _note(self, number: int) -> str:
        paragraphs = (_block(one, self.references) for one in self.references.notes[number])
        steps = ((Step("added", token) for token in one.parts[0]) for one in paragraphs)
        return " ".join("".join(words for _, words in self._part(part)).strip() for part in steps)

    def _marked(self, words: str, link: Link | None, looks: tuple[str, bool, bool, bool]) -> str:
        style, bold, italic, _ = looks
        around = "`" * (style == "HTMLCode") or "*" * (2 * bold + italic)
        core = words.strip()
        before, _, after = words.partition(core) if core else (words, "", "")
        marked = f"{around}{core}{around}" if core else ""
        if link:
            tip = f' "{link.tip}"' if link.tip else ""
            marked = f"[{marked}]({self.targets[link.relation]}{tip})"
        return f"{before}{marked}{after}"


def _alike(step: Step) -> tuple[str, Link | None, tuple[str, bool, bool, bool]]:
    run, link = step.token.written
    return step.kind, link, run.looks


def _sort(lead: str) -> str:
    return re.sub(r"\d+", "1", lead)
