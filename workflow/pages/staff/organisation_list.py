"""
The directory as a list: searched, filtered, put in order, paged.

Contacts are for whoever writes to them: an auditor's list neither shows nor finds one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, exists, func, or_, select, true

from workflow.campaigns.directory import seeing
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Contact, Invitation, KnownOrganisation, Letter, Membership, Organisation, User
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.staff.paging import FIRST, Key, Listing, Page, Place, place_in
from workflow.transaction import Transaction

PAGE = 50
LONGEST_SEARCH = 100
MOST_WORDS = 8

DUPLICATES = "duplicates"
SHOWN = {
    "": lazy_gettext("All"),
    "reached": lazy_gettext("With an address"),
    "unreached": lazy_gettext("Without an address"),
    DUPLICATES: lazy_gettext("Possible duplicates"),
}
ORDERS = {"name": lazy_gettext("Name"), "country": lazy_gettext("Country"), "new": lazy_gettext("Newest")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the directory is asked for: all that stands in the address of a page of it."""

    search: str = ""
    show: str = ""
    order: str = "name"
    country: str = ""
    campaign: str = ""
    place: Place = FIRST

    @property
    def address(self) -> dict[str, str]:
        """What of it an address says, but for the page."""
        said = {"q": self.search, "show": self.show, "country": self.country, "campaign": self.campaign}
        said["order"] = self.order if self.order != "name" else ""
        return {name: value for name, value in said.items() if value}


