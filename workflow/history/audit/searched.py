"""What a history is searched by, beside the bytes of its entries, against what those say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from workflow.history import actions
from workflow.history.audit.log import Log
from workflow.history.audit.rows import Row
from workflow.history.log import OF_MAILS
from workflow.models import LogEntry
from workflow.transaction import Transaction

QUEUED = actions.DeliveryQueued.NAME


def check_searched(session: Transaction, log: Log) -> Iterator[str]:
    """Say where a column that entries are looked for by is not what the entry says."""
    columns = (LogEntry.action, LogEntry.at, LogEntry.invitation_id, LogEntry.delivery_id, LogEntry.cause)
    query = select(LogEntry.sequence, *columns).where(LogEntry.letter_id == log.letter_id)
    belongs = causes(log)
    for row in session.execute(query.order_by(LogEntry.sequence)):
        said = log.read.get(row.sequence)
        if not said:
            continue  # The verifier says which entry is none.
        due = (*_said(said), belongs.get(row.sequence))
        for column, found, expected in zip(columns, row[1:], due, strict=True):
            if found != expected:
                yield f"log_entries {log.letter_id} {row.sequence}: {column.key} is not what the entry says."


def check_mails(rows: list[Row], log: Log) -> Iterator[str]:
    """Say of which mails the act that they belong to is not the one that was recorded when they were queued."""
    belongs, queued = causes(log), {about.get("delivery"): sequence for sequence, about in log.named(QUEUED)}
    for row in rows:
        sequence = queued.get(row["id"])
        if sequence is not None and row["cause"] != belongs[sequence]:
            yield f"deliveries {row['id']}: cause is not the one that entry {sequence} recorded."


def _said(fields: Mapping[str, Any]) -> tuple[Any, ...]:
    about = fields.get("about") or {}
    try:
        at = datetime.fromisoformat(str(fields.get("at")))
    except ValueError:
        at = None
    return str(fields.get("action", "")), at, about.get("invitation"), about.get("delivery")


def causes(log: Log) -> dict[int, int | None]:
    """
    Return to which act each entry of a mail belongs.

    An entry that queued a mail says so itself; before that was said, it was the act before it.
    """
    act: int | None = None
    by_entry: dict[int, int | None] = {}
    by_mail: dict[object, int | None] = {}
    for sequence, fields in log.read.items():
        action, about = str(fields.get("action", "")), fields.get("about") or {}
        if action.startswith(OF_MAILS):
            cause = about.get("cause", act) if action == QUEUED else act
            by_entry[sequence] = by_mail.setdefault(about.get("delivery"), cause)
        elif act is None or action not in actions.COME_ALONG:
            act = sequence
    return by_entry
