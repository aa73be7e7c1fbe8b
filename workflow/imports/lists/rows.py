"""
A row of a list: who is asked, as it was typed and as it is kept, and what is doubtful or wrong with it.

Pure. Each field is looked at by itself, so that what is wrong is said where it stands.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.errors import RefusedError
from workflow.imports.phrases import is_country
from workflow.languages import LANGUAGES, Message, lazy_gettext
from workflow.letter import characters, typed
from workflow.letter.text import Cosigner

WRITTEN = ("organisation", "acronym", "signatory", "title", "email", "contact_name", "country", "language", "timezone")
"""The fields of a row that are typed, in the order of its columns."""
LONGEST_CELL = 2_000
"""What is longer is no name and no address; so much of it is kept, to be shown."""
_LONGEST_COMPARED = 100
"""No heading, no language and no country is longer."""

NO_ORGANISATION = lazy_gettext("Enter the organisation’s name.")
NO_NAME = lazy_gettext("Enter the organisation’s name in letters that can be read.")
IS_PERSON = lazy_gettext("This looks like a person. Enter the organisation.")
ADDRESS = lazy_gettext("This is not an email address. Write it like name@example.org.")
INVISIBLE = lazy_gettext("The email address has a line break or an invisible character in it. Type it by hand.")
NO_LANGUAGE = lazy_gettext("Emails can be written in English, French, Spanish or Arabic.")
NO_ZONE = lazy_gettext("There is no such time zone. Enter one like Europe/Paris.")
ODD_COUNTRY = lazy_gettext("We don’t know this country. Check it.")


class Problem(NamedTuple):
    """What is wrong or doubtful in a field of a row, and what it surely should be, where that is known."""

    field: str
    """As `texts.Cosigner` calls it; empty: the whole row."""
    said: Message
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list; what cannot be kept stands in `cosigner` as it was typed."""

    number: int
    """Where it begins in what was pasted or in the file, counted from 1."""
    source: str
    cosigner: Cosigner
    wrong: tuple[Problem, ...] = ()
    doubtful: tuple[Problem, ...] = ()
    more: tuple[str, ...] = ()
    """Further addresses of the organisation."""
    other: Mapping[str, str] = field(default_factory=dict)
    """What stands in columns that are none of a co-signer's, by the column; `website` under that name."""


def checked(number: int, source: str, typed_in: Cosigner, **more: Any) -> Row:
    """Return a row with its words as they are kept, and what is wrong with them."""
    wrong: list[Problem] = []
    doubtful: list[Problem] = []
    kept: dict[str, Any] = {}
    for name in WRITTEN:
        words = getattr(typed_in, name)
        if words:
            kept[name] = _kept(name, words, wrong, doubtful)
    called = kept.get("organisation") or kept.get("acronym") or ""
    if not called:
        person = kept.get("signatory", "")
        wrong.insert(0, Problem("organisation", IS_PERSON if person else NO_ORGANISATION, person))
    elif not characters.is_name(called):
        wrong.insert(0, Problem("organisation", NO_NAME))
    elif not kept.get("organisation"):
        kept["organisation"] = called
    return Row(
        number,
        source,
        replace(typed_in, **kept),
        tuple(wrong),
        tuple(doubtful),
        **more,
    )


def _kept(name: str, words: str, wrong: list[Problem], doubtful: list[Problem]) -> str:
    if name == "email":
        return _address(words, wrong, doubtful)
    try:
        found = _READ.get(name, _name)(words)
    except RefusedError as refused:
        said = next((reason for reason in refused.reasons if isinstance(reason, Message)), NO_NAME)
        wrong.append(Problem(name, _SAID.get(name, said)))
        return typed.shown(words[:LONGEST_CELL])
    if name == "country" and not is_known(found):
        doubtful.append(Problem(name, ODD_COUNTRY, coded(found)))
    return found


def _name(words: str) -> str:
    return typed.name(words, typed.LINE)


