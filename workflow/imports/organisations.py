"""
The name of an organisation and its acronym, parted where they stand together.

Knows forms only: `Long Name (ACR)`, `ACR (Long Name)`, `ACR – Long Name`; words are never changed.
"""

from __future__ import annotations

import re

from workflow.imports.lexicon import plain
from workflow.imports.phrases import is_acronym, is_country, is_organisation

_SUFFIX = re.compile(r",\s+(?:[A-Z]{2}|(?:[A-Z]\.\s?){2,3}(?:\s?de\s(?:[A-Z]\.\s?){2})?)$")
"""`St. Paul, MN`, `Energía Comunitaria, A.C.`: a state, or a kind of company, and no acronym."""


def named(organisation: str) -> tuple[str, str]:
    """Part the acronym from an organisation's name: `Long Name (ACR)`, `ACR (Long Name)`, `ACR – Long Name`."""
    bracket = re.fullmatch(r"(.*?\S)\s*\(([^()]+)\)\s*", organisation)
    if bracket:
        outside, inside = bracket[1].strip(" ,"), bracket[2].strip()
        if is_acronym(outside) and len(inside.split()) > 1 and not is_country(inside):
            return inside, outside
        if len(outside.split()) > 1 and (is_acronym(inside) or _initials(inside, outside)):
            return outside, inside
        return organisation.strip(), ""
    country = re.fullmatch(r"(.*\S\s*\([^()]+\))(,\s*|\s+[–—-]\s+)([^()]+)", organisation.strip(" ,"))
    if country and (is_country(country[3]) or _is_town(country[3])):
        name, acronym = named(country[1])
        return f"{name}{country[2]}{country[3]}", acronym
    first = re.fullmatch(r"(\S+)\s+[–—-]\s+(.+)", organisation.strip(" ,"))
    if first and is_acronym(first[1]) and len(first[2].split()) > 1 and not is_country(first[2]):
        return first[2], first[1]
    if _SUFFIX.search(organisation):
        return organisation.strip(" ;"), ""
    dashed = re.split(r"\s+[–—-]\s+|,\s+(?=[^\s,]+$)", organisation.strip(" ,"))
    if len(dashed) == 2:
        for short, long in (dashed, dashed[::-1]):
            if is_acronym(short) and len(long.split()) > 1 and not is_country(long):
                return long, short
    return organisation.strip(" ,;"), ""


def _is_town(phrase: str) -> bool:
    return len(phrase.split()) <= 3 and phrase[:1].isupper() and not is_organisation(phrase)


def _initials(inside: str, outside: str) -> bool:
    """A word in brackets is the acronym when it begins as the words of the name do."""
    if not re.fullmatch(r"[^\W\d_][\w-]{1,14}", inside) or is_country(inside):
        return False
    firsts = iter("".join(word[0] for word in plain(outside).split()))
    return len(inside) >= 3 and all(letter in firsts for letter in plain(inside)[:3])
