"""
A mailbox that is read by IMAP (RFC 3501): one mail after the other, each put aside when whoever reads it has kept it.

Mails that were ours go into a folder beside the inbox; others stay where they are, marked as looked at. Nothing is ever
deleted. A mail that is cut off, a line that breaks or a process that ends leaves it where it was: it is read again.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

WRITTEN_AS = "imaps://user:password@host/INBOX"
PORTS = {"imaps": 993, "imap": 143}
ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
TIMEOUT = 30.0
LARGEST = 8 * 1024 * 1024
"""So many bytes of a mail are fetched: of a larger one the rest is left in the mailbox."""
PIECE = 10_000
"""So many mails are searched at once: the answer is one line, and imaplib takes none of more than a megabyte."""
LOOKED_AT = "UndersignedLookedAt"
UID = re.compile(rb"[1-9][0-9]{0,9}")
PERMANENT = re.compile(rb"\\\*")


class MailboxError(Exception):
    """The mailbox cannot be read: why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a mailbox is, and who reads it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: bool = True
    authorities: Path | None = None
    """A file of certificates to trust in place of the system's."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a mailbox from its URL (`?ca=FILE`: `authorities`); raises ValueError with what is wrong."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(f"must be like {WRITTEN_AS}") from None
        if parts.scheme not in PORTS or not parts.hostname or not parts.username:
            raise ValueError(f"must be like {WRITTEN_AS}")
        if parts.scheme == "imap" and parts.hostname not in ON_THIS_MACHINE:
            raise ValueError("must begin with imaps://, or the password goes over the network in the clear")
        wishes = dict(parse_qsl(parts.query))
        authorities = Path(wishes["ca"]) if "ca" in wishes else None
        if authorities is not None and not authorities.is_file():
            raise ValueError(f"names a file that is not there: ?ca={authorities}")
        folder = unquote(parts.path.strip("/")) or "INBOX"
        if not folder.isascii() or not folder.isprintable() or set(folder) & set('"\\%*'):
            raise ValueError("must name a folder in plain letters, like INBOX")
        return cls(
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=folder,
            tls=parts.scheme == "imaps",
            authorities=authorities,
        )

    def __str__(self) -> str:
        """Where it is, for people; never with the password."""
        return f"{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in the mailbox: by what it is known there, its bytes or the first of them, and how many it has."""

    uid: str
    content: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether its bytes are all there are."""
        return len(self.content) >= self.size


class Session:
    """An open mailbox; a context. Raises `MailboxError` whatever goes wrong."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._imap: imaplib.IMAP4 | None = None
        self._done = ""
        self._number = 0
        self._keeps_marks = False
        self._can: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        with _told(self.mailbox):
            self._imap = self._open()
            self._sign_in()
            self._can = frozenset(_words(self._ask("CAPABILITY")).upper().split())
            self._number = int(self._ask("SELECT", _quoted(self.mailbox.folder))[-1] or 0)
            flags = self._imap.response("PERMANENTFLAGS")[1]
            self._keeps_marks = any(PERMANENT.search(one) for one in flags if isinstance(one, bytes))
        return self

    def __exit__(self, *error: object) -> None:
        if self._imap is not None:
            with contextlib.suppress(Exception):
                self._imap.logout()
        self._imap = None

    def _open(self) -> imaplib.IMAP4:
        box = self.mailbox
        if not box.tls:
            return imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT)
        context = ssl.create_default_context(cafile=str(box.authorities) if box.authorities else None)
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=TIMEOUT)

    def _sign_in(self) -> None:
        box = self.mailbox
        if f"{box.user}{box.password}".isascii():
            self._ask("LOGIN", _quoted(box.user), box.password)
            return
        answered, data = self._is.authenticate("PLAIN", lambda _: f"\0{box.user}\0{box.password}".encode())
        if answered != "OK":
            raise imaplib.IMAP4.error(f"AUTHENTICATE: {_words(data)}")

    @property
    def _is(self) -> imaplib.IMAP4:
        assert self._imap is not None, "The mailbox is not open."
        return self._imap

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        """Say one command and return what is answered; raises where the server says no."""
        answered, data = getattr(self._is, command.lower())(*arguments)
        if answered != "OK":
            raise imaplib.IMAP4.error(f"{command}: {_words(data)}")
        return list(data)

    def waiting(self, most: int) -> list[str]:
        """Return by what the oldest mails are known that nobody has looked at, at most so many."""
        asked = f"UNKEYWORD {LOOKED_AT}" if self._keeps_marks else "UNSEEN"
        found: list[str] = []
        with _told(self.mailbox):
            for first in range(1, self._number + 1, PIECE):
                last = first + PIECE - 1
                piece = f"{first}:{last if last < self._number else '*'}"
                data = self._ask("UID", "SEARCH", f"{piece} UNDELETED {asked}")
                found += [one.decode() for one in UID.findall(b" ".join(part for part in data if part))]
                if len(found) >= most:
                    break
        return found[:most]

    def check(self) -> None:
        """Raise unless the server still answers."""
        with _told(self.mailbox):
            self._ask("NOOP")

    def fetch(self, uid: str) -> Found | None:
        """Return a mail, its first eight megabytes at most; None: somebody has taken it away meanwhile."""
        with _told(self.mailbox):
            data = self._ask("UID", "FETCH", uid, f"(RFC822.SIZE BODY.PEEK[]<0.{LARGEST}>)")
        pair = next((one for one in data if isinstance(one, tuple)), None)
        if pair is None:
            return None
        said, content = pair
        size = re.search(rb"RFC822\.SIZE (\d{1,12})", said + b" ".join(one for one in data if isinstance(one, bytes)))
        return Found(uid, content, int(size[1]) if size else len(content))

    def put_aside(self, uid: str) -> None:
        """Move a mail that was ours into the folder of those that were read."""
        with _told(self.mailbox):
            folder = self._done or self._folder_of_those_read()
            if "MOVE" in self._can:
                self._ask("UID", "MOVE", uid, _quoted(folder))
                return
            self._ask("UID", "COPY", uid, _quoted(folder))
            self._ask("UID", "STORE", uid, "+FLAGS.SILENT", f"(\\Deleted{self._mark})")
            if "UIDPLUS" in self._can:
                self._ask("UID", "EXPUNGE", uid)

    def look_away(self, uid: str) -> None:
        """Leave a mail that was not ours where it is, and do not read it again."""
        with _told(self.mailbox):
            self._ask("UID", "STORE", uid, "+FLAGS.SILENT", f"({self._mark.strip() or chr(92) + 'Seen'})")

    @property
    def _mark(self) -> str:
        return f" {LOOKED_AT}" if self._keeps_marks else ""

    def _folder_of_those_read(self) -> str:
        """Return the folder, beside the inbox, and make it where there is none."""
        listed = _words(self._ask("LIST", '""', '""'))
        found = re.search(r'"([^"\\])"', listed)
        between = found[1] if found else "/"
        self._done = f"{self.mailbox.folder}{between}Undersigned"
        with contextlib.suppress(imaplib.IMAP4.error):
            self._ask("CREATE", _quoted(self._done))
        return self._done


