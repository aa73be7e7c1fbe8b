"""Whom mails are to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflow.mails.source import Source
from workflow.models import User


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a mail is to: how its head names them, whether it is in their own language, and who answers for it."""

    named: Callable[[Source], str]
    own_language: bool = True
    from_coordinator: bool = True
    """The coordinator is named as the sender, and gets the answers."""
    in_letters_language: bool = False
    """They read what the letter is written in."""
    automatic: bool = True
    """It is marked as made by a machine, so that nobody's out-of-office note answers it."""


def _signatory(source: Source) -> str:
    return source.row.signatory or ""


def _coordinator(source: Source) -> str:
    """Whoever of them it is to; a mail from before several were written to was to who answers for the letter."""
    told = source.session.get(User, source.about["user"]) if "user" in source.about else source.coordinator
    return told.name if told is not None else ""


def _recipient(source: Source) -> str:
    return source.recipient.name if source.row.recipient_id else ""


def _nobody(source: Source) -> str:
    """Not named: who is at that address is not known."""
    return ""


CONTACT = Audience(_signatory)
"""Whoever is invited for an organisation."""
SOMEBODY_ELSE = Audience(_nobody)
"""Another person of an organisation. A link opens one contact's mail only: this one must never hold it."""
COORDINATOR = Audience(_coordinator, own_language=False, from_coordinator=False)
OFFICE = Audience(_recipient, own_language=False, in_letters_language=True, automatic=False)
"""Whom a letter goes to."""
COPIED = Audience(_nobody, own_language=False, in_letters_language=True)
"""Who gets a copy of a letter, without having been asked anything."""
STAFF = Audience(_nobody, own_language=False, from_coordinator=False)
