"""A letter on paper: the Word document is read back with python-docx, the PDF with poppler's pdftotext."""

from __future__ import annotations

import datetime
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.support.machine import SEED
from tests.support.printing import (
    KERRY,
    LYON,
    W,
    numbered,
    of_style,
    opened,
    paper,
    part,
    printed_lines,
    signature,
    signed_by,
)
from workflow import documents
from workflow.errors import PdfError
from workflow.letter import text

ROOT = Path(__file__).parents[2]
NEEDS_LIBREOFFICE = pytest.mark.skipif(
    documents.libreoffice() is None or shutil.which("pdftotext") is None,
    reason="a PDF needs LibreOffice and poppler: apt install libreoffice-writer poppler-utils",
)


# --- the letter as a whole ------------------------------------------------------------------------------------------


def test_a_letter_is_printed_in_the_order_in_which_a_secretary_sets_it() -> None:
    printed = paper("First.\n\nSecond.", 2, subject="The river")

    assert printed_lines(printed) == [
        "John F. Kerry", "Secretary of State", "Department of State",
        "2201 C Street NW", "Washington, DC 20520", "US",
        "24 January 2016", "The river", "Dear Mr. Secretary,", "First.", "Second.", "Sincerely,",
        "Person0000 Surname", "President", "House of Rivers 0000 (HR0000)",
        "Person0001 Surname", "President", "House of Rivers 0001 (HR0001)",
    ]  # fmt: skip


def test_each_part_of_the_letter_has_a_style_of_its_name() -> None:
    printed = paper(subject="The river")

    assert of_style(printed, "Inside Address")[0] == "John F. Kerry"
    assert of_style(printed, "Date") == ["24 January 2016"]
    assert of_style(printed, "Subject Line") == ["The river"]
    assert of_style(printed, "Salutation") == ["Dear Mr. Secretary,"]
    assert of_style(printed, "Body Text") == ["Water is short."]
    assert of_style(printed, "Closing") == ["Sincerely,"]
    assert len(of_style(printed, "Signature")) == 3


def test_what_the_letter_lacks_leaves_no_empty_line() -> None:
    bare = documents.PrintJob(text.Letter(body="Only this."), text.Recipient(), None, ())

    assert [p.text for p in opened(bare).paragraphs] == ["Only this."]


def test_every_style_that_is_used_is_defined() -> None:
    printed = paper(
        "# A\n\n> q\n\n- b\n\n1. n\n\n   c\n\n`x` [l](https://a.example)[^1]\n\n---\n\n    code\n\n[^1]: n", 8
    )

    defined = {style.get(f"{W}styleId") for style in part(printed, "word/styles.xml").iter(f"{W}style")}
    used = {
        element.get(f"{W}val")
        for name in ("word/document.xml", "word/footer.xml")
        for tag in ("pStyle", "rStyle", "tblStyle")
        for element in part(printed, name).iter(f"{W}{tag}")
    }

    assert used <= defined


@pytest.mark.skipif(not SEED.exists(), reason="the seed letter is not at ../shared/letters")
def test_the_seed_letters_text_comes_out_whole_and_in_order() -> None:
    blocks = [" ".join(line.split()) for line in SEED.read_text(encoding="utf-8").split("\n") if line.strip()]
    start, end = blocks.index("Dear Mr. Secretary,"), blocks.index("Sincerely,")
    body = "\n\n".join(blocks[start + 1 : end])
    signers = blocks[end + 1 :]
    signatures = tuple(text.Signature(name, role, "") for name, role in zip(signers[::2], signers[1::2], strict=True))
    recipient = text.Recipient(*blocks[:3], address=tuple(blocks[3:6]))
    letter = text.Letter("en", "", (recipient,), blocks[start], body, blocks[end])

    printed = printed_lines(documents.PrintJob(letter, recipient, datetime.date(2016, 1, 24), signatures))

    assert printed == blocks
    assert len(signatures) == 5


# --- the same bytes -------------------------------------------------------------------------------------------------

