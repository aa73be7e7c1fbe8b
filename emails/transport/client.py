"""
One message for one recipient over a kept connection: the only place that writes the final dot.

`smtplib` raises the same error for "not sent" and "accepted, answer lost"; so DATA is driven here, and a message is
brought up to the dot first, for a durable mark to be made before it. The waits and the order of commands are those of
RFC 5321.
"""

from __future__ import annotations

import base64
import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import Self, TypeVar

from emails.transport import transaction
from emails.transport.replies import Outcome, Verdict, acceptance, refusal, said
from emails.transport.server import Server
from emails.transport.smtp_connection import DisconnectedError, SmtpConnection
from emails.transport.transaction import EndedError, Message, Progress, Watch

Found = TypeVar("Found")

ALIVE_SECONDS = 30.0
GOODBYE_SECONDS = 5.0
IDLE_SECONDS = 5.0
"""A kept line that has rested for longer is asked whether it still answers."""
NO_EHLO = (500, 501, 502, 504)
SPENT = range(400, 500)
"""What MAIL is answered with on a kept line that has carried as many mails as the server likes."""


def _unwatched(step: str) -> None:
    """Nobody looks on."""


class Client:
    """A kept connection: opened when it is needed, opened again when the server has closed it."""

    largest: int | None = None
    """The largest mail that the server takes, in bytes; None where it has not said so, or was not asked yet."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: SmtpConnection | None = None
        self._offered: Offered | None = None
        self._in_step_until = 0.0

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
        Offer one message for one recipient, and hand it over; returns what became of it.

        `before_dot` durably marks the message as handed over and says whether it may go: when it says False or
        raises, the server is left without the dot, and so without the message. The rest is as in `offer`.
        """
        offered = self.offer(sender, recipient, content, on_step)
        if isinstance(offered, Outcome):
            return offered
        try:
            agreed = before_dot()
        except Exception as error:
            return offered.abandon(f"The mail could not be marked as handed over: {error}")
        except BaseException:
            self.hang_up()
            raise
        return offered.dot() if agreed else offered.abandon("The mail was taken back before it was handed over.")

    def offer(self, sender: str, recipient: str, content: bytes, on_step: Watch = _unwatched) -> Offered | Outcome:
        """
        Bring one message for one recipient up to the final dot; returns it there, or what became of it before.

        An empty `sender` is the null return path. `on_step` is told each of STEPS in order, the last three by
        `Offered.dot`; what it raises comes through. What was offered before and has had no dot will have none.
        """
        progress = Progress(on_step)
        return self.attempt(progress, lambda: self._offer(sender, recipient, content, progress))

    def attempt(self, progress: Progress, work: Callable[[], Found]) -> Found | Outcome:
        """Do a part of a transaction; returns what it found, or the outcome that ended it."""
        try:
            return work()
        except EndedError as ended:
            return ended.outcome
        except DisconnectedError as broken:
            self.hang_up()
            verdict: Verdict = "uncertain" if progress.dot_may_be_out else "deferred"
            return Outcome(verdict, None, said(str(broken)), progress.step)
        except BaseException:
            self.hang_up()
            raise

    def close(self) -> None:
        """Say QUIT and hang up; whatever goes wrong here changes no outcome."""
        if self._smtp is not None and self._offered is None:
            self._smtp.patience = min(GOODBYE_SECONDS, self.server.answer_timeout)
            with contextlib.suppress(smtplib.SMTPException):
                self._smtp.quit()
        self.hang_up()

    def hang_up(self) -> None:
        """Give up the line at once: a message without its dot is thrown away by the server."""
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = self._offered = None

    def leave(self, offered: Offered) -> None:
        """Hang up if the line still holds this message."""
        if self._offered is offered:
            self.hang_up()

    def hand_over(self, offered: Offered, progress: Progress) -> Outcome:
        """Write the dot. A line that is found broken before it is out has carried none: nothing was sent."""
        smtp = self._smtp
        if smtp is None or self._offered is not offered:
            raise progress.ended("deferred", "The line to the mail server was given up before the dot.")
        progress.reach("marked")
        if (early := smtp.early_reply()) is not None:
            transaction.refuse_early(smtp, early, progress)
        smtp.write(b".\r\n", self.server.block_timeout)
        progress.reach("dot_sent")
        smtp.patience = self.server.dot_timeout
        code, words = smtp.getreply()
        if code < 400 and not 250 <= code <= 259:
            raise DisconnectedError(f"The mail server's answer to the whole mail makes no sense: {code} {said(words)}")
        self._offered = None
        self._in_step_until = time.monotonic() + IDLE_SECONDS
        progress.reach("answered")
        return acceptance(code, words, progress.step) if code < 400 else refusal(code, words, "dot", progress.step)

    def _offer(self, sender: str, recipient: str, content: bytes, progress: Progress) -> Offered:
        message = Message(sender, recipient, content, progress)
        smtp, commands, answer = self._begin(message, progress)
        self._in_step_until = 0.0
        transaction.agree(smtp, commands, answer, self.server, progress)
        transaction.write_body(smtp, message.body, self.server, progress)
        self._offered = Offered(self, progress)
        progress.reach("body_without_dot")
        return self._offered

    def _begin(self, message: Message, progress: Progress) -> tuple[SmtpConnection, list[bytes], transaction.Answer]:
        """Have MAIL answered: on the kept line, or once more on a new one where the server has had enough of that."""
        kept = self._smtp
        smtp = self._open(progress)
        progress.reach("connected")
        commands = message.commands(smtp, progress)
        if smtp is not kept:
            return smtp, commands, transaction.ask(smtp, commands, self.server)
        with contextlib.suppress(DisconnectedError):
            answer = transaction.ask(smtp, commands, self.server)
            if answer[0] not in SPENT:
                return smtp, commands, answer
        self.hang_up()
        smtp = self._open(progress)
        commands = message.commands(smtp, progress)
        return smtp, commands, transaction.ask(smtp, commands, self.server)

    # --- the session ------------------------------------------------------------------------------------------------

    def _open(self, progress: Progress) -> SmtpConnection:
        """Return a line that is ready for MAIL: the kept one if it is in step, else a new one."""
        if self._smtp is not None and self._offered is None and self._in_step(self._smtp):
            return self._smtp
        self.hang_up()
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

    def _in_step(self, smtp: SmtpConnection) -> bool:
        """Whether a kept line waits for MAIL: it has said nothing since its last answer, or answers RSET now."""
        try:
            if smtp.early_reply() is not None:
                return False
            if time.monotonic() < self._in_step_until:
                return True
            smtp.patience = min(ALIVE_SECONDS, self.server.answer_timeout)
            return smtp.docmd("RSET")[0] == 250
        except DisconnectedError:
            return False

    def _set_up(self, smtp: SmtpConnection, progress: Progress) -> None:
        self._expect(smtp.dial(), (220,), progress)
        self._greet(smtp, progress)
        if self._to_encrypt(smtp, progress):
            self._expect(smtp.encrypt(), (220,), progress)
            self._greet(smtp, progress)
        if self.server.user:
            self._sign_in(smtp, progress)
        self.largest = smtp.largest

    def _greet(self, smtp: SmtpConnection, progress: Progress) -> None:
        answer = smtp.ehlo()
        if answer[0] in NO_EHLO:
            answer = smtp.helo()
        self._expect(answer, (250,), progress)

    def _to_encrypt(self, smtp: SmtpConnection, progress: Progress) -> bool:
        server = self.server
        if server.tls or server.starttls == "never":
            return False
        if smtp.has_extn("starttls"):
            return True
        if server.starttls == "require":
            raise self._sender_refused(progress, f"{server} does not offer encryption (STARTTLS). Nothing was sent.")
        return False

    def _sign_in(self, smtp: SmtpConnection, progress: Progress) -> None:
        """AUTH PLAIN (RFC 4616) or LOGIN; smtplib's own can't do a password beyond ASCII."""
        user, password = self.server.user, self.server.password
        if not isinstance(smtp.sock, ssl.SSLSocket) and not self.server.on_this_machine:
            raise self._sender_refused(progress, f"{self.server} offers no encryption; the password was not sent.")
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            secret = f"\0{user}\0{password}"
            answer = smtp.docmd("AUTH", f"PLAIN {_base64(secret)}")
        elif "LOGIN" in offered:
            self._expect(smtp.docmd("AUTH", "LOGIN"), (334,), progress)
            self._expect(smtp.docmd(_base64(user)), (334,), progress)
            answer = smtp.docmd(_base64(password))
        else:
            raise self._sender_refused(progress, f"{self.server} offers no way to sign in that we know (PLAIN, LOGIN).")
        self._expect(answer, (235,), progress)

    def _expect(self, answer: transaction.Answer, wanted: tuple[int, ...], progress: Progress) -> None:
        """Go on after a wanted answer; what refuses the session ends the line too."""
        try:
            transaction.expect(answer, wanted, "session", progress)
        except EndedError:
            self.hang_up()
            raise

    def _sender_refused(self, progress: Progress, why: str) -> EndedError:
        self.hang_up()
        return progress.ended("sender_refused", why)


class Offered:
    """A message that the server has but for the final dot: it ends with `dot` or with `abandon`, once."""

    def __init__(self, client: Client, progress: Progress) -> None:
        self._client = client
        self._progress = progress

    def dot(self) -> Outcome:
        """Write the dot, once the message is durably marked as handed over; returns what became of it."""
        self._once()
        return self._client.attempt(self._progress, lambda: self._client.hand_over(self, self._progress))

    def abandon(self, why: str) -> Outcome:
        """Leave the server without the dot, and so without the message; `why` says what stood against it."""
        self._once()
        self._client.leave(self)
        return self._progress.ended("abandoned", why).outcome

    def _once(self) -> None:
        if self._progress.step != "body_without_dot":
            raise RuntimeError("This message has had its end.")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
