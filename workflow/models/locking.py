"""The lock that every change of a letter begins with."""

from __future__ import annotations

from sqlalchemy import (
    select,
)
from sqlalchemy.orm import Session, joinedload

from workflow.models.letters import Letter


def lock_letter(session: Session, letter_id: str) -> Letter | None:
    """
    Lock a letter's row and read it anew; whatever changes anything of a letter starts here.

    The lock order is letter, then log head. On SQLite the transaction itself is the lock.
    """
    query = select(Letter).where(Letter.id == letter_id).with_for_update(of=Letter)
    query = query.options(joinedload(Letter.campaign, innerjoin=True))
    locked = session.scalar(query.execution_options(populate_existing=True))
    if locked is not None:
        session.info.setdefault("locked", set()).add(letter_id)
    return locked
