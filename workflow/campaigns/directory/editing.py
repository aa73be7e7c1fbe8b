"""Organisations of the directory and their contacts: added, changed, taken off. No letter changes by it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import Select, delete, or_, select, update

from workflow import documents
from workflow.campaigns.directory import seeing
from workflow.campaigns.printing import store
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.languages import lazy_gettext
from workflow.letter import characters, typed
from workflow.models import (
    Campaign,
    Contact,
    Invitation,
    KnownOrganisation,
    Letter,
    Membership,
    Organisation,
    User,
)
from workflow.transaction import Transaction

MOST_CONTACTS = 50


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of an organisation beside its contacts."""

    name: str
    acronym: str = ""
    country: str = ""
    website: str = ""
    language: str = ""
    timezone: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """In other languages, by their codes."""
    four_eyes: bool = False
    """It wants one to propose and another to confirm each signature."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact, as it is typed."""

    name: str = ""
    title: str = ""
    email: str = ""
    gets_link: bool = False
    signs: bool = False
    also_asked: bool = False


def add(
    session: Transaction, member: User, campaign_id: str | None, details: Details, person: Person | None = None
) -> KnownOrganisation:
    """
    Add an organisation to the directory, for whoever works in a campaign; raises `InputError`.

    Only an admin adds one without a campaign: nobody else sees it then. Raises `NotFoundError` for another's campaign.
    """
    check_home(session, member, campaign_id)
    row = KnownOrganisation(campaign_id=campaign_id)
    write(row, details)
    session.add(row)
    if person is not None and (person.name or person.email):
        add_person(row, person)
    session.flush()
    return row


def check_home(session: Transaction, member: User, campaign_id: str | None) -> None:
    """Check that a member of staff may add organisations to a campaign; raises `NotFoundError`."""
    if campaign_id is None and member.admin:
        return
    campaign = session.get(Campaign, campaign_id) if campaign_id else None
    membership = session.get(Membership, (campaign_id, member.id)) if campaign else None
    coordinates = membership is not None and membership.role == "coordinator"
    if campaign is None or not (member.admin or coordinates):
        raise NotFoundError("There is no such campaign.")


def edit(
    session: Transaction, member: User, known_id: str, details: Details, as_shown: str | None = None
) -> KnownOrganisation:
    """
    Change what is known of an organisation.

    Raises `RefusedError` when somebody else has changed it since `as_shown` (`shown_as`) was read; `InputError`.
    """
    row = locked(session, member, known_id)
    if as_shown is not None and as_shown != shown_as(row):
        raise RefusedError(
            lazy_gettext(
                "Someone else changed this organisation while you were editing. What they saved is shown above; "
                "what you typed is in the form."
            )
        )
    write(row, details)
    session.flush()
    return row