_IN_A_PROCESS = """
import hashlib
from tests.support.printing import paper
from workflow import documents
rich = paper("# A\\n\\n1. [x](https://a.example) [y](https://b.example)\\n\\n- z[^1]\\n\\n[^1]: note", 40, subject="S")
print(hashlib.sha256(documents.render_docx(rich)).hexdigest())
"""


@pytest.mark.slow
def test_the_same_letter_has_the_same_bytes_in_every_process_and_on_every_day() -> None:
    digests = set()
    for seed, zone in (("0", "UTC"), ("4711", "Pacific/Kiritimati")):
        if digests:
            time.sleep(2.1)  # the clock of a zip archive counts in steps of two seconds
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
        digests.add(subprocess.check_output([sys.executable, "-c", _IN_A_PROCESS], cwd=ROOT, env=surroundings))

    assert len(digests) == 1


def test_nothing_of_the_machine_or_the_day_is_in_the_archive() -> None:
    archive = zipfile.ZipFile(io.BytesIO(documents.render_docx(paper())))

    assert archive.testzip() is None
    assert archive.namelist()[:3] == ["[Content_Types].xml", "_rels/.rels", "word/document.xml"]
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert (entry.create_system, entry.external_attr, entry.extra, entry.comment) == (0, 0, b"", b"")


def test_another_signature_gives_other_bytes() -> None:
    assert documents.render_docx(paper(signatures=3)) != documents.render_docx(paper(signatures=4))


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last_lines",
    [("Washington, DC 20520", "US"), ("New York, NY 10017",), ("Albany, NY 12207-1234",), ("x", "United States"),
     ("Washington, D.C. 20520", "U.S.A."), ("x", "États-Unis"), ("x", "EE. UU.")],
)  # fmt: skip
def test_a_letter_to_the_united_states_is_on_us_letter(last_lines: tuple[str, ...]) -> None:
    page = opened(paper(recipient=text.Recipient("A", address=last_lines))).sections[0]

    assert (page.page_width.inches, page.page_height.inches) == (8.5, 11)


@pytest.mark.parametrize(
    "last_lines",
    [(), ("69002 Lyon", "France"), ("SW1A 2AH London",), ("Phnom Penh 12000", "Cambodia"), ("IL 61000", "Israel"),
     ("Usk",), ("10115 Berlin",)],
)  # fmt: skip
def test_a_letter_to_anywhere_else_is_on_a4(last_lines: tuple[str, ...]) -> None:
    page = opened(paper(recipient=text.Recipient("A", address=last_lines))).sections[0]

    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert Mm(24) < page.left_margin == page.right_margin < Mm(27)


def test_pages_are_numbered_from_the_second_on() -> None:
    section = opened(paper()).sections[0]

    assert section.different_first_page_header_footer
    assert section.first_page_footer.paragraphs[0].text == ""
    fields = [e.text.strip() for e in section.footer._element.iter(f"{W}instrText")]
    assert fields == ["PAGE", "NUMPAGES"]


def test_the_document_says_what_it_is_and_nothing_of_who_made_it() -> None:
    properties = opened(paper(subject="The river", language="fr")).core_properties

    assert (properties.title, properties.language) == ("The river", "fr-FR")
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert properties.revision == 1
    assert properties.created == properties.modified == datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)


def test_a_letter_without_a_subject_is_named_by_its_addressee() -> None:
    assert opened(paper()).core_properties.title == "Letter to John F. Kerry"
    assert opened(paper(recipient=LYON, language="fr")).core_properties.title == "Lettre à Mme Claire Dubois"


@pytest.mark.parametrize(
    ("language", "recipient", "tag"),
    [
        ("en", KERRY, "en-US"),
        ("en", LYON, "en-GB"),
        ("en_AU", KERRY, "en-AU"),
        ("ar", LYON, "ar-SA"),
        ('"/>', LYON, "en-GB"),
    ],
)
def test_word_checks_spelling_in_the_letters_language(language: str, recipient: text.Recipient, tag: str) -> None:
    styles = part(paper(language=language, recipient=recipient), "word/styles.xml")

    assert styles.find(f".//{W}lang").get(f"{W}val") == tag


