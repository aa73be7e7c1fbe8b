"""The history as it is stored: entries, checkpoints, the log's head, what opens a commitment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ForeignKey,
    LargeBinary,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base


class LogHead(Base):
    """The size and the frontier of a letter's tree; its row is the lock of the log."""

    __tablename__ = "log_heads"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    size: Mapped[int] = mapped_column(default=0)
    frontier: Mapped[list[str]] = mapped_column(default=list)
    """The roots of the full subtrees, largest first, in hex."""


class LogEntry(Base):
    """One entry of a letter's history: exact canonical bytes, never changed, never removed."""

    __tablename__ = "log_entries"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """The log's signed size and root (a C2SP note), made with every append."""

    __tablename__ = "checkpoints"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str]


class Disclosure(Base):
    """What opens a salted commitment of an entry: deleted when a person's data is erased."""

    __tablename__ = "disclosures"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[dict[str, Any]]
