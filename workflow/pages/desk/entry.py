"""One entry opened to its bytes: what was hashed, its leaf, what opens its commitment where that may be shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow import canonical, history
from workflow.errors import NotFoundError
from workflow.history import Entry, reading
from workflow.history.log import OF_MAILS
from workflow.models import Disclosure, Invitation, Letter, LogEntry
from workflow.pages import history_view
from workflow.pages.desk import mails
from workflow.pages.desk.mails import Folded
from workflow.pages.history_view import Line
from workflow.pages.staff.times import said
from workflow.transaction import Transaction

MOST_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An entry, and all that is kept of it."""

    sequence: int
    line: Line
    at: str
    text: str
    """The exact bytes that were hashed, as characters: an entry is UTF-8."""
    pretty: str
    leaf: str
    commitment: str
    opening: str
    """What opens the commitment, as JSON: salt and data; empty where it is not kept or not to be shown."""
    is_withheld: bool
    """It is of an organisation whose name is withheld: what opens it is shown to nobody."""
    mails: Folded | None
    steps: tuple[Line, ...]
    """The other entries of the same email."""
    act: Line | None
    """Of an email's entry: the act that it belongs to."""
    previous: int | None
    next: int | None


def opened(session: Transaction, letter: Letter, sequence: int) -> Opened:
    """Return one entry of a letter; raises `NotFoundError` where there is none."""
    query = select(LogEntry.entry, LogEntry.leaf, LogEntry.cause, LogEntry.delivery_id)
    row = session.execute(query.where(LogEntry.letter_id == letter.id, LogEntry.sequence == sequence)).one_or_none()
    entry = _read(sequence, bytes(row.entry)) if row is not None else None
    if row is None or entry is None:
        raise NotFoundError("There is no such entry.")
    content = bytes(row.entry)
    fields = json.loads(content)
    size = reading.size(session, letter.id)
    line = history_view.lines(session, letter, [entry])[0]
    of_mail = entry.action.startswith(OF_MAILS)
    hidden = _is_withheld(session, letter, entry)
    return Opened(
        sequence=sequence,
        line=line,
        at=said(entry.at, letter),
        text=content.decode("utf-8", "replace"),
        pretty=json.dumps(fields, ensure_ascii=False, indent=2, sort_keys=True),
        leaf=bytes(row.leaf).hex(),
        commitment=str(fields.get("commitment", "")),
        opening="" if hidden else _opening(session, letter, sequence, str(fields.get("commitment", ""))),
        is_withheld=hidden,
        mails=None if of_mail else mails.folded(session, letter, [sequence]).get(sequence),
        steps=_steps(session, letter, row.cause, row.delivery_id, sequence) if of_mail else (),
        act=_act(session, letter, row.cause, sequence) if of_mail else None,
        previous=sequence - 1 if sequence else None,
        next=sequence + 1 if sequence + 1 < size else None,
    )


def _read(sequence: int, content: bytes) -> Entry | None:
    """What is no entry was changed by hand; the check says so."""
    try:
        return Entry.read(sequence, json.loads(content))
    except (KeyError, TypeError, ValueError):
        return None


def _is_withheld(session: Transaction, letter: Letter, entry: Entry) -> bool:
    of = entry.about.get("invitation")
    query = select(Invitation.confidential).where(Invitation.letter_id == letter.id, Invitation.id == of)
    return bool(of) and bool(session.scalar(query))


def _opening(session: Transaction, letter: Letter, sequence: int, commitment: str) -> str:
    """Return what opens a commitment, as `opening.json` of a receipt has it; nothing where it does not open it."""
    kept = session.get(Disclosure, (letter.id, sequence))
    if kept is None or not commitment or not isinstance(kept.payload, dict):
        return ""
    if history.commitment(bytes(kept.salt), kept.payload) != commitment:
        return ""
    made: dict[str, Any] = {"payload": kept.payload, "salt": bytes(kept.salt).hex()}
    return canonical.dumps(made).decode()


def _steps(session: Transaction, letter: Letter, cause: int | None, delivery: str | None, own: int) -> tuple[Line, ...]:
    """The other entries of an email, oldest first: they belong to the same act."""
    if cause is None or delivery is None:
        return ()
    query = select(LogEntry.sequence).where(
        LogEntry.letter_id == letter.id, LogEntry.cause == cause, LogEntry.delivery_id == delivery
    )
    numbers = session.scalars(query.order_by(LogEntry.sequence).limit(MOST_STEPS)).all()
    others = [number for number in numbers if number != own]
    return tuple(history_view.lines(session, letter, reading.read(session, letter.id, others)))


def _act(session: Transaction, letter: Letter, cause: int | None, own: int) -> Line | None:
    if cause is None or cause == own:
        return None
    found = history_view.lines(session, letter, reading.read(session, letter.id, [cause]))
    return found[0] if found else None
