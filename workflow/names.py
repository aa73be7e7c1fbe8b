"""Who is asked and who has signed, as one reader may know it: two queries, however many there are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from workflow.languages import apart, catalogue, comma
from workflow.letter import text as texts
from workflow.models import Invitation, Letter, LogHead, Organisation, Signoff
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Names:
    """The organisations of a letter that may be named to a reader, and how many there are besides."""

    asked: tuple[str, ...]
    asked_withheld: int
    signed: tuple[str, ...]
    signed_withheld: int
    signatures: tuple[texts.Signature, ...]
    """What is printed below the letter, in its order: never a name that is withheld."""
    withheld: int
    """How many have signed whose names are not printed."""


MOST_LISTED = 30
"""How many names a sentence lists; the rest is a number."""

MOST_KEPT = 32
_kept: OrderedDict[tuple[object, ...], Names] = OrderedDict()
_keeping = threading.Lock()


def names(session: Transaction, row: Letter, me: Invitation | None = None) -> Names:
    """
    Return the names of a letter for one co-signer, or for somebody who is none.

    What all may see is kept for as long as the letter's history stays the same, to the hash: nothing of this changes
    without an entry in it. Only a reader trusts that; within an act the entry may be still to come.
    """
    if not session.read_only or (me is not None and me.confidential):
        return _names(session, row, me)
    head = session.execute(select(LogHead.frontier).where(LogHead.letter_id == row.id)).one_or_none()
    key = (row.id, *(head.frontier if head else ()))
    with _keeping:
        found = _kept.get(key)
    if found is None:
        found = _names(session, row, None)
        with _keeping:
            _kept[key] = found
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return found


def listed(known: Sequence[str], withheld: int, language: str = "en") -> str:
    """Return names for a sentence; those that are too many or must not be said stand as a number."""
    shown, more = [apart(name, language) for name in known[:MOST_LISTED]], len(known[MOST_LISTED:])
    if more:
        shown.append(catalogue(language).ngettext("%(num)s other", "%(num)s others", more) % {"num": more})
    if withheld:
        said = catalogue(language).ngettext(
            "%(num)s organisation, name withheld", "%(num)s organisations, names withheld", withheld
        )
        shown.append(said % {"num": withheld})
    return f"{comma(language)} ".join(shown)


def _names(session: Transaction, row: Letter, me: Invitation | None) -> Names:
    asked, standing = session.execute(_asked(row)).all(), _standing(session, row)
    signed = [(one, standing[one.id]) for one in asked if one.has_signed and one.id in standing]
    signed.sort(
        key=lambda pair: row.order_of(pair[0].position, pair[0].founder, pair[0].organisation, pair[1].signed_at)
    )
    own = me.id if me else ""
    named_asked = tuple(one.organisation for one in asked if not one.confidential or one.id == own)
    named_signed = tuple(one.organisation for one, _ in signed if not one.confidential or one.id == own)
    printed = tuple(
        texts.Signature(signoff.name, signoff.title, one.organisation, one.acronym, one.country)
        for one, signoff in signed
        if not one.confidential
    )
    return Names(
        asked=named_asked,
        asked_withheld=len(asked) - len(named_asked),
        signed=named_signed,
        signed_withheld=len(signed) - len(named_signed),
        signatures=printed,
        withheld=len(signed) - len(printed),
    )


def _asked(row: Letter) -> Select[str, bool, int, bool, bool, str, str, str]:
    """Whoever is asked, in the agreed order."""
    return (
        select(
            Invitation.id,
            Invitation.has_signed.label("has_signed"),
            Invitation.position,
            Invitation.founder,
            Invitation.confidential,
            Organisation.name.label("organisation"),
            Organisation.acronym,
            Organisation.country,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == row.id, Invitation.is_listed)
        .order_by(Invitation.position)
    )


def _standing(session: Transaction, row: Letter) -> dict[str, Any]:
    """
    Return the standing sign-offs of the present text by invitation.

    Not joined above: PostgreSQL takes a digest for rare until it has counted, and then asks for all of them for each.
    """
    if row.revision is None:
        return {}
    query = select(Signoff.invitation_id, Signoff.name, Signoff.title, Signoff.signed_at)
    found = session.execute(query.where(Signoff.digest == row.revision.digest, Signoff.retracted_at.is_(None)))
    return {one.invitation_id: one for one in found}