@functools.cache
def _languages() -> Mapping[str, str]:
    """The codes of the languages that people are written to in, by the words that people have for them."""
    from babel import Locale

    named = {"francais": "fr", "espanol": "es", "castellano": "es", "العربية": "ar", "عربي": "ar"}
    for reader in LANGUAGES:
        known = Locale(reader).languages
        named |= {plain(known[code]): code for code in LANGUAGES}
    return named | {code: code for code in LANGUAGES}


def plain(words: str) -> str:
    """Return words as headings and names of languages are compared: no case, no accents, single blanks."""
    folded = unicodedata.normalize("NFKD", words[:_LONGEST_COMPARED].casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c)).split())


def _language(words: str) -> str:
    return typed.reads(_languages().get(plain(words), words.strip().lower()))


def _zone(words: str) -> str:
    return typed.zone(words.strip())


_READ: Mapping[str, Callable[[str], str]] = {"language": _language, "timezone": _zone}
_SAID = {"language": NO_LANGUAGE, "timezone": NO_ZONE}


# --- countries -----------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def is_known(country: str) -> bool:
    """Whether something is the name of a country in a language that pages are read in."""
    return len(country) <= _LONGEST_COMPARED and (is_country(country) or plain(country) in _countries())


@functools.cache
def _countries() -> frozenset[str]:
    from babel import Locale

    known = (Locale(reader).territories for reader in LANGUAGES)
    return frozenset(plain(name) for names in known for code, name in names.items() if code.isalpha())


def coded(country: str) -> str:
    """Return the name, in English, of the country that a code of two letters stands for, or nothing."""
    from babel import Locale

    return str(Locale("en").territories.get(country.strip().upper(), "")) if len(country.strip()) == 2 else ""


# --- addresses -----------------------------------------------------------------------------------------------------

_MISTYPED = {
    "gmail.com": "gmial.com gmai.com gmal.com gmaill.com gmail.con gmail.co gmail.cm gnail.com gamil.com gmail.comm",
    "hotmail.com": "hotmial.com hotmal.com hotmai.com hotmail.con hotmail.co hotmaill.com hotmil.com",
    "outlook.com": "outlok.com outloo.com outlook.con outlook.co oulook.com",
    "yahoo.com": "yaho.com yahooo.com yahoo.con yahoo.co yhaoo.com",
}
MISTYPED = {wrong: right for right, several in _MISTYPED.items() for wrong in several.split()}
"""Domains of which it is certain what was meant."""
_SPELLED = (
    (re.compile(r"\s*[\[({]\s*(?:at|arobase|arroba)\s*[\])}]\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s*[\[({]\s*(?:dot|point|punto)\s*[\])}]\s*", re.IGNORECASE), "."),
    (re.compile(r"\s*@\s*"), "@"),
    (re.compile(r"\.{2,}|,"), "."),
    (re.compile(r"^[<(\"'“‘]+|[>)\"'”’.;:,]+$|^mailto:", re.IGNORECASE), ""),
)
"""What an address is written with instead of its own signs, where only one thing can be meant."""


def _address(words: str, wrong: list[Problem], doubtful: list[Problem]) -> str:
    words = words.strip()
    try:
        found = check_address(words)
    except HeaderError:
        shown = words[:LONGEST_CELL]
        unseen = any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") for c in shown)
        wrong.append(Problem("email", INVISIBLE if unseen else ADDRESS, "" if unseen else _surely(shown)))
        return typed.shown(shown)
    local, _, domain = found.rpartition("@")
    meant = MISTYPED.get(domain.lower())
    if meant:
        said = lazy_gettext("“%(domain)s” may be mistyped.", domain=domain)
        doubtful.append(Problem("email", said, f"{local}@{meant}"))
    return found


def _surely(address: str) -> str:
    """Return the address that was meant, where it can be no other one; else nothing."""
    if len(address) > typed.LINE.most:
        return ""
    for sign, meant in _SPELLED:
        address = sign.sub(meant, address)
    try:
        return check_address(address) if address.count("@") == 1 and " " not in address else ""
    except HeaderError:
        return ""
