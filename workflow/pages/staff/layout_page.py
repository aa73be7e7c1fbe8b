"""What the page of a letter's layout shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflow import documents
from workflow.campaigns import printing, stationery
from workflow.models import Invitation, Letter
from workflow.pages.staff import words
from workflow.states import may
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLetterhead:
    """A letterhead that was uploaded, and what was found in it."""

    name: str
    found: tuple[str, ...]
    in_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A co-signer as the layout has it."""

    id: str
    position: int
    organisation: str
    country: str
    founder: bool
    confidential: bool
    logo: str | None
    """The digest of its picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a letterhead itself prints around the text that is signed."""

    words: tuple[str, ...]
    on_the_page: bool
    """Some of it amid the text, not in a header or footer."""


NOTHING_AROUND = Around(words=(), on_the_page=False)


def around(session: Transaction, letter: Letter) -> Around:
    """Return what a letter's letterhead prints around it."""
    words = tuple(printing.letterhead_says(session, letter))
    return Around(words=words, on_the_page=any(one.startswith("on the page") for one in words))


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutPage:
    """The page of a letter's layout."""

    letter_id: str
    title: str
    letterhead: str
    layout: str
    ordering: str
    letterheads: Mapping[str, str]
    layouts: Mapping[str, str]
    orders: Mapping[str, str]
    own: tuple[OwnLetterhead, ...]
    placeholders: tuple[str, ...]
    around: Around
    recipients: tuple[tuple[str, str], ...]
    """Id and name of each."""
    cosigners: tuple[Place, ...]
    countries: tuple[str, ...]
    makes_pdf: bool
    may_change: bool


def of(session: Transaction, letter: Letter) -> LayoutPage:
    """Return what the page shows."""
    own = printing.letterheads(session, letter)
    return LayoutPage(
        letter_id=letter.id,
        title=letter.title,
        letterhead=letter.letterhead,
        layout=letter.layout,
        ordering=letter.ordering,
        letterheads={**documents.BUILT_IN, **{one.id: one.name for one in own}},
        layouts=words.LAYOUTS,
        orders=stationery.ORDERS,
        own=tuple(
            OwnLetterhead(name=one.name, found=tuple(one.found), in_use=one.id == letter.letterhead) for one in own
        ),
        placeholders=tuple(f"{{{{ {mark} }}}}" for mark in documents.PLACEHOLDERS),
        around=around(session, letter),
        recipients=tuple((recipient.id, recipient.label) for recipient in letter.recipients),
        cosigners=tuple(_place(i) for i in letter.invitations if i.is_listed),
        countries=tuple(stationery.countries(letter.invitations)),
        makes_pdf=documents.libreoffice() is not None,
        may_change=may("lay_out", letter.state),
    )


def _place(invitation: Invitation) -> Place:
    return Place(
        id=invitation.id,
        position=invitation.position,
        organisation=invitation.organisation.name,
        country=invitation.organisation.country,
        founder=invitation.founder,
        confidential=invitation.confidential,
        logo=invitation.organisation.logo_sha256,
    )
