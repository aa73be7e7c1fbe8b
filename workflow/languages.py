"""
The languages that co-signers are written to in, and sentences that can be said in each of them.

Pure. A sentence is English text that remembers what it was made of; the catalogues are gettext (.po) files in
templates/translations, read as they are.
"""

from __future__ import annotations

import functools
import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflow.moments import local

if TYPE_CHECKING:
    from babel.support import NullTranslations

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""Every language that pages and mails can be read in, by its own name."""

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
CATALOGUES = Path(__file__).parent.parent / "templates" / "translations"


class Sentence(str):
    """An English sentence that knows its message and what was put into it, so that it can be said again in another."""

    message: str
    values: Mapping[str, Any]

    def said_in(self, language: str) -> str:
        """Return the sentence in one of `LANGUAGES`, in English where a catalogue lacks it."""
        values = {
            name: value.said_in(language) if isinstance(value, Sentence) else apart(value, language)
            for name, value in self.values.items()
        }
        message = catalogue(language).gettext(self.message)
        return message % values if values else message


def sentence(message: str, **values: object) -> Sentence:
    """Return a sentence of a message with `%(name)s` in it; values that are sentences are translated too."""
    made = Sentence(message % values if values else message)
    made.message, made.values = message, values
    return made


def in_language(words: str, language: str) -> str:
    """Return a sentence in a language; a plain string, which no catalogue knows, as it is."""
    return words.said_in(language) if isinstance(words, Sentence) else words


def known(language: str) -> str:
    """Return which of `LANGUAGES` serves for a language tag such as fr-CA, or nothing."""
    base = language.replace("_", "-").partition("-")[0].lower()
    return base if base in LANGUAGES else ""


def direction(language: str) -> str:
    """Return the direction that a language is written in, as HTML says it: ltr or rtl."""
    return "rtl" if language.replace("_", "-").partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


AGAINST = {"ltr": ("R", "AL"), "rtl": ("L",)}


def apart(value: Any, language: str) -> Any:
    """
    Return what is put into a sentence; a name that is written the other way is set apart, and turns nothing else.

    A list of names that are set apart already stays as it is.
    """
    against = AGAINST[direction(language)]
    if not isinstance(value, str) or not any(unicodedata.bidirectional(c) in against for c in value):
        return value
    if "\u2068" in value:
        return value
    return f"\u2068{value}\u2069"


@functools.cache
def catalogue(language: str) -> NullTranslations:
    """Return the translations of a language; for English and unknown ones, those that leave messages as they are."""
    from babel.support import NullTranslations, Translations

    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if language not in LANGUAGES or not path.exists():
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


def in_zone(moment: datetime, zone: str, language: str = "en") -> str:
    """Return a time in words in a zone, with the zone's name: Sunday 24 January 2016, 18:00 (Asia/Phnom_Penh)."""
    there = local(moment, zone)
    if language == "en":
        return f"{there:%A} {there.day} {there:%B %Y, %H:%M} ({zone})"
    from babel.dates import format_date

    return f"{format_date(there, 'full', locale=language)}{comma(language)} {there:%H:%M} ({zone})"


def comma(language: str) -> str:
    """Return the comma of a language's script."""
    return "،" if direction(language) == "rtl" else ","
