"""
What an import gives: the letter, its date and place, its co-signers, where each part comes from, and what is doubtful.

Never guesses an email address; what is missing is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.errors import MOST_SAID, IncomingError, the_first
from workflow.imports.doubts import ADDRESSES, Doubt
from workflow.imports.places import Part
from workflow.letter import text

MOST_COSIGNERS = 10_000
"""They are written in one transaction, for which everybody else who writes waits (a second or two)."""
_TWICE = (
    "{} stands at co-signer {} and at co-signer {}. "
    "Each co-signer has its own name and its own address; take one of them out."
)


@dataclass(frozen=True, slots=True)
class ImportedLetter:
    """A letter as it was read: `doubts` are what a coordinator is asked to look at, `recognised` sentences."""

    letter: text.Letter
    date: date | None
    cosigners: tuple[text.Cosigner, ...]
    doubts: tuple[Doubt, ...] = ()
    recognised: tuple[str, ...] = ()
    campaign: str = ""
    deadline: datetime | None = None
    timezone: str = "UTC"
    minimum: int = 1
    place: str = ""
    """Where the letter was written, as it stands with the date."""
    source: str = ""
    """What it was read from, in the lines that parts and doubts count from 1 on."""
    parts: tuple[Part, ...] = ()
    tracked: Mapping[str, int] = field(default_factory=dict)
    """How many changes each author had tracked in a Word document, by name; they are accepted or refused."""

    @property
    def unsure(self) -> tuple[str, ...]:
        """What is doubtful, in sentences."""
        return tuple(str(doubt) for doubt in self.doubts)


def quoted(words: str) -> str:
    """Return words in quotation marks, as the sentences show what stands in the source."""
    return f"“{words}”"


def named(cosigner: text.Cosigner) -> str:
    """Return the short name by which a co-signer is asked for: the acronym, else the organisation."""
    return cosigner.acronym or cosigner.organisation or cosigner.signatory


def with_missing_addresses(imported: ImportedLetter) -> ImportedLetter:
    """Return the same letter whose doubts say exactly which email addresses are missing now."""
    kept = [doubt for doubt in imported.doubts if doubt.kind not in ADDRESSES]
    return replace(imported, doubts=(*kept, *_missing(imported)))


def _missing(imported: ImportedLetter) -> list[Doubt]:
    said = [
        Doubt("no_email", values={"words": _shown(recipient)})
        for recipient in imported.letter.recipients
        if not recipient.email
    ]
    silent = [named(cosigner) for cosigner in imported.cosigners if not cosigner.email]
    names = "; ".join(silent[:MOST_SAID])
    if len(silent) > MOST_SAID:
        said.append(Doubt("no_contacts_of_more", values={"words": names, "more": f"{len(silent) - MOST_SAID:,}"}))
    elif silent:
        said.append(Doubt("no_contacts", values={"words": names}))
    return said


def _shown(recipient: text.Recipient) -> str:
    return next(iter(recipient.lines), "without a name")


def with_contacts(
    imported: ImportedLetter, contacts: Mapping[str, str], recipient_emails: Sequence[str]
) -> ImportedLetter:
    """
    Fill in email addresses: co-signers' by acronym or organisation (any case), recipients' in their order.

    Raises `IncomingError` for a name that is not in the letter, an address that is none, or one too many.
    """
    cosigners, known = list(imported.cosigners), _Known(imported.cosigners)
    for name, address in contacts.items():
        position = known.position(name)
        cosigners[position] = replace(cosigners[position], email=checked(address, f"the contact of {name}"))
    if twice := said_twice(cosigners, "email"):
        raise IncomingError(*the_first([said for _, said in twice]))
    recipients = _addressed(imported.letter.recipients, recipient_emails)
    letter = replace(imported.letter, recipients=recipients)
    return with_missing_addresses(replace(imported, letter=letter, cosigners=tuple(cosigners)))


class _Known:
    """Where each co-signer stands, by its acronym, else its organisation, else its signatory."""

    def __init__(self, cosigners: Sequence[text.Cosigner]) -> None:
        self._there = [named(cosigner) for cosigner in cosigners]
        self._by: list[dict[str, list[int]]] = []
        for called in ("acronym", "organisation", "signatory"):
            found: dict[str, list[int]] = {}
            for position, cosigner in enumerate(cosigners):
                found.setdefault(_folded(getattr(cosigner, called)), []).append(position)
            self._by.append(found)

    def position(self, name: str) -> int:
        """Return where the one stands who is called so; raises `IncomingError` for none and for several."""
        wanted = _folded(name)
        found = next((by[wanted] for by in self._by if wanted and wanted in by), [])
        if len(found) > 1:
            raise IncomingError(f"{len(found)} co-signers are called {quoted(name)}; use the organisation's full name.")
        if not found:
            there = ", ".join(the_first(self._there)) or "none"
            raise IncomingError(f"There is no co-signer {quoted(name)} in this letter. The co-signers are: {there}.")
        return found[0]


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()


def check_count(cosigners: Sequence[object]) -> None:
    """Raise `IncomingError` for more co-signers than are taken in."""
    if len(cosigners) > MOST_COSIGNERS:
        raise IncomingError(f"There are {len(cosigners):,} co-signers; a letter takes {MOST_COSIGNERS:,} at once.")


def said_twice(cosigners: Sequence[text.Cosigner], *fields: str) -> list[tuple[int, str]]:
    """Return a sentence for each value that an earlier co-signer has in the same field, with the later's number."""
    return [
        (later, _TWICE.format(quoted(getattr(cosigners[later - 1], field)), first, later))
        for field in fields
        for first, later in _pairs([getattr(cosigner, field) for cosigner in cosigners], str.casefold)
    ]


def alike(cosigners: Sequence[text.Cosigner]) -> list[Doubt]:
    """Return a doubt for each organisation that may be an earlier one, written with other accents or signs."""
    names = [cosigner.organisation for cosigner in cosigners]
    found = [
        {"words": names[first - 1], "number": first, "other": names[later - 1], "later": later}
        for first, later in _pairs(names, text.folded)
        if names[first - 1] != names[later - 1]
    ]
    return [Doubt("alike", values=values) for values in found[:MOST_SAID]]


def _pairs(values: Sequence[str], fold: Callable[[str], str]) -> Iterator[tuple[int, int]]:
    """Give the numbers of the first that has a value, and of each later one that has it too."""
    seen: dict[str, int] = {}
    for number, value in enumerate(map(fold, values), 1):
        first = seen.setdefault(value, number) if value else number
        if first != number:
            yield first, number


def _addressed(recipients: Sequence[text.Recipient], emails: Sequence[str]) -> tuple[text.Recipient, ...]:
    if len(emails) > len(recipients):
        raise IncomingError(
            f"{len(emails)} recipient addresses were given, but the letter has {_count(len(recipients), 'recipient')}."
        )
    given = [checked(address, f"recipient {n}") for n, address in enumerate(emails, 1)]
    filled = [replace(recipient, email=address) for recipient, address in zip(recipients, given, strict=False)]
    return (*filled, *recipients[len(given) :])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def checked(address: str, whose: str) -> str:
    """Return an email address in its normal form; raises `IncomingError` naming whose it is."""
    try:
        return check_address(address)
    except HeaderError as error:
        raise IncomingError(f"The address of {whose} cannot be used. {error}") from error
