"""
One message for one recipient over a kept connection: the only place that writes the final dot.

`smtplib` raises the same error for "not sent" and "accepted, answer lost"; so DATA is driven here, and the caller is
asked for a durable mark before the dot. The waits and the order of commands are those of RFC 5321.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from typing import Self

import idna

from emails.addresses import in_ascii
from emails.transport.replies import CONNECTING, STEPS, Outcome, Stage, Verdict, acceptance, refusal, said
from emails.transport.server import Server
from emails.transport.smtp_connection import DisconnectedError, SmtpConnection

Watch = Callable[[str], None]

UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff<>]")
ALIVE_SECONDS = 30.0
GOODBYE_SECONDS = 5.0
NO_EHLO = (500, 501, 502, 504)


class _EndedError(Exception):
    """The transaction is over before the dot, with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class _Progress:
    """How far one message has come."""

    def __init__(self, watch: Watch) -> None:
        self.step = CONNECTING
        self._watch = watch

    def reach(self, step: str) -> None:
        self.step = step
        self._watch(step)

    @property
    def dot_may_be_out(self) -> bool:
        return self.step in STEPS[STEPS.index("dot_sent") :]

    def ended(self, verdict: Verdict, text: str) -> _EndedError:
        return _EndedError(Outcome(verdict, None, said(text), self.step))


def _unwatched(step: str) -> None:
    """Nobody looks on."""


