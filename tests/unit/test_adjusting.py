"""A letterhead adjusted to a letter: a header from the second page on, and as tight as is decent."""

import dataclasses
import io
import re
import zipfile

import docx
import pytest
from openxml_audit import OpenXmlValidator

from tests.support.word import MARKED, in_word, paper
from workflow import documents
from workflow.documents import compile_letterhead

pytestmark = pytest.mark.slow


def sheet(source):
    return compile_letterhead(source).letterhead if isinstance(source, bytes) else documents.built_in(source)


def rendered(source, **how):
    return documents.render_docx(paper(**how), sheet(source))


def words_of(part):
    return "".join(paragraph.text for paragraph in part.paragraphs)


def with_title_page(source):
    """The letterhead with another header on its first page, as Word makes it."""
    document = docx.Document(io.BytesIO(source))
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "Coalition for Rivers, since 1990"
    section.first_page_footer.paragraphs[0].text = "Port Town"
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


RUNNING = "To Jane Doe · 24 November 2026 · page 2"


@pytest.mark.parametrize("source", ["plain", "logos", "many", MARKED, with_title_page(MARKED), in_word("{{ body }}")])
def test_from_the_second_page_on_a_header_runs_and_the_first_keeps_its_own(source, tmp_path):
    without, made = (rendered(source, running_header=on) for on in (False, True))
    before, section = (docx.Document(io.BytesIO(one)).sections[0] for one in (without, made))

    assert words_of(section.header) == RUNNING and section.different_first_page_header_footer
    titled = before.different_first_page_header_footer
    assert words_of(section.first_page_header) == words_of(before.first_page_header if titled else before.header)
    assert words_of(section.first_page_footer) == words_of(before.first_page_footer if titled else before.footer)
    assert words_of(section.footer) == words_of(before.footer)
    path = tmp_path / "letter.docx"
    path.write_bytes(made)
    found = {f"{e.part_uri}: {e.description}" for e in OpenXmlValidator().validate(path).errors}
    path.write_bytes(without)
    assert found <= {f"{e.part_uri}: {e.description}" for e in OpenXmlValidator().validate(path).errors}


def test_even_pages_have_the_running_header_too():
    def even(parts):
        return parts.replace(b"<w:compat", b"<w:evenAndOddHeaders/><w:compat", 1)

    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(MARKED)) as source, zipfile.ZipFile(kept, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, even(content) if name == "word/settings.xml" else content)
    section = docx.Document(io.BytesIO(rendered(kept.getvalue(), running_header=True))).sections[0]
    assert words_of(section.even_page_header) == words_of(section.header) == RUNNING


@pytest.mark.parametrize("source", ["plain", "many", MARKED])
def test_each_step_is_tighter_and_none_is_below_what_is_decent(source):
    looks = []
    for step in range(len(documents.STEPS)):
        made = rendered(source, tightness=step)
        section = docx.Document(io.BytesIO(made)).sections[0]
        styles = zipfile.ZipFile(io.BytesIO(made)).read("word/styles.xml").decode()
        sizes = [int(found) for found in re.findall(r'<w:sz w:val="(\d+)"', styles)]
        spaces = [int(found) for found in re.findall(r'w:(?:before|after)="(\d+)"', styles)]
        margins = [section.left_margin.mm, section.right_margin.mm, section.top_margin.mm, section.bottom_margin.mm]
        looks.append((sizes, spaces, margins))
    for tighter, wider in zip(looks[1:], looks, strict=False):
        for one, other in zip(tighter, wider, strict=True):
            assert all(a <= b for a, b in zip(one, other, strict=True)) and len(one) == len(other)
        assert sum(tighter[1]) < sum(wider[1])
    sizes, _, margins = looks[-1]
    assert all(size >= min(19, usual) for size, usual in zip(sizes, looks[0][0], strict=True))
    assert min(margins) > 17.9
    assert rendered(source, tightness=0) == rendered(source)


def test_a_wider_line_is_given_to_the_columns_of_the_names():
    width = {
        step: sum(column.width for column in docx.Document(io.BytesIO(made)).tables[-1].columns)
        for step in (0, 2)
        for made in [rendered("plain", tightness=step, count=9)]
    }
    assert width[2] - width[0] == (2 * (1474 - 1191)) * 635


def test_the_same_letter_adjusted_has_the_same_bytes():
    how = {"running_header": True, "tightness": 3, "room_to_sign": True}
    first = rendered(MARKED, **how)
    documents.compile_letterhead(MARKED)
    assert rendered(MARKED, **how) == first
    assert first != rendered(MARKED, **(how | {"tightness": 2}))
    job = dataclasses.replace(paper(), **how)
    documents.check_round_trip(documents.render_docx(job, sheet(MARKED)), job)
