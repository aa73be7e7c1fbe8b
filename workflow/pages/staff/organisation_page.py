"""What the pages of the directory show: the list, one organisation, several that may be one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Select, and_, select
from sqlalchemy.orm import joinedload, selectinload

from workflow import accounts
from workflow.campaigns import directory, from_directory
from workflow.campaigns.directory import editing, matching, merging, reading, seeing, standings
from workflow.campaigns.directory.reading import Known
from workflow.campaigns.directory.standings import Event, Standing
from workflow.languages import LANGUAGES, Message, Words, in_zone, lazy_gettext
from workflow.models import Contact, KnownOrganisation, Letter, User
from workflow.pages.i18n import get_locale, gettext, with_title
from workflow.pages.staff import campaign_head, cosigner_rows, organisation_list, times
from workflow.pages.staff.campaign_head import CampaignHead
from workflow.pages.staff.organisation_list import DUPLICATES, ORDERS, SHOWN, OrganisationRow, Wanted
from workflow.pages.staff.paging import Place
from workflow.transaction import Transaction

MOST_PAIRS = 100
"""So many pairs of possible duplicates are shown at once."""
MOST_ALIKE = 10
"""So many look-alikes are shown of one organisation."""

OTHER_LANGUAGES = {
    "de": "Deutsch",
    "fa": "فارسی",
    "km": "ខ្មែរ",
    "my": "မြန်မာ",
    "pt": "Português",
    "ru": "Русский",
    "th": "ไทย",
    "zh": "中文",
}
"""In which organisations have names too, besides those that people are written to in."""
NAMED_IN = {**LANGUAGES, **OTHER_LANGUAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of the list: what it is called, how many it shows where that is counted, and its address."""

    label: Message
    count: int | None
    address: str
    is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two organisations that may be one."""

    one: Known
    other: Known
    why: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPage:
    """A page of the directory."""

    asked: Wanted
    head: CampaignHead | None
    """The campaign whose organisations these are."""
    filters: tuple[Filter, ...]
    orders: Mapping[str, Message]
    countries: Sequence[str]
    found: int
    rows: tuple[OrganisationRow, ...]
    pairs: tuple[Pair, ...]
    previous: Place | None
    next: Place | None
    may_act: bool
    """The reader coordinates something; else they only read."""

    def address(self, place: Place | None = None, **changed: str) -> str:
        """Return the address of another page of the list, or of this one asked for otherwise."""
        beside = {"before": place.before, "after": place.after} if place else {}
        said = {**self.asked.address, **beside, **changed}
        return url_for("organisations.index", **{name: value for name, value in said.items() if value})  # type: ignore[arg-type]


def of_list(session: Transaction, member: User, asked: Wanted) -> DirectoryPage:
    """Return a page of the directory; raises `NotFoundError` for the campaign of others."""
    head = None
    if asked.campaign:
        campaign = accounts.campaign_for(session, member, asked.campaign, "auditor")
        head = campaign_head.of(campaign, accounts.role_in(session, member, campaign) == "coordinator")
    may_act = organisation_list.coordinates(session, member)
    counted = organisation_list.counts(session, member, asked)
    pairs = _pairs(session, member, asked.campaign) if asked.show == DUPLICATES and may_act else ()
    listed = None if asked.show == DUPLICATES else organisation_list.page_of(session, member, asked)
    narrowed = asked.search or asked.country
    found = organisation_list.found(session, member, asked) if narrowed else counted.get(asked.show, len(pairs))
    return DirectoryPage(
        asked=asked,
        head=head,
        filters=_filters(asked, counted) if may_act else (),
        orders=ORDERS,
        countries=organisation_list.countries(session, member, asked.campaign),
        found=len(pairs) if listed is None else found,
        rows=organisation_list.rows(session, member, listed.rows) if listed else (),
        pairs=pairs,
        previous=listed.previous if listed else None,
        next=listed.next if listed else None,
        may_act=may_act,
    )


def _filters(asked: Wanted, counted: Mapping[str, int]) -> tuple[Filter, ...]:
    def address(show: str) -> str:
        return url_for("organisations.index", **{**asked.address, "show": show or None})  # type: ignore[arg-type]

    return tuple(
        Filter(label=label, count=counted.get(show), address=address(show), is_used=show == asked.show)
        for show, label in SHOWN.items()
    )


def _pairs(session: Transaction, member: User, campaign: str) -> tuple[Pair, ...]:
    which = seeing.changeable(member)
    known = reading.read(session, and_(which, seeing.of_campaigns([campaign])) if campaign else which)
    strength = {why: rank for rank, why in enumerate(matching.REASONS)}
    index = matching.Index(known)
    found = sorted(index.pairs(), key=lambda pair: strength[pair[2]])
    return tuple(Pair(one=known[one], other=known[other], why=why) for one, other, why in found[:MOST_PAIRS])


# --- one of them ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter on which an organisation stands."""

    id: str
    title: str
    campaign: str
    name: str
    """How it is called there, where that is not its name in the directory."""
    state: str
    status: Words
    events: tuple[str, ...]
    invitation_id: str
    """Where its page is, for who coordinates the letter."""
    differs: tuple[tuple[Message, str, str], ...]
    """In what the letter, which is with nobody yet, differs from the directory: there, and here."""
    use: str
    """Where the letter takes that over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """An organisation that may be the same one."""

    known: Known
    why: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationPage:
    """The page of one organisation."""

    row: KnownOrganisation
    contacts: Sequence[Contact]
    names: Mapping[str, str]
    """In other languages, by what those are called."""
    letters: tuple[LetterRow, ...]
    alike: tuple[Alike, ...]
    countries: Sequence[str]
    languages: Mapping[str, str]
    zones: Mapping[str, str]
    named_in: Mapping[str, str]
    shown_as: str
    about: tuple[str, ...]
    """Where it is at home, and what it is written to in."""
    may_act: bool
    may_remove: bool


def of_one(session: Transaction, member: User, known_id: str) -> OrganisationPage:
    """Return the page of one organisation; raises `NotFoundError`."""
    row = directory.one(session, member, known_id)
    may_act = member.admin or bool(session.scalar(_changes(member, row.id)))
    letters = tuple(_letter(one, member, row, may_act) for one in standings.of(session, member, row.id))
    return OrganisationPage(
        row=row,
        contacts=row.contacts if may_act else (),
        names={NAMED_IN.get(code, code): name for code, name in sorted(row.names.items())},
        letters=letters,
        alike=_alike(session, member, row) if may_act else (),
        countries=organisation_list.countries(session, member, "") if may_act else (),
        languages=languages(),
        zones=zones(row.timezone),
        named_in={**NAMED_IN, **{code: code for code in row.names if code not in NAMED_IN}},
        shown_as=editing.shown_as(row),
        about=tuple(_about(row)),
        may_act=may_act,
        may_remove=may_act and not letters,
    )


def _about(row: KnownOrganisation) -> Iterator[str]:
    if row.country:
        yield row.country
    if row.language:
        yield gettext("emails in %(language)s") % {"language": LANGUAGES.get(row.language, row.language)}
    if row.timezone:
        yield row.timezone


def _changes(member: User, known_id: str) -> Select[str]:
    return select(KnownOrganisation.id).where(KnownOrganisation.id == known_id, seeing.changeable(member))


def languages() -> dict[str, str]:
    """Return what an organisation can be written to in, for a list to choose from."""
    return {"": gettext("The letter’s language"), **LANGUAGES}


def zones(kept: str = "") -> dict[str, str]:
    """Return the time zones, for a list to choose from."""
    return {"": gettext("The letter’s time zone"), **times.offered(kept)}


def _alike(session: Transaction, member: User, row: KnownOrganisation) -> tuple[Alike, ...]:
    found = matching.look_alikes(session, seeing.changeable(member), row, MOST_ALIKE)
    return tuple(Alike(known=known, why=why) for known, why in found)


CALLED = {
    "organisation": lazy_gettext("Name"),
    "acronym": lazy_gettext("Acronym"),
    "signatory": lazy_gettext("Signatory’s name"),
    "title": lazy_gettext("Signatory’s job title"),
    "contact_name": lazy_gettext("Contact’s name"),
    "email": lazy_gettext("Contact’s email address"),
    "country": lazy_gettext("Country"),
    "language": lazy_gettext("Language of emails"),
    "timezone": lazy_gettext("Time zone"),
}
"""The fields in which a letter may differ from the directory."""

SAID = {
    "asked": lazy_gettext("Asked"),
    "signed": lazy_gettext("Signed"),
    "withdrew": lazy_gettext("Withdrew its signature"),
    "declined": lazy_gettext("Declined"),
}


def _letter(standing: Standing, member: User, row: KnownOrganisation, may_act: bool) -> LetterRow:
    letter, invitation = standing.letter, standing.invitation
    called = invitation.organisation.name
    status = cosigner_rows.status(letter, invitation.stands, invitation.verdict, bool(standing.events))
    coordinates = may_act and (member.admin or any(one.id == member.id for one in letter.campaign.coordinators))
    zone = times.zone_of(member, letter)
    of: dict[str, Any] = {"known_id": row.id, "letter_id": letter.id, "invitation_id": invitation.id}
    return LetterRow(
        id=letter.id,
        title=letter.title,
        campaign=letter.campaign.name,
        name=called if called != row.name else "",
        state=invitation.stands,
        status=status,
        events=tuple(_event(event, zone) for event in standing.events),
        invitation_id=invitation.id if coordinates else "",
        differs=tuple((CALLED[one.field], one.typed, one.known) for one in from_directory.differences(row, invitation))
        if coordinates
        else (),
        use=url_for("organisations.use_on_letter", **of),
    )


def _event(event: Event, zone: str) -> str:
    said = SAID[event.what].translate(get_locale())
    if event.by_silence:
        said = gettext("Did not object to the minor correction")
    of = gettext("version %(number)s") % {"number": event.version} if event.version else ""
    parts = [said, with_title(event.name, event.title), of]
    return " · ".join(part for part in [*parts, in_zone(event.at, zone, get_locale())] if part)


# --- put on a letter -------------------------------------------------------------------------------------------------

MOST_LETTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OntoPage:
    """Which letter some organisations are put on."""

    chosen: Mapping[str, str]
    """Their names by their ids."""
    letters: Mapping[str, str]
    """Those that organisations can be added to, the newest first."""


def of_onto(session: Transaction, member: User, known_ids: Sequence[str]) -> OntoPage:
    """Return the page on which a letter is chosen for organisations that a member of staff may write to."""
    known = reading.with_ids(session, known_ids, seeing.changeable(member))
    query = select(Letter).options(joinedload(Letter.campaign), selectinload(Letter.recipients))
    query = query.where(Letter.is_before_approval).order_by(Letter.created_at.desc(), Letter.id).limit(MOST_LETTERS)
    if not member.admin:
        query = query.where(Letter.campaign_id.in_(seeing.campaigns_of(member, "coordinator")))
    return OntoPage(
        chosen={one: cosigner_rows.called(known[one].name, known[one].acronym) for one in known_ids if one in known},
        letters={one.id: f"{one.title} · {one.campaign.name}" for one in session.scalars(query)},
    )


# --- several that may be one -----------------------------------------------------------------------------------------


FIELDS = {
    "acronym": lazy_gettext("Acronym"),
    "country": lazy_gettext("Country"),
    "website": lazy_gettext("Website"),
    "logo_sha256": lazy_gettext("Logo"),
    "language": lazy_gettext("Language of emails"),
    "timezone": lazy_gettext("Time zone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePage:
    """What will be when organisations are merged, before they are."""

    options: Mapping[str, str]
    """The names of all of them, by their ids: which one stays is chosen."""
    will_be: merging.Merged
    filled: tuple[tuple[Message, str, str], ...]
    """What is taken over: the field, the value, and from which."""
    known_id: str
    with_ids: tuple[str, ...]


def of_merge(session: Transaction, member: User, known_id: str, others: Sequence[str], stays: str = "") -> MergePage:
    """Return the page on which several are merged; raises `NotFoundError`, `InputError`."""
    rows = merging.those(session, member, [known_id, *others])
    ids = [row.id for row in rows]
    staying = stays if stays in ids else known_id
    will_be = merging.foreseen(session, member, staying, [one for one in ids if one != staying])
    filled = [
        (FIELDS[field], gettext("as it is there") if field == "logo_sha256" else LANGUAGES.get(value, value), of)
        for field, (value, of) in will_be.filled.items()
    ]
    return MergePage(
        options={row.id: cosigner_rows.called(row.name, row.acronym) for row in rows},
        will_be=will_be,
        filled=tuple(filled),
        known_id=known_id,
        with_ids=tuple(one for one in ids if one != known_id),
    )