class Client:
    """A kept connection: opened when it is needed, opened again when the server has closed it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: SmtpConnection | None = None

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
        on_step: Watch = _unwatched,
    ) -> Outcome:
        """
        Offer one message for one recipient and return what became of it.

        An empty `sender` is the null return path. `before_dot` durably marks the message as handed over and says
        whether it may go: when it says False or raises, the server is left without the dot, and so without the
        message. `on_step` is told each of STEPS in order; what it raises comes through.
        """
        progress = _Progress(on_step)
        try:
            return self._transaction(sender, recipient, content, before_dot, progress)
        except _EndedError as ended:
            return ended.outcome
        except DisconnectedError as broken:
            self._hang_up()
            return Outcome(
                "uncertain" if progress.dot_may_be_out else "deferred", None, said(str(broken)), progress.step
            )
        except BaseException:
            self._hang_up()
            raise

    def close(self) -> None:
        """Say QUIT and hang up; whatever goes wrong here changes no outcome."""
        if self._smtp is not None:
            self._smtp.patience = min(GOODBYE_SECONDS, self.server.answer_timeout)
            with contextlib.suppress(smtplib.SMTPException):
                self._smtp.quit()
        self._hang_up()

    def _transaction(
        self, sender: str, recipient: str, content: bytes, before_dot: Callable[[], bool], progress: _Progress
    ) -> Outcome:
        route = [_on_the_wire(address, progress) for address in (sender, recipient)]
        body = stuffed(content)
        smtp = self._open(progress)
        progress.reach("connected")
        options = _mail_options(smtp, route, content, progress)
        self._ask(smtp, " ".join([f"MAIL FROM:<{route[0]}>", *options]), "MAIL", progress)
        progress.reach("after_mail")
        self._ask(smtp, f"RCPT TO:<{route[1]}>", "RCPT", progress)
        progress.reach("after_rcpt")
        self._ask(smtp, "DATA", "DATA", progress)
        progress.reach("after_354")
        self._write_body(smtp, body, progress)
        progress.reach("body_without_dot")
        self._mark(before_dot, progress)
        progress.reach("marked")
        return self._dot(smtp, progress)

    # --- the session ------------------------------------------------------------------------------------------------

    def _open(self, progress: _Progress) -> SmtpConnection:
        """Return a line that is ready for MAIL: the kept one if it still answers, else a new one."""
        if self._smtp is not None and _alive(self._smtp):
            self._smtp.patience = self.server.answer_timeout
            return self._smtp
        self._hang_up()
        self._smtp = SmtpConnection(self.server)
        try:
            self._set_up(self._smtp, progress)
        except ssl.SSLCertVerificationError as error:
            why = f"The certificate of {self.server} does not hold ({error.verify_message}). Nothing was sent."
            raise self._sender_refused(progress, why) from error
        except ssl.SSLError as error:
            why = f"No encrypted connection to {self.server} ({error.reason or error}). Nothing was sent."
            raise self._sender_refused(progress, why) from error
        return self._smtp

    def _set_up(self, smtp: SmtpConnection, progress: _Progress) -> None:
        self._expect(smtp.dial(), (220,), "session", progress)
        self._greet(smtp, progress)
        if self._to_encrypt(smtp, progress):
            self._expect(smtp.encrypt(), (220,), "session", progress)
            self._greet(smtp, progress)
        if self.server.user:
            self._sign_in(smtp, progress)

    def _greet(self, smtp: SmtpConnection, progress: _Progress) -> None:
        answer = smtp.ehlo()
        if answer[0] in NO_EHLO:
            answer = smtp.helo()
        self._expect(answer, (250,), "session", progress)

    def _to_encrypt(self, smtp: SmtpConnection, progress: _Progress) -> bool:
        server = self.server
        if server.tls or server.starttls == "never":
            return False
        if smtp.has_extn("starttls"):
            return True
        if server.starttls == "require":
            raise self._sender_refused(progress, f"{server} does not offer encryption (STARTTLS). Nothing was sent.")
        return False

    def _sign_in(self, smtp: SmtpConnection, progress: _Progress) -> None:
        """AUTH PLAIN (RFC 4616) or LOGIN; smtplib's own can't do a password beyond ASCII."""
        user, password = self.server.user, self.server.password
        if not isinstance(smtp.sock, ssl.SSLSocket) and not self.server.on_this_machine:
            raise self._sender_refused(progress, f"{self.server} offers no encryption; the password was not sent.")
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            secret = f"\0{user}\0{password}"
            answer = smtp.docmd("AUTH", f"PLAIN {_base64(secret)}")
        elif "LOGIN" in offered:
            self._expect(smtp.docmd("AUTH", "LOGIN"), (334,), "session", progress)
            self._expect(smtp.docmd(_base64(user)), (334,), "session", progress)
            answer = smtp.docmd(_base64(password))
        else:
            raise self._sender_refused(progress, f"{self.server} offers no way to sign in that we know (PLAIN, LOGIN).")
        self._expect(answer, (235,), "session", progress)

    def _sender_refused(self, progress: _Progress, why: str) -> _EndedError:
        self._hang_up()
        return progress.ended("sender_refused", why)

    # --- the transaction --------------------------------------------------------------------------------------------

    def _ask(self, smtp: SmtpConnection, command: str, stage: Stage, progress: _Progress) -> None:
        smtp.patience = self.server.data_timeout if stage == "DATA" else self.server.answer_timeout
        smtp.putcmd(command)
        self._expect(smtp.getreply(), (354,) if stage == "DATA" else (250, 251, 252), stage, progress)

    def _expect(self, answer: tuple[int, bytes], wanted: tuple[int, ...], stage: Stage, progress: _Progress) -> None:
        code, words = answer
        if code in wanted:
            return
        if code < 400:
            raise DisconnectedError(f"The mail server's answer makes no sense here: {code} {said(words)}")
        if stage == "session":
            self._hang_up()
        raise _EndedError(refusal(code, words, stage, progress.step))

    def _write_body(self, smtp: SmtpConnection, body: bytes, progress: _Progress) -> None:
        """Write all but the dot. A server that answers before its turn has made up its mind: never hand over then."""
        broken: DisconnectedError | None = None
        try:
            smtp.write(body, self.server.block_timeout)
        except DisconnectedError as error:
            broken = error
        early = smtp.early_reply() if broken is None else _last_words(smtp)
        if early is None and broken is None:
            return
        self._hang_up()
        if early is not None:
            self._expect(early, (), "dot", progress)
        raise broken or DisconnectedError("The mail server closed the connection.")

    def _mark(self, before_dot: Callable[[], bool], progress: _Progress) -> None:
        try:
            agreed = before_dot()
        except Exception as error:
            self._hang_up()
            raise progress.ended("abandoned", f"The mail could not be marked as handed over: {error}") from error
        if not agreed:
            self._hang_up()
            raise progress.ended("abandoned", "The mail was taken back before it was handed over.")

    def _dot(self, smtp: SmtpConnection, progress: _Progress) -> Outcome:
        """Write the dot. A line that is found broken before it is out has carried none: nothing was sent."""
        if (early := smtp.early_reply()) is not None:
            self._hang_up()
            self._expect(early, (), "dot", progress)
        smtp.write(b".\r\n", self.server.block_timeout)
        progress.reach("dot_sent")
        smtp.patience = self.server.dot_timeout
        code, words = smtp.getreply()
        if code < 400 and not 250 <= code <= 259:
            raise DisconnectedError(f"The mail server's answer to the whole mail makes no sense: {code} {said(words)}")
        progress.reach("answered")
        return acceptance(code, words, progress.step) if code < 400 else refusal(code, words, "dot", progress.step)

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def stuffed(content: bytes) -> bytes:
    """Return a message as it goes between DATA and the final dot: CRLF line ends, leading dots doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _alive(smtp: SmtpConnection) -> bool:
    """Whether a kept line still answers in step; RSET also ends what a refused recipient has left open."""
    smtp.patience = min(ALIVE_SECONDS, smtp.patience)
    try:
        return smtp.early_reply() is None and smtp.docmd("RSET")[0] == 250
    except DisconnectedError:
        return False


