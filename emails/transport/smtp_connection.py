"""
The line to a mail server: `smtplib` with strict replies and waits that end.

The standard reader takes any number for a code and waits for ever on a server that sends a byte a second.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import time

from emails.transport.server import Server

SIZE = re.compile(r"[0-9]{1,20}")
REPLY = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
LONGEST_REPLY = 64 * 1024
BLOCK = 64 * 1024


class DisconnectedError(smtplib.SMTPServerDisconnected):
    """The line is no use any more: closed, silent for too long, or what came over it is no SMTP."""


class SmtpConnection(smtplib.SMTP):
    """One line to one server; every wait ends after `patience` seconds, however slowly bytes trickle."""

    def __init__(self, server: Server) -> None:
        super().__init__(local_hostname=server.name or "localhost", timeout=server.connect_timeout)
        # Without a host smtplib does not connect here; it checks certificates against this name.
        self._host = server.host
        self._server = server
        self._unread = b""
        self.patience = server.answer_timeout

    def dial(self) -> tuple[int, bytes]:
        """Connect and return the server's greeting; raises `DisconnectedError`, or ssl.SSLError without trust."""
        try:
            greeting = self.connect(self._server.host, self._server.port)
        except (ssl.SSLError, DisconnectedError):
            raise
        except (OSError, UnicodeError) as error:
            raise DisconnectedError(f"The mail server {self._server} can't be reached: {error}.") from error
        if not self._server.name:
            self.local_hostname = _literal(self._socket)
        return greeting

    def encrypt(self) -> tuple[int, bytes]:
        """
        Say STARTTLS, and go on encrypted when the server says 220; raises `DisconnectedError` or ssl.SSLError.

        What the server offered before was said in the clear: greet it again (RFC 3207).
        """
        code, words = self.docmd("STARTTLS")
        if code != 220:
            return code, words
        if self._unread:
            raise DisconnectedError(
                "The mail server spoke on before the line was encrypted; somebody may be in between."
            )
        self.sock = self._encrypted(self._socket)
        return code, words

    def write(self, content: bytes, seconds: float) -> None:
        """Send bytes block by block, each within `seconds`; raises `DisconnectedError`."""
        view = memoryview(content)
        line = self._waiting(seconds)
        for start in range(0, len(content), BLOCK):
            try:
                line.sendall(view[start : start + BLOCK])
            except OSError as error:
                raise DisconnectedError(f"The mail server took no more: {error}.") from error

    def send(self, s: object) -> None:
        """Send a command; smtplib's own would keep the wait that the last reply left over."""
        content = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)  # type: ignore[call-overload]
        self.write(content, self.patience)

    def getreply(self) -> tuple[int, bytes]:
        """Return one whole reply (RFC 5321, 4.2.1); raises `DisconnectedError` when it is late, endless or none."""
        deadline = time.monotonic() + self.patience
        codes: set[bytes] = set()
        words: list[bytes] = []
        room = LONGEST_REPLY
        while True:
            line = self._line(deadline, room)
            room -= len(line)
            found = REPLY.fullmatch(line.rstrip(b"\r\n"))
            if found is None:
                raise DisconnectedError(f"The mail server's answer is no SMTP: {line[:80]!r}.")
            codes.add(found[1])
            words.append(found[3] or b"")
            if found[2] != b"-":
                break
        if len(codes) > 1:
            raise DisconnectedError(
                f"The mail server gave two codes in one answer: {b', '.join(sorted(codes)).decode()}."
            )
        return int(codes.pop()), b"\n".join(words)

    def early_reply(self) -> tuple[int, bytes] | None:
        """Return what a server said out of turn, or None; raises `DisconnectedError` when it is gone."""
        return self.getreply() if self._unread or self._arrived() else None

    @property
    def largest(self) -> int | None:
        """The largest mail in bytes, as EHLO said by SIZE (RFC 1870); None where it sets no limit."""
        said = self.esmtp_features.get("size", "")
        return int(said) or None if SIZE.fullmatch(said) else None

    @property
    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise DisconnectedError("The line to the mail server is closed.")
        return self.sock

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Make smtplib's connection: encrypted from the first byte for smtps://."""
        plain = socket.create_connection((host, port), timeout)
        # The dot is a small write after another one: without this the kernel holds it back for 40 ms a mail.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._encrypted(plain) if self._server.tls else plain

    def _encrypted(self, plain: socket.socket) -> ssl.SSLSocket:
        try:
            return self._server.context().wrap_socket(plain, server_hostname=self._server.host)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise DisconnectedError("The mail server broke off while the line was being encrypted.") from error
        except ssl.SSLError:
            raise
        except OSError as error:
            raise DisconnectedError(f"The line to the mail server could not be encrypted: {error}.") from error

    def _waiting(self, seconds: float) -> socket.socket:
        """Return the line, set to wait for so long; to set what is set already would be a call to the system more."""
        line = self._socket
        if line.gettimeout() != seconds:
            line.settimeout(seconds)
        return line

    def _line(self, deadline: float, room: int) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > room:
                raise DisconnectedError(f"The mail server's answer is longer than {LONGEST_REPLY} bytes.")
            self._receive(deadline)
        line, _, self._unread = self._unread.partition(b"\n")
        return line + b"\n"

    def _receive(self, deadline: float) -> None:
        try:
            received = self._waiting(max(deadline - time.monotonic(), 0.001)).recv(4096)
        except TimeoutError:
            raise DisconnectedError(f"The mail server did not answer within {self.patience:g} seconds.") from None
        except OSError as error:
            raise DisconnectedError(f"The connection to the mail server broke: {error}.") from error
        if not received:
            raise DisconnectedError("The mail server closed the connection.")
        self._unread += received

    def _arrived(self) -> bool:
        try:
            self._unread += (received := self._waiting(0).recv(4096))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError as error:
            raise DisconnectedError(f"The connection to the mail server broke: {error}.") from error
        if not received:
            raise DisconnectedError("The mail server closed the connection.")
        return True

    def close(self) -> None:
        """Hang up at once: a message without its dot is thrown away by the server."""
        with contextlib.suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)
        super().close()


def _literal(line: socket.socket) -> str:
    """Return our own address as RFC 5321 section 4.1.3 writes it: a name for a greeting, without asking a DNS."""
    address = str(line.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
