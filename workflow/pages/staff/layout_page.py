"""What the page of a letter's layout shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from workflow import documents
from workflow.campaigns import printing, stationery
from workflow.languages import Words
from workflow.letter import text
from workflow.models import Invitation, Letter, Organisation, Signoff
from workflow.pages.staff import head, words
from workflow.pages.staff.head import Head
from workflow.states import may
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLetterhead:
    """A letterhead that was uploaded, and what was found in it."""

    name: str
    found: tuple[str, ...]
    in_use: bool


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

    head: Head
    letterhead: str
    layout: str
    ordering: str
    room_to_sign: bool
    running_header: bool
    fit_pages: int | None
    footer_code: bool
    letterheads: Mapping[str, Words]
    layouts: Mapping[str, Words]
    orders: Mapping[str, Words]
    own: tuple[OwnLetterhead, ...]
    placeholders: tuple[str, ...]
    around: Around
    recipients: tuple[tuple[str, str], ...]
    """Id and name of each."""
    makes_pdf: bool
    may_change: bool


def of(session: Transaction, letter: Letter) -> LayoutPage:
    """Return what the page shows."""
    own = printing.letterheads(session, letter)
    return LayoutPage(
        head=head.of(letter, True),
        letterhead=letter.letterhead,
        layout=letter.layout,
        ordering=letter.ordering,
        room_to_sign=letter.room_to_sign,
        running_header=letter.running_header,
        fit_pages=letter.fit_pages,
        footer_code=letter.footer_code,
        letterheads={**documents.BUILT_IN, **{one.id: one.name for one in own}},
        layouts=words.LAYOUTS,
        orders=stationery.ORDERS,
        own=tuple(
            OwnLetterhead(name=one.name, found=tuple(one.found), in_use=one.id == letter.letterhead) for one in own
        ),
        placeholders=tuple(f"{{{{ {mark} }}}}" for mark in documents.PLACEHOLDERS),
        around=around(session, letter),
        recipients=tuple((recipient.id, recipient.label) for recipient in letter.recipients),
        makes_pdf=documents.libreoffice() is not None,
        may_change=may("lay_out", letter.state),
    )


def has_logo(session: Transaction, letter: Letter, sha256: str) -> bool:
    """Whether a picture is the logo of an organisation that is asked."""
    query = select(Organisation.id).join(Invitation, Invitation.organisation_id == Organisation.id)
    query = query.where(Invitation.letter_id == letter.id, Organisation.logo_sha256 == sha256)
    return session.scalars(query.limit(1)).first() is not None


SIGNED_NOT = "not signed yet"


def expected(session: Transaction, letter: Letter) -> list[text.Signature]:
    """Return who may still sign and is not withheld, as a preview prints them: in brackets."""
    signed = select(Signoff.invitation_id).where(
        Signoff.digest == (letter.revision.digest if letter.revision else ""), Signoff.retracted_at.is_(None)
    )
    asked = (
        select(
            Invitation.signatory,
            Invitation.signatory_title,
            Organisation.name,
            Organisation.acronym,
            Organisation.country,
            Invitation.individual,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == letter.id, Invitation.confidential.is_(False))
        .where(Invitation.is_invited | Invitation.is_to_confirm | Invitation.has_signed)
        .where(Invitation.is_invited | Invitation.id.not_in(signed))
        .order_by(Invitation.position)
    )
    return [
        text.Signature(f"[{signatory or SIGNED_NOT}]", title, f"{name} [{SIGNED_NOT}]", acronym, country, individual)
        for signatory, title, name, acronym, country, individual in session.execute(asked)
    ]


def in_two_lists(signatures: Iterable[text.Signature]) -> tuple[text.Signature, ...]:
    """Return organisations first, then the people who sign in their own name, as they are printed."""
    return tuple(sorted(signatures, key=lambda one: one.individual))