# --- the body -------------------------------------------------------------------------------------------------------


def test_headings_are_real_headings() -> None:
    printed = opened(paper("# One\n\n### Three\n\nwords"))

    assert [(p.style.name, p.text) for p in printed.paragraphs if p.style.name.startswith("Heading")] == [
        ("Heading 1", "One"),
        ("Heading 3", "Three"),
    ]


def test_bold_italic_code_and_a_hard_break_are_kept() -> None:
    (paragraph,) = (p for p in opened(paper("a **b** *c* ***d*** `e`\\\nf")).paragraphs if p.style.name == "Body Text")

    looks = {run.text: (bool(run.bold), bool(run.italic), run.style.name) for run in paragraph.runs}
    assert looks["b"][:2] == (True, False)
    assert looks["c"][:2] == (False, True)
    assert looks["d"][:2] == (True, True)
    assert looks["e"][2] == "HTML Code"
    assert paragraph.text == "a b c d e\nf"


def test_each_list_starts_anew_and_keeps_its_levels() -> None:
    printed = paper("1. a\n2. b\n   1. deep\n   2. deeper\n3. c\n\nBetween.\n\n1. again\n\n- dot\n")

    items = numbered(printed)

    assert [(level, words) for _, level, words in items] == [
        (0, "a"), (0, "b"), (1, "deep"), (1, "deeper"), (0, "c"), (0, "again"), (0, "dot")
    ]  # fmt: skip
    first, inner, second, dots = (items[n][0] for n in (0, 2, 5, 6))
    assert len({first, inner, second, dots}) == 4
    assert {items[n][0] for n in (0, 1, 4)} == {first}


def test_a_list_may_start_at_any_number_and_says_so_to_word() -> None:
    numbering = part(paper("7) seven\n8) eight"), "word/numbering.xml")

    assert [e.get(f"{W}val") for e in numbering.iter(f"{W}startOverride")] == ["7"]
    assert numbering.find(f".//{W}lvlText").get(f"{W}val") == "%1)"


def test_numbers_inside_of_bullets_inside_of_numbers_are_letters() -> None:
    numbering = part(paper("1. one\n   - dot\n     1. inner"), "word/numbering.xml")

    formats = {
        e.get(f"{W}abstractNumId"): e.find(f".//{W}numFmt").get(f"{W}val") for e in numbering.iter(f"{W}abstractNum")
    }
    assert list(formats.values())[:3] == ["decimal", "bullet", "lowerLetter"]


def test_an_item_of_two_paragraphs_is_numbered_once() -> None:
    printed = paper("1. first\n\n   and more\n\n2. second")

    assert [words for *_, words in numbered(printed)] == ["first", "second"]
    assert of_style(printed, "List Continue") == ["and more"]


def test_an_item_without_words_keeps_its_number() -> None:
    assert [words for *_, words in numbered(paper("1. one\n2.\n3. three"))] == ["one", "", "three"]


def test_a_list_deeper_than_word_knows_stays_on_its_last_level() -> None:
    body = "\n".join("  " * depth + f"- level{depth}" for depth in range(10))

    assert [level for _, level, _ in numbered(paper(body))] == [*range(9), 8]


def test_a_quotation_is_set_as_one() -> None:
    assert of_style(paper("> said\n> > before"), "Quote") == ["said", "before"]


def test_code_keeps_its_blanks_and_lines() -> None:
    assert of_style(paper("```\na\n   b\tc\n```"), "HTML Preformatted") == ["a\n   b\tc"]


