"""A report as a Word document: its own small package, of which every byte follows from what it says."""

from __future__ import annotations

from collections.abc import Iterable

from workflow.documents.writing import opc
from workflow.documents.writing.opc import Relation
from workflow.documents.writing.wordml import HEAD, NAMESPACES, escaped, reads_right_to_left
from workflow.history.report.blocks import Block, Document, Facts, Heading, Line, Paragraph, Run, Table
from workflow.languages import direction

WIDTH = 9638
"""Between the margins of A4, in twentieths of a point."""
LABEL = 36
"""How wide the names of facts are, in hundredths."""
LOOKS = {
    "strong": "<w:b/><w:bCs/>",
    "soft": '<w:color w:val="595550"/>',
    "mono": '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/><w:sz w:val="16"/><w:szCs w:val="16"/>',
    "added": '<w:color w:val="06421F"/><w:u w:val="single"/>',
    "removed": '<w:strike/><w:color w:val="8A0F0F"/>',
}
KINDS = {"lead": "Lead", "note": "Note", "paper": "Paper", "item": "Item", "": "Normal"}


def _style(name: str, called: str, paragraph: str = "", run: str = "", base: str = "Normal") -> str:
    based = f'<w:basedOn w:val="{base}"/>' if name != base else ""
    default = ' w:default="1"' if name == "Normal" else ""
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{name}"><w:name w:val="{called}"/>{based}<w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _spaced(before: int, after: int, more: str = "") -> str:
    return f'{more}<w:spacing w:before="{before}" w:after="{after}" w:line="264" w:lineRule="auto"/>'


def _sized(half_points: int, more: str = "") -> str:
    return f'{more}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


STYLES = (
    f'{HEAD}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" '
    'w:eastAsia="Noto Sans CJK SC" w:cs="Arial"/><w:sz w:val="20"/><w:szCs w:val="20"/></w:rPr></w:rPrDefault>'
    "<w:pPrDefault/></w:docDefaults>"
    + _style("Normal", "Normal", _spaced(0, 120))
    + _style("Title", "Title", _spaced(0, 200, "<w:keepNext/>"), _sized(40, "<w:b/><w:bCs/>"))
    + _style(
        "Heading1",
        "heading 1",
        _spaced(360, 120, "<w:keepNext/>") + '<w:outlineLvl w:val="0"/>',
        _sized(28, "<w:b/><w:bCs/>"),
    )
    + _style(
        "Heading2",
        "heading 2",
        _spaced(240, 80, "<w:keepNext/>") + '<w:outlineLvl w:val="1"/>',
        _sized(23, "<w:b/><w:bCs/>"),
    )
    + _style("Lead", "Lead", _spaced(0, 160), _sized(25, "<w:b/><w:bCs/>"))
    + _style("Note", "Note", _spaced(0, 120), '<w:color w:val="595550"/>' + _sized(18))
    + _style(
        "Paper",
        "Paper",
        '<w:pBdr><w:left w:val="single" w:sz="12" w:space="8" w:color="C9C4BA"/></w:pBdr>'
        + _spaced(0, 100)
        + '<w:ind w:left="240"/>',
    )
    + _style("Item", "Item", _spaced(0, 60) + '<w:ind w:left="360" w:hanging="360"/>')
    + _style("Cell", "Cell", _spaced(0, 30), _sized(17))
    + "</w:styles>"
)
FOOTER = (
    f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    '<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>'
)
RULES = (
    '<w:tblBorders><w:top w:val="single" w:sz="4" w:color="C9C4BA"/>'
    '<w:bottom w:val="single" w:sz="4" w:color="C9C4BA"/>'
    '<w:insideH w:val="single" w:sz="4" w:color="C9C4BA"/></w:tblBorders>'
)
TYPES = (
    ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
    ("xml", "application/xml"),
    ("/word/document.xml", f"{opc.WORD_TYPE}.document.main+xml"),
    ("/word/styles.xml", f"{opc.WORD_TYPE}.styles+xml"),
    ("/word/footer1.xml", f"{opc.WORD_TYPE}.footer+xml"),
    ("/docProps/core.xml", opc.CORE_TYPE),
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


def written(document: Document) -> bytes:
    """Return a report as a Word document; equal reports give equal bytes."""
    rtl = direction(document.language) == "rtl"
    body = "".join(_block(block, rtl) for block in document.blocks)
    section = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" '
        f'w:gutter="0"/>{"<w:bidi/>" * rtl}</w:sectPr>'
    )
    core = (
        f'{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escaped(document.title)}</dc:title>'
        f"<dc:language>{escaped(document.language)}</dc:language></cp:coreProperties>"
    )
    parts = (
        ("[Content_Types].xml", opc.types_part(TYPES)),
        (
            "_rels/.rels",
            opc.relations_part(
                [
                    Relation("rId1", f"{OFFICE}/officeDocument", "word/document.xml"),
                    Relation("rId2", CORE, "docProps/core.xml"),
                ]
            ),
        ),
        ("docProps/core.xml", core),
        ("word/document.xml", f"{HEAD}<w:document {NAMESPACES}><w:body>{body}{section}</w:body></w:document>"),
        ("word/styles.xml", STYLES),
        ("word/footer1.xml", FOOTER),
        (
            "word/_rels/document.xml.rels",
            opc.relations_part(
                [
                    Relation("rId1", f"{OFFICE}/styles", "styles.xml"),
                    Relation("rId2", f"{OFFICE}/footer", "footer1.xml"),
                ]
            ),
        ),
    )
    return opc.pack([opc.entry(name, content) for name, content in parts])


