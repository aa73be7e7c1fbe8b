"""
A letter's body in WordprocessingML: from the tokens of `text.parse` to paragraphs with styles, in order.

Nothing of the text is left out: what has no counterpart in Word is printed as it reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it.token import Token

from workflow import text
from workflow.documents.markup import Paragraph, escaped, printable, reads_right_to_left, run
from workflow.documents.numbering import DEEPEST, Number
from workflow.documents.styles import INDENT

_FOLLOWABLE = re.compile(
    r"(?:(?:https?|ftp)://[a-z0-9_.-]+(?::[0-9]{1,5})?(?=[/?#]|$)|mailto:|tel:)[!#-;=?-Z_a-z~]*", re.IGNORECASE
)
"""A target that Word opens a document with, and that leads somewhere: a malformed one makes the file broken."""
_LONGEST_TARGET = 2000
"""Word refuses a document with a longer one (its limit is 2,083)."""
_LARGEST_START = 32767


@dataclass(slots=True)
class References:
    """What a document's text refers to in its other parts: the targets of links, and its lists."""

    links: dict[str, str] = field(default_factory=dict)
    lists: list[Number] = field(default_factory=list)

    def link(self, target: str) -> str:
        """Return the id of the relation to a target."""
        return self.links.setdefault(target, f"rLink{len(self.links) + 1}")

    def begin_list(self, number: Number) -> int:
        """Add a list and return its `w:numId`."""
        self.lists.append(number)
        return len(self.lists)


@dataclass(slots=True)
class Composed:
    """A body as paragraphs, and its notes, which are printed at the letter's end."""

    paragraphs: list[Paragraph]
    notes: list[Paragraph]


def compose(body: str, references: References) -> Composed:
    """Set a Markdown body as paragraphs; the links and lists that it needs are added to `references`."""
    composer = _Composer(references)
    for token in text.parse(printable(body)):
        composer.take(token)
    return Composed(composer.paragraphs, composer.notes)


@dataclass(slots=True)
class _List:
    num_id: int
    level: int
    style: str


class _Composer:
    """Takes the tokens one by one; keeps in which lists, quotations and notes it stands."""

    def __init__(self, references: References) -> None:
        self.references = references
        self.paragraphs: list[Paragraph] = []
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
        self._add(self.style, inline(token.children or [], self.references), token.content)
        self.style = "BodyText"

    def _fence(self, token: Token) -> None:
        self._add("HTMLPreformatted", run(token.content.rstrip("\n")), "")

    _code_block = _fence

    def _hr(self, token: Token) -> None:
        self._add("HorizontalLine", "", "")

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
        self.notes_list = self.references.begin_list(Number("."))

    def _footnote_open(self, token: Token) -> None:
        self.marker_is_due = True

    def _print_due_marker(self) -> None:
        """Print an item's mark alone where the item begins with something that has no place for it."""
        if self.marker_is_due:
            self._add("BodyText", "", "")

    def _keep_lead_in(self) -> None:
        """A line such as "We ask you to:" stays on the page of what it leads into."""
        if self.paragraphs and not self.lists and not self.notes_list and self.paragraphs[-1].style == "BodyText":
            self.paragraphs[-1].keep_next = True

    def _add(self, style: str, runs: str, words: str) -> None:
        paragraph = Paragraph(style, runs, right_to_left=_begins_right_to_left(words))
        if self.notes_list:
            self._place_note(paragraph)
        elif self.lists:
            self._place_in_list(paragraph)
        elif self.quoted:
            self._place_in_quotation(paragraph)
        self.marker_is_due = False
        (self.notes if self.notes_list else self.paragraphs).append(paragraph)

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


def _begins_right_to_left(words: str) -> bool:
    """Say whether the first letter of a paragraph is of a right-to-left script (as Unicode UAX 9, P2 does)."""
    if words.isascii():
        return False
    first = next((c for c in words if c.isalpha()), "")
    return reads_right_to_left(first)


def leads_somewhere(target: str) -> bool:
    """Say whether a link can be followed from a document."""
    return len(target) <= _LONGEST_TARGET and _FOLLOWABLE.fullmatch(target) is not None


def inline(tokens: list[Token], references: References) -> str:
    """Set the words of one paragraph as runs."""
    made: list[str] = []
    bold = italic = 0
    targets: list[str] = []
    for token in tokens:
        kind = token.type
        if kind in ("text", "code_inline", "softbreak"):
            made.append(run(" " if kind == "softbreak" else token.content, _looks(kind, bold, italic, targets)))
        elif kind == "hardbreak":
            made.append("<w:r><w:br/></w:r>")
        elif kind in ("strong_open", "strong_close"):
            bold += token.nesting
        elif kind in ("em_open", "em_close"):
            italic += token.nesting
        elif kind == "link_open":
            targets.append(str(token.attrGet("href") or ""))
            made.append(_link_begins(targets[-1], str(token.attrGet("title") or ""), references))
        elif kind == "link_close":
            made.append(_link_ends(targets.pop()))
        elif kind == "footnote_ref":
            made.append(run(str(int(token.meta["id"]) + 1), '<w:rStyle w:val="FootnoteReference"/>'))
        elif token.content:
            made.append(run(token.content))
    return "".join(made)


def _looks(kind: str, bold: int, italic: int, targets: list[str]) -> str:
    looks = ""
    if targets and leads_somewhere(targets[-1]):
        looks = '<w:rStyle w:val="Hyperlink"/>'
    elif kind == "code_inline":
        looks = '<w:rStyle w:val="HTMLCode"/>'
    if bold:
        looks += "<w:b/><w:bCs/>"
    if italic:
        looks += "<w:i/><w:iCs/>"
    return looks


def _link_begins(target: str, title: str, references: References) -> str:
    if not leads_somewhere(target):
        return ""
    tip = f' w:tooltip="{escaped(title)}"' if title else ""
    return f'<w:hyperlink r:id="{references.link(target)}" w:history="1"{tip}>'


def _link_ends(target: str) -> str:
    """A target that leads nowhere from a printed page (a relative address) is printed behind its words."""
    if leads_somewhere(target):
        return "</w:hyperlink>"
    return run(f" <{target}>") if target else ""