def wanted(given: Mapping[str, str]) -> Wanted:
    """Return what an address asks for; what it cannot ask for is left out."""
    show, order, campaign = given.get("show", ""), given.get("order", ""), given.get("campaign", "")
    return Wanted(
        search=given.get("q", "")[:LONGEST_SEARCH].strip(),
        show=show if show in SHOWN else "",
        order=order if order in ORDERS else "name",
        country=given.get("country", "")[:LONGEST_SEARCH].strip(),
        campaign=campaign if len(campaign) == 32 and campaign.isalnum() and campaign.isascii() else "",
        place=place_in(given),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who looks, in a statement that is made once."""

    admin: bool
    id: Any = field(default_factory=lambda: bindparam("member", type_=String()))


def page_of(session: Transaction, member: User, asked: Wanted) -> Page:
    """Return a page of the list, as rows of columns."""
    return _listing_of(member, asked).page(session, asked.place, _given(member, asked))


def found(session: Transaction, member: User, asked: Wanted) -> int:
    """Return how many there are that match."""
    return _listing_of(member, asked).count(session, _given(member, asked))


def ids(session: Transaction, member: User, asked: Wanted, most: int) -> list[str]:
    """Return the ids of all that match, in their order, but no more than `most`."""
    listing = _listing_of(member, asked)
    order = [key.column.desc() if key.descending else key.column.asc() for key in listing.keys]
    query = listing.listed.with_only_columns(KnownOrganisation.id).where(listing.matching)
    return list(session.scalars(query.order_by(*order).limit(most), _given(member, asked)))


def counts(session: Transaction, member: User, asked: Wanted) -> dict[str, int]:
    """Return how many each filter shows of a campaign's, or of all."""
    given = _given(member, Wanted(campaign=asked.campaign))
    return dict(
        zip(_CONDITIONS, session.execute(_counted(member.admin, bool(asked.campaign)), given).one(), strict=True)
    )


def countries(session: Transaction, member: User, campaign: str) -> list[str]:
    """Return the countries of those that may be seen, in alphabetical order."""
    known = session.scalars(_countries(member.admin, bool(campaign)), _given(member, Wanted(campaign=campaign)))
    return sorted(known, key=texts.sorting_key)


def _given(member: User, asked: Wanted) -> dict[str, str]:
    words = texts.folded(asked.search).split()[:MOST_WORDS]
    patterns = {f"word{number}": f"%{word}%" for number, word in enumerate(words)}
    return {"member": member.id, "campaign": asked.campaign, "country": asked.country, **patterns}


def _listing_of(member: User, asked: Wanted) -> Listing:
    words = len(texts.folded(asked.search).split()[:MOST_WORDS])
    show = asked.show if asked.show in _CONDITIONS else ""
    return _listing(member.admin, show, asked.order, words, bool(asked.country), bool(asked.campaign))


@functools.cache
def _listing(admin: bool, show: str, order: str, words: int, by_country: bool, by_campaign: bool) -> Listing:
    reader = _Reader(admin)
    matching = [_CONDITIONS[show](reader), _holding(reader, words)]
    if by_country:
        matching.append(KnownOrganisation.country == bindparam("country", type_=String()))
    return Listing(_listed(reader, by_campaign), and_(*matching), _keys(order), PAGE)


def _listed(reader: _Reader, by_campaign: bool) -> Select[*tuple[Any, ...]]:
    of = KnownOrganisation
    query = select(of.id, of.name, of.acronym, of.country, of.logo_sha256, of.names).where(seeing.visible(reader))
    return query.where(seeing.of_campaigns([bindparam("campaign", type_=String())])) if by_campaign else query


@functools.cache
def _counted(admin: bool, by_campaign: bool) -> Select[*tuple[Any, ...]]:
    reader = _Reader(admin)
    counted = [func.count().filter(condition(reader)) for condition in _CONDITIONS.values()]
    return _listed(reader, by_campaign).with_only_columns(*counted)


@functools.cache
def _countries(admin: bool, by_campaign: bool) -> Select[str]:
    listed = _listed(_Reader(admin), by_campaign).with_only_columns(KnownOrganisation.country).distinct()
    return listed.where(KnownOrganisation.country != "")


def _has_address(reader: _Reader) -> ColumnElement[bool]:
    addressed = exists().where(Contact.organisation_id == KnownOrganisation.id, Contact.email != "")
    return and_(seeing.changeable(reader), addressed)


def _has_none(reader: _Reader) -> ColumnElement[bool]:
    return and_(seeing.changeable(reader), ~_has_address(reader))


_CONDITIONS: dict[str, Callable[[_Reader], ColumnElement[bool]]] = {
    "": lambda reader: true(),
    "reached": _has_address,
    "unreached": _has_none,
}


def _holding(reader: _Reader, words: int) -> ColumnElement[bool]:
    """Each word stands somewhere in the names, or in the contacts where they may be seen."""
    return and_(true(), *(_holds(reader, bindparam(f"word{number}", type_=String())) for number in range(words)))


def _holds(reader: _Reader, word: ColumnElement[str]) -> ColumnElement[bool]:
    contact = exists().where(Contact.organisation_id == KnownOrganisation.id, Contact.folded.like(word))
    return or_(KnownOrganisation.folded.like(word), and_(seeing.changeable(reader), contact))


def _keys(order: str) -> list[Key]:
    name = Key(KnownOrganisation.folded.expression)
    first = {
        "name": [name],
        "country": [Key(KnownOrganisation.country.expression), name],
        "new": [Key(KnownOrganisation.created_at.expression, descending=True)],
    }
    return [*first[order], Key(KnownOrganisation.id.expression)]


# --- what is shown of each -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """An organisation's line in the list."""

    id: str
    name: str
    acronym: str
    parts: tuple[str, ...]
    """Who gets the link there, where the reader writes to them; the country; on how many letters it stands."""


def rows(session: Transaction, member: User, listed: Sequence[Any]) -> tuple[OrganisationRow, ...]:
    """Return the rows of a page, in their order."""
    known_ids = [one.id for one in listed]
    contacts = _contacts(session, member, known_ids)
    letters = _letters(session, member, known_ids)
    return tuple(
        OrganisationRow(
            id=one.id,
            name=one.name,
            acronym=one.acronym,
            parts=tuple(part for part in _parts(one, contacts.get(one.id), letters.get(one.id, 0)) if part),
        )
        for one in listed
    )


def _parts(one: Any, contact: str | None, letters: int) -> Iterator[str]:
    yield gettext("No address yet") if contact == "" else contact or ""
    yield one.country
    yield ngettext("%(num)s letter", "%(num)s letters", letters) % {"num": letters} if letters else ""


def _contacts(session: Transaction, member: User, known_ids: Sequence[str]) -> dict[str, str]:
    """Return for each that may be changed who gets the link there, in a line."""
    of = KnownOrganisation
    query = (
        select(of.id, Contact.name, Contact.email)
        .outerjoin(Contact, and_(Contact.organisation_id == of.id, Contact.gets_link))
        .where(of.id.in_(known_ids), seeing.changeable(member))
    )
    return {
        known_id: f"{name} <{email}>" if name and email else name or email or ""
        for known_id, name, email in session.execute(query)
    }


def _letters(session: Transaction, member: User, known_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(Organisation.known_id, func.count(Letter.id.distinct()))
        .join(Invitation, Invitation.organisation_id == Organisation.id)
        .join(Letter, Letter.id == Invitation.letter_id)
        .where(Organisation.known_id.in_(known_ids), seeing.shown_on_letters(member))
        .group_by(Organisation.known_id)
    )
    return {known_id: number for known_id, number in session.execute(query) if known_id}


def coordinates(session: Transaction, member: User) -> bool:
    """Return whether a member of staff coordinates anything: else they only read."""
    if member.admin:
        return True
    return session.scalars(seeing.campaigns_of(member, "coordinator").limit(1)).first() is not None


def homes(session: Transaction, member: User) -> dict[str, str]:
    """Return the campaigns that a member of staff may add an organisation to: names by ids, the newest first."""
    query = select(Campaign.id, Campaign.name).order_by(Campaign.created_at.desc(), Campaign.id)
    if not member.admin:
        mine = select(Membership.campaign_id).where(Membership.user_id == member.id, Membership.role == "coordinator")
        query = query.where(Campaign.id.in_(mine))
    return {row[0]: row[1] for row in session.execute(query)}
