"""
What this server has signed last of each letter, kept in the instance's folder: a database that was restored is older.

A letter may have gone to its office since the backup was taken, and nothing in the database would say so. Until a
person says that the letter may go on, it goes to no office.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from sqlalchemy import select

from config.logs import logger
from config.settings import Settings
from workflow.models import Checkpoint, LogHead
from workflow.transaction import Transaction
from workflow.trouble import in_words

HELD = (
    "The database was restored from a backup that is older than what this server has signed of this letter. The "
    "recipient may already have the letter. Ask them; then release it with: flask history restored {letter}"
)


def _place(settings: Settings, letter_id: str) -> Path:
    return settings.signed / f"{letter_id}.txt"


def last_signed(settings: Settings, letter_id: str) -> str:
    """Return the newest checkpoint of a letter that this server remembers; empty where there is none."""
    try:
        return _place(settings, letter_id).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def is_older(session: Transaction, letter_id: str) -> bool:
    """Whether the database does not hold the checkpoint that this server remembers: it is older, or has gone astray."""
    note = last_signed(session.settings, letter_id)
    if not note:
        return False
    size = note.split("\n")[1:2]
    if not size or not size[0].isdecimal():
        return True
    query = select(Checkpoint.note).where(Checkpoint.letter_id == letter_id, Checkpoint.size == int(size[0]))
    return session.scalar(query) != note


def held(session: Transaction) -> list[str]:
    """Return the letters that the database knows less of than this server has signed."""
    return [letter_id for letter_id in session.scalars(select(LogHead.letter_id)) if is_older(session, letter_id)]


def remember(session: Transaction, letter_id: str) -> None:
    """Keep the newest checkpoint of a letter; where the database is older, what is kept stays."""
    if is_older(session, letter_id):
        return
    try:
        go_on_from_here(session, letter_id)
    except OSError as error:
        # A folder that cannot be written to must not keep letters from leaving; a restored backup then goes unnoticed.
        logger().error("cannot_remember", letter=letter_id, why=in_words(error) or str(error))


def remember_all(session: Transaction) -> None:
    """Keep the newest checkpoint of every letter that has grown."""
    for letter_id, size in session.execute(select(LogHead.letter_id, LogHead.size)):
        if f"\n{size}\n" not in last_signed(session.settings, letter_id):
            remember(session, letter_id)


def go_on_from_here(session: Transaction, letter_id: str) -> None:
    """Keep the newest checkpoint of the database, whatever was kept before."""
    query = select(Checkpoint.note).where(Checkpoint.letter_id == letter_id).order_by(Checkpoint.size.desc())
    note = session.scalar(query.limit(1))
    if note is None:
        return
    place = _place(session.settings, letter_id)
    fresh = place.with_name(f".{letter_id}.{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(note, encoding="utf-8")
        fresh.replace(place)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
