"""More ways for a document to say something else than was signed; and how many ways are tried in all."""

# ruff: noqa: E501 (WordprocessingML is not broken: a blank in it is a word)
import re

import pytest

from tests.attacks.test_documents_read import HIDDEN, SEEN, SHORT, WORDS
from tests.support.received import PLAIN
from tests.support.tampering import added, before_the_closing, both, forged, judged, paragraph_of, run_of, swap
from workflow import documents

RELATIONS, DOCUMENT = "word/_rels/document.xml.rels", "word/document.xml"


def instead(pattern, other, part=DOCUMENT):
    return lambda parts: parts.update({part: re.sub(pattern, other, parts[part])})


def between(more):
    """Put something between two words of the text."""
    return swap("ministry and", f"ministry</w:t>{more}<w:t> and")


INVALID = {
    "an isolate that turns words around": swap("clear", "\u2067clear\u2069"),
    "a hyphen that does not break": between("<w:noBreakHyphen/>"),
    "a tab to the margin, with dots": between('<w:ptab w:relativeTo="margin" w:alignment="right" w:leader="dot"/>'),
    "a tab": between("<w:tab/>"),
    "a carriage return": between("<w:cr/>"),
    "words in a smart tag": between("</w:r><w:smartTag><w:r><w:t> never</w:t></w:r></w:smartTag><w:r>"),
    "words in custom XML": between("</w:r><w:customXml><w:r><w:t> never</w:t></w:r></w:customXml><w:r>"),
    "words over words (ruby)": between("<w:ruby><w:rt><w:r><w:t>not</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>x</w:t></w:r></w:rubyBase></w:ruby>"),
    "words in a formula": before_the_closing('<w:p><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>We lied.</m:t></m:r></m:oMath></w:p>'),
    "words that were moved away": both(
        run_of(HIDDEN, ""), swap('<w:r><w:rPr></w:rPr><w:t xml:space="preserve">not </w:t></w:r>',
                                 '<w:moveFrom w:id="1"><w:r><w:t xml:space="preserve">not </w:t></w:r></w:moveFrom>'),
    ),
    "a black page": swap("<w:body>", '<w:background w:color="000000"/><w:body>'),
    "hollow letters": run_of(HIDDEN, "<w:outline/>"),
    "embossed letters": run_of(HIDDEN, "<w:emboss/>"),
    "engraved letters": run_of(HIDDEN, "<w:imprint/>"),
    "two lines in one": run_of(HIDDEN, '<w:eastAsianLayout w:combine="1" w:combineBrackets="round"/>'),
    "letters larger than the page": run_of(HIDDEN, '<w:sz w:val="3000"/>'),
    "lines from top to bottom": paragraph_of("ministry", '<w:textDirection w:val="tbRl"/>'),
    "a page of a stamp's size": instead("<w:pgSz [^>]*/>", '<w:pgSz w:w="300" w:h="300"/>'),
    "margins wider than the page": instead("<w:pgMar [^>]*/>", '<w:pgMar w:top="30000" w:right="1" w:bottom="1" w:left="30000" w:header="1" w:footer="1" w:gutter="0"/>'),
    "forty columns": swap("<w:sectPr>", '<w:sectPr><w:cols w:num="40"/>'),
    "a section more": swap("<w:sectPr>", '<w:p><w:pPr><w:sectPr><w:pgSz w:w="300" w:h="300"/></w:sectPr></w:pPr></w:p><w:sectPr>'),
    "a header on even pages": both(
        swap("<w:sectPr>", '<w:sectPr><w:headerReference w:type="even" r:id="rHostile"/>'),
        added("word/header9.xml", f'<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{SHORT}</w:hdr>', "header"),
    ),
    "a watermark": before_the_closing("<w:p><w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textpath string='VOID'/></v:shape></w:pict></w:r></w:p>"),
    "another document within": before_the_closing('<w:subDoc r:id="rHostile"/>'),
    "a date that changes by itself": swap("23 November 2026", '</w:t></w:r><w:fldSimple w:instr="DATE"><w:r><w:t>23 November 2026</w:t></w:r></w:fldSimple><w:r><w:t>'),
    "digits of another script": swap("$40", "$\u0664\u0660"),
    "digits of full width": swap("$40", "$\uff14\uff10"),
    "letters struck out by marks": swap("support the ministry", "s\u0336u\u0336p\u0336port the ministry"),
    "letters that nobody sees": swap("clear", "cle\U000e0061ar"),
    "a joiner that nobody sees": swap("clear", "cle\u2060ar"),
    "a sign of minus": swap("5% of", "\u22125% of"),
    "a dash for a comma": swap("nineteen, not", "nineteen \u2014 not"),
    "a form to fill in": swap("</w:settings>", '<w:documentProtection w:edit="forms" w:enforcement="1"/></w:settings>', "word/settings.xml"),
    "a letter to be merged": swap("</w:settings>", '<w:mailMerge><w:mainDocumentType w:val="formLetters"/></w:mailMerge></w:settings>', "word/settings.xml"),
    "two signatories exchanged": both(swap("Person A", "Person Q"), swap("Person B", "Person A"), swap("Person Q", "Person B")),
    "a signatory left out": swap("Person B", ""),
    "a signatory in protest": swap("Director", "Director, in protest"),
    "a link to another page of the same host": swap("https://example.org/why", "https://example.org/Why", RELATIONS),
    "a link to a host that looks the same": swap("https://example.org/why", "https://ex\u0430mple.org/why", RELATIONS),
    "a link whose host is a name before a host": swap("https://example.org/why", "https://example.org@evil.example/why", RELATIONS),
}  # fmt: skip
LOOK = {
    "capitals by a setting": run_of(HIDDEN, "<w:caps/>"),
    "small capitals": run_of(HIDDEN, "<w:smallCaps/>"),
    "underlined": run_of(HIDDEN, '<w:u w:val="thick"/>'),
    "in a box": run_of(HIDDEN, '<w:bdr w:val="single" w:sz="96" w:color="000000"/>'),
    "marked with a pen": run_of(HIDDEN, '<w:highlight w:val="yellow"/>'),
    "with dots above": run_of(HIDDEN, '<w:em w:val="dot"/>'),
    "a paragraph in a box": paragraph_of(
        "ministry", '<w:pBdr><w:top w:val="single" w:sz="96" w:space="0" w:color="000000"/></w:pBdr>'
    ),
    "a paragraph on the next page": paragraph_of("ministry", "<w:pageBreakBefore/>"),
    "a paragraph from right to left": paragraph_of("ministry", "<w:bidi/>"),
    "letters that blink": run_of(HIDDEN, '<w:effect w:val="blinkBackground"/>'),
    "letters with a shadow": run_of(HIDDEN, "<w:shadow/>"),
}


@pytest.mark.parametrize("change", INVALID.values(), ids=INVALID)
def test_a_document_that_says_or_shows_something_else_is_invalid(change):
    assert judged(forged(change), letterhead=documents.blank(PLAIN)).invalid


@pytest.mark.parametrize("change", LOOK.values(), ids=LOOK)
def test_what_sets_words_off_that_no_text_asks_for_is_pointed_out(change):
    report = judged(forged(change), letterhead=documents.blank(PLAIN))

    assert report.invalid or any("what no letter has, so look at it" in remark for remark in report.remarks)


def test_more_than_170_ways_are_tried():
    ways = [*WORDS, *SEEN, *INVALID, *LOOK]

    assert len(ways) == len(set(ways)) >= 175
