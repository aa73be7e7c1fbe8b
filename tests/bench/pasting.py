"""A list of 5,000 organisations, shown with what becomes of each row, against only reading its sheet."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from openpyxl import load_workbook

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.factories import take_in
from tests.support.sheets import sheet
from workflow.campaigns import lists
from workflow.database import Database
from workflow.imports import cosigner_lists
from workflow.models import Letter

COUNT = 5_000
RUNS = 7


def measure() -> None:
    """Record how a preview with validation does against what reads the cells and does nothing else."""
    rows = [
        [f"Union of Rivers {n}", f"UR{n}", f"Ana López {n}", "Director", f"ana{n}@rivers{n}.example", "France"]
        for n in range(COUNT)
    ]
    data = sheet(["Organisation", "Acronym", "Signatory", "Title", "Email", "Country"], *rows)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder) / "instance", database_url=""))
        database.migrate()
        database.check_keys()
        letter_id = take_in(database, 20)
        ways = {
            "ours": lambda: timed(lambda: _previewed(database, letter_id, data)),
            "openpyxl": lambda: timed(lambda: _only_read(data)),
        }
        _previewed(database, letter_id, data)
        found = in_turn(ways, RUNS)
        database.close()
    record(f"paste/{COUNT}/vs_openpyxl_read", found["ours"], found["openpyxl"], "ms", RUNS)


def _previewed(database: Database, letter_id: str, data: bytes) -> None:
    """Read, checked, and compared with the letter and the directory."""
    found = cosigner_lists.read(data, "list.xlsx")
    with database.reading() as session:
        letter = session.get_one(Letter, letter_id)
        judged = lists.judge(session, letter, lists.Draft(found.rows), None)
    assert len(judged) == COUNT


def _only_read(data: bytes) -> None:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    assert len([*book.worksheets[0].iter_rows(values_only=True)]) == COUNT + 1
    book.close()
