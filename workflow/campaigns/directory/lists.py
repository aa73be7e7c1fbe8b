"""A list of organisations comes into the directory, once it was shown what it will do there; and goes out as one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, select
from sqlalchemy.orm import selectinload

from workflow.campaigns.directory import editing, matching, reading, seeing
from workflow.campaigns.directory.editing import Person
from workflow.campaigns.directory.keeping import keep
from workflow.campaigns.directory.matching import Difference, Match
from workflow.errors import InputError, RefusedError
from workflow.imports.cosigner_lists import TWO_ADDRESSES, Row
from workflow.languages import Words, lazy_gettext
from workflow.letter import text as texts
from workflow.letter import typed
from workflow.models import Contact, KnownOrganisation, User
from workflow.transaction import Transaction

Kind = Literal["new", "same", "changed", "doubtful", "wrong"]
KINDS: tuple[Kind, ...] = ("wrong", "doubtful", "changed", "new", "same")
"""What wants a person's eye comes first."""

HEADINGS = {
    "organisation": "organisation",
    "acronym": "acronym",
    "country": "country",
    "website": "website",
    "language": "language",
    "timezone": "time zone",
    "signatory": "signatory",
    "title": "title",
    "contact_name": "contact name",
    "email": "email",
    "more": "other emails",
}
"""
What stands above the columns of a list, by the fields of `texts.Cosigner`; `more` holds further addresses.

They are in English in every language, so that each list is read again wherever it was made. Names in other languages
follow, each under `name_` and the language's code.
"""
SKIP, UPDATE, ADD = "skip", "update", "new"
"""What may be chosen for a row, besides the id of the organisation that it is of."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row of a list, and what it will do in the directory."""

    row: Row
    kind: Kind
    match: Match
    website: str
    names: Mapping[str, str]
    differs: tuple[Difference, ...]
    said: tuple[Words, ...]
    """What is wrong with it, or doubtful."""


def prepare(session: Transaction, member: User, campaign_id: str, rows: Sequence[Row]) -> list[Prepared]:
    """
    Return what each row of a list will do; nothing is written. A few statements, however many rows there are.

    Raises `NotFoundError` where the member of staff may not add to the campaign.
    """
    editing.check_home(session, member, campaign_id)
    matches = matching.match(session, campaign_id, [row.cosigner for row in rows], member)
    first: dict[str, int] = {}
    return [_prepared(row, match, first) for row, match in zip(rows, matches, strict=True)]


def _prepared(row: Row, match: Match, first: dict[str, int]) -> Prepared:
    wrong: list[Words] = [problem.said for problem in row.wrong]
    # That there are several addresses is no doubt here: an organisation may have many.
    doubtful: list[Words] = [problem.said for problem in row.doubtful if problem.said != TWO_ADDRESSES]
    try:
        website = editing.website(row.other.get("website", ""))
    except RefusedError as refused:
        website = ""
        doubtful += refused.reasons
    names = {name[5:7]: words for name, words in row.other.items() if name[:5] in ("name_", "name ") and len(name) == 7}
    differs = match.differs
    if match.known is not None and website and website != match.known.website:
        differs = (*differs, Difference("website", match.known.website, website))
    if match.known is not None and match.how != "lookalike":
        known_names = match.known.names
        differs += tuple(
            Difference(f"name_{code}", known_names.get(code, ""), words)
            for code, words in names.items()
            if words and known_names.get(code) != words
        )
    before = first.setdefault(texts.folded(row.cosigner.organisation), row.number)
    if before != row.number and match.known is None and not wrong:
        doubtful.append(lazy_gettext("The same organisation as in row %(row)s.", row=before))
    kind: Kind = "new"
    if wrong:
        kind = "wrong"
    elif match.how == "lookalike" or doubtful:
        kind = "doubtful"
    elif match.known is not None:
        kind = "changed" if differs or _has_more(row, match) else "same"
    return Prepared(row, kind, match, website, names, differs, (*wrong, *doubtful))


