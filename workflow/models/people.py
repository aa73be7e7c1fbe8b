"""Who works with letters: staff, campaigns and what somebody may do in them; what counts tries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    event,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.clock import now
from workflow.letter import text as texts
from workflow.models.base import Base, folded_from, own_id
from workflow.models.terms import Terms


class User(Base):
    """A member of staff: a coordinator or an auditor. Signs in with a link by mail."""

    __tablename__ = "users"

    id: Mapped[str] = own_id()
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(default="")
    organisation: Mapped[str] = mapped_column(default="", server_default="")
    """For whom they work, as co-signers read it beside the name."""
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What pages and emails for them are in; empty: what the browser asks for."""
    timezone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Where their clock runs; empty: each letter's zone."""
    admin: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether they want an email each morning of what happened and what is due."""
    digested_on: Mapped[date | None]
    """The day of the last one, in what was their zone."""
    digested_at: Mapped[datetime | None]
    """Up to when that one told what happened: the next one begins there."""
    folded: Mapped[str] = folded_from("name", "organisation", "email")
    """What lists are searched in and put in order by."""
    deactivated_at: Mapped[datetime | None]
    """From when on they cannot sign in."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    reads = ""
    """No column: the campaign that whoever has no account reads by an auditor's link (`accounts.guest`)."""

    @property
    def called(self) -> str:
        """How pages and emails call them."""
        return self.name or self.email


@event.listens_for(User, "before_update")
def _fold(mapper: object, connection: object, user: User) -> None:
    user.folded = texts.folded(user.name, user.organisation, user.email)


class SignInLink(Base):
    """A one-time link that signs a member of staff in; only the SHA-256 of its token is here."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class StaffSession(Base):
    """A browser in which a member of staff is signed in. Its cookie holds the id; this row says whether it lives."""

    __tablename__ = "staff_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    """Roughly: kept every few minutes."""
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(60))
    network: Mapped[str] = mapped_column(String(16))
    """A keyed hash, for this member of staff alone."""
    user: Mapped[User] = relationship()


class Campaign(Terms, Base):
    """The effort, with its members, its letters and the terms that a new letter begins with."""

    __tablename__ = "campaigns"

    id: Mapped[str] = own_id()
    name: Mapped[str]
    asks_as: Mapped[str] = mapped_column(default="", server_default="")
    """Who asks, as co-signers read it; empty: the coordinator, with their organisation."""
    individuals: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether people may sign in their own name: a second list, below the organisations."""
    deadline: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    footer_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a new letter's footer says by which code to ask whether it is genuine."""
    retention_days: Mapped[int | None]
    """How many days after the end of a letter what people wrote and who they are is kept; None: until it is erased."""
    folded: Mapped[str] = folded_from("name")
    """What lists are searched in and put in order by."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    memberships: Mapped[list[Membership]] = relationship(back_populates="campaign")
    coordinators: Mapped[list[User]] = relationship(
        secondary="memberships",
        primaryjoin="and_(Campaign.id == Membership.campaign_id, Membership.role == 'coordinator')",
        order_by="Membership.joined_at, User.id",
        viewonly=True,
    )

    @property
    def coordinator(self) -> User | None:
        """Who answers for its letters: who has coordinated it longest, or was handed it by them."""
        return next(iter(self.coordinators), None)


@event.listens_for(Campaign, "before_update")
def _fold_campaign(mapper: object, connection: object, campaign: Campaign) -> None:
    campaign.folded = texts.folded(campaign.name)


class Membership(Base):
    """What a member of staff may do in a campaign: `coordinator`, or `auditor` who only reads."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint("role IN ('coordinator', 'auditor')", name="role"),)

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    notices: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether they want to be told by email of what needs somebody."""
    joined_at: Mapped[datetime | None] = mapped_column(default=now)
    """Who coordinates it longest is who asks."""
    campaign: Mapped[Campaign] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship()


class AuditorLink(Base):
    """A link by which somebody without an account reads a campaign's letters until a day, or until it is revoked."""

    __tablename__ = "auditor_links"

    id: Mapped[str] = own_id()
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    name: Mapped[str]
    """For whom it is."""
    email: Mapped[str] = mapped_column(String(254), default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """When it was last used."""
    opened: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """The letters that it has opened, each with the day when that went on the record last."""
    campaign: Mapped[Campaign] = relationship()


class LedgerLink(Base):
    """A link by which an address is shown everything that was signed from it; only the SHA-256 of its token is here."""

    __tablename__ = "ledger_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"))
    """One whose contact has the address."""
    address: Mapped[str] = mapped_column(String(32))
    """A keyed hash of it: when the contact is another one by then, the link opens nothing."""
    expires_at: Mapped[datetime]


class RateLimitCounter(Base):
    """How often something was tried in a stretch of time: what the rate limits count."""

    __tablename__ = "tries"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since 1970."""
