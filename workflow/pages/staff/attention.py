"""What of the co-signers somebody should look at: how many, the first of them by name, and where all of them are."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, false, func, literal, select, union_all

from workflow.languages import Message, Words, lazy_gettext
from workflow.models import Invitation, JoinRequest, Letter, Organisation
from workflow.pages.staff import comment_rows, words
from workflow.pages.staff.cosigner_list import LETTER, given, happened
from workflow.transaction import Transaction

NAMED = 3
"""So many are named; the list has all."""

MATTERS = {
    "bounced": lazy_gettext("An email was returned"),
    "asked": lazy_gettext("Asked something"),
    "declined": lazy_gettext("Declined or withdrew"),
    "odd": lazy_gettext("Signed in an unusual way"),
}
"""The filters of the list that tell of something to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something to look at: the filter that shows it, what it is called, whom it is about."""

    show: str
    label: Message
    count: int
    named: tuple[tuple[str, Words], ...]
    """Id and name of the first."""

    @property
    def more(self) -> int:
        """How many there are besides those that are named."""
        return self.count - len(self.named)


def of(session: Transaction, letter: Letter, names_all: bool) -> tuple[tuple[Matter, ...], dict[str, int], int]:
    """
    Return what there is to look at, how many comments there are, and how many ask to join, by one statement.

    Who is withheld from the reader comes last, without a name.
    """
    found: dict[str, list[tuple[str, Words, int]]] = {}
    for show, invitation_id, name, count in session.execute(_asked(names_all), given(letter)):
        found.setdefault(show, []).append((invitation_id, name or words.WITHHELD, count))
    matters = (_matter(show, found[show]) for show in MATTERS if show in found and not letter.is_closed)
    comments = {show: found[f"comments {show}"][0][2] for show in comment_rows.SHOWN}
    return tuple(matters), comments, 0 if letter.is_closed else found["joining"][0][2]


@functools.cache
def _asked(names_all: bool) -> CompoundSelect[str, str, str, int]:
    """The first of each matter with how many there are, of comments and requests too: one statement, made once."""
    hidden = false() if names_all else Invitation.confidential.expression
    parts = [select(_first(show, hidden).subquery()) for show in MATTERS]
    parts += [
        select(literal(f"comments {show}"), literal(""), literal(""), number)
        for show, number in comment_rows.counted_in().items()
    ]
    asking = select(func.count()).where(JoinRequest.letter_id == LETTER, JoinRequest.waits).scalar_subquery()
    parts.append(select(literal("joining"), literal(""), literal(""), asking))
    return union_all(*parts)


def _first(show: str, hidden: ColumnElement[bool]) -> Select[str, str, str, int]:
    return (
        select(
            literal(show).label("show"),
            Invitation.id,
            case((hidden, ""), else_=Organisation.name).label("name"),
            func.count().over().label("count"),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == LETTER, Invitation.is_listed, happened()[show])
        .order_by(case((hidden, 1), else_=0), case((hidden, 0), else_=Invitation.position), Invitation.id)
        .limit(NAMED)
    )


def _matter(show: str, rows: list[tuple[str, Words, int]]) -> Matter:
    named = tuple((invitation_id, name) for invitation_id, name, _ in rows)
    return Matter(show=show, label=MATTERS[show], count=rows[0][2], named=named)
