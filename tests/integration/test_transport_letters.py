"""What is sent arrives, whatever letters and bytes it has; an address that would say more is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emails.mailbox import LocalMailbox, read, received
from emails.transport import Client, Server
from emails.transport.transaction import stuffed
from tests.support.failing_mail_server import (
    Make,
    Sender,
    outcome_of,
    to,
)


@pytest.mark.parametrize(
    "address",
    ["a@b.test>\r\nRCPT TO:<evil@e.test", "a\0@b.test", "a b@c.test", "a@b.test\n", "nobody", "@b.test", "a@", "<a@b>"],
)
def test_an_address_that_would_say_more_than_an_address_is_refused_unsent(faulty: Make, address: str) -> None:
    server = faulty()
    for route in ({"recipient": address}, {"sender": address}):
        outcome = outcome_of(to(server), **route)
        assert (outcome.verdict, outcome.code) == ("rejected", None)
        assert "address" in outcome.text
    assert server.connections == 0


def test_a_domain_beyond_ascii_goes_out_as_dns_has_it(faulty: Make) -> None:
    server = faulty()
    assert outcome_of(to(server), recipient="post@straße.example").verdict == "accepted"
    assert b"RCPT TO:<post@xn--strae-oqa.example>\r\n" in server.commands


def test_letters_beyond_ascii_before_the_at_need_a_server_that_takes_them(faulty: Make, tmp_path: Path) -> None:
    refusing = faulty()
    outcome = outcome_of(to(refusing), recipient="josé@example.test")
    assert (outcome.verdict, outcome.code) == ("rejected", None)
    assert "SMTPUTF8" in outcome.text
    assert "MAIL" not in refusing.verbs()
    with LocalMailbox(tmp_path) as mailbox:
        assert outcome_of(Server.parse(mailbox.url), recipient="josé@example.test").verdict == "accepted"
    assert received(tmp_path)[0].recipients == ("josé@example.test",)


def test_eight_bit_text_is_announced_and_is_not_sent_to_a_server_that_takes_none(faulty: Make) -> None:
    content = "Subject: x\r\n\r\nVingt-quatre numéros\r\n".encode()
    taking, refusing = faulty(), faulty({"EHLO": b"250 faulty.test\r\n"})
    assert outcome_of(to(taking), content).verdict == "accepted"
    assert any(b"BODY=8BITMIME" in command for command in taking.commands)
    outcome = outcome_of(to(refusing), content)
    assert (outcome.verdict, refusing.dots) == ("rejected", 0)
    assert "8BITMIME" in outcome.text


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMailbox]:
    with LocalMailbox(tmp_path_factory.mktemp("mailbox")) as running:
        yield running


@pytest.fixture(scope="module")
def kept(mailbox: LocalMailbox) -> Iterator[Client]:
    with Client(Server.parse(mailbox.url)) as connection:
        yield connection


PIECES = st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"..", b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\r\n..", b"\0"])
CONTENTS = st.lists(PIECES | st.binary(max_size=40), max_size=15).map(b"".join)


@settings(max_examples=250, deadline=None)
@given(content=CONTENTS)
def test_whatever_bytes_are_sent_arrive_unchanged_but_for_their_line_ends(
    kept: Client, mailbox: LocalMailbox, content: bytes
) -> None:
    outcome = Sender().send(kept, content)
    number = int(outcome.text.rsplit(" ", 1)[1])
    mail = read(mailbox.folder, number)
    expected = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    assert mail is not None
    assert mail.raw == (expected if expected.endswith(b"\r\n") else expected + b"\r\n")


@given(content=CONTENTS)
def test_a_body_on_the_wire_holds_no_end_of_data_and_no_bare_line_end(content: bytes) -> None:
    body = stuffed(content)
    assert not body.startswith(b".\r\n") and b"\r\n.\r\n" not in body
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", body) is None
    assert body.endswith(b"\r\n")
