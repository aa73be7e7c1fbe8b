"""Several entries of the directory are one organisation: what will be of them is shown first, and done then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import selectinload

from workflow.campaigns.directory import editing, seeing
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.models import Contact, Invitation, KnownOrganisation, Letter, Organisation, User
from workflow.transaction import Transaction

MOST = 20
"""So many are merged at once."""

FILLED = ("acronym", "country", "website", "logo_sha256", "language", "timezone")
"""What the one that stays takes over where it has nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What one organisation will be, when others are merged into it."""

    stays: KnownOrganisation
    others: tuple[KnownOrganisation, ...]
    filled: dict[str, tuple[str, str]]
    """What it takes over: by the field, the value and from which other."""
    contacts: tuple[Contact, ...]
    """Those of all of them, each once."""
    letters: int
    """On how many letters the others stand, of those that the member of staff may see."""


def those(session: Transaction, member: User, known_ids: Sequence[str]) -> list[KnownOrganisation]:
    """Return organisations that a member of staff may change, in order; raises `NotFoundError`, `InputError`."""
    wanted = list(dict.fromkeys(known_ids))
    query = select(KnownOrganisation).where(KnownOrganisation.id.in_(wanted[: MOST + 1]), seeing.changeable(member))
    found = {row.id: row for row in session.scalars(query.options(selectinload(KnownOrganisation.contacts)))}
    if not all(known_id in found for known_id in wanted[: MOST + 1]):
        raise NotFoundError("There is no such organisation.")
    if not 2 <= len(wanted) <= MOST:
        raise InputError(lazy_gettext("Select two organisations or more, and at most %(most)s.", most=MOST))
    return [found[known_id] for known_id in wanted]


def foreseen(session: Transaction, member: User, stays_id: str, other_ids: Sequence[str]) -> Merged:
    """Return what will be when others are merged into one; nothing is written. Raises `NotFoundError`, `InputError`."""
    stays, *others = those(session, member, [stays_id, *other_ids])
    filled: dict[str, tuple[str, str]] = {}
    for field in FILLED:
        giver = next((one for one in others if getattr(one, field)), None)
        if giver is not None and not getattr(stays, field):
            filled[field] = (getattr(giver, field), giver.label)
    contacts = list(stays.contacts)
    for contact in (contact for one in others for contact in one.contacts):
        if not any(_is_same(contact, there) for there in contacts):
            contacts.append(contact)
    letters = session.scalar(
        select(func.count(Letter.id.distinct()))
        .join(Invitation, Invitation.letter_id == Letter.id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Organisation.known_id.in_([one.id for one in others]), seeing.shown_on_letters(member))
    )
    return Merged(stays=stays, others=tuple(others), filled=filled, contacts=tuple(contacts), letters=letters or 0)


def _is_same(one: Contact, other: Contact) -> bool:
    if one.email or other.email:
        return one.email.lower() == other.email.lower()
    return texts.folded(one.name) == texts.folded(other.name)


def merge(session: Transaction, member: User, stays_id: str, other_ids: Sequence[str]) -> KnownOrganisation:
    """
    Merge organisations into one: it takes over what it lacks, their contacts, and their place on letters.

    What the letters say does not change. Where another campaign knows one of the others too, that one stays there as
    it is. Raises `NotFoundError`, `InputError`.
    """
    ids = [stays_id, *other_ids]
    if len(set(ids)) != len(ids):
        raise InputError(lazy_gettext("Select two different organisations."))
    locks = select(KnownOrganisation.id).where(KnownOrganisation.id.in_(ids)).order_by(KnownOrganisation.id)
    session.execute(locks.with_for_update())
    will_be = foreseen(session, member, stays_id, other_ids)
    stays = will_be.stays
    if len(will_be.contacts) > editing.MOST_CONTACTS:
        most = editing.MOST_CONTACTS
        raise RefusedError(lazy_gettext("An organisation has at most %(most)s contacts.", most=most))
    for field, (value, _) in will_be.filled.items():
        setattr(stays, field, value)
    stays.four_eyes = stays.four_eyes or any(one.four_eyes for one in will_be.others)
    stays.names = {code: name for one in reversed(will_be.others) for code, name in one.names.items()} | stays.names
    for position, contact in enumerate(will_be.contacts, 1):
        if contact.organisation_id == stays.id:
            contact.position = position
        else:
            joined = Contact(position=position, name=contact.name, title=contact.title, email=contact.email)
            joined.gets_link, joined.signs = contact.gets_link, contact.signs
            joined.also_asked = contact.also_asked
            stays.contacts.append(joined)
    editing.settle(stays)
    session.flush()
    _repoint(session, member, stays, [one.id for one in will_be.others])
    for one in will_be.others:
        editing.leave(session, member, one, stays)
    return session.get_one(KnownOrganisation, stays_id)


def _repoint(session: Transaction, member: User, stays: KnownOrganisation, others: Sequence[str]) -> None:
    """What the letters of a member of staff name is the one that stays; letters of others are left alone."""
    theirs = select(Invitation.organisation_id).join(Letter, Letter.id == Invitation.letter_id)
    if not member.admin:
        theirs = theirs.where(Letter.campaign_id.in_(seeing.campaigns_of(member, "coordinator")))
    moved = update(Organisation).where(Organisation.known_id.in_(others), Organisation.id.in_(theirs))
    session.execute(moved.values(known_id=stays.id), execution_options={"synchronize_session": False})
