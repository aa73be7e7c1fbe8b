"""The last look at a document before it is stored."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import words
from workflow import documents
from workflow.errors import RoundTripError
from workflow.letter import text

LINE = st.text(max_size=30)
SIGNATURES = st.lists(st.builds(text.Signature, LINE, LINE, LINE, LINE), max_size=12).map(tuple)


def paper(*names, recipient="Jane Doe"):
    signatures = tuple(text.Signature(name, "Director", f"Organisation of {name}") for name in names)
    return documents.PrintJob(words(), text.Recipient(recipient, "Minister"), date(2026, 11, 24), signatures)


@pytest.mark.parametrize("count", [0, 1, 5, 9, 40])
def test_a_document_that_says_what_it_should_passes(count):
    whole = paper(*(f"Person {n}" for n in range(count)))

    documents.check_round_trip(documents.render_docx(whole), whole)


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        (paper("Ann", "Ben", "Cid"), paper("Ann", "Ben")),
        (paper("Ann"), paper("Ann", "Ben")),
        (paper("Ben", "Ann"), paper("Ann", "Ben")),
        (paper("Ann", "Bem"), paper("Ann", "Ben")),
        (paper("Ann", recipient="Somebody Else"), paper("Ann")),
    ],
    ids=["a name too many", "a name missing", "another order", "another name", "another addressee"],
)
def test_a_document_that_says_something_else_is_stopped(printed, meant):
    with pytest.raises(RoundTripError):
        documents.check_round_trip(documents.render_docx(printed), meant)


@pytest.mark.slow
@given(SIGNATURES)
def test_whatever_people_are_called_their_document_passes(signatures):
    whole = documents.PrintJob(words(), words().recipients[0], None, signatures)

    documents.check_round_trip(documents.render_docx(whole), whole)


@pytest.mark.slow
@pytest.mark.parametrize("layout", list(documents.Layout))
@pytest.mark.parametrize("name", list(documents.BUILT_IN))
def test_every_layout_on_every_letterhead_passes_and_one_name_more_does_not(layout, name):
    names = tuple(
        text.Signature(f"Person {n}", "Director", f"Org {n}", "", ("Peru", "", "Kenya")[n % 3]) for n in range(7)
    )
    whole = documents.PrintJob(words(), words().recipients[0], None, names, layout, withheld=2)
    more = documents.PrintJob(words(), words().recipients[0], None, (*names, names[0]), layout, withheld=2)
    fewer = documents.PrintJob(words(), words().recipients[0], None, names, layout, withheld=1)

    documents.check_round_trip(documents.render_docx(whole, documents.built_in(name)), whole)
    for other in (more, fewer):
        with pytest.raises(RoundTripError):
            documents.check_round_trip(documents.render_docx(other, documents.built_in(name)), whole)
