"""
A mail server for thousands: it answers pipelined commands, keeps counts and no mail, and can be as bad as relays are.

In a thread of the test, or in a process of its own (`python -m tests.support.relay`), which is asked for its counts by
the command COUNTS.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

from emails.transport import Server

ROOT = Path(__file__).parent.parent.parent
ADDRESS = re.compile(rb"<([^>]*)>")
MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*(\S+)")


@dataclass(slots=True)
class Faults:
    """What a relay does wrong; nothing, unless it is said."""

    mails_a_connection: int = 0
    """Then MAIL is answered with 421, and the connection closed."""
    lost_answers: float = 0.0
    """The share of mails that are taken, and whose connection is closed without an answer."""
    lost_mails: float = 0.0
    """The share of mails that are not taken after the dot, and whose connection is closed without an answer."""
    seconds: float = 0.0
    """How long each answer takes."""
    refused_every: int = 0
    """Each so manieth RCPT is answered with 451."""
    size: int = 30_000_000
    """What it says by SIZE; a larger mail is refused."""


@dataclass(slots=True)
class Counts:
    """What came to a relay: connections, offers (MAIL), dots; mails by the address that they are for."""

    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    offers: int = 0
    dots: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    """Dots that were not answered, whether the mail was taken or not."""
    message_ids: Counter[str] = field(default_factory=Counter)
    """Of the mails that were taken."""
    other_bytes: int = 0
    """Mails that had the Message-ID of one before, and other bytes."""
    largest: int = 0

    def numbers(self) -> dict[str, int]:
        """Return it without its names: of the mails that were taken, how many different ones, and how many in all."""
        numbers = {one.name: getattr(self, one.name) for one in fields(self) if one.type == "int"}
        return numbers | {"taken": self.taken.total(), "different": len(self.message_ids)}


class Relay:
    """A mail server on loopback; stopped at the end of the block."""

    def __init__(self, faults: Faults | None = None, *, held: bool = False) -> None:
        self.faults = faults or Faults()
        self.open = threading.Event()
        """Until then it greets nobody."""
        if not held:
            self.open.set()
        self.counts = Counts()
        self.chance = random.Random(7)
        self._known: dict[str, str] = {}
        self._counting = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        counts = self.counts
        with self._counting:
            counts.connections += 1
            counts.at_once += 1
            counts.most_at_once = max(counts.most_at_once, counts.at_once)
        try:
            with contextlib.suppress(OSError), line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.open.wait()
                line.sendall(b"220 relay.test ESMTP\r\n")
                Talk(self, line).go_on()
        finally:
            with self._counting:
                counts.at_once -= 1

    def count(self, **what: int) -> None:
        """Add to the numbers."""
        with self._counting:
            for name, number in what.items():
                setattr(self.counts, name, getattr(self.counts, name) + number)

    def happens(self, share: float) -> bool:
        """Whether something that happens so often happens now."""
        with self._counting:
            return share > 0 and self.chance.random() < share

    def came(self, recipient: str, content: bytes, *, taken: bool, answered: bool) -> None:
        """Note a mail whose dot was read."""
        found, digest = MESSAGE_ID.search(content), hashlib.sha256(content).hexdigest()
        with self._counting:
            self.counts.dots += 1
            self.counts.largest = max(self.counts.largest, len(content))
            if taken:
                self.counts.taken[recipient] += 1
                known_as = found[1].decode() if found else ""
                self.counts.message_ids[known_as] += 1
                self.counts.other_bytes += self._known.setdefault(known_as, digest) != digest
            if not answered:
                self.counts.unanswered[recipient] += 1


class Talk:
    """One connection to a relay."""

    def __init__(self, relay: Relay, line: socket.socket) -> None:
        self.relay, self.line = relay, line
        self.unread = b""
        self.answers: list[bytes] = []
        self.recipient = ""
        self.carried = self.asked = 0
        self.in_body = self.is_over = False

    def go_on(self) -> None:
        """Obey until the line is closed; answers to what came together go out together."""
        while not self.is_over and (received := self.line.recv(1 << 17)):
            self.unread += received
            while not self.is_over and (self._body() if self.in_body else self._command()):
                pass
            if self.answers:
                self._pause()
                self.line.sendall(b"".join(self.answers))
                self.answers.clear()

    def _pause(self) -> None:
        if self.relay.faults.seconds:
            time.sleep(self.relay.faults.seconds)

    def _command(self) -> bool:
        command, found, rest = self.unread.partition(b"\r\n")
        if not found:
            return False
        self.unread = rest
        verbs = {b"EHLO": self._ehlo, b"MAIL": self._mail, b"RCPT": self._rcpt, b"DATA": self._data}
        verbs |= {b"QUIT": self._quit, b"COUN": self._counts}
        obey = verbs.get(command[:4].upper())
        self.answers.append((obey(command) if obey else b"250 2.0.0 fine") + b"\r\n")
        return True

    def _ehlo(self, command: bytes) -> bytes:
        return b"250-relay.test\r\n250-PIPELINING\r\n250-SIZE %d\r\n250 8BITMIME" % self.relay.faults.size

    def _mail(self, command: bytes) -> bytes:
        faults = self.relay.faults
        self.relay.count(offers=1)
        self.recipient = ""
        if faults.mails_a_connection and self.carried >= faults.mails_a_connection:
            self.is_over = True
            return b"421 4.7.0 Too many mails on this connection, come back later"
        return b"250 2.1.0 fine"

    def _rcpt(self, command: bytes) -> bytes:
        found = ADDRESS.search(command)
        every = self.relay.faults.refused_every
        self.asked += 1
        if every and self.relay.happens(1 / every):
            return b"451 4.3.0 Not now"
        self.recipient = found[1].decode() if found else ""
        return b"250 2.1.5 fine"

    def _data(self, command: bytes) -> bytes:
        if not self.recipient:
            return b"554 5.5.1 No valid recipients"
        self.in_body = True
        return b"354 go on"

    def _quit(self, command: bytes) -> bytes:
        self.is_over = True
        return b"221 bye"

    def _counts(self, command: bytes) -> bytes:
        return b"250 " + json.dumps(self.relay.counts.numbers()).encode()

    def _body(self) -> bool:
        end = 0 if self.unread.startswith(b".\r\n") else self.unread.find(b"\r\n.\r\n")
        if end < 0:
            return False
        content, self.unread = self.unread[:end], self.unread[end + (5 if end else 3) :]
        self.in_body = False
        self.carried += 1
        self.answers.append(self._judged(content) + b"\r\n")
        return True

    def _judged(self, content: bytes) -> bytes:
        relay, faults = self.relay, self.relay.faults
        if len(content) > faults.size:
            relay.came(self.recipient, b"", taken=False, answered=True)
            return b"552 5.3.4 Too large"
        if relay.happens(faults.lost_answers + faults.lost_mails):
            share = faults.lost_answers / (faults.lost_answers + faults.lost_mails)
            relay.came(self.recipient, content, taken=relay.happens(share), answered=False)
            self.is_over = True
            self.line.close()
            raise OSError("closed without an answer")
        relay.came(self.recipient, content, taken=True, answered=True)
        return b"250 2.0.0 Ok: queued as 4711"


# --- in a process of its own -----------------------------------------------------------------------------------------


class RelayApart:
    """A relay without faults in a process of its own; one that is held greets nobody until it is let go."""

    def __init__(self, *, held: bool = False) -> None:
        command = [sys.executable, "-m", "tests.support.relay", *["held"] * held]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.server = Server("127.0.0.1", int(self._process.stdout.readline()), starttls="never")

    def __enter__(self) -> RelayApart:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def let_go(self) -> None:
        """Greet everybody from now on."""
        self._process.send_signal(signal.SIGUSR1)

    def numbers(self) -> dict[str, int]:
        """Return what has come to it, as `Counts.numbers`."""
        with socket.create_connection((self.server.host, self.server.port)) as line, line.makefile("rb") as answers:
            answers.readline()
            line.sendall(b"COUNTS\r\n")
            found: dict[str, int] = json.loads(answers.readline()[4:])
            return found


def main(held: bool) -> None:
    """Serve until the process is ended."""
    relay = Relay(held=held)
    signal.signal(signal.SIGUSR1, lambda *_: relay.open.set())
    print(relay.port, flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main("held" in sys.argv)
