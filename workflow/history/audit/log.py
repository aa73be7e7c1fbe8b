"""A letter's log as it is stored, read once for whoever checks or exports it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow.models import Checkpoint, LogEntry
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Log:
    """A letter's log: the entries by their numbers, as bytes and parsed, and the notes by their sizes."""

    letter_id: str
    entries: dict[int, bytes]
    read: dict[int, dict[str, Any]]
    """An unreadable entry is empty here, for the verifier to find."""
    notes: dict[int, str]

    def named(self, action: str) -> list[tuple[int, dict[str, Any]]]:
        """Return (sequence, about) of every entry of an action."""
        return [(seq, entry["about"]) for seq, entry in self.read.items() if entry.get("action") == action]


def read_log(session: Transaction, letter_id: str) -> Log:
    """Read a letter's entries and checkpoints."""
    query = select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == letter_id)
    entries = {seq: bytes(entry) for seq, entry in session.execute(query.order_by(LogEntry.sequence))}
    signed = select(Checkpoint.size, Checkpoint.note).where(Checkpoint.letter_id == letter_id)
    notes = {size: str(note) for size, note in session.execute(signed.order_by(Checkpoint.size))}
    return Log(letter_id, entries, {seq: parsed(entry) for seq, entry in entries.items()}, notes)


def parsed(entry: bytes) -> dict[str, Any]:
    """Return what an entry says; nothing where it is none: it was changed by hand."""
    try:
        fields = json.loads(entry)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) and isinstance(fields.get("about"), dict) else {}
