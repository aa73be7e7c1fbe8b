"""Which organisations of the directory somebody may see, and change: what one may not see does not exist."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased, selectinload

from workflow.errors import NotFoundError
from workflow.models import Invitation, KnownOrganisation, Letter, Membership, Organisation
from workflow.transaction import Transaction

Role = Literal["coordinator", "auditor"]


class Viewer(Protocol):
    """Who looks: a `User`, or in a statement that is made once, whose id is a parameter."""

    @property
    def id(self) -> Any:
        """The id of the member of staff."""

    @property
    def admin(self) -> Any:
        """Whether they see everything."""


def campaigns_of(member: Viewer, role: Role) -> Select[str]:
    """Return the ids of the campaigns in which a member of staff has a role."""
    return select(Membership.campaign_id).where(Membership.user_id == member.id, Membership.role == role)


def visible(member: Viewer) -> ColumnElement[bool]:
    """Return the condition that a member of staff may see a `KnownOrganisation`; what was merged away is left out."""
    if member.admin:
        return is_living()
    openly = KnownOrganisation.id.in_(_standing(campaigns_of(member, "auditor"), openly=True))
    return and_(is_living(), or_(of_campaigns(campaigns_of(member, "coordinator")), openly))


def changeable(member: Viewer) -> ColumnElement[bool]:
    """Return the condition that a member of staff may change a `KnownOrganisation`: they see it as a coordinator."""
    return is_living() if member.admin else and_(is_living(), of_campaigns(campaigns_of(member, "coordinator")))


def within(campaign_id: str) -> ColumnElement[bool]:
    """Return the condition that every coordinator of a campaign may see a `KnownOrganisation`."""
    return and_(is_living(), of_campaigns([campaign_id]))


def is_living() -> ColumnElement[bool]:
    """Return the condition that a `KnownOrganisation` was not merged into another."""
    return KnownOrganisation.merged_into.is_(None)


def of_campaigns(campaigns: Select[str] | list[Any]) -> ColumnElement[bool]:
    """Return the condition that one was added in these campaigns, took in one that was, or stands on a letter there."""
    former = aliased(KnownOrganisation)
    # Also where a letter that was written at the same moment still names the one that was merged.
    its_own = or_(former.campaign_id.in_(campaigns), former.id.in_(_standing(campaigns)))
    became = select(former.merged_into).where(former.merged_into.is_not(None), its_own)
    return or_(
        KnownOrganisation.campaign_id.in_(campaigns),
        KnownOrganisation.id.in_(_standing(campaigns)),
        KnownOrganisation.id.in_(became),
    )


def _standing(campaigns: Select[str] | list[Any], *, openly: bool = False) -> Select[str | None]:
    query = (
        select(Organisation.known_id)
        .join(Invitation, Invitation.organisation_id == Organisation.id)
        .join(Letter, Letter.id == Invitation.letter_id)
        .where(Letter.campaign_id.in_(campaigns), Organisation.known_id.is_not(None))
    )
    return query.where(Invitation.confidential.is_(False)) if openly else query


def shown_on_letters(member: Viewer) -> ColumnElement[bool]:
    """Return the condition that a member of staff may see which organisation an `Invitation` to a `Letter` is of."""
    if member.admin:
        return Letter.id.is_not(None)
    return or_(
        Letter.campaign_id.in_(campaigns_of(member, "coordinator")),
        and_(Letter.campaign_id.in_(campaigns_of(member, "auditor")), Invitation.confidential.is_(False)),
    )


def seen_by(session: Transaction, member: Viewer, role: Role = "auditor") -> Select[KnownOrganisation]:
    """Return the query of the organisations that a member of staff may read, or may write to (coordinator)."""
    return select(KnownOrganisation).where(visible(member) if role == "auditor" else changeable(member))


def one(session: Transaction, member: Viewer, known_id: str, role: Role = "auditor") -> KnownOrganisation:
    """
    Return an organisation that a member of staff may read (auditor) or change (coordinator), with its contacts.

    One that was merged is the one that stayed. Raises `NotFoundError`.
    """
    former = session.get(KnownOrganisation, known_id)
    stayed = former.merged_into or former.id if former else known_id
    allowed = visible(member) if role == "auditor" else changeable(member)
    query = select(KnownOrganisation).where(KnownOrganisation.id == stayed, allowed)
    found = session.scalars(query.options(selectinload(KnownOrganisation.contacts))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such organisation.")
    return found
