"""A mail up to its final dot, and three commands in one write: whatever is refused or broken there, none is taken."""

from __future__ import annotations

import select
import time

import pytest

from emails.transport import STEPS, Client, Offered, Outcome
from tests.support.failing_mail_server import (
    IMPATIENT,
    MAIL,
    PIPELINING,
    Answer,
    Make,
    Sender,
    Talk,
    at_once,
    drop,
    hang,
    shown,
    to,
    wait_until,
)

ROUTE = ("us@example.org", "office@example.test")
GO_ON = b"354 go on\r\n"
TOGETHER = pytest.mark.parametrize("faulty", [True], ids=["pipelined"], indirect=True)
ONE_BY_ONE = pytest.mark.parametrize("faulty", [False], ids=["one by one"], indirect=True)


def offered(connection: Client, content: bytes = MAIL) -> Offered:
    """Return a mail at its dot; fails where it did not come so far."""
    found = connection.offer(*ROUTE, content)
    assert isinstance(found, Offered), found
    return found


# --- the dot is the caller's ---------------------------------------------------------------------------------------


def test_a_mail_that_is_offered_has_no_dot_until_the_caller_says_so(faulty: Make) -> None:
    server, steps = faulty(), []
    with Client(to(server)) as connection:
        mail = connection.offer(*ROUTE, MAIL, steps.append)
        assert isinstance(mail, Offered)
        time.sleep(0.1)
        assert (server.dots, steps) == (0, list(STEPS[:5]))
        outcome = mail.dot()
    assert (outcome.verdict, server.accepted, steps) == ("accepted", [MAIL], list(STEPS))


def test_several_lines_may_each_stand_before_a_dot(faulty: Make) -> None:
    server = faulty()
    lines = [Client(to(server)) for _ in range(3)]
    mails = [offered(line, b"Subject: %d\r\n\r\n" % n) for n, line in enumerate(lines)]
    assert server.dots == 0
    assert [mail.dot().verdict for mail in mails] == ["accepted"] * 3
    for line in lines:
        line.close()
    assert sorted(server.accepted) == [b"Subject: %d\r\n\r\n" % n for n in range(3)]


