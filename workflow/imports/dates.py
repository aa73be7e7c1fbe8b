"""
The date of a letter, in any usual form, in English, French and Spanish.

Never invents a part of a date: without a year, or on a day that does not exist, there is no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from workflow.imports.words import plain

_MONTHS = {
    "january janvier enero": 1, "february fevrier febrero": 2, "march mars marzo": 3, "april avril abril": 4,
    "may mai mayo": 5, "june juin junio": 6, "july juillet julio": 7, "august aout agosto": 8,
    "september septembre septiembre setiembre": 9, "october octobre octubre": 10,
    "november novembre noviembre": 11, "december decembre diciembre": 12,
}  # fmt: skip
MONTHS = {name: number for names, number in _MONTHS.items() for name in names.split()}
_SHORT = {name[:3]: number for name, number in MONTHS.items() if name[:3] != "jui"}
_SHORT |= {name[:4]: number for name, number in MONTHS.items()} | {"juil": 7, "sept": 9, "ene": 1}
_MONTH = "(?P<month>" + "|".join(sorted({*MONTHS, *_SHORT}, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?<![\d/.-])(?P<day>\d{1,2})(?:\s*(?:st|nd|rd|th|er|ero|o|a|°)\b|°|\.)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY}[\s,/-]*(?:(?:day\s+)?of|del?|d['’])?\s*{_MONTH}[\s,/-]*(?:of|del?(?:\s+ano)?)?\s*{_YEAR}",
        rf"\b{_MONTH}\s*(?:the\s+)?{_DAY}\s*,?\s*(?:of\s+|de\s+)?{_YEAR}",
        r"\b(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
    )
)
_NUMBERS = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-])")
_WEEKDAY = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?|\b(?:lun|mar|mercre|jeu|vendre|"
    r"same)di\b"
    r"|\bdimanche\b|\b(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)\b"
)
_AROUND = re.compile(
    r"\b(?:date[d]?|fecha|le|the|el|a|this|ce|on|dia|en|in|fait|done|dado|hecho|of|de|du)\b|"
    r"[^\w\s]"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a line; `other` is the second reading of an ambiguous one like 03/04/2020 (day first in `day`)."""

    day: date
    other: date | None
    rest: str


def find(line: str) -> Found | None:
    """Return the first date in a line, or None; `rest` is what else the line says, in small plain letters."""
    folded = plain(line)
    for form in _FORMS:
        for match in form.finditer(folded):
            parts = match.groupdict()
            month = parts.get("number") or MONTHS.get(parts["month"]) or _SHORT[parts["month"]]
            day = _day(int(parts["year"]), int(month), int(parts["day"]))
            if day:
                return Found(day, None, _rest(folded, match))
    return _numeric(folded)


def _numeric(folded: str) -> Found | None:
    for match in _NUMBERS.finditer(folded):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 if year < 100 else 0
        day_first, month_first = _day(year, second, first), _day(year, first, second)
        day = day_first or month_first
        if day:
            other = month_first if day_first and month_first != day_first else None
            return Found(day, other, _rest(folded, match))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None


def _rest(folded: str, match: re.Match[str]) -> str:
    around = f"{folded[: match.start()]} {folded[match.end() :]}"
    return " ".join(_AROUND.sub(" ", _WEEKDAY.sub(" ", around)).split())


def is_date_line(line: str) -> bool:
    """Tell whether a line is a letter's date: a date, with at most a place and a weekday around it."""
    found = find(line)
    return found is not None and len(found.rest.split()) <= 5 and not re.search(r"\d", found.rest) and len(line) < 90


def american(found: Found) -> Found:
    """Return the reading of an ambiguous date with the month first."""
    return Found(found.other, found.day, found.rest) if found.other else found
