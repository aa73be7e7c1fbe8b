"""
What the tables hold once something was erased, and what an entry of an erasure tells of them.

A column that was erased holds what `EMPTY` says, and nothing else: to blank one without an entry that says so is found,
and so is another value in it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflow.history import actions
from workflow.history.audit.told import Column, Said, Told, tells
from workflow.history.audit.values import Is
from workflow.history.log import Entry

ERASED = "[erased]"
"""What stands where a page needs a word."""

EMPTY: Mapping[tuple[str, str], Any] = {
    **dict.fromkeys((("letters", name) for name in ("place", "reason", "office_subject", "office_words")), ""),
    ("letters", "copies"): [],
    **dict.fromkeys((("letters", name) for name in ("salutation", "body", "closing")), ""),
    ("letters", "subject"): ERASED,
    **dict.fromkeys((("recipients", name) for name in ("name", "title", "office", "email")), ""),
    ("recipients", "address"): [],
    ("organisations", "name"): ERASED,
    **dict.fromkeys((("organisations", name) for name in ("acronym", "country")), ""),
    ("organisations", "logo_sha256"): None,
    **dict.fromkeys(
        (("invitations", name) for name in ("email", "second_email", "signatory", "signatory_title", "reason")), ""
    ),
    **dict.fromkeys((("invitations", name) for name in ("language", "timezone")), ""),
    ("conditional_signoffs", "name"): ERASED,
    ("conditional_signoffs", "title"): "",
    **dict.fromkeys((("invitation_contacts", name) for name in ("name", "email")), ""),
    **dict.fromkeys((("links", name) for name in ("name", "email")), ""),
    ("proposals", "name"): ERASED,
    ("proposals", "title"): "",
    ("signoffs", "name"): ERASED,
    ("signoffs", "title"): "",
    ("signoffs", "image_sha256"): None,
    ("comments", "words"): ERASED,
    **dict.fromkeys((("comments", name) for name in ("replaces", "replacement")), ""),
    ("deliveries", "address"): ERASED,
    ("deliveries", "about"): {},
    ("deliveries", "answer"): "",
    ("notes", "words"): {},
    ("open_calls", "words"): "",
    **dict.fromkeys((("office_replies", name) for name in ("words", "file_name")), ""),
}
"""What a column that entries tell holds once it was erased; one that held nothing still holds nothing."""

DRAFT = {
    "letters": ("subject", "salutation", "body", "closing"),
    "recipients": ("name", "title", "office", "address"),
}
"""What no entry tells by itself; erased with a whole letter."""


def blank(table: str, column: str, said: Said) -> Is:
    """Return what an erased column holds."""
    nothing = isinstance(said.value, Is) and said.value.value is None
    return Is(None if nothing else EMPTY[table, column])


def told_by(told: Told, entries: set[int]) -> Iterator[tuple[Column, Said]]:
    """Give each column that can be erased, and whose value is the one that one of these entries told."""
    for (table, key), columns in told.rows.items():
        for column, said in columns.items():
            if said.sequence in entries and (table, column) in EMPTY:
                yield (table, key, column), said


def kept_by(told: Told, entries: set[int], kept: Mapping[str, Any]) -> dict[Column, Any]:
    """Return the columns that still hold what erased entries said besides: what is said of them again."""
    found: dict[Column, Any] = {}
    for number, parts in kept.items():
        sealed = told.sealed.get(int(number)) if number.isdecimal() else None
        for name, value in parts.items() if sealed is not None and isinstance(parts, Mapping) else ():
            table, key, column = sealed.columns.get(name, ("", "", ""))  # type: ignore[union-attr]
            said = told.rows.get((table, key), {}).get(column)
            if said is not None and said.sequence in entries:
                found[table, key, column] = value
    return found


def due(told: Told, entries: set[int], kept: Mapping[str, Any], documents: set[str]) -> dict[Column, Any]:
    """Return what each column holds once these entries and documents are erased, which it holds no more."""
    found = {column: blank(column[0], column[2], said).value for column, said in told_by(told, entries)}
    for (table, key), columns in told.rows.items():
        image = columns.get("image_sha256") if table == "signoffs" else None
        if image is not None and isinstance(image.value, Is) and image.value.value in documents:
            found[table, key, "image_sha256"] = None
    return found | kept_by(told, entries, kept)


@tells(actions.PersonErased)
def _person_erased(told: Told, entry: Entry) -> None:
    about = entry.about
    entries = {number for number in about.get("entries") or () if type(number) is int and number < entry.sequence}
    documents = set(map(str, about.get("documents") or ()))
    told.erased |= dict.fromkeys(entries, entry.sequence)
    told.unstored |= dict.fromkeys(documents, entry.sequence)
    kept = told.opened.get(entry.sequence, {})
    for (table, key, column), value in due(told, entries, kept, documents).items():
        told.rows[table, key][column] = Said(Is(value), entry.sequence)
    for delivery in map(str, about.get("deliveries") or ()):
        if ("deliveries", delivery) in told.made:
            told.say("deliveries", delivery, entry, address=ERASED, about={}, answer="")


@tells(actions.LetterErased)
def _letter_erased(told: Told, entry: Entry) -> None:
    if not entry.about.get("done"):
        told.erasing = told.erasing or entry.sequence
        return
    told.erasing, told.emptied = None, entry.sequence
    for (table, _), columns in told.rows.items():
        for column, said in columns.items():
            if (table, column) in EMPTY:
                columns[column] = Said(blank(table, column, said), entry.sequence)
    told.erased |= dict.fromkeys(range(entry.sequence), entry.sequence)
    told.draft = None
    told.say("letters", told.letter, entry, erased_at=told.moment(entry), legal_hold="")


@tells(actions.LetterHeld)
def _held(told: Told, entry: Entry) -> None:
    told.open(entry, reason=("letters", told.letter, "legal_hold"))


@tells(actions.LetterReleased)
def _released(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, legal_hold="")


def is_blank(table: str, column: str, found: Any) -> bool:
    """Whether a column holds what it does once it was erased, or nothing: while a letter is being erased."""
    return (table, column) in EMPTY and (found is None or found == EMPTY[table, column])
