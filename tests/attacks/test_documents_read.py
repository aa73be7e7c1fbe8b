"""
An operator who forges a Word document and the log with it: what a reader would see otherwise than was signed.

Every forged document is named by a log that is signed anew, so nothing but the document itself can give it away.
"""

# ruff: noqa: E501 (WordprocessingML is not broken: a blank in it is a word)
import re

import pytest

from tests.support.received import PLAIN, rendered
from tests.support.tampering import (
    added,
    before_the_closing,
    both,
    defaults,
    forged,
    judged,
    numbering,
    own,
    paragraph_of,
    run_of,
    style,
    swap,
    table_style,
)
from workflow import documents

HIDDEN = "not "
SHORT = '<w:p><w:r><w:t xml:space="preserve">We lied.</w:t></w:r></w:p>'
WORDS = {
    "words in another order": both(
        swap("do not support the ministry", "support the ministry"),
        swap("we support the union", "we do not support the union"),
    ),
    "not left out": swap("do not support", "do support"),
    "not put in": swap("we support", "we do not support"),
    "a comma moved": swap("nineteen, not the guards", "nineteen not, the guards"),
    "a sign of percent left out": swap("5% of", "5 of"),
    "dollars into euros": swap("$40", "€40"),
    "a letter of another script": swap("clear", "cle\u0430r"),
    "an invisible letter": swap("clear", "cle\u200bar"),
    "an order of letters turned around": swap("clear", "\u202eclear\u202c"),
    "a hyphen that is soft": swap("clear", "cle</w:t><w:softHyphen/><w:t>ar"),
    "a capital": swap("They are free", "They Are free"),
    "a letter put together otherwise": swap("They are free", "They are fr\u0065\u0301e"),
    "two words joined": swap("first letter", "firstletter", "word/footnotes.xml"),
    "a year in a footnote": swap("2019", "2018", "word/footnotes.xml"),
    "a footnote's words in the text": both(
        swap(" of 2019", "", "word/footnotes.xml"), swap("As we said", "As we said of 2019")
    ),
    "words moved to the next paragraph": both(
        swap(" not the guards.", ""), swap("Free them.", "not the guards. Free them.")
    ),
    "a paragraph cut in two": swap(
        "ministry and", 'ministry</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr><w:r><w:t>and'
    ),
    "a line broken": swap("ministry and", "ministry</w:t><w:br/><w:t>and"),
    "a paragraph more": before_the_closing(SHORT),
    "a paragraph less": lambda parts: parts.update(
        {
            "word/document.xml": re.sub(
                r"<w:p><w:pPr><w:pStyle w:val=\"Quote\"/>.*?</w:p>", "", parts["word/document.xml"]
            )
        }
    ),
    "two cells exchanged": both(swap("fish", "FISH"), swap("rice", "fish"), swap("FISH", "rice")),
    "a cell moved to another row": lambda parts: parts.update(
        {
            "word/document.xml": parts["word/document.xml"].replace(
                "</w:tc></w:tr><w:tr>", "</w:tc><w:tc><w:p/></w:tc></w:tr><w:tr>", 1
            )
        }
    ),
    "another number of a list": swap(
        '<w:startOverride w:val="1"/>', '<w:startOverride w:val="7"/>', "word/numbering.xml"
    ),
    "words in the label of a list": swap(
        '<w:lvlText w:val="%1."/>', '<w:lvlText w:val="Never: %1."/>', "word/numbering.xml"
    ),
    "a number without its list": swap('<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>', ""),
    "a list that goes on from another": swap('<w:startOverride w:val="1"/>', "", "word/numbering.xml"),
    "another addressee": swap("Jane Doe", "John Doe"),
    "another subject": swap("Free the nineteen", "Free the ninety"),
    "another salutation": swap("Dear Minister,", "Hey,"),
    "words in the place of the date": swap("23 November 2026", "Withdrawn in 2026"),
    "months in the place of the date": swap("23 November 2026", "May 1 March May 2"),
    "words behind the date": swap("23 November 2026", "23 November 2026 not valid"),
    "a name that never signed": swap("Person B", "Person C"),
    "a name that looks the same": swap("Person B", "Pers\u043en B"),
    "another title": swap("Director", "Dictator"),
    "another organisation": swap("Organisation B", "Organisation Z"),
    "a link elsewhere": swap("https://example.org/why", "https://evil.example/why", "word/_rels/document.xml.rels"),
    "a link with another tip": swap('w:history="1"', 'w:history="1" w:tooltip="a lie"'),
    "a link to a place in the document": swap('w:history="1"', 'w:history="1" w:anchor="x"'),
    "a link taken off": lambda parts: parts.update(
        {"word/document.xml": re.sub("</?w:hyperlink[^>]*>", "", parts["word/document.xml"])}
    ),
    "words after the names": swap("<w:sectPr>", f"{SHORT}<w:sectPr>"),
    "words before the addressee": swap("<w:body>", f"<w:body>{SHORT}"),
    "words in the footer": swap("</w:ftr>", f"{SHORT}</w:ftr>", "word/footer.xml"),
    "words in the first footer": swap("</w:ftr>", f"{SHORT}</w:ftr>", "word/footer-first.xml"),
    "words at the line above footnotes": swap("<w:separator/>", "<w:separator/><w:t>lie</w:t>", "word/footnotes.xml"),
    "a mark of its own at a footnote": swap("<w:footnoteReference ", '<w:footnoteReference w:customMarkFollows="1" '),
}
SEEN = {
    "hidden": run_of(HIDDEN, "<w:vanish/>"),
    "hidden on the web": run_of(HIDDEN, "<w:webHidden/>"),
    "hidden by a mark of its paragraph": paragraph_of("ministry", "<w:rPr><w:specVanish/></w:rPr>"),
    "hidden by a style": both(
        run_of(HIDDEN, '<w:rStyle w:val="Gone"/>'),
        swap("</w:styles>", '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>', "word/styles.xml"),
    ),
    "hidden by what a style is based on": both(
        run_of(HIDDEN, '<w:rStyle w:val="Gone"/>'),
        swap("</w:styles>", '<w:style w:type="character" w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style>'
             '<w:style w:type="character" w:styleId="Gone"><w:basedOn w:val="Base"/></w:style></w:styles>', "word/styles.xml"),
    ),
    "hidden by the style of the paragraph": style("Quote", "<w:vanish/>"),
    "hidden by all styles": defaults("<w:vanish/>"),
    "white": run_of(HIDDEN, '<w:color w:val="FFFFFF"/>'),
    "nearly white": run_of(HIDDEN, '<w:color w:val="F2F2F0"/>'),
    "white by the theme": run_of(HIDDEN, '<w:color w:val="000000" w:themeColor="background1"/>'),
    "black by a theme where black is white": both(
        run_of(HIDDEN, '<w:color w:val="000000" w:themeColor="text1"/>'),
        swap('<a:dk1><a:srgbClr val="000000"/>', '<a:dk1><a:srgbClr val="FFFFFF"/>', "word/theme/theme1.xml"),
    ),
    "white by the theme that Word takes where there is none": both(
        run_of(HIDDEN, '<w:color w:val="000000" w:themeColor="background1"/>'),
        lambda parts: parts.update({"word/_rels/document.xml.rels": re.sub(r"<Relationship [^>]*/theme\"[^>]*/>", "", parts["word/_rels/document.xml.rels"])}),
    ),
    "in a row that begins beyond the page": swap(
        "<w:trPr><w:cantSplit/>", '<w:trPr><w:cantSplit/><w:wBefore w:w="30000" w:type="dxa"/>'
    ),
    "white by a style": style("Quote", '<w:color w:val="FEFEFE"/>'),
    "black on black": run_of(HIDDEN, '<w:color w:val="000000"/><w:highlight w:val="black"/>'),
    "black on a black shade": run_of(HIDDEN, '<w:color w:val="101010"/><w:shd w:val="clear" w:fill="000000"/>'),
    "in a paragraph of its own colour": both(
        run_of(HIDDEN, '<w:color w:val="FF0000"/>'), paragraph_of("ministry", '<w:shd w:val="clear" w:fill="FF0000"/>')
    ),
    "struck out": run_of(HIDDEN, "<w:strike/>"),
    "struck out twice": run_of(HIDDEN, "<w:dstrike/>"),
    "half a point high": run_of(HIDDEN, '<w:sz w:val="1"/>'),
    "four points high": run_of(HIDDEN, '<w:sz w:val="8"/>'),
    "raised": run_of(HIDDEN, '<w:vertAlign w:val="superscript"/>'),
    "raised off the page": run_of(HIDDEN, '<w:position w:val="1500"/>'),
    "squeezed": run_of(HIDDEN, '<w:spacing w:val="-200"/>'),
    "narrowed": run_of(HIDDEN, '<w:w w:val="1"/>'),
    "squeezed to fit": run_of(HIDDEN, '<w:fitText w:val="10"/>'),
    "in a font of symbols": run_of(HIDDEN, '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'),
    "from right to left": run_of("$40", "<w:rtl/>"),
    "without a filling": run_of(HIDDEN, '<w14:textFill xmlns:w14="http://x/w14"><w14:noFill/></w14:textFill>'),
    "in lines too low": paragraph_of("ministry", '<w:spacing w:line="1" w:lineRule="exact"/>'),
    "beyond the page": paragraph_of("ministry", '<w:ind w:left="20000"/>'),
    "in a hidden row": swap("<w:trPr><w:cantSplit/></w:trPr>", "<w:trPr><w:cantSplit/><w:hidden/></w:trPr>"),
    "in a cell that another covers": swap('w:type="pct"/></w:tcPr>', 'w:type="pct"/><w:vMerge/></w:tcPr>'),
    "deleted by a tracked change": both(
        run_of(HIDDEN, ""), swap('<w:r><w:rPr></w:rPr><w:t xml:space="preserve">not </w:t></w:r>',
                                 '<w:del w:id="1"><w:r><w:t xml:space="preserve">not </w:t></w:r></w:del>'),
    ),
    "put in by a tracked change": both(
        run_of(HIDDEN, ""), swap('<w:r><w:rPr></w:rPr><w:t xml:space="preserve">not </w:t></w:r>',
                                 '<w:ins w:id="1"><w:r><w:t xml:space="preserve">not </w:t></w:r></w:ins>'),
    ),
    "in a control": both(
        run_of(HIDDEN, ""), swap('<w:r><w:rPr></w:rPr><w:t xml:space="preserve">not </w:t></w:r>',
                                 '<w:sdt><w:sdtContent><w:r><w:t xml:space="preserve">not </w:t></w:r></w:sdtContent></w:sdt>'),
    ),
    "the other way round": both(
        run_of(HIDDEN, ""), swap('<w:r><w:rPr></w:rPr><w:t xml:space="preserve">not </w:t></w:r>',
                                 '<w:bdo w:val="rtl"><w:r><w:t xml:space="preserve">not </w:t></w:r></w:bdo>'),
    ),
    "in a field": swap("ministry and", 'ministry </w:t></w:r><w:fldSimple w:instr="QUOTE lie"/><w:r><w:t>and'),
    "in a text box": before_the_closing(f"<w:p><w:r><w:pict><v:textbox xmlns:v='urn:x'><w:txbxContent>{SHORT}</w:txbxContent></v:textbox></w:pict></w:r></w:p>"),
    "as a symbol": swap("ministry and", 'ministry </w:t><w:sym w:font="Wingdings" w:char="F0FC"/><w:t>and'),
    "under a drawing": before_the_closing("<w:p><w:r><w:drawing><wp:anchor xmlns:wp='urn:x'/></w:drawing></w:r></w:p>"),
    "in a frame of alternatives": before_the_closing(
        f"<mc:AlternateContent xmlns:mc='urn:mc'><mc:Choice>{SHORT}</mc:Choice></mc:AlternateContent>"
    ),
    "in a chunk of another document": before_the_closing('<w:altChunk r:id="rHostile"/>'),
    "by another template": added("word/t.dotx", "x", "attachedTemplate"),
    "by a glossary": added("word/glossary/document.xml", "<x/>", "glossaryDocument"),
    "in comments": added("word/comments.xml", "<x/>", "comments"),
    "in endnotes": added("word/endnotes.xml", "<x/>", "endnotes"),
    "by an embedded object": added("word/o.bin", "x", "oleObject"),
    "by a picture from elsewhere": swap(
        "</Relationships>", '<Relationship Id="rP" Type="http://x/image" Target="http://evil.example/p.png" '
        'TargetMode="External"/></Relationships>', "word/_rels/document.xml.rels",
    ),
    "under a dense pattern": run_of(HIDDEN, '<w:color w:val="000000"/><w:shd w:val="pct95" w:color="000000" w:fill="FFFFFF"/>'),
    "in a frame off the page": paragraph_of("ministry", '<w:framePr w:w="2000" w:hAnchor="page" w:x="30000"/>'),
    "in a frame of a point": paragraph_of("ministry", '<w:framePr w:w="20" w:h="20" w:hRule="exact"/>'),
    "in a table that floats off": swap("<w:tblPr>", '<w:tblPr><w:tblpPr w:tblpX="30000"/>'),
    "in a table beyond the page": swap("<w:tblPr>", '<w:tblPr><w:tblInd w:w="30000" w:type="dxa"/>'),
    "beyond the page by its list": numbering('<w:ind [^>]*/>', '<w:ind w:left="30000"/>'),
    "a list without its numbers": numbering('</w:lvl>', '<w:rPr><w:vanish/></w:rPr></w:lvl>'),
    "a list that is told anew": numbering('</w:num>', '<w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
                                          '<w:lvlText w:val="Never: "/></w:lvl></w:lvlOverride></w:num>'),
    "a list that is told elsewhere": numbering('(<w:abstractNum [^>]*>)', r'\1<w:numStyleLink w:val="X"/>'),
    "in a symbols' font by the theme": both(
        run_of(HIDDEN, '<w:rFonts w:asciiTheme="minorHAnsi" w:hAnsiTheme="minorHAnsi"/>'),
        lambda parts: parts.update({"word/theme/theme1.xml": re.sub('typeface="[^"]+"', 'typeface="Wingdings"', parts["word/theme/theme1.xml"])}),
    ),
    "in a font that is said to be of symbols": both(
        run_of(HIDDEN, '<w:rFonts w:ascii="Foo"/>'),
        swap("</w:fonts>", '<w:font w:name="Foo"><w:charset w:val="02"/></w:font></w:fonts>', "word/fontTable.xml"),
    ),
    "in a symbols' font under another setting": both(
        run_of(HIDDEN, '<w:rStyle w:val="Odd"/><w:rFonts w:cs="Times New Roman"/>'),
        swap("</w:styles>", '<w:style w:type="character" w:styleId="Odd"><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr></w:style></w:styles>', "word/styles.xml"),
    ),
    "in a font that draws nothing": run_of(HIDDEN, '<w:rFonts w:ascii="Adobe Blank" w:hAnsi="Adobe Blank"/>'),
    "joined to the next by a tracked change": paragraph_of("ministry", '<w:rPr><w:del w:id="1"/></w:rPr>'),
    "in a row that is deleted": swap("<w:trPr><w:cantSplit/></w:trPr>", '<w:trPr><w:cantSplit/><w:del w:id="1"/></w:trPr>'),
    "in a cell that is merged": swap('w:type="pct"/></w:tcPr>', 'w:type="pct"/><w:hMerge/></w:tcPr>'),
    "in a cell of wide margins": swap(
        'w:type="pct"/></w:tcPr>', 'w:type="pct"/><w:tcMar><w:left w:w="30000" w:type="dxa"/></w:tcMar></w:tcPr>'
    ),
    "in narrow columns": lambda parts: parts.update(
        {"word/document.xml": re.sub('<w:tcW [^>]*/>', '<w:tcW w:w="1" w:type="pct"/>', parts["word/document.xml"])}
    ),
    "black in a table that a style makes black": both(
        run_of("fish", '<w:color w:val="000000"/>'), table_style('<w:tcPr><w:shd w:val="clear" w:fill="000000"/></w:tcPr>'),
    ),
    "black in cells that a style makes black": both(
        run_of("fish", '<w:color w:val="000000"/>'),
        table_style('<w:tblStylePr w:type="band1Horz"><w:tcPr><w:shd w:val="clear" w:fill="000000"/></w:tcPr></w:tblStylePr>'),
    ),
    "looks that are set twice": run_of(HIDDEN, "</w:rPr><w:rPr><w:vanish/>"),
    "hidden and not": run_of(HIDDEN, '<w:vanish/><w:vanish w:val="0"/>'),
    "a paragraph that is set behind its words": swap("the union.</w:t></w:r>", 'the union.</w:t></w:r><w:pPr><w:ind w:left="30000"/></w:pPr>'),
    "squeezed, in points": run_of(HIDDEN, '<w:spacing w:val="-20pt"/>'),
    "beyond the page, in inches": paragraph_of("ministry", '<w:ind w:left="30in"/>'),
    "beyond the page, in characters": paragraph_of("ministry", '<w:ind w:leftChars="90000"/>'),
    "in lines half as high": paragraph_of("ministry", '<w:spacing w:line="100" w:lineRule="exact"/>'),
    "under other numbers of footnotes": swap("</w:settings>", '<w:footnotePr><w:numStart w:val="7"/></w:footnotePr></w:settings>', "word/settings.xml"),
    "in a theme that exchanges black and white": swap("</w:settings>", '<w:clrSchemeMapping w:t1="light1" w:bg1="dark1"/></w:settings>', "word/settings.xml"),
    "by a document of a kind that Word does not know": swap(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument", "http://x/officeDocument", "_rels/.rels"
    ),
    "by two parts of styles": added("word/styles2.xml", "<x/>", "styles"),
    "by a second document": added("word/document2.xml", "<x/>", "officeDocument"),
}  # fmt: skip


