"""
The second stage: each line with what it looks like - running text, a greeting, a closing, a name - worked out once.

A line is judged by itself; where in the letter it stands is for the next stage to weigh.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from workflow.imports import dates
from workflow.imports.lexicon import WEIGHTS, pattern, plain, words, words_of
from workflow.imports.phrases import EMAIL, Roles, is_country, is_prose, roles
from workflow.imports.readings import plain_readings
from workflow.imports.segment import Row

MARK = re.compile(r"^(?:[•●▪◦‣■□➢✓◆∙·*+–—-]\s*|\(?\d{1,4}[.)\]]\s*(?=\D)|/s/\s*|_{3,}\s*)+")
"""A bullet, a number or the like before a name."""
STOPS = re.compile(r"[.!?…][\"'”’»)\]\d]*$")
"""The end of a sentence."""
_SUBJECT = pattern(r"^«subject_label»\s*(?=\S|$)", re.IGNORECASE)
_REFERENCE = pattern(r"^«reference_label»", re.IGNORECASE)
_SALUTATION = pattern(r"^«salutation»")
_SURE_SALUTATION = pattern(r"^«sure_salutation»")
_CLOSING = pattern(r"^«closing»[\s,.:;!]*$")
_CLOSING_SENTENCE = pattern(r"^«closing_sentence»")
_HEADING = pattern(r"\b«signatories_heading»\b")
_TAIL = pattern(r"^«tail»")
_NOTE = pattern(r"^«note»")
_VIA = pattern(r"^«via»")
_GROUPS = words("groups")
_OF_GROUPS = words("of_groups") | _GROUPS
_SIGNING = WEIGHTS["signing"]
_LONGEST_NAME = 300
"""Letters of the longest line that is looked at for a name."""


@dataclass(frozen=True)
class Line(Row):
    """A row with its scores; each is worked out when it is first asked for, and kept."""

    @cached_property
    def folded(self) -> str:
        """The text in small letters without accents."""
        return plain(self.text)

    @cached_property
    def prose(self) -> bool:
        """Whether it is running text."""
        return is_prose(self.text)

    @cached_property
    def roles(self) -> Roles:
        """What the whole line can be in an address or below a letter."""
        return roles(self.text)

    @cached_property
    def dateline(self) -> dates.Found | None:
        """The date, where the line is that of a letter."""
        return dates.dateline(self.text)

    @cached_property
    def labelled(self) -> bool:
        """Whether it opens with a label such as `Re:`, `Objet :`, `Asunto:`."""
        return bool(_SUBJECT.match(self.text))

    @property
    def reference(self) -> bool:
        """Whether the label can also be that of a file number: `Ref.: 12/2019`."""
        return bool(_REFERENCE.match(self.text))

    @cached_property
    def salutation(self) -> bool:
        """Whether it can greet the addressee: it opens with a form of address and is short."""
        if not _SALUTATION.match(self.folded) or len(self.text) > 160:
            return False
        return self.text[-1] in ",:;!" or self.sure_salutation or len(self.text.split()) <= 3

    @property
    def sure_salutation(self) -> bool:
        """Whether it opens as no line of an address does: Dear, Estimado."""
        return bool(_SURE_SALUTATION.match(self.folded))

    @cached_property
    def closing(self) -> bool:
        """Whether it is a short formula of closing."""
        return len(self.text.split()) <= 10 and bool(_CLOSING.match(self.folded.strip()))

    @cached_property
    def heading(self) -> bool:
        """Whether it announces those who sign, or a group of them."""
        return announces_signatories(self.text)

    @cached_property
    def parted_heading(self) -> tuple[str, str]:
        """A heading and the names behind it on the same line (`Signatories: A, B and C`); nothing behind another."""
        head, colon, after = self.text.partition(":")
        if colon and after.strip() and announces_signatories(head + ":"):
            return f"{head}:", after.strip()
        return self.text, ""

    @cached_property
    def tail(self) -> bool:
        """Whether it opens what stands below the signatories: copies, enclosures, contacts."""
        return bool(_TAIL.match(self.folded))

    @cached_property
    def note(self) -> bool:
        """Whether it opens a note that belongs to the text: a postscript, a footnote."""
        return bool(_NOTE.match(self.folded)) or bool(re.match(r"[¹²³⁴-⁹]", self.text))

    @property
    def via(self) -> bool:
        """Whether it says how the letter goes: by email, by registered mail."""
        return bool(_VIA.match(self.folded))

    @cached_property
    def email(self) -> str:
        """The first email address in it."""
        found = EMAIL.search(self.text)
        return found[0] if found else ""

    @cached_property
    def signing(self) -> float:
        """How much it looks like one of a name, a function, an organisation below a letter; below 0 is running text."""
        if self.heading or self.parted_heading[1]:
            return _SIGNING["heading"]
        if self.closing:
            return _SIGNING["closing"]
        if self.tail or self.email:
            return _SIGNING["tail"]
        bare = MARK.sub("", self.text)
        if is_prose(bare):
            return _SIGNING["prose"]
        return _looks_like_a_name(bare) + self._against_signing(bare)

    def _against_signing(self, bare: str) -> float:
        observed = {
            "sentence": bool(STOPS.search(self.text)) and len(self.text.split()) > 3,
            "colon": self.text[-1] == ":",
            "small": bare[:1].islower() and roles(bare).title < 3,
            "long": len(self.text) > 110,
        }
        return sum(_SIGNING[name] for name, seen in observed.items() if seen)


def classified(rows: Iterable[Row]) -> list[Line]:
    """Return each row as a line with its scores."""
    return [Line(**vars(row)) for row in rows]


def without_label(line: str) -> str:
    """Return what stands behind the label of a subject."""
    return _SUBJECT.sub("", line)


def is_closing_sentence(sentence: str) -> bool:
    """Tell whether a whole paragraph is a sentence of closing, as French and Spanish letters have."""
    return len(sentence.split()) <= 60 and bool(_CLOSING_SENTENCE.match(plain(sentence)))


def announces_signatories(line: str) -> bool:
    """Tell whether a line announces the signatories (or a group of them)."""
    folded = plain(line).strip(" *_-–—")
    said = words_of(folded)
    grouped = bool(_GROUPS & set(said))
    group = grouped and all(word in _OF_GROUPS or is_country(word) for word in said)
    colon = line.rstrip().endswith(":")
    if len(said) > 14 or not (group or _HEADING.search(folded) or (colon and grouped)):
        return False
    return group or colon or line.rstrip().endswith(",") or len(said) <= 6


def _looks_like_a_name(bare: str) -> float:
    if not bare or len(bare) > _LONGEST_NAME:
        return _SIGNING["nothing"]
    if _is_running_list(bare):
        return _SIGNING["list"]
    best = max(reading.points / len(held) for held, reading in plain_readings(bare).items() if held != "P")
    return max(_SIGNING["worst"], min(_SIGNING["best"], best / 2 + _SIGNING["base"]))


def _is_running_list(line: str) -> bool:
    """Several short names between semicolons or commas."""
    parts = [part.strip() for part in re.split(r";|,", line) if part.strip()]
    capitals = sum(part[:1].isupper() or part.startswith(("and ", "et ", "y ")) for part in parts)
    return len(parts) >= 4 and capitals >= 0.8 * len(parts) and not line.endswith(("?", "!"))