def shown_as(row: KnownOrganisation) -> str:
    """Return what a form carries of what it was filled in from, to be compared when it comes back."""
    parts = (
        row.name,
        row.acronym,
        row.country,
        row.website,
        row.language,
        row.timezone,
        row.four_eyes,
        *sorted(row.names.items()),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def locked(session: Transaction, member: User, known_id: str) -> KnownOrganisation:
    """Lock an organisation that a member of staff may change, and return it; raises `NotFoundError`."""
    row = seeing.one(session, member, known_id, "coordinator")
    query = select(KnownOrganisation).where(KnownOrganisation.id == row.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def write(row: KnownOrganisation, details: Details) -> None:
    """Write what was typed into a row; raises `InputError` with what is wrong in each field."""
    wrong: dict[str, object] = {}

    def taken(name: str, keep: object, words: str) -> str:
        try:
            return str(keep(words))  # type: ignore[operator]
        except RefusedError as refused:
            wrong[name] = refused.reasons[0]
            return ""

    def line(words: str) -> str:
        return typed.name(words, typed.LINE)

    kept = Details(
        name=taken("name", line, details.name),
        acronym=taken("acronym", line, details.acronym),
        country=taken("country", line, details.country),
        website=taken("website", website, details.website),
        language=taken("language", typed.reads, details.language),
        timezone=taken("timezone", typed.zone, details.timezone),
        names={code: taken(f"name_{code}", line, words) for code, words in details.names.items() if words.strip()},
    )
    if "name" not in wrong and not characters.is_name(kept.name):
        wrong["name"] = lazy_gettext("Enter the organisation’s name in letters that can be read.")
    if any(not typed.LANGUAGE.fullmatch(code) for code in kept.names):
        wrong["language"] = lazy_gettext("Select a language.")
    if wrong:
        raise InputError(**wrong)  # type: ignore[arg-type]
    row.name, row.acronym, row.country, row.website = kept.name, kept.acronym, kept.country, kept.website
    row.language, row.timezone, row.four_eyes = kept.language, kept.timezone, details.four_eyes
    row.names = {code: words for code, words in kept.names.items() if words}


NO_WEBSITE = lazy_gettext("Enter the address of a website, like https://www.example.org.")


def website(words: str) -> str:
    """Return the address of a website as it is kept, or nothing for nothing; raises `RefusedError`."""
    address = typed.line(words)
    if not address:
        return ""
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode()
        bare = parts.netloc.lower() == (parts.hostname or "")
    except ValueError:
        raise RefusedError(NO_WEBSITE) from None
    if parts.scheme not in ("http", "https") or not bare or not _is_host(host) or " " in address:
        raise RefusedError(NO_WEBSITE)
    return address


def _is_host(host: str) -> bool:
    """Whether a host is a name with a domain: neither an address in numbers nor a name of this network."""
    labels = host.split(".")
    plain = all(label.replace("-", "a").isalnum() and label.isascii() and len(label) < 64 for label in labels)
    outside = not any(label.startswith("-") or label.endswith("-") for label in labels)
    return len(labels) > 1 and plain and outside and labels[-1][0].isalpha()


def set_logo(session: Transaction, member: User, known_id: str, logo: documents.Logo | None) -> KnownOrganisation:
    """Give an organisation its logo, for the letters that it comes to from now on; None takes it away."""
    row = locked(session, member, known_id)
    row.logo_sha256 = store(session, logo.png, "image/png") if logo else None
    session.flush()
    return row


# --- contacts ---------------------------------------------------------------------------------------------------------


def add_contact(session: Transaction, member: User, known_id: str, person: Person) -> Contact:
    """Add a contact; raises `InputError`."""
    row = locked(session, member, known_id)
    contact = add_person(row, person)
    session.flush()
    return contact


def add_person(row: KnownOrganisation, person: Person) -> Contact:
    """Add a contact to an organisation's row; raises `InputError`."""
    if len(row.contacts) >= MOST_CONTACTS:
        raise InputError(lazy_gettext("An organisation has at most %(most)s contacts.", most=MOST_CONTACTS))
    contact = Contact(position=max((one.position for one in row.contacts), default=0) + 1)
    _write_person(row, contact, person)
    row.contacts.append(contact)
    settle(row, contact)
    return contact


def edit_contact(session: Transaction, member: User, known_id: str, contact_id: str, person: Person) -> Contact:
    """Change a contact; raises `InputError`, and `NotFoundError` for one of another organisation."""
    row = locked(session, member, known_id)
    contact = _contact(row, contact_id)
    _write_person(row, contact, person)
    settle(row, contact)
    session.flush()
    return contact


def remove_contact(session: Transaction, member: User, known_id: str, contact_id: str) -> None:
    """Take a contact off; another one gets the link or signs where this one did."""
    row = locked(session, member, known_id)
    row.contacts.remove(_contact(row, contact_id))
    settle(row)
    session.flush()


def _contact(row: KnownOrganisation, contact_id: str) -> Contact:
    found = next((one for one in row.contacts if one.id == contact_id), None)
    if found is None:
        raise NotFoundError("There is no such contact.")
    return found


def _write_person(row: KnownOrganisation, contact: Contact, person: Person) -> None:
    wrong: dict[str, object] = {}
    kept: dict[str, str] = {}
    for name, keep in (("name", typed.name), ("title", typed.name), ("email", typed.address)):
        try:
            kept[name] = keep(getattr(person, name).strip())
        except RefusedError as refused:
            wrong[name] = refused.reasons[0]
    if not wrong and not kept["name"] and not kept["email"]:
        wrong["name"] = lazy_gettext("Enter a name or an email address.")
    elif person.gets_link and not kept.get("email") and "email" not in wrong:
        wrong["email"] = lazy_gettext("Enter an email address for whoever gets the link.")
    elif person.also_asked and not kept.get("email") and "email" not in wrong:
        wrong["email"] = lazy_gettext("Enter an email address for whoever is written to.")
    elif person.signs and not kept.get("name") and "name" not in wrong:
        wrong["name"] = lazy_gettext("Enter the name of whoever signs.")
    others = [one for one in row.contacts if one is not contact]
    if kept.get("email") and any(one.email.lower() == kept["email"].lower() for one in others):
        wrong["email"] = lazy_gettext("Another contact of this organisation has this address.")
    if wrong:
        raise InputError(**wrong)  # type: ignore[arg-type]
    contact.name, contact.title, contact.email = kept["name"], kept["title"], kept["email"]
    contact.gets_link, contact.signs = person.gets_link, person.signs
    contact.also_asked = person.also_asked


def settle(row: KnownOrganisation, newest: Contact | None = None) -> None:
    """Let one contact get the link, and one sign: the one that was chosen last, else the first that can."""
    for role, needs in (("gets_link", "email"), ("signs", "name")):
        able = [one for one in row.contacts if getattr(one, needs)]
        chosen = [one for one in able if getattr(one, role)]
        first = newest if newest in chosen else next(iter([*chosen, *able]), None)
        for one in row.contacts:
            setattr(one, role, one is first)
    for one in row.contacts:
        one.also_asked = bool(one.also_asked and one.email and not one.gets_link)


# --- taking off -------------------------------------------------------------------------------------------------------


def remove(session: Transaction, member: User, known_id: str) -> None:
    """
    Take an organisation off the directory that stands on no letter which the member of staff may see.

    Where others know it too, it stays theirs, and nobody is told: it only leaves the campaigns of who takes it off.
    Raises `RefusedError`.
    """
    row = locked(session, member, known_id)
    if session.scalars(letters_with(row.id).where(seeing.shown_on_letters(member)).limit(1)).first() is not None:
        raise RefusedError(
            lazy_gettext(
                "%(name)s is on a letter, so it stays. Merge it with another organisation instead.", name=row.label
            )
        )
    leave(session, member, row)


def letters_with(known_id: str) -> Select[str]:
    """Return the query of the letters on which an organisation stands."""
    return (
        select(Letter.id)
        .join(Invitation, Invitation.letter_id == Letter.id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Organisation.known_id == known_id)
    )


def leave(session: Transaction, member: User, row: KnownOrganisation, stays: KnownOrganisation | None = None) -> None:
    """
    Let an organisation leave the campaigns of a member of staff, none of whose letters names it; `stays` is it there.

    It ends, or becomes `stays`, unless another campaign knows it too: then it is at home there from now on.
    """
    session.flush()
    mine = select(Campaign.id) if member.admin else seeing.campaigns_of(member, "coordinator")
    known, former = KnownOrganisation, or_(KnownOrganisation.id == row.id, KnownOrganisation.merged_into == row.id)
    at_home = select(known.campaign_id).where(former, known.campaign_id.is_not(None), known.campaign_id.not_in(mine))
    on_letters = letters_with(row.id).with_only_columns(Letter.campaign_id).where(Letter.campaign_id.not_in(mine))
    other = session.scalars(at_home.union_all(on_letters).limit(1)).first()
    if other is not None:
        its_own = update(known).where(former, or_(known.campaign_id.in_(mine), known.campaign_id.is_(None)))
        session.execute(its_own.values(campaign_id=other))
    elif stays is not None:
        session.execute(update(known).where(former).values(merged_into=stays.id))
    else:
        ids = [row.id, *session.scalars(select(known.id).where(known.merged_into == row.id))]
        session.execute(delete(Contact).where(Contact.organisation_id.in_(ids)))
        session.execute(delete(known).where(known.merged_into == row.id))
        session.execute(delete(known).where(known.id == row.id))
    session.expire_all()
