"""Acts that concern five thousand co-signers: the answer to whoever presses the button, and how long others wait."""

from __future__ import annotations

import functools
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.browsing import shown_first, signed_in
from tests.support.factories import ANNA, act, terms, words
from workflow import jobs
from workflow.campaigns import drafts, lifecycle
from workflow.database import Database
from workflow.jobs.batches import Pace
from workflow.letter import text
from wsgi import create_app

FEW, MANY = 5, 5000
RUNS = 9


def measure() -> None:
    """Measure the POST that circulates a letter, over HTTP in process, and the pieces in which the rest is done."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance=Path(folder))
        database = Database(settings)
        database.migrate()
        few, many = (_letter(database, count) for count in (FEW, MANY))
        client = signed_in(create_app(settings, database), database)
        pressed = {
            str(count): functools.partial(_pressed, client, database, of) for count, of in ((FEW, few), (MANY, many))
        }
        taken = in_turn(pressed, RUNS)
        # At most three times as long: a ratio of a third or better.
        record("circulate/5000/post_seconds_vs_5", taken[str(MANY)], taken[str(FEW)], "ms", RUNS)
        act(database, lifecycle.circulate, many, ANNA)
        held, seconds = _pieces(database, many)
        record("circulate/5000/longest_lock_vs_50_ms", max(held), Pace().seconds * 1000, "ms", len(held))
        record("circulate/5000/median_lock_vs_50_ms", statistics.median(held), Pace().seconds * 1000, "ms", len(held))
        print(f"circulate/5000: {MANY / seconds:.0f} co-signers a second, in {len(held)} pieces")
        database.close()


def _letter(database: Database, count: int) -> str:
    asked = [
        text.Cosigner(f"Organisation {n}", f"O{n}", f"Person {n}", "Director", f"o{n}@example.org")
        for n in range(count)
    ]
    with database.writing() as session:
        return drafts.take_in(session, words(), asked, ANNA, dated=date(2026, 11, 24), terms=terms()).id


def _pressed(client: Any, database: Database, letter_id: str) -> float:
    """Press the button, then take the letter back; returns how long the answer took."""
    given = shown_first(client, letter_id, "circulate")

    def press() -> None:
        assert client.post(f"/letters/{letter_id}/circulation", data=given).status_code == 303

    milliseconds = timed(press)
    act(database, lifecycle.revise, letter_id, "Once more.", ANNA)
    return milliseconds


def _pieces(database: Database, letter_id: str) -> tuple[list[float], float]:
    """Do what is left; returns for how long each piece held the lock, in milliseconds, and how long all took."""
    held: list[float] = []
    began = [time.perf_counter()]

    def watch(step: str) -> None:
        if step == "before_a_piece":
            began[0] = time.perf_counter()
        elif step == "after_a_piece":
            held.append((time.perf_counter() - began[0]) * 1000)

    whole = time.perf_counter()
    jobs.batch(database, letter_id, watch)
    return held, time.perf_counter() - whole
