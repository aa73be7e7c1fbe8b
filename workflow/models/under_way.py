"""What is under way with a letter: acts done in pieces, lists that are looked through, what it was taken in from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from workflow.clock import now
from workflow.models.base import Base, letter_ref, own_id


class Note(Base):
    """The coordinator's own paragraph in the emails of one act; it never changes, so that they are made again alike."""

    __tablename__ = "notes"

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    act: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """The act whose emails it went with."""
    words: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Plain text, by the language of its readers."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class PastedList(Base):
    """Organisations that somebody is about to put on a letter: a list that is looked through before it is saved."""

    __tablename__ = "pasted_lists"
    __table_args__ = (UniqueConstraint("letter_id", "user_id"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Its rows, encrypted: nobody has been asked yet, and the list is gone after a day."""
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Intake(Base):
    """What a letter was taken in from, what was recognised in it, and what is still to be settled."""

    __tablename__ = "intakes"
    __table_args__ = (UniqueConstraint("letter_id"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    name: Mapped[str] = mapped_column(default="")
    """Of the file; empty: it was pasted."""
    source: Mapped[str] = mapped_column(deferred=True)
    """As text, in lines, as the doubts count them."""
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What each run of lines was taken for."""
    doubts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What was unsure: where, what may be done, and whether it is settled."""
    unsettled: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of them are still to be settled, besides parts that were not found: those show in the letter."""
    created_at: Mapped[datetime] = mapped_column(default=now)


@event.listens_for(Intake, "before_insert")
@event.listens_for(Intake, "before_update")
def _count_doubts(mapper: Any, connection: Any, intake: Intake) -> None:
    """Let lists of letters know whether there is something to check."""
    asked = (doubt for doubt in intake.doubts or () if not doubt.get("settled"))
    intake.unsettled = sum(not str(doubt.get("kind", "")).startswith("no_") for doubt in asked)


class Batch(Base):
    """What is left of an act that concerns every co-signer of a letter: done piece by piece, by a durable job."""

    __tablename__ = "batches"

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    act: Mapped[str] = mapped_column(String(32))
    actor_role: Mapped[str] = mapped_column(String(16))
    actor_key: Mapped[str] = mapped_column(String(64))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What is due, each by the round that it came with, and what the pieces need to know of it; ids and digests."""
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


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
