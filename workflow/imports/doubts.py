"""
What an import is unsure of: each doubt with its kind, the lines of the source that it is about, and what can be done.

A doubt is kept as its kind and what is put into its sentence, so that each reader is told in their own language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflow.languages import Message, Words, lazy_gettext

FINE, SPLIT, JOIN, CLOSE, OTHER = "fine", "split", "join", "close", "other"
"""It is right as it is; a paragraph ends there; it goes on there; a word without its hyphen; the other date."""
TEXT, HEADING, RECIPIENT, COSIGNER = "text", "heading", "recipient", "cosigner"
"""What lines are that were placed nowhere, or in a wrong place."""
PLACES = (TEXT, HEADING, RECIPIENT, COSIGNER, FINE)
_BESIDE = 6
"""So many words on each side name a place between two lines."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of doubt: its sentence, what can be done about it, and which part of the letter it misses, if any."""

    sentence: Message
    choices: tuple[str, ...] = (FINE,)
    misses: str = ""


KINDS: Mapping[str, Kind] = {
    "ends": Kind(
        lazy_gettext("After “… %(words)s”: a sentence fills its line. We began a new paragraph there."), (JOIN, FINE)
    ),
    "goes_on": Kind(
        lazy_gettext("After “… %(words)s”: a sentence fills its line. We joined two lines into one paragraph."),
        (SPLIT, FINE),
    ),
    "hyphen": Kind(
        lazy_gettext("The word “%(words)s” was divided between two lines. We kept its hyphen."), (CLOSE, FINE)
    ),
    "two_dates": Kind(
        lazy_gettext("The date “%(words)s” can be read in two ways. We took %(day)s, not %(other)s."), (OTHER, FINE)
    ),
    "unplaced": Kind(lazy_gettext("We couldn’t tell where “%(words)s” belongs, so it is not in the letter."), PLACES),
    "below": Kind(lazy_gettext("“%(words)s” is below the signatories. We left it out of the letter."), PLACES),
    "sender": Kind(
        lazy_gettext("We took “%(words)s” for the sender’s own letterhead, so it is not in the letter."), PLACES
    ),
    "via": Kind(lazy_gettext("The line “%(words)s” says how the letter is sent. It is not printed."), PLACES),
    "heading_as_subject": Kind(
        lazy_gettext("No line says “Subject”. We took the heading “%(words)s” as the subject."), (HEADING, FINE)
    ),
    "line_as_subject": Kind(
        lazy_gettext("No line says “Subject”. We took the line “%(words)s” as the subject."), (HEADING, FINE)
    ),
    "closing": Kind(lazy_gettext("We took “%(words)s” as the closing."), (TEXT, FINE)),
    "salutation_cut": Kind(
        lazy_gettext("The greeting “%(words)s” was on one line with the text. We divided them there.")
    ),
    "note": Kind(lazy_gettext("“%(words)s” was below the signatories. We put it at the end of the text.")),
    "cosigner": Kind(lazy_gettext("We read “%(words)s” as the organisation “%(organisation)s”.")),
    "cosigner_named": Kind(
        lazy_gettext("We read “%(words)s” as the organisation “%(organisation)s”, signed by “%(person)s”.")
    ),
    "person": Kind(lazy_gettext("“%(words)s” names no organisation, so the person is listed as the co-signer.")),
    "alike": Kind(
        lazy_gettext(
            "“%(words)s”, co-signer %(number)s, and “%(other)s”, co-signer %(later)s, may be the same organisation."
        )
    ),
    "mail_head": Kind(lazy_gettext("We left out the head of a forwarded email: “%(words)s”.")),
    "pages": Kind(lazy_gettext("We left out what look like page numbers: %(words)s.")),
    "headings": Kind(lazy_gettext("The headings among the signatories are left out: %(words)s.")),
    "address_of_nobody": Kind(lazy_gettext("The address %(words)s is in the text, but it is not clear whose it is.")),
    "encoding": Kind(
        lazy_gettext("The file is not in UTF-8, so we read it as Windows-1252. Check the letters with accents.")
    ),
    "no_date": Kind(
        lazy_gettext("No date found. The letter gets the day on which it is sent, unless you set one."), misses="date"
    ),
    "no_subject": Kind(
        lazy_gettext("No subject found. Add one: it’s the subject of the email to the recipient."), misses="subject"
    ),
    "no_recipient": Kind(
        lazy_gettext("No recipient found. Add the person or office that the letter goes to."), misses="recipient"
    ),
    "no_salutation": Kind(lazy_gettext("No greeting found. Add one if the letter has it."), misses="salutation"),
    "no_closing": Kind(
        lazy_gettext("No closing found, such as “Sincerely,”. Add one if the letter has it."), misses="closing"
    ),
    "no_signatories": Kind(
        lazy_gettext("No signatories found. Add the organisations that are to co-sign."), misses="cosigner"
    ),
    "no_email": Kind(
        lazy_gettext("No email address for the recipient “%(words)s”. Add one before the letter is sent.")
    ),
    "no_contacts": Kind(
        lazy_gettext("No contact address for %(words)s. Add one for each, so that they can be invited.")
    ),
    "no_contacts_of_more": Kind(
        lazy_gettext(
            "No contact address for %(words)s and %(more)s more. Add one for each, so that they can be invited."
        )
    ),
}
TOLD = "told"
"""Whatever else is said of a source, in a sentence of its own."""
ADDRESSES = ("no_email", "no_contacts", "no_contacts_of_more")
"""What is missing that the letter itself shows: never kept as a doubt, for it is counted when it is shown."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt: its kind, the lines of the source that it is about (none: the whole), and what fills its sentence."""

    kind: str
    lines: tuple[int, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> Words:
        """What is said to the coordinator."""
        if self.kind != TOLD:
            return Message(KINDS[self.kind].sentence.id, {name: self.values.get(name, "") for name in self._filled})
        said, filled = self.values["words"], self.values.get("with")
        return str(said) if filled is None else Message(said, filled, self.values.get("plural", ""))

    @property
    def _filled(self) -> Sequence[str]:
        return [name for name in self.values if f"%({name})s" in KINDS[self.kind].sentence.id]

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be done about it; the last is to leave it."""
        return (FINE,) if self.kind == TOLD else KINDS[self.kind].choices

    @property
    def misses(self) -> str:
        """The part of the letter that was not found, if that is the doubt."""
        return "" if self.kind == TOLD else KINDS[self.kind].misses

    def __str__(self) -> str:
        return str(self.sentence)


def told(said: Words, lines: Sequence[int] = ()) -> Doubt:
    """Return a doubt that is a sentence of its own."""
    values: dict[str, Any] = {"words": said}
    if isinstance(said, Message):
        values = {"words": said.id, "with": dict(said.values), "plural": said.plural}
    return Doubt(TOLD, tuple(lines), values)


def between(kind: str, before: str, after: str, lines: Sequence[int], words: str) -> Doubt:
    """Return a doubt about the place between two lines, which is found again in the draft by the words around it."""
    around = {"before": " ".join(before.split()[-_BESIDE:]), "after": " ".join(after.split()[:_BESIDE])}
    return Doubt(kind, tuple(lines), {"words": words, **around})
