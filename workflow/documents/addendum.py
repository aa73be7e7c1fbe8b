"""The addendum to a letter that was sent: whoever has signed it since, on its letterhead and in its language."""

from __future__ import annotations

import dataclasses
import datetime
import string
from dataclasses import dataclass

from workflow.documents.writing import phrases
from workflow.documents.writing.print_job import PrintJob, printed_date
from workflow.letter import text

_ESCAPED = {ord(sign): f"\\{sign}" for sign in string.punctuation}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addendum:
    """What an addendum says of the letter that it belongs to."""

    letter: PrintJob
    """The letter, as it is printed for the recipient; of its names none is taken."""
    dated: datetime.date
    """When the addendum is."""
    sent: datetime.date
    """When the letter was sent."""
    docx: str
    """The SHA-256 of the letter's Word document."""
    pdf: str
    """The same of its PDF; empty: there is none."""
    code: str
    """By which anybody can ask whether it is genuine, as people read it; empty: it has none."""
    address: str
    """Where to ask."""
    signatures: tuple[text.Signature, ...]
    withheld: int


def addendum_of(addendum: Addendum) -> PrintJob:
    """Return what is printed: a letter of its own, of which only the names at its end were signed."""
    letter = addendum.letter
    about, *paragraphs = _paragraphs(addendum)
    written = dataclasses.replace(
        letter.letter,
        subject=phrases.addendum_to(letter.title, letter.language),
        salutation=about,
        body="\n\n".join(line.translate(_ESCAPED) for line in paragraphs),
        closing="",
    )
    return dataclasses.replace(
        letter,
        letter=written,
        date=addendum.dated,
        signatures=addendum.signatures,
        withheld=addendum.withheld,
        logos=(),
        signed_by_hand=(),
        room_to_sign=False,
    )


def _paragraphs(addendum: Addendum) -> list[str]:
    letter, language = addendum.letter, addendum.letter.language
    said = phrases.addendum_words(
        language,
        subject=letter.title,
        addressee=next(iter(letter.recipient.lines), ""),
        date=printed_date(letter.date, language) if letter.date else "",
        sent=printed_date(addendum.sent, language),
    )
    prints = [f"{name}: {sha256}" for name, sha256 in (("Word", addendum.docx), ("PDF", addendum.pdf)) if sha256]
    asked = [f"{phrases.genuine_words(language)} {addendum.address} · {addendum.code}"] if addendum.code else []
    return [said.about, said.unchanged, *prints, *asked, said.signed_since]
