"""A letter on paper as a whole: its order, its page, and the same bytes. Read back with python-docx."""

from __future__ import annotations

import datetime
import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from docx.shared import Mm

from tests.support.machine import SEED
from tests.support.printing import (
    KERRY,
    LYON,
    W,
    of_style,
    opened,
    paper,
    part,
    printed_lines,
)
from workflow import documents
from workflow.letter import text

ROOT = Path(__file__).parents[2]


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
    assert len(of_style(printed, "Signature Listed")) == 3


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


def test_an_arabic_letter_runs_from_right_to_left_throughout() -> None:
    arabic = paper(
        "نكتب إليكم.\n\n| البلد | العدد |\n| --- | --- |\n| كينيا | 17 |", 8, language="ar", subject="الإفراج"
    )
    document = opened(arabic)

    assert [bool(p._p.pPr.find(f"{W}bidi") is not None) for p in document.paragraphs if p.text[-4:] == "2016"] == [True]
    assert document.tables[0]._tbl.tblPr.find(f"{W}bidiVisual") is not None
    assert all(p._p.pPr.find(f"{W}bidi") is not None for c in document.tables[0].column_cells(1) for p in c.paragraphs)


@pytest.mark.slow
def test_reading_the_module_loads_neither_docx_nor_lxml() -> None:
    loads = "import sys, workflow.documents; print([m for m in ('docx', 'lxml') if m in sys.modules])"

    assert subprocess.check_output([sys.executable, "-c", loads], cwd=ROOT, text=True).strip() == "[]"


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
