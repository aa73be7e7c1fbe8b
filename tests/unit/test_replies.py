"""What a mail server's words come to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emails.transport.replies import LONGEST_TEXT, Stage, Verdict, enhanced_code, refusal, said


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


# What servers say, as they and their makers document it.
OF_US: list[tuple[str, Stage]] = [
    ("421 4.7.0 Error: too many connections from 192.0.2.1", "session"),
    ("421 Too many concurrent SMTP connections from this IP address; please try again later.", "session"),
    ("421 4.3.2 The maximum number of concurrent server connections has exceeded a limit", "session"),
    ("454 4.7.0 Too many login attempts, please try again later.", "session"),
    ("421 too many messages in this connection", "MAIL"),
    ("452 4.5.3 Service unavailable, batch limit reached", "MAIL"),
    ("450 4.7.1 Error: too much mail from 192.0.2.1", "MAIL"),
    ("451 4.1.8 Domain of sender address does not resolve", "MAIL"),
    ("421 4.4.5 Server busy, try again later.", "RCPT"),
    ("421 4.2.1 slow down", "RCPT"),
    ("450 4.7.1 Error: too many recipients from 192.0.2.1", "RCPT"),
    ("452 4.5.3 Your message has too many recipients", "RCPT"),
    ("452 Too many recipients received this hour", "RCPT"),
    ("451 You've exceeded your messaging limits", "RCPT"),
    ("451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714)", "RCPT"),
    ("451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.", "RCPT"),
    ("432 4.3.2 Concurrent connections limit exceeded", "DATA"),
    ("451 4.3.0 Mail server temporarily rejected message.", "DATA"),
    ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", "dot"),
    ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume", "dot"),
    ("454 Throttling failure: Maximum sending rate exceeded.", "dot"),
    ("454 Throttling failure: Daily message quota exceeded.", "dot"),
    ("451 Temporary local problem - please try later", "dot"),
    ("452 4.3.1 Insufficient system storage", "dot"),
    ("550 5.4.5 Daily user sending limit exceeded. For more information go to", "dot"),
]
OF_ONE_ADDRESS: list[tuple[str, Stage]] = [
    ("450 4.2.0 <x@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/", "RCPT"),
    ("451 4.7.1 Greylisting in action, please come back later", "RCPT"),
    ("451 4.7.1 Try again later", "dot"),
    ("421 4.7.1 greylisted for 5 minutes", "RCPT"),
    ("450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more.", "RCPT"),
    ("452 4.2.2 The email account that you tried to reach is over quota.", "RCPT"),
    ("452 quota exceeded", "RCPT"),
    ("452 mailbox is over quota", "dot"),
    ("451 mailbox is full", "dot"),
    ("552 the user has exceeded storage limits", "RCPT"),
    ("450 4.1.1 <x@example.org>: Recipient address rejected: unverified address", "RCPT"),
    ("451 4.4.3 <x@example.org>: Host or domain name not found", "RCPT"),
    ("451 Temporary local problem - please try later", "RCPT"),
    ("550 5.7.1 Greylisting in effect, please come back later", "RCPT"),
    ("552 5.2.2 mailbox full", "RCPT"),
]


def answered(words: str, stage: Stage) -> tuple[Verdict, bool]:
    code, _, text = words.partition(" ")
    outcome = refusal(int(code), text.encode(), stage, "connected")
    return outcome.verdict, outcome.slow_down


@pytest.mark.parametrize(("words", "stage"), OF_US)
def test_a_server_that_has_enough_of_us_for_now_slows_everything_down(words: str, stage: Stage) -> None:
    assert answered(words, stage) == ("deferred", True)


@pytest.mark.parametrize(("words", "stage"), OF_ONE_ADDRESS)
def test_a_server_that_speaks_of_one_address_slows_nothing_down(words: str, stage: Stage) -> None:
    assert answered(words, stage) == ("deferred", False)


def test_what_is_refused_for_good_slows_nothing_down() -> None:
    for words in (
        "550 5.1.1 no such user",
        "554 too many hops",
        "550 recipient limit",
        "550 5.7.1 Relay access denied",
    ):
        assert answered(words, "RCPT")[0] != "deferred"
        assert not answered(words, "RCPT")[1]
