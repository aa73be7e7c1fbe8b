"""
A letter as a Word document (DOCX, ECMA-376): a letterhead with its places filled; escape, join, deflate.

The same `PrintJob` on the same letterhead gives the same bytes on every day and in every process, so that their digest
means something.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence

from workflow.documents.uploads.built_in import PACKAGE, plain
from workflow.documents.uploads.letterhead import Letterhead, Placeholder
from workflow.documents.writing.drawingml import logo_rows, signature_image
from workflow.documents.writing.footnotes import footnotes
from workflow.documents.writing.markdown_to_docx import Composed, References, compose
from workflow.documents.writing.numbering import numbering
from workflow.documents.writing.opc import (
    OFFICE,
    WORD_TYPE,
    Entry,
    Relation,
    entry,
    pack,
    relations_part,
    steady,
    types_part,
)
from workflow.documents.writing.phrases import notes_heading
from workflow.documents.writing.print_job import PrintJob, printed_date
from workflow.documents.writing.signatories import signatories
from workflow.documents.writing.styles import SCRIPT_FONTS, SERIF
from workflow.documents.writing.wordml import HEAD, Paragraph, begins_right_to_left, clean, escaped, run
from workflow.letter import text

NEVER = "1980-01-01T00:00:00Z"
"""When the document claims to have been made: the zip format's first day, which nobody takes for a real one."""
LONGEST_TITLE = 255
BOOKMARKS = {"recipient": (1, "_Recipient"), "signatories": (2, "_Signatories")}
"""Where the addressee and the names stand, for whoever reads the document back; Word hides such bookmarks."""

_PROPERTIES = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_FOOTNOTES = ("/word/footnotes.xml", f"{WORD_TYPE}.footnotes+xml")
_PACKAGE_RELATIONS = relations_part((*PACKAGE, Relation("rCore", _PROPERTIES, "docProps/core.xml")))


def render_docx(paper: PrintJob, letterhead: Letterhead | None = None) -> bytes:
    """
    Return the letter as a Word document, on the plain letterhead when none is given.

    No text makes it fail, and equal papers give equal bytes.
    """
    sheet = letterhead or plain(american=paper.for_the_united_states)
    references = References(first_list=sheet.numbers.first_list)
    filling = _Filling(paper, sheet, references)
    document = sheet.filled(sheet.document, filling.inline, filling.whole)
    marked = [entry(name, sheet.filled(pieces, filling.inline, filling.whole)) for name, pieces in sheet.marked]
    return package(paper, sheet, references, document, marked)


@functools.lru_cache(maxsize=32)
def blank(letterhead: Letterhead) -> bytes:
    """Return a letterhead as a Word document with its marks: what it prints around every letter, for all to see."""
    inline = {mark: f"{{{{ {mark} }}}}" for mark in ("date", "subject", "title")}

    def whole(place: Placeholder) -> str:
        return f"{place.before}{{{{ {place.mark} }}}}{place.after}"

    document = letterhead.filled(letterhead.document, inline, whole)
    marked = [entry(name, letterhead.filled(pieces, inline, whole)) for name, pieces in letterhead.marked]
    return package(PrintJob(text.Letter(), text.Recipient(), None, ()), letterhead, References(), document, marked)


def package(
    paper: PrintJob, sheet: Letterhead, references: References, document: str, marked: Iterable[Entry] = ()
) -> bytes:
    """Return a Word document of its main part, with all that this refers to."""
    relations, types = list(sheet.relations), sheet.types
    links = [Relation(name, f"{OFFICE}/hyperlink", target, True) for target, name in references.links.items()]
    extra: list[Entry] = []
    if references.notes:
        notes = _renamed(footnotes(references.notes, document), sheet)
        within = [link for link in links if f'r:id="{link.id}"' in notes]
        extra.append(entry("word/footnotes.xml", notes))
        extra += [entry("word/_rels/footnotes.xml.rels", relations_part(within))] if within else []
        relations.append(Relation("rFootnotes", f"{OFFICE}/footnotes", "footnotes.xml"))
        types = tuple(sorted({*types, _FOOTNOTES}))
    for name, (target, png) in references.pictures.items():
        extra.append(steady(f"word/{target}", png))
        relations.append(Relation(name, f"{OFFICE}/image", target))
    return pack(
        (
            steady("[Content_Types].xml", types_part(types)),
            steady("_rels/.rels", _PACKAGE_RELATIONS),
            entry("word/document.xml", document),
            entry("word/_rels/document.xml.rels", relations_part([*relations, *links])),
            steady("word/styles.xml", _styles(sheet.styles, paper.language_tag)),
            entry("word/numbering.xml", numbering(references.lists, sheet.numbers)),
            *sheet.entries(),
            *marked,
            *extra,
            entry("docProps/core.xml", _core_properties(paper)),
        )
    )


@functools.lru_cache(maxsize=64)
def _styles(around: tuple[str, str], tag: str) -> str:
    """Set the language, and the font of its script where the letterhead has none but ours, which lacks it."""
    before, after = around
    for attribute, font in SCRIPT_FONTS.get(tag.partition("-")[0], ()):
        before = before.replace(f'w:{attribute}="{SERIF}"', f'w:{attribute}="{font}"', 1)
    return f'{before}<w:lang w:val="{tag}" w:eastAsia="{tag}" w:bidi="{tag}"/>{after}'


