"""
A letter as a Word document (DOCX, ECMA-376): escape, join, deflate.

The same `Paper` gives the same bytes on every day and in every process, so that their digest means something.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable

from workflow import text
from workflow.documents import letterhead
from workflow.documents.archive import entry, pack, steady
from workflow.documents.body import LINE_BREAK, Paragraph, References, compose, escaped, reads_right_to_left, run
from workflow.documents.paper import NOTES, Paper, printed_date

ONE_COLUMN = 6
"""Up to so many signatures stand below each other; more stand in two columns, read line by line."""
ROOM_TO_SIGN = 24
"""Up to so many signatures have room for a signature by hand above the name; more are a list of names."""
NEVER = "1980-01-01T00:00:00Z"
"""When the document claims to have been made: the zip format's first day, which nobody takes for a real one."""
LONGEST_TITLE = 255

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CONTENT_TYPES = (
    f'{letterhead.HEAD}<Types xmlns="{_PACKAGE}/content-types">'
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
    f'{letterhead.HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
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
            steady("word/styles.xml", letterhead.styles(paper.language_tag)),
            entry("word/numbering.xml", letterhead.numbering(references.lists)),
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
        *_lines("Closing", [paper.letter.closing]),
        *_signatures(paper.signatures, page),
        *_notes(composed.notes, paper.language),
        letterhead.section(page),
    ]
    return f"{letterhead.HEAD}<w:document {letterhead.NAMESPACES}><w:body>{''.join(content)}</w:body></w:document>"


def _opening(paper: Paper) -> Iterable[str]:
    yield from _lines("InsideAddress", paper.recipient.lines)
    if paper.date:
        yield from _lines("Date", [printed_date(paper.date, paper.letter.language)])
    yield from _lines("SubjectLine", [paper.letter.subject])
    yield from _lines("Salutation", [paper.letter.salutation])


def _lines(style: str, lines: Iterable[str]) -> Iterable[str]:
    """Set each line that says something as a paragraph."""
    for line in filter(None, map(_line, lines)):
        yield Paragraph(style, run(line), right_to_left=reads_right_to_left(line[0])).xml()


def _line(words: str) -> str:
    """Clean one line as `text.clean_line` does, at once where there is nothing to clean (most of 5,000 names)."""
    if words.isprintable() and "  " not in words and (words.isascii() or unicodedata.is_normalized("NFC", words)):
        return words.strip()
    return text.clean_line(words)


def _signatures(signatures: tuple[text.Signature, ...], page: letterhead.Page) -> Iterable[str]:
    """Set the signatures in their order; in one column no page has a single one of several."""
    style = "Signature" if len(signatures) <= ROOM_TO_SIGN else "SignatureListed"
    if len(signatures) > ONE_COLUMN:
        return [_two_columns(_many(signatures, style), page)]
    keep_next = {0, len(signatures) - 2} if len(signatures) > 1 else set()
    return [_signature(one, style, keep_next=n in keep_next) for n, one in enumerate(signatures)]


def _signature(signature: text.Signature, style: str, *, keep_next: bool = False) -> str:
    """Set one signature as one paragraph, so that no page break can tear it."""
    first, *rest = [line for line in map(_line, signature.lines) if line] or [""]
    runs = run(first, '<w:rStyle w:val="SignatureName"/>')
    if rest:
        runs += run("\n" + "\n".join(rest))
    return Paragraph(style, runs, keep_next=keep_next, right_to_left=reads_right_to_left(first[:1])).xml()


def _many(signatures: tuple[text.Signature, ...], style: str) -> list[str]:
    """Set many signatures: all at once, three times as fast, where none has anything to clean or to turn around."""
    lines = [signature.lines for signature in signatures]
    words = " ".join(itertools.chain.from_iterable(lines))
    if not all(lines) or words != _line(words) or reads_right_to_left(words):
        return [_signature(signature, style) for signature in signatures]
    before, between, after = re.split("NAME|TITLE", _signature(text.Signature("NAME", "TITLE", ""), style))
    blocks: list[str] = []
    for block in escaped("\n\n".join(map("\n".join, lines))).split("\n\n"):
        name, _, rest = block.partition("\n")
        set_rest = between + rest.replace("\n", LINE_BREAK) if rest else ""
        blocks.append(f"{before}{name}{set_rest}{after}")
    return blocks


def _two_columns(blocks: list[str], page: letterhead.Page) -> str:
    width = page.measure // 2
    cell = f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    if len(blocks) % 2:
        blocks = [*blocks, '<w:p><w:pPr><w:pStyle w:val="Signature"/></w:pPr></w:p>']
    rows = "".join(
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}{left}</w:tc>{cell}{right}</w:tc></w:tr>"
        for left, right in zip(blocks[::2], blocks[1::2], strict=True)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Signatures"/><w:tblW w:w="{2 * width}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{width}"/><w:gridCol w:w="{width}"/></w:tblGrid>{rows}</w:tbl>'
        '<w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>'
    )


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
    return f'{letterhead.HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{own}{links}</Relationships>'


def _core_properties(paper: Paper) -> str:
    title = escaped(text.clean_line(re.sub("[\ud800-\udfff]", "", paper.title))[:LONGEST_TITLE])
    return (
        f'{letterhead.HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator></dc:creator>"
        f"<dc:language>{paper.language_tag}</dc:language>"
        "<cp:lastModifiedBy></cp:lastModifiedBy><cp:revision>1</cp:revision>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{NEVER}</dcterms:modified></cp:coreProperties>'
    )
