"""One message out, one typed outcome back: against aiosmtpd, and against servers that fail in every way we know."""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st

from emails.mailbox import LocalMailbox, read, received
from emails.transport import CONNECTING, STEPS, Client, Outcome, Server
from emails.transport.client import stuffed
from emails.transport.replies import LONGEST_TEXT, enhanced_code, said

MAIL = b"Subject: A letter\r\n\r\nDear Minister,\r\n.\r\n..\r\nYours\r\n"
PATIENCE = 0.4


# --- a mail server that fails on demand -----------------------------------------------------------------------------


class HungUp(Exception):
    """The server has closed the connection."""


class Talk:
    """One connection to a faulty server."""

    def __init__(self, server: FaultyServer, line: socket.socket) -> None:
        self.server = server
        self.line = line
        self.reader = line.makefile("rb")
        self.body = b""

    def hang_up(self) -> None:
        raise HungUp

    def hang(self) -> None:
        self.server.over.wait(10)
        raise HungUp

    def take(self) -> None:
        self.server.accepted.append(self.body)

    def encrypt(self) -> None:
        assert self.server.context is not None
        self.line = self.server.context.wrap_socket(self.line, server_side=True)
        self.reader = self.line.makefile("rb")


Answer = bytes | Callable[[Talk], None] | list


class FaultyServer:
    """
    A mail server on loopback that goes by the book, but where `script` says otherwise for a command.

    An answer is bytes, a function, or a list of them for one occurrence after the other (the last one stays).
    """

    def __init__(self, script: dict[str, Answer], context: ssl.SSLContext | None = None, tls: bool = False) -> None:
        self.script = {verb: list(a) if isinstance(a, list) else [a] for verb, a in script.items()}
        self.context = context
        self.tls = tls
        self.commands: list[bytes] = []
        self.accepted: list[bytes] = []
        self.cut_short: list[bytes] = []
        self.dots = 0
        self.connections = 0
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def verbs(self) -> list[str]:
        return [command.split(maxsplit=1)[0].decode().upper() for command in self.commands]

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._talk, args=(line,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _talk(self, line: socket.socket) -> None:
        talk = Talk(self, line)
        with contextlib.suppress(HungUp, OSError, ValueError):
            line.settimeout(10)
            if self.tls:
                talk.encrypt()
            self._answer(talk, "banner", b"220 faulty.test ESMTP\r\n")
            while command := talk.reader.readline():
                self._obey(talk, command)
        with contextlib.suppress(OSError):
            talk.line.shutdown(socket.SHUT_RDWR)
        talk.line.close()

    def _obey(self, talk: Talk, command: bytes) -> None:
        self.commands.append(command)
        verb = command.split(maxsplit=1)[0].decode("ascii", "replace").upper()
        by_the_book = {"EHLO": b"250-faulty.test\r\n250-SIZE 20000000\r\n250 8BITMIME\r\n", "DATA": b"354 go on\r\n"}
        said = self._answer(talk, verb, by_the_book.get(verb, b"221 bye\r\n" if verb == "QUIT" else b"250 fine\r\n"))
        if verb == "DATA" and said.startswith(b"354"):
            self._read_body(talk)
        if verb == "STARTTLS" and said.startswith(b"220"):
            talk.encrypt()
        if verb == "QUIT":
            raise HungUp

    def _read_body(self, talk: Talk) -> None:
        lines: list[bytes] = []
        while (line := talk.reader.readline()) != b".\r\n":
            if not line:
                self.cut_short.append(b"".join(lines))
                raise HungUp
            lines.append(line.removeprefix(b"."))
            if len(lines) == 2 and "body" in self.script:
                self._answer(talk, "body", b"")
        self.dots += 1
        talk.body = b"".join(lines)
        if self._answer(talk, "dot", b"250 2.0.0 taken\r\n").startswith(b"250"):
            talk.take()

    def _answer(self, talk: Talk, verb: str, by_the_book: bytes) -> bytes:
        answers = self.script.get(verb, [by_the_book])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, bytes):
            talk.line.sendall(answer)
            return answer
        answer(talk)
        return b""


def drop(talk: Talk) -> None:
    talk.hang_up()


def hang(talk: Talk) -> None:
    talk.hang()


def take_and_drop(talk: Talk) -> None:
    talk.take()
    talk.hang_up()


def take_and_hang(talk: Talk) -> None:
    talk.take()
    talk.hang()


