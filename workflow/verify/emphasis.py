"""Which words a reader sees bold or in italics, held against what was signed (ECMA-376 part 1, 17.3.2 and 17.7.3)."""

# ruff: noqa: B905 (what it asks for came with Python 3.10)
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from workflow.verify.composing import Line, Piece
from workflow.verify.expected import Taken, plain
from workflow.verify.looks import MARKS, Looks, properties_of
from workflow.verify.names import LEFT_TO_RIGHT
from workflow.verify.package import WORD, is_on, local, said
from workflow.verify.word import Printed

SWITCHES = ("b", "bCs", "i", "iCs")
"""Bold and italics; of each, the second is for letters of scripts that are not set as Latin is (complex ones)."""
COMPLEX = re.compile(
    "[\u0590-\u109f\u1780-\u17ff\u1900-\u1aff\ua8e0-\ua8ff\uaa00-\uaadf\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
ANY_OF = {
    "list": ("list bullet", "list bullet spaced", "list number", "list number spaced", "list continue"),
    "name": ("signature", "signature listed", "signature compact"),
}
"""What the styles are called of which one may be taken."""
IN_TABLE = {"table heading": "letter table", "table text": "letter table", "name": "signatures"}
"""The style of a table around a paragraph that the letter brings along, by the paragraph's own."""
Shown = tuple[bool, ...]


class Span(NamedTuple):
    """Words that look alike: each switch, and whether all of them are set as letters of complex scripts are."""

    words: str
    shown: Shown
    turned: bool = False


class Sheet:
    """The styles of a document or a letterhead, asked for what they switch on."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.ids = {
            (_kind_of_style(one), said(one.find(f"{WORD}name")).casefold()): name for name, one in looks.styles.items()
        }
        self.kept: dict[tuple[str, str, str, tuple[bool | None, ...]], Shown] = {}
        self.in_tables: dict[str, Shown] = {}

    def known(self, name: str, kind: str) -> str:
        """A style of a kind; where it is none, the usual one."""
        style = self.looks.styles.get(name)
        return name if style is not None and _kind_of_style(style) == kind else self.looks.usual.get(kind, "")

    def named(self, kind: str, called: str) -> str:
        """The style of a kind that is called so; where there is none, the usual one."""
        return self.known(self.ids.get((kind, called), ""), kind)

    def style_of(self, printed: Printed) -> str:
        """The style of a paragraph."""
        own = printed.paragraph
        return self.known(said(own.find(f"{WORD}pStyle")) if own is not None else "", "paragraph")

    def table_of(self, printed: Printed) -> str:
        """The style of the innermost table around a paragraph; empty where there is no table."""
        tables = [one for one in printed.within if local(one) == "tblPr"]
        return self.known(said(tables[-1].find(f"{WORD}tblStyle")), "table") if tables else ""

    def shown(self, table: str, paragraph: str, character: str, here: tuple[bool | None, ...]) -> Shown:
        """What a reader sees of words in these styles, with what is set on the spot."""
        key = (table, paragraph, character, here)
        if key not in self.kept:
            self.kept[key] = tuple(
                on if set_here is None else set_here for on, set_here in zip(self._styled(*key[:3]), here)
            )
        return self.kept[key]

    def _styled(self, table: str, paragraph: str, character: str) -> Iterator[bool]:
        """Each kind of style that switches something on turns it; where all text has it, it stays on."""
        for kind, in_table in zip(SWITCHES, self._in_table(table)):
            levels = [in_table, *(is_on(self.looks.style_of(name).get(kind)) for name in (paragraph, character))]
            yield is_on(self.looks.defaults.get(kind)) or sum(levels) % 2 == 1

    def _in_table(self, table: str) -> Shown:
        """What a table's style switches on; what it does in some cells counts for all of them."""
        if table not in self.in_tables:
            parts = [part for style in self.looks.chain_of(table) for part in style.iter(f"{WORD}rPr")]
            self.in_tables[table] = tuple(any(is_on(part.find(f"{WORD}{kind}")) for part in parts) for kind in SWITCHES)
        return self.in_tables[table]

    def spans(self, printed: Printed, runs: Iterable[tuple[ElementTree.Element | None, str]]) -> list[Span]:
        """Runs of a paragraph as a reader sees them."""
        table, style = self.table_of(printed), self.style_of(printed)
        plainly = ElementTree.Element("plain")
        return [self._span(table, style, plainly if run is None else run, words) for run, words in runs]

    def _span(self, table: str, paragraph: str, run: ElementTree.Element, words: str) -> Span:
        def switch(kind: str) -> bool | None:
            own = run.find(f"{WORD}{kind}")
            return None if own is None else is_on(own)

        character = self.known(said(run.find(f"{WORD}rStyle")), "character")
        shown = self.shown(table, paragraph, character, tuple(map(switch, SWITCHES)))
        named = self.looks.style_of(character)
        own = [(switch(kind), is_on(named.get(kind))) for kind in ("rtl", "cs")]
        return Span(_bare(words), shown, any(by_style if here is None else here for here, by_style in own))


class Emphasis:
    """Holds the paragraphs of a document against what they must look like, on its letterhead where that is known."""

    def __init__(self, looks: Looks, letterhead: Looks | None) -> None:
        self.there = Sheet(looks)
        self.due = Sheet(letterhead) if letterhead is not None else self.there
        self.is_known = letterhead is not None

    def faults(self, taken: Taken) -> Iterator[str]:
        """Say which words of a paragraph are emphasised otherwise than they must be."""
        item, found = taken.item, self.there.spans(taken.found, taken.found.runs)
        if item.own and item.what == "amid" and self.is_known and item.place is not None:
            due = self.due.spans(item.place, item.place.runs)
            if len(due) != len(found):
                yield "is not set as its letterhead has it"
            for one, other in zip(found, due):
                yield from _apart_in(one.words, one, other)
        elif not item.own:
            due = self._due(taken)
            yield from _apart(found, due) if due else ()
            yield from self._number(taken.found)

    def _due(self, taken: Taken) -> list[Span]:
        """How the words must look; nothing where that is not known."""
        line, found, place = taken.item.line, taken.found, taken.item.place
        if not line.style:
            # What stands in a place of its own looks as the mark of that place does.
            return self.due.spans(place, place.runs[:1]) if self.is_known and place is not None else []
        style, table = self.there.style_of(found), self.there.table_of(found)
        if self.is_known:
            style, table = self._style(line.style, style, place), self._table(line.style, found, place)
        return [self._piece(piece, style, table) for piece in line.pieces or _named_pieces(found.line)]

    def _piece(self, piece: Piece, style: str, table: str) -> Span:
        named = self.due.named("character", piece.style)
        here = (piece.bold or None, piece.bold or None, piece.italic or None, piece.italic or None)
        return Span(_bare(piece.words), self.due.shown(table, style, named, here))

    def _style(self, asked: str, own: str, place: Printed | None) -> str:
        """The style that a paragraph must have; its own where that will do, or none is known."""
        if asked == "body" and place is not None:
            return self.due.style_of(place)
        known = [self.due.ids.get(("paragraph", name)) for name in ANY_OF.get(asked, (asked,))]
        wanted = [name for name in known if name is not None]
        return own if own in wanted or not wanted else wanted[0]

    def _table(self, asked: str, found: Printed, place: Printed | None) -> str:
        """The table that a paragraph must stand in: the letter's, or else the letterhead's around its place."""
        around = place.within if place is not None else ()
        own = IN_TABLE.get(asked, "") if len(found.within) > len(around) else ""
        if own:
            return self.due.named("table", own)
        return self.due.table_of(place) if place is not None else ""

    def _number(self, found: Printed) -> Iterator[str]:
        """Say whether a paragraph's number is emphasised apart from its words: no letter has that."""
        run = ElementTree.Element("number")
        for one in (found.level, found.paragraph):
            run.extend(list(properties_of(one.find(f"{WORD}rPr") if one is not None else None).values()))
        if found.line.label and len(run):
            yield from _apart_in(found.line.label, *self.there.spans(found, ((run, ""), (None, ""))))


def _kind_of_style(style: ElementTree.Element) -> str:
    return said(style, "type") or "paragraph"


def _bare(words: str) -> str:
    """Words without what is no letter, and without the sign that nobody sees."""
    return MARKS.sub("", words).replace(LEFT_TO_RIGHT, "")


def _named_pieces(found: Line) -> tuple[Piece, ...]:
    """A name that is not known, line by line; in one line nobody knows where it ends."""
    first, end, rest = _bare(found.words).lstrip().partition("\n")
    return (Piece(first, "signature name"), Piece(end + rest)) if end else ()


def _apart(found: Sequence[Span], due: Sequence[Span]) -> Iterator[str]:
    """Hold words against the same words, however they are cut; the last of those that are due goes on to the end."""
    due = _begun(due)
    number, left = 0, len(due[0].words) if due else 0
    for one in _begun(found) if due else ():
        at, length = 0, len(one.words)
        while at < length:
            end = length if number + 1 == len(due) else min(at + left, length)
            yield from _apart_in(one.words[at:end], one, due[number])
            at, left = end, left - (end - at)
            if not left and number + 1 < len(due):
                number += 1
                left = len(due[number].words)


def _begun(spans: Iterable[Span]) -> list[Span]:
    """Spans from the first letter on: above it may stand a picture."""
    found: list[Span] = []
    for one in spans:
        words = one.words if found else one.words.lstrip()
        if words:
            found.append(one._replace(words=words))
    return found


def _apart_in(words: str, one: Span, due: Span) -> Iterator[str]:
    letters = "".join(words.split())
    if not letters or one.shown == due.shown:
        return
    complex_, latin = COMPLEX.search(letters) is not None, bool(COMPLEX.sub("", letters))
    # In words that are said to be of a complex script, programs do not agree on what sets the others.
    counts = (latin or not one.turned, complex_ or one.turned)
    for name, at in (("bold", 0), ("italics", 2)):
        if any(counts[of] and one.shown[at + of] != due.shown[at + of] for of in (0, 1)):
            is_shown = any(counts[of] and one.shown[at + of] and not due.shown[at + of] for of in (0, 1))
            said_of = f"in {name}, which must not be" if is_shown else f"not in {name}, which must be"
            yield f"has {plain(words)!r} {said_of}"
