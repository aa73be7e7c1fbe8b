"""A mail server as the operator writes it: one URL with everything that is needed to speak with it."""

from __future__ import annotations

import functools
import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Encryption = Literal["require", "auto", "never"]

WRITTEN_AS = "smtp://user:password@host:587 or smtps://user:password@host:465"
ENCRYPTIONS: dict[str, Encryption] = {word: word for word in get_args(Encryption)}


@dataclass(frozen=True, slots=True)
class Server:
    """
    A mail server and how to speak with it.

    Times are in seconds; the defaults are those of RFC 5321 section 4.5.3.2. `authorities` is a file of certificates
    to trust instead of the system's; `name` is how we greet the server, our own address where it is empty.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: Encryption = "require"
    authorities: Path | None = None
    name: str = ""
    connect_timeout: float = 30.0
    answer_timeout: float = 300.0
    data_timeout: float = 120.0
    block_timeout: float = 180.0
    dot_timeout: float = 600.0

    @classmethod
    def parse(cls, url: str, dot_timeout: float = 600.0) -> Self:
        """
        Read a mail server from its URL; raises ValueError with a sentence that says what is wrong.

        `?starttls=require|auto|never`: require is the default but for a server on this machine; auto encrypts where
        that is offered. `?ca=FILE` and `?name=` are `authorities` and `name`. No wait is longer than `dot_timeout`.
        """
        parts, port = _parts(url)
        wishes = _wishes(parts)
        server = cls(
            host=parts.hostname or "",
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=parts.scheme == "smtps",
            starttls=_encryption(parts, wishes),
            authorities=_certificates(wishes),
            name=_name(wishes),
            connect_timeout=min(30.0, dot_timeout),
            answer_timeout=min(300.0, dot_timeout),
            data_timeout=min(120.0, dot_timeout),
            block_timeout=min(180.0, dot_timeout),
            dot_timeout=dot_timeout,
        )
        server._keep_the_password_safe()
        return server

    def __str__(self) -> str:
        """Where it is, for people; never with the password."""
        return f"{self.host}:{self.port}"

    @property
    def on_this_machine(self) -> bool:
        """Whether what is sent to it stays on this machine."""
        return _loopback(self.host)

    def context(self) -> ssl.SSLContext:
        """Return how certificates are checked: always, and against the server's name."""
        return _context(self.authorities)

    def _keep_the_password_safe(self) -> None:
        if self.user and not self.tls and self.starttls == "never" and not self.on_this_machine:
            raise ValueError(
                f"The password for {self.host} would be sent in the clear. Leave out ?starttls=never, or use smtps://."
            )


@functools.cache
def _context(authorities: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"The mail server's URL has no right host or port. Write it as {WRITTEN_AS}.") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == 0:
        raise ValueError(f"A mail server is written as {WRITTEN_AS}.")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(
            f"A mail server's URL ends after the port. Write it as {WRITTEN_AS}; "
            "in a password, / # ? and @ are written %2F %23 %3F and %40."
        )
    return parts, port or (465 if parts.scheme == "smtps" else 587)


def _wishes(parts: SplitResult) -> dict[str, str]:
    wishes = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(wishes.keys() - {"starttls", "ca", "name"})
    if unknown:
        raise ValueError(f"A mail server's URL takes ?starttls=, ?ca= and ?name=, but not ?{unknown[0]}=.")
    return wishes


def _encryption(parts: SplitResult, wishes: dict[str, str]) -> Encryption:
    default = "never" if _loopback(parts.hostname or "") else "require"
    wish = wishes.get("starttls", default)
    if wish not in ENCRYPTIONS:
        raise ValueError("?starttls= takes require, auto or never.")
    return ENCRYPTIONS[wish]


def _certificates(wishes: dict[str, str]) -> Path | None:
    if "ca" not in wishes:
        return None
    path = Path(wishes["ca"])
    try:
        _context(path)
    except OSError as error:
        raise ValueError(f"?ca={path} can't be read as certificates (PEM): {error}. Give a file of them.") from error
    return path


def _name(wishes: dict[str, str]) -> str:
    name = wishes.get("name", "")
    if not name.isascii() or any(c.isspace() or not c.isprintable() for c in name):
        raise ValueError("?name= takes the name of this machine, such as letters.example.org.")
    return name


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