class _Filling:
    """What one letter puts into the places of a letterhead."""

    def __init__(self, paper: PrintJob, sheet: Letterhead, references: References) -> None:
        self.paper, self.sheet, self.references = paper, sheet, references
        self.composed: Composed = compose(paper.letter.body, references)
        if self.composed.paragraphs:
            self.composed.paragraphs[-1].keep_next = True
        date = printed_date(paper.date, paper.letter.language) if paper.date else ""
        self.said: dict[str, Sequence[str]] = {
            "recipient": paper.recipient.lines,
            "date": [date],
            "subject": [paper.letter.subject],
            "salutation": [paper.letter.salutation],
            "closing": [paper.letter.closing],
        }
        self.inline = {
            "date": escaped(date),
            "subject": escaped(clean(paper.letter.subject)),
            "title": escaped(clean(paper.title)),
        }

    def whole(self, place: Placeholder) -> str:
        """Return what takes the place of a whole paragraph."""
        own: dict[str, Callable[[Placeholder], Iterable[str]]] = {
            "body": self._body, "signatories": self._signatories, "logos": self._logos
        }  # fmt: skip
        made = own[place.mark](place) if place.mark in own else _lines(place, self.said[place.mark])
        xml = "".join(made)
        if place.mark not in BOOKMARKS:
            return xml
        number, name = BOOKMARKS[place.mark]
        notes = self._notes() if place.mark == "signatories" else ""
        return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{xml}<w:bookmarkEnd w:id="{number}"/>{notes}'

    def _body(self, place: Placeholder) -> Iterable[str]:
        xml = "".join(block.xml() for block in self.composed.paragraphs)
        own = _style_of(place.before)
        if own != "BodyText":
            xml = xml.replace('<w:pStyle w:val="BodyText"/>', f'<w:pStyle w:val="{own}"/>')
        yield _renamed(xml, self.sheet)

    def _signatories(self, place: Placeholder) -> Iterable[str]:
        paper = self.paper
        images = {number: signature_image(logo, self.references) for number, logo in paper.signed_by_hand}
        made = signatories(paper.signatures, paper.layout, place.measure, paper.language, paper.withheld, images)
        yield _renamed("".join(made), self.sheet)

    def _notes(self) -> str:
        return _renamed("".join(_notes(self.composed.notes, self.paper.language)), self.sheet)

    def _logos(self, place: Placeholder) -> Iterable[str]:
        yield _renamed("".join(logo_rows(self.paper.logos, place.measure, self.references)), self.sheet)


def _renamed(xml: str, sheet: Letterhead) -> str:
    """Call the styles as the letterhead calls them: Word in German has `berschrift1` for `Heading1`."""
    if not sheet.renamed:
        return xml
    names = dict(sheet.renamed)
    return re.sub(r'(<w:(?:pStyle|rStyle|tblStyle) w:val=")([^"]*)"', lambda m: f'{m[1]}{names.get(m[2], m[2])}"', xml)


@functools.lru_cache(maxsize=256)
def _style_of(before: str) -> str:
    found = re.search(r'<w:pStyle w:val="([^"]*)"', before)
    return found[1] if found else ""


def _lines(place: Placeholder, lines: Iterable[str]) -> Iterable[str]:
    """Set each line that says something as a paragraph that looks as the mark's did."""
    for line in filter(None, map(clean, lines)):
        before = _turned(place.before) if begins_right_to_left(line) else place.before
        yield f"{before}{escaped(line)}{place.after}"


_AFTER_BIDI = (
    "adjustRightInd|snapToGrid|spacing|ind|contextualSpacing|mirrorIndents|suppressOverlap|jc|textDirection|"
    "textAlignment|textboxTightWrap|outlineLvl|divId|cnfStyle|rPr|sectPr"
)


@functools.lru_cache(maxsize=256)
def _turned(before: str) -> str:
    """The opening of a paragraph, for words that are written from right to left (the schema has an order)."""
    turned = re.sub(
        rf"<w:pPr>(.*?)(?=<w:(?:{_AFTER_BIDI})[ />]|</w:pPr>)", r"<w:pPr>\1<w:bidi/>", before, count=1, flags=re.DOTALL
    )
    head, run_opens, rest = turned.rpartition("<w:r>")
    looks = re.match(r"<w:rPr>(.*?)</w:rPr>", rest, re.DOTALL)
    kept = looks[1] if looks else ""
    return f"{head}{run_opens}<w:rPr>{kept}<w:rtl/></w:rPr>{rest[looks.end() :] if looks else rest}"


def _notes(notes: list[Paragraph], language: str) -> Iterable[str]:
    """Notes that Word has no footnote for (a note on a note) are printed at the letter's end."""
    if notes:
        yield Paragraph("NotesHeading", run(notes_heading(language))).xml()
        yield from (note.xml() for note in notes)


def _core_properties(paper: PrintJob) -> str:
    title = escaped(text.clean_line(re.sub("[\ud800-\udfff]", "", paper.title))[:LONGEST_TITLE])
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_CORE}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator></dc:creator>"
        f"<dc:language>{paper.language_tag}</dc:language>"
        "<cp:lastModifiedBy></cp:lastModifiedBy><cp:revision>1</cp:revision>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:modified></cp:coreProperties>'
    )