def say_slowly(words: bytes, pause: float) -> Callable[[Talk], None]:
    def trickle(talk: Talk) -> None:
        talk.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in words:
            talk.line.sendall(bytes([byte]))
            if talk.server.over.wait(pause):
                break

    return trickle


def say_and_drop(words: bytes) -> Callable[[Talk], None]:
    def last_words(talk: Talk) -> None:
        talk.line.sendall(words)
        talk.hang_up()

    return last_words


Make = Callable[..., FaultyServer]


@pytest.fixture
def faulty() -> Iterator[Make]:
    """Start servers that fail as their script says; they are stopped after the test."""
    started: list[FaultyServer] = []

    def make(script: dict[str, Answer] | None = None, **how: object) -> FaultyServer:
        started.append(FaultyServer(script or {}, **how))
        return started[-1]

    yield make
    for server in started:
        server.stop()


def shown(value: object) -> str:
    """Name a test's case after what the server does."""
    if isinstance(value, dict):
        return " ".join(f"{verb} {shown(answer)}" for verb, answer in value.items())
    words = value.decode("ascii", "replace") if isinstance(value, bytes) else getattr(value, "__name__", str(value))
    return " ".join(words[:40].split())


def to(server: FaultyServer, **how: object) -> Server:
    """Our side of a faulty server, with waits that a test can bear."""
    waits = dict.fromkeys(("answer_timeout", "data_timeout", "block_timeout", "dot_timeout"), PATIENCE)
    return replace(Server("127.0.0.1", server.port, starttls="never", connect_timeout=3.0, **waits), **how)


class Sender:
    """A caller that notes what it was asked and told."""

    def __init__(self, agrees: bool = True) -> None:
        self.agrees = agrees
        self.marks = 0
        self.steps: list[str] = []

    def mark(self) -> bool:
        self.marks += 1
        return self.agrees

    def send(self, connection: Client, content: bytes = MAIL, **route: str) -> Outcome:
        sender, recipient = route.get("sender", "us@example.org"), route.get("recipient", "office@example.test")
        return connection.send(sender, recipient, content, self.mark, self.steps.append)


def outcome_of(server: Server, content: bytes = MAIL, **route: str) -> Outcome:
    with Client(server) as connection:
        return Sender().send(connection, content, **route)


# --- before the dot -------------------------------------------------------------------------------------------------

