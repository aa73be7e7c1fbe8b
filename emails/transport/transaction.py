"""
One message for one recipient on an open line: MAIL, RCPT, DATA and the body, everything but the final dot.

Where the server offers PIPELINING (RFC 2920), the three commands go out in one write; the body waits for the 354.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence

import idna

from emails.addresses import in_ascii
from emails.transport.replies import CLOSING, CONNECTING, STEPS, Outcome, Stage, Verdict, refusal, said
from emails.transport.server import Server
from emails.transport.smtp_connection import DisconnectedError, SmtpConnection

Watch = Callable[[str], None]
Answer = tuple[int, bytes]

UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff<>]")


class EndedError(Exception):
    """The transaction is over before the dot, with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class Progress:
    """How far one message has come."""

    def __init__(self, watch: Watch) -> None:
        self.step = CONNECTING
        self._watch = watch

    def reach(self, step: str) -> None:
        """Tell that a step is reached."""
        self.step = step
        self._watch(step)

    @property
    def dot_may_be_out(self) -> bool:
        """Whether a lost answer leaves it open what became of the message."""
        return self.step in STEPS[STEPS.index("dot_sent") :]

    def ended(self, verdict: Verdict, text: str) -> EndedError:
        """Return the error that ends the transaction where it stands, in our own words."""
        return EndedError(Outcome(verdict, None, said(text), self.step))


class Message:
    """A message on its way: both addresses as the wire has them, and its bytes."""

    def __init__(self, sender: str, recipient: str, content: bytes, progress: Progress) -> None:
        self.sender, self.recipient = (_on_the_wire(address, progress) for address in (sender, recipient))
        self.content = content
        self.body = stuffed(content)

    def commands(self, smtp: SmtpConnection, progress: Progress) -> list[bytes]:
        """Return MAIL, RCPT and DATA for this server; ends as rejected where it cannot take the message."""
        options = self._options(smtp, progress)
        said = " ".join([f"MAIL FROM:<{self.sender}>", *options]), f"RCPT TO:<{self.recipient}>", "DATA"
        return [f"{command}\r\n".encode() for command in said]

    def _options(self, smtp: SmtpConnection, progress: Progress) -> list[str]:
        """Return what MAIL says besides the sender (RFC 1870, 6152, 6531)."""
        options = []
        if smtp.has_extn("size"):
            if smtp.largest is not None and smtp.largest < len(self.content):
                why = f"The mail has {len(self.content)} bytes; the mail server takes {smtp.largest}."
                raise progress.ended("rejected", why)
            options.append(f"SIZE={len(self.content)}")
        if not self.content.isascii():
            if not smtp.has_extn("8bitmime"):
                raise progress.ended("rejected", "The mail has 8-bit text; the mail server takes none (8BITMIME).")
            options.append("BODY=8BITMIME")
        if self._is_international():
            if not smtp.has_extn("smtputf8"):
                why = "The mail server takes no address with letters beyond ASCII (SMTPUTF8)."
                raise progress.ended("rejected", why)
            options.append("SMTPUTF8")
        return options

    def _is_international(self) -> bool:
        if not (self.sender.isascii() and self.recipient.isascii()):
            return True
        return not (self.content.isascii() or self.content.partition(b"\r\n\r\n")[0].isascii())


def ask(smtp: SmtpConnection, commands: Sequence[bytes], server: Server) -> Answer:
    """Say MAIL, with RCPT and DATA behind it where they may be, and return the answer to MAIL."""
    together = smtp.has_extn("pipelining")
    smtp.write(b"".join(commands) if together else commands[0], server.answer_timeout)
    smtp.patience = server.answer_timeout
    return smtp.getreply()


def agree(smtp: SmtpConnection, commands: Sequence[bytes], mail: Answer, server: Server, progress: Progress) -> None:
    """Take the answers to MAIL, RCPT and DATA in order: at the end the server waits for the body."""
    together = smtp.has_extn("pipelining")
    _take(smtp, mail, "MAIL", together, progress)
    progress.reach("after_mail")
    rest: tuple[tuple[Stage, str], ...] = (("RCPT", "after_rcpt"), ("DATA", "after_354"))
    for command, (stage, step) in zip(commands[1:], rest, strict=True):
        if not together:
            smtp.write(command, server.answer_timeout)
        smtp.patience = server.data_timeout if stage == "DATA" else server.answer_timeout
        _take(smtp, smtp.getreply(), stage, together, progress)
        progress.reach(step)


def _take(smtp: SmtpConnection, answer: Answer, stage: Stage, together: bool, progress: Progress) -> None:
    try:
        expect(answer, (354,) if stage == "DATA" else (250, 251, 252), stage, progress)
    except EndedError:
        if answer[0] == CLOSING:
            smtp.close()
        elif together:
            _keep_in_step(smtp, {"MAIL": 2, "RCPT": 1}.get(stage, 0))
        raise


def _keep_in_step(smtp: SmtpConnection, count: int) -> None:
    """
    Read the answers to what was said after a refused command.

    A server may say 354 all the same. RFC 2920 (3.1) would have us send a dot alone; we hang up, for no dot of ours
    is ever out without a mark before it.
    """
    try:
        answers = [smtp.getreply() for _ in range(count)]
    except DisconnectedError:
        smtp.close()
        return
    if any(code < 400 for code, _ in answers[-1:]):
        smtp.close()


def expect(answer: Answer, wanted: tuple[int, ...], stage: Stage, progress: Progress) -> None:
    """Go on after a wanted answer; a refusal ends the transaction, nonsense is a `DisconnectedError`."""
    code, words = answer
    if code in wanted:
        return
    if code < 400:
        raise DisconnectedError(f"The mail server's answer makes no sense here: {code} {said(words)}")
    raise EndedError(refusal(code, words, stage, progress.step))


def write_body(smtp: SmtpConnection, body: bytes, server: Server, progress: Progress) -> None:
    """Write all but the dot. A server that answers before its turn has made up its mind: never hand over then."""
    broken: DisconnectedError | None = None
    try:
        smtp.write(body, server.block_timeout)
    except DisconnectedError as error:
        broken = error
    early = smtp.early_reply() if broken is None else _last_words(smtp)
    if early is not None:
        refuse_early(smtp, early, progress)
    if broken is not None:
        raise broken


def refuse_early(smtp: SmtpConnection, early: Answer, progress: Progress) -> None:
    """End a transaction whose server has answered before the dot, whatever it said; the line is given up."""
    smtp.close()
    expect(early, (), "dot", progress)


def _last_words(smtp: SmtpConnection) -> Answer | None:
    """Return what a server said before it hung up in the middle of a message, if that can still be read."""
    with contextlib.suppress(DisconnectedError):
        return smtp.early_reply()
    return None


def stuffed(content: bytes) -> bytes:
    """Return a message as it goes between DATA and the final dot: CRLF line ends, leading dots doubled."""
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content


def _on_the_wire(address: str, progress: Progress) -> str:
    """Return an address for MAIL or RCPT, its domain in ASCII (IDNA); ends as rejected where it can't be one."""
    local, _, domain = address.rpartition("@")
    if UNFIT.search(address) or (address and not (local and domain)):
        raise progress.ended("rejected", f"{said(address)[:100]!r} is no address that a mail can go to.")
    try:
        return in_ascii(address)
    except idna.IDNAError as error:
        raise progress.ended("rejected", f"{said(domain)[:100]!r} is no domain: {error}.") from error
