"""The sign-offs that count for the text before the co-signers, as light rows in the order in which they are printed."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from workflow import canonical
from workflow.letter import text as texts
from workflow.models import Invitation, Letter, LogHead, Organisation, Signoff
from workflow.transaction import Transaction


class Signed(NamedTuple):
    """A sign-off that counts, with what is printed and asked of its organisation."""

    id: str
    invitation_id: str
    sequence: int
    """The number of its entry in the letter's history."""
    name: str
    title: str
    signed_at: datetime
    basis: str
    image_sha256: str | None
    organisation: str
    acronym: str
    country: str
    logo_sha256: str | None
    position: int
    founder: bool
    confidential: bool
    individual: bool

    @property
    def label(self) -> str:
        """The organisation's short name where there is one."""
        return self.acronym or self.organisation

    def printed(self) -> texts.Signature:
        """Return what is printed below the letter."""
        said = (self.name, self.title, self.organisation, self.acronym, self.country)
        return texts.Signature(*said, individual=self.individual)


@dataclass(frozen=True)
class Roster:
    """Who has signed the text that is before the co-signers."""

    counting: tuple[Signed, ...] = ()
    """Every sign-off that counts."""

    @functools.cached_property
    def printed(self) -> tuple[Signed, ...]:
        """Those whose names are printed."""
        return tuple(one for one in self.counting if not one.confidential)

    @property
    def withheld(self) -> int:
        """How many have signed whose names are withheld."""
        return len(self.counting) - len(self.printed)

    @functools.cached_property
    def canonical(self) -> bytes:
        """What documents depend on of those who are printed, as canonical JSON."""
        rows = [
            [s.id, s.name, s.title, s.organisation, s.acronym, s.country, s.logo_sha256, s.image_sha256]
            for s in self.printed
        ]
        return canonical.dumps(rows)


NOBODY = Roster()
MOST_KEPT = 8
_kept: OrderedDict[str, tuple[tuple[str, ...], tuple[object, ...], Roster]] = OrderedDict()
_keeping = threading.Lock()


def roster(session: Transaction, row: Letter) -> Roster:
    """
    Return the sign-offs that count for a letter's present text.

    They are kept for as long as the letter's history stays the same, to the hash: nothing of them changes without an
    entry in it. An act that has written something reads them anew, for its entry may be still to come.
    """
    if row.revision is None:
        return NOBODY
    if not session.sees_committed(row.id):
        return _read(session, row)
    frontier = tuple(session.scalar(select(LogHead.frontier).where(LogHead.letter_id == row.id)) or ())
    with _keeping:
        known = _kept.get(row.id)
    if known is not None and known[:2] == (frontier, _depends_on(row)):
        return known[2]
    found = _read(session, row)
    with _keeping:
        _kept[row.id] = (frontier, _depends_on(row), found)
        _kept.move_to_end(row.id)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def late(session: Transaction, row: Letter) -> Roster:
    """Return the sign-offs that were given after a letter was sent, for its addendum, in the same order."""
    return NOBODY if row.revision is None else _read(session, row, late=True)


def _depends_on(row: Letter) -> tuple[object, ...]:
    """What it depends on of the letter's own row, which the caller may have changed already."""
    return row.revision_number, row.ordering


def _read(session: Transaction, row: Letter, *, late: bool = False) -> Roster:
    """
    Two statements, however many there are.

    Not joined: PostgreSQL takes a digest for rare until it has counted, and then asks for all of them for each.
    """
    assert row.revision is not None
    standing = select(
        Signoff.invitation_id,
        Signoff.id,
        Signoff.sequence,
        Signoff.name,
        Signoff.title,
        Signoff.signed_at,
        Signoff.basis,
        Signoff.image_sha256,
    ).where(Signoff.digest == row.revision.digest, Signoff.retracted_at.is_(None), Signoff.late.is_(late))
    given = {one.invitation_id: one for one in session.execute(standing)}
    asked = (
        select(
            Invitation.id,
            Organisation.name,
            Organisation.acronym,
            Organisation.country,
            Organisation.logo_sha256,
            Invitation.position,
            Invitation.founder,
            Invitation.confidential,
            Invitation.individual,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        # What was withdrawn after the letter was sent stands on it all the same.
        .where(Invitation.letter_id == row.id, Invitation.can_count | Invitation.has_retracted)
    )
    counting = [
        Signed(s.id, s.invitation_id, s.sequence, s.name, s.title, s.signed_at, s.basis, s.image_sha256, *one[1:])
        for one in session.execute(asked)
        if (s := given.get(one[0])) is not None
    ]
    counting.sort(
        key=lambda one: (one.individual, *row.order_of(one.position, one.founder, one.organisation, one.signed_at))
    )
    return Roster(tuple(counting))
