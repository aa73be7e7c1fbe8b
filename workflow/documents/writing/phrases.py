"""
The few words that are printed around a letter, in the language that it is written in.

They are the domain `documents` of the catalogues; where a language has none, they are in English.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel.support import NullTranslations

from workflow.languages import catalogue, direction, primary

JOINED = {"ltr": " · ", "rtl": " \u200f·\u200f "}
"""Between the parts of a running header: a mark for right to left keeps a name in Latin letters apart from a number."""


def withheld_line(count: int, language: str) -> str:
    """Return the line for organisations that have signed and must not be named; empty for none."""
    if count <= 0:
        return ""
    known = _printed_in(language)
    if count == 1:
        # Said in words; the form for one is another in Russian, where 21 has it too.
        return str(known.gettext("and one organisation whose name is withheld"))
    line = known.ngettext(
        "and %(num)s organisation whose name is withheld",
        "and %(num)s organisations whose names are withheld",
        count,
    )
    return str(line % {"num": count})


def elsewhere(language: str) -> str:
    """Return the heading for those whose country is not given."""
    return str(_printed_in(language).gettext("Elsewhere"))


def individuals_heading(language: str) -> str:
    """Return the heading above those who sign in their own name."""
    return str(_printed_in(language).gettext("Individuals"))


def running_words(addressee: str, date: str, language: str) -> str:
    """Return what stands before the number of a page in its running header."""
    known = _printed_in(language)
    said = (str(known.gettext("To %(addressee)s") % {"addressee": addressee}) if addressee else "", date)
    return JOINED[direction(language)].join((*filter(None, said), f"{known.gettext('page')} "))


def letter_to(addressee: str, language: str) -> str:
    """Return the title of a letter that has no subject."""
    return str(_printed_in(language).gettext("Letter to %(addressee)s") % {"addressee": addressee}).strip()


def genuine_words(language: str) -> str:
    """Return what a footer asks before the address where anybody can ask it too."""
    return str(_printed_in(language).gettext("Is this letter genuine?"))


@dataclass(frozen=True, slots=True)
class AddendumWords:
    """The sentences of an addendum."""

    about: str
    unchanged: str
    signed_since: str


def addendum_to(title: str, language: str) -> str:
    """Return the subject of an addendum to a letter."""
    return str(_printed_in(language).gettext("Addendum: %(title)s") % {"title": title})


def addendum_words(language: str, *, subject: str, addressee: str, date: str, sent: str) -> AddendumWords:
    """Return what an addendum says of the letter that it belongs to; one without a date has none."""
    known = _printed_in(language)
    if date:
        about = known.gettext(
            "This is an addendum to the joint letter “%(subject)s” of %(date)s to %(addressee)s, sent on %(sent)s."
        )
    else:
        about = known.gettext(
            "This is an addendum to the joint letter “%(subject)s” to %(addressee)s, sent on %(sent)s."
        )
    return AddendumWords(
        str(about % {"subject": subject, "addressee": addressee, "date": date, "sent": sent}),
        str(known.gettext("The text of the letter and its signatories are unchanged. Its fingerprints (SHA-256) are:")),
        str(known.gettext("Since then the letter has also been signed by:")),
    )


def notes_heading(language: str) -> str:
    """Return the heading above the notes of a letter."""
    return str(_printed_in(language).gettext("Notes"))


def _printed_in(language: str) -> NullTranslations:
    return catalogue(primary(language), "documents")
