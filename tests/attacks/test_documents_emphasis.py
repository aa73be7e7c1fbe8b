"""Which words are bold or in italics is what was signed: by run, by style, by table, on whatever letterhead."""

# ruff: noqa: E501 (WordprocessingML is not broken: a blank in it is a word)
import dataclasses
import itertools
import os
import random
import re

import pytest

from tests.support.received import BODY, LETTER, PLAIN, rendered
from tests.support.tampering import (
    both,
    defaults,
    forged,
    judged,
    numbering,
    paragraph_of,
    parts_of,
    run_of,
    style,
    swap,
)
from workflow import documents
from workflow.documents import Layout

DOCUMENT = "word/document.xml"
MORE = """
# What we ask for

We ask **firmly**, and with *good* reason, [as **the** law](https://example.org/law) says and `the code` too.

نحن **نطلب** ذلك.

| **who** | what |
|---|---|
| *Ana* | fish |

- one **item**

1. one *thing*

> They are *free*.

As before[^2] and ever.

[^2]: See **there** and here.
"""
LOUD = dataclasses.replace(LETTER, body=BODY + MORE)
HEADING = '<w:pStyle w:val="Heading1"/>'


def removed(words, kind="b"):
    """Take what emphasises some words off them."""

    def change(parts):
        for part in (DOCUMENT, "word/footnotes.xml"):
            xml = parts[part]
            if f">{words}<" in xml:
                start = xml.rindex("<w:rPr>", 0, xml.index(f">{words}<"))
                parts[part] = xml[:start] + xml[start:].replace(f"<w:{kind}/><w:{kind}Cs/>", "", 1)
                return
        raise AssertionError(words)

    return change


def dressed(looks, run="", source=PLAIN.source):
    """A letterhead whose styles have these looks, by their ids; `run` is what its marks are set with."""

    def change(parts):
        for name, said in looks.items():
            style(name, said)(parts)
        if run:
            parts[DOCUMENT] = parts[DOCUMENT].replace("<w:r><w:t>", f"<w:r><w:rPr>{run}</w:rPr><w:t>")

    return documents.compile_letterhead(forged(change, source)).letterhead


