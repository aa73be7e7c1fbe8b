"""What the pages of a letter's co-signers show: the list, and one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from workflow.campaigns import conditions, cosigner_fields, lookup, reading_links, reminding
from workflow.clock import is_over
from workflow.languages import LANGUAGES, Words
from workflow.letter import text as texts
from workflow.models import Invitation, InvitationContact, Letter, Link, Organisation
from workflow.pages import history_view
from workflow.pages.i18n import gettext
from workflow.pages.staff import (
    came_in,
    comment_rows,
    cosigner_list,
    cosigner_rows,
    email_rows,
    fields_row,
    head,
    time_asked,
    times,
)
from workflow.pages.staff.came_in import Block, Reply
from workflow.pages.staff.comment_rows import CommentRow
from workflow.pages.staff.cosigner_list import ORDERS, SHOWN, Wanted
from workflow.pages.staff.cosigner_rows import CosignerRow
from workflow.pages.staff.email_rows import EmailRow
from workflow.pages.staff.fields_row import FieldsRow
from workflow.pages.staff.head import Head
from workflow.pages.staff.paging import FIRST, Place
from workflow.pages.staff.time_asked import TimeAsked
from workflow.signoffs import four_eyes
from workflow.states.permissions import allowed, may
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of a list: its name, what it is called, how many it shows."""

    name: str
    label: Words
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of the list of co-signers."""

    head: Head
    search: str
    show: str
    order: str
    filters: tuple[Filter, ...]
    orders: Mapping[str, Words]
    found: int
    """How many match the search and the filter."""
    rows: tuple[CosignerRow, ...]
    previous: Place | None
    next: Place | None
    may: frozenset[str]
    individuals: bool
    """Whether the campaign takes people who sign in their own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a co-signer stands below the letter."""

    position: int
    country: str
    founder: bool
    confidential: bool
    logo: str | None
    name: str
    acronym: str
    was_written_to: bool
    """Its name is corrected only with its being told."""
    """The digest of its picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link that a co-signer was given."""

    made: str
    opened: str
    by_person: bool
    """Opened by what calls itself a browser; else by a program, as mail filters are."""
    networks: int
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherContact:
    """A contact besides the first."""

    id: str
    name: str
    email: str
    answered: bool
    """The answer that stands is theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLink:
    """A link by which colleagues read the letter."""

    id: str
    name: str
    email: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a co-signer agreed to: to sign with a change that somebody suggested."""

    comment: str
    replaces: str
    replacement: str
    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A signature that waits for another to confirm it."""

    by: str
    at: str
    confirmer: str
    confirmer_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignerPage:
    """The page of one co-signer."""

    head: Head
    row: CosignerRow
    email: str
    second_email: str
    is_reminded: bool
    """As far as the coordinator has it."""
    wants_no_reminders: bool
    """The contact has stopped them."""
    others: tuple[OtherContact, ...]
    readers: tuple[ReadingLink, ...]
    is_individual: bool
    four_eyes: bool
    """Two have to sign for it, by its own rule."""
    campaign_four_eyes: bool
    proposal: ProposalRow | None
    language: str
    timezone: str
    zone: str
    """The campaign's time zone, which is its own where none is given."""
    languages: Mapping[str, str]
    """Those that it can be written to in."""
    details: FieldsRow
    standing: Standing
    own_deadline: str
    """Empty: that of the letter."""
    shared_deadline: str
    """That of the letter, where it can hold for it again."""
    """In words; empty: it has that of the letter."""
    own_time: TimeAsked | None
    """The form of a deadline of its own, where it can have one."""
    more_time: TimeAsked | None
    """The answers to a request for more time, where they can be given."""
    countries: tuple[str, ...]
    comments: tuple[CommentRow, ...]
    emails: tuple[EmailRow, ...]
    events: tuple[history_view.Line, ...]
    links: tuple[LinkRow, ...]
    signed: int | None
    """The number in the history of the signature that stands now."""
    blocks: tuple[Block, ...]
    """The addresses that nothing is sent to."""
    can_work: bool
    """A coordinator may say that its address works."""
    replies: tuple[Reply, ...]
    agreement: Agreement | None
    """The change that it would sign with."""
    may: frozenset[str]
    """What a coordinator may do about it now, and about its letter."""


def of_list(session: Transaction, letter: Letter, wanted: Wanted, coordinates: bool) -> ListPage:
    """Return a page of the list; names that are withheld only to a coordinator."""
    counts = cosigner_list.counts(session, letter)
    found = cosigner_list.page_of(session, letter, wanted, coordinates)
    searched = cosigner_list.found(session, letter, wanted, coordinates) if wanted.search else counts[wanted.show]
    return ListPage(
        head=head.of(letter, coordinates),
        search=wanted.search,
        show=wanted.show,
        order=wanted.order,
        filters=filters(SHOWN, counts, wanted.show),
        orders=ORDERS,
        found=searched,
        rows=cosigner_rows.of(session, letter, found.rows, coordinates),
        previous=found.previous,
        next=found.next,
        may=allowed(letter.state) if coordinates else frozenset(),
        individuals=letter.campaign.individuals,
    )


def filters(known: Mapping[str, Words], counts: Mapping[str, int], shown: str) -> tuple[Filter, ...]:
    """Return the filters that show anything, and the one that is used."""
    used = (name for name in known if counts[name] or name in ("", shown))
    return tuple(Filter(name=name, label=known[name], count=counts[name]) for name in used)


