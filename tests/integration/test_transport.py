"""One message out, one typed outcome back: against servers that fail in every way we know."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emails.mailbox import LocalMailbox, received
from emails.transport import CONNECTING, STEPS, Client, Server
from tests.support.failing_mail_server import (
    IMPATIENT,
    IN_TIME,
    LONG,
    MAIL,
    PATIENCE,
    Answer,
    FaultyServer,
    Make,
    Sender,
    Talk,
    at_once,
    drop,
    hang,
    outcome_of,
    say_and_drop,
    say_slowly,
    shown,
    take_and_drop,
    take_and_hang,
    to,
    wait_until,
)

# --- before the dot -------------------------------------------------------------------------------------------------

BEFORE_THE_DOT = [
    # (what the server does, verdict, code, the step reached)
    ({"banner": drop}, "deferred", None, CONNECTING),
    ({"banner": b"554 5.3.2 no mail here\r\n"}, "sender_refused", 554, CONNECTING),
    ({"banner": b"421 4.3.2 busy\r\n"}, "deferred", 421, CONNECTING),
    ({"banner": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "deferred", None, CONNECTING),
    ({"EHLO": b"421 4.7.0 too many connections\r\n"}, "deferred", 421, CONNECTING),
    ({"EHLO": b"550 5.7.1 we know no such name\r\n"}, "sender_refused", 550, CONNECTING),
    ({"MAIL": b"421 4.3.2 shutting down\r\n"}, "deferred", 421, "connected"),
    ({"MAIL": b"452 4.3.1 no room\r\n"}, "deferred", 452, "connected"),
    ({"MAIL": b"552 5.3.4 too big\r\n"}, "rejected", 552, "connected"),
    ({"MAIL": b"552 message size exceeds limit\r\n"}, "rejected", 552, "connected"),
    ({"MAIL": b"530 5.7.0 Authentication required\r\n"}, "sender_refused", 530, "connected"),
    ({"MAIL": b"553 5.1.8 no such sender's domain\r\n"}, "sender_refused", 553, "connected"),
    ({"MAIL": b"550 this sender is not welcome\r\n"}, "sender_refused", 550, "connected"),
    ({"MAIL": drop}, "deferred", None, "connected"),
    ({"MAIL": b"354 what?\r\n"}, "deferred", None, "connected"),
    ({"RCPT": b"451 4.7.1 Greylisted, come back in 5 minutes\r\n"}, "deferred", 451, "after_mail"),
    ({"RCPT": b"550 5.7.1 Greylisting in effect, please come back later\r\n"}, "deferred", 550, "after_mail"),
    ({"RCPT": b"550 5.7.1 Temporarily blocked, try again later\r\n"}, "deferred", 550, "after_mail"),
    ({"RCPT": b"421 4.2.1 slow down\r\n"}, "deferred", 421, "after_mail"),
    ({"RCPT": b"550 5.1.1 no such user\r\n"}, "rejected", 550, "after_mail"),
    ({"RCPT": b"550 5.4.1 Recipient address rejected: Access denied.\r\n"}, "rejected", 550, "after_mail"),
    ({"RCPT": b"553 mailbox name not allowed\r\n"}, "rejected", 553, "after_mail"),
    ({"RCPT": b"552 5.2.2 mailbox full\r\n"}, "deferred", 552, "after_mail"),
    ({"RCPT": b"552 exceeded storage allocation\r\n"}, "deferred", 552, "after_mail"),
    ({"RCPT": b"550 5.7.1 <x>: Relay access denied\r\n"}, "sender_refused", 550, "after_mail"),
    ({"RCPT": b"554 Relaying denied\r\n"}, "sender_refused", 554, "after_mail"),
    ({"RCPT": b"554 Service unavailable; Client host [192.0.2.1] blocked\r\n"}, "sender_refused", 554, "after_mail"),
    ({"RCPT": b"530 5.5.1 log in first\r\n"}, "sender_refused", 530, "after_mail"),
    ({"RCPT": b"550 5.1.8 the sender's domain is unknown\r\n"}, "sender_refused", 550, "after_mail"),
    ({"RCPT": b"550 5.7.133 only members may write to this list\r\n"}, "rejected", 550, "after_mail"),
    ({"RCPT": drop}, "deferred", None, "after_mail"),
    ({"RCPT": b"\xff\xfe\r\n"}, "deferred", None, "after_mail"),
    ({"DATA": b"421 4.3.2 shutting down\r\n"}, "deferred", 421, "after_rcpt"),
    ({"DATA": b"451 4.3.0 not now\r\n"}, "deferred", 451, "after_rcpt"),
    ({"DATA": b"554 5.5.1 no valid recipients\r\n"}, "rejected", 554, "after_rcpt"),
    ({"DATA": b"250 fine\r\n"}, "deferred", None, "after_rcpt"),
    ({"DATA": drop}, "deferred", None, "after_rcpt"),
]
SILENT_BEFORE_THE_DOT = [
    ({"banner": hang}, "deferred", None, CONNECTING),
    ({"EHLO": hang}, "deferred", None, CONNECTING),
    ({"MAIL": hang}, "deferred", None, "connected"),
    ({"RCPT": hang}, "deferred", None, "after_mail"),
    ({"DATA": hang}, "deferred", None, "after_rcpt"),
]


@pytest.mark.parametrize(("script", "verdict", "code", "step"), BEFORE_THE_DOT, ids=shown)
def test_what_goes_wrong_before_the_dot_never_leaves_a_mail_and_never_asks_for_the_mark(
    faulty: Make, script: dict, verdict: str, code: int | None, step: str
) -> None:
    goes_wrong_before_the_dot(faulty(script), verdict, code, step)


def test_whoever_falls_silent_before_the_dot_gets_no_mail_and_never_asks_for_the_mark(faulty: Make) -> None:
    at_once(
        lambda script, *expected: goes_wrong_before_the_dot(faulty(script), *expected, **IMPATIENT),
        SILENT_BEFORE_THE_DOT,
    )


def goes_wrong_before_the_dot(server: FaultyServer, verdict: str, code: int | None, step: str, **waits: float) -> None:
    sender = Sender()
    with Client(to(server, **waits)) as connection:
        outcome = sender.send(connection)
    assert (outcome.verdict, outcome.code, outcome.step) == (verdict, code, step)
    assert outcome.text
    assert (sender.marks, server.dots, server.accepted) == (0, 0, [])
    assert sender.steps == list(STEPS[: STEPS.index(step) + 1] if step in STEPS else ())


def test_a_server_that_cannot_be_reached_is_a_reason_to_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = outcome_of(Server("127.0.0.1", port, starttls="never"))
    assert outcome.verdict == "deferred"
    assert "can't be reached" in outcome.text


def test_a_server_whose_name_is_unknown_is_a_reason_to_wait() -> None:
    assert outcome_of(Server("no-such-host.invalid", 25, starttls="never")).verdict == "deferred"
    assert outcome_of(Server("a" * 70 + ".invalid", 25, starttls="never")).verdict == "deferred"


def test_a_greylisted_mail_is_taken_at_the_second_attempt(faulty: Make) -> None:
    server = faulty({"RCPT": [b"451 4.7.1 come back\r\n", b"250 2.1.5 welcome back\r\n"]})
    with Client(to(server)) as connection:
        verdicts = [Sender().send(connection).verdict for _ in range(2)]
    assert verdicts == ["deferred", "accepted"]
    assert server.accepted == [MAIL]


def test_a_mail_larger_than_the_server_says_is_rejected_before_it_is_offered(faulty: Make) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 SIZE 40\r\n"})
    outcome = outcome_of(to(server))
    assert (outcome.verdict, outcome.code) == ("rejected", None)
    assert f"{len(MAIL)} bytes" in outcome.text and "40" in outcome.text
    assert "MAIL" not in server.verbs()


def test_the_size_is_told_only_where_the_server_asks_for_it(faulty: Make) -> None:
    asking, silent = faulty(), faulty({"EHLO": b"250 faulty.test\r\n"})
    assert outcome_of(to(asking)).verdict == outcome_of(to(silent)).verdict == "accepted"
    assert b"MAIL FROM:<us@example.org> SIZE=%d\r\n" % len(MAIL) in asking.commands
    assert b"MAIL FROM:<us@example.org>\r\n" in silent.commands


def test_a_server_without_ehlo_is_greeted_as_of_old(faulty: Make) -> None:
    server = faulty({"EHLO": b"502 5.5.1 what is that\r\n"})
    assert outcome_of(to(server)).verdict == "accepted"
    assert server.verbs()[:2] == ["EHLO", "HELO"]


def test_we_greet_by_our_address_or_the_name_that_is_set(faulty: Make) -> None:
    server = faulty()
    outcome_of(to(server))
    outcome_of(to(server, name="letters.example.org"))
    greetings = [command for command in server.commands if command.lower().startswith(b"ehlo")]
    assert greetings == [b"ehlo [127.0.0.1]\r\n", b"ehlo letters.example.org\r\n"]


def test_the_null_return_path_is_written_as_such(faulty: Make) -> None:
    server = faulty()
    assert outcome_of(to(server), sender="").verdict == "accepted"
    assert any(command.startswith(b"MAIL FROM:<> ") for command in server.commands)


# --- while the body goes out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "verdict", "code"),
    [
        (drop, "deferred", None),
        (hang, "deferred", None),
        (say_and_drop(b"552 5.3.4 that is too long for us\r\n"), "rejected", 552),
        (say_and_drop(b"421 4.3.2 shutting down\r\n"), "deferred", 421),
    ],
    ids=["drop", "hang", "552", "421"],
)
def test_a_server_that_gives_up_in_the_middle_of_a_long_body_has_no_mail(
    faulty: Make, act: Answer, verdict: str, code: int | None
) -> None:
    server, sender = faulty({"body": act}), Sender()
    with Client(to(server, **IMPATIENT if act is hang else IN_TIME)) as connection:
        outcome = sender.send(connection, LONG)
    # The words before a hard close may be lost on the way; then it is a break, and tried again.
    assert (outcome.verdict, outcome.code) in ((verdict, code), ("deferred", None))
    assert outcome.step == "after_354"
    assert (sender.marks, server.dots) == (0, 0)


EARLY = [
    (b"552 5.3.4 too long\r\n", "rejected"),
    (b"451 4.3.0 no\r\n", "deferred"),
    (b"250 2.0.0 taken already\r\n", "deferred"),
]


def test_a_server_that_answers_before_the_dot_is_never_handed_the_mail(faulty: Make) -> None:
    # Longer than all that the two ends of a line can hold between them (Linux: 4 and 6 MB).
    longer = LONG * 2

    def is_answered(early: bytes, verdict: str) -> None:
        answered = threading.Event()

        def answer_early_and_read_no_further(talk: Talk) -> None:
            talk.line.sendall(early)
            answered.wait(30)

        server, sender = faulty({"body": answer_early_and_read_no_further}), Sender()
        with Client(to(server, block_timeout=PATIENCE)) as connection:
            outcome = sender.send(connection, longer)
            answered.set()
        assert outcome.verdict == verdict
        assert (sender.marks, server.dots, server.accepted) == (0, 0, [])

    at_once(is_answered, EARLY)


# --- the mark -------------------------------------------------------------------------------------------------------


def test_every_step_is_told_in_order_and_the_mark_stands_before_the_dot(faulty: Make) -> None:
    server, seen = faulty(), []
    with Client(to(server)) as connection:
        outcome = connection.send("a@b.test", "c@d.test", MAIL, lambda: seen.append(server.dots) or True, seen.append)
    assert seen == [*STEPS[:5], 0, *STEPS[5:]]
    assert (outcome.verdict, outcome.step) == ("accepted", "answered")


def test_a_mail_taken_back_at_the_mark_never_reaches_anybody(faulty: Make) -> None:
    server, sender = faulty(), Sender(agrees=False)
    with Client(to(server)) as connection:
        outcome = sender.send(connection)
        wait_until(lambda: bool(server.cut_short))
        assert server.cut_short == [MAIL]
        after = Sender().send(connection)
    assert (outcome.verdict, outcome.step) == ("abandoned", "body_without_dot")
    assert after.verdict == "accepted"
    assert (server.dots, server.accepted, server.connections) == (1, [MAIL], 2)


def test_a_mark_that_cannot_be_written_means_that_nothing_is_sent(faulty: Make) -> None:
    def fail() -> bool:
        raise OSError("database or disk is full")

    server = faulty()
    with Client(to(server)) as connection:
        outcome = connection.send("a@b.test", "c@d.test", MAIL, fail)
        wait_until(lambda: bool(server.cut_short))
        assert server.cut_short == [MAIL]
    assert outcome.verdict == "abandoned"
    assert "disk is full" in outcome.text
    assert server.dots == 0


def test_a_line_that_is_found_broken_before_the_dot_is_out_has_carried_no_mail(faulty: Make) -> None:
    marked, broken = threading.Event(), threading.Event()

    def reset_once_marked(talk: Talk) -> None:
        marked.wait(5)
        talk.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(talk.line.detach())
        broken.set()
        talk.hang_up()

    def watch(step: str) -> None:
        if step == "marked":
            marked.set()
            broken.wait(5)

    server = faulty({"body": reset_once_marked})
    with Client(to(server)) as connection:
        outcome = connection.send("a@b.test", "c@d.test", MAIL, lambda: True, watch)
    assert (outcome.verdict, outcome.step, outcome.code) == ("deferred", "marked", None)
    assert server.dots == 0


@pytest.mark.parametrize("step", STEPS[:6])
def test_an_interruption_before_the_dot_comes_through_and_leaves_no_mail(faulty: Make, step: str) -> None:
    def interrupt(reached: str) -> None:
        if reached == step:
            raise KeyboardInterrupt

    server = faulty()
    connection = Client(to(server))
    with pytest.raises(KeyboardInterrupt):
        connection.send("a@b.test", "c@d.test", MAIL, lambda: True, interrupt)
    connection.close()
    assert (server.dots, server.accepted) == (0, [])
    assert "QUIT" not in server.verbs()


@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_at_a_step_has_sent_the_mail_only_from_the_dot_on(tmp_path: Path, step: str) -> None:
    script = (
        "import os, sys\n"
        "from emails.transport import Client, Server\n"
        "def step(name):\n"
        "    if name == sys.argv[2]: os.kill(os.getpid(), 9)\n"
        "Client(Server.parse(sys.argv[1])).send('a@b.test', 'c@d.test', b'Subject: x', lambda: True, step)\n"
    )
    with LocalMailbox(tmp_path) as mailbox:
        ended = subprocess.run([sys.executable, "-c", script, mailbox.url, step], cwd=Path(__file__).parents[2])
        expected = 1 if step in ("dot_sent", "answered") else 0
        wait_until(lambda: len(received(tmp_path)) >= expected)
    assert ended.returncode == -signal.SIGKILL
    assert len(received(tmp_path)) == expected


# --- after the dot --------------------------------------------------------------------------------------------------

AFTER_THE_DOT = [
    # (what the server does, verdict, code, how many mails it has)
    (b"250 2.0.0 taken\r\n", "accepted", 250, 1),
    (b"250-2.0.0 taken\r\n250 2.0.0 with thanks\r\n", "accepted", 250, 1),
    (b"250\r\n", "accepted", 250, 1),
    (b"451 4.3.0 try later\r\n", "deferred", 451, 0),
    (b"421 4.3.2 shutting down\r\n", "deferred", 421, 0),
    (b"452 4.3.1 no room\r\n", "deferred", 452, 0),
    (b"550 5.6.0 we don't like it\r\n", "rejected", 550, 0),
    (b"552 5.3.4 too big\r\n", "rejected", 552, 0),
    (b"552 Too much mail data\r\n", "rejected", 552, 0),
    (b"552-5.7.0 blocked: its content is a security risk\r\n552 5.7.0 see the guide\r\n", "rejected", 552, 0),
    (b"554 5.2.2 mailbox full\r\n", "deferred", 554, 0),
    (b"550 5.7.26 unauthenticated mail is not accepted\r\n", "sender_refused", 550, 0),
    (b"550 5.7.515 Access denied, sending domain does not pass authentication\r\n", "sender_refused", 550, 0),
    (b"550 5.7.9 DMARC\r\n", "sender_refused", 550, 0),
    (b"554 5.7.1 Message rejected due to policy\r\n", "sender_refused", 554, 0),
    (b"550 SPF check failed\r\n", "sender_refused", 550, 0),
    (drop, "uncertain", None, 0),
    (take_and_drop, "uncertain", None, 1),
    (b"taken, thank you\r\n", "uncertain", None, 0),
    (b"999 taken\r\n", "uncertain", None, 0),
    (b"250taken\r\n", "uncertain", None, 0),
    (b"354 go on\r\n", "uncertain", None, 0),
    (b"221 bye\r\n", "uncertain", None, 0),
    (b"250-taken\r\n550 or not\r\n", "uncertain", None, 0),
    (say_and_drop(b"250-taken\r\n"), "uncertain", None, 0),
    (say_and_drop(b"25"), "uncertain", None, 0),
]
WITHOUT_END_AFTER_THE_DOT = [
    (take_and_hang, "uncertain", None, 1),
    (say_slowly(b"250 taken, but I speak a byte at a time and never come to an end\r\n", 0.05), "uncertain", None, 0),
]


@pytest.mark.parametrize(("act", "verdict", "code", "taken"), AFTER_THE_DOT, ids=shown)
def test_after_the_dot_only_an_answer_that_makes_sense_is_believed(
    faulty: Make, act: Answer, verdict: str, code: int | None, taken: int
) -> None:
    answers_after_the_dot(faulty({"dot": act}), verdict, code, None if is_nonsense(act, verdict) else taken)


def is_nonsense(act: Answer, verdict: str) -> bool:
    """Whether the mail was taken is just what nobody can know."""
    return isinstance(act, bytes) and verdict == "uncertain"


def test_after_the_dot_no_answer_is_waited_for_without_end(faulty: Make) -> None:
    at_once(
        lambda act, *expected: answers_after_the_dot(faulty({"dot": act}), *expected, **IMPATIENT),
        WITHOUT_END_AFTER_THE_DOT,
    )


def answers_after_the_dot(
    server: FaultyServer, verdict: str, code: int | None, taken: int | None, **waits: float
) -> None:
    sender = Sender()
    with Client(to(server, **waits)) as connection:
        outcome = sender.send(connection)
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert outcome.step == ("dot_sent" if verdict == "uncertain" else "answered")
    assert sender.marks == server.dots == 1
    if taken is not None:
        assert len(server.accepted) == taken


@pytest.mark.parametrize("words", [b"250-" + b"y" * 1_000_000, b"250-more\r\n" * 100_000], ids=["line", "lines"])
def test_an_answer_without_end_is_read_no_further_than_64_kilobytes(faulty: Make, words: bytes) -> None:
    server = faulty({"dot": words})
    outcome = outcome_of(to(server))
    assert (outcome.verdict, outcome.step) == ("uncertain", "dot_sent")
    assert "longer than 65536 bytes" in outcome.text


def test_an_answer_split_into_single_bytes_is_read_whole(faulty: Make) -> None:
    def slowly(words: bytes) -> Callable[[Talk], None]:
        return say_slowly(words, 0.001)

    def dot(talk: Talk) -> None:
        talk.take()
        slowly(b"250-2.0.0 taken\r\n250 2.0.0 as 4711\r\n")(talk)

    server = faulty({"banner": slowly(b"220 hello\r\n"), "MAIL": slowly(b"250 yes\r\n"), "dot": dot})
    outcome = outcome_of(to(server))
    assert (outcome.verdict, outcome.text, outcome.enhanced) == ("accepted", "2.0.0 taken 2.0.0 as 4711", "2.0.0")


def test_a_connection_lost_before_quit_does_not_change_that_the_mail_is_accepted(faulty: Make) -> None:
    for quit_answer in (drop, hang, b"garbage", b"500 no\r\n"):
        server = faulty({"QUIT": quit_answer})
        with Client(to(server, **IMPATIENT if quit_answer is hang else IN_TIME)) as connection:
            outcome = Sender().send(connection)
        assert outcome.verdict == "accepted"
        assert server.verbs()[-1] == "QUIT"


def test_the_wait_for_the_answer_to_the_dot_is_its_own(faulty: Make) -> None:
    def late(talk: Talk) -> None:
        talk.server.over.wait(1.25 * PATIENCE)
        talk.take()
        talk.line.sendall(b"250 2.0.0 taken after all\r\n")

    server = to(faulty({"dot": late}), **{**IMPATIENT, "dot_timeout": 10.0})
    assert outcome_of(server).verdict == "accepted"