BEFORE_THE_DOT = [
    # (what the server does, verdict, code, the step reached)
    ({"banner": hang}, "deferred", None, CONNECTING),
    ({"banner": drop}, "deferred", None, CONNECTING),
    ({"banner": b"554 5.3.2 no mail here\r\n"}, "sender_refused", 554, CONNECTING),
    ({"banner": b"421 4.3.2 busy\r\n"}, "deferred", 421, CONNECTING),
    ({"banner": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "deferred", None, CONNECTING),
    ({"EHLO": b"421 4.7.0 too many connections\r\n"}, "deferred", 421, CONNECTING),
    ({"EHLO": b"550 5.7.1 we know no such name\r\n"}, "sender_refused", 550, CONNECTING),
    ({"EHLO": hang}, "deferred", None, CONNECTING),
    ({"MAIL": b"421 4.3.2 shutting down\r\n"}, "deferred", 421, "connected"),
    ({"MAIL": b"452 4.3.1 no room\r\n"}, "deferred", 452, "connected"),
    ({"MAIL": b"552 5.3.4 too big\r\n"}, "rejected", 552, "connected"),
    ({"MAIL": b"552 message size exceeds limit\r\n"}, "rejected", 552, "connected"),
    ({"MAIL": b"530 5.7.0 Authentication required\r\n"}, "sender_refused", 530, "connected"),
    ({"MAIL": b"553 5.1.8 no such sender's domain\r\n"}, "sender_refused", 553, "connected"),
    ({"MAIL": b"550 this sender is not welcome\r\n"}, "sender_refused", 550, "connected"),
    ({"MAIL": drop}, "deferred", None, "connected"),
    ({"MAIL": hang}, "deferred", None, "connected"),
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
    ({"DATA": hang}, "deferred", None, "after_rcpt"),
]


@pytest.mark.parametrize(("script", "verdict", "code", "step"), BEFORE_THE_DOT, ids=shown)
def test_what_goes_wrong_before_the_dot_never_leaves_a_mail_and_never_asks_for_the_mark(
    faulty: Make, script: dict, verdict: str, code: int | None, step: str
) -> None:
    server, sender = faulty(script), Sender()
    with Client(to(server)) as connection:
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

LONG = MAIL + b"x" * 70 + b"\r\n" + b"Once upon a time.\r\n" * 400_000


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
    with Client(to(server)) as connection:
        outcome = sender.send(connection, LONG)
    # The words before a hard close may be lost on the way; then it is a break, and tried again.
    assert (outcome.verdict, outcome.code) in ((verdict, code), ("deferred", None))
    assert outcome.step == "after_354"
    assert (sender.marks, server.dots) == (0, 0)


@pytest.mark.parametrize("early", [b"552 5.3.4 too long\r\n", b"451 4.3.0 no\r\n", b"250 2.0.0 taken already\r\n"])
def test_a_server_that_answers_before_the_dot_is_never_handed_the_mail(faulty: Make, early: bytes) -> None:
    answered = threading.Event()

    def answer_early_and_read_no_further(talk: Talk) -> None:
        talk.line.sendall(early)
        answered.wait(30)

    server, sender = faulty({"body": answer_early_and_read_no_further}), Sender()
    with Client(to(server)) as connection:
        # Longer than all that the two ends of a line can hold between them (Linux: 4 and 6 MB).
        outcome = sender.send(connection, LONG * 2)
        answered.set()
    assert outcome.verdict == {b"5": "rejected", b"4": "deferred", b"2": "deferred"}[early[:1]]
    assert (sender.marks, server.dots, server.accepted) == (0, 0, [])


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


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)


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
    (take_and_hang, "uncertain", None, 1),
    (say_slowly(b"250 taken, but I speak a byte at a time and never come to an end\r\n", 0.05), "uncertain", None, 0),
    (b"taken, thank you\r\n", "uncertain", None, 0),
    (b"999 taken\r\n", "uncertain", None, 0),
    (b"250taken\r\n", "uncertain", None, 0),
    (b"354 go on\r\n", "uncertain", None, 0),
    (b"221 bye\r\n", "uncertain", None, 0),
    (b"250-taken\r\n550 or not\r\n", "uncertain", None, 0),
    (say_and_drop(b"250-taken\r\n"), "uncertain", None, 0),
    (say_and_drop(b"25"), "uncertain", None, 0),
]


@pytest.mark.parametrize(("act", "verdict", "code", "taken"), AFTER_THE_DOT, ids=shown)
def test_after_the_dot_only_an_answer_that_makes_sense_is_believed(
    faulty: Make, act: Answer, verdict: str, code: int | None, taken: int
) -> None:
    server, sender = faulty({"dot": act}), Sender()
    with Client(to(server)) as connection:
        outcome = sender.send(connection)
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert outcome.step == ("dot_sent" if verdict == "uncertain" else "answered")
    assert sender.marks == server.dots == 1
    if isinstance(act, bytes) and verdict == "uncertain":
        return  # Whether it was taken is just what nobody can know.
    assert len(server.accepted) == taken


@pytest.mark.parametrize("words", [b"250-" + b"y" * 1_000_000, b"250-more\r\n" * 100_000], ids=["line", "lines"])
def test_an_answer_without_end_is_read_no_further_than_64_kilobytes(faulty: Make, words: bytes) -> None:
    server = faulty({"dot": words})
    outcome = outcome_of(to(server, dot_timeout=30.0))
    assert (outcome.verdict, outcome.step) == ("uncertain", "dot_sent")
    assert "longer than 65536 bytes" in outcome.text


def test_an_answer_split_into_single_bytes_is_read_whole(faulty: Make) -> None:
    def slowly(words: bytes) -> Callable[[Talk], None]:
        return say_slowly(words, 0.001)

    def dot(talk: Talk) -> None:
        talk.take()
        slowly(b"250-2.0.0 taken\r\n250 2.0.0 as 4711\r\n")(talk)

    server = faulty({"banner": slowly(b"220 hello\r\n"), "MAIL": slowly(b"250 yes\r\n"), "dot": dot})
    outcome = outcome_of(to(server, answer_timeout=5.0, dot_timeout=5.0))
    assert (outcome.verdict, outcome.text, outcome.enhanced) == ("accepted", "2.0.0 taken 2.0.0 as 4711", "2.0.0")


def test_a_connection_lost_before_quit_does_not_change_that_the_mail_is_accepted(faulty: Make) -> None:
    for quit_answer in (drop, hang, b"garbage", b"500 no\r\n"):
        server = faulty({"QUIT": quit_answer})
        with Client(to(server)) as connection:
            outcome = Sender().send(connection)
        assert outcome.verdict == "accepted"
        assert server.verbs()[-1] == "QUIT"


