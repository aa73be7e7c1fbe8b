"""The decoder finds the best way there is: held against trying all of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.imports.viterbi import Step, decode

STATES = "ab"
GAINS = st.integers(-9, 9)


@st.composite
def courses(draw):
    """So many places; what each step of one or two places gains there; what a change of state costs."""
    length = draw(st.integers(0, 6))
    keys = [*itertools.product(range(length), (1, 2), STATES)]
    return length, {key: draw(GAINS) for key in keys}, draw(st.integers(0, 5))


def ways(length, gains, cost, place=0, state=""):
    """Every way to the end, with its points."""
    if place == length:
        yield 0.0, ()
    for span, after in itertools.product((1, 2), STATES):
        if place + span <= length:
            points = gains[place, span, after] - (cost if state not in ("", after) else 0)
            for rest, labels in ways(length, gains, cost, place + span, after):
                yield points + rest, ((place, span, after), *labels)


def steps_of(length, gains, cost):
    def steps(place, state):
        for span, after in itertools.product((1, 2), STATES):
            if place + span <= length:
                points = gains[place, span, after] - (cost if state not in ("", after) else 0)
                yield Step(span, after, points, (place, span, after))

    return steps


@pytest.mark.slow
@given(courses())
@settings(max_examples=200, deadline=None)
def test_no_way_is_better_than_the_one_that_is_found(course):
    length, gains, cost = course
    every = {labels: points for points, labels in ways(length, gains, cost)}

    points, labels = decode(length, "", steps_of(length, gains, cost))

    assert points == max(every.values())
    assert every[tuple(labels)] == points


@pytest.mark.slow
@given(courses())
@settings(max_examples=200, deadline=None)
def test_giving_up_what_cannot_win_loses_nothing(course):
    length, gains, cost = course
    steps = steps_of(length, gains, cost)

    assert decode(length, "", steps, widest=cost)[0] == decode(length, "", steps)[0]


def test_where_no_way_leads_to_the_end_there_is_none():
    assert decode(2, "", lambda place, state: [Step(1, "a", 1.0, "x")] if place == 0 else []) == (0.0, [])
