"""
The letterheads that come with the product: plain, with a row of logos, and for many signatories.

Each is a Word document with placeholders, compiled as an upload is: a coordinator may download, change and upload it.
"""

from __future__ import annotations

import functools

from workflow.documents.uploads.letterhead import A4, STYLES, US_LETTER, Letterhead, Page
from workflow.documents.writing.opc import WORD_TYPE, Relation, entry, pack, relations_part, types_part
from workflow.documents.writing.styles import FONTS, OWN_TYPES, SETTINGS, THEME, styles
from workflow.documents.writing.wordml import HEAD, NAMESPACES, OFFICE
from workflow.languages import lazy_gettext

NAMES = {
    "plain": lazy_gettext("Plain"),
    "logos": lazy_gettext("With the signatories’ logos"),
    "many": lazy_gettext("For many signatories"),
}
"""The letterheads that come with the product, by the name that a letter has them by."""
_LINES = {
    "plain": ("recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
    "logos": ("logos", "recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
    "many": ("recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
}
_SIZES = {"plain": 22, "logos": 22, "many": 20}
"""Of the text, in half points."""
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
