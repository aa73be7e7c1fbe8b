"""When whom outside is shown the newest head, what is kept of it, and what is said when it fails."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from config.logs import logger
from config.settings import Settings
from workflow.database import Database
from workflow.errors import ProofError
from workflow.history import common
from workflow.models import CommonCheckpoint, HeadWitness, WitnessFailure, now
from workflow.transaction import Transaction
from workflow.witnesses.cosigning import Witness
from workflow.witnesses.heads_file import HeadsFile
from workflow.witnesses.seen import COSIGNATURE, FILE, TIME_STAMP, ContradictedError, Head, OutsideError, Place
from workflow.witnesses.time_stamps import StampServer

EVERY = {FILE: timedelta(0), COSIGNATURE: timedelta(minutes=1), TIME_STAMP: timedelta(minutes=10)}
"""How often each is shown a head at most: while letters are busy, one is signed every few seconds."""
LONGEST = timedelta(hours=1)
"""How long to wait at most after a failure."""


def places(settings: Settings) -> list[Place]:
    """Return who is set to see heads."""
    found: list[Place] = [Witness(url, vkey) for url, vkey in settings.witness_pairs]
    if settings.time_stamps_url and settings.time_stamps_roots is not None:
        found.append(StampServer(settings.time_stamps_url, settings.time_stamps_roots))
    if settings.heads_file is not None:
        found.append(HeadsFile(settings.heads_file))
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """What one outside has seen, against the newest head there is."""

    place: Place
    newest: int
    seen: int
    seen_at: datetime | None
    failure: WitnessFailure | None

    @property
    def is_due(self) -> bool:
        """Whether the newest head is to be shown now; a time that lies too far ahead was set by a fast clock."""
        moment = now()
        if self.newest <= self.seen:
            return False
        if self.failure is not None:
            return not moment < self.failure.next_at <= moment + LONGEST * 2
        return self.seen_at is None or not moment - EVERY[self.place.kind] < self.seen_at <= moment


def standings(session: Transaction) -> list[Standing]:
    """Return how each of those who are set stands."""
    known = places(session.settings)
    if not known:
        return []
    newest = session.scalar(select(func.max(CommonCheckpoint.size))) or 0
    failures = {row.witness: row for row in session.scalars(select(WitnessFailure))}
    found = []
    for place in known:
        of_it = select(HeadWitness.size, HeadWitness.at).where(HeadWitness.witness == place.name)
        seen = session.execute(of_it.order_by(HeadWitness.size.desc()).limit(1)).first()
        last, last_at = (seen.size, seen.at) if seen else (0, None)
        found.append(Standing(place, newest, last, last_at, failures.get(place.name)))
    return found


def due(session: Transaction) -> list[str]:
    """Return the names of those who are to be shown the newest head now."""
    return [one.place.name for one in standings(session) if one.is_due]


def show(database: Database, name: str, watch: Callable[[str], None] = lambda step: None) -> None:
    """
    Show the newest head to one of those outside, and keep what it says of it.

    Whoever ends amid this is followed by one who shows it again; nobody outside then has it twice. What goes wrong is
    logged and kept, with the time of the next try. `watch` is told each step.
    """
    with database.reading() as session:
        standing = next((one for one in standings(session) if one.place.name == name), None)
        if standing is None or not standing.is_due:
            return
        note = session.scalar(select(CommonCheckpoint.note).where(CommonCheckpoint.size == standing.newest))
        vkey = common.vkey_of(session)
    head = Head(standing.newest, note or "", vkey, functools.partial(_since, database, standing.newest))
    watch("before")
    failed: OutsideError | None = None
    try:
        content = standing.place.see(head, standing.seen)
    except OutsideError as error:
        failed = error
    watch("seen")
    with database.writing() as session:
        if failed is not None:
            _note_failure(session, name, failed)
        else:
            _keep(session, standing.place, head.size, content)
    watch("kept")


def _since(database: Database, size: int, before: int) -> Sequence[bytes]:
    """Read a proof in a transaction of its own: none is open while somebody outside is waited for."""
    try:
        with database.reading() as session:
            return common.consistency(session, before, size)
    except (LookupError, ProofError) as error:
        raise OutsideError(f"No proof can be made for those outside: {error}") from error


def _keep(session: Transaction, place: Place, size: int, content: bytes) -> None:
    row = {"size": size, "witness": place.name, "kind": place.kind, "content": content, "at": now()}
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(HeadWitness).values(row).on_conflict_do_nothing())
    session.execute(delete(WitnessFailure).where(WitnessFailure.witness == place.name))
    if place.kind == FILE:
        # The file has them all; of its rows the last tells what is in it.
        older = (HeadWitness.witness == place.name, HeadWitness.size < size)
        session.execute(delete(HeadWitness).where(*older))


def _note_failure(session: Transaction, name: str, failed: OutsideError) -> None:
    row = session.get(WitnessFailure, name)
    if row is None:
        row = WitnessFailure(witness=name, why="", since=now(), times=0, next_at=now())
        session.add(row)
    if row.why != str(failed):
        what = "head_contradicted" if isinstance(failed, ContradictedError) else "head_not_seen"
        logger().error(what, witness=name, why=str(failed))
    row.why, row.times = str(failed), row.times + 1
    wait = min(timedelta(seconds=15) * 2 ** min(row.times - 1, 10), LONGEST)
    row.next_at = now() + wait * random.uniform(0.8, 1.2)
