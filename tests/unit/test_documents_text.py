"""A letter's text on paper: what becomes of Markdown, of hostile words and of any words. Read back with python-docx."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.support.printing import (
    W,
    numbered,
    of_style,
    opened,
    paper,
    part,
    printed_lines,
    signed_by,
)
from workflow import documents
from workflow.letter import text

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("address", ["https://example.org/law", "jane@example.org"])
def test_an_address_within_the_words_of_a_link_is_words_of_it(address: str) -> None:
    printed = opened(paper(f"Read [the law, <{address}>, in full](https://example.org/) now."))

    (shown,) = (p for p in printed.paragraphs if p.style.name == "Body Text")
    assert shown.text == f"Read the law, {address}, in full now."
    assert [link.text for link in shown.hyperlinks] == [f"the law, {address}, in full"]


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
@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=12))
def test_no_text_whatever_makes_printing_fail(body: str, words: str, language: str) -> None:
    recipient = text.Recipient(words, words, words, (words, words))
    letter = text.Letter(language, words, (recipient,), words, body, words)
    odd = documents.PrintJob(
        letter, recipient, datetime.date(1, 1, 1), (text.Signature(words, words, words, words),) * 8
    )

    opened(odd)
