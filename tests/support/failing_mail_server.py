"""A mail server that fails on demand, a sender that notes what it is told, and an authority for certificates."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from emails.transport import Client, Outcome, Server

MAIL = b"Subject: A letter\r\n\r\nDear Minister,\r\n.\r\n..\r\nYours\r\n"
LONG = MAIL + b"x" * 70 + b"\r\n" + b"Once upon a time.\r\n" * 400_000
PATIENCE = 0.8
"""How long we wait, in seconds, for a server that falls silent."""
PIPELINING = b"250-PIPELINING\r\n"


class HungUp(Exception):
    """The server has closed the connection."""


class Talk:
    """One connection to a faulty server."""

    def __init__(self, server: FaultyServer, line: socket.socket) -> None:
        self.server = server
        self.line = line
        self.reader = line.makefile("rb")
        self.body = b""
        self.has_sender = self.has_recipient = False

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
    `pipelining`: it offers to take several commands at once.
    """

    def __init__(
        self,
        script: dict[str, Answer],
        context: ssl.SSLContext | None = None,
        tls: bool = False,
        pipelining: bool = False,
    ) -> None:
        self.script = {verb: list(a) if isinstance(a, list) else [a] for verb, a in script.items()}
        self.context = context
        self.tls = tls
        self.pipelining = pipelining
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
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
        said = self._answer(talk, verb, self._by_the_book(talk, verb))
        if verb == "DATA" and b"354 " in said:
            self._read_body(talk)
        if verb in ("MAIL", "RSET"):
            talk.has_sender, talk.has_recipient = verb == "MAIL" and not _refused(said), False
        if verb == "RCPT" and not _refused(said):
            talk.has_recipient = True
        if verb == "STARTTLS" and said.startswith(b"220"):
            talk.encrypt()
        if verb == "QUIT":
            raise HungUp

    def _by_the_book(self, talk: Talk, verb: str) -> bytes:
        if verb == "EHLO":
            return b"250-faulty.test\r\n250-SIZE 20000000\r\n" + PIPELINING * self.pipelining + b"250 8BITMIME\r\n"
        if verb == "RCPT" and not talk.has_sender:
            return b"503 5.5.1 whose mail?\r\n"
        if verb == "DATA":
            return b"354 go on\r\n" if talk.has_recipient else b"554 5.5.1 no valid recipients\r\n"
        return b"221 bye\r\n" if verb == "QUIT" else b"250 fine\r\n"

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


def _refused(said: bytes) -> bool:
    return said.startswith((b"4", b"5"))


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


def shown(value: object) -> str:
    """Name a test's case after what the server does."""
    if isinstance(value, dict):
        return " ".join(f"{verb} {shown(answer)}" for verb, answer in value.items())
    words = value.decode("ascii", "replace") if isinstance(value, bytes) else getattr(value, "__name__", str(value))
    return " ".join(words[:40].split())


def _waits(seconds: float) -> dict[str, float]:
    return dict.fromkeys(("answer_timeout", "data_timeout", "block_timeout", "dot_timeout"), seconds)


IN_TIME = _waits(10.0)
"""For servers that say something or hang up: no wait is ever waited out, however busy the machine."""
IMPATIENT = _waits(PATIENCE)
"""For servers that fall silent."""


def to(server: FaultyServer, **how: object) -> Server:
    """Our side of a faulty server."""
    return replace(Server("127.0.0.1", server.port, starttls="never", connect_timeout=10.0, **IN_TIME), **how)


def at_once(what: Callable[..., object], cases: Iterable[tuple[object, ...]]) -> None:
    """Try all cases at the same time, for each waits out the same silence."""
    given = list(cases)
    with ThreadPoolExecutor(len(given)) as trying:
        for done in [trying.submit(what, *case) for case in given]:
            done.result(60)


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


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)


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
