"""
SMTP: one message out, one typed outcome back.

`smtplib` raises the same error for "not sent" and "accepted, answer lost"; so DATA is driven here, and the caller
is asked for a durable mark before the final dot. Source of the classes: RFC 5321 sections 4.2 and 4.5.3.2.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

Verdict = Literal["accepted", "deferred", "rejected", "uncertain", "our_fault", "abandoned"]

STEPS = ("connected", "after_mail", "after_rcpt", "after_354", "body_without_dot", "marked", "dot_sent", "answered")
"""The named steps of one transaction, in order."""

NAME = "undersigned"
"""How we greet a mail server: a fixed name, for looking ours up may hang."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_ANSWER = 1000
POLICY = re.compile(r"\b5\.7\.(?!1\d\d\b|0\b)\d+|relay|not authenticated|spf|dkim|dmarc", re.IGNORECASE)
GREYLISTED = re.compile(r"grey|gray|try again|later", re.IGNORECASE)
AUTHENTICATION = (530, 534, 535, 538)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one message.

    `deferred`: not now, try later. `rejected`: never. `uncertain`: the dot was sent and the answer lost.
    `our_fault`: the server refuses us, not the address. `abandoned`: the caller said no before the dot.
    """

    verdict: Verdict
    code: int | None
    text: str
    step: str


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to speak with it; times in seconds."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: Literal["require", "never"] = "require"
    connect_timeout: float = 30.0
    answer_timeout: float = 300.0
    dot_timeout: float = 600.0

    @classmethod
    def parse(cls, url: str, dot_timeout: float = 600.0) -> Self:
        """
        Read smtp://user:password@host:port or smtps://…; raises ValueError with what is wrong.

        STARTTLS is required but for a server on this machine; `?starttls=never` switches it off.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("A mail server is written as smtp://user:password@host:587 or smtps://host:465.")
        wish = parse_qs(parts.query).get("starttls", ["never" if parts.hostname in LOOPBACK else "require"])[0]
        if wish not in ("require", "never"):
            raise ValueError("?starttls= takes require or never.")
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=parts.scheme == "smtps",
            starttls="never" if wish == "never" else "require",
            dot_timeout=dot_timeout,
            answer_timeout=min(300.0, dot_timeout),
            connect_timeout=min(30.0, dot_timeout),
        )


