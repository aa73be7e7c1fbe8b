"""The quick writer of canonical JSON against RFC 8785's own."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workflow import canonical

KEYS = st.text(max_size=4) | st.sampled_from(["\U0001f600", "\ufb33", "\x7f", '"', "\\", "\n", "a", "B", ""])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


class Word(str):
    """A text of another class."""


def written(dumps, value):
    try:
        return dumps(value)
    except ValueError:
        return "refused"


@pytest.mark.slow
@given(VALUES)
def test_both_write_the_same_bytes_or_refuse(value):
    assert written(canonical.dumps, value) == written(rfc8785.dumps, value)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        -0.0,
        1e21,
        2**53 - 1,
        2**53,
        -(2**53),
        float("nan"),
        "\ud800",
        {"\ud800": 1},
        {1: 2},
        {None: 2},
        {"\U0001f600": 1, "\ufb33": 2},
        {"a": [{"\u00e9": "\u2028</script>\x1f\x7f"}]},
        Word("word"),
        {Word("key"): True},
        True,
        [True, 1, 1.5, None],
        b"bytes",
        {"set": {1}},
    ],
    ids=repr,
)
def test_what_the_two_could_write_in_different_ways(value):
    assert written(canonical.dumps, value) == written(rfc8785.dumps, value)
