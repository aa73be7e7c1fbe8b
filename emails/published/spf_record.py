"""An SPF record as its grammar has it (RFC 7208, section 12): terms, qualifiers, and names with macros in them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from string import ascii_letters, digits

QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
LETTERS = "slodiphv"
"""What a name is made from; c, r and t are for explanations alone."""
IN_EXPLANATIONS = LETTERS + "crt"
DELIMITERS = ".-+,/_="
VERSION = "v=spf1"
LONGEST_NUMBER = 4
"""In digits: a name has fewer parts than that."""
NAME = frozenset(ascii_letters + digits + "-_.")


class SpfSyntaxError(ValueError):
    """The record is not one: the message says where."""


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism: what it leads to where it matches, and what it names."""

    name: str
    result: str
    domain: str = ""
    """With its macros; empty: the domain that is asked about."""
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    widths: tuple[int, int] = (32, 128)
    """How many bits of an address must be alike, of the old kind and of the new."""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a record says."""

    terms: tuple[Term, ...]
    redirect: str = ""


def is_spf(text: str) -> bool:
    """Whether a TXT record is meant as one."""
    return text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")


def parse(text: str) -> Record:
    """Read a record; raises `SpfSyntaxError`."""
    if not text.isascii():
        raise SpfSyntaxError("It has letters beyond ASCII.")
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in filter(None, text[len(VERSION) :].split(" ")):
        name, found, value = word.partition("=")
        if found and name and name[0] in ascii_letters and set(name) <= NAME:
            _modifier(modifiers, name.lower(), value, word)
        else:
            terms.append(_mechanism(word))
    return Record(tuple(terms), modifiers.get("redirect", ""))


def _modifier(known: dict[str, str], name: str, value: str, word: str) -> None:
    if name not in ("redirect", "exp"):
        _check_macros(value, IN_EXPLANATIONS, word)
        return
    if name in known:
        raise SpfSyntaxError(f"“{name}=” is in it twice.")
    _check_domain(value, word)
    known[name] = value


def _mechanism(word: str) -> Term:
    result, rest = QUALIFIERS.get(word[0], ""), word
    if result:
        rest = word[1:]
    end = next((at for at, letter in enumerate(rest) if letter in ":/"), len(rest))
    name, argument = rest[:end].lower(), rest[end:]
    result = result or "pass"
    if name == "all" and not argument:
        return Term(name, result, written=word)
    if name in ("include", "exists") and argument.startswith(":"):
        _check_domain(argument[1:], word)
        return Term(name, result, argument[1:], written=word)
    if name in ("ip4", "ip6") and argument.startswith(":"):
        return Term(name, result, network=_network(name, argument[1:], word), written=word)
    if name == "ptr":
        return Term(name, result, _own_domain(argument, word), written=word)
    if name in ("a", "mx"):
        domain, widths = _widths(argument, word)
        return Term(name, result, _own_domain(domain, word), widths=widths, written=word)
    raise SpfSyntaxError(f"“{word}” is not understood.")


def _own_domain(argument: str, word: str) -> str:
    if not argument:
        return ""
    if not argument.startswith(":"):
        raise SpfSyntaxError(f"“{word}” is not understood.")
    _check_domain(argument[1:], word)
    return argument[1:]


def _network(name: str, value: str, word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    address, slash, width = value.partition("/")
    if "%" in address:
        raise SpfSyntaxError(f"“{word}” has no address of that kind.")
    longest = 32 if name == "ip4" else 128
    bits = _width(width, longest, word) if slash else longest
    try:
        if name == "ip4":
            return ipaddress.IPv4Network((ipaddress.IPv4Address(address).packed, bits), strict=False)
        return ipaddress.IPv6Network((ipaddress.IPv6Address(address).packed, bits), strict=False)
    except ValueError as error:
        raise SpfSyntaxError(f"“{word}” has no address of that kind.") from error


def _widths(argument: str, word: str) -> tuple[str, tuple[int, int]]:
    """Part a domain from the lengths after it: `/24`, `//64`, `/24//64`."""
    old, new = 32, 128
    head, slashes, tail = argument.rpartition("//")
    if slashes and tail.isdigit():
        argument, new = head, _width(tail, 128, word)
    head, slash, tail = argument.rpartition("/")
    if slash and tail.isdigit():
        argument, old = head, _width(tail, 32, word)
    return argument, (old, new)


def _width(text: str, most: int, word: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or (text != "0" and text.startswith("0")) or int(text) > most:
        raise SpfSyntaxError(f"“{word}” has no length from 0 to {most}.")
    return int(text)


def _check_domain(value: str, word: str) -> None:
    """Raise `SpfSyntaxError` unless it ends with a top label, or with a macro."""
    _check_macros(value, LETTERS, word)
    if value.endswith("}") and _pieces(value)[-1].startswith("%{"):
        return
    labels = value.removesuffix(".").split(".")
    top = labels[-1]
    fits = top and set(top) <= set(ascii_letters + digits + "-") and not top.isdigit() and "-" not in (top[0], top[-1])
    if len(labels) < 2 or not fits:
        raise SpfSyntaxError(f"“{word}” names no domain.")


def _check_macros(value: str, letters: str, word: str) -> None:
    for piece in _pieces(value):
        if not piece.startswith("%"):
            if not all("!" <= letter <= "~" for letter in piece):
                raise SpfSyntaxError(f"“{word}” has a character that cannot stand there.")
        elif piece not in ("%%", "%_", "%-"):
            _check_macro(piece, letters, word)


def _check_macro(piece: str, letters: str, word: str) -> None:
    inside = piece[2:-1] if piece.startswith("%{") and piece.endswith("}") else ""
    rest = inside[1:].lstrip(digits)
    number = inside[1 : len(inside) - len(rest)]
    rest = rest[1:] if rest[:1] in ("r", "R") else rest
    counts = not number or (len(number) < LONGEST_NUMBER and int(number) > 0)
    if inside[:1].lower() not in tuple(letters) or not set(rest) <= set(DELIMITERS) or not counts:
        raise SpfSyntaxError(f"“{word}” has a macro that is not understood.")


def _pieces(value: str) -> list[str]:
    """Part a string into macros, which begin with %, and what stands between them."""
    pieces, at = list[str](), 0
    while at < len(value):
        if value[at] != "%":
            end = value.find("%", at)
            end = len(value) if end < 0 else end
        elif value[at : at + 2] == "%{":
            end = value.find("}", at) + 1 or len(value)
        else:
            end = at + 2
        pieces.append(value[at:end])
        at = end
    return pieces


def expanded(value: str, macros: dict[str, str]) -> str:
    """Return a domain with its macros filled in (section 7): by letter, what each stands for; at most 253 letters."""
    said = "".join(_said(piece, macros) for piece in _pieces(value)).removesuffix(".")
    while len(said) > 253 and "." in said:
        said = said.partition(".")[2]
    return said


def _said(piece: str, macros: dict[str, str]) -> str:
    if not piece.startswith("%{"):
        return {"%%": "%", "%_": " ", "%-": "%20"}.get(piece, piece)
    inside = piece[2:-1]
    rest = inside[1:].lstrip(digits)
    number = int(inside[1 : len(inside) - len(rest)] or 0)
    is_reversed = rest[:1] in ("r", "R")
    delimiters = (rest[1:] if is_reversed else rest) or "."
    parts, part = list[str](), ""
    for letter in macros[inside[0].lower()]:
        if letter in delimiters:
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part)
    kept = (parts[::-1] if is_reversed else parts)[-number:]
    said = ".".join(kept)
    return _quoted(said) if inside[0].isupper() else said


def _quoted(said: str) -> str:
    plain = set(ascii_letters + digits + "-._~")
    return "".join(
        letter if letter in plain else "".join(f"%{byte:02X}" for byte in letter.encode()) for letter in said
    )
