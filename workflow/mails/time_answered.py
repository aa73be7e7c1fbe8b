"""What became of a request for more time: the deadline is later for all, or it stays."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from workflow.languages import LANGUAGES, Message, in_zone, lazy_gettext
from workflow.mails.audiences import CONTACT, everybody
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation
from workflow.transaction import Transaction

What = Literal["granted", "declined"]
PERIODS = {"1": lazy_gettext("One more day"), "2": lazy_gettext("Two more days"), "7": lazy_gettext("One more week")}
"""What can be asked for without a word; the rest follows after a colon."""


@functools.cache
def _periods() -> Mapping[str, Message]:
    return {period.translate(language): period for period in PERIODS.values() for language in LANGUAGES}


def asked_for(words: str, language: str) -> str:
    """Return what somebody asked for, as it is kept in their language, with its fixed words in a reader's."""
    period, colon, more = words.partition(": ")
    return _periods()[period].translate(language) + colon + more if period in _periods() else words


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAnswered(MailData):
    """What the mail says."""

    what: What
    title: str
    signatory: str
    organisation: str
    coordinator: str
    addressees: str
    asked: str
    """How much more time was asked for, in the words of who asked."""
    reason: str
    deadline: str
    """As it was when this was answered; empty: there is none."""
    link: str


@mail("time_answered", "answer to a request for time", CONTACT)
def time_answered(source: Source) -> TimeAnswered:
    """Say until when they have, as it was decided."""
    until = source.about["until"]
    return TimeAnswered(
        what=source.about["what"],
        title=source.title,
        signatory=source.signatory,
        organisation=source.organisation,
        coordinator=source.coordinator_name,
        addressees=source.addressees,
        asked=source.apart(asked_for(source.about["asked"].rstrip("."), source.language)),
        reason=source.apart(source.about["reason"]),
        deadline=in_zone(datetime.fromisoformat(until), source.zone, source.language) if until else "",
        link=source.link,
    )


def can_be_told(invitation: Invitation) -> bool:
    """Whether there is an address to write to, and a link to open."""
    return bool(invitation.email) and invitation.link is not None


def queue(session: Transaction, invitation: Invitation, what: What, under: str, reason: str = "") -> list[Delivery]:
    """
    Queue it to all contacts of who asked (`can_be_told`); `under` is what its dedupe keys begin with.

    Whoever has had one under the same key before has it: the contact of two organisations gets one.
    """
    deadline = invitation.due
    about = {
        "what": what,
        "asked": invitation.more_time,
        "reason": reason,
        "until": deadline.isoformat() if deadline else "",
    }
    keyed = {f"{under}:{one.address.lower()}": one for one in everybody(invitation)}
    had = set(session.scalars(select(Delivery.dedupe_key).where(Delivery.dedupe_key.in_(list(keyed)))))
    return [
        time_answered.queue(session, one.address, key, about | one.about, invitation=invitation)
        for key, one in keyed.items()
        if key not in had
    ]
