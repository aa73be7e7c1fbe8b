"""Taking in a letter with thousands of co-signers, against what writes their rows and does nothing else."""

from __future__ import annotations

import csv
import io
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.letter_files import letter_file
from workflow import imports
from workflow.commands.letters import keep
from workflow.database import Database
from workflow.models import Campaign, Invitation, Letter, Organisation

COUNT = 5_000
FIELDS = ("organisation", "acronym", "signatory", "title", "email")
RUNS = 5


def measure() -> None:
    """Record how a letter file with 5,000 co-signers does against a bare table, and against the usual ORM."""
    source = letter_file(COUNT).encode()
    table = _table(source)
    imports.read(letter_file(3).encode())
    ways: dict[str, Callable[[Database], None]] = {
        "ours": lambda database: _taken_in(database, source),
        "executemany": lambda database: _executemany(database, table),
    }
    found = in_turn({name: lambda way=way: _seconds(way) for name, way in ways.items()}, RUNS)  # type: ignore[misc]
    record(f"import/{COUNT}/vs_executemany", found["ours"], found["executemany"], "ms", RUNS)
    looked_up = _seconds(lambda database: _orm_look_ups(database, table))
    record(f"import/{COUNT}/vs_orm_lookups", found["ours"], looked_up, "ms", 1)


def _seconds(way: Callable[[Database], None]) -> float:
    with _fresh() as database:
        return timed(lambda: way(database))


@contextmanager
def _fresh() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder) / "instance", database_url=""))
        database.migrate()
        database.check_keys()
        yield database
        database.close()


def _taken_in(database: Database, source: bytes) -> None:
    """What `flask letter import` does: read, check, compare, write, record each in the history and sign it."""
    read = imports.read(source, "letter.md")
    with database.writing() as session:
        keep(session, read)


def _table(source: bytes) -> str:
    """The same co-signers as a table of values with commas."""
    written = io.StringIO()
    rows = csv.writer(written)
    for one in imports.read(source).cosigners:
        rows.writerow((one.organisation, one.acronym, one.signatory, one.title, one.email))
    return written.getvalue()


def _rows(table: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(table), FIELDS)


def _letter(session: Session) -> str:
    campaign = Campaign(name="A letter")
    session.add(campaign)
    session.flush()
    letter = Letter(campaign_id=campaign.id)
    session.add(letter)
    session.flush()
    return letter.id


def _executemany(database: Database, table: str) -> None:
    """Two statements for the rows alone."""
    organisations, invitations = [], []
    with Session(database.engine) as session, session.begin():
        letter_id = _letter(session)
        for position, row in enumerate(_rows(table), 1):
            own = uuid.uuid4().hex
            organisations.append({"id": own, "name": row["organisation"], "acronym": row["acronym"], "folded": ""})
            invitations.append(
                {
                    "id": uuid.uuid4().hex,
                    "letter_id": letter_id,
                    "organisation_id": own,
                    "position": position,
                    "email": row["email"],
                    "signatory": row["signatory"],
                    "signatory_title": row["title"],
                    "folded": "",
                }
            )
        session.connection().execute(sa.insert(Organisation), organisations)
        session.connection().execute(sa.insert(Invitation), invitations)


def _orm_look_ups(database: Database, table: str) -> None:
    """What an import is usually written as: is the organisation there, is it invited; then a row of each."""
    with Session(database.engine) as session, session.begin():
        letter_id = _letter(session)
        for position, row in enumerate(_rows(table), 1):
            organisation = session.scalars(
                sa.select(Organisation).where(Organisation.name == row["organisation"]).limit(1)
            ).first()
            if organisation is None:
                organisation = Organisation(name=row["organisation"], acronym=row["acronym"])
                session.add(organisation)
                session.flush()
            asked = sa.select(Invitation).where(Invitation.letter_id == letter_id, Invitation.email == row["email"])
            if session.scalars(asked.limit(1)).first() is None:
                session.add(
                    Invitation(
                        letter_id=letter_id,
                        organisation_id=organisation.id,
                        position=position,
                        email=row["email"],
                        signatory=row["signatory"],
                        signatory_title=row["title"],
                    )
                )