def test_a_link_is_a_real_one() -> None:
    printed = opened(paper("See [the *register*](https://example.org/a?b=1&c=%3C2%3E) and <mailto:a@example.org>."))

    (paragraph,) = (p for p in printed.paragraphs if p.style.name == "Body Text")
    assert [(link.text, link.address) for link in paragraph.hyperlinks] == [
        ("the register", "https://example.org/a?b=1&c=%3C2%3E"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ]
    assert paragraph.text == "See the register and mailto:a@example.org."


@pytest.mark.parametrize("target", ["annex.pdf", "#part", "http://[broken", "https://a.example:port/", "urn:isbn:1"])
def test_a_link_that_word_cannot_follow_is_printed_with_its_address(target: str) -> None:
    printed = opened(paper(f"See [the annex](<{target}>)."))

    (paragraph,) = (p for p in printed.paragraphs if p.style.name == "Body Text")
    assert paragraph.hyperlinks == []
    assert paragraph.text.replace("%5B", "[") == f"See the annex <{target}>."


def test_a_link_longer_than_word_takes_is_printed_with_its_address() -> None:
    target = "https://example.org/" + "a" * 2100

    assert target in "".join(printed_lines(paper(f"[long]({target})")))
    assert b"hyperlink" not in etree.tostring(part(paper(f"[long]({target})"), "word/_rels/document.xml.rels"))


def footnotes_of(printed: documents.PrintJob) -> dict[str, list[str]]:
    """The words of each footnote's paragraphs, by its id."""
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    part = zipfile.ZipFile(io.BytesIO(documents.render_docx(printed))).read("word/footnotes.xml")
    return {
        note.get(f"{w}id"): ["".join(p.itertext()).strip() for p in note.iter(f"{w}p")]
        for note in etree.fromstring(part)
        if not note.get(f"{w}type")
    }


def test_footnotes_are_words_own_and_a_second_reference_is_a_number() -> None:
    printed = paper("One[^a] two[^b] and one again[^a].\n\n[^b]: Second *note*.\n[^a]: First note.\n\n    With more.")

    assert "One two and one again1." in printed_lines(printed)
    assert footnotes_of(printed) == {"1": ["First note.", "With more."], "2": ["Second note."]}


def test_a_note_on_a_note_is_printed_at_the_letters_end() -> None:
    printed = paper("One[^a].\n\n[^a]: First, see[^b].\n\n[^b]: Inner note.")

    assert printed_lines(printed)[-2:] == ["Notes", "Inner note."]
    assert footnotes_of(printed) == {"1": ["First, see2."]}


def test_a_table_is_a_real_one_with_a_header_row() -> None:
    printed = paper("Figures:\n\n| Year | Arrests |\n| --- | ---: |\n| 2025 | 17 |\n| 2026 | 31 |\n\nLast.")
    table = opened(printed).tables[0]

    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Year", "Arrests"],
        ["2025", "17"],
        ["2026", "31"],
    ]
    assert table.rows[0]._tr.trPr.find("{*}tblHeader") is not None
    assert table.cell(1, 1).paragraphs[0].alignment == 2


def test_the_last_paragraph_and_the_closing_stay_with_the_signatures() -> None:
    paragraphs = opened(paper("First.\n\nLast.")).paragraphs
    by_text = {p.text: p for p in paragraphs}

    assert by_text["Last."].paragraph_format.keep_with_next
    assert not by_text["First."].paragraph_format.keep_with_next
    assert by_text["Sincerely,"].style.paragraph_format.keep_with_next


def test_a_line_that_leads_into_a_list_stays_with_it() -> None:
    lead, *_ = (p for p in opened(paper("We ask you to:\n\n- act\n\nLast.")).paragraphs if p.text == "We ask you to:")

    assert lead.paragraph_format.keep_with_next


# --- the signatures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 6, 7, 12, 25, 61])
def test_signatures_stand_in_the_agreed_order_in_one_column_or_two(count: int) -> None:
    printed = paper(signatures=count)

    assert [line for line in printed_lines(printed) if line.startswith("Person")] == [
        signature(n).name for n in range(count)
    ]
    assert len(opened(printed).tables) == (1 if count > 6 else 0)


