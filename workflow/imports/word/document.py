"""
A Word document's story read from beginning to end (ECMA-376 part 1, 17): paragraphs, lists, tables and notes.

What is no part of the letter (comments, pictures, hidden words, headers) is counted or quoted, never silently dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from workflow.imports import structure
from workflow.imports.markup import Mark
from workflow.imports.structure import Place, Table
from workflow.imports.word import symbols
from workflow.imports.word.fields import Fields, is_number, link
from workflow.imports.word.numbering import Label, Numbering
from workflow.imports.word.refusals import Refusal, refused
from workflow.imports.word.styles import ParagraphStyle, Styles, looks_of, with_direct
from workflow.imports.word.words import Line, Looked, Words
from workflow.imports.word.xml import DEEPEST, MC, OFFICE, WPS, A, Element, M, R, V, W, is_on, value
from workflow.letter.typed import LARGEST_TEXT

WIDE = "\t\t"
"""What stands between the cells of a row where it is a line: as wide as what parts columns in a pasted text."""
SAFE = ("http://", "https://", "mailto:")
"""How an address begins that a link of a letter may lead to."""

_THROUGH = frozenset(
    f"{W}{name}" for name in (
        "ins", "moveTo", "del", "moveFrom", "smartTag", "customXml", "sdtContent", "dir", "bdo", "body", "txbxContent",
    )
)  # fmt: skip


@dataclass(slots=True)
class Paragraph:
    """A paragraph with its lines; before it stand `space`, in twentieths of a point, and `empty` paragraphs."""

    lines: list[Line]
    place: Place
    space: int = 0
    empty: int = 0
    apart: bool = False
    """Whether something new begins with it in any case: a cell, a text box."""


@dataclass(slots=True)
class Found:
    """What a document has besides its paragraphs."""

    notes: dict[str, list[list[Line]]] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    labels: dict[tuple[str, str], int] = field(default_factory=dict)
    """The number of each note, by its kind and id."""
    counted: Counter[str] = field(default_factory=Counter)
    """How many comments, pictures, objects, drawings and formulas there are."""


@dataclass(slots=True)
class Document:
    """The parts that a story is read with."""

    styles: Styles
    numbering: Numbering
    targets: dict[str, str]
    """Where links lead, by the id of the relation."""
    notes: dict[tuple[str, str], Element]
    """Footnotes and endnotes by their kind and id."""


class Reader:
    """Reads one story: the letter, or the words of a header."""

    def __init__(self, document: Document, found: Found) -> None:
        self.document, self.found = document, found
        self.paragraphs: list[Paragraph] = []
        self.fields = Fields()
        self._size = 0
        self._after, self._empty, self._last_style = 0, 0, ""
        self._number = 0
        self._words = Words()
        self._boxes: list[Element] = []
        self._style = ParagraphStyle()
        self._apart = False
        self._inline: dict[str, Callable[[Element, str, int], None]] = {
            f"{W}r": self._run,
            f"{W}hyperlink": self._hyperlink,
            f"{W}fldSimple": self._simple_field,
            f"{W}sdt": self._control,
            f"{W}ruby": self._ruby,
            f"{M}oMath": self._formula,
            f"{M}oMathPara": self._formula,
            f"{MC}AlternateContent": self._alternative,
            **dict.fromkeys(_THROUGH, self._each),
        }
        self._within: dict[str, Callable[[Element, Looked | None, int], None]] = {
            f"{W}t": self._text,
            f"{W}delText": self._text,
            f"{W}tab": lambda one, looked, _: self._add("\t", looked),
            f"{W}ptab": lambda one, looked, _: self._add("\t", looked),
            f"{W}br": self._break,
            f"{W}cr": lambda one, looked, _: self._add("\n", looked),
            f"{W}noBreakHyphen": lambda one, looked, _: self._add("-", looked),
            f"{W}sym": self._sign,
            f"{W}fldChar": self._field,
            f"{W}instrText": lambda one, looked, _: self.fields.code(one.text or ""),
            f"{W}delInstrText": lambda one, looked, _: self.fields.code(one.text or ""),
            f"{W}footnoteReference": self._note,
            f"{W}endnoteReference": self._note,
            f"{W}commentReference": lambda one, looked, _: self._count("comments"),
            f"{W}object": self._object,
            f"{W}pict": self._drawing,
            f"{W}drawing": self._drawing,
            f"{W}ruby": lambda one, looked, depth: self._ruby(one, "", depth),
            f"{MC}AlternateContent": lambda one, looked, depth: self._chosen(one, looked, depth),
        }

    # --- blocks ----------------------------------------------------------------------------------------------------

    def read(self, parent: Element, depth: int = 0) -> None:
        """Read what stands in the body, a cell, a note or a text box. Raises `IncomingError`."""
        if depth > DEEPEST:
            raise refused(Refusal.PART, "document.xml")
        for one in parent:
            tag = one.tag
            if tag == f"{W}p":
                self._paragraph(one, depth)
            elif tag == f"{W}tbl":
                self._read_table(one, depth)
            elif tag in _THROUGH:
                self.read(one, depth + 1)
            elif tag == f"{W}sdt":
                inner = one.find(f"{W}sdtContent")
                if inner is not None:
                    self.read(inner, depth + 1)
            elif tag in (f"{W}altChunk", f"{W}subDoc"):
                raise refused(Refusal.INSIDE)
            elif tag in self._inline:
                # Words that stand outside of every paragraph, which no program writes.
                self._inline[tag](one, "", depth + 1)
                self._keep(None, ParagraphStyle())

    def _paragraph(self, element: Element, depth: int) -> None:
        properties = element.find(f"{W}pPr")
        style_id = value(properties, "pStyle")
        style = with_direct(self.document.styles.paragraph(style_id), properties)
        self._style = style
        for one in element:
            inner = self._inline.get(one.tag)
            if inner is not None:
                inner(one, "", depth + 1)
            elif one.tag in (f"{W}altChunk", f"{W}subDoc"):
                raise refused(Refusal.INSIDE)
        self.fields.end_of_paragraph()
        label = None
        if style.list_id and self._words.has_any:
            label = self.document.numbering.label(style.list_id, style.list_level, style_id)
        mark = properties.find(f"{W}rPr") if properties is not None else None
        if mark is not None and is_on(mark.find(f"{W}vanish")) and not self._words.has_any:
            return
        self._keep(label, style, style_id)
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._box(box, depth)

    def _keep(self, label: Label | None, style: ParagraphStyle, style_id: str = "") -> None:
        """Keep the paragraph that has been read; an empty one is space before the next."""
        lines, self._words = self._words.lines(), Words()
        lines = self._with_lost_notes(lines)
        if not lines:
            self._empty += 1
            return
        self._size += sum(len(line.text.encode()) + 1 for line in lines)
        if self._size > LARGEST_TEXT:
            raise refused(Refusal.TEXT)
        close = style.close and style_id == self._last_style
        space = 0 if close else max(self._after, style.before)
        self._number += 1
        place = _place(self._number, label, style)
        self.paragraphs.append(Paragraph(lines, place, space, self._empty, self._apart))
        self._after, self._empty, self._last_style, self._apart = style.after, 0, style_id, False

    def _with_lost_notes(self, lines: list[Line]) -> list[Line]:
        """The mark of a note that stands alone belongs to the words before it."""
        kept: list[Line] = []
        for line in lines:
            if line.text:
                kept.append(line)
                continue
            before = kept or (self.paragraphs[-1].lines if self.paragraphs else [])
            if before:
                last = before[-1]
                moved = [mark._replace(start=len(last.text), end=len(last.text)) for mark in line.marks]
                before[-1] = last._replace(marks=(*last.marks, *moved))
        return kept

    # --- tables ----------------------------------------------------------------------------------------------------

    def _read_table(self, element: Element, depth: int) -> None:
        """
        Read a table (17.4): rows whose cells have one line each stay rows, others are read cell by cell.

        One that only arranges (a single cell, row or column, or within another) is no table, but its paragraphs.
        """
        rows = [[_Cell(self, cell, depth, span) for cell, span in _cells(row)] for row in _rows(element)]
        cells = [cell for row in rows for cell in row]
        worded = [row for row in rows if any(cell.paragraphs for cell in row)]
        is_one = len(worded) > 1 and max((len(row) for row in rows), default=0) > 1
        nested = any(p.place.table for cell in cells for p in cell.paragraphs)
        table = Table() if is_one and not nested else None
        single = all(len(cell.paragraphs) < 2 and all(len(p.lines) == 1 for p in cell.paragraphs) for cell in cells)
        self._apart = True
        for row in worded:
            if table is not None:
                table.rows.append([cell.words for cell in row])
            if single and (table is not None or len(row) > 1):
                self._row(row, table)
            else:
                self._cell_by_cell(row, table)
        self._after, self._apart = 0, True

    def _row(self, row: list[_Cell], table: Table | None) -> None:
        texts = [cell.paragraphs[0].lines[0] if cell.paragraphs else Line("", "", ()) for cell in row]
        if sum(bool(line.text) for line in texts) == 1 and table is None:
            self._cell_by_cell(row, table)
            return
        marks = []
        at = 0
        said = [line for line in texts if line.text]
        for line in said:
            marks += [mark._replace(start=mark.start + at, end=mark.end + at) for mark in line.marks]
            at += len(line.text) + 1
        self._number += 1
        joined = Line(" ".join(line.text for line in said), WIDE.join(line.text for line in texts), tuple(marks))
        if table is not None:
            table.lines += 1
        self._append(Paragraph([joined], Place(self._number, table=table), apart=self._apart))
        self._apart = False

    def _cell_by_cell(self, row: list[_Cell], table: Table | None) -> None:
        for cell in row:
            self._apart = True
            for one in cell.paragraphs:
                self._number += 1
                inner = one.place
                place = Place(self._number, inner.kind, inner.level, inner.label, inner.series, table or inner.table)
                if table is not None:
                    table.lines += len(one.lines)
                self._append(Paragraph(one.lines, place, one.space, one.empty, one.apart or self._apart))
                self._apart = False

    def _append(self, paragraph: Paragraph) -> None:
        self.paragraphs.append(paragraph)
        self._empty = 0

    def cell(self, element: Element, depth: int) -> list[Paragraph]:
        """Return the paragraphs of a cell, a text box or a note, read on their own."""
        kept = (self.paragraphs, self._after, self._empty, self._last_style, self._apart, self._words, self._boxes)
        self.paragraphs, self._after, self._empty, self._last_style, self._apart = [], 0, 0, "", False
        self._words, self._boxes = Words(), []
        try:
            self.read(element, depth + 1)
            return self.paragraphs
        finally:
            (self.paragraphs, self._after, self._empty, self._last_style, self._apart, self._words, self._boxes) = kept

    def _box(self, element: Element, depth: int) -> None:
        """What stands in a text box is read where the box is anchored, and it is said."""
        inner = self.cell(element, depth)
        if not inner:
            return
        self.found.boxes.append(" / ".join(line.text for one in inner for line in one.lines))
        inner[0].apart = self._apart = True
        for one in inner:
            self._number += 1
            place = one.place
            one.place = Place(self._number, place.kind, place.level, place.label, place.series, place.table)
            self.paragraphs.append(one)

    # --- in a paragraph --------------------------------------------------------------------------------------------

    def _each(self, parent: Element, target: str, depth: int) -> None:
        if depth > DEEPEST:
            raise refused(Refusal.PART, "document.xml")
        for one in parent:
            inner = self._inline.get(one.tag)
            if inner is not None:
                inner(one, target, depth + 1)
            elif one.tag in (f"{W}p", f"{W}tbl"):
                # A control that stands in a paragraph has words, not paragraphs; one that has is read all the same.
                self._boxes.append(parent)
                return

    def _control(self, element: Element, target: str, depth: int) -> None:
        inner = element.find(f"{W}sdtContent")
        if inner is not None:
            self._each(inner, target, depth + 1)

    def _hyperlink(self, element: Element, target: str, depth: int) -> None:
        leads = self.document.targets.get(element.get(f"{R}id", ""), "")
        self._each(element, self._safe(leads) or target, depth + 1)

    def _safe(self, leads: str) -> str:
        if not leads or leads.startswith("#"):
            return ""
        if leads.strip().lower().startswith(SAFE) and len(leads) < 2_000:
            return leads.strip()
        self.found.links.append(leads)
        return ""

    def _simple_field(self, element: Element, target: str, depth: int) -> None:
        code = element.get(f"{W}instr", "")
        if not is_number(code):
            self._each(element, self._safe(link(code)) or target, depth + 1)

    def _ruby(self, element: Element, target: str, depth: int) -> None:
        for name, around in (("rubyBase", ("", "")), ("rt", ("(", ")"))):
            inner = element.find(f"{W}{name}")
            if inner is not None:
                self._words.add(around[0], Looked())
                self._each(inner, target, depth + 1)
                self._words.add(around[1], Looked())

    def _formula(self, element: Element, target: str, depth: int) -> None:
        self._count("formulas")
        self._words.add(" ".join(one.text or "" for one in element.iter(f"{M}t", f"{W}t")), Looked(target=target))

    def _alternative(self, element: Element, target: str, depth: int) -> None:
        self._each(_choice(element), target, depth + 1)

    def _run(self, element: Element, target: str, depth: int) -> None:
        properties = element.find(f"{W}rPr")
        target = self._safe(self.fields.target) or target if self.fields.target else target
        looked = self._looked(properties, target)
        for one in element:
            inner = self._within.get(one.tag)
            if inner is not None:
                if one.get(f"{W}customMarkFollows") in ("1", "true", "on"):
                    inner(one, looked, depth + 1)
                    return
                inner(one, looked, depth + 1)

    def _looked(self, properties: Element | None, target: str) -> Looked | None:
        """How a run's words look; None for hidden ones."""
        own = looks_of(properties)
        style = value(properties, "rStyle")
        known = self._style.looks if not style else self.document.styles.run(style).toggled(self._style.looks)
        looks = own.over(known)
        if looks.hidden:
            return None
        if looks.other:
            return Looked(bool(looks.strong_other), bool(looks.emphasis_other), target, bool(looks.struck))
        return Looked(bool(looks.strong), bool(looks.emphasis), target, bool(looks.struck))

    def _add(self, words: str, looked: Looked | None) -> None:
        if self.fields.hides:
            return
        if looked is None:
            if words.strip():
                self.found.hidden.append(words)
            return
        if looked.struck:
            self.found.struck.append(words)
        self._words.add(words, looked)

    def _text(self, element: Element, looked: Looked | None, depth: int) -> None:
        words = element.text or ""
        if "\n" in words or "\r" in words:
            words = words.replace("\r", " ").replace("\n", " ")
        if symbols.has_any(words):
            words, unknown = symbols.read(words)
            self.found.signs += unknown
        self._add(words, looked)

    def _break(self, element: Element, looked: Looked | None, depth: int) -> None:
        self._add("\n", looked)

    def _sign(self, element: Element, looked: Looked | None, depth: int) -> None:
        sign = symbols.sign(element.get(f"{W}font", ""), element.get(f"{W}char", ""))
        if not sign:
            self.found.signs.append(f"{element.get(f'{W}font', '')} {element.get(f'{W}char', '')}"[:60])
        self._add(sign, looked)

    def _field(self, element: Element, looked: Looked | None, depth: int) -> None:
        {"begin": self.fields.begin, "separate": self.fields.separate, "end": self.fields.end}.get(
            element.get(f"{W}fldCharType", ""), lambda: None
        )()

    def _note(self, element: Element, looked: Looked | None, depth: int) -> None:
        kind = "footnote" if element.tag == f"{W}footnoteReference" else "endnote"
        note = self.document.notes.get((kind, element.get(f"{W}id", "")))
        if note is None or self.fields.hides:
            return
        label = str(self._label_of(kind, element.get(f"{W}id", "")))
        if label not in self.found.notes:
            self.found.notes[label] = []
            self.found.notes[label] = [one.lines for one in self.cell(note, depth)]
        self._words.note(label)

    def _label_of(self, kind: str, name: str) -> int:
        known = self.found.labels
        return known.setdefault((kind, name), len(known) + 1)

    def _count(self, what: str) -> None:
        self.found.counted[what] += 1

    def _object(self, element: Element, looked: Looked | None, depth: int) -> None:
        self._count("objects")

    def _drawing(self, element: Element, looked: Looked | None, depth: int) -> None:
        """A drawing (20.4) or one of VML: its text boxes are read, its pictures counted."""
        boxes = {one: None for one in element.iter(f"{W}txbxContent") if not _in_fallback(one, element)}
        outer = [box for box in boxes if not any(above in boxes for above in box.iterancestors(f"{W}txbxContent"))]
        self._boxes += outer
        if outer:
            return
        if next(element.iter(f"{A}blip", f"{V}imagedata"), None) is not None:
            self._count("pictures")
        elif next(element.iter(f"{OFFICE}OLEObject"), None) is not None:
            self._count("objects")
        elif next(element.iter(f"{A}graphicData"), None) is not None and next(element.iter(f"{WPS}wsp"), None) is None:
            self._count("drawings")

    def _chosen(self, element: Element, looked: Looked | None, depth: int) -> None:
        for one in _choice(element):
            inner = self._within.get(one.tag)
            if inner is not None:
                inner(one, looked, depth + 1)


