"""
The entries of whole lives, as they have always been written: only what is drawn by lot may differ.

With WRITE_ENTRIES=1 they are written anew. What was issued never changes, so that is right for a new action or a new
field only.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from tests.support.whole_lives import erased_life, late_life, other_life, whole_life
from workflow import clock, documents
from workflow.database import Database
from workflow.letter import code
from workflow.models import Disclosure, LogEntry

KEPT = Path(__file__).parents[1] / "vectors" / "entries.jsonl"
BY_LOT = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
    rf"|(?<=\")[{code.ALPHABET}]{{{code.LENGTH}}}(?=\")"
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
KEY = re.compile(r"\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}")


def told(database: Database, letter_id: str) -> list[str]:
    """Each entry, and what it commits to, as one line of JSON; what is drawn by lot is numbered as it comes."""
    with database.reading() as session:
        query = session.query(LogEntry).filter_by(letter_id=letter_id).order_by(LogEntry.sequence)
        entries = [json.loads(row.entry) for row in query]
        opened = {row.sequence: row.payload for row in session.query(Disclosure).filter_by(letter_id=letter_id)}
    known: dict[str, str] = {}

    def plain(found: str) -> str:
        numbered = BY_LOT.sub(lambda one: known.setdefault(one[0], f"#{len(known)}:{len(one[0])}"), found)
        return KEY.sub("+KEY", TIME.sub("TIME", numbered))

    lines, recipients = [], []
    for entry in entries:
        entry.pop("commitment", None)
        entry["about"].pop("mark", None)
        by_recipient = entry["about"].get("documents")
        if isinstance(by_recipient, dict):  # By ids, which are drawn by lot.
            entry["about"]["documents"] = [by_recipient[one] | {"of": one} for one in recipients]
        recipients = entry["about"].get("recipients", recipients)
        shown = json.loads(plain(json.dumps(entry, sort_keys=True)))
        if isinstance(by_recipient, list):
            shown["about"]["documents"].sort()  # In the order of their SHA-256, which is drawn by lot.
        committed = json.loads(plain(json.dumps(opened.get(entry["seq"]))))
        lines.append(json.dumps(shown | {"committed": committed}, sort_keys=True))
    return lines


class Clock:
    """Goes on by a thousandth whenever it is asked, so that a busy machine writes the same entries."""

    def __init__(self) -> None:
        self.seconds = 1_764_000_000.0

    def ask(self) -> float:
        self.seconds += 0.001
        return self.seconds

    def later(self, **by: float) -> None:
        self.seconds += timedelta(**by).total_seconds()


@pytest.fixture
def whole_lives(migrated_sqlite, tmp_path, monkeypatch):
    ticking, lived = Clock(), []
    monkeypatch.setattr(clock, "seconds", ticking.ask)
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    lives = (
        whole_life,
        lambda opened: other_life(opened, ticking.later),
        erased_life,
        lambda opened: late_life(opened, ticking.later),
    )
    for number, life in enumerate(lives):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(migrated_sqlite, folder / "undersigned.db")
        opened = Database(Settings(instance=folder))
        lived += told(opened, life(opened))
        opened.close()
    return lived


def test_entries_are_written_as_they_have_always_been(whole_lives):
    if "WRITE_ENTRIES" in os.environ:
        KEPT.write_text("".join(f"{line}\n" for line in whole_lives))
    assert whole_lives == KEPT.read_text().splitlines()