def test_a_signature_is_never_torn_by_a_page() -> None:
    few, many = opened(paper(signatures=3)), opened(paper(signatures=9))

    assert few.styles["Signature"].paragraph_format.keep_together
    assert all(row._tr.trPr.find(f"{W}cantSplit") is not None for row in many.tables[0].rows)


def test_there_is_room_to_sign_above_each_name_until_there_are_many() -> None:
    assert opened(paper()).styles["Signature"].paragraph_format.space_before >= Mm(12)
    assert {c.paragraphs[0].style.name for r in opened(paper(signatures=24)).tables[0].rows for c in r.cells} == {
        "Signature"
    }
    listed = {p.style.name for c in opened(paper(signatures=40)).tables[0].column_cells(0) for p in c.paragraphs}
    assert listed == {"Signature Listed"}


def test_an_organisation_without_a_name_signs_by_its_own() -> None:
    assert printed_lines(signed_by(text.Signature("", "", "House of Rivers", "HR")))[-1] == "House of Rivers (HR)"


def test_five_thousand_signatures_are_all_printed_in_their_order() -> None:
    made = documents.render_docx(paper(signatures=5000))

    names = re.findall(rb"Person(\d{4})", zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml"))
    assert [int(name) for name in names] == list(range(5000))


# --- hostile text ---------------------------------------------------------------------------------------------------

HOSTILE = [
    "</w:t><w:p>", "&amp; <b> \"q\" 'a' ]]>", "{{ 7*7 }} {% for %}", "%s %(x)d {0}", "=HYPERLINK(1)", "w" * 3000,
    "محمد الأمين", "שלום עולם", "សុខា", "\U0001f30a", "x\u202egnp.exe",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_print_as_themselves(words: str) -> None:
    printed = signed_by(text.Signature(words, words, words))

    assert printed_lines(printed)[-3:] == [words] * 3


@pytest.mark.parametrize("refused", ["\x00", "\x08", "\x1b", "\ud800", "\udfff", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_left_out_everywhere(refused: str) -> None:
    words = f"A{refused}B"
    recipient = text.Recipient(words, words, words, (words,))
    letter = text.Letter(words, words, (recipient,), words, f"{words} [{words}](https://{words}.example)", words)
    printed = documents.PrintJob(letter, recipient, None, (text.Signature(words, words, words, words),))

    assert set(printed_lines(printed)) == {"AB", "AB AB"}
    assert opened(printed).core_properties.title == "AB"


# --- any text -------------------------------------------------------------------------------------------------------

WORD = st.text("abcdefghijklmnopqrstuvwxyzàéñčşłßабвשלםعرب", min_size=1, max_size=8)
PHRASE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
MARKED = st.one_of(
    PHRASE,
    PHRASE.map(lambda words: f"**{words}**"),
    PHRASE.map(lambda words: f"*{words}*"),
    PHRASE.map(lambda words: f"`{words}`"),
    PHRASE.map(lambda words: f"[{words}](https://example.org/x)"),
)
LINE = st.lists(MARKED, min_size=1, max_size=4).map(" ".join)


def _indented(block: str, by: str) -> str:
    return "\n".join(by + line if line else line for line in block.split("\n"))


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map("\n\n".join),
        several.map(lambda items: "\n".join("- " + _indented(item, "  ")[2:] for item in items)),
        several.map(lambda items: "\n\n".join(f"{n}. " + _indented(i, "   ")[3:] for n, i in enumerate(items, 3))),
        inner.map(lambda block: _indented(block, "> ")),
    )


PLAIN_BLOCKS = st.one_of(
    LINE,
    st.tuples(st.integers(1, 6), LINE).map(lambda level_line: "#" * level_line[0] + " " + level_line[1]),
    PHRASE.map(lambda words: f"```\n{words}\n```"),
    st.lists(PHRASE, min_size=2, max_size=3).map("\\\n".join),
)
BODIES = st.recursive(PLAIN_BLOCKS, _blocks, max_leaves=8)


def _words(markdown: str) -> list[str]:
    bare = re.sub(r"\(https://example\.org/x\)", " ", markdown)
    return re.findall(r"[^\W\d_]+", bare)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_any_body_keeps_all_its_words_in_order(body: str) -> None:
    bare = documents.PrintJob(text.Letter(body=body), text.Recipient(), None, ())

    assert re.findall(r"[^\W\d_]+", "\n".join(printed_lines(bare))) == _words(body)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(" \nAbé<&\u0301\u05d0\x07", max_size=6), min_size=24, max_size=24))
def test_many_signatures_are_set_as_few_are(words: list[str]) -> None:
    signatures = [text.Signature(*words[n : n + 3]) for n in range(0, 24, 3)]

    one_by_one = [line for each in signatures for line in printed_lines(signed_by(each))[10:]]

    assert printed_lines(signed_by(*signatures))[10:] == one_by_one


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=12))
def test_no_text_whatever_makes_printing_fail(body: str, words: str, language: str) -> None:
    recipient = text.Recipient(words, words, words, (words, words))
    letter = text.Letter(language, words, (recipient,), words, body, words)
    odd = documents.PrintJob(
        letter, recipient, datetime.date(1, 1, 1), (text.Signature(words, words, words, words),) * 8
    )

    opened(odd)


