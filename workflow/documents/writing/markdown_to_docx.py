"""
A letter's body in WordprocessingML: from the tokens of `text.parse` to paragraphs with styles, in order.

Nothing of the text is left out: what has no counterpart in Word is printed as it reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markdown_it.token import Token

from workflow.documents.writing.references import DEEPEST, MARK, NOTE_LOOKS, Number, References, note_reference
from workflow.documents.writing.styles import INDENT
from workflow.documents.writing.wordml import (
    Block,
    Hyperlink,
    Link,
    Paragraph,
    Run,
    Runs,
    Table,
    begins_right_to_left,
    printable,
    run,
)
from workflow.letter import text

_FOLLOWABLE = re.compile(
    r"(?:(?:https?|ftp)://[a-z0-9_.-]+(?::[0-9]{1,5})?(?=[/?#]|$)|mailto:|tel:)[!#-;=?-Z_a-z~]*", re.IGNORECASE
)
"""A target that Word opens a document with, and that leads somewhere: a malformed one makes the file broken."""
_LONGEST_TARGET = 2000
"""Word refuses a document with a longer one (its limit is 2,083)."""
_LARGEST_START = 32767


@dataclass(slots=True)
class Composed:
    """A body as paragraphs and tables; the notes that Word has no footnote for are printed at the letter's end."""

    blocks: list[Block]
    notes: list[Paragraph]


def compose(body: str, references: References) -> Composed:
    """Set a Markdown body as paragraphs; the links and lists that it needs are added to `references`."""
    tokens = text.parse(printable(body))
    composer = _Composer(references, _notes_of_the_text(tokens))
    for token in tokens:
        composer.take(token)
    references.notes |= {composer.notes_before + number: note for number, note in sorted(composer.real_notes.items())}
    return Composed(composer.paragraphs, composer.notes)


def _notes_of_the_text(tokens: list[Token]) -> dict[int, int]:
    """
    Return the notes that the text itself refers to, numbered from 1 in that order.

    Word numbers footnotes by where they are referred to first, and knows no footnote within a footnote.
    """
    found: dict[int, int] = {}
    for token in tokens:
        if token.type == "footnote_block_open":
            break
        for inner in token.children or []:
            if inner.type == "footnote_ref":
                found.setdefault(int(inner.meta["id"]), len(found) + 1)
    return found


@dataclass(slots=True)
class _List:
    num_id: int
    level: int
    style: str


