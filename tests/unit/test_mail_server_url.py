"""A mail server, as the operator writes it."""

from __future__ import annotations

import re

import pytest

from emails.transport import Server
from tests.support.failing_mail_server import (
    Authority,
)


def test_a_url_says_all_that_is_needed(authority: Authority) -> None:
    server = Server.parse(
        f"smtp://let%40ters:p%2Fw%3A%C3%A9@mail.example.org:2525?name=us.example.org&ca={authority.file}"
    )
    assert (server.host, server.port, server.user, server.password) == (
        "mail.example.org", 2525, "let@ters", "p/w:é",
    )  # fmt: skip
    assert (server.starttls, server.tls, server.name, server.authorities) == (
        "require", False, "us.example.org", authority.file,
    )  # fmt: skip
    assert (server.answer_timeout, server.dot_timeout) == (300, 600)


def test_ports_and_encryption_have_the_usual_defaults() -> None:
    assert Server.parse("smtp://mail.example.org").port == 587
    assert (Server.parse("smtps://mail.example.org").port, Server.parse("smtps://mail.example.org").tls) == (465, True)
    assert Server.parse("smtp://mail.example.org").starttls == "require"
    assert Server.parse("smtp://mail.example.org?starttls=auto").starttls == "auto"
    for here in ("127.0.0.1", "localhost", "[::1]", "mail.localhost"):
        assert Server.parse(f"smtp://{here}:25").starttls == "never"
    assert Server.parse("smtp://localhost?starttls=require").starttls == "require"


def test_no_wait_is_longer_than_the_wait_for_the_answer_to_the_dot() -> None:
    server = Server.parse("smtp://localhost", dot_timeout=2.0)
    waits = (server.connect_timeout, server.answer_timeout, server.data_timeout, server.block_timeout)
    assert (*waits, server.dot_timeout) == (2.0,) * 5


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:0",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org:abc",
        "smtp://[::1",
        "smtp://mail.example.org/inbox",
        "smtp://us:pa/ss@mail.example.org",
        "smtp://mail.example.org?starttls=perhaps",
        "smtp://mail.example.org?tls=1",
        "smtp://mail.example.org?ca=/no/such/file.pem",
        "smtp://mail.example.org?name=two%20words",
    ],
)
def test_a_url_that_is_wrong_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        Server.parse(url)
    assert re.search(r"[A-Z?].{20,}\.$", str(refused.value))
    assert "pa/ss" not in str(refused.value)