# --- dates and file names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "language", "written"),
    [
        ((2016, 1, 24), "en", "24 January 2016"), ((2016, 12, 1), "en-GB", "1 December 2016"),
        ((2016, 2, 1), "fr", "1er février 2016"), ((2016, 8, 2), "fr-CA", "2 août 2016"),
        ((2016, 1, 24), "es", "24 de enero de 2016"), ((2016, 1, 24), "km", "24 មករា 2016"),
        ((2016, 1, 24), "", "2016-01-24"), ((2016, 1, 24), "tlh", "2016-01-24"),
        ((2016, 1, 24), "pt-BR", "24 de janeiro de 2016"), ((2016, 1, 24), "ar", "24 يناير 2016"),
        ((2016, 1, 24), "fa", "۲۴ ژانویهٔ ۲۰۱۶"), ((2016, 1, 24), "ru", "24 января 2016\u202fг."),
        ((2016, 1, 24), "zh", "2016年1月24日"), ((2016, 1, 24), "th", "24 มกราคม ค.ศ. 2016"),
    ],
)  # fmt: skip
def test_a_date_is_written_as_letters_in_that_language_do(date: tuple[int, ...], language: str, written: str) -> None:
    assert documents.printed_date(datetime.date(*date), language) == written


@pytest.mark.parametrize(
    ("place", "language", "written"),
    [
        ("Geneva", "en", "Geneva, 3 March 2026"), ("Genève", "fr-CH", "Genève, le 3 mars 2026"),
        ("Bogotá D. C.", "es", "Bogotá D. C., 3 de marzo de 2026"), ("جنيف", "ar", "جنيف، 3 مارس 2026"),
        ("", "fr", "3 mars 2026"),
    ],
)  # fmt: skip
def test_the_place_stands_before_the_date(place: str, language: str, written: str) -> None:
    assert documents.dateline(place, datetime.date(2026, 3, 3), language) == written
    assert documents.dateline(place, None, language) == ""


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Letter to John F. Kerry", "letter-to-john-f-kerry.docx"),
        ("Lettre à l’Élysée", "lettre-a-lelysee.docx"),
        ("../../etc/passwd", "etc-passwd.docx"),
        ('a"\r\nBcc: x@example.org', "a-bcc-x-example-org.docx"),
        ("សុខា", "letter.docx"),
    ],
)
def test_a_file_name_is_safe_for_an_attachment(title: str, name: str) -> None:
    assert documents.file_name(title, "docx") == name


