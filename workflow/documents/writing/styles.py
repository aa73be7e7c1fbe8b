"""
The looks of a letter, as styles under Word's own names, so that whoever edits it finds them.

Measures are those of WordprocessingML (ECMA-376): twentieths of a point, type sizes in half points.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from workflow.documents.writing.opc import WORD_TYPE
from workflow.documents.writing.wordml import HEAD, NAMESPACES

SERIF = "Times New Roman"
"""Word has it everywhere, and LibreOffice sets Liberation Serif in its place, which has the same widths."""
MONOSPACED = "Courier New"
SCRIPT_FONTS: dict[str, tuple[tuple[str, str], ...]] = {
    "km": (("cs", "Khmer UI"),),
    "my": (("cs", "Myanmar Text"),),
    "th": (("cs", "Leelawadee UI"),),
    "zh": (("eastAsia", "SimSun"),),
}
"""Word's own fonts for scripts that Times New Roman has no letters for; LibreOffice takes what is installed."""

INDENT = 397
"""How far a list, or a quotation, stands in from what surrounds it (7 mm)."""
OWN_STYLES = (
    *("Inside Address", "Subject Line", "Signature Listed", "Signature Name", "List Bullet Spaced"),
    *("List Number Spaced", "Horizontal Line", "Notes Heading", "Table End", "Logos", "Letter Table", "Table Text"),
    *("Table Heading", "Signatures", "Withheld", "Signatory Heading", "Signature Compact"),
)
"""The styles that Word does not know by name."""


class Style(NamedTuple):
    """One paragraph style: its id, its name in Word, what it is based on, and what it adds to that."""

    id: str
    name: str
    base: str
    paragraph: str = ""
    characters: str = ""


def _spacing(before: int = 0, after: int = 0, line: str = "") -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}"{line}/>'


