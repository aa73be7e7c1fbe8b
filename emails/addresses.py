"""Email addresses: checked, in their normal form, and as a mail server is told them."""

from __future__ import annotations

import functools
import re
import unicodedata

from emails.errors import AddressError

LONGEST_LOCAL_PART = 64
LONGEST_LABEL = 63
LONGEST = 254
USUAL = re.compile(r"([A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+)@((?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z]{2,}+)")
"""Addresses that are in their normal form already; what is more unusual is asked for of `email_validator`."""
INVISIBLE = ("Cc", "Zl", "Zp", "Cs", "Cf")
"""Unicode's controls, line and paragraph separators, lone surrogates and format characters."""


def check_address(address: str) -> str:
    """
    Return an email address in its normal form; raises `AddressError` with what to do.

    No DNS is asked. Blanks around it are dropped; example.org and .test are allowed. Source: RFC 5321, 5322, 6531.
    """
    if _is_usual(address):
        return address
    from email_validator import EmailNotValidError, validate_email

    address = address.strip(" \t\xa0")
    if any(unicodedata.category(c) in INVISIBLE for c in address):
        raise AddressError("The email address has a line break or an invisible character in it. Type it by hand.")
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressError(
            f"“{address[:100]}” is not an email address: {error} Write it like name@example.org."
        ) from error
    if max(len(checked.local_part), len(checked.local_part.encode())) > LONGEST_LOCAL_PART:
        raise AddressError(
            f"The part before the @ is too long: mail servers take {LONGEST_LOCAL_PART} characters. Check the address."
        )
    return checked.normalized


def _is_usual(address: str) -> bool:
    """Whether an address is one of the many that need no second look, which takes fifty times as long."""
    found = USUAL.fullmatch(address) if len(address) <= LONGEST else None
    if found is None or len(found[1]) > LONGEST_LOCAL_PART:
        return False
    domain = found[2]
    return max(map(len, domain.split("."))) <= LONGEST_LABEL and not f".{domain}".endswith(_special())


@functools.cache
def _special() -> tuple[str, ...]:
    """The ends of domains that are none of the internet's."""
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    return tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES if name != "test")


def spellings(address: str) -> tuple[str, ...]:
    """Return an address in small letters, with its domain as people and as DNS write it; raises `AddressError`."""
    known = check_address(address)
    return tuple(dict.fromkeys((known.lower(), in_ascii(known).lower())))


def in_ascii(address: str) -> str:
    """Return an address with its domain as DNS has it; letters beyond ASCII before the @ stay. Raises IDNAError."""
    import idna

    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"
