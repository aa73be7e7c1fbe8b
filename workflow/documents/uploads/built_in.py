"""
The letterheads that come with the product, and the parts that every document has: settings, theme, fonts.

Each is a Word document with placeholders, compiled as an upload is: a coordinator may download, change and upload it.
"""

from __future__ import annotations

import functools

from workflow.documents.uploads.letterhead import A4, STYLES, US_LETTER, Letterhead, Page
from workflow.documents.writing.opc import WORD_TYPE, Relation, entry, pack, relations_part, types_part
from workflow.documents.writing.styles import MONOSPACED, SERIF, styles
from workflow.documents.writing.wordml import HEAD, NAMESPACES, OFFICE

NAMES = {"plain": "Plain", "logos": "With the signatories' logos", "many": "For many signatories"}
"""The letterheads that come with the product, by the name that a letter has them by."""
_LINES = {
    "plain": ("recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
    "logos": ("logos", "recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
    "many": ("recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
}
_SIZES = {"plain": 22, "logos": 22, "many": 20}
"""Of the text, in half points."""
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
FOOTER = (
    f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r>'
    '<w:t xml:space="preserve">{{ page }} / {{ pages }}</w:t></w:r></w:p></w:ftr>'
)
FIRST_FOOTER = f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr></w:p></w:ftr>'
_TYPES = (
    ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
    ("xml", "application/xml"),
    ("/word/document.xml", f"{WORD_TYPE}.document.main+xml"),
    ("/word/styles.xml", f"{WORD_TYPE}.styles+xml"),
    ("/word/settings.xml", f"{WORD_TYPE}.settings+xml"),
    ("/word/footer.xml", f"{WORD_TYPE}.footer+xml"),
    ("/word/footer-first.xml", f"{WORD_TYPE}.footer+xml"),
    ("/word/theme/theme1.xml", OWN_TYPES["theme"]),
    ("/word/fontTable.xml", OWN_TYPES["fontTable"]),
)
_RELATIONS = (
    Relation("rStyles", f"{OFFICE}/styles", "styles.xml"),
    Relation("rSettings", f"{OFFICE}/settings", "settings.xml"),
    Relation("rTheme", f"{OFFICE}/theme", "theme/theme1.xml"),
    Relation("rFonts", f"{OFFICE}/fontTable", "fontTable.xml"),
    Relation("rFooter", f"{OFFICE}/footer", "footer.xml"),
    Relation("rFirstFooter", f"{OFFICE}/footer", "footer-first.xml"),
)
PACKAGE = (Relation("rDocument", f"{OFFICE}/officeDocument", "word/document.xml"),)


@functools.cache
def built_in(name: str, page: Page = A4) -> Letterhead:
    """Return one of the letterheads that come with the product, on A4 or US Letter."""
    from workflow.documents.uploads.compiling import compiled  # lxml takes its time

    return compiled(_docx(name, page)).letterhead


def plain(*, american: bool) -> Letterhead:
    """Return the plain letterhead on the paper of the country that a letter goes to."""
    return built_in("plain", US_LETTER if american else A4)


def _docx(sheet: str, page: Page) -> bytes:
    lines = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{STYLES[name]}"/></w:pPr><w:r><w:t>{{{{ {name} }}}}</w:t></w:r></w:p>'
        for name in _LINES[sheet]
    )
    document = f"{HEAD}<w:document {NAMESPACES}><w:body>{lines}{_section(page)}</w:body></w:document>"
    return pack(
        (
            entry("[Content_Types].xml", types_part(_TYPES)),
            entry("_rels/.rels", relations_part(PACKAGE)),
            entry("word/document.xml", document),
            entry("word/_rels/document.xml.rels", relations_part(_RELATIONS)),
            entry("word/styles.xml", styles("en", _SIZES[sheet])),
            entry("word/settings.xml", SETTINGS),
            entry("word/theme/theme1.xml", THEME),
            entry("word/fontTable.xml", FONTS),
            entry("word/footer.xml", FOOTER),
            entry("word/footer-first.xml", FIRST_FOOTER),
        )
    )


def _section(page: Page) -> str:
    """The last element of a plain letterhead: its page, with no number on the first sheet."""
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rFooter"/>'
        '<w:footerReference w:type="first" r:id="rFirstFooter"/>'
        f'<w:pgSz w:w="{page.width}" w:h="{page.height}"/>'
        f'<w:pgMar w:top="1474" w:right="{page.margin}" w:bottom="1474" w:left="{page.margin}" '
        'w:header="709" w:footer="709" w:gutter="0"/><w:titlePg/></w:sectPr>'
    )
