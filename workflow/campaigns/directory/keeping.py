"""Organisations that were put on a letter are in the directory from then on; and those there are put on letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import or_, select

from workflow.campaigns.directory import reading, seeing
from workflow.clock import now
from workflow.errors import NotFoundError
from workflow.letter import text as texts
from workflow.models import Contact, KnownOrganisation, User, new_id
from workflow.models.directory import folded_names
from workflow.transaction import Transaction


def as_cosigners(session: Transaction, member: User, known_ids: Sequence[str]) -> list[texts.Cosigner]:
    """
    Return organisations that a member of staff chose from the directory as co-signers, in the order of the ids.

    What they may only read is left out, for contacts are not for who reads. Each carries its id (`known`), so that it
    is the same one on the letter.
    """
    found = reading.with_ids(session, known_ids, seeing.changeable(member))
    return [as_cosigner(found[one]) for one in known_ids if one in found]


def as_cosigner(known: reading.Known | KnownOrganisation) -> texts.Cosigner:
    """Return an organisation of the directory as a co-signer, with who is written to and who signs."""
    signs = next((person for person in known.contacts if person.signs), None)
    link = next((person for person in known.contacts if person.gets_link), None)
    return texts.Cosigner(
        organisation=known.name,
        acronym=known.acronym,
        signatory=signs.name if signs else "",
        title=signs.title if signs else "",
        email=link.email if link else "",
        contact_name=link.name if link and link is not signs else "",
        country=known.country,
        language=known.language,
        timezone=known.timezone,
        known=known.id,
    )


def keep(session: Transaction, campaign_id: str, cosigners: Sequence[texts.Cosigner], member_id: str = "") -> list[str]:
    """
    Return the ids in the directory of organisations that are put on a letter of a campaign: found there, or made.

    One is found by its id, where it carries one, else by its name, among what the campaign sees. The directory learns
    addresses and names that it lacks, and forgets and changes none. A few statements, however many there are.
    Raises `NotFoundError` for an id that neither the campaign nor the member may see.
    """
    session.flush()
    called = _called(session, campaign_id)
    chosen = _chosen(session, campaign_id, member_id, {one.known for one in cosigners if one.known})
    ids: list[str] = []
    made: dict[str, texts.Cosigner] = {}
    for cosigner in cosigners:
        name = texts.folded(cosigner.organisation)
        known_id = chosen[cosigner.known] if cosigner.known else called.get(name, "")
        if not known_id:
            known_id = new_id()
            made[known_id] = cosigner
            called[name] = known_id
        ids.append(known_id)
    if made:
        moment = now()
        rows = [_row(known_id, campaign_id, cosigner, moment) for known_id, cosigner in made.items()]
        session.connection().execute(sa.insert(KnownOrganisation), rows)
    _learn(session, ids, cosigners, made)
    session.has_written = True
    return ids


class Told(NamedTuple):
    """What the directory tells a letter of an organisation."""

    country: str
    language: str
    timezone: str
    logo_sha256: str | None
    four_eyes: bool


def told(session: Transaction, known_ids: Sequence[str]) -> dict[str, Told]:
    """Return what the directory tells a letter of these organisations; those of which it tells nothing are left out."""
    of = KnownOrganisation
    says = or_(of.country != "", of.language != "", of.timezone != "", of.logo_sha256.is_not(None), of.four_eyes)
    found: dict[str, Told] = {}
    wanted = list(dict.fromkeys(known_ids))
    for start in range(0, len(wanted), reading.PIECE):
        query = select(of.id, of.country, of.language, of.timezone, of.logo_sha256, of.four_eyes).where(
            of.id.in_(wanted[start : start + reading.PIECE]), says
        )
        found |= {row[0]: Told._make(row[1:]) for row in session.execute(query)}
    return found


def also_asked(session: Transaction, known_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Return the name and the address of whom else of these organisations is written to, beside who gets the link."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    wanted = list(dict.fromkeys(known_ids))
    for start in range(0, len(wanted), reading.PIECE):
        query = select(Contact.organisation_id, Contact.name, Contact.email).where(
            Contact.organisation_id.in_(wanted[start : start + reading.PIECE]), Contact.also_asked
        )
        for known_id, name, email in session.execute(query.order_by(Contact.organisation_id, Contact.position)):
            found[known_id].append((name, email))
    return found


def _row(known_id: str, campaign_id: str, cosigner: texts.Cosigner, moment: Any) -> dict[str, Any]:
    return {
        "id": known_id,
        "campaign_id": campaign_id,
        "name": cosigner.organisation,
        "names": {},
        "acronym": cosigner.acronym,
        "country": cosigner.country,
        "language": cosigner.language,
        "timezone": cosigner.timezone,
        "folded": folded_names(cosigner.organisation, cosigner.acronym, {}),
        "created_at": moment,
    }


def _called(session: Transaction, campaign_id: str) -> dict[str, str]:
    """The ids by what they are called: by name; by acronym or another name, where just one is called so."""
    query = select(KnownOrganisation.id, KnownOrganisation.folded).where(seeing.within(campaign_id))
    names: dict[str, str] = {}
    others: defaultdict[str, set[str]] = defaultdict(set)
    for known_id, folded in session.execute(query.order_by(KnownOrganisation.created_at, KnownOrganisation.id)):
        first, *more = folded.split("\n")
        names.setdefault(first, known_id)
        for name in more:
            others[name].add(known_id)
    for known_id, former in reading.former_names(session, seeing.within(campaign_id)).items():
        for name in former:
            others[name].add(known_id)
    alone = {name: next(iter(ids)) for name, ids in others.items() if len(ids) == 1}
    return alone | names


def _chosen(session: Transaction, campaign_id: str, member_id: str, known_ids: set[str]) -> dict[str, str]:
    """Return for each id that was chosen the id of the organisation as it is now."""
    if not known_ids:
        return {}
    merged = dict(_merged(session, known_ids))
    stayed = {one: merged.get(one, one) for one in known_ids}
    member = session.get(User, member_id) if member_id else None
    near = seeing.within(campaign_id)
    allowed = or_(near, seeing.changeable(member)) if member else near
    found = reading.with_ids(session, list(stayed.values()), allowed)
    if not set(stayed.values()) <= set(found):
        raise NotFoundError("There is no such organisation.")
    return stayed


def _merged(session: Transaction, known_ids: Iterable[str]) -> Iterable[tuple[str, str]]:
    wanted = sorted(known_ids)
    for start in range(0, len(wanted), reading.PIECE):
        query = select(KnownOrganisation.id, KnownOrganisation.merged_into).where(
            KnownOrganisation.id.in_(wanted[start : start + reading.PIECE]), KnownOrganisation.merged_into.is_not(None)
        )
        yield from ((known_id, into) for known_id, into in session.execute(query) if into)


def _learn(session: Transaction, ids: Sequence[str], cosigners: Sequence[texts.Cosigner], made: dict[str, Any]) -> None:
    """Give organisations the contacts that they lack: who is written to, and who is expected to sign."""
    of = _contacts(session, [known_id for known_id in ids if known_id not in made])
    rows: list[dict[str, Any]] = []
    for known_id, cosigner in zip(ids, cosigners, strict=True):
        there = of[known_id]
        for name, title, email in _people(cosigner):
            if any(_is(person, name, email) for person in there):
                continue
            person = {
                "id": new_id(),
                "organisation_id": known_id,
                "position": len(there) + 1,
                "name": name,
                "title": title,
                "email": email,
                "gets_link": bool(email) and not any(one["gets_link"] for one in there),
                "signs": bool(name) and not any(one["signs"] for one in there),
                "folded": texts.folded(name, email),
            }
            there.append(person)
            rows.append(person)
    if rows:
        session.connection().execute(sa.insert(Contact), rows)


def _people(cosigner: texts.Cosigner) -> list[tuple[str, str, str]]:
    """Name, title and address of whom a co-signer names: one person, or who signs and who reads at the address."""
    if cosigner.contact_name and texts.folded(cosigner.contact_name) != texts.folded(cosigner.signatory):
        people = [(cosigner.signatory, cosigner.title, ""), (cosigner.contact_name, "", cosigner.email)]
    else:
        people = [(cosigner.signatory or cosigner.contact_name, cosigner.title, cosigner.email)]
    return [person for person in people if person[0] or person[2]]


def _is(person: dict[str, Any], name: str, email: str) -> bool:
    """Whether a contact is there already: by its address, or by its name where no address is typed."""
    if email:
        return bool(person["email"].lower() == email.lower())
    return texts.folded(person["name"]) == texts.folded(name)


def _contacts(session: Transaction, ids: Sequence[str]) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), reading.PIECE):
        query = select(Contact.organisation_id, Contact.name, Contact.email, Contact.gets_link, Contact.signs).where(
            Contact.organisation_id.in_(wanted[start : start + reading.PIECE])
        )
        for row in session.execute(query.order_by(Contact.organisation_id, Contact.position)).mappings():
            found[row["organisation_id"]].append(dict(row))
    return found
