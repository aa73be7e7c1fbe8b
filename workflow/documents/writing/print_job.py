"""What is printed: one letter to one of its recipients, with its date and signatures, and the words around it."""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from dataclasses import dataclass

from workflow.documents.pictures.logos import Logo
from workflow.documents.writing.footers import Footer
from workflow.documents.writing.phrases import letter_to, running_words
from workflow.documents.writing.signatories import Layout
from workflow.documents.writing.wordml import begins_right_to_left, clean
from workflow.languages import direction, primary
from workflow.letter import text

SPELT_AS = {
    "en": "en-GB", "fr": "fr-FR", "es": "es-ES", "ar": "ar-SA", "fa": "fa-IR", "ru": "ru-RU", "km": "km-KH",
    "my": "my-MM", "th": "th-TH", "zh": "zh-CN",
}  # fmt: skip
"""Word checks spelling by country; a letter in English to the United States is in American English."""
WRITTEN_AS = {"en": "en_GB"}
"""In English a letter is dated 24 January 2016, which nobody misreads."""
_DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}
UNITED_STATES = re.compile(
    r"u\.?\s?s\.?(\s?a\.?)?|(the )?united states( of america)?|états[- ]unis( d.amérique)?"
    r"|estados unidos( de américa)?|ee\.?\s?uu\.?",
    re.IGNORECASE,
)
STATE_AND_ZIP = re.compile(
    r"\b(A[KLRSZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEINOPST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT"
    r"|V[AIT]|W[AIVY]|D\.C\.),?\s+\d{5}(-\d{4})?$"
)
LONGEST_FILE_NAME = 80


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Everything that is printed: one document goes to one recipient. The signatures stand in the agreed order."""

    letter: text.Letter
    recipient: text.Recipient
    date: datetime.date | None
    signatures: tuple[text.Signature, ...]
    layout: Layout = Layout.AUTOMATIC
    withheld: int = 0
    """How many organisations have signed whose names must not be printed."""
    logos: tuple[Logo, ...] = ()
    """Those of the signatories, in their order, for a letterhead that has a place for them."""
    signed_by_hand: tuple[tuple[int, Logo], ...] = ()
    """The images of signatures, each with the position of its signature."""
    place: str = ""
    """Where the letter is dated: it stands before the date, but for a date amid words."""
    room_to_sign: bool = False
    """Whether there is room for a signature by hand above each name, also where there is no image of one."""
    running_header: bool = False
    """Whether each page from the second on says whom the letter is to, its date and the page's number."""
    tightness: int = 0
    """How tight it is set (`tightening.STEPS`), so that it takes fewer pages; 0: as its letterhead looks."""

    footer: Footer | None = None
    """What its footers say of where to ask whether it is genuine."""

    @property
    def right_to_left(self) -> bool:
        """Whether the letter is written from right to left."""
        return direction(self.letter.language) == "rtl" or begins_right_to_left(self.letter.body)

    @property
    def running_words(self) -> str:
        """What the running header says before the number of the page."""
        addressee = next(iter(filter(None, map(clean, self.recipient.lines))), "")
        date = printed_date(self.date, self.letter.language) if self.date else ""
        return running_words(addressee, date, self.language)

    @property
    def language(self) -> str:
        """The language's first part, in small letters: `en` for `en-GB`."""
        return primary(self.letter.language)

    @property
    def language_tag(self) -> str:
        """The tag (BCP 47) that Word checks spelling by; what is no tag is taken for English."""
        tag = self.letter.language.strip().replace("_", "-")
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
            tag = "en"
        if tag.lower() == "en" and self.for_the_united_states:
            return "en-US"
        return SPELT_AS.get(tag.lower(), tag)

    @property
    def title(self) -> str:
        """The document's title: the subject, or else whom the letter is for."""
        addressee = next(iter(self.recipient.lines), "")
        return self.letter.subject.strip() or letter_to(addressee, self.language)

    @property
    def for_the_united_states(self) -> bool:
        """Whether the address ends in the United States, where paper is US Letter and not A4."""
        lines = [line.strip() for line in self.recipient.address if line.strip()]
        return bool(lines and (UNITED_STATES.fullmatch(lines[-1]) or STATE_AND_ZIP.search(lines[-1])))


JOINED_TO_PLACE = {"fr": ", le ", "ar": "، ", "fa": "، "}
"""What stands between place and date; in other languages a comma."""


def dateline(place: str, date: datetime.date | None, language: str) -> str:
    """Write the place and the date as letters in a language do; a letter without a date bears neither."""
    if date is None:
        return ""
    written = printed_date(date, language)
    return f"{place}{JOINED_TO_PLACE.get(primary(language), ', ')}{written}" if place else written


@functools.lru_cache(maxsize=256)
def printed_date(date: datetime.date, language: str) -> str:
    """Write a date as letters in a language do (CLDR, by Babel); in a language that CLDR lacks, as ISO 8601."""
    from babel import UnknownLocaleError
    from babel.dates import format_date

    spoken = primary(language)
    if not spoken:
        return date.isoformat()
    try:
        written = format_date(date, "long", locale=WRITTEN_AS.get(spoken, spoken))
    except (UnknownLocaleError, ValueError):
        return date.isoformat()
    if spoken == "fr" and date.day == 1:
        return written.replace("1 ", "1er ", 1)
    return written.translate(_DIGITS.get(spoken, {}))


def file_name(title: str, extension: str) -> str:
    """Return an ASCII file name for an attachment: small letters, digits and hyphens, and the extension."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if len(slug) > LONGEST_FILE_NAME:
        slug = slug[: LONGEST_FILE_NAME + 1].rpartition("-")[0] or slug[:LONGEST_FILE_NAME]
    suffix = re.sub(r"[^a-z0-9]+", "", extension.lower())
    return f"{slug or 'letter'}.{suffix}"
