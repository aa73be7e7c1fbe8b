"""The signatories below a letter on paper. Read back with python-docx."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from pathlib import Path

import docx
import pytest
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.printing import (
    W,
    opened,
    paper,
    part,
    printed_lines,
    signature,
    signed_by,
)
from workflow import documents
from workflow.letter import text

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("count", [1, 2, 6, 7, 12, 25, 61])
def test_signatures_stand_in_the_agreed_order_in_one_column_or_two(count: int) -> None:
    printed = paper(signatures=count)

    assert [line for line in printed_lines(printed) if line.startswith("Person")] == [
        signature(n).name for n in range(count)
    ]
    assert len(opened(printed).tables) == (1 if count > 3 else 0)


def test_a_signature_is_never_torn_by_a_page() -> None:
    few, many = opened(paper(signatures=3)), opened(paper(signatures=9))

    assert few.styles["Signature"].paragraph_format.keep_together
    assert all(row._tr.trPr.find(f"{W}cantSplit") is not None for row in many.tables[0].rows)


def test_there_is_room_to_sign_where_it_is_asked_for_until_there_are_many() -> None:
    assert opened(paper()).styles["Signature"].paragraph_format.space_before >= Mm(12)
    assert opened(paper()).styles["Signature Listed"].paragraph_format.space_before <= Mm(5)
    assert (
        set(styles_of_names(paper(signatures=24))) == set(styles_of_names(paper(signatures=3))) == {"Signature Listed"}
    )
    assert set(styles_of_names(with_room(24))) == set(styles_of_names(with_room(3))) == {"Signature"}
    assert set(styles_of_names(with_room(40))) == {"Signature Listed"}


def with_room(count: int) -> documents.PrintJob:
    return dataclasses.replace(paper(signatures=count), room_to_sign=True)


def names_in(printed: documents.PrintJob) -> list[docx.text.paragraph.Paragraph]:
    document = opened(printed)
    cells = [c for table in document.tables for row in table.rows for c in row.cells]
    every = [p for c in cells for p in c.paragraphs] or document.paragraphs
    return [p for p in every if p.style.name.startswith("Signature")]


def styles_of_names(printed: documents.PrintJob) -> list[str]:
    return [paragraph.style.name for paragraph in names_in(printed)]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20, 200])
def test_no_page_is_left_with_two_of_several_names(count: int) -> None:
    """Word and LibreOffice keep a row with the next one where its paragraphs say so."""
    printed = paper(signatures=count)
    columns = 1 if count in (1, 2, 3, 200) else 2
    kept = [p.paragraph_format.keep_with_next or False for p in names_in(printed)]
    rows = [kept[n] for n in range(0, len(kept), columns)]

    assert rows[-1] is False
    assert all(rows[-3:-1]) and (len(rows) < 2 or rows[0])
    assert len(rows) < 5 or not any(rows[1:-3]), "a long list may be parted by pages"


def test_in_a_letter_from_right_to_left_every_name_stands_at_its_edge() -> None:
    latin, arabic = text.Signature("Ana Ruiz", "President", "Ríos (R)"), text.Signature("كريم", "المدير", "الأنهار")
    for whole in (signed_by(latin, arabic), signed_by(latin, arabic, latin, arabic)):
        left = whole
        right = dataclasses.replace(whole, letter=dataclasses.replace(whole.letter, language="ar"))

        assert {p._p.pPr.find(f"{W}bidi") is not None for p in names_in(right)} == {True}
        assert {p._p.pPr.find(f"{W}bidi") is not None for p in names_in(left)} == {False}
        assert [p.text.replace("\u200e", "") for p in names_in(right)] == [p.text for p in names_in(left)]
        assert [p.text for p in names_in(right)][0].endswith("(R)\u200e"), "the bracket stays at its end"
        documents.check_round_trip(documents.render_docx(right), right)


def test_the_rule_above_the_footnotes_begins_where_the_lines_do() -> None:
    for language, turned in (("ar", True), ("en", False)):
        notes = part(paper("Water[^1].\n\n[^1]: Report.", language=language), "word/footnotes.xml")
        rules = [p for p in notes.iter(f"{W}p") if p.find(f".//{W}separator") is not None]
        assert [p.find(f"{W}pPr/{W}bidi") is not None for p in rules] == [turned]


def test_people_in_their_own_name_are_a_second_list_below_the_organisations() -> None:
    person = text.Signature("Prof. Jane Roe", "University of Oslo", "Prof. Jane Roe", individual=True)
    printed = signed_by(text.Signature("Ana Ruiz", "President", "Ríos"), person)
    whole = dataclasses.replace(printed, withheld=1)

    assert printed_lines(whole)[-7:] == [
        "Ana Ruiz", "President", "Ríos", "and one organisation whose name is withheld", "Individuals", "Prof. Jane Roe",
        "University of Oslo",
    ]  # fmt: skip
    documents.check_round_trip(documents.render_docx(whole), whole)
    by_country = dataclasses.replace(whole, layout=documents.Layout.BY_COUNTRY)
    assert documents.headings(whole.signatures, documents.Layout.BY_COUNTRY, "en") == ["Elsewhere"]
    documents.check_round_trip(documents.render_docx(by_country), by_country)


def test_an_organisation_without_a_name_signs_by_its_own() -> None:
    assert printed_lines(signed_by(text.Signature("", "", "House of Rivers", "HR")))[-1] == "House of Rivers (HR)"


def test_five_thousand_signatures_are_all_printed_in_their_order() -> None:
    made = documents.render_docx(paper(signatures=5000))

    names = re.findall(rb"Person(\d{4})", zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml"))
    assert [int(name) for name in names] == list(range(5000))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(" \nAbé<&\u0301\u05d0\x07", max_size=6), min_size=24, max_size=24))
def test_many_signatures_are_set_as_few_are(words: list[str]) -> None:
    signatures = [text.Signature(*words[n : n + 3]) for n in range(0, 24, 3)]

    one_by_one = [line for each in signatures for line in printed_lines(signed_by(each))[10:]]

    assert printed_lines(signed_by(*signatures))[10:] == one_by_one