class _Ended(Exception):
    """The transaction is over with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class Connection:
    """A kept connection: opened when it is needed, opened again when the server has closed it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def send(
        self,
        sender: str,
        recipient: str,
        content: bytes,
        before_dot: Callable[[], bool],
        on_step: Callable[[str], None] = lambda step: None,
    ) -> Outcome:
        """
        Offer one message for one recipient and return what became of it; raises only what the callbacks raise.

        `before_dot` durably marks the message as handed over and says whether it may go: False leaves the server
        without it. An empty `sender` is the null return path.
        """
        step = "connect"
        try:
            smtp = self._open(on_step)
            step = "mail"
            self._envelope(smtp, sender, recipient, content, on_step)
            step = "body"
            self._body(smtp, content, on_step)
        except _Ended as ended:
            return ended.outcome
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            return _broken(error, step)
        if not self._marked(before_dot, on_step):
            return Outcome("abandoned", None, "The message was taken back before it was handed over.", "marked")
        return self._dot(smtp, on_step)

    def _open(self, on_step: Callable[[str], None]) -> smtplib.SMTP:
        if self._smtp is not None and self._alive(self._smtp):
            on_step("connected")
            return self._smtp
        self._drop()
        server = self.server
        context = ssl.create_default_context()
        smtp: smtplib.SMTP
        if server.tls:
            smtp = smtplib.SMTP_SSL(local_hostname=NAME, timeout=server.connect_timeout, context=context)
        else:
            smtp = smtplib.SMTP(local_hostname=NAME, timeout=server.connect_timeout)
        # Without a host the constructor does not connect; certificates are checked against this name.
        vars(smtp)["_host"] = server.host
        code, text = smtp.connect(server.host, server.port)
        self._smtp = smtp
        if code != 220:
            raise smtplib.SMTPResponseException(code if code >= 400 else 421, text)
        self._hello(smtp, context)
        on_step("connected")
        return smtp

    def _alive(self, smtp: smtplib.SMTP) -> bool:
        try:
            return smtp.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _hello(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server = self.server
        assert smtp.sock is not None
        smtp.sock.settimeout(server.answer_timeout)
        smtp.ehlo_or_helo_if_needed()
        if not server.tls and server.starttls == "require":
            if not smtp.has_extn("starttls"):
                raise _Ended(self._ours("The mail server does not offer STARTTLS; nothing is sent in the clear."))
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)

    def _ours(self, text: str) -> Outcome:
        self._drop()
        return Outcome("our_fault", None, text, "connect")

    def _envelope(
        self, smtp: smtplib.SMTP, sender: str, recipient: str, content: bytes, on_step: Callable[[str], None]
    ) -> None:
        options = []
        if smtp.has_extn("size"):
            options.append(f"SIZE={len(content)}")
            limit = smtp.esmtp_features["size"]
            if limit.isdigit() and 0 < int(limit) < len(content):
                text = f"The mail has {len(content)} bytes; the mail server takes {limit}."
                raise _Ended(Outcome("rejected", 552, text, "mail"))
        if not (sender + recipient).isascii():
            if not smtp.has_extn("smtputf8"):
                text = "The mail server does not take addresses with letters beyond ASCII (SMTPUTF8)."
                raise _Ended(Outcome("rejected", 553, text, "mail"))
            options.append("SMTPUTF8")
            smtp.command_encoding = "utf-8"
        if smtp.has_extn("8bitmime") and not content.isascii():
            options.append("BODY=8BITMIME")
        self._ask(smtp, f"MAIL FROM:<{sender}> {' '.join(options)}".strip(), (250,), "mail")
        on_step("after_mail")
        self._ask(smtp, f"RCPT TO:<{recipient}>", (250, 251), "rcpt")
        on_step("after_rcpt")
        self._ask(smtp, "DATA", (354,), "data")
        on_step("after_354")

    def _ask(self, smtp: smtplib.SMTP, command: str, good: tuple[int, ...], step: str) -> None:
        if "\r" in command or "\n" in command or "\0" in command:
            raise _Ended(Outcome("rejected", 553, "The address has a line break in it.", step))
        smtp.putcmd(command)
        code, text = smtp.getreply()
        if code in good:
            return
        if code == 421 or code < 400 or code > 599:
            self._drop()
        raise _Ended(_refused(code, text, step))

    def _body(self, smtp: smtplib.SMTP, content: bytes, on_step: Callable[[str], None]) -> None:
        assert smtp.sock is not None
        smtp.sock.sendall(stuffed(content))
        on_step("body_without_dot")

    def _marked(self, before_dot: Callable[[], bool], on_step: Callable[[str], None]) -> bool:
        try:
            marked = before_dot()
        except BaseException:
            self._drop()
            raise
        if not marked:
            # No dot was sent: the server throws away what it has of the message when the line goes dead.
            self._drop()
            return False
        on_step("marked")
        return True

    def _dot(self, smtp: smtplib.SMTP, on_step: Callable[[str], None]) -> Outcome:
        try:
            assert smtp.sock is not None
            smtp.sock.settimeout(self.server.dot_timeout)
            smtp.sock.sendall(b".\r\n")
            on_step("dot_sent")
            code, text = smtp.getreply()
            smtp.sock.settimeout(self.server.answer_timeout)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            return Outcome("uncertain", None, f"No answer to the whole message: {error}"[:LONGEST_ANSWER], "dot")
        if 200 <= code <= 299:
            outcome = Outcome("accepted", code, said(text), "dot")
        elif 400 <= code <= 599:
            outcome = _refused(code, text, "dot")
            if code == 421:
                self._drop()
        else:
            self._drop()
            return Outcome("uncertain", None, f"An answer that is none: {said(text)}", "dot")
        on_step("answered")
        return outcome

    def close(self) -> None:
        """Say QUIT and close; whatever goes wrong here changes no outcome."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
                if self._smtp.sock is not None:
                    self._smtp.sock.settimeout(5)
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError):
                if self._smtp.sock is not None:
                    self._smtp.sock.shutdown(socket.SHUT_RDWR)
            self._smtp.close()
        self._smtp = None


def stuffed(content: bytes) -> bytes:
    """Return a message as it goes between DATA and the final dot: CRLF line ends, leading dots doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def said(text: bytes | str) -> str:
    """Return the server's words as one clean line of at most 1,000 characters."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:LONGEST_ANSWER]


def _refused(code: int, text: bytes, step: str) -> Outcome:
    words = said(text)
    return Outcome(_verdict(code, words, step), code if 400 <= code <= 599 else None, words, step)


def _verdict(code: int, words: str, step: str) -> Verdict:
    if code in AUTHENTICATION:
        return "our_fault"
    if not 500 <= code <= 599:
        return "deferred"
    if "5.2.2" in words:
        return "deferred"
    if GREYLISTED.search(words) and "5.7.1" in words:
        return "deferred"
    if step != "data" and code in (550, 554, 571) and POLICY.search(words):
        return "our_fault"
    return "rejected"


def _broken(error: Exception, step: str) -> Outcome:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome("our_fault", error.smtp_code, said(error.smtp_error), step)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome("our_fault", None, f"The mail server's certificate does not hold: {error.reason}", step)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome("our_fault", None, said(str(error)), step)
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome("deferred", error.smtp_code, said(error.smtp_error), step)
    return Outcome("deferred", None, said(f"{type(error).__name__}: {error}"), step)