def _block(block: Block, rtl: bool) -> str:
    if isinstance(block, Heading):
        return _line((Run(block.words),), ("Title", "Heading1", "Heading2")[block.level - 1], rtl)
    if isinstance(block, Facts):
        rows = [(((Run(name, "soft"),),), lines) for name, lines in block.rows]
        return _table(rows, (LABEL, 100 - LABEL), rtl)
    if isinstance(block, Table):
        heads = tuple(((Run(words, "strong"),),) for words in block.headings)
        return _table(block.rows, block.widths, rtl, heads)
    assert isinstance(block, Paragraph)
    right = reads_right_to_left("".join(run.words for run in block.runs)) if block.language else rtl
    return _line(block.runs, KINDS[block.kind], right)


def _line(line: Line, style: str, rtl: bool) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{"<w:bidi/>" * rtl}</w:pPr>{"".join(map(_run, line))}</w:p>'


def _run(run: Run) -> str:
    right = "<w:rtl/>" if run.look != "mono" and reads_right_to_left(run.words) else ""
    looks = f"<w:rPr>{LOOKS.get(run.look, '')}{right}</w:rPr>" if run.look or right else ""
    words = escaped(run.words)
    for sign, element in (("\n", "<w:br/>"), ("\t", "<w:tab/>")):
        words = words.replace(sign, f'</w:t>{element}<w:t xml:space="preserve">')
    return f'<w:r>{looks}<w:t xml:space="preserve">{words}</w:t></w:r>'


Cells = tuple[tuple[Line, ...], ...]


def _table(rows: Iterable[Cells], widths: tuple[int, ...], rtl: bool, heads: Cells = ()) -> str:
    wide = [WIDTH * width // 100 for width in widths]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in wide)
    head = _row(heads, wide, rtl, "<w:cantSplit/><w:tblHeader/>") if heads else ""
    body = "".join(_row(row, wide, rtl, "<w:cantSplit/>") for row in rows)
    return (
        f'<w:tbl><w:tblPr>{"<w:bidiVisual/>" * rtl}<w:tblW w:w="{sum(wide)}" w:type="dxa"/>{RULES}'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="50" w:type="dxa"/><w:left w:w="0" w:type="dxa"/>'
        '<w:bottom w:w="50" w:type="dxa"/><w:right w:w="120" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblGrid>{grid}</w:tblGrid>{head}{body}</w:tbl><w:p><w:pPr><w:pStyle w:val="Cell"/></w:pPr></w:p>'
    )


def _row(cells: Cells, wide: list[int], rtl: bool, properties: str) -> str:
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"{''.join(_line(line, 'Cell', rtl) for line in cell) or _line((), 'Cell', rtl)}</w:tc>"
        for cell, width in zip(cells, wide, strict=True)
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{made}</w:tr>"
