"""The history as it is stored: entries, checkpoints, the log's head, what opens a commitment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.clock import now
from workflow.models.base import Base, new_id


class LogHead(Base):
    """The size and the frontier of a letter's tree; its row is the lock of the log."""

    __tablename__ = "log_heads"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    size: Mapped[int] = mapped_column(default=0)
    frontier: Mapped[list[str]] = mapped_column(default=list)
    """The roots of the full subtrees, largest first, in hex."""
    vkey: Mapped[str] = mapped_column(default="", server_default="")
    """The name of the log, fixed at its first entry, with the key that signs it now: `name+id+key`."""
    last_at: Mapped[datetime | None]
    """The time of the newest entry: none is of an earlier one."""


class LogEntry(Base):
    """One entry of a letter's history: exact canonical bytes, never changed, never removed."""

    __tablename__ = "log_entries"
    __table_args__ = (
        Index("ix_log_entries_letter_id_action", "letter_id", "action", "sequence"),
        Index(
            "ix_log_entries_letter_id_invitation_id",
            "letter_id",
            "invitation_id",
            "sequence",
            sqlite_where=text("invitation_id IS NOT NULL"),
            postgresql_where=text("invitation_id IS NOT NULL"),
        ),
        Index(
            "ix_log_entries_letter_id_cause",
            "letter_id",
            "cause",
            "action",
            "sequence",
            sqlite_where=text("cause IS NOT NULL"),
            postgresql_where=text("cause IS NOT NULL"),
        ),
    )

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    action: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """From here on: what the entry says, so that it can be looked for."""
    at: Mapped[datetime | None]
    invitation_id: Mapped[str | None] = mapped_column(String(32))
    delivery_id: Mapped[str | None] = mapped_column(String(32))
    cause: Mapped[int | None]
    """Of an email's entry: that of the act which it was queued by; its own, where there was none."""


class LogSubtree(Base):
    """
    The root of a full subtree of a letter's log, so that a proof reads a few of them and never all leaves.

    `number` counts those of its `level` from 0, leftmost first.
    """

    __tablename__ = "log_subtrees"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """The log's signed size and root (a C2SP note)."""

    __tablename__ = "checkpoints"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str]


class CommonEntry(Base):
    """One entry of the log over all letters: the hash of a letter's checkpoint, and of which letter that is."""

    __tablename__ = "common_entries"
    __table_args__ = (UniqueConstraint("letter_id", "size"),)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the checkpoint's text: all that the public log holds."""
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    letter_id: Mapped[str] = mapped_column(String(32))
    """Refers to the letter without a foreign key: to write it must wait for no letter's row."""
    size: Mapped[int]
    """How many entries of the letter that checkpoint is of."""
    at: Mapped[datetime] = mapped_column(default=now)


class CommonSubtree(Base):
    """The root of a full subtree of the log over all letters, as `LogSubtree` is of a letter's."""

    __tablename__ = "common_subtrees"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)


class CommonHead(Base):
    """The size and the frontier of the log over all letters: one row, the lock of whoever appends to it."""

    __tablename__ = "common_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    size: Mapped[int] = mapped_column(default=0)
    frontier: Mapped[list[str]] = mapped_column(default=list)
    vkey: Mapped[str] = mapped_column(default="", server_default="")


class CommonCheckpoint(Base):
    """A signed size and root of the log over all letters: a head."""

    __tablename__ = "common_checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Sequenced(Base):
    """How much of a letter's log was read again and stands in the log over all letters."""

    __tablename__ = "sequenced"

    letter_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    size: Mapped[int]
    frontier: Mapped[list[str]] = mapped_column(default=list)


class HeadWitness(Base):
    """What somebody outside has said of a head: a witness's signature, a time stamp, a file that it was written to."""

    __tablename__ = "head_witnesses"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`cosignature`, `timestamp` or `file`."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(default=now)


class WitnessFailure(Base):
    """Why somebody outside has not taken the newest heads, and when they are asked again."""

    __tablename__ = "witness_failures"

    witness: Mapped[str] = mapped_column(String(200), primary_key=True)
    why: Mapped[str]
    since: Mapped[datetime] = mapped_column(default=now)
    times: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime]


class Disclosure(Base):
    """What opens a salted commitment of an entry: deleted when a person's data is erased."""

    __tablename__ = "disclosures"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[dict[str, Any]]


class Erasure(Base):
    """
    One erasure: of a person, everywhere, in a campaign or in a letter; of a whole letter; or of one reply to it.

    The same is kept outside the database, so that it is done again after an older backup was restored.
    """

    __tablename__ = "erasures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    what: Mapped[str] = mapped_column(String(16))
    """`person`, `letter` or `reply`: one of an office."""
    mark: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """A keyed hash of the person's address; of a reply its id."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The address, encrypted, for as long as the erasure is under way."""
    letter_id: Mapped[str | None] = mapped_column(String(32), index=True)
    campaign_id: Mapped[str | None] = mapped_column(String(32))
    documents: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the documents that name the person go too."""
    ground: Mapped[str] = mapped_column(String(16))
    actor_role: Mapped[str] = mapped_column(String(16))
    actor_key: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    done: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many of what went, and why which letters were left: numbers, ids and words of the program."""


class InstanceKey(Base):
    """A key that this database was written with: enough to know it again, never the key."""

    __tablename__ = "instance_keys"
    __table_args__ = (
        Index(
            "uq_instance_keys_current",
            "name",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the history key the public half, of the secret a keyed hash, in hex."""
    name: Mapped[str] = mapped_column(String(16))
    """`history` or `secret`."""
    since: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime | None]
    """When another took its place; empty for the key of now."""