def _last_words(smtp: SmtpConnection) -> tuple[int, bytes] | None:
    """Return what a server said before it hung up in the middle of a message, if that can still be read."""
    with contextlib.suppress(DisconnectedError):
        return smtp.early_reply()
    return None


def _on_the_wire(address: str, progress: _Progress) -> str:
    """Return an address for MAIL or RCPT, its domain in ASCII (IDNA); ends as rejected where it can't be one."""
    local, _, domain = address.rpartition("@")
    if UNFIT.search(address) or (address and not (local and domain)):
        raise progress.ended("rejected", f"{said(address)[:100]!r} is no address that a mail can go to.")
    try:
        return in_ascii(address)
    except idna.IDNAError as error:
        raise progress.ended("rejected", f"{said(domain)[:100]!r} is no domain: {error}.") from error


def _mail_options(smtp: SmtpConnection, route: list[str], content: bytes, progress: _Progress) -> list[str]:
    """Return what MAIL says besides the sender (RFC 1870, 6152, 6531); ends as rejected where the server can't."""
    options = []
    if smtp.has_extn("size"):
        limit = smtp.esmtp_features["size"]
        if limit.isdigit() and 0 < int(limit) < len(content):
            raise progress.ended("rejected", f"The mail has {len(content)} bytes; the mail server takes {limit}.")
        options.append(f"SIZE={len(content)}")
    if not content.isascii():
        if not smtp.has_extn("8bitmime"):
            raise progress.ended("rejected", "The mail has 8-bit text; the mail server takes none (8BITMIME).")
        options.append("BODY=8BITMIME")
    international = not all(map(str.isascii, route)) or not content.partition(b"\r\n\r\n")[0].isascii()
    if international and not smtp.has_extn("smtputf8"):
        raise progress.ended("rejected", "The mail server takes no address with letters beyond ASCII (SMTPUTF8).")
    smtp.command_encoding = "utf-8" if international else "ascii"
    return [*options, "SMTPUTF8"] if international else options


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
