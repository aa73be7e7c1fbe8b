"""Whatever is written, its document is read as it was meant, and none takes the verifier long."""

import datetime
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.pieces import PIECES
from tests.support.tampering import forged, judged, own, swap
from workflow import documents
from workflow.documents import Layout, PrintJob
from workflow.documents.writing import phrases
from workflow.letter import text
from workflow.verify import dates, names, printing

# --- whatever is written ---------------------------------------------------------------------------------------------

WORD = st.sampled_from(
    ["Ana", "Lima", "Été", "شركة", "ក្រុម", "株式会社", "O’Neil", "<b>&", "1/2", "a*b", "Notes", "Notas", "2026"]
)
LINE = st.lists(WORD, max_size=4).map(" ".join)
ORGANISATION = st.fixed_dictionaries(
    {
        "name": LINE.map(lambda said: said or "X"),
        "title": LINE,
        "organisation": LINE,
        "acronym": st.sampled_from(["", "ABC"]),
    }
)


@given(
    body=st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    lines=st.lists(LINE, min_size=6, max_size=6),
    language=st.sampled_from(["en", "fr", "es", "pt", "ar", "fa", "ru", "km", "my", "th", "zh", "de", "ka"]),
    people=st.lists(ORGANISATION, max_size=9),
    withheld=st.integers(0, 3),
    layout=st.sampled_from(list(Layout)),
    name=st.sampled_from(["plain", "logos", "many"]),
    day=st.dates(datetime.date(2000, 1, 1), datetime.date(2040, 1, 1)),
    american=st.booleans(),
    kept=st.booleans(),
)
@settings(max_examples=40 if not os.environ.get("SOAK") else 5_000)
def test_whatever_is_written_its_document_is_valid_and_nothing_is_left_to_look_at(
    body, lines, language, people, withheld, layout, name, day, american, kept
):
    subject, salutation, closing, *address = lines
    recipient = text.Recipient("Jane", address[0], address[1], (address[2], "US") if american else (address[2],))
    letter = text.Letter(language, subject, (recipient, text.Recipient("Other")), salutation, body, closing)
    whole = tuple(text.Signature(**one) for one in people)
    sheet = own() if name == "many" and kept else documents.built_in(name)
    docx = documents.render_docx(PrintJob(letter, recipient, day, whole, layout, withheld), sheet)
    about = {"paper": [name, layout.value], "headings": documents.headings(whole, layout, language)}

    named = {f"P{number}": one for number, one in enumerate(people)}
    given = {"letter": letter, "people": tuple(named), "withheld": withheld, "called": lambda one: named.get(one, {})}
    report = judged(docx, letterhead=documents.blank(sheet) if kept else None, **given, **about)

    assert (report.invalid, report.remarks) == ([], [])


def test_the_verifiers_own_phrases_are_those_that_are_printed():
    assert all(phrases.notes_heading(language) == notes for language, notes in names.NOTES.items())
    assert printing.BUILT_IN.keys() == documents.BUILT_IN.keys()
    for language in [*dates.WORDS_OF_DATES, "zh", "ka", "xx"]:
        for month in range(1, 13):
            said = documents.printed_date(datetime.date(2026, month, month), language)
            assert dates.is_date(said, language), said


# --- time ------------------------------------------------------------------------------------------------------------

LARGE = 1 if not os.environ.get("SOAK") else 10
HOSTILE = {
    "runs": f"<w:p>{'<w:r><w:t>a</w:t></w:r>' * 50_000 * LARGE}</w:p>",
    "paragraphs": "<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 30_000 * LARGE,
    "deep": "<w:sdt><w:sdtContent>" * 30_000 + "</w:sdtContent></w:sdt>" * 30_000,
    "nested": "<w:p><w:r><w:pict>" * 3_000 * LARGE + "</w:pict></w:r></w:p>" * 3_000 * LARGE,
    "tables": "<w:tbl><w:tr><w:tc>" * 3_000 + "</w:tc></w:tr></w:tbl>" * 3_000,
}


@pytest.mark.parametrize("xml", HOSTILE.values(), ids=HOSTILE)
def test_no_document_takes_the_verifier_more_than_seconds(xml):
    docx = forged(swap("<w:body>", f"<w:body>{xml}"))
    begun = time.process_time()

    assert judged(docx).invalid
    assert time.process_time() - begun < 2 * LARGE
