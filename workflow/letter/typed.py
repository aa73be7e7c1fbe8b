"""
What people type: how long it may be, and in what form it is kept.

Pure. Every act puts what was typed through here, whichever way it came; the forms only ask beforehand.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.errors import InputError, RefusedError, the_first
from workflow.languages import LANGUAGES, Message, lazy_gettext, lazy_ngettext
from workflow.letter import characters, text
from workflow.moments import zones


@dataclass(frozen=True, slots=True)
class Limit:
    """How many characters a field takes at most, and the sentence for more."""

    most: int
    said: Message


NAME = Limit(
    200,
    lazy_ngettext(
        "A name or title has at most %(num)s character.", "A name or title has at most %(num)s characters.", 200
    ),
)
COMMENT = Limit(
    10_000,
    lazy_ngettext("A comment has at most %(num)s character.", "A comment has at most %(num)s characters.", 10_000),
)
REASON = Limit(
    10_000, lazy_ngettext("A reason has at most %(num)s character.", "A reason has at most %(num)s characters.", 10_000)
)
REQUEST = Limit(1_000, lazy_ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", 1_000))
NOTE = Limit(2_000, lazy_ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", 2_000))
COVER = Limit(5_000, lazy_ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", 5_000))
CODE = Limit(100, lazy_gettext("The code has 6 digits."))
LINE = Limit(500, lazy_ngettext("A line has at most %(num)s character.", "A line has at most %(num)s characters.", 500))
PLACE = Limit(60, lazy_ngettext("A line has at most %(num)s character.", "A line has at most %(num)s characters.", 60))
LETTERHEAD = Limit(
    80,
    lazy_ngettext(
        "The name of a letterhead has at most %(num)s character.",
        "The name of a letterhead has at most %(num)s characters.",
        80,
    ),
)
BODY = Limit(
    200_000,
    lazy_ngettext("A letter has at most %(num)s character.", "A letter has at most %(num)s characters.", 200_000),
)
LARGEST_FILE = 4_000_000
"""Bytes of a file that a letter comes in: some 400 pages of text, and as many co-signers as a letter takes."""
LARGEST_DOCUMENT = 10_000_000
"""Bytes of a Word document that a letter comes in, with its pictures."""
LARGEST_TEXT = 1_000_000
"""Bytes of text that a Word document may hold."""
MOST_RECIPIENTS = 100
MOST_LINES = 20
"""How many lines a postal address has."""

NOT_TEXT = lazy_gettext("Part of a character is missing. Type the text again.")
_HALF = re.compile("[\ud800-\udfff]")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


def name(words: str, limit: Limit = NAME) -> str:
    """Return a name, title or organisation as it is kept and printed; raises `RefusedError`."""
    if not words or (len(words) <= limit.most and characters.is_plain(words)):
        return words
    return text.clean_line(characters.naming(text.clean_line(whole(words, limit))))


def line(words: str, limit: Limit = LINE) -> str:
    """Return one line as it is kept; raises `RefusedError`."""
    return text.clean_line(characters.printing(text.clean_line(whole(words, limit))))


def block(words: str, limit: Limit) -> str:
    """Return words of several lines as they are kept; raises `RefusedError`."""
    return text.clean_block(characters.printing(text.clean_block(whole(words, limit))))


def shown(words: str) -> str:
    """Return a name as it would be printed, however long it is."""
    return text.clean_line(characters.naming(text.clean_line(words)))


def whole(words: str, limit: Limit) -> str:
    """Return words as they came in; raises `RefusedError` for too many, and for halves of characters."""
    if len(words.strip()) > limit.most:
        raise RefusedError(limit.said)
    if _HALF.search(words):
        raise RefusedError(NOT_TEXT)
    return words


def address(email: str) -> str:
    """Return an email address in its normal form, or nothing for nothing; raises `RefusedError`."""
    try:
        return check_address(email) if email else ""
    except HeaderError as error:
        raise RefusedError(str(error)) from error


def letter(typed: text.Letter) -> text.Letter:
    """Return a letter's text as it is kept; raises `RefusedError`."""
    if not LANGUAGE.fullmatch(typed.language):
        raise InputError(language="Enter the code of the letter’s language, like en or pt-BR.")
    if len(typed.recipients) > MOST_RECIPIENTS:
        raise InputError(f"A letter has at most {MOST_RECIPIENTS} recipients.")
    return dataclasses.replace(
        typed,
        subject=line(typed.subject),
        recipients=tuple(_recipient(recipient) for recipient in typed.recipients),
        salutation=line(typed.salutation),
        body=block(typed.body, BODY),
        closing=line(typed.closing),
    )


def _recipient(typed: text.Recipient) -> text.Recipient:
    if len(typed.address) > MOST_LINES:
        raise InputError(f"A postal address has at most {MOST_LINES} lines.")
    return dataclasses.replace(
        typed,
        name=line(typed.name),
        title=line(typed.title),
        office=line(typed.office),
        address=tuple(kept for one in typed.address if (kept := line(one))),
        email=address(typed.email),
    )


def cosigner(typed: text.Cosigner) -> text.Cosigner:
    """Return an organisation that is to be asked as it is kept; raises `RefusedError`."""
    return text.Cosigner(
        organisation=name(typed.organisation, LINE),
        acronym=name(typed.acronym, LINE),
        signatory=name(typed.signatory, LINE),
        title=name(typed.title, LINE),
        email=address(typed.email),
        required=typed.required,
        individual=typed.individual,
        contact_name=name(typed.contact_name, LINE),
        country=name(typed.country, LINE),
        language=reads(typed.language),
        timezone=zone(typed.timezone),
        known=typed.known,
    )


def reads(language: str) -> str:
    """Return a language that somebody can be written to in, or nothing for nothing; raises `RefusedError`."""
    if language and language not in LANGUAGES:
        raise RefusedError(lazy_gettext("Select a language."))
    return language


def zone(timezone: str) -> str:
    """Return the name of a time zone, or nothing for nothing; raises `RefusedError`."""
    if timezone and timezone not in zones():
        raise RefusedError(
            lazy_gettext("There is no time zone “%(zone)s”. Enter one like Europe/Paris.", zone=timezone[:100])
        )
    return timezone


def cosigners(
    asked: Sequence[text.Cosigner], taken: Callable[[text.Cosigner], text.Cosigner] = cosigner
) -> tuple[text.Cosigner, ...]:
    """Return organisations that are to be asked as `taken` takes each; raises `InputError` with all that is wrong."""
    kept: list[text.Cosigner] = []
    wrong: list[str] = []
    for number, one in enumerate(asked, 1):
        try:
            kept.append(taken(one))
        except RefusedError as refused:
            wrong += [f"Co-signer {number} ({shown(one.organisation)[:60]}): {reason!s}" for reason in refused.reasons]
    if wrong:
        raise InputError(*the_first(wrong))
    return tuple(kept)


def left_out(typed: text.Letter) -> tuple[str, ...]:
    """Return a sentence where a text holds characters that nobody sees: they are not kept."""
    parts = [typed.subject, typed.salutation, typed.body, typed.closing]
    parts += [part for recipient in typed.recipients for part in recipient.lines]
    cleaned = [text.clean_block(part) for part in parts]
    if all(characters.printing(part) == part for part in cleaned):
        return ()
    turned = any(characters.turns(part) for part in cleaned)
    what = "characters that turn the order of words" if turned else "characters that print nothing"
    return (f"The text held {what}. They were taken out: read it once more as it stands now.",)
