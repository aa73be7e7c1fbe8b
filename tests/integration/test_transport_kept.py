"""Many mails over one connection: none spoils the next."""

from __future__ import annotations

import socket
import time

import pytest

from emails.transport import Client
from tests.support.failing_mail_server import (
    Answer,
    Make,
    Sender,
    drop,
    hang,
    to,
    wait_until,
)


def test_many_mails_go_over_one_connection(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(5)]
    assert verdicts == ["accepted"] * 5
    assert (server.connections, len(server.accepted)) == (1, 5)
    assert server.verbs()[-1] == "QUIT"


def test_the_dot_is_not_held_back_by_the_kernel(faulty: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []
    create = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda *given: made.append(create(*given)) or made[-1])
    with Client(to(faulty())) as connection:
        Sender().send(connection)
        # Delayed acknowledgement would take 40 ms a mail.
        assert [line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for line in made] == [1]


def test_a_refused_recipient_does_not_spoil_the_next_mail(faulty: Make) -> None:
    server = faulty({"RCPT": [b"550 5.1.1 unknown\r\n", b"250 fine\r\n"]})
    with Client(to(server)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(2)]
    assert verdicts == ["rejected", "accepted"]
    assert server.connections == 1
    assert server.verbs()[1:5] == ["MAIL", "RCPT", "RSET", "MAIL"]


@pytest.mark.parametrize("reset", [drop, b"421 4.3.2 too many mails\r\n", b"500 what\r\n", b"nonsense\r\n"])
def test_a_connection_that_the_server_has_closed_is_opened_again(faulty: Make, reset: Answer) -> None:
    server = faulty({"RSET": reset})
    with Client(to(server)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(3)]
    assert verdicts == ["accepted"] * 3
    assert server.connections == 3


def test_a_server_that_answers_twice_is_not_taken_at_its_word_for_the_next_mail(faulty: Make) -> None:
    server = faulty({"dot": [b"250 taken\r\n250 taken\r\n", b"550 5.1.1 no\r\n"]})
    with Client(to(server)) as connection:
        first = Sender().send(connection)
        wait_until(lambda: len(server.accepted) == 1)
        time.sleep(0.05)
        second = Sender().send(connection)
    assert (first.verdict, second.verdict) == ("accepted", "rejected")
    assert server.connections == 2


def test_a_mail_after_one_that_ended_uncertain_takes_a_new_connection(faulty: Make) -> None:
    server = faulty({"dot": [hang, b"250 taken\r\n"]})
    with Client(to(server)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(2)]
    assert verdicts == ["uncertain", "accepted"]
    assert server.connections == 2
