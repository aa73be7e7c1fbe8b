"""
The name of an organisation and its acronym, parted where they stand together.

Knows forms only: `Long Name (ACR)`, `ACR (Long Name)`, `ACR – Long Name`; words are never changed.
"""

from __future__ import annotations

import re

from workflow.imports import features
from workflow.imports.words import is_country, plain


def named(organisation: str) -> tuple[str, str]:
    """Part the acronym from an organisation's name: `Long Name (ACR)`, `ACR (Long Name)`, `ACR – Long Name`."""
    bracket = re.fullmatch(r"(.*?\S)\s*\(([^()]+)\)\s*", organisation)
    if bracket:
        outside, inside = bracket[1].strip(" ,"), bracket[2].strip()
        if features.is_acronym(outside) and len(inside.split()) > 1 and not is_country(inside):
            return inside, outside
        if len(outside.split()) > 1 and (features.is_acronym(inside) or _initials(inside, outside)):
            return outside, inside
        return organisation.strip(), ""
    country = re.fullmatch(r"(.*\S\s*\([^()]+\))(,\s*|\s+[–—-]\s+)([^()]+)", organisation.strip(" ,"))
    if country and is_country(country[3]):
        name, acronym = named(country[1])
        return f"{name}{country[2]}{country[3]}", acronym
    dashed = re.split(r"\s+[–—-]\s+|,\s+(?=[^\s,]+$)", organisation.strip(" ,"))
    if len(dashed) == 2:
        for short, long in (dashed, dashed[::-1]):
            if features.is_acronym(short) and len(long.split()) > 1 and not is_country(long):
                return long, short
    return organisation.strip(" ,;"), ""


def _initials(inside: str, outside: str) -> bool:
    """A word in brackets is the acronym when it begins as the words of the name do."""
    if not re.fullmatch(r"[^\W\d_][\w-]{1,14}", inside) or is_country(inside):
        return False
    firsts = iter("".join(word[0] for word in plain(outside).split()))
    return len(inside) >= 3 and all(letter in firsts for letter in plain(inside)[:3])
