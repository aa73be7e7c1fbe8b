"""The signatories below a letter on paper. Read back with python-docx."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.printing import (
    W,
    opened,
    paper,
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


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(" \nAbé<&\u0301\u05d0\x07", max_size=6), min_size=24, max_size=24))
def test_many_signatures_are_set_as_few_are(words: list[str]) -> None:
    signatures = [text.Signature(*words[n : n + 3]) for n in range(0, 24, 3)]

    one_by_one = [line for each in signatures for line in printed_lines(signed_by(each))[10:]]

    assert printed_lines(signed_by(*signatures))[10:] == one_by_one
