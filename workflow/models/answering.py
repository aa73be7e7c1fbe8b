"""Who else may answer, what is agreed to under a condition or proposed, and who asks to join."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, exists, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.clock import now
from workflow.models.base import Base, folded_from, in_state, letter_ref, own_id
from workflow.models.letters import Comment, Invitation, Link


class Proposal(Base):
    """A signature that somebody of an organisation proposes, and that another is to confirm by a link of their own."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index(
            "uq_proposals_open",
            "invitation_id",
            unique=True,
            sqlite_where=text("outcome = ''"),
            postgresql_where=text("outcome = ''"),
        ),
        CheckConstraint("outcome IN ('', 'confirmed', 'refused', 'ended')", name="outcome"),
    )

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    """By which it was proposed."""
    confirming_link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    """By which it is to be confirmed."""
    sequence: Mapped[int]
    """The number of its entry in the letter's history."""
    proposed_at: Mapped[datetime] = mapped_column(default=now)
    browser: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The SHA-256 of the random name of the browser in which it was proposed; empty: it had none."""
    outcome: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What became of it: `confirmed`, `refused`, or `ended` by another text or answer; empty: it waits."""
    ended_at: Mapped[datetime | None]
    invitation: Mapped[Invitation] = relationship()
    link: Mapped[Link] = relationship(foreign_keys=[link_id])


class ConditionalSignoff(Base):
    """A signature under a text as it would be with a suggestion in: it counts if that text is opened next."""

    __tablename__ = "conditional_signoffs"
    __table_args__ = (
        Index(
            "uq_conditional_signoffs_open",
            "invitation_id",
            unique=True,
            sqlite_where=text("outcome = ''"),
            postgresql_where=text("outcome = ''"),
        ),
        CheckConstraint("outcome IN ('', 'met', 'missed', 'taken_back', 'ended')", name="outcome"),
    )

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), index=True)
    """The suggestion."""
    base: Mapped[str] = mapped_column(String(64))
    """The digest of the text that was before the co-signers then."""
    digest: Mapped[str] = mapped_column(String(64))
    """Of that text with the suggestion in."""
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    sequence: Mapped[int]
    """The number of its entry in the letter's history."""
    signed_at: Mapped[datetime] = mapped_column(default=now)
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """The rule of silence that was shown when this was signed, in hours; 0: none."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether this took a code by mail then."""
    outcome: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """
    `met` or `missed` by the text that came; `taken_back`; or `ended` by another answer or contact, or with the letter.
    Empty: it is open.
    """
    ended_at: Mapped[datetime | None]
    invitation: Mapped[Invitation] = relationship()
    comment: Mapped[Comment] = relationship()


AGREED = (
    exists()
    .where(ConditionalSignoff.invitation_id == Invitation.id, ConditionalSignoff.outcome == "")
    .correlate(Invitation)
)
"""Whether an invitation has agreed to sign with a change, and that is open."""


class OpenCall(Base):
    """A public page of a letter on which organisations ask to join."""

    __tablename__ = "open_calls"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(32), unique=True)
    """What its public address ends with."""
    words: Mapped[str] = mapped_column(default="", server_default="")
    """What the coordinator says on it, as plain text."""
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]


UNCONFIRMED, CONFIRMED, ACCEPTED, REFUSED, EXPIRED = "unconfirmed", "confirmed", "accepted", "refused", "expired"
"""What has become of a request to join."""


class JoinRequest(Base):
    """An organisation that asks to join: to be confirmed by email, then accepted or refused by a coordinator."""

    __tablename__ = "join_requests"
    __table_args__ = (
        Index("ix_join_requests_letter_id_state_created_at", "letter_id", "state", "created_at"),
        CheckConstraint("state IN ('unconfirmed', 'confirmed', 'accepted', 'refused', 'expired')", name="state"),
    )

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the link that confirms it."""
    organisation: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="", server_default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    website: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    words: Mapped[str] = mapped_column(default="", server_default="")
    """What they wrote to the coordinator."""
    state: Mapped[str] = mapped_column(String(16), default=UNCONFIRMED)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why it was refused, in the coordinator's words."""
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    folded: Mapped[str] = folded_from("organisation", "acronym", "name", "email")
    """What a list is searched in."""
    is_unconfirmed = in_state(UNCONFIRMED)
    waits = in_state(CONFIRMED)
    """A coordinator is to decide."""
    is_accepted = in_state(ACCEPTED)
    is_refused = in_state(REFUSED)
    has_expired = in_state(EXPIRED)


class OfficeReply(Base):
    """What a recipient's office answered to a letter that was sent."""

    __tablename__ = "office_replies"

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    recipient_id: Mapped[str | None] = mapped_column(ForeignKey("recipients.id"))
    received_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(default="", server_default="")
    document_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """What came, as a file."""
    file_name: Mapped[str] = mapped_column(default="", server_default="")
    told_at: Mapped[datetime | None]
    """When the signatories were told of it."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_erased(self) -> bool:
        """Whether what it said is gone: one that came has words, or a file with a name."""
        return not (self.words or self.file_name)
