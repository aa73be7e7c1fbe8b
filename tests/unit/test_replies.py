"""What a mail server's words come to."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from emails.transport.replies import LONGEST_TEXT, enhanced_code, said


@given(words=st.binary(max_size=3000))
def test_a_server_s_words_are_one_clean_line_of_bounded_length(words: bytes) -> None:
    shown = said(words)
    assert len(shown) <= LONGEST_TEXT
    assert shown.isprintable() or all(c.isprintable() or c.isspace() for c in shown)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_an_enhanced_code_is_one_of_the_answer_s_own_class() -> None:
    assert enhanced_code(550, "5.1.1 no such user") == "5.1.1"
    assert enhanced_code(550, "#5.1.0 Address rejected") == "5.1.0"
    assert enhanced_code(450, "5.1.1 no such user") == ""
    assert enhanced_code(550, "[5.1.1.9] is not welcome") == ""
    assert enhanced_code(250, "fine") == ""
