"""A reminder: asks once more for an answer to the same text, by the same link."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from workflow import documents
from workflow.languages import catalogue
from workflow.mails.audiences import CONTACT
from workflow.mails.registry import Post, mail
from workflow.mails.source import MailData, Personal, Source
from workflow.models import Letter
from workflow.moments import local
from workflow.states.deadlines import due
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(MailData):
    """What the mail says."""

    title: str
    organisation: Personal
    signatory: Personal
    coordinator: str
    addressees: str
    link: Personal
    number: int
    deadline: str
    days_left: str
    """How much time there is, in a sentence; empty: there is no deadline."""
    in_review: bool
    to_confirm: bool
    """The organisation has signed an earlier text."""
    confirms: bool
    """A colleague has proposed to sign, and whoever reads is to confirm it."""
    note: tuple[str, ...]
    """The coordinator's own words, by paragraphs."""
    note_by: str
    since: Personal
    """How many have signed since the organisation was last written to, in a sentence; empty: nobody has."""
    changes: tuple[documents.Change, ...]
    """What changed since the text that it was sent before this one; empty: it knows no other."""
    stop: Personal


@mail("reminder", "reminder", CONTACT, follows_text=True, stops=True)
def reminder(source: Source) -> Reminder:
    """Say how much time is left, what has changed meanwhile, and how to get no more of these."""
    about, revision = source.about, source.revision
    before = about.get("before")
    return Reminder(
        title=source.title,
        organisation=source.organisation,
        signatory=source.signatory,
        coordinator=source.coordinator_name,
        addressees=source.addressees,
        link=source.link,
        number=revision.number if revision else 0,
        deadline=source.deadline,
        days_left=_days_left(source),
        in_review=about.get("state") == "in_review",
        to_confirm=bool(about.get("to_confirm")),
        confirms=bool(about.get("confirms")),
        note=source.note,
        note_by=source.coordinator_name,
        since=_since(source),
        changes=source.one.changes(before, source.digest) if before else (),
        stop=source.stop,
    )


def _days_left(source: Source) -> str:
    until = due(source.letter.deadline, source.row.own_deadline)
    if until is None:
        return ""
    written = local(source.row.queued_at, source.zone).date()
    return _said(local(until, source.zone).date(), written, source.language)


@functools.lru_cache(maxsize=512)
def _said(last: date, today: date, language: str) -> str:
    """Return how many days there are, by the calendar where the reader is."""
    known, days = catalogue(language), (last - today).days
    if days <= 0:
        return str(known.gettext("Today is the last day."))
    return str(known.ngettext("%(num)s day is left.", "%(num)s days are left.", days) % {"num": days})


def _since(source: Source) -> str:
    written = source.about.get("since")
    if not written or source.about.get("state") == "in_review":
        return ""
    signed = source.one.signed_at
    count = len(signed) - bisect_left(signed, datetime.fromisoformat(written))
    return _number_since(count, source.language) if count else ""


@functools.lru_cache(maxsize=512)
def _number_since(count: int, language: str) -> str:
    said = catalogue(language).ngettext(
        "%(num)s organisation has signed since we last wrote to you.",
        "%(num)s organisations have signed since we last wrote to you.",
        count,
    )
    return str(said % {"num": count})


class ToRemind(NamedTuple):
    """One person who is reminded: of which organisation, by which link, and what differs from the others."""

    invitation_id: str
    address: str
    link_id: str
    when: str
    """Of which time it is: there is one for each link, text and time."""
    told: Mapping[str, Any]
    """What of `contact`, `name`, `since`, `before`, `to_confirm` and `confirms` there is to tell."""


def queue(session: Transaction, letter: Letter, these: Sequence[ToRemind], note: str = "") -> list[str]:
    """
    Queue reminders of the text that is before the co-signers; returns the mails' ids.

    `note` is the id of the coordinator's own words.
    """
    text = letter.revision
    assert text is not None
    shared = {"digest": text.digest, "number": text.number, "state": letter.state, **({"note": note} if note else {})}
    return reminder.queue_many(
        session,
        letter,
        [
            Post(
                one.address,
                f"reminder:{one.link_id}:{text.number}:{one.when}",
                {**shared, "link": one.link_id, **one.told},
                one.invitation_id,
            )
            for one in these
        ],
    )
