"""Who is asked to co-sign: organisations, invitations, their links, sign-offs, comments and codes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow import states
from workflow.clock import now
from workflow.letter import text as texts
from workflow.models.base import Base, guard, known_states, letter_ref, own_id, state_of

if TYPE_CHECKING:
    from workflow.models.letters import Letter
    from workflow.models.people import User


class Organisation(Base):
    """An organisation that is asked to co-sign."""

    __tablename__ = "organisations"

    id: Mapped[str] = own_id()
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """The logo as a PNG."""

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.acronym or self.name


class Invitation(Base):
    """An organisation asked to co-sign one letter, through one contact's address."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("letter_id", "organisation_id"),
        CheckConstraint("verdict IN ('', 'ready', 'changes_requested')", name="verdict"),
        known_states(states.INVITATION),
    )

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    position: Mapped[int]
    required: Mapped[bool] = mapped_column(default=False)
    founder: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Printed before all others, whatever the order of those."""
    confidential: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its name is printed nowhere and shown to no other co-signer."""
    email: Mapped[str] = mapped_column(String(254), default="")
    second_email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    """Somebody else there who is told of every sign-off, without a link."""
    signatory: Mapped[str] = mapped_column(default="")
    """Who is expected to sign; what is printed is what the sign-off says."""
    signatory_title: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = state_of(states.INVITATION)
    verdict: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(default="")
    reason_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether other co-signers may read the reason too."""
    more_time: Mapped[str] = mapped_column(default="", server_default="")
    """How much more time was asked for, in the co-signer's words."""
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What the co-signer is written to in; empty: the letter's language, where there is a translation."""
    timezone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Where the co-signer's clock runs; empty: the campaign's zone."""
    answered_at: Mapped[datetime | None]
    letter: Mapped[Letter] = relationship(back_populates="invitations")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    signoffs: Mapped[list[Signoff]] = relationship(
        order_by="Signoff.sequence", back_populates="invitation", lazy="selectin"
    )
    comments: Mapped[list[Comment]] = relationship(order_by="Comment.created_at", back_populates="invitation")
    links: Mapped[list[Link]] = relationship(order_by="Link.created_at", back_populates="invitation")

    @property
    def zone(self) -> str:
        """The time zone that this co-signer is told times in."""
        return self.timezone or self.letter.campaign.timezone

    def signoff_for(self, digest: str) -> Signoff | None:
        """Return this organisation's standing sign-off for one text, if it has given one."""
        return next((s for s in self.signoffs if s.digest == digest and s.retracted_at is None), None)

    @property
    def asks_for_code(self) -> bool:
        """Whether signing takes a code by mail: where the campaign asks for one, or has when this one signed."""
        return self.letter.campaign.code_required or any(signoff.code_required for signoff in self.signoffs)

    @property
    def by_hand(self) -> Signoff | None:
        """The last sign-off that a person gave here and nobody has taken back: silence rests on that one alone."""
        given = [s for s in self.signoffs if s.basis == "confirmed" and s.retracted_at is None]
        return max(given, key=lambda signoff: signoff.sequence, default=None)

    @property
    def link(self) -> Link | None:
        """The link that is alive now."""
        return next((link for link in self.links if link.revoked_at is None), None)


class Link(Base):
    """A co-signer's link to one invitation; only the SHA-256 of its token is here."""

    __tablename__ = "links"

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    """When it was first opened, by a person or by a mail filter: nothing is decided by it."""
    fetched_by: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What opened it first, as it calls itself: `browser` or `software`."""
    networks: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Keyed hashes of the networks that it was opened from, up to a limit; no address."""
    invitation: Mapped[Invitation] = relationship(back_populates="links")


class Signoff(Base):
    """An organisation's yes to one revision, with the name and title to print."""

    __tablename__ = "signoffs"
    __table_args__ = (
        Index(
            "uq_signoffs_standing",
            "invitation_id",
            "digest",
            unique=True,
            sqlite_where=text("retracted_at IS NULL"),
            postgresql_where=text("retracted_at IS NULL"),
        ),
        CheckConstraint("basis IN ('confirmed', 'not_objected')", name="basis"),
    )

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    sequence: Mapped[int]
    """The number of its entry in the letter's history."""
    signed_at: Mapped[datetime] = mapped_column(default=now)
    retracted_at: Mapped[datetime | None]
    image_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """The image of the signature, as a PNG, where one was given."""
    basis: Mapped[str] = mapped_column(String(16), default="confirmed", server_default="confirmed")
    """How it came about: `confirmed` by a person, or `not_objected` under a rule that the person had agreed to."""
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """The rule of silence that was shown when this was signed, in hours; 0: none."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether signing took a code by mail then."""
    invitation: Mapped[Invitation] = relationship(back_populates="signoffs")

    def printed(self) -> texts.Signature:
        """Return what is printed below the letter."""
        organisation = self.invitation.organisation
        return texts.Signature(self.name, self.title, organisation.name, organisation.acronym, organisation.country)


class Comment(Base):
    """What a co-signer says of a paragraph or of the whole letter, a suggestion to replace words, or a reply to one."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("settled IN ('', 'accepted', 'dismissed')", name="settled"),)

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    paragraph: Mapped[int | None]
    """Counted from 1; None for the whole letter."""
    words: Mapped[str]
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("comments.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    """Who of the staff wrote it; None: the organisation that was invited."""
    replaces: Mapped[str | None]
    """A suggestion: these words of the paragraph are to become `replacement`."""
    replacement: Mapped[str | None]
    settled: Mapped[str] = mapped_column(String(16), default="", server_default="")
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was said, when this was written, that the other organisations read it."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    invitation: Mapped[Invitation] = relationship(back_populates="comments")
    user: Mapped[User | None] = relationship()


class Code(Base):
    """Six digits by mail, for one browser that holds one link; they are made from the secret and stored nowhere."""

    __tablename__ = "codes"

    id: Mapped[str] = own_id()
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"), index=True)
    browser: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what the browser's session holds: another browser's code is another code."""
    purpose: Mapped[str] = mapped_column(String(16), default="sign", server_default="sign")
    """The act that it was asked for, and the only one that it lets happen."""
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


guard(Invitation.state)
