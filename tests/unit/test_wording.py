"""Replacing words as they read, in the Markdown that they were written in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.errors import WordingError
from workflow.letter import text, wording

BODY = (
    "# A heading\n\nFirst **bold words** and *more*,\nover two lines.\n\n- one item\n- another item\n\nThe 3 \\* of it."
)


def reads(body):
    return " ".join(text.to_plain(body, 10_000).split())


@pytest.mark.parametrize(
    ("paragraph", "old", "new", "due"),
    [
        (2, "over two lines", "over three lines", "over three lines."),
        (2, "more, over", "much more, over", "*much more*, over"),
        (2, "bold words", "strong words", "**strong words**"),
        (1, "heading", "title", "# A title"),
        (3, "another item", "a second item", "- a second item"),
        (4, "3 * of", "4 * of", "The 4"),
        (2, "two lines", "2 * 3 _lines_ [x](y)", "2 * 3"),
    ],
)
def test_words_are_replaced_as_they_read(paragraph, old, new, due):
    try:
        made = wording.replaced(BODY, paragraph, old, new)
    except WordingError:
        assert due == "*much more*, over", "only words that are partly set apart may be refused"
        return

    assert reads(made) == reads(BODY).replace(old, new)


@pytest.mark.parametrize(
    ("paragraph", "old", "new", "why"),
    [
        (9, "First", "Last", "no such paragraph"),
        (1, "First", "Last", "not in that paragraph"),
        (3, "item", "thing", "more than once"),
        (2, "", "x", "Paste the current wording"),
        (2, "First", "First", "wordings are the same"),
        (2, "First bold", "Last", "is formatted"),
    ],
)
def test_what_cannot_be_replaced_is_refused_in_a_sentence(paragraph, old, new, why):
    with pytest.raises(WordingError, match=why):
        wording.replaced(BODY, paragraph, old, new)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=30)


@pytest.mark.slow
@given(st.lists(words, min_size=1, max_size=4), words, words, st.integers(0, 3))
def test_whatever_is_replaced_reads_exactly_as_asked(paragraphs, old, new, where):
    body = text.clean_block("\n\n".join(paragraphs))
    place = min(where, len(paragraphs) - 1) + 1
    before = text.paragraphs(body)

    try:
        made = wording.replaced(body, place, old, new)
    except WordingError:
        return

    after = text.paragraphs(made)
    assert after[: place - 1] == before[: place - 1]
    assert after[place:] == before[place:]
    old, new = wording.clean(old), wording.clean(new)
    assert reads(after[place - 1]) == wording.clean(reads(before[place - 1]).replace(old, new))


def test_the_numbers_are_those_of_the_page():
    body = "One.\n\n> Two\n\n1. Three\n2. more\n\n| a | b |\n|---|---|\n| c | d |\n\nFive."

    assert wording.count(body) == len(text.paragraphs(body)) == 5
    assert wording.found_in(body, "c | d") == [4]
