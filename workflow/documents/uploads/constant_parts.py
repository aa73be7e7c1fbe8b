"""The parts of a Word document that are the same in every letter: settings, theme, fonts, the plain footers."""

from __future__ import annotations

from workflow.documents.uploads.letterhead import Page
from workflow.documents.writing.opc import WORD_TYPE
from workflow.documents.writing.styles import MONOSPACED, SERIF
from workflow.documents.writing.wordml import HEAD, NAMESPACES

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


def section(page: Page) -> str:
    """Return the last element of a plain letterhead: its page, with no number on the first sheet."""
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rFooter"/>'
        '<w:footerReference w:type="first" r:id="rFirstFooter"/>'
        f'<w:pgSz w:w="{page.width}" w:h="{page.height}"/>'
        f'<w:pgMar w:top="1474" w:right="{page.margin}" w:bottom="1474" w:left="{page.margin}" '
        'w:header="709" w:footer="709" w:gutter="0"/><w:titlePg/></w:sectPr>'
    )


FOOTER = (
    f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r>'
    '<w:t xml:space="preserve">{{ page }} / {{ pages }}</w:t></w:r></w:p></w:ftr>'
)
FIRST_FOOTER = f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr></w:p></w:ftr>'
