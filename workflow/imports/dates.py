"""
The date of a letter, in any usual form, and the place that stands with it.

Never invents a part of a date: without a year, or on a day that does not exist, there is no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from workflow.imports.lexicon import months, pattern, plain

_MONTHS = months()
_MONTH = f"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\\b\\.?"
_DAY = r"(?<![\d/.-])(?P<day>\d{1,2})(?:\s*«ordinal»\b|\s*°|\.)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_FORMS = (
    pattern(rf"{_DAY}[\s,/-]*«day_of_month»?\s*{_MONTH}[\s,/-]*«of_year»?\s*{_YEAR}"),
    pattern(rf"\b{_MONTH}\s*«month_the»?{_DAY}\s*,?\s*«of_year»?\s*{_YEAR}"),
    re.compile(r"\b(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
)
_NUMBERS = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-])")
_WEEKDAY = pattern(r"\b«weekday»\b\.?")
_AROUND = pattern(r"\b«around_date»\b|[^\w\s]")
_BEFORE_PLACE = pattern(r"«date_made»\s+")
_BEHIND_PLACE = pattern(r"(?:\b(?:«weekday»|«around_date»)\b|[\s,:;–—-])*$")
_EARLIEST_YEAR = 1900
_LONGEST = 90
"""Letters of the longest line that is a letter's date; a sentence can hold a date, too."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    A date in a line; `other` is the second reading of an ambiguous one like 03/04/2020 (day first in `day`).

    `rest` is what else the line says, in small plain letters; `place` where the letter was written, as in the line.
    """

    day: date
    other: date | None
    rest: str
    place: str


def find(line: str) -> Found | None:
    """Return the first date in a line, or None."""
    found = _find(plain(line))
    if found is None:
        return None
    day, other, match = found
    return Found(day, other, _rest(match), _place(line, match))


def _find(folded: str) -> tuple[date, date | None, re.Match[str]] | None:
    for form in _FORMS:
        for match in form.finditer(folded):
            parts = match.groupdict()
            month = int(parts.get("number") or _MONTHS[parts["month"]])
            day = _day(int(parts["year"]), month, int(parts["day"]))
            if day:
                return day, None, match
    return _numeric(folded)


def _numeric(folded: str) -> tuple[date, date | None, re.Match[str]] | None:
    for match in _NUMBERS.finditer(folded):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 if year < 100 else 0
        days = [day for day in (_day(year, second, first), _day(year, first, second)) if day]
        if days:
            return days[0], days[1] if len(set(days)) > 1 else None, match
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= _EARLIEST_YEAR else None
    except ValueError:
        return None


def _rest(match: re.Match[str]) -> str:
    around = f"{match.string[: match.start()]} {match.string[match.end() :]}"
    return " ".join(_AROUND.sub(" ", _WEEKDAY.sub(" ", around)).split())


def _place(line: str, match: re.Match[str]) -> str:
    """`Geneva` of `Geneva, 3 March 2026`, `Fait à Genève, le 3 mars 2026` or `03.03.2026, Geneva`."""
    if len(line) != len(match.string):
        return ""
    before = _BEHIND_PLACE.sub("", match.string[: match.start()])
    made = _BEFORE_PLACE.match(before)
    said = line[made.end() if made else 0 : len(before)] or line[match.end() :].strip(" ,")
    return said if said[:1].isupper() and not _WEEKDAY.match(plain(said)) else ""


def dateline(line: str) -> Found | None:
    """Return a line's date where the line is a letter's date: at most a place and a weekday stand around it."""
    found = find(line) if len(line) < _LONGEST else None
    return found if found and len(found.rest.split()) <= 5 and not re.search(r"\d", found.rest) else None
