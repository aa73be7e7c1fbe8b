"""
A letter as a Word document (DOCX, ECMA-376): escape, join, deflate.

The same `Paper` gives the same bytes on every day and in every process, so that their digest means something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from workflow import text
from workflow.documents import letterhead
from workflow.documents.archive import entry, pack, steady
from workflow.documents.body import References, compose
from workflow.documents.markup import HEAD, NAMESPACES, Paragraph, escaped, paragraphs, run
from workflow.documents.numbering import numbering
from workflow.documents.paper import NOTES, Paper, printed_date
from workflow.documents.signatories import signatories
from workflow.documents.styles import styles

NEVER = "1980-01-01T00:00:00Z"
"""When the document claims to have been made: the zip format's first day, which nobody takes for a real one."""
LONGEST_TITLE = 255

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>'
    f'<Override PartName="/word/numbering.xml" ContentType="{_WORD}.numbering+xml"/>'
    f'<Override PartName="/word/settings.xml" ContentType="{_WORD}.settings+xml"/>'
    f'<Override PartName="/word/footer.xml" ContentType="{_WORD}.footer+xml"/>'
    f'<Override PartName="/word/footer-first.xml" ContentType="{_WORD}.footer+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_PACKAGE_RELATIONS = (
    f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rDocument" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rCore" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)


def render_docx(paper: Paper) -> bytes:
    """Return the letter as a Word document; no text makes it fail, and equal papers give equal bytes."""
    references = References()
    document = _document(paper, references)
    return pack(
        (
            steady("[Content_Types].xml", _CONTENT_TYPES),
            steady("_rels/.rels", _PACKAGE_RELATIONS),
            entry("word/document.xml", document),
            entry("word/_rels/document.xml.rels", _relations(references)),
            steady("word/styles.xml", styles(paper.language_tag)),
            entry("word/numbering.xml", numbering(references.lists)),
            steady("word/settings.xml", letterhead.SETTINGS),
            steady("word/footer.xml", letterhead.FOOTER),
            steady("word/footer-first.xml", letterhead.FIRST_FOOTER),
            entry("docProps/core.xml", _core_properties(paper)),
        )
    )


def _document(paper: Paper, references: References) -> str:
    page = letterhead.US_LETTER if paper.for_the_united_states else letterhead.A4
    composed = compose(paper.letter.body, references)
    if composed.paragraphs:
        composed.paragraphs[-1].keep_next = True
    content = [
        *_opening(paper),
        *(paragraph.xml() for paragraph in composed.paragraphs),
        *paragraphs("Closing", [paper.letter.closing]),
        *signatories(paper.signatures, page),
        *_notes(composed.notes, paper.language),
        letterhead.section(page),
    ]
    return f"{HEAD}<w:document {NAMESPACES}><w:body>{''.join(content)}</w:body></w:document>"


def _opening(paper: Paper) -> Iterable[str]:
    yield from paragraphs("InsideAddress", paper.recipient.lines)
    if paper.date:
        yield from paragraphs("Date", [printed_date(paper.date, paper.letter.language)])
    yield from paragraphs("SubjectLine", [paper.letter.subject])
    yield from paragraphs("Salutation", [paper.letter.salutation])


def _notes(notes: list[Paragraph], language: str) -> Iterable[str]:
    if notes:
        yield Paragraph("NotesHeading", run(NOTES.get(language, "Notes"))).xml()
        yield from (note.xml() for note in notes)


def _relations(references: References) -> str:
    parts = {
        "rStyles": ("styles", "styles.xml"),
        "rNumbering": ("numbering", "numbering.xml"),
        "rSettings": ("settings", "settings.xml"),
        "rFooter": ("footer", "footer.xml"),
        "rFirstFooter": ("footer", "footer-first.xml"),
    }
    own = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for name, (kind, target) in parts.items()
    )
    links = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/hyperlink" Target="{escaped(target)}" TargetMode="External"/>'
        for target, name in references.links.items()
    )
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{own}{links}</Relationships>'


def _core_properties(paper: Paper) -> str:
    title = escaped(text.clean_line(re.sub("[\ud800-\udfff]", "", paper.title))[:LONGEST_TITLE])
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator></dc:creator>"
        f"<dc:language>{paper.language_tag}</dc:language>"
        "<cp:lastModifiedBy></cp:lastModifiedBy><cp:revision>1</cp:revision>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:modified></cp:coreProperties>'
    )
