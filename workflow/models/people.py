"""Who works with letters: staff, campaigns and what somebody may do in them; what counts tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.clock import now
from workflow.languages import in_zone
from workflow.models.base import Base, own_id


class User(Base):
    """A member of staff: a coordinator or an auditor. Signs in with a link by mail."""

    __tablename__ = "users"

    id: Mapped[str] = own_id()
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(default="")
    admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


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


class Campaign(Base):
    """The effort, with its deadline and its members."""

    __tablename__ = "campaigns"

    id: Mapped[str] = own_id()
    name: Mapped[str]
    deadline: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    minimum: Mapped[int] = mapped_column(default=1)
    """How many organisations must sign at least."""
    comments_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether co-signers read each other's comments."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether signing takes a code that is mailed to the invited address."""
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """How long co-signers may object to a small correction before their silence keeps them on it; 0: no such rule."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    memberships: Mapped[list[Membership]] = relationship(back_populates="campaign")
    coordinators: Mapped[list[User]] = relationship(
        secondary="memberships",
        primaryjoin="and_(Campaign.id == Membership.campaign_id, Membership.role == 'coordinator')",
        order_by="User.created_at",
        viewonly=True,
    )

    @property
    def coordinator(self) -> User | None:
        """Who answers for its letters: the first coordinator."""
        return next(iter(self.coordinators), None)

    def deadline_in_words(self, zone: str = "", language: str = "en") -> str:
        """Return the deadline in words, in a zone or the campaign's own, or nothing."""
        return in_zone(self.deadline, zone or self.timezone, language) if self.deadline else ""


class Membership(Base):
    """What a member of staff may do in a campaign: `coordinator`, or `auditor` who only reads."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint("role IN ('coordinator', 'auditor')", name="role"),)

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    campaign: Mapped[Campaign] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship()


class RateLimitCounter(Base):
    """How often something was tried in a stretch of time: what the rate limits count."""

    __tablename__ = "tries"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since 1970."""
