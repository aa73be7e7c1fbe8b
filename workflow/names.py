"""Who is asked and who has signed, as one reader may know it: one query, however many there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from workflow import text as texts
from workflow.models import Invitation, Letter, Organisation, Signoff


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


def names(session: Session, row: Letter, me: Invitation | None = None) -> Names:
    """Return the names of a letter for one co-signer, or for somebody who is none."""
    revision = row.revision
    standing = and_(
        Signoff.invitation_id == Invitation.id,
        Signoff.digest == (revision.digest if revision else ""),
        Signoff.retracted_at.is_(None),
        Invitation.state == "signed",
    )
    query = (
        select(
            Invitation.id,
            Invitation.position,
            Invitation.founder,
            Invitation.confidential,
            Organisation.name.label("organisation"),
            Organisation.acronym,
            Organisation.country,
            Signoff.name,
            Signoff.title,
            Signoff.signed_at,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(Signoff, standing)
        .where(Invitation.letter_id == row.id, Invitation.state != "revoked")
        .order_by(Invitation.position)
    )
    asked = session.execute(query).all()
    own = me.id if me else ""
    signed = sorted(
        (one for one in asked if one.signed_at is not None),
        key=lambda one: row.place(one.position, one.founder, one.organisation, one.signed_at),
    )
    named_asked = tuple(one.organisation for one in asked if not one.confidential or one.id == own)
    named_signed = tuple(one.organisation for one in signed if not one.confidential or one.id == own)
    printed = tuple(
        texts.Signature(one.name, one.title, one.organisation, one.acronym, one.country)
        for one in signed
        if not one.confidential
    )
    return Names(
        named_asked,
        len(asked) - len(named_asked),
        named_signed,
        len(signed) - len(named_signed),
        printed,
        len(signed) - len(printed),
    )
