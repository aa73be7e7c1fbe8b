"""The code of a letter: whoever copies it from paper is told of a slip, and never led to another letter."""

from __future__ import annotations

import itertools

import pytest

from workflow.letter import code


def test_each_code_is_read_as_it_is_shown():
    for _ in range(200):
        made = code.make()
        for typed in (
            made,
            code.shown(made),
            made.lower(),
            f" {made[:3]} {made[3:]}.",
            code.shown(made).replace("-", "–"),
        ):
            assert code.read(typed) == made


def test_every_wrong_character_and_every_two_that_changed_places_are_noticed():
    for _ in range(5):
        made = code.make()
        for at, wrong in itertools.product(range(code.LENGTH), code.ALPHABET):
            typed = made[:at] + wrong + made[at + 1 :]
            assert (code.read(typed) is None) is (typed != made)
        for one, other in itertools.combinations(range(code.LENGTH), 2):
            swapped = list(made)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert (code.read("".join(swapped)) is None) is (made[one] != made[other])


def test_what_looks_alike_on_paper_is_understood():
    made = next(one for one in iter(code.make, "") if "8" in one and "5" in one)

    assert code.read(made.replace("8", "b").replace("5", "S")) == made


@pytest.mark.parametrize("typed", ["", "-", "ABCD", "0" * 10, "I" * 10, "A" * 11, "ABCDEFGHJ\u0130", "x" * 100_000])
def test_anything_else_is_none(typed):
    assert code.read(typed) is None


def test_shown_in_groups():
    assert code.shown("ABCDEFGHJK") == "ABCD-EFGH-JK"