_KEEP = "<w:keepNext/><w:keepLines/>"
_HEADING_LOOKS = (
    (_spacing(280, 100), '<w:b/><w:bCs/><w:sz w:val="26"/><w:szCs w:val="26"/>'),
    (_spacing(240, 80), '<w:b/><w:bCs/><w:sz w:val="23"/><w:szCs w:val="23"/>'),
    (_spacing(200, 60), "<w:b/><w:bCs/><w:i/><w:iCs/>"),
    (_spacing(180, 60), "<w:i/><w:iCs/>"),
    (_spacing(180, 60), "<w:i/><w:iCs/>"),
    (_spacing(180, 60), "<w:i/><w:iCs/>"),
)
PARAGRAPH_STYLES = (
    Style("BodyText", "Body Text", "Normal", _spacing(0, 180)),
    Style("InsideAddress", "Inside Address", "Normal", f'{_KEEP}<w:spacing w:line="264" w:lineRule="auto"/>'),
    Style("Date", "Date", "Normal", _spacing(440, 0)),
    Style("SubjectLine", "Subject Line", "Normal", _KEEP + _spacing(440, 0), "<w:b/><w:bCs/>"),
    Style("Salutation", "Salutation", "Normal", _KEEP + _spacing(440, 180)),
    Style("Logos", "Logos", "Normal", _spacing(0, 300) + '<w:jc w:val="center"/>'),
    Style("Closing", "Closing", "Normal", _KEEP + _spacing(240, 140)),
    Style("Signature", "Signature", "Normal", "<w:keepLines/>" + _spacing(820, 0, ' w:line="259" w:lineRule="auto"')),
    Style("SignatureListed", "Signature Listed", "Signature", _spacing(220, 0, ' w:line="252" w:lineRule="auto"')),
    Style("SignatureCompact", "Signature Compact", "Signature", _spacing(60, 0, ' w:line="245" w:lineRule="auto"')),
    Style(
        "SignatoryHeading", "Signatory Heading", "Normal", f"{_KEEP}{_spacing(200, 20)}", "<w:b/><w:bCs/>"
    ),
    Style("Withheld", "Withheld", "Normal", "<w:keepLines/>" + _spacing(300, 0), "<w:i/><w:iCs/>"),
    *(
        Style(f"Heading{n}", f"heading {n}", "Normal", f'{_KEEP}{space}<w:outlineLvl w:val="{n - 1}"/>', looks)
        for n, (space, looks) in enumerate(_HEADING_LOOKS, 1)
    ),
    Style("ListBullet", "List Bullet", "Normal", _spacing(0, 80)),
    Style("ListBulletSpaced", "List Bullet Spaced", "ListBullet", _spacing(0, 180)),
    Style("ListNumber", "List Number", "Normal", _spacing(0, 80)),
    Style("ListNumberSpaced", "List Number Spaced", "ListNumber", _spacing(0, 180)),
    Style("ListContinue", "List Continue", "Normal", f'{_spacing(0, 180)}<w:ind w:left="{INDENT}"/>'),
    Style("Quote", "Quote", "Normal", f'{_spacing(0, 180)}<w:ind w:left="{INDENT}" w:right="{INDENT}"/>'),
    Style(
        "HTMLPreformatted", "HTML Preformatted", "Normal", f'{_spacing(0, 180)}<w:ind w:left="{INDENT}"/>',
        f'<w:rFonts w:ascii="{MONOSPACED}" w:hAnsi="{MONOSPACED}" w:cs="{MONOSPACED}"/>'
        '<w:sz w:val="18"/><w:szCs w:val="18"/>',
    ),
    Style(
        "HorizontalLine", "Horizontal Line", "Normal",
        '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="808080"/></w:pBdr>'
        '<w:spacing w:before="0" w:after="260" w:line="160" w:lineRule="exact"/>'
        '<w:ind w:left="2835" w:right="2835"/>',
    ),
    Style("TableText", "Table Text", "Normal", _spacing(40, 40)),
    Style("TableHeading", "Table Heading", "TableText", "<w:keepNext/>", "<w:b/><w:bCs/>"),
    Style("NotesHeading", "Notes Heading", "Normal", _KEEP + _spacing(480, 80), "<w:b/><w:bCs/>"),
    Style(
        "FootnoteText", "footnote text", "Normal", _spacing(0, 60, ' w:line="252" w:lineRule="auto"'),
        '<w:sz w:val="19"/><w:szCs w:val="19"/>',
    ),
    Style("Footer", "footer", "Normal", '<w:jc w:val="center"/>', '<w:sz w:val="18"/><w:szCs w:val="18"/>'),
    Style(
        "TableEnd", "Table End", "Normal", '<w:spacing w:before="0" w:after="160" w:line="20" w:lineRule="exact"/>',
        '<w:sz w:val="2"/><w:szCs w:val="2"/>',
    ),
)  # fmt: skip
CHARACTER_STYLES = (
    Style("Hyperlink", "Hyperlink", "", "", '<w:color w:val="1F3A5F"/><w:u w:val="single"/>'),
    Style("SignatureName", "Signature Name", "", "", "<w:b/><w:bCs/>"),
    Style("FootnoteReference", "footnote reference", "", "", '<w:vertAlign w:val="superscript"/>'),
    Style(
        "HTMLCode", "HTML Code", "", "",
        f'<w:rFonts w:ascii="{MONOSPACED}" w:hAnsi="{MONOSPACED}" w:cs="{MONOSPACED}"/>'
        '<w:sz w:val="19"/><w:szCs w:val="19"/>',
    ),
)  # fmt: skip


