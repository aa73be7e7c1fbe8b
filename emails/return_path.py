"""
Addresses with a signed tag, by which a mail that comes in is known to be about one of ours (VERP).

`bounces+TAG.ID@example.org`: both in base32, TAG signs ID. Letters may lose their capitals on the way, and a forwarder
may write an address of ours into one of its own (SRS). Whether a tag is genuine is for who has the key to say.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

TAG_LETTERS = 26
"""Sixteen bytes in base32."""
LONGEST_NAME = 64 - 2 - 2 * TAG_LETTERS
"""Of what stands before the + (RFC 5321: 64 in all)."""
NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")
DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,180}")
LONGEST_ADDRESS = 500


class Tagged(NamedTuple):
    """What stands in a tagged address: the tag and the id of the mail that it is about."""

    tag: bytes
    about: str


def fits(address: str) -> bool:
    """Whether a tag can be added to an address."""
    name, at, domain = address.rpartition("@")
    return bool(at) and NAME.fullmatch(name) is not None and DOMAIN.fullmatch(domain) is not None


def tagged(address: str, tag: bytes, about: str) -> str:
    """Return an address with the tag of a mail, whose id is 32 hex digits."""
    name, _, domain = address.rpartition("@")
    return f"{name}+{_base32(tag)}.{_base32(bytes.fromhex(about))}@{domain}"


def found_in(address: str, among: Iterable[str]) -> Iterator[Tagged]:
    """Give what the tags are in addresses, of those that are made from `address`; whether genuine is not asked."""
    name, _, domain = address.lower().rpartition("@")
    if not name:
        return
    letters = f"[a-z2-7]{{{TAG_LETTERS}}}"
    own = re.compile(rf"(?<![a-z0-9._-]){re.escape(name)}\+({letters})\.({letters})@{re.escape(domain)}(?![a-z0-9.-])")
    relayed = re.compile(rf"^srs[01][-=+].*={re.escape(domain)}=.*?{re.escape(name)}\+({letters})\.({letters})@")
    for one in among:
        words = one[:LONGEST_ADDRESS].lower()
        match = own.search(words) or relayed.search(words)
        if match is not None:
            yield Tagged(_bytes(match[1]), _bytes(match[2]).hex())


def _base32(value: bytes) -> str:
    return base64.b32encode(value).decode().rstrip("=").lower()


def _bytes(letters: str) -> bytes:
    return base64.b32decode(letters.upper() + "=" * (-len(letters) % 8))
