"""What the page shows on which many organisations are put on a letter at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from workflow.campaigns import directory, lists
from workflow.campaigns.lists import Draft, Judged
from workflow.imports.cosigner_lists import WRITTEN
from workflow.languages import Message, Words, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Invitation, KnownOrganisation, Letter, Membership, User
from workflow.pages.staff import head
from workflow.pages.staff.head import Head
from workflow.states import may
from workflow.transaction import Transaction

PAGE = 50
MOST_LETTERS = 200
MOST_KNOWN = 100

LABELS: Mapping[str, Message] = {
    "": lazy_gettext("All"),
    "wrong": lazy_gettext("Wrong"),
    "doubtful": lazy_gettext("Doubtful"),
    "changed": lazy_gettext("Changed"),
    "new": lazy_gettext("New"),
    "known": lazy_gettext("Known"),
    "there": lazy_gettext("Already listed"),
    "out": lazy_gettext("Left out"),
}
FIELDS: Mapping[str, Message] = {
    "organisation": lazy_gettext("Organisation"),
    "acronym": lazy_gettext("Acronym"),
    "signatory": lazy_gettext("Signatory’s name"),
    "title": lazy_gettext("Signatory’s job title"),
    "email": lazy_gettext("Contact’s email address"),
    "contact_name": lazy_gettext("Contact’s name"),
    "country": lazy_gettext("Country"),
    "language": lazy_gettext("Language of emails"),
    "timezone": lazy_gettext("Time zone"),
}
ALWAYS = ("organisation", "acronym", "signatory", "title", "email")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter of the table."""

    name: str
    label: Message
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage:
    """The table of what was read."""

    head: Head
    chips: tuple[Chip, ...]
    show: str
    number: int
    pages: int
    rows: tuple[Judged, ...]
    fields: Mapping[str, Message]
    notes: tuple[Words, ...]
    total: int
    counts: Mapping[str, int]
    added: int
    changed: int
    first: int
    """How many rows stand on the pages before, and one."""
    may_write: bool
    """The letter is with the co-signers: who is added is invited by one more step."""


@dataclass(frozen=True, slots=True)
class LetterToTake:
    """An earlier letter whose organisations can be taken."""

    id: str
    title: str
    campaign: str
    organisations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """Where a list can come from."""

    head: Head
    letters: tuple[LetterToTake, ...]
    search: str
    known: tuple[KnownOrganisation, ...]
    found: int


def table(session: Transaction, letter: Letter, draft: Draft, member: User, show: str, number: int) -> TablePage:
    """Return a page of the table: what has to be looked at first, fifty rows at a time."""
    judged = lists.judge(session, letter, draft, member)
    counts = lists.counted(judged)
    rank = {kind: place for place, kind in enumerate(lists.KINDS)}
    wanted = [one for one in judged if show in ("", one.kind)]
    wanted.sort(key=lambda one: (rank[one.kind], one.place))
    pages = max(1, -(-len(wanted) // PAGE))
    number = min(max(1, number), pages)
    start = (number - 1) * PAGE
    written = [name for name in WRITTEN if name in ALWAYS or any(getattr(r.cosigner, name) for r in draft.rows)]
    known = {"": len(judged), **counts}
    return TablePage(
        head=head.of(letter, True),
        chips=tuple(Chip(name, LABELS[name], known[name]) for name in LABELS if known[name] or name in ("", show)),
        show=show,
        number=number,
        pages=pages,
        rows=tuple(wanted[start : start + PAGE]),
        fields={name: FIELDS[name] for name in written},
        notes=draft.notes,
        total=len(judged),
        counts=counts,
        added=sum(one.act == "add" for one in judged),
        changed=sum(one.act == "contact" for one in judged),
        first=start + 1,
        may_write=may("write_to_rest", letter.state),
    )


def _searched(session: Transaction, member: User, search: str) -> Select[KnownOrganisation]:
    query = directory.seen_by(session, member, "coordinator")
    for word in texts.folded(search).split()[:8]:
        query = query.where(KnownOrganisation.folded.like(f"%{word}%"))
    return query.order_by(KnownOrganisation.folded, KnownOrganisation.id)


def found_ids(session: Transaction, member: User, search: str, most: int) -> list[str]:
    """Return the ids of the organisations of the directory that a search finds, in alphabetical order."""
    return [one.id for one in session.scalars(_searched(session, member, search).limit(most))]


def source(session: Transaction, letter: Letter, member: User, search: str) -> SourcePage:
    """Return where a list can come from: besides what is pasted, the directory and earlier letters."""
    query = _searched(session, member, search)
    found = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    known = session.scalars(query.limit(MOST_KNOWN)).all()
    return SourcePage(
        head=head.of(letter, True),
        letters=_letters(session, letter, member),
        search=search,
        known=(*known,),
        found=found,
    )


def _letters(session: Transaction, letter: Letter, member: User) -> tuple[LetterToTake, ...]:
    """The letters that somebody coordinates, the newest first, with organisations on them."""
    number = (
        select(func.count())
        .where(Invitation.letter_id == Letter.id)
        .correlate(Letter)
        .scalar_subquery()
        .label("number")
    )
    query = (
        select(Letter.id, Letter.subject, Campaign.name, number)
        .join(Campaign, Campaign.id == Letter.campaign_id)
        .where(Letter.id != letter.id, number > 0)
        .order_by(Letter.created_at.desc(), Letter.id)
        .limit(MOST_LETTERS)
    )
    if not member.admin:
        mine = select(Membership.campaign_id).where(Membership.user_id == member.id, Membership.role == "coordinator")
        query = query.where(Letter.campaign_id.in_(mine))
    return tuple(LetterToTake(*one) for one in session.execute(query))