class _Composer:
    """Takes the tokens one by one; keeps in which lists, quotations and notes it stands."""

    def __init__(self, references: References, numbers: dict[int, int]) -> None:
        self.references = references
        self.numbers = numbers
        self.real_notes: dict[int, list[Paragraph]] = {}
        self.note = 0
        self.notes_before = len(references.notes)
        self.referred: set[int] = set()
        self.table: Table | None = None
        self.alignment = ""
        self.paragraphs: list[Block] = []
        self.notes: list[Paragraph] = []
        self.lists: list[_List] = []
        self.marker_is_due = False
        self.quoted = 0
        self.notes_list = 0
        self.style = "BodyText"
        self.tight = False

    def take(self, token: Token) -> None:
        act = getattr(self, f"_{token.type}", None)
        if act is not None:
            act(token)

    def _paragraph_open(self, token: Token) -> None:
        self.style, self.tight = "BodyText", token.hidden

    def _heading_open(self, token: Token) -> None:
        self.style = f"Heading{token.tag[1:]}"

    def _inline(self, token: Token) -> None:
        runs = inline(token.children or [], self.references, self._note_mark)
        if self.table is not None:
            style = "TableHeading" if len(self.table.rows) == 1 else "TableText"
            mirrored = begins_right_to_left(token.content)
            cell = Paragraph(style, runs, right_to_left=mirrored, alignment=self.alignment)
            self.table.rows[-1].append(cell)
            return
        self._add(self.style, runs, token.content)
        self.style = "BodyText"

    def _note_mark(self, note: int) -> Run:
        """The mark of a note: Word's own where it is referred to first, else its number in words."""
        number = self.numbers.get(note, 0)
        if number and not self.notes_list and note not in self.referred:
            self.referred.add(note)
            return note_reference(self.notes_before + number)
        return Run(str(number or note + 1), NOTE_LOOKS)

    def _table_open(self, token: Token) -> None:
        self._print_due_marker()
        self._keep_lead_in()
        self.table = Table(inset=INDENT * (self.quoted + len(self.lists)))

    def _table_close(self, token: Token) -> None:
        assert self.table is not None
        self.table.mirrored = any(cell.right_to_left for row in self.table.rows[:1] for cell in row)
        for cell in (cell for row in self.table.rows for cell in row):
            cell.right_to_left |= self.table.mirrored
        self.paragraphs.append(self.table)
        self.table = None

    def _tr_open(self, token: Token) -> None:
        if self.table is not None:
            self.table.rows.append([])

    def _th_open(self, token: Token) -> None:
        self.alignment = str(token.attrGet("style") or "").removeprefix("text-align:")

    _td_open = _th_open

    def _fence(self, token: Token) -> None:
        self._add("HTMLPreformatted", (run(token.content.rstrip("\n")),), "")

    _code_block = _fence

    def _hr(self, token: Token) -> None:
        self._add("HorizontalLine", (), "")

    def _blockquote_open(self, token: Token) -> None:
        self._keep_lead_in()
        self.quoted += 1

    def _blockquote_close(self, token: Token) -> None:
        self.quoted -= 1

    def _bullet_list_open(self, token: Token) -> None:
        self._begin_list("bullet", 1)

    def _ordered_list_open(self, token: Token) -> None:
        start = token.attrGet("start")
        self._begin_list(token.markup or ".", 1 if start is None else int(start))

    def _begin_list(self, kind: str, start: int) -> None:
        self._print_due_marker()
        self._keep_lead_in()
        level = min(len(self.lists), DEEPEST - 1)
        style = "ListBullet" if kind == "bullet" else "ListNumber"
        like = sum(outer.style == style for outer in self.lists)
        num_id = self.references.begin_list(Number(kind, level, like, min(start, _LARGEST_START)))
        self.lists.append(_List(num_id, level, style))

    def _bullet_list_close(self, token: Token) -> None:
        self.lists.pop()
        last = self.paragraphs[-1] if self.paragraphs and not self.notes_list else None
        if not self.lists and last and last.style in ("ListBullet", "ListNumber"):
            last.style += "Spaced"

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        self.marker_is_due, self.tight = True, True

    def _list_item_close(self, token: Token) -> None:
        self._print_due_marker()

    def _footnote_block_open(self, token: Token) -> None:
        self.notes_list = -1

    def _footnote_open(self, token: Token) -> None:
        note = int(token.meta["id"])
        self.note = self.numbers.get(note, 0)
        self.marker_is_due = True
        if self.note:
            self.real_notes[self.note] = []
            self.notes_list = -1
        elif self.notes_list < 0:
            self.notes_list = self.references.begin_list(Number(".", start=note + 1))

    def _print_due_marker(self) -> None:
        """Print an item's mark alone where the item begins with something that has no place for it."""
        if self.marker_is_due:
            self._add("BodyText", (), "")

    def _keep_lead_in(self) -> None:
        """A line such as "We ask you to:" stays on the page of what it leads into."""
        last = self.paragraphs[-1] if self.paragraphs and not self.lists and not self.notes_list else None
        if isinstance(last, Paragraph) and last.style == "BodyText":
            last.keep_next = True

    def _add(self, style: str, runs: Runs, words: str) -> None:
        paragraph = Paragraph(style, runs, right_to_left=begins_right_to_left(words))
        if self.note:
            self._add_to_note(paragraph)
            return
        if self.notes_list:
            self._place_note(paragraph)
        elif self.lists:
            self._place_in_list(paragraph)
        elif self.quoted:
            self._place_in_quotation(paragraph)
        self.marker_is_due = False
        (self.notes if self.notes_list else self.paragraphs).append(paragraph)

    def _add_to_note(self, paragraph: Paragraph) -> None:
        """Set a paragraph of a footnote: the first begins with its number, which Word sets."""
        note = self.real_notes[self.note]
        if paragraph.style == "BodyText":
            paragraph.style = "FootnoteText"
        if self.lists:
            inner = self.lists[-1]
            paragraph.number = (inner.num_id, inner.level) if self.marker_is_due and note else None
            paragraph.indent = (INDENT * (inner.level + 1), INDENT if paragraph.number else 0, 0)
        if not note:
            paragraph.runs = MARK + paragraph.runs
        self.marker_is_due = False
        note.append(paragraph)

    def _place_note(self, paragraph: Paragraph) -> None:
        if paragraph.style == "BodyText":
            paragraph.style = "FootnoteText"
        if self.marker_is_due and not self.lists:
            paragraph.number = (self.notes_list, 0)
        elif self.lists:
            inner = self.lists[-1]
            left = INDENT * (inner.level + 2)
            paragraph.number = (inner.num_id, inner.level) if self.marker_is_due else None
            paragraph.indent = (left, INDENT if self.marker_is_due else 0, 0)
        else:
            paragraph.indent = (INDENT, 0, 0)

    def _place_in_list(self, paragraph: Paragraph) -> None:
        inner = self.lists[-1]
        inset = INDENT * self.quoted
        if self.marker_is_due:
            paragraph.number = (inner.num_id, inner.level)
        if paragraph.style == "BodyText":
            paragraph.style = inner.style + ("" if self.tight else "Spaced") if self.marker_is_due else "ListContinue"
        if inset or (not self.marker_is_due and inner.level) or paragraph.style == "HTMLPreformatted":
            left = inset + INDENT * (inner.level + 1)
            paragraph.indent = (left, INDENT if self.marker_is_due else 0, inset)

    def _place_in_quotation(self, paragraph: Paragraph) -> None:
        if paragraph.style == "BodyText":
            paragraph.style = "Quote"
        if self.quoted > 1 or paragraph.style != "Quote":
            paragraph.indent = (INDENT * self.quoted, 0, INDENT * self.quoted)


