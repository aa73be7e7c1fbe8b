"""
A letter as a Word document (DOCX, ECMA-376): a letterhead with its placeholders filled; escape, join, deflate.

The same `PrintJob` on the same letterhead gives the same bytes on every day and in every process, so that their digest
means something.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from workflow.documents.uploads.adjusting import adjusted, running_line
from workflow.documents.uploads.built_in import PACKAGE, plain
from workflow.documents.uploads.letterhead import Filled, Letterhead, Placeholder, Whole
from workflow.documents.writing.drawingml import logo_rows, signature_image
from workflow.documents.writing.footers import Footer
from workflow.documents.writing.markdown_to_docx import Composed, compose
from workflow.documents.writing.opc import WORD_TYPE, Entry, Relation, entry, pack, relations_part, steady, types_part
from workflow.documents.writing.phrases import notes_heading
from workflow.documents.writing.print_job import PrintJob, dateline, printed_date
from workflow.documents.writing.references import References, footnotes, numbering
from workflow.documents.writing.signatories import Signed
from workflow.documents.writing.styles import SCRIPT_FONTS, SERIF
from workflow.documents.writing.wordml import HEAD, OFFICE, Paragraph, begins_right_to_left, clean, escaped, run
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


def render_docx(job: PrintJob, letterhead: Letterhead | None = None) -> bytes:
    """
    Return the letter as a Word document, on the plain letterhead when none is given.

    No text makes it fail, and equal jobs give equal bytes.
    """
    sheet = adjusted(
        letterhead or plain(american=job.for_the_united_states),
        running_header=job.running_header,
        tightness=job.tightness,
        footer=job.footer,
    )
    references = References(first_list=sheet.numbers.first_list)
    filling = _Filling(job, sheet, references)
    return package(job, sheet, references, filling.inline, filling.whole)


@functools.lru_cache(maxsize=64)
def blank(
    letterhead: Letterhead, *, running_header: bool = False, tightness: int = 0, footer: Footer | None = None
) -> bytes:
    """Return a letterhead with its placeholders as a Word document: what it prints around every letter."""
    letterhead = adjusted(letterhead, running_header=running_header, tightness=tightness, footer=footer)
    inline = {name: f"{{{{ {name} }}}}" for name in ("date", "subject", "title")}
    inline["running"] = running_line("{{ running }}", letterhead.names)
    nothing = PrintJob(text.Letter(), text.Recipient(), None, ())
    return package(nothing, letterhead, References(), inline, lambda p: f"{p.before}{{{{ {p.name} }}}}{p.after}")


def package(job: PrintJob, sheet: Letterhead, references: References, inline: Filled, whole: Whole) -> bytes:
    """Return a letterhead as a Word document, filled as its `filled` says, with all that this refers to."""
    document, *headers = (
        entry(name, sheet.filled(pieces, inline, whole))
        for name, pieces in (("word/document.xml", sheet.document), *sheet.headers)
    )
    relations, types = list(sheet.relations), sheet.types
    links = [Relation(name, f"{OFFICE}/hyperlink", target, True) for target, name in references.links.items()]
    extra = list(_footnotes(job, references, sheet, links)) if references.notes else []
    if extra:
        relations.append(Relation("rFootnotes", f"{OFFICE}/footnotes", "footnotes.xml"))
        types = tuple(sorted({*types, _FOOTNOTES}))
    for name, (target, png) in references.pictures.items():
        extra.append(steady(f"word/{target}", png))
        relations.append(Relation(name, f"{OFFICE}/image", target))
    return pack(
        (
            steady("[Content_Types].xml", types_part(types)),
            steady("_rels/.rels", _PACKAGE_RELATIONS),
            document,
            entry("word/_rels/document.xml.rels", relations_part([*relations, *links])),
            steady("word/styles.xml", _styles(sheet.styles, job.language_tag)),
            entry("word/numbering.xml", numbering(references.lists, sheet.numbers)),
            *sheet.entries(),
            *headers,
            *extra,
            entry("docProps/core.xml", _core_properties(job)),
        )
    )


def _footnotes(job: PrintJob, references: References, sheet: Letterhead, links: Iterable[Relation]) -> Iterable[Entry]:
    names, linked = sheet.names, references.linked_from_notes()
    notes = {number: "".join(p.xml(names) for p in note) for number, note in references.notes.items()}
    yield entry("word/footnotes.xml", footnotes(notes, right_to_left=job.right_to_left))
    if within := [link for link in links if link.id in linked]:
        yield entry("word/_rels/footnotes.xml.rels", relations_part(within))


@functools.lru_cache(maxsize=64)
def _styles(around: tuple[str, str], tag: str) -> str:
    """Set the language, and the font of its script where the letterhead has none but ours, which lacks it."""
    before, after = around
    for attribute, font in SCRIPT_FONTS.get(tag.partition("-")[0], ()):
        before = before.replace(f'w:{attribute}="{SERIF}"', f'w:{attribute}="{font}"', 1)
    return f'{before}<w:lang w:val="{tag}" w:eastAsia="{tag}" w:bidi="{tag}"/>{after}'


class _Filling:
    """What one letter puts into the placeholders of a letterhead."""

    def __init__(self, job: PrintJob, sheet: Letterhead, references: References) -> None:
        self.job, self.names, self.references = job, sheet.names, references
        self.composed: Composed = compose(job.letter.body, references)
        if self.composed.blocks and isinstance(last := self.composed.blocks[-1], Paragraph):
            last.keep_next = True
        date = printed_date(job.date, job.letter.language) if job.date else ""
        self.said: dict[str, Sequence[str]] = {
            "recipient": job.recipient.lines,
            "date": [dateline(clean(job.place), job.date, job.letter.language)],
            "subject": [job.letter.subject],
            "salutation": [job.letter.salutation],
            "closing": [job.letter.closing],
        }
        self.inline = {
            "date": escaped(date),
            "subject": escaped(clean(job.letter.subject)),
            "title": escaped(clean(job.title)),
        }
        if job.running_header:
            words, turned = job.running_words, job.right_to_left
            self.inline["running"] = running_line(words, self.names, right_to_left=turned)

    def whole(self, place: Placeholder) -> str:
        """Return what takes the place of a whole paragraph."""
        own = {"body": self._body, "signatories": self._signatories, "logos": self._logos}
        xml = own[place.name](place) if place.name in own else _lines(place, self.said[place.name])
        if place.name not in BOOKMARKS:
            return xml
        number, name = BOOKMARKS[place.name]
        notes = self._notes() if place.name == "signatories" else ""
        return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{xml}<w:bookmarkEnd w:id="{number}"/>{notes}'

    def _body(self, place: Placeholder) -> str:
        names = {**self.names, "BodyText": escaped(place.style)}
        return "".join([block.xml(names) for block in self.composed.blocks])

    def _signatories(self, place: Placeholder) -> str:
        images = {number: signature_image(logo, self.references) for number, logo in self.job.signed_by_hand}
        job = self.job
        signed = Signed(
            job.signatures,
            job.layout,
            job.language,
            job.withheld,
            images,
            job.room_to_sign,
            job.right_to_left,
            job.tightness,
        )
        return signed.xml(place.measure, self.names)

    def _notes(self) -> str:
        """Notes that Word has no footnote for (a note on a note) are printed at the letter's end."""
        notes = self.composed.notes
        heading = [Paragraph("NotesHeading", (run(notes_heading(self.job.language)),))] if notes else []
        return "".join(note.xml(self.names) for note in [*heading, *notes])

    def _logos(self, place: Placeholder) -> str:
        return "".join(row.xml(self.names) for row in logo_rows(self.job.logos, place.measure, self.references))


def _lines(place: Placeholder, lines: Iterable[str]) -> str:
    """Set each line that says something as a paragraph that looks as the placeholder's did."""
    return "".join(
        f"{place.turned if begins_right_to_left(line) else place.before}{escaped(line)}{place.after}"
        for line in filter(None, map(clean, lines))
    )


def _core_properties(job: PrintJob) -> str:
    title = escaped(text.clean_line(re.sub("[\ud800-\udfff]", "", job.title))[:LONGEST_TITLE])
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_CORE}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator></dc:creator>"
        f"<dc:language>{job.language_tag}</dc:language>"
        "<cp:lastModifiedBy></cp:lastModifiedBy><cp:revision>1</cp:revision>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:modified></cp:coreProperties>'
    )
