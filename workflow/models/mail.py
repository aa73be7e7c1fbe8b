"""One mail to one address; what mailings share, and who sends them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow import states
from workflow.clock import now
from workflow.models.base import Base, in_state, known_states, own_id, protect_state, state_of
from workflow.models.letters import Invitation, Letter
from workflow.models.parties import Recipient
from workflow.states.delivery import (
    ANSWERABLE,
    BOUNCED,
    LEASED,
    LEFT,
    MAY_COME_BACK,
    RETURNED,
    UNDECIDED,
    UNDER_WAY,
    UNSETTLED,
    WAITING,
)


class Delivery(Base):
    """One mail to one address, whatever it carries."""

    __tablename__ = "deliveries"
    __table_args__ = (
        known_states(states.DELIVERY),
        Index("ix_deliveries_state_next_at", "state", "next_at"),
        Index("ix_deliveries_letter_id_state_next_at", "letter_id", "state", "next_at"),
    )

    id: Mapped[str] = own_id()
    letter_id: Mapped[str | None] = mapped_column(ForeignKey("letters.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    recipient_id: Mapped[str | None] = mapped_column(ForeignKey("recipients.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(254))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids that the mail's text is made from; never a token."""
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The MIME bytes, encrypted: they hold a co-signer's link."""
    skeleton: Mapped[str | None] = mapped_column(String(64))
    """The `MailSkeleton` that it is made from, where many mails share their words; else its bytes are in `sealed`."""
    fills: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What stands in the holes of the skeleton; never a token."""
    mime_sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = state_of(states.DELIVERY)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=now)
    claimed_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a worker last took it up."""
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(default="")
    epoch: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(default="")
    """The mail server's own words, with its code."""
    queued_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    cause: Mapped[int | None]
    """Of which entry of its letter's history it is: the act that it was queued by."""
    letter: Mapped[Letter | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    recipient: Mapped[Recipient | None] = relationship()
    is_queued = in_state("queued")
    is_sending = in_state("sending")
    is_accepted = in_state("accepted")
    is_uncertain = in_state("uncertain")
    is_cancelled = in_state("cancelled")
    is_waiting = in_state(*WAITING)
    is_leased = in_state(*LEASED)
    may_have_left = in_state(*LEFT)
    is_unsettled = in_state(*UNSETTLED)
    is_answerable = in_state(*ANSWERABLE)
    is_under_way = in_state(*UNDER_WAY)
    is_returned = in_state(*RETURNED)
    is_undecided = in_state(*UNDECIDED)
    is_bounced = in_state(*BOUNCED)
    may_come_back = in_state(*MAY_COME_BACK)


protect_state(Delivery.state)


class MailSkeleton(Base):
    """The words that the mails of one kind, language and text share, with holes; kept, so that each is made again."""

    __tablename__ = "mail_skeletons"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=now)


class MailPause(Base):
    """The mail server has asked to slow down (421, 451): nothing is sent until then. One row, or none."""

    __tablename__ = "mail_pauses"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    until: Mapped[datetime]
    answer: Mapped[str]
    """The mail server's own words, with its code."""
    in_a_row: Mapped[int] = mapped_column(default=1)
    """How often it has asked since it last took a mail: the pauses grow."""


REPLY = "reply"
"""What a mail is that somebody of an organisation wrote."""


class BlockedAddress(Base):
    """An address that nothing is sent to: mail to it came back, or whoever reads it wants none."""

    __tablename__ = "blocked_addresses"
    __table_args__ = (
        Index(
            "uq_blocked_addresses_now",
            "address",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[str] = own_id()
    address: Mapped[str] = mapped_column(String(254))
    """In lower case."""
    reason: Mapped[str] = mapped_column(String(16))
    """`returned`, `complaint` or `not_me`."""
    words: Mapped[str] = mapped_column(default="", server_default="")
    """What the mail server said, with its status."""
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("deliveries.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]


class IncomingMail(Base):
    """A mail that came back, or an answer to one: what it is, and to which of ours it belongs."""

    __tablename__ = "incoming_mails"

    id: Mapped[str] = own_id()
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of its bytes: the same one is taken in once."""
    kind: Mapped[str] = mapped_column(String(16))
    """`returned`, `delayed`, `automatic`, `complaint`, `reply`, `office` or `unknown`."""
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    letter_id: Mapped[str | None] = mapped_column(ForeignKey("letters.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    sender: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(default="")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """What was written, encrypted, where somebody is to read it."""
    found: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """What was read from it: the status, whom the other mail server names, why it counts for nothing."""
    received_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    """When a coordinator has dealt with it."""

    @hybrid_property
    def is_reply(self) -> bool:
        """Whether somebody of an organisation wrote it, to be read beside that organisation."""
        return self.kind == REPLY


class WorkerSeen(Base):
    """A process that runs the durable jobs, and when it was last seen to."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    sends: Mapped[bool]
    """Whether it has a mail server."""