def leads_somewhere(target: str) -> bool:
    """Say whether a link can be followed from a document."""
    return len(target) <= _LONGEST_TARGET and _FOLLOWABLE.fullmatch(target) is not None


def inline(tokens: list[Token], references: References, note_mark: Callable[[int], Run]) -> Runs:
    """Set the words of one paragraph as runs; `note_mark` gives the mark of a note by its id."""
    made: list[Run | Hyperlink] = []
    bold = italic = 0
    links: list[tuple[Token, int]] = []
    for token in tokens:
        kind = token.type
        if kind in ("text", "code_inline", "softbreak"):
            words = " " if kind == "softbreak" else token.content
            made.append(run(words, _style(kind, links), bold=bold > 0, italic=italic > 0))
        elif kind == "hardbreak":
            made.append(Run("\n"))
        elif kind in ("strong_open", "strong_close"):
            bold += token.nesting
        elif kind in ("em_open", "em_close"):
            italic += token.nesting
        elif kind == "link_open":
            links.append((token, len(made)))
        elif kind == "link_close":
            opened, start = links.pop()
            made[start:] = _linked(opened, made[start:], references)
        elif kind == "footnote_ref":
            made.append(note_mark(int(token.meta["id"])))
        elif token.content:
            made.append(run(token.content))
    return tuple(made)


def _style(kind: str, links: list[tuple[Token, int]]) -> str:
    if links and leads_somewhere(_target(links[-1][0])):
        return "Hyperlink"
    return "HTMLCode" if kind == "code_inline" else ""


def _target(opened: Token) -> str:
    return str(opened.attrGet("href") or "")


def _linked(opened: Token, inside: list[Run | Hyperlink], references: References) -> Iterable[Run | Hyperlink]:
    """A target that leads nowhere from a printed page (a relative address) is printed behind its words."""
    target = _target(opened)
    if not leads_somewhere(target):
        return [*inside, *([run(f" <{target}>")] if target else [])]
    link = Link(references.link(target), str(opened.attrGet("title") or ""))
    return [Hyperlink(link, tuple(one for one in inside if isinstance(one, Run)))]