@functools.lru_cache(maxsize=64)
def styles(tag: str, size: int = 22) -> str:
    """
    Return word/styles.xml for a letter in the language of this tag, such as `fr-FR`.

    `size` is that of the text, in half points.
    """
    paragraph_styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{s.id}"{_own(s)}><w:name w:val="{s.name}"/>'
        f'<w:basedOn w:val="{s.base}"/><w:qFormat/>'
        f"<w:pPr>{s.paragraph}</w:pPr><w:rPr>{s.characters}</w:rPr></w:style>"
        for s in PARAGRAPH_STYLES
    )
    character_styles = "".join(
        f'<w:style w:type="character" w:styleId="{s.id}"{_own(s)}><w:name w:val="{s.name}"/>'
        f"<w:rPr>{s.characters}</w:rPr></w:style>"
        for s in CHARACTER_STYLES
    )
    return (
        f"{HEAD}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>"
        f'<w:rFonts w:ascii="{SERIF}" w:hAnsi="{SERIF}" w:eastAsia="{SERIF}" w:cs="{SERIF}"/>'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/><w:lang w:val="{tag}" w:eastAsia="{tag}" w:bidi="{tag}"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>"
        '<w:widowControl/><w:spacing w:before="0" w:after="0" w:line="283" w:lineRule="auto"/>'
        "</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
        '<w:style w:type="table" w:styleId="Signatures" w:customStyle="1"><w:name w:val="Signatures"/>'
        '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:left w:w="0" w:type="dxa"/><w:right w:w="284" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="table" w:styleId="LetterTable" w:customStyle="1"><w:name w:val="Letter Table"/>'
        '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>'
        '<w:top w:val="single" w:sz="8" w:space="0" w:color="404040"/>'
        '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="404040"/>'
        '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="A0A0A0"/></w:tblBorders><w:tblCellMar>'
        '<w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/></w:style>'
        f"{paragraph_styles}{character_styles}</w:styles>"
    )


def _own(style: Style) -> str:
    return ' w:customStyle="1"' if style.name in OWN_STYLES else ""


# --- the parts beside the styles that every document has ------------------------------------------------------------

SETTINGS = (
    f'{HEAD}<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    "</w:compat></w:settings>"
)
OWN_TYPES = {
    "theme": "application/vnd.openxmlformats-officedocument.theme+xml",
    "fontTable": f"{WORD_TYPE}.fontTable+xml",
}
FONTS = (
    f"{HEAD}<w:fonts {NAMESPACES}>"
    f'<w:font w:name="{SERIF}"><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    f'<w:font w:name="{MONOSPACED}"><w:family w:val="modern"/><w:pitch w:val="fixed"/></w:font></w:fonts>'
)
_FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_FONT = f'<a:latin typeface="{SERIF}"/><a:ea typeface=""/><a:cs typeface=""/>'
_COLOURS = "".join(
    f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>'
    for name, value in (
        ("dk1", "000000"), ("lt1", "FFFFFF"), ("dk2", "1F3A5F"), ("lt2", "EEECE1"), ("accent1", "1F3A5F"),
        ("accent2", "8A2B2B"), ("accent3", "5F7A3A"), ("accent4", "5A4A78"), ("accent5", "3A7A8A"),
        ("accent6", "B8742A"), ("hlink", "1F3A5F"), ("folHlink", "5A4A78"),
    )
)  # fmt: skip
THEME = (
    f'{HEAD}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Letter"><a:themeElements>'
    f'<a:clrScheme name="Letter">{_COLOURS}</a:clrScheme><a:fontScheme name="Letter"><a:majorFont>{_FONT}</a:majorFont>'
    f'<a:minorFont>{_FONT}</a:minorFont></a:fontScheme><a:fmtScheme name="Letter">'
    f"<a:fillStyleLst>{_FILL * 3}</a:fillStyleLst>"
    f'<a:lnStyleLst>{f"""<a:ln w="9525">{_FILL}</a:ln>""" * 3}</a:lnStyleLst>'
    f"<a:effectStyleLst>{'<a:effectStyle><a:effectLst/></a:effectStyle>' * 3}</a:effectStyleLst>"
    f"<a:bgFillStyleLst>{_FILL * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
)
