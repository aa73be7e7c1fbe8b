"""
The languages that people are written to in, and words whose reader is not known yet.

Pure. Every word that a person can meet in more than one language is a message of gettext; the catalogues (.po files
in templates/translations) are read as they are.
"""

from __future__ import annotations

import functools
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflow.moments import local

if TYPE_CHECKING:
    from babel.support import NullTranslations

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""Every language that pages and mails can be read in, by its own name."""

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
CATALOGUES = Path(__file__).parent.parent / "templates" / "translations"


@dataclass(frozen=True, slots=True)
class Message:
    """
    Words for somebody whose language is known only where they are shown: a message, and what is put into it.

    It is no string: to join it, or to write it into another one, fails instead of turning it into English.
    """

    id: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    plural: str = ""
    """The message for more than one; `num` in the values says how many."""

    def translate(self, language: str) -> str:
        """Return the words in one of `LANGUAGES`, in English where a catalogue lacks them."""
        known = catalogue(language)
        said = known.ngettext(self.id, self.plural, self.values["num"]) if self.plural else known.gettext(self.id)
        values = {name: apart(translate(value, language), language) for name, value in self.values.items()}
        return str(said % values) if values else str(said)

    def __str__(self) -> str:
        """Return the words in English, for logs and the command line."""
        return self.translate("en")

    def __format__(self, spec: str) -> str:
        raise TypeError(f"Translate a message before it is written into other words: {self.id!r}")


@dataclass(frozen=True, slots=True)
class Listed:
    """Names in a sentence, listed as its language does."""

    names: Sequence[str]

    def translate(self, language: str) -> str:
        """Return them as a list in a language."""
        return joined([str(apart(name, language)) for name in self.names], language)


@dataclass(frozen=True, slots=True)
class InZone:
    """A time in a sentence, in words and in a zone, as its language says it."""

    moment: datetime
    zone: str

    def translate(self, language: str) -> str:
        """Return it in a language."""
        return in_zone(self.moment, self.zone, language)


Words = str | Message
"""What is told to a person: in English, or in the reader's language."""


def lazy_gettext(message: str, **values: object) -> Message:
    """Return a message with `%(name)s` in it, to be translated later; so are values that are messages themselves."""
    return Message(message, values)


def marked(message: str) -> str:
    """Return a message as it is, for a translation to be looked up by it later: its catalogues have it by this mark."""
    return message


def lazy_ngettext(one: str, more: str, num: int, **values: object) -> Message:
    """Return a message that depends on a number, to be translated later; `%(num)s` in it is that number."""
    return Message(one, {"num": num, **values}, more)


def translate(words: Any, language: str) -> Any:
    """Return a message in a language; what is none as it is."""
    return words.translate(language) if isinstance(words, Message | Listed | InZone) else words


def known(language: str) -> str:
    """Return which of `LANGUAGES` serves for a language tag such as fr-CA, or nothing."""
    base = primary(language)
    return base if base in LANGUAGES else ""


@functools.lru_cache(maxsize=256)
def primary(language: str) -> str:
    """Return the first part of a language tag, in small letters: fr of fr-CA and of FR_ca."""
    return language.strip().replace("_", "-").partition("-")[0].lower()


def direction(language: str) -> str:
    """Return the direction that a language is written in, as HTML says it: ltr or rtl."""
    return "rtl" if primary(language) in RIGHT_TO_LEFT else "ltr"


AGAINST = {"ltr": ("R", "AL"), "rtl": ("L",)}


def apart(value: Any, language: str) -> Any:
    """
    Return what is put into a sentence; a name that is written the other way is set apart, and turns nothing else.

    A list of names that are set apart already stays as it is.
    """
    if not isinstance(value, str) or "\u2068" in value:
        return value
    return f"\u2068{value}\u2069" if _is_against(value, direction(language)) else value


def _is_against(words: str, read: str) -> bool:
    """Whether words hold a letter that is written the other way."""
    if read == "ltr" and words.isascii():
        return False
    against = AGAINST[read]
    return any(unicodedata.bidirectional(letter) in against for letter in set(words))


@functools.cache
def catalogue(language: str, domain: str = "messages") -> NullTranslations:
    """
    Return the translations of a language; for English and unknown ones, those that leave messages as they are.

    The domain is `messages` for pages and mails, `documents` for what is printed around a letter.
    """
    from babel.support import NullTranslations, Translations

    path = CATALOGUES / language / "LC_MESSAGES" / f"{domain}.po"
    if not language.isalpha() or not path.exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        messages = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def joined(names: Sequence[str], language: str = "en") -> str:
    """Return names as a sentence lists them: A, B and C."""
    if language == "en" or len(names) < 2:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
    from babel.lists import format_list

    return format_list(list(names), locale=language)


DATE_PATTERNS = {"en": "EEEE d MMMM y"}
"""Where CLDR's full date is not what people write: in English it has a comma after the day of the week."""


def in_zone(moment: datetime, zone: str, language: str = "en") -> str:
    """Return a time in words in a zone: Sunday 24 January 2016 at 18:00 (Phnom Penh time)."""
    there = local(moment, zone)
    # Depends on the hour, for in Spanish it is "a la 1:00", but "a las 2:00".
    at = lazy_ngettext(
        "%(date)s at %(time)s (%(place)s)",
        "%(date)s at %(time)s (%(place)s)",
        there.hour,
        date=day_in_words(there.date(), language),
        time=_hour_in_words(there.hour, there.minute, language),
        place=_place(zone, language),
    )
    return at.translate(language)


@functools.lru_cache(maxsize=512)
def day_in_words(day: date, language: str) -> str:
    """Return a day in words: Sunday 24 January 2016."""
    from babel.dates import format_date

    return format_date(day, DATE_PATTERNS.get(language, "full"), locale=language)


@functools.lru_cache(maxsize=24 * 60 * len(LANGUAGES))
def _hour_in_words(hour: int, minute: int, language: str) -> str:
    if language == "en":
        return f"{hour:02}:{minute:02}"
    from babel.dates import format_time

    return format_time(time(hour, minute), "short", locale=language)


@functools.lru_cache(maxsize=512)
def _place(zone: str, language: str) -> str:
    """Return whose time it is, by the city that a zone is named after; a zone that is named after none, as it is."""
    from babel.dates import get_timezone_location

    if "/" not in zone or zone.startswith("Etc/"):
        return zone
    city = get_timezone_location(zone, locale=language, return_city=True).rpartition("/")[2]
    said = lazy_gettext("%(city)s time", city=city).translate(language)
    # In French it is "heure de Paris", but "heure d’Amman".
    return re.sub(r"\b(heure d)e (?=[AEIOUÉ])", r"\1’", said)


def comma(language: str) -> str:
    """Return the comma of a language's script."""
    return "،" if direction(language) == "rtl" else ","
