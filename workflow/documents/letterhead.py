"""
The plain default letterhead: the page with its margins, and its footers.

Measures are those of WordprocessingML (ECMA-376): twentieths of a point.
"""

from __future__ import annotations

from typing import NamedTuple

from workflow.documents.markup import HEAD, NAMESPACES


class Page(NamedTuple):
    """A sheet with its margins at the sides, in twentieths of a point."""

    width: int
    height: int
    margin: int

    @property
    def measure(self) -> int:
        """The length of a line of text."""
        return self.width - 2 * self.margin


A4 = Page(11906, 16838, 1474)
US_LETTER = Page(12240, 15840, 1474)


def section(page: Page) -> str:
    """Return the last element of a document: its page, with no number on the first sheet."""
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rFooter"/>'
        '<w:footerReference w:type="first" r:id="rFirstFooter"/>'
        f'<w:pgSz w:w="{page.width}" w:h="{page.height}"/>'
        f'<w:pgMar w:top="1474" w:right="{page.margin}" w:bottom="1474" w:left="{page.margin}" '
        'w:header="709" w:footer="709" w:gutter="0"/><w:titlePg/></w:sectPr>'
    )


_PAGE_OF_PAGES = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {} </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
FOOTER = (
    f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>{_PAGE_OF_PAGES.format("PAGE")}'
    f'<w:r><w:t xml:space="preserve"> / </w:t></w:r>{_PAGE_OF_PAGES.format("NUMPAGES")}</w:p></w:ftr>'
)
FIRST_FOOTER = f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr></w:p></w:ftr>'
SETTINGS = (
    f'{HEAD}<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    "</w:compat></w:settings>"
)
