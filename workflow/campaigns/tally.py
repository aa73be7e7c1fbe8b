"""How many are asked of a letter, have signed, have answered: one statement, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from workflow.models import Comment, Invitation, Letter, Organisation, Revision, Signoff
from workflow.states.invitation import ASKED, STANDING
from workflow.transaction import Transaction

NAMED = 5
"""How many organisations a sentence names before it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A letter's co-signers, counted; each as it stands for the text that is before them now."""

    listed: int = 0
    """All who are asked: those whose invitation was cancelled are not."""
    invited: int = 0
    """They have neither signed nor declined."""
    signed: int = 0
    """Their sign-offs count for the present text; of a letter that was sent, the late ones are among them."""
    people: int = 0
    """Of those, the ones who sign in their own name."""
    withheld: int = 0
    """Of those, the ones whose names are withheld."""
    to_confirm: int = 0
    """They signed an earlier text only."""
    declined: int = 0
    lapsed: int = 0
    retracted: int = 0
    replied: int = 0
    """They gave a verdict or said something in review."""
    silent: int = 0
    """They are invited and have said nothing at all."""
    missing: int = 0
    """They are required, and their sign-off does not count."""
    unaddressed: int = 0
    """They are invited and have no email address."""

    @property
    def organisations(self) -> int:
        """How many organisations have signed: what a letter's minimum counts."""
        return self.signed - self.people


def tally(session: Transaction, row: Letter) -> Tally:
    """Count the co-signers of a letter as they stand now."""
    return tallies(session, [row.id])[row.id]


def tallies(session: Transaction, letter_ids: Sequence[str]) -> dict[str, Tally]:
    """Count the co-signers of several letters, in one statement."""
    these = Invitation.letter_id.in_(letter_ids)
    counts = Invitation.id.in_(_standing(these)).label("counts")
    has_email = (Invitation.email != "").label("has_email")
    replied = ((Invitation.verdict != "") | Invitation.id.in_(_heard(these))).label("replied")
    of = Invitation.letter_id
    kinds = (Invitation.state, Invitation.confidential, Invitation.required, Invitation.individual)
    alike = select(of, *kinds, counts, has_email, replied, func.count().label("number")).where(these)
    found: dict[str, dict[str, int]] = {letter_id: {} for letter_id in letter_ids}
    for one in session.execute(alike.where(Invitation.is_listed).group_by(of, *kinds, counts, has_email, replied)):
        numbers = found[one.letter_id]
        for name in _counted_as(one):
            numbers[name] = numbers.get(name, 0) + one.number
    return {letter_id: Tally(**numbers) for letter_id, numbers in found.items()}


def _counted_as(one: Any) -> Iterator[str]:
    """Under which names of a tally those are counted who are alike."""
    stands = one.state in STANDING
    is_invited, counting = one.state in ASKED, stands and one.counts
    yield "listed"
    if not stands:
        yield one.state
    for name, applies in (
        ("signed", counting),
        ("people", counting and one.individual),
        ("withheld", counting and one.confidential),
        ("to_confirm", stands and not counting),
        ("replied", one.replied),
        ("silent", is_invited and not one.replied),
        ("missing", one.required and not counting),
        ("unaddressed", is_invited and not one.has_email),
    ):
        if applies:
            yield name


def missing(session: Transaction, row: Letter, number: int) -> tuple[str, ...]:
    """Name those who are required and whose sign-off does not count; beyond a few they stand as how many they are."""
    counts = Invitation.can_count & Invitation.id.in_(_standing(Invitation.letter_id == row.id))
    return _named(session, row, number, Invitation.is_listed & Invitation.required & ~counts)


def unaddressed(session: Transaction, row: Letter, number: int) -> tuple[str, ...]:
    """Name those who are invited and have no email address; beyond a few they stand as how many they are."""
    return _named(session, row, number, Invitation.is_invited & (Invitation.email == ""))


def _named(session: Transaction, row: Letter, number: int, these: ColumnElement[bool]) -> tuple[str, ...]:
    if not number:
        return ()
    query = (
        select(func.coalesce(func.nullif(Organisation.acronym, ""), Organisation.name))
        .join(Invitation, Invitation.organisation_id == Organisation.id)
        .where(Invitation.letter_id == row.id, these)
        .order_by(Invitation.position)
    )
    return some(session.scalars(query.limit(NAMED + 1)).all(), number)


def some(names: Sequence[str], number: int) -> tuple[str, ...]:
    """Return names for a sentence, in which a `number` of them that is too large to list ends with how many more."""
    if number <= NAMED + 1:
        return tuple(names)
    return (*names[:NAMED], f"{number - NAMED:,} others")


def _standing(these: ColumnElement[bool]) -> Select[str]:
    """Whose sign-off for the text before the co-signers stands."""
    return (
        select(Signoff.invitation_id)
        .join(Invitation, Invitation.id == Signoff.invitation_id)
        .join(Letter, Letter.id == Invitation.letter_id)
        .join(Revision, (Revision.letter_id == Letter.id) & (Revision.number == Letter.revision_number))
        .where(these, Signoff.retracted_at.is_(None), Signoff.digest == Revision.digest)
    )


def _heard(these: ColumnElement[bool]) -> Select[str]:
    """Who has said something of its letter."""
    return select(Comment.invitation_id).join(Invitation, Invitation.id == Comment.invitation_id).where(these)