def test_a_mail_that_is_abandoned_never_reaches_anybody_and_says_why(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        outcome = offered(connection).abandon("It is not wanted any more.")
        assert (outcome.verdict, outcome.text) == ("abandoned", "It is not wanted any more.")
        wait_until(lambda: server.cut_short == [MAIL])
        assert offered(connection).dot().verdict == "accepted"
    assert (server.cut_short, server.accepted, server.connections) == ([MAIL], [MAIL], 2)


def test_a_mail_that_was_left_standing_has_no_dot_once_another_is_offered(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        left = offered(connection, b"Subject: left\r\n")
        second = offered(connection)
        late = left.dot()
        assert (late.verdict, late.code) == ("deferred", None)
        assert second.dot().verdict == "accepted"
    assert server.accepted == [MAIL]
    assert server.cut_short == [b"Subject: left\r\n"]


def test_an_old_mail_that_is_abandoned_spoils_no_other(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        left = offered(connection)
        second = offered(connection)
        assert left.abandon("Too late.").verdict == "abandoned"
        assert second.dot().verdict == "accepted"


def test_a_dot_is_written_once(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        mail = offered(connection)
        mail.dot()
        following = offered(connection)
        for again in (mail.dot, lambda: mail.abandon("")):
            with pytest.raises(RuntimeError):
                again()
        assert server.dots == 1
        assert following.dot().verdict == "accepted"


def test_a_connection_that_is_closed_over_a_mail_at_its_dot_says_no_quit_into_it(faulty: Make) -> None:
    server = faulty()
    with Client(to(server)) as connection:
        offered(connection)
    wait_until(lambda: server.cut_short == [MAIL])
    assert (server.cut_short, server.dots) == ([MAIL], 0)


def test_the_largest_mail_is_known_once_the_server_was_greeted(faulty: Make) -> None:
    sizes = {b"250 SIZE 40000\r\n": 40_000, b"250 SIZE 0\r\n": None, b"250 SIZE\r\n": None, b"250 fine\r\n": None}
    sizes |= {b"250 SIZE \xb2\r\n": None, b"250 SIZE " + b"9" * 5000 + b"\r\n": None}
    for said, largest in sizes.items():
        with Client(to(faulty({"EHLO": b"250-faulty.test\r\n" + said}))) as connection:
            assert connection.largest is None
            assert Sender().send(connection).verdict == "accepted"
            assert connection.largest == largest


# --- three commands in one write ------------------------------------------------------------------------------------


@TOGETHER
def test_where_it_is_offered_the_commands_go_out_together_and_the_body_waits_for_its_turn(faulty: Make) -> None:
    seen = []

    def mail(talk: Talk) -> None:
        seen.append(talk.reader.peek())
        talk.line.sendall(b"250 fine\r\n")

    def data(talk: Talk) -> None:
        seen.append(select.select([talk.line], [], [], 0.1)[0])
        talk.line.sendall(b"451 4.3.0 not now\r\n")

    outcome = offered_to(faulty({"MAIL": mail, "DATA": data}))
    assert seen == [b"RCPT TO:<office@example.test>\r\nDATA\r\n", []]
    assert (outcome.verdict, outcome.step) == ("deferred", "after_rcpt")


@ONE_BY_ONE
def test_where_it_is_not_offered_each_command_waits_for_its_answer(faulty: Make) -> None:
    seen = []

    def mail(talk: Talk) -> None:
        seen.append(select.select([talk.line], [], [], 0.1)[0])
        talk.line.sendall(b"250 fine\r\n")

    offered_to(faulty({"MAIL": mail}))
    assert seen == [[]]


def test_what_was_offered_in_the_clear_counts_for_nothing_once_the_line_is_encrypted(faulty: Make, authority) -> None:
    ehlo = [b"250-faulty.test\r\n" + PIPELINING + b"250 STARTTLS\r\n", b"250 faulty.test\r\n"]
    server = faulty(
        {"EHLO": ehlo, "STARTTLS": b"220 go\r\n", "MAIL": b"550 no\r\n"}, context=authority.context("127.0.0.1")
    )
    with Client(to(server, starttls="require", authorities=authority.file)) as connection:
        assert Sender().send(connection).code == 550
    assert server.verbs() == ["EHLO", "STARTTLS", "EHLO", "MAIL", "QUIT"]


def offered_to(server) -> Outcome:
    with Client(to(server)) as connection:
        return Sender().send(connection)


REFUSED = [
    ({"MAIL": [b"550 5.1.8 no such domain\r\n", b"250 fine\r\n"]}, "sender_refused", "connected"),
    ({"MAIL": [b"451 4.3.0 not now\r\n", b"250 fine\r\n"]}, "deferred", "connected"),
    ({"RCPT": [b"550 5.1.1 no such user\r\n", b"250 fine\r\n"]}, "rejected", "after_mail"),
    ({"RCPT": [b"450 4.2.0 greylisted\r\n", b"250 fine\r\n"]}, "deferred", "after_mail"),
]
AFTERWARDS = [b"554 5.5.1 no valid recipients\r\n", GO_ON, b"250 fine\r\n", b"nonsense\r\n", b"421 bye\r\n", drop]


@TOGETHER
@pytest.mark.parametrize("data", AFTERWARDS, ids=shown)
@pytest.mark.parametrize(("script", "verdict", "step"), REFUSED, ids=shown)
def test_a_refusal_stands_whatever_is_said_to_the_data_behind_it_and_no_mail_and_no_dot_is_out(
    faulty: Make, script: dict, verdict: str, step: str, data: Answer
) -> None:
    refusal_stands(faulty, script, verdict, step, data)


@TOGETHER
def test_a_refusal_stands_although_nothing_is_said_to_the_data_behind_it(faulty: Make) -> None:
    at_once(lambda *refused: refusal_stands(faulty, *refused, hang, **IMPATIENT), REFUSED)


def refusal_stands(faulty: Make, script: dict, verdict: str, step: str, data: Answer, **waits: float) -> None:
    script = {verb: list(answers) for verb, answers in script.items()}
    server, sender = faulty({**script, "DATA": [data, GO_ON]}), Sender()
    with Client(to(server, **waits)) as connection:
        outcome = sender.send(connection)
        assert (outcome.verdict, outcome.step, sender.marks, server.dots) == (verdict, step, 0, 0)
        assert Sender().send(connection).verdict == "accepted"
    assert server.accepted == [MAIL]
    # What a server believes to have got with its 354 is nothing at all.
    assert server.cut_short in ([], [b""])


@TOGETHER
@pytest.mark.parametrize("mail", [b"250 fine\r\n250 fine\r\n", b"250 fine\r\n550 5.1.1 no\r\n"])
def test_a_server_that_answers_more_often_than_it_is_asked_gets_no_mail(faulty: Make, mail: bytes) -> None:
    server, sender = faulty({"MAIL": mail}), Sender()
    with Client(to(server)) as connection:
        outcome = sender.send(connection)
    assert outcome.verdict in ("deferred", "rejected")
    assert (sender.marks, server.dots, server.accepted) == (0, 0, [])


@TOGETHER
def test_answers_that_come_in_one_piece_are_read_one_by_one(faulty: Make) -> None:
    def nothing_yet(talk: Talk) -> None:
        """What is said to MAIL and RCPT comes with the answer to DATA."""

    together = b"250 2.1.0 fine\r\n250-2.1.5 fine\r\n250 too\r\n354 go on\r\n"
    server = faulty({"MAIL": nothing_yet, "RCPT": nothing_yet, "DATA": together})
    assert offered_to(server).verdict == "accepted"
    assert server.accepted == [MAIL]
