"""What an organisation signed, declined and withdrew, on all letters that somebody may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from workflow.campaigns.directory import seeing
from workflow.models import Invitation, Letter, Link, Organisation, Revision, User
from workflow.transaction import Transaction

MOST = 200
"""So many letters are shown, the newest."""

What = Literal["asked", "signed", "withdrew", "declined"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened between an organisation and a letter."""

    what: What
    at: datetime
    name: str = ""
    title: str = ""
    version: int | None = None
    by_silence: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation on one letter."""

    letter: Letter
    invitation: Invitation
    events: tuple[Event, ...]
    """In the order of time."""


def of(session: Transaction, member: User, known_id: str) -> list[Standing]:
    """
    Return how an organisation stands on the letters that a member of staff may see, the newest first.

    A few statements, however many there are; where its name is withheld from them, the letter is not among these.
    """
    query = (
        select(Invitation)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .join(Letter, Letter.id == Invitation.letter_id)
        .where(Organisation.known_id == known_id, seeing.shown_on_letters(member))
        .order_by(Letter.created_at.desc(), Letter.id, Invitation.position)
        .limit(MOST)
    )
    letters = joinedload(Invitation.letter)
    found = session.scalars(
        query.options(
            letters.joinedload(Letter.campaign),
            letters.selectinload(Letter.recipients),
            letters.joinedload(Letter.revision),
            selectinload(Invitation.signoffs),
            selectinload(Invitation.links),
        )
    ).all()
    asked = _asked(session, [one.id for one in found])
    numbers = _numbers(session, {one.letter_id for one in found})
    return [Standing(one.letter, one, _events(one, asked.get(one.id), numbers[one.letter_id])) for one in found]


def _asked(session: Transaction, ids: Sequence[str]) -> dict[str, datetime]:
    """When each was first given a link."""
    query = select(Link.invitation_id, func.min(Link.created_at)).where(Link.invitation_id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(Link.invitation_id))}


def _numbers(session: Transaction, letter_ids: set[str]) -> defaultdict[str, dict[str, int]]:
    """The number of each version of some letters, by its digest; of two alike, the newer one."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    query = select(Revision.letter_id, Revision.digest, Revision.number).where(Revision.letter_id.in_(letter_ids))
    for letter_id, digest, number in session.execute(query.order_by(Revision.number)):
        found[letter_id][digest] = number
    return found


def _events(invitation: Invitation, asked: datetime | None, numbers: dict[str, int]) -> tuple[Event, ...]:
    events = [Event("asked", asked)] if asked else []
    for signoff in invitation.signoffs:
        number = numbers.get(signoff.digest)
        signed = Event("signed", signoff.signed_at, signoff.name, signoff.title, number, signoff.basis != "confirmed")
        events.append(signed)
    # What another signature took the place of was not withdrawn.
    replaced = {signoff.signed_at for signoff in invitation.signoffs}
    withdrawn = {signoff.retracted_at for signoff in invitation.signoffs if signoff.retracted_at}
    events += [Event("withdrew", at) for at in withdrawn - replaced]
    if invitation.has_declined and invitation.answered_at is not None:
        events.append(Event("declined", invitation.answered_at))
    return tuple(sorted(events, key=lambda event: event.at))
