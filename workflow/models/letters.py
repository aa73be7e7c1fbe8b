"""A letter, whom it goes to, and its frozen texts."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow import states
from workflow.clock import now
from workflow.letter import text as texts
from workflow.models.base import Base, guard, known_states, letter_ref, own_id, state_of

if TYPE_CHECKING:
    from workflow.models.cosigners import Invitation, Signoff
    from workflow.models.people import Campaign


class Letter(Base):
    """The text with its addressees. The text columns are the draft; what is signed is a `Revision`."""

    __tablename__ = "letters"
    __table_args__ = (
        known_states(states.LETTER),
        CheckConstraint("ordering IN ('agreed', 'alphabet', 'time')", name="ordering"),
    )

    id: Mapped[str] = own_id()
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    state: Mapped[str] = state_of(states.LETTER)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the edits of the draft: a form that carries an older one gets a 409."""
    language: Mapped[str] = mapped_column(String(16), default="en")
    subject: Mapped[str] = mapped_column(default="")
    date: Mapped[Date | None]
    salutation: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    closing: Mapped[str] = mapped_column(default="")
    revision_number: Mapped[int | None]
    """The revision that is before the co-signers."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it was last revised or withdrawn, in the coordinator's words."""
    letterhead: Mapped[str] = mapped_column(String(32), default="plain", server_default="plain")
    """The name of one that comes with the product, or the id of a `Letterhead`."""
    layout: Mapped[str] = mapped_column(String(16), default="automatic", server_default="automatic")
    """How the signatories are set: a value of `documents.Layout`."""
    ordering: Mapped[str] = mapped_column(String(16), default="agreed", server_default="agreed")
    """Founders come first, in the agreed order; the others in that order too, by alphabet or by time."""
    objections_until: Mapped[datetime | None]
    """Until when co-signers may object to the correction that is before them, where the campaign's rule was used."""
    dispatch_at: Mapped[datetime | None]
    previewed: Mapped[str] = mapped_column(default="")
    """The fingerprint of the documents that the coordinator has looked at for a dispatch set ahead."""
    doubts: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """What was unsure when it was taken in; shown to the coordinator until its text is first frozen."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    campaign: Mapped[Campaign] = relationship(back_populates="letters")
    recipients: Mapped[list[Recipient]] = relationship(order_by="Recipient.position", cascade="all, delete-orphan")
    invitations: Mapped[list[Invitation]] = relationship(back_populates="letter", order_by="Invitation.position")
    revisions: Mapped[list[Revision]] = relationship(order_by="Revision.number", back_populates="letter")
    revision: Mapped[Revision | None] = relationship(
        primaryjoin="and_(Letter.id == foreign(Revision.letter_id), "
        "Letter.revision_number == foreign(Revision.number))",
        viewonly=True,
        uselist=False,
    )
    """The revision that is before the co-signers, if any."""

    def text(self) -> texts.Letter:
        """Return the draft as a value."""
        return texts.Letter(
            language=self.language,
            subject=self.subject,
            recipients=tuple(recipient.printed() for recipient in self.recipients),
            salutation=self.salutation,
            body=self.body,
            closing=self.closing,
        )

    @property
    def counting(self) -> list[Signoff]:
        """The sign-offs that count for the revision before the co-signers, in the order in which they are printed."""
        revision = self.revision
        if revision is None:
            return []
        standing = (
            (invitation, signoff)
            for invitation in self.invitations
            if invitation.state == "signed" and (signoff := invitation.signoff_for(revision.digest))
        )

        def place(one: tuple[Invitation, Signoff]) -> tuple[Any, ...]:
            invitation, signoff = one
            return self.place(invitation.position, invitation.founder, invitation.organisation.name, signoff.signed_at)

        return [signoff for _, signoff in sorted(standing, key=place)]

    @property
    def printed(self) -> list[Signoff]:
        """The sign-offs whose names are printed."""
        return [signoff for signoff in self.counting if not signoff.invitation.confidential]

    @property
    def withheld(self) -> int:
        """How many organisations have signed whose names are withheld."""
        return len(self.counting) - len(self.printed)

    def place(self, position: int, founder: bool, organisation: str, signed_at: datetime) -> tuple[Any, ...]:
        """Return what the printed names are put in order by: founders first, then as the letter says."""
        if founder:
            return (0, position)
        if self.ordering == "alphabet":
            return (1, texts.sorting_key(organisation), position)
        return (1, signed_at if self.ordering == "time" else position)

    @property
    def title(self) -> str:
        """The subject, or to whom it goes when there is none."""
        if self.subject:
            return self.subject
        names = [recipient.name or recipient.office for recipient in self.recipients]
        return f"Letter to {', '.join(names)}" if names else "Letter without a recipient"


class Recipient(Base):
    """A person and office that a letter goes to."""

    __tablename__ = "recipients"
    __table_args__ = (Index("ix_recipients_letter_id_position", "letter_id", "position"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    office: Mapped[str] = mapped_column(default="")
    address: Mapped[list[str]] = mapped_column(default=list)
    email: Mapped[str] = mapped_column(default="")

    def printed(self) -> texts.Recipient:
        """Return the recipient as a value."""
        return texts.Recipient(self.name, self.title, self.office, tuple(self.address), self.email)

    @property
    def label(self) -> str:
        """How the recipient is named in a sentence."""
        return self.name or self.office or self.title or self.email or "a recipient without a name"


class Revision(Base):
    """One frozen text of a letter, numbered from 1, named by its digest."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("letter_id", "number"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    canonical: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    frozen_at: Mapped[datetime] = mapped_column(default=now)
    letter: Mapped[Letter] = relationship(back_populates="revisions")

    def text(self) -> texts.Letter:
        """Return the frozen text as a value."""
        return texts.from_canonical(self.canonical)


guard(Letter.state)
