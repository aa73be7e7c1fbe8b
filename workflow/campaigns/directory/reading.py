"""Organisations of the directory as light rows, with their contacts, in two statements however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from workflow.models import Contact, KnownOrganisation
from workflow.transaction import Transaction


class Person(NamedTuple):
    """A contact."""

    id: str
    name: str
    title: str
    email: str
    gets_link: bool
    signs: bool


class Known(NamedTuple):
    """An organisation of the directory."""

    id: str
    campaign_id: str | None
    name: str
    names: Mapping[str, str]
    acronym: str
    country: str
    website: str
    logo_sha256: str | None
    language: str
    timezone: str
    folded: str
    contacts: tuple[Person, ...]
    former: tuple[str, ...] = ()
    """What it was called where it was merged from, folded."""

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.acronym or self.name

    @property
    def link_contact(self) -> Person | None:
        """Who gets the link."""
        return next((person for person in self.contacts if person.gets_link), None)

    @property
    def signatory(self) -> Person | None:
        """Who is expected to sign."""
        return next((person for person in self.contacts if person.signs), None)


COLUMNS = (
    KnownOrganisation.id,
    KnownOrganisation.campaign_id,
    KnownOrganisation.name,
    KnownOrganisation.names,
    KnownOrganisation.acronym,
    KnownOrganisation.country,
    KnownOrganisation.website,
    KnownOrganisation.logo_sha256,
    KnownOrganisation.language,
    KnownOrganisation.timezone,
    KnownOrganisation.folded,
)


def read(session: Transaction, which: ColumnElement[bool], contacts: bool = True) -> list[Known]:
    """Return the organisations for which a condition holds, the first that was added first."""
    query = select(*COLUMNS).where(which).order_by(KnownOrganisation.created_at, KnownOrganisation.id)
    people = contacts_of(session, which) if contacts else {}
    former = former_names(session, which)
    return [
        Known(*row, contacts=tuple(people.get(row.id, ())), former=tuple(former.get(row.id, ())))
        for row in session.execute(query)
    ]


def former_names(session: Transaction, which: ColumnElement[bool]) -> dict[str, list[str]]:
    """Return the folded names of what was merged into organisations for which a condition holds, by their ids."""
    former = aliased(KnownOrganisation)
    query = select(former.merged_into, former.folded).join(
        KnownOrganisation, KnownOrganisation.id == former.merged_into
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for into, folded in session.execute(query.where(which)):
        found[str(into)] += folded.split("\n")
    return found


def contacts_of(session: Transaction, which: ColumnElement[bool]) -> dict[str, list[Person]]:
    """Return the contacts of the organisations for which a condition holds, in their order, by the organisation."""
    query = (
        select(
            Contact.organisation_id,
            Contact.id,
            Contact.name,
            Contact.title,
            Contact.email,
            Contact.gets_link,
            Contact.signs,
        )
        .join(KnownOrganisation, KnownOrganisation.id == Contact.organisation_id)
        .where(which)
        .order_by(Contact.organisation_id, Contact.position, Contact.id)
    )
    found: defaultdict[str, list[Person]] = defaultdict(list)
    for row in session.execute(query):
        found[row[0]].append(Person._make(row[1:]))
    return found


PIECE = 5_000
"""So many ids in one statement: less than each database takes parameters."""


def with_ids(session: Transaction, ids: Sequence[str], allowed: ColumnElement[bool]) -> dict[str, Known]:
    """Return the organisations with these ids that are allowed."""
    found: dict[str, Known] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), PIECE):
        which = KnownOrganisation.id.in_(wanted[start : start + PIECE]) & allowed
        found |= {known.id: known for known in read(session, which)}
    return found
