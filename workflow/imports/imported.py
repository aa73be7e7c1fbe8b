"""
What an import gives: the letter, its date and place, its co-signers, and sentences on what was recognised or doubtful.

Never guesses an email address; what is missing is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.errors import IncomingError
from workflow.letter import text

MISSING_RECIPIENT = "No email address for the recipient "
MISSING_CONTACTS = "No contact address for "


@dataclass(frozen=True, slots=True)
class ImportedLetter:
    """A letter as it was read; `unsure` and `recognised` are sentences for the coordinator."""

    letter: text.Letter
    date: date | None
    cosigners: tuple[text.Cosigner, ...]
    unsure: tuple[str, ...] = ()
    recognised: tuple[str, ...] = ()
    campaign: str = ""
    deadline: datetime | None = None
    timezone: str = "UTC"
    minimum: int = 1
    place: str = ""
    """Where the letter was written, as it stands with the date."""


def quoted(words: str) -> str:
    """Return words in quotation marks, as the sentences show what stands in the source."""
    return f"“{words}”"


def named(cosigner: text.Cosigner) -> str:
    """Return the short name by which a co-signer is asked for: the acronym, else the organisation."""
    return cosigner.acronym or cosigner.organisation or cosigner.signatory


def with_missing_addresses(imported: ImportedLetter) -> ImportedLetter:
    """Return the same letter whose `unsure` says exactly which email addresses are missing now."""
    kept = [said for said in imported.unsure if not said.startswith((MISSING_RECIPIENT, MISSING_CONTACTS))]
    return replace(imported, unsure=(*kept, *_missing(imported)))


def _missing(imported: ImportedLetter) -> list[str]:
    said = [
        f"{MISSING_RECIPIENT}{quoted(_shown(recipient))}: give it before the letter is sent."
        for recipient in imported.letter.recipients
        if not recipient.email
    ]
    silent = [named(cosigner) for cosigner in imported.cosigners if not cosigner.email]
    if silent:
        said.append(f"{MISSING_CONTACTS}{'; '.join(silent)}: give one for each, so that they can be invited.")
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
    cosigners = list(imported.cosigners)
    for name, address in contacts.items():
        position = _position(cosigners, name)
        cosigners[position] = replace(cosigners[position], email=checked(address, f"the contact of {name}"))
    _no_address_twice(cosigners)
    recipients = _addressed(imported.letter.recipients, recipient_emails)
    letter = replace(imported.letter, recipients=recipients)
    return with_missing_addresses(replace(imported, letter=letter, cosigners=tuple(cosigners)))


def _position(cosigners: Sequence[text.Cosigner], name: str) -> int:
    wanted = _folded(name)
    for field in ("acronym", "organisation", "signatory"):
        found = [i for i, c in enumerate(cosigners) if wanted and _folded(getattr(c, field)) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise IncomingError(f"{len(found)} co-signers are called {quoted(name)}; use the organisation's full name.")
    there = ", ".join(named(cosigner) for cosigner in cosigners) or "none"
    raise IncomingError(f"There is no co-signer {quoted(name)} in this letter. The co-signers are: {there}.")


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()


def _no_address_twice(cosigners: Sequence[text.Cosigner]) -> None:
    seen: dict[str, str] = {}
    for cosigner in cosigners:
        key = cosigner.email.casefold()
        if key and key in seen:
            raise IncomingError(
                f"{seen[key]} and {named(cosigner)} have the same contact address {cosigner.email}. "
                "Give each co-signer an address of its own: the link in the mail decides who signs."
            )
        seen[key] = named(cosigner)


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
