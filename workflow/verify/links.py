"""Where links lead: an address as Markdown prints it and as it is followed (RFC 3986; host names by RFC 3492)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

KEPT = ";/?:@&=+$,-_.!~*'()#"
SPELT_OUT = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
NOT_IN_HOSTS = re.compile("[%/?;#'{}|\\\\^`<>\" \r\n\t]")
HOST_PART = re.compile(r"[+a-z0-9A-Z_-]{0,63}")
SLASHED = {"http:", "https:", "ftp:", "gopher:", "file:"}
ASCII_HOSTS = {"", "http:", "https:", "mailto:"}
REFUSED = re.compile(r"(vbscript|javascript|file|data):")
DATA_PICTURE = re.compile(r"data:image/(gif|png|jpeg|webp);")
FOLLOWED = re.compile(
    r"(?:(?:https?|ftp)://[a-z0-9_.-]+(?::[0-9]{1,5})?(?=[/?#]|$)|mailto:|tel:)[!#-;=?-Z_a-z~]*", re.IGNORECASE
)
LONGEST_TARGET = 2000


class Address(NamedTuple):
    """An address in its parts; joined, they are the address."""

    protocol: str = ""
    slashes: str = ""
    auth: str = ""
    host: str = ""
    port: str = ""
    rest: str = ""

    def joined(self) -> str:
        """Return it whole."""
        auth = f"{self.auth}@" if self.auth else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.protocol}{self.slashes}{auth}{host}{port}{self.rest}"


def written(said: str) -> str:
    """Return a target as it is followed: in ASCII, what may not stand in an address spelt out."""
    address = _with_host(_parted(said), _to_ascii)
    if ":" in address.host:
        return Address(
            *(_encoded(part) if place not in (1, 4) else part for place, part in enumerate(address))
        ).joined()
    return _encoded(address.joined())


def readable(said: str) -> str:
    """Return an address as it is printed: what is spelt out in letters again."""
    return _decoded(_with_host(_parted(said), _to_letters).joined())


def is_refused(target: str) -> bool:
    """Whether a target would run a program, and so is no link."""
    plain = target.strip().lower()
    return bool(REFUSED.match(plain)) and not DATA_PICTURE.match(plain)


def leads_somewhere(target: str) -> bool:
    """Whether a target can be followed from a document; else it is printed behind its words."""
    return len(target) <= LONGEST_TARGET and FOLLOWED.fullmatch(target) is not None


def _parted(said: str) -> Address:
    rest = said.strip()
    found = re.match(r"[a-z0-9.+-]+:", rest, re.IGNORECASE)
    protocol = found[0] if found else ""
    rest = rest[len(protocol) :]
    slashes = rest.startswith("//") and protocol not in ("javascript:",)
    if slashes:
        rest = rest[2:]
    if protocol == "javascript:" or not (slashes or (protocol and protocol not in SLASHED)):
        return Address(protocol, "//" if slashes else "", rest=rest)
    ends = [place for place in map(rest.find, "/?#") if place != -1]
    at = rest.rfind("@", 0, min(ends) + 1) if ends else rest.rfind("@")
    auth, rest = (rest[:at], rest[at + 1 :]) if at != -1 else ("", rest)
    other = NOT_IN_HOSTS.search(rest)
    end = other.start() if other else len(rest)
    if end > 0 and rest[end - 1] == ":":
        end -= 1
    host, rest = rest[:end], rest[end:]
    port = re.search(":[0-9]*$", host)
    host = host[: port.start()] if port else host
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1] if len(host) <= 255 else ""
    else:
        host, rest = _checked(host, rest)
    return Address(protocol, "//" if slashes else "", auth, host, port[0][1:] if port else "", rest)


def _checked(host: str, rest: str) -> tuple[str, str]:
    """A host name as far as it is one."""
    parts = host.split(".")
    for number, part in enumerate(parts):
        if part and not HOST_PART.fullmatch("".join("x" if c > "\x7f" else c for c in part)):
            begun = HOST_PART.match(part)
            taken = begun[0] if begun else ""
            # Parts are joined again with what follows, as markdown-it's own parser does.
            host = ".".join([*parts[:number], taken])
            rest = ".".join([part[len(taken) :], *parts[number + 1 :]]) + rest
            break
    return (host if len(host) <= 255 else ""), rest


def _with_host(address: Address, change: Callable[[str], str]) -> Address:
    if not address.host or address.protocol not in ASCII_HOSTS:
        return address
    try:
        return address._replace(host=change(address.host))
    except (UnicodeError, ValueError):
        return address


def _to_ascii(host: str) -> str:
    parts = re.split("[.\u3002\uff0e\uff61]", host)
    return ".".join(
        f"xn--{part.encode('punycode').decode()}" if re.search(r"[^\0-\x7e]", part) else part for part in parts
    )


def _to_letters(host: str) -> str:
    parts = re.split("[.\u3002\uff0e\uff61]", host)
    return ".".join(p[4:].lower().encode().decode("punycode") if p.startswith("xn--") else p for p in parts)


def _encoded(words: str) -> str:
    return SPELT_OUT.sub(
        lambda found: found[0] if len(found[0]) > 1 else quote(found[0], KEPT, errors="replace"), words
    )


def _decoded(words: str) -> str:
    return re.sub("(?:%[0-9A-Fa-f]{2})+", lambda found: _letters(found[0]), words)


def _letters(spelt: str) -> str:
    """What a run of %.. stands for, but for the signs that part an address; what is no UTF-8 is U+FFFD."""
    kept = []
    for number in range(0, len(spelt), 3):
        code = spelt[number : number + 3]
        sign = chr(int(code[1:], 16))
        kept.append(code.upper().encode() if sign in ";/?:@&=+$,#%" else unquote_to_bytes(code))
    return b"".join(kept).decode("utf-8", "replace")
