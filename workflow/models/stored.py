"""Stored bytes, and what they were made for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.clock import now
from workflow.models.base import Base, letter_ref, own_id


class Document(Base):
    """Stored bytes under their SHA-256: what is attached, downloaded and proved."""

    __tablename__ = "documents"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Letterhead(Base):
    """A campaign's own letterhead: a Word document with marked places, checked when it was uploaded."""

    __tablename__ = "letterheads"

    id: Mapped[str] = own_id()
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    letter_id: Mapped[str | None] = mapped_column(ForeignKey("letters.id"), index=True)
    """In whose history it was added; every letter of the campaign may be printed on it."""
    name: Mapped[str]
    docx_sha256: Mapped[str] = mapped_column(ForeignKey("documents.sha256"))
    """What was made of the upload, never the upload itself."""
    found: Mapped[list[str]] = mapped_column(default=list)
    """What the check found, missed and left out, in sentences."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Rendering(Base):
    """One recipient's letter as documents, made for one set of sign-offs."""

    __tablename__ = "renderings"
    __table_args__ = (UniqueConstraint("recipient_id", "fingerprint"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipients.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the revision's digest and the sign-offs printed: what the document depends on."""
    docx_sha256: Mapped[str] = mapped_column(ForeignKey("documents.sha256"))
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    no_pdf: Mapped[str] = mapped_column(default="", server_default="")
    """Why there is no PDF, in a sentence."""
    too_large: Mapped[str] = mapped_column(default="", server_default="")
    """Why no mail takes these documents, in a sentence."""
    names_root: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The root of the sorted tree of the organisations printed, as `document.rendered` says it."""
    names_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    """With it the leaf of any name can be made, and looked for in that tree."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Addendum(Base):
    """The names that were signed after a letter was sent, as a document of their own; it goes out once."""

    __tablename__ = "addenda"

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """What it depends on: the letter's documents and the late sign-offs that it prints."""
    documents: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict)
    """The SHA-256 of its documents, by recipient: `docx`, and `pdf` where there is one; empty: not made yet."""
    names_root: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The root of the sorted tree of those whom it prints, as `addendum.made` says it."""
    names_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    """When it was last asked for."""
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    """When the mail servers of all its recipients had accepted it."""