BOLD, ITALIC, NOT_BOLD = "<w:b/><w:bCs/>", "<w:i/><w:iCs/>", '<w:b w:val="0"/><w:bCs w:val="0"/>'
FORGED = {
    "not, in bold": run_of("not ", BOLD),
    "not, in bold, in a word for it": run_of("not ", '<w:b w:val="true"/>'),
    "not, in italics": run_of("not ", ITALIC),
    "not, in a bold style": run_of("not ", '<w:rStyle w:val="SignatureName"/>'),
    "a word in the subject struck of its emphasis": swap("Free the nineteen", 'Free </w:t></w:r><w:r><w:rPr><w:b w:val="0"/></w:rPr><w:t xml:space="preserve">the nineteen'),
    "a subject that is not bold": swap('<w:pStyle w:val="SubjectLine"/>', '<w:pStyle w:val="BodyText"/>'),
    "a salutation in bold": run_of("Dear Minister,", BOLD),
    "an addressee in italics": run_of("Jane Doe", ITALIC),
    "a word struck of its emphasis": removed("firmly"),
    "italics struck off": removed("good", "i"),
    "italics made bold": swap(f"<w:rPr>{ITALIC}</w:rPr><w:t xml:space=\"preserve\">good", f"<w:rPr>{BOLD}</w:rPr><w:t xml:space=\"preserve\">good"),
    "emphasis moved to the next word": both(removed("firmly"), run_of("with", BOLD)),
    "emphasis that goes on": run_of(", and with ", BOLD),
    "emphasis in a link struck off": removed("the"),
    "a link in bold": run_of("why", f'<w:rStyle w:val="Hyperlink"/>{BOLD}'),
    "code in italics": swap('<w:rPr><w:rStyle w:val="HTMLCode"/>', f'<w:rPr><w:rStyle w:val="HTMLCode"/>{ITALIC}'),
    "a paragraph as a heading": swap('<w:pStyle w:val="BodyText"/>', HEADING),
    "a heading as a paragraph": swap(HEADING, '<w:pStyle w:val="BodyText"/>'),
    "a heading of another level": swap(HEADING, '<w:pStyle w:val="Heading4"/>'),
    "a heading that is not bold": swap("<w:t xml:space=\"preserve\">What we ask for", f'<w:rPr>{NOT_BOLD}</w:rPr><w:t xml:space="preserve">What we ask for'),
    "a row of a table as its heading": lambda parts: parts.update({DOCUMENT: parts[DOCUMENT].replace('<w:pStyle w:val="TableText"/>', '<w:pStyle w:val="TableHeading"/>', 1)}),
    "a cell in bold": run_of("fish", BOLD),
    "a heading of a table that is none": swap('<w:pStyle w:val="TableHeading"/>', '<w:pStyle w:val="TableText"/>'),
    "an item in bold": run_of("Free them.", BOLD),
    "an item as a heading": lambda parts: parts.update({DOCUMENT: parts[DOCUMENT].replace('<w:pStyle w:val="ListNumberSpaced"/>', HEADING, 1).replace('<w:pStyle w:val="ListNumber"/>', HEADING, 1)}),
    "a number in bold": numbering("</w:lvl>", "<w:rPr><w:b/></w:rPr></w:lvl>"),
    "a number in bold by its paragraph": paragraph_of("Free them.", "<w:rPr><w:b/></w:rPr>"),
    "a quotation in italics": run_of("They are", ITALIC),
    "a quotation whose emphasis is gone": removed("free", "i"),
    "words in a footnote in bold": swap("of 2019", f'</w:t></w:r><w:r><w:rPr>{BOLD}</w:rPr><w:t>of 2019', "word/footnotes.xml"),
    "emphasis in a footnote struck off": removed("there"),
    "Arabic words struck of their emphasis": removed("نطلب"),
    "Arabic words struck of what emphasises Arabic": lambda parts: parts.update({DOCUMENT: parts[DOCUMENT].replace("<w:b/><w:bCs/><w:rtl/>", "<w:b/><w:rtl/>")}),
    "Arabic words in bold": swap("ذلك", '</w:t></w:r><w:r><w:rPr><w:bCs/><w:rtl/></w:rPr><w:t>ذلك'),
    "a title that stands out": run_of("Director", BOLD),
    "a name that does not": swap('<w:rPr><w:rStyle w:val="SignatureName"/></w:rPr>', ""),
    "everything in bold": defaults(BOLD),
    "emphasis of another namespace": lambda parts: parts.update({DOCUMENT: parts[DOCUMENT].replace(BOLD, '<x:b xmlns:x="urn:x"/>', 1)}),
    "emphasis by a style that is none of letters": lambda parts: parts.update({DOCUMENT: parts[DOCUMENT].replace(f"<w:rPr>{BOLD}", '<w:rPr><w:rStyle w:val="SubjectLine"/>', 1)}),
}  # fmt: skip
UNSEEN = {
    "emphasis that a style gives already": swap("<w:t xml:space=\"preserve\">What we ask for", f'<w:rPr>{BOLD}</w:rPr><w:t xml:space="preserve">What we ask for'),
    "words cut in two": swap("firmly", f'fir</w:t></w:r><w:r><w:rPr>{BOLD}</w:rPr><w:t>mly'),
    "a blank in bold": swap("the ministry", f'the</w:t></w:r><w:r><w:rPr>{BOLD}</w:rPr><w:t xml:space="preserve"> </w:t></w:r><w:r><w:t>ministry'),
    "what emphasises Arabic alone, on Latin words": run_of("ministry", "<w:bCs/>"),
    "what is switched off where it is off": run_of("ministry", NOT_BOLD),
    "emphasis without what is for Arabic": swap(BOLD, "<w:b/>"),
}  # fmt: skip


def loud(letterhead=PLAIN, letter=LOUD, **other):
    return rendered(letter, letterhead=letterhead, **other)


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_other_emphasis_than_was_signed_is_named(change):
    report = judged(forged(change, loud()), letter=LOUD, letterhead=documents.blank(PLAIN))

    assert any(
        re.search("is not what was signed: .* (not )?in (bold|italics), which must", one) for one in report.invalid
    ), report.invalid