def of_one(session: Transaction, letter: Letter, invitation_id: str) -> CosignerPage:
    """Return the page of one co-signer, for a coordinator; raises `NotFoundError` for one of another letter."""
    invitation = lookup.part_of(session, letter, Invitation, invitation_id)
    (row,) = cosigner_rows.of(session, letter, cosigner_list.only(session, letter, invitation_id), True)
    said = comment_rows.page_of(session, letter, "all", FIRST, invitation_id).rows
    blocks = came_in.blocks(session, invitation_id)
    return CosignerPage(
        head=head.of(letter, True),
        row=row,
        email=invitation.email,
        second_email=invitation.second_email,
        is_reminded=not reminding.is_stopped_by_coordinator(invitation.no_reminders),
        wants_no_reminders=reminding.is_stopped_by_contact(invitation.no_reminders),
        others=tuple(_other(invitation, contact) for contact in invitation.others),
        readers=tuple(_reading(letter, link) for link in reading_links.living(session, invitation.id)),
        is_individual=invitation.individual,
        four_eyes=invitation.four_eyes,
        campaign_four_eyes=letter.four_eyes,
        proposal=_proposal(session, letter, invitation),
        language=invitation.language,
        timezone=invitation.timezone,
        zone=letter.timezone,
        languages={"": gettext("The letter’s language"), **LANGUAGES},
        details=fields_row.of(
            invitation.id, invitation.position, cosigner_fields.of(invitation), bool(invitation.links)
        ),
        standing=_standing(invitation),
        own_deadline=_own_deadline(letter, invitation),
        shared_deadline=_shared_deadline(letter, invitation),
        own_time=_own_time(session, letter, invitation),
        more_time=time_asked.of(session, letter) if invitation.more_time and may("answer_time", letter.state) else None,
        countries=_countries(session, letter),
        comments=comment_rows.of(session, letter, said, True),
        emails=email_rows.of(letter, email_rows.of_one(session, letter, invitation_id), True),
        events=tuple(history_view.about(session, letter, invitation_id)),
        links=tuple(_link(letter, link) for link in reversed(invitation.links) if link.purpose != "dispute"),
        signed=_signed(letter, invitation),
        blocks=blocks,
        can_work=(bool(row.bounced) or bool(blocks)) and all(one.may_be_lifted for one in blocks),
        replies=came_in.replies(session, letter, invitation.id, invitation.email),
        agreement=_agreement(session, letter, invitation),
        may=allowed(letter.state, invitation.state),
    )


def _proposal(session: Transaction, letter: Letter, invitation: Invitation) -> ProposalRow | None:
    found = four_eyes.standing(session, invitation, letter)
    if found is None:
        return None
    waits = four_eyes.told(session, found)
    return ProposalRow(
        by=waits.by,
        at=times.in_words(waits.at, times.whoever(), letter),
        confirmer=waits.confirmer,
        confirmer_email=waits.confirmer_email,
    )


def _other(invitation: Invitation, contact: InvitationContact) -> OtherContact:
    by = next((link for link in invitation.links if link.id == invitation.answered_by), None)
    answered = by is not None and invitation.answered_at is not None and by.contact_id == contact.id
    return OtherContact(id=contact.id, name=contact.name, email=contact.email, answered=answered)


def _reading(letter: Letter, link: Link) -> ReadingLink:
    made = times.in_words(link.created_at, times.whoever(), letter)
    return ReadingLink(id=link.id, name=link.name, email=link.email, made=made)


def _link(letter: Letter, link: Link) -> LinkRow:
    return LinkRow(
        made=times.in_words(link.created_at, times.whoever(), letter),
        opened=times.in_words(link.fetched_at, times.whoever(), letter),
        by_person=link.fetched_by == "browser",
        networks=len(link.networks),
        ended=times.in_words(link.revoked_at, times.whoever(), letter),
    )


def _signed(letter: Letter, invitation: Invitation) -> int | None:
    given = invitation.signoff_for(letter.revision.digest) if letter.revision else None
    return given.sequence if given else None


def _agreement(session: Transaction, letter: Letter, invitation: Invitation) -> Agreement | None:
    agreed = conditions.of(session, invitation.id)
    if agreed is None:
        return None
    return Agreement(
        comment=agreed.comment_id,
        replaces=agreed.comment.replaces or "",
        replacement=agreed.comment.replacement or "",
        name=agreed.name,
        at=times.in_words(agreed.signed_at, times.whoever(), letter),
    )


def _own_time(session: Transaction, letter: Letter, invitation: Invitation) -> TimeAsked | None:
    offered = letter.deadline is not None and letter.is_with_cosigners and not invitation.more_time
    return time_asked.of(session, letter) if offered and may("give_time", letter.state, invitation.state) else None


def _own_deadline(letter: Letter, invitation: Invitation) -> str:
    return times.in_words(invitation.due, times.whoever(), letter) if invitation.due != letter.deadline else ""


def _shared_deadline(letter: Letter, invitation: Invitation) -> str:
    can_end = not is_over(letter.deadline) and may("give_time", letter.state, invitation.state)
    return times.in_words(letter.deadline, times.whoever(), letter) if can_end else ""


def _standing(invitation: Invitation) -> Standing:
    return Standing(
        position=invitation.position,
        country=invitation.organisation.country,
        founder=invitation.founder,
        confidential=invitation.confidential,
        logo=invitation.organisation.logo_sha256,
        name=invitation.organisation.name,
        acronym=invitation.organisation.acronym,
        was_written_to=bool(invitation.links),
    )


def _countries(session: Transaction, letter: Letter) -> tuple[str, ...]:
    """The countries that are known, in alphabetical order, for a list to choose from."""
    query = select(Organisation.country).distinct().join(Invitation, Invitation.organisation_id == Organisation.id)
    known = session.scalars(query.where(Invitation.letter_id == letter.id, Organisation.country != ""))
    return tuple(sorted(known, key=texts.sorting_key))
