"""Signing the text as it would be: it counts for exactly that text, and for no other."""

from __future__ import annotations

import pytest

from tests.support.conditional import (
    agree,
    agreed_signoffs,
    asked,
    open_again,
    outcomes,
    suggest,
    take_over,
)
from tests.support.factories import actions, findings, invitation_states, mails


@pytest.fixture
def letter_id(database):
    return asked(database)


def test_it_counts_when_exactly_that_text_is_opened_and_is_told(database, letter_id):
    suggestion = suggest(database, letter_id)
    agree(database, letter_id, suggestion)
    agree(database, letter_id, suggestion, 1)
    take_over(database, letter_id, suggestion)
    assert outcomes(database, letter_id) == ["", ""], "a draft is before nobody"
    open_again(database, letter_id)

    assert invitation_states(database, letter_id) == ["signed", "signed", "invited"]
    assert agreed_signoffs(database) == [("ORGA", "Person A", True), ("ORGB", "Person B", True)]
    assert outcomes(database, letter_id) == ["met", "met"]
    assert [m.about["what"] for m in mails(database, letter_id, "receipt")] == ["met", "met"]
    assert [m.address for m in mails(database, letter_id, "revised")] == ["c@example.org"], "who counts is not asked"
    assert actions(database, letter_id).count("invitation.fulfil") == 2
    assert findings(database, letter_id) == []