def test_older_evidence_is_held_to_what_is_set_on_the_spot():
    """Without its letterhead nobody knows which style a paragraph must have, nor what its styles must look like."""
    assert judged(loud(), letter=LOUD).invalid == []
    for name in (
        "not, in bold",
        "emphasis moved to the next word",
        "italics struck off",
        "words in a footnote in bold",
    ):
        for paper in ("plain", "0b54"):
            report = judged(forged(FORGED[name], loud()), letter=LOUD, paper=[paper, "automatic"])

            assert any("is not what was signed" in one for one in report.invalid), name


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_raises_no_alarm(change):
    report = judged(forged(change, loud()), letter=LOUD, letterhead=documents.blank(PLAIN))

    assert (report.invalid, report.remarks) == ([], [])


def test_the_words_and_their_place_are_said():
    found = judged(forged(run_of("not ", BOLD), loud()), letter=LOUD, letterhead=documents.blank(PLAIN)).invalid

    assert [one.partition("signed: ")[2] for one in found] == ["paragraph 9 has 'not' in bold, which must not be."]


# --- letterheads that are bold or in italics themselves ---------------------------------------------------------------

LETTERHEADS = {
    "bold": {"BodyText": BOLD},
    "in italics, for Latin alone": {"BodyText": "<w:i/>", "Quote": "<w:i/>", "Salutation": "<w:b/>"},
    "bold by what all is based on": {"TableText": BOLD, "ListBullet": BOLD, "FootnoteText": ITALIC},
    "names that are bold twice": {"Signature": BOLD, "Hyperlink": BOLD, "HTMLCode": ITALIC},
    "plain headings": {"Heading1": NOT_BOLD, "SubjectLine": NOT_BOLD, "TableHeading": ITALIC},
}
LETTERS = [LOUD, dataclasses.replace(LOUD, language="ar", subject="موضوع الرسالة", salutation="سيدي الوزير،")]


@pytest.mark.parametrize(
    ("looks", "run"), [*zip(LETTERHEADS.values(), ("", BOLD, "<w:i/>", "", BOLD), strict=True)], ids=LETTERHEADS
)
def test_a_genuine_document_raises_no_alarm_on_whatever_letterhead(looks, run):
    sheet = dressed(looks, run)
    for letter, layout in itertools.product(LETTERS, (Layout.TWO_COLUMNS, Layout.COMPACT)):
        docx = loud(sheet, letter, layout=layout, running_header=True)
        blank = documents.blank(sheet, running_header=True)
        report = judged(docx, letter=letter, letterhead=blank, paper=["plain", layout.value])

        assert (report.invalid, report.remarks) == ([], [])


def test_a_bold_letterhead_hides_no_word_that_is_set_apart():
    sheet = dressed({"BodyText": BOLD})
    for change, said in (
        (run_of("not ", NOT_BOLD), ["paragraph 9 has 'not' not in bold, which must be."]),
        (removed("firmly"), []),
    ):
        found = judged(forged(change, loud(sheet)), letter=LOUD, letterhead=documents.blank(sheet)).invalid

        assert [one.partition("signed: ")[2] for one in found] == said


def switched(number, kind, on):
    """Switch bold or italics on or off in one run of the document."""

    def change(parts):
        before, *runs = re.split("(?<=<w:r>)", parts[DOCUMENT])
        inner = re.sub(f"<w:{kind}(Cs)?/>", "", runs[number])
        looks = "".join(f'<w:{name} w:val="{int(on)}"/>' for name in (kind, f"{kind}Cs"))
        if inner.startswith("<w:rPr>"):
            runs[number] = inner.replace("</w:rPr>", f"{looks}</w:rPr>", 1)
        else:
            runs[number] = f"<w:rPr>{looks}</w:rPr>{inner}"
        parts[DOCUMENT] = before + "".join(runs)

    return change


def test_of_each_run_a_reader_sees_whether_it_is_bold_and_whether_it_is_in_italics():
    """Whatever is set in a run, one of on and off is what was signed, and the other is not."""
    docx, blank = loud(), documents.blank(PLAIN)
    runs = re.findall("<w:r>(.*?)</w:r>", parts_of(docx)[DOCUMENT])
    lettered = [number for number, run in enumerate(runs) if re.sub("<[^>]*>", "", run).strip()]
    chosen = lettered if os.environ.get("SOAK") else random.Random(13).sample(lettered, 6)
    for number, kind in itertools.product(chosen, ("b", "i")):
        found = [judged(forged(switched(number, kind, on), docx), letter=LOUD, letterhead=blank) for on in (0, 1)]

        assert sorted(len(report.invalid) for report in found) == [0, 1], (runs[number], kind)