def test_a_genuine_document_is_valid_and_nothing_is_left_to_look_at():
    for letterhead in (None, documents.blank(PLAIN)):
        report = judged(rendered(), letterhead=letterhead)

        assert (report.invalid, report.remarks) == ([], [])


@pytest.mark.parametrize("change", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("letterhead", [None, documents.blank(PLAIN)], ids=["older evidence", "with its letterhead"])
def test_a_document_that_says_something_else_is_named(change, letterhead):
    report = judged(forged(change), letterhead=letterhead)

    assert any("is not what was signed" in found or "holds" in found for found in report.invalid)


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("letterhead", [None, documents.blank(PLAIN)], ids=["older evidence", "with its letterhead"])
def test_a_document_in_which_a_reader_sees_something_else_is_named(change, letterhead):
    assert judged(forged(change), letterhead=letterhead).invalid


@pytest.mark.parametrize("part", ["styles", "settings", "fontTable", "theme/theme1"])
def test_the_parts_that_decide_on_looks_are_those_of_the_letterhead(part):
    other = forged(lambda parts: parts.update({f"word/{part}.xml": parts[f"word/{part}.xml"] + "<!-- -->"}))

    assert judged(other).invalid == []
    assert any("than its letterhead" in found for found in judged(other, letterhead=documents.blank(PLAIN)).invalid)


def test_a_mend_of_the_settings_or_a_property_nobody_knows_is_pointed_out():
    remarks = judged(forged(run_of(HIDDEN, "<w:glow/>"))).remarks

    assert any("the property glow" in remark for remark in remarks)


def test_the_paragraph_and_the_words_that_differ_are_said():
    found = " ".join(judged(forged(swap("do not support", "do support"))).invalid)

    assert (
        "paragraph 9 says 'We do support the ministry' where it must say (the text) 'We do not support the ministry'"
        in found
    )


def test_on_an_own_letterhead_older_evidence_is_looked_through_part_by_part():
    about = {"paper": ["0b54", "automatic"]}
    report = judged(rendered(letterhead=own()), **about)

    assert report.invalid == []
    assert any("Registered in Port Town." in remark for remark in report.remarks)
    for name in ("not left out", "a comma moved", "a name that never signed", "another subject", "a paragraph more"):
        report = judged(forged(WORDS[name], rendered(letterhead=own())), **about)
        assert report.invalid or any("We lied." in remark for remark in report.remarks), name