def test_the_wait_for_the_answer_to_the_dot_is_its_own(faulty: Make) -> None:
    def late(talk: Talk) -> None:
        talk.server.over.wait(2 * PATIENCE)
        talk.take()
        talk.line.sendall(b"250 2.0.0 taken after all\r\n")

    assert outcome_of(to(faulty({"dot": late}), dot_timeout=10.0)).verdict == "accepted"


# --- a kept connection ----------------------------------------------------------------------------------------------


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


# --- addresses and letters ------------------------------------------------------------------------------------------


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


# --- encryption and signing in --------------------------------------------------------------------------------------


class Authority:
    """A certificate authority of our own, with a certificate for a name or address."""

    def __init__(self, folder: Path) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec

        self.folder = folder
        self._x509 = x509
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])
        self.file = folder / "ca.pem"
        self.file.write_bytes(self._pem(self._certificate(self._name, self._key.public_key(), None)))

    def context(self, subject: str) -> ssl.SSLContext:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = self._x509.Name([self._x509.NameAttribute(self._x509.NameOID.COMMON_NAME, subject)])
        file = self.folder / f"{subject}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(secret + self._pem(self._certificate(name, key.public_key(), subject)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _certificate(self, name, public_key, subject: str | None):
        from cryptography.hazmat.primitives import hashes

        now = datetime.datetime.now(datetime.UTC)
        builder = (
            self._x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(self._x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(self._x509.BasicConstraints(ca=subject is None, path_length=None), critical=True)
        )
        if subject is not None:
            try:
                alternative = self._x509.IPAddress(ipaddress.ip_address(subject))
            except ValueError:
                alternative = self._x509.DNSName(subject)
            builder = builder.add_extension(self._x509.SubjectAlternativeName([alternative]), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _pem(self, certificate) -> bytes:
        from cryptography.hazmat.primitives import serialization

        return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


OFFERING = {"EHLO": b"250-faulty.test\r\n250-STARTTLS\r\n250 SIZE 1000000\r\n", "STARTTLS": b"220 go\r\n"}


def test_a_mail_goes_encrypted_where_the_certificate_holds(faulty: Make, authority: Authority) -> None:
    context = authority.context("127.0.0.1")
    starttls, smtps = faulty(OFFERING, context=context), faulty(context=context, tls=True)
    trusting = {"authorities": authority.file, "answer_timeout": 5.0, "dot_timeout": 5.0}
    assert outcome_of(to(starttls, starttls="require", **trusting)).verdict == "accepted"
    assert outcome_of(to(starttls, starttls="auto", **trusting)).verdict == "accepted"
    assert outcome_of(to(smtps, tls=True, **trusting), LONG).verdict == "accepted"
    assert starttls.verbs()[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


@pytest.mark.parametrize("subject", ["mail.elsewhere.test", "127.0.0.1"])
def test_a_wrong_certificate_is_an_alarm_and_nothing_is_sent_in_the_clear(
    faulty: Make, authority: Authority, subject: str
) -> None:
    context = authority.context(subject)
    trusted = {"authorities": authority.file} if subject != "127.0.0.1" else {}
    starttls, smtps = faulty(OFFERING, context=context), faulty(context=context, tls=True)
    outcomes = [
        outcome_of(to(starttls, starttls="require", **trusted)),
        outcome_of(to(starttls, starttls="auto", **trusted)),
        outcome_of(to(smtps, tls=True, **trusted)),
    ]
    assert [outcome.verdict for outcome in outcomes] == ["sender_refused"] * 3
    assert all("certificate" in outcome.text and "Nothing was sent" in outcome.text for outcome in outcomes)
    assert set(starttls.verbs()) == {"EHLO", "STARTTLS"}


def test_a_server_that_hides_starttls_gets_nothing(faulty: Make) -> None:
    server = faulty()
    outcome = outcome_of(to(server, starttls="require"))
    assert outcome.verdict == "sender_refused"
    assert "STARTTLS" in outcome.text
    assert server.verbs() == ["EHLO"]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(b"454 4.7.0 not now\r\n", "deferred"), (b"501 no\r\n", "sender_refused"), (drop, "deferred"), (hang, "deferred")],
)
def test_a_refused_starttls_is_never_followed_by_a_mail(faulty: Make, answer: Answer, verdict: str) -> None:
    server = faulty({**OFFERING, "STARTTLS": answer})
    assert outcome_of(to(server, starttls="auto")).verdict == verdict
    assert server.verbs() == ["EHLO", "STARTTLS"]


def test_words_slipped_in_before_the_encryption_are_not_believed(faulty: Make, authority: Authority) -> None:
    server = faulty({**OFFERING, "STARTTLS": b"220 go\r\n250 SIZE 1\r\n"}, context=authority.context("127.0.0.1"))
    outcome = outcome_of(to(server, starttls="require", authorities=authority.file))
    assert outcome.verdict == "deferred"
    assert "in between" in outcome.text


def test_a_server_that_speaks_no_tls_on_its_tls_port_is_an_alarm(faulty: Make) -> None:
    assert outcome_of(to(faulty(), tls=True)).verdict == "sender_refused"
    assert outcome_of(to(faulty({"banner": drop}), tls=True)).verdict in ("sender_refused", "deferred")


SECRET = {"user": "letters", "password": "pässwörd :/@"}


@pytest.mark.parametrize(
    ("script", "verdict", "code"),
    [
        ({"AUTH": b"535 5.7.8 wrong\r\n"}, "sender_refused", 535),
        ({"AUTH": b"534 5.7.9 too weak\r\n"}, "sender_refused", 534),
        ({"AUTH": b"454 4.7.0 try later\r\n"}, "deferred", 454),
        ({"AUTH": b"504 5.5.4 unknown\r\n"}, "sender_refused", 504),
        ({"AUTH": drop}, "deferred", None),
        ({"EHLO": b"250-faulty.test\r\n250 AUTH GSSAPI\r\n"}, "sender_refused", None),
        ({"EHLO": b"250 faulty.test\r\n"}, "sender_refused", None),
    ],
    ids=shown,
)
def test_a_refused_login_refuses_the_sender_and_no_address_suffers_for_it(
    faulty: Make, script: dict, verdict: str, code: int | None
) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 AUTH PLAIN LOGIN\r\n", **script})
    outcome = outcome_of(to(server, **SECRET))
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert "MAIL" not in server.verbs()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_both_ways_to_sign_in_say_the_password_in_any_letters() -> None:
    seen: list[tuple[str, bytes, bytes]] = []

    def authenticator(server, session, envelope, mechanism, data) -> AuthResult:
        seen.append((mechanism, data.login, data.password))
        return AuthResult(success=data.password.decode() == SECRET["password"], handled=False)

    for excluded, mechanism in ((["LOGIN"], "PLAIN"), (["PLAIN"], "LOGIN")):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = Controller(
            object(), hostname="127.0.0.1", port=port, authenticator=authenticator,
            auth_required=True, auth_require_tls=False, auth_exclude_mechanism=excluded,
        )  # fmt: skip
        server.start()
        ours = Server("127.0.0.1", port, starttls="never", answer_timeout=5.0, **SECRET)
        assert outcome_of(ours).verdict == "accepted"
        assert outcome_of(replace(ours, password="wrong")).verdict == "sender_refused"
        assert outcome_of(replace(ours, user="", password="")).verdict == "sender_refused"
        server.stop()
        assert seen[-2:] == [
            (mechanism, b"letters", SECRET["password"].encode()),
            (mechanism, b"letters", b"wrong"),
        ]


def test_a_password_is_never_said_in_the_clear_to_another_machine(faulty: Make) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 AUTH PLAIN LOGIN\r\n"})
    # "127.1" is this machine, but is not written as such: so it counts as another one.
    outcome = outcome_of(to(server, host="127.1", starttls="auto", **SECRET))
    assert outcome.verdict == "sender_refused"
    assert server.verbs() == ["EHLO"]
    with pytest.raises(ValueError, match="in the clear"):
        Server.parse("smtp://letters:secret@mail.example.org?starttls=never")


def test_a_secret_is_in_no_repr_and_no_outcome(faulty: Make) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 5.7.8 wrong\r\n"})
    ours = to(server, user="letters", password="hush-hush")
    outcome = outcome_of(ours)
    encoded = base64.b64encode(b"hush-hush").decode()
    for shown in (repr(ours), str(ours), repr(outcome)):
        assert "hush-hush" not in shown and encoded not in shown


# --- the server's URL -----------------------------------------------------------------------------------------------


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


# --- the server's words ---------------------------------------------------------------------------------------------


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
