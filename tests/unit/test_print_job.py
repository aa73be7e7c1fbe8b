"""How a letter is dated, and how its file is called."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from workflow import documents

ROOT = Path(__file__).parents[2]


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
