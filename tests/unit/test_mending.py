"""A place in a draft is found by the words around it, however long its paragraphs are."""

import pytest

from workflow.errors import RefusedError
from workflow.imports import mending

LONG = " ".join(f"word{n}" for n in range(5_000))


def test_long_paragraphs_are_split_and_joined_at_the_one_place_between_their_words():
    first, second = LONG, LONG.replace("word", "other")

    assert mending.split(f"{first} {second}", first, second) == f"{first}\n\n{second}"
    assert mending.join(f"{first}\n\n{second}", first, second) == f"{first} {second}"


def test_a_place_that_is_not_there_or_twice_is_refused():
    for body in (LONG, f"{LONG} End.\n\n{LONG} End.\n\n{LONG} End."):
        with pytest.raises(RefusedError):
            mending.join(body, f"{LONG} End.", LONG)


@pytest.mark.parametrize("blanks", [" " * 300, "\t" * 300, " \n" * 300])
def test_blanks_around_a_place_are_no_words_however_many(blanks):
    assert mending.join("One.\n\nTwo.", f"One.{blanks}", f"{blanks}Two.") == "One. Two."
