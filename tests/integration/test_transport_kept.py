"""Many mails over one connection: none spoils the next."""

from __future__ import annotations

import socket
import time

import pytest

from emails.transport import Client, client
from tests.support.failing_mail_server import (
    IMPATIENT,
    Answer,
    Make,
    Sender,
    drop,
    hang,
    say_and_drop,
    shown,
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
    said = server.verbs()
    assert said[said.index("RSET") :] == ["RSET", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_line_that_is_in_step_is_not_asked_again_before_each_mail(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        for _ in range(3):
            Sender().send(connection)
    assert server.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]


@pytest.mark.parametrize("reset", [drop, b"421 4.3.2 too many mails\r\n", b"500 what\r\n", b"nonsense\r\n"])
def test_a_connection_that_the_server_has_closed_while_it_rested_is_opened_again(
    faulty: Make, monkeypatch: pytest.MonkeyPatch, reset: Answer
) -> None:
    monkeypatch.setattr(client, "IDLE_SECONDS", 0.0)
    server = faulty({"RSET": reset})
    with Client(to(server)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(3)]
    assert verdicts == ["accepted"] * 3
    assert server.connections == 3


USED_UP = [drop, b"421 4.7.0 too many mails on this connection\r\n", b"452 4.5.3 batch limit reached\r\n"]


@pytest.mark.parametrize("mail", [*USED_UP, say_and_drop(b"421 4.3.2 closing\r\n")], ids=shown)
def test_a_line_that_has_carried_as_many_mails_as_the_server_likes_is_no_answer_to_the_next(
    faulty: Make, mail: Answer
) -> None:
    server = faulty({"MAIL": [b"250 fine\r\n", mail, b"250 fine\r\n"]})
    with Client(to(server)) as connection:
        outcomes = [Sender().send(connection) for _ in range(2)]
    assert [(outcome.verdict, outcome.slow_down) for outcome in outcomes] == [("accepted", False)] * 2
    assert (server.connections, server.dots) == (2, 2)


def test_a_server_that_takes_no_more_at_all_is_asked_on_one_more_line_and_no_further(faulty: Make) -> None:
    server = faulty({"MAIL": [b"250 fine\r\n", b"421 4.7.0 too many mails\r\n"]})
    with Client(to(server)) as connection:
        outcomes = [Sender().send(connection) for _ in range(3)]
    assert [(outcome.verdict, outcome.slow_down) for outcome in outcomes[1:]] == [("deferred", True)] * 2
    # One for the first mail, one more when its line is used up, and one for the last mail.
    assert server.connections == 3


def test_a_server_that_hangs_up_between_two_mails_costs_none(faulty: Make) -> None:
    server = faulty({"dot": [say_and_drop(b"250 taken\r\n"), b"250 taken\r\n"]})
    with Client(to(server)) as connection:
        first = Sender().send(connection)
        time.sleep(0.1)
        second = Sender().send(connection)
    assert (first.verdict, second.verdict, server.connections) == ("accepted", "accepted", 2)


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
    with Client(to(server, **IMPATIENT)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(2)]
    assert verdicts == ["uncertain", "accepted"]
    assert server.connections == 2
