"""What a Word document says, paragraph by paragraph, as a reader sees it (ECMA-376 part 1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from workflow.verify.composing import LINK, LINK_END, OWN_NUMBER, Line, mark, numbered
from workflow.verify.package import DOCUMENT, OFFICE, WORD, Package, local, opened, parsed, said
from workflow.verify.report import VerificationError

XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
DEEPEST_ELEMENT = 120
MOST_DRAWN = 5_000_000
SILENT = {
    "bookmarkStart", "bookmarkEnd", "proofErr", "lastRenderedPageBreak", "pPr", "rPr", "tblPr", "tblGrid", "trPr",
    "tcPr", "tblPrEx", "permStart", "permEnd", "",
}  # fmt: skip
AS_TEXT = {"tab": "\t", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
PICTURE = {
    "inline", "extent", "docPr", "graphic", "graphicData", "pic", "nvPicPr", "cNvPr", "cNvPicPr", "blipFill", "blip",
    "stretch", "fillRect", "spPr", "xfrm", "off", "ext", "prstGeom", "avLst",
}  # fmt: skip
"""All that a plain picture in a line is made of."""


@dataclass
class Printed:
    """A paragraph as it stands in a document, with what decides how it looks."""

    line: Line
    paragraph: ElementTree.Element | None = None
    runs: list[tuple[ElementTree.Element | None, str]] = field(default_factory=list)
    """The properties of each run, and its words."""
    within: tuple[ElementTree.Element, ...] = ()
    """The properties of the tables, rows and cells that it stands in."""
    level: ElementTree.Element | None = None
    """What its list sets for it and for its number."""


@dataclass
class Pages:
    """What a document says: on the page, in its footnotes, in its headers and footers by part."""

    lines: list[Printed]
    footnotes: list[list[Printed]]
    margins: dict[str, list[Printed]]
    package: Package


def read_pages(content: bytes) -> Pages:
    """Read a Word document. Raises VerificationError."""
    package = opened(content)
    numbers = Numbers(package.of_kind("numbering"))
    styles = package.of_kind("styles")
    package.raised = {
        said(one, "styleId")
        for one in (styles if styles is not None else ())
        if said(one.find(f"{WORD}name")).casefold() == "footnote reference"
    }
    root = parsed(package.parts[DOCUMENT])
    body = root.find(f"{WORD}body")
    if body is None:
        raise VerificationError("is not a Word document that can be read: it has no text")
    page = _Part(package, DOCUMENT, numbers)
    lines = page.lines([one for one in root if one is not body], ()) + page.lines(list(body), ())
    footnotes = _footnotes(package, page.notes, numbers)
    margins = {
        one.target: _Part(package, one.target, numbers).lines(list(parsed(package.parts[one.target])), ())
        for name, one in sorted(package.relations(DOCUMENT).items())
        if one.kind in ("header", "footer") and name in page.shown and one.target in package.parts
    }
    return Pages(lines, footnotes, margins, package)


def _footnotes(package: Package, referred: list[str], numbers: Numbers) -> list[list[Printed]]:
    root = package.of_kind("footnotes")
    if root is None:
        return []
    part = next(one.target for one in package.relations(DOCUMENT).values() if one.kind == "footnotes")
    found: dict[str, list[Printed]] = {}
    for note in root:
        lines = _Part(package, part, numbers).lines(list(note), ())
        name = said(note, "id")
        if said(note, "type") or name in found:
            if any(one.line.words.strip() for one in lines) or name in found:
                package.wrong.append("prints words at the line between text and footnotes, or two footnotes as one")
            continue
        found[name] = lines
    if set(found) - set(referred):
        package.odd.append("a footnote that nothing refers to")
    return [found.get(name, []) for name in referred]


class Numbers:
    """The numbers of lists: every list of a letter is one of its own, and begins where it says."""

    def __init__(self, root: ElementTree.Element | None) -> None:
        self.schemes: dict[str, ElementTree.Element] = {}
        self.lists: dict[str, ElementTree.Element] = {}
        self.counts: dict[str, tuple[str, int]] = {}
        for one in root if root is not None else ():
            kind = {"abstractNum": self.schemes, "num": self.lists}.get(local(one))
            if kind is not None:
                name = said(one, "abstractNumId" if local(one) == "abstractNum" else "numId")
                # Of two under one name nobody knows which is meant.
                kind[name] = ElementTree.Element("twice") if name in kind else one

    def label(self, properties: ElementTree.Element) -> tuple[str, ElementTree.Element | None]:
        """The number or bullet that a paragraph with these `w:numPr` begins with, and the level that sets it."""
        name, level = said(properties.find(f"{WORD}numId")), said(properties.find(f"{WORD}ilvl")) or "0"
        if name == "0":
            return "", None
        one = self.lists.get(name)
        scheme = self.schemes.get(said(one.find(f"{WORD}abstractNumId"))) if one is not None else None
        shape = _level(scheme, level) if scheme is not None else None
        if one is None or shape is None or one.find(f"{WORD}lvlOverride/{WORD}lvl") is not None:
            return mark("a number that cannot be told"), shape
        return self._said(name, level, one, shape), shape

    def _said(self, name: str, level: str, one: ElementTree.Element, shape: ElementTree.Element) -> str:
        style, text = said(shape.find(f"{WORD}numFmt")), said(shape.find(f"{WORD}lvlText"))
        if style in ("bullet", "none"):
            return text
        if text[:-1] != f"%{int(level) + 1}" or style not in ("decimal", "lowerLetter", "lowerRoman"):
            return mark(f"a number written {text}")
        return f"{numbered(style, self._next(name, level, one))}{text[-1]}"

    def _next(self, name: str, level: str, one: ElementTree.Element) -> int:
        before, number = self.counts.get(name, (level, _start(one, level)))
        if before != level:
            number = 0  # One list on two levels: no letter has that, and what Word counts is not told here.
        self.counts[name] = (level, number + 1)
        return number


def _level(scheme: ElementTree.Element, level: str) -> ElementTree.Element | None:
    found = [one for one in scheme if local(one) == "lvl" and said(one, "ilvl") == level]
    known = {"start", "numFmt", "lvlText", "lvlJc", "pPr", "rPr", "suff", "pStyle", "tmpl", "legacy"}
    plain = len(found) == 1 and re.fullmatch("[0-9]", level) is not None and {local(one) for one in found[0]} <= known
    elsewhere = any(local(one) in ("styleLink", "numStyleLink") for one in scheme)
    return found[0] if plain and not elsewhere else None


def _start(one: ElementTree.Element, level: str) -> int:
    """Where a list begins; one that does not say goes on from another, so it is told as 0."""
    for override in one.findall(f"{WORD}lvlOverride"):
        begins = said(override.find(f"{WORD}startOverride"))
        if said(override, "ilvl") == level and re.fullmatch("[0-9]{1,9}", begins):
            return int(begins)
    return 0


class _Part:
    """Reads one part; whatever it does not know stands in the words under its name."""

    def __init__(self, package: Package, part: str, numbers: Numbers) -> None:
        self.package, self.part, self.numbers = package, part, numbers
        self.found: list[Printed] = []
        self.cells = ""
        self.depth = self.work = 0
        self.notes: list[str] = []
        self.shown: set[str] = set()

    def lines(self, elements: list[ElementTree.Element], within: tuple[ElementTree.Element, ...]) -> list[Printed]:
        """The paragraphs that say something, in order."""
        self.found = []
        self._blocks(elements, within)
        return self.found

    def _blocks(self, elements: list[ElementTree.Element], within: tuple[ElementTree.Element, ...]) -> None:
        self.depth += 1
        if self.depth > DEEPEST_ELEMENT:
            raise VerificationError("is nested deeper than any letter")
        for one in elements:
            kind = local(one)
            if kind == "p":
                self._paragraph(one, within)
            elif kind in ("tbl", "tr", "tc"):
                self._table(kind, one, within)
            elif kind == "sectPr":
                self._keep(Printed(Line(mark(f"section {self._section(one)}"))))
            elif kind not in SILENT:
                self._keep(Printed(Line(self._odd(one))))
                self._blocks(_outermost(one), within)
        self.depth -= 1

    def _table(self, kind: str, element: ElementTree.Element, within: tuple[ElementTree.Element, ...]) -> None:
        self.cells = {"tbl": "", "tr": f"{self.cells}/", "tc": f"{self.cells}|"}[kind]
        own = tuple(one for one in element if local(one) in ("tblPr", "tblGrid", "trPr", "tcPr", "tblPrEx"))
        self._blocks(list(element), within + own)
        if kind == "tbl":
            self.cells = ""

    def _keep(self, printed: Printed) -> None:
        line = printed.line
        if line.words.strip() or line.label:
            printed.line = line._replace(cells=self.cells)
            self.found.append(printed)
            self.cells = ""

    def _section(self, element: ElementTree.Element) -> str:
        """What a section says of its pages, as a digest; the headers and footers it shows are kept."""
        for one in element:
            if local(one) in ("headerReference", "footerReference"):
                self.shown.add(one.get(f"{OFFICE}id", ""))
        return self._digest(element)

    def _digest(self, element: ElementTree.Element) -> str:
        """What an element holds, to the last attribute; parts by what they are and not by their names."""
        told = hashlib.sha256()
        for one in element.iter():
            self.work += 1
            for name, value in sorted(one.attrib.items()):
                relation = self.package.relations(self.part).get(value) if name.startswith(OFFICE) else None
                if relation is not None:
                    value = self.package.picture(self.part, value) or relation.target
                told.update(f"{name}={value}\n".encode(errors="replace"))
            told.update(f"<{one.tag}>{(one.text or '').strip()}\n".encode(errors="replace"))
        if self.work > MOST_DRAWN:
            raise VerificationError("holds more that is no text than any letter")
        return told.hexdigest()[:12]

    def _odd(self, element: ElementTree.Element) -> str:
        return mark(f"{local(element).rpartition('}')[2]} {self._digest(element)}")

    def _paragraph(self, element: ElementTree.Element, within: tuple[ElementTree.Element, ...]) -> None:
        if not len(element):
            return
        properties = element.find(f"{WORD}pPr")
        numbering = properties.find(f"{WORD}numPr") if properties is not None else None
        label, level = self.numbers.label(numbering) if numbering is not None else ("", None)
        printed = Printed(Line(""), properties, [], within, level)
        self._check_order(element, "pPr")
        inner: list[ElementTree.Element] = []
        targets: list[tuple[str, str]] = []
        words = "".join(self._inline(element, printed, inner, targets, False))
        section = properties.find(f"{WORD}sectPr") if properties is not None else None
        if section is not None:
            words += mark(f"section {self._section(section)}")
        printed.line = Line(words, label, "", tuple(targets))
        self._keep(printed)
        self._blocks(inner, within)

    def _inline(
        self,
        element: ElementTree.Element,
        printed: Printed,
        inner: list[ElementTree.Element],
        targets: list[tuple[str, str]],
        linked: bool,
    ) -> Iterator[str]:
        for one in element:
            kind = local(one)
            if kind == "r":
                self._check_order(one, "rPr")
                looks = one.find(f"{WORD}rPr")
                words = "".join(self._run(one, inner))
                if re.fullmatch("[0-9]{1,9}", words) and looks is not None:
                    named = said(looks.find(f"{WORD}rStyle"))
                    words = mark(f"raised {words}") if named in self.package.raised else words
                printed.runs.append((looks, words))
                yield words
            elif kind == "hyperlink" and not linked:
                targets.append(self._target(one))
                yield LINK
                yield from self._inline(one, printed, inner, targets, True)
                yield LINK_END
            elif kind not in SILENT:
                yield self._odd(one)
                inner += _outermost(one)
                printed.runs += [(None, text.text or "") for text in one.iter(f"{WORD}t")]
                yield "".join(text.text or "" for text in one.iter(f"{WORD}t"))

    def _check_order(self, element: ElementTree.Element, properties: str) -> None:
        """Properties come first and once: of others each program makes what it likes."""
        places = [number for number, one in enumerate(element) if local(one) == properties]
        if places not in ([], [0]):
            self.package.wrong.append("words whose looks are set twice, or behind them")

    def _target(self, link: ElementTree.Element) -> tuple[str, str]:
        relation = self.package.relations(self.part).get(link.get(f"{OFFICE}id", ""))
        target = relation.target if relation is not None and relation.external else ""
        if said(link, "anchor") or said(link, "docLocation"):
            target += f"#{said(link, 'anchor')}{said(link, 'docLocation')}"
        return target, " ".join(said(link, "tooltip").split())

    def _run(self, run: ElementTree.Element, inner: list[ElementTree.Element]) -> Iterator[str]:
        for one in run:
            kind = local(one)
            if kind == "t":
                # Without the attribute Word leaves out blanks at the ends.
                yield (one.text or "") if one.get(XML_SPACE) == "preserve" else (one.text or "").strip()
                if len(one):
                    yield self._odd(one)
            elif kind == "br" and said(one, "type") in ("", "textWrapping"):
                yield "\n"
            elif kind in AS_TEXT:
                yield AS_TEXT[kind]
            elif kind == "footnoteReference" and len(one.attrib) == 1:
                yield self._note(said(one, "id"))
            elif kind == "footnoteRef":
                yield OWN_NUMBER
            elif kind in ("separator", "continuationSeparator") or kind in SILENT:
                continue
            elif kind in ("fldChar", "instrText"):
                yield mark(f"field {said(one, 'fldCharType')}{' '.join((one.text or '').split())}")
            elif kind == "drawing":
                yield self._drawing(one, inner)
            else:
                yield self._odd(one)
                inner += _outermost(one)

    def _note(self, name: str) -> str:
        if name in self.notes or self.part != DOCUMENT:
            return mark("a footnote's number for the second time")
        self.notes.append(name)
        return mark(f"note {len(self.notes)}")

    def _drawing(self, drawing: ElementTree.Element, inner: list[ElementTree.Element]) -> str:
        """A plain picture by its SHA-256; what else is drawn by its digest, with the words that stand in it."""
        kinds = {str(one.tag).rpartition("}")[2] for one in drawing.iter()} - {"drawing"}
        shown = [value for one in drawing.iter() for name, value in one.attrib.items() if name == f"{OFFICE}embed"]
        if kinds <= PICTURE and len(shown) == 1 and len(drawing) == 1:
            return mark(f"picture {self.package.picture(self.part, shown[0])}")
        inner += _outermost(drawing)
        return self._odd(drawing)


def _outermost(element: ElementTree.Element) -> list[ElementTree.Element]:
    """The paragraphs within an element that stand in no other."""
    found, left = [], list(element)[::-1]
    while left:
        one = left.pop()
        if one.tag == f"{WORD}p":
            found.append(one)
        else:
            left += list(one)[::-1]
    return found