class _Cell:
    """A cell as it is read, before it is known whether its table is one."""

    def __init__(self, reader: Reader, element: Element | None, depth: int, span: int) -> None:
        self.paragraphs = reader.cell(element, depth + 1) if element is not None else []
        self.span = span

    @property
    def words(self) -> list[tuple[str, tuple[Mark, ...]]]:
        """Its lines with their marks."""
        return [(line.text, line.marks) for one in self.paragraphs for line in one.lines]


def _rows(table: Element) -> Iterable[Element]:
    """The rows of a table, those in content controls and insertions too."""
    for one in table:
        if one.tag == f"{W}tr":
            yield one
        elif one.tag in _THROUGH:
            yield from _rows(one)
        elif one.tag == f"{W}sdt":
            yield from (row for inner in one.iter(f"{W}sdtContent") for row in _rows(inner))


def _cells(row: Element) -> Iterable[tuple[Element | None, int]]:
    """The cells of a row; one that is merged into those beside it (17.4.17) leaves theirs empty."""
    for one in row:
        if one.tag == f"{W}tc":
            yield one, 1
            span = value(one.find(f"{W}tcPr"), "gridSpan")
            for _ in range(min(int(span), 63) - 1 if span.isdigit() and len(span) < 4 else 0):
                yield None, 1
        elif one.tag in _THROUGH or one.tag == f"{W}sdt":
            inner = one.find(f"{W}sdtContent") if one.tag == f"{W}sdt" else one
            if inner is not None:
                yield from _cells(inner)


def _place(paragraph: int, label: Label | None, style: ParagraphStyle) -> Place:
    if style.level:
        words = label.words if label and label.kind != structure.BULLET else ""
        return Place(paragraph, structure.HEADING, style.level, words)
    if label is not None:
        return Place(paragraph, label.kind, label.level, label.words, label.series)
    return Place(paragraph, structure.QUOTE if style.is_quote else structure.PROSE)


def _choice(element: Element) -> Element:
    """What a program chooses that knows everything (ECMA-376 part 3, 7.6): the first choice, else the fallback."""
    choice = element.find(f"{MC}Choice")
    if choice is None or not len(choice):
        choice = element.find(f"{MC}Fallback")
    return choice if choice is not None else ()


def _in_fallback(element: Element, drawing: Element) -> bool:
    """Whether an element stands in what older programs show instead of a drawing."""
    for above in element.iterancestors():
        if above is drawing:
            return False
        if above.tag == f"{MC}Fallback":
            return True
    return False