def _has_more(row: Row, match: Match) -> bool:
    assert match.known is not None
    there = {person.email.lower() for person in match.known.contacts}
    return any(address.lower() not in there for address in row.more)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many organisations a list has added, changed and left as they were, and how many rows were left out."""

    added: int
    changed: int
    left: int
    skipped: int


def take(session: Transaction, member: User, campaign_id: str, rows: Sequence[Row], chosen: Mapping[int, str]) -> Taken:
    """
    Take a list into the directory: `chosen` says for the place of a row (from 0) what else than usual is done with it.

    What is wrong is left out; what is new is added; where something changed, what was typed takes its place, and what
    was left empty changes nothing. Raises `NotFoundError` for what the member of staff may not change.
    """
    prepared = prepare(session, member, campaign_id, rows)
    asked: list[texts.Cosigner] = []
    taken: list[Prepared] = []
    update: set[int] = set()
    left = skipped = 0
    for place, one in enumerate(prepared):
        choice = chosen.get(place, "")
        if one.row.wrong or choice == SKIP:
            skipped += 1
            continue
        known = one.match.known.id if one.match.known is not None and one.match.how != "lookalike" else ""
        if one.match.known is not None and choice == one.match.known.id:
            known = choice
        if known and not (one.differs or _has_more(one.row, one.match)):
            left += 1
            continue
        if known:
            update.add(len(asked))
        asked.append(dataclasses.replace(typed.cosigner(one.row.cosigner), known=known))
        taken.append(one)
    ids = keep(session, campaign_id, asked, member.id)
    known_before = {ids[place] for place in update}
    _write(session, member, [(known_id, one) for known_id, one in zip(ids, taken, strict=True) if _writes(one)])
    return Taken(len(set(ids) - known_before), len(known_before), left, skipped)


def _writes(one: Prepared) -> bool:
    return bool(one.match.known or one.website or one.names or one.row.more)


def _write(session: Transaction, member: User, taken: Sequence[tuple[str, Prepared]]) -> None:
    """Write what a list says of organisations that are in the directory by now."""
    found: dict[str, KnownOrganisation] = {}
    wanted = list(dict.fromkeys(known_id for known_id, _ in taken))
    for start in range(0, len(wanted), reading.PIECE):
        which = and_(seeing.changeable(member), KnownOrganisation.id.in_(wanted[start : start + reading.PIECE]))
        query = select(KnownOrganisation).where(which).options(selectinload(KnownOrganisation.contacts))
        found |= {row.id: row for row in session.scalars(query.execution_options(populate_existing=True))}
    for known_id, one in taken:
        if known_id in found:
            _write_one(found[known_id], one)
    session.flush()


def _write_one(row: KnownOrganisation, one: Prepared) -> None:
    cosigner = typed.cosigner(one.row.cosigner)
    for field in ("acronym", "country", "language", "timezone"):
        if getattr(cosigner, field):
            setattr(row, field, getattr(cosigner, field))
    row.website = one.website or row.website
    names = {code: typed.name(words, typed.LINE) for code, words in one.names.items() if words}
    row.names = {**row.names, **names}
    if cosigner.email:
        _let(row, "gets_link", lambda contact: contact.email.lower() == cosigner.email.lower())
    if cosigner.signatory:
        signs = _let(row, "signs", lambda contact: texts.folded(contact.name) == texts.folded(cosigner.signatory))
        if signs is None:
            editing.add_person(row, Person(cosigner.signatory, cosigner.title, signs=True))
        elif cosigner.title:
            signs.title = cosigner.title
    there = {contact.email.lower() for contact in row.contacts}
    for address in one.row.more:
        try:
            kept = typed.address(address)
            if kept.lower() not in there:
                editing.add_person(row, Person(email=kept))
        except (RefusedError, InputError):
            continue


def _let(row: KnownOrganisation, role: str, is_meant: Callable[[Contact], bool]) -> Contact | None:
    """Give a role to the contact who is meant, and take it from the others; None where nobody is."""
    meant = next((contact for contact in row.contacts if is_meant(contact)), None)
    if meant is not None:
        for contact in row.contacts:
            setattr(contact, role, contact is meant)
    return meant


# --- out --------------------------------------------------------------------------------------------------------------


def table(session: Transaction, member: User, known_ids: Sequence[str]) -> Iterator[list[str]]:
    """
    Yield organisations as rows under `HEADINGS` and their names in other languages: the headings first.

    What the member of staff may not see is left out; contacts are there for who may change them.
    """
    known = reading.with_ids(session, known_ids, seeing.visible(member))
    changeable = set(session.scalars(select(KnownOrganisation.id).where(seeing.changeable(member))))
    codes = sorted({code for one in known.values() for code in one.names})
    yield [*HEADINGS.values(), *(f"name_{code}" for code in codes)]
    for known_id in known_ids:
        if known_id in known:
            one = known[known_id]
            people = _people(one) if known_id in changeable else [""] * 5
            about = [one.name, one.acronym, one.country, one.website, one.language, one.timezone]
            yield [*about, *people, *(one.names.get(code, "") for code in codes)]


def _people(one: reading.Known) -> list[str]:
    signs, link = one.signatory, one.link_contact
    reads = link.name if link is not None and link != signs else ""
    more = [person.email for person in one.contacts if person.email and person != link]
    return [
        signs.name if signs else "",
        signs.title if signs else "",
        reads,
        link.email if link else "",
        " ".join(more),
    ]