def look(mailbox: Mailbox, most: int) -> int:
    """Return how many mails wait there, `most` at most; nothing of them is read. Raises `MailboxError`."""
    with Session(mailbox) as session:
        return len(session.waiting(most))


def read(mailbox: Mailbox, most: int) -> Iterator[tuple[Session, Found]]:
    """
    Give the mails that nobody has looked at, the oldest first; whoever reads one puts it aside or looks away.

    One that the server cannot give holds up no other: it is left as it is, and said at the end by `MailboxError`.
    """
    broken: MailboxError | None = None
    with Session(mailbox) as session:
        for uid in session.waiting(most):
            try:
                found = session.fetch(uid)
            except MailboxError as error:
                session.check()
                broken, found = broken or error, None
            if found is not None:
                yield session, found
    if broken is not None:
        raise broken


@contextlib.contextmanager
def _told(mailbox: Mailbox) -> Iterator[None]:
    """Say what goes wrong in one sentence; never with the password."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(f"The certificate of {mailbox} does not hold: {error.verify_message}.") from None
    except imaplib.IMAP4.error as error:
        said = str(error).replace(mailbox.password, "…") if mailbox.password else str(error)
        raise MailboxError(f"{mailbox} says no: {_clean(said)}") from None
    except (OSError, EOFError) as error:
        raise MailboxError(f"{mailbox} can’t be reached: {_clean(str(error))}") from None


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(data: object) -> str:
    parts = data if isinstance(data, list) else [data]
    return " ".join(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in parts)


def _clean(words: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:300]