def test_a_long_title_is_cut_at_a_word() -> None:
    name = documents.file_name("a letter about water " * 20, ".PDF")

    assert len(name) <= 84
    assert re.fullmatch(r"(a-letter-about-water-)*(a|a-letter|a-letter-about|a-letter-about-water)\.pdf", name)


@pytest.mark.slow
def test_reading_the_module_loads_neither_docx_nor_lxml() -> None:
    loads = "import sys, workflow.documents; print([m for m in ('docx', 'lxml') if m in sys.modules])"

    assert subprocess.check_output([sys.executable, "-c", loads], cwd=ROOT, text=True).strip() == "[]"


# --- the PDF --------------------------------------------------------------------------------------------------------


def pdf_text(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


@pytest.mark.slow
@pytest.mark.libreoffice
@NEEDS_LIBREOFFICE
def test_a_pdf_has_every_name_in_the_agreed_order_and_is_tagged() -> None:
    pdf = documents.render_pdf(
        documents.render_docx(paper("1. act\n2. go\n\nThen:\n\n1. anew", 60, subject="The river"))
    )

    said = pdf_text(pdf)
    assert re.findall(r"Person\d{4}", said) == [f"Person{n:04d}" for n in range(60)]
    assert said.index("John F. Kerry") < said.index("24 January 2016") < said.index("The river") < said.index("1. act")
    assert said.index("2. go") < said.index("1. anew")
    assert re.search(r"^2 / \d$", said, re.MULTILINE)
    assert not re.search(r"^1 / \d$", said, re.MULTILINE)
    facts = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Tagged: +yes", facts)
    assert re.search(r"Title: +The river", facts)
    assert "612 x 792" in facts


@pytest.mark.slow
@pytest.mark.libreoffice
@NEEDS_LIBREOFFICE
def test_pdfs_are_made_side_by_side_and_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    made: dict[int, str] = {}

    def make(n: int) -> None:
        made[n] = pdf_text(documents.render_pdf(documents.render_docx(paper(f"River number {n}."))))

    threads = [threading.Thread(target=make, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(f"River number {n}." in made[n] for n in range(3))


@pytest.mark.slow
@pytest.mark.libreoffice
@NEEDS_LIBREOFFICE
def test_a_file_that_is_no_letter_fails_in_a_sentence() -> None:
    with pytest.raises(PdfError, match=r"LibreOffice made no PDF of the letter.*try again"):
        documents.render_pdf(b"PK\x03\x04 this is no document")


@pytest.mark.slow
def test_a_libreoffice_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nsleep 300 &\necho $! >> {tmp_path}/started\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(PdfError, match=r"did not finish the PDF within 0\.5 seconds"):
        documents.render_pdf(documents.render_docx(paper()), timeout=0.5)

    started = [int(pid) for pid in (tmp_path / "started").read_text().split()]
    assert len(started) == 2  # the first attempt and the second
    assert not any(_runs(pid) for pid in started)


def _runs(pid: int) -> bool:
    """Say whether a process still does anything; one that has ended and waits to be collected does not."""
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


def test_a_libreoffice_that_cannot_be_started_fails_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text("no program")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PdfError, match=r"could not be run.*soffice"):
        documents.render_pdf(documents.render_docx(paper()))


def test_without_libreoffice_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert documents.libreoffice() is None
    with pytest.raises(PdfError, match="apt install libreoffice-writer"):
        documents.render_pdf(b"")


def test_an_arabic_letter_runs_from_right_to_left_throughout() -> None:
    arabic = paper(
        "نكتب إليكم.\n\n| البلد | العدد |\n| --- | --- |\n| كينيا | 17 |", 8, language="ar", subject="الإفراج"
    )
    document = opened(arabic)

    assert [bool(p._p.pPr.find(f"{W}bidi") is not None) for p in document.paragraphs if p.text[-4:] == "2016"] == [True]
    assert document.tables[0]._tbl.tblPr.find(f"{W}bidiVisual") is not None
    assert all(p._p.pPr.find(f"{W}bidi") is not None for c in document.tables[0].column_cells(1) for p in c.paragraphs)
