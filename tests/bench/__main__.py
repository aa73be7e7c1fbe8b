"""
`make bench`: what users feel, each against a baseline that is measured in the same run.

Figures are ratios: absolute times move by more than half between runs on one machine.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from factories import ANNA, act, answer, cosigners, open_sign_off, terms, words  # noqa: E402

from config.settings import Settings  # noqa: E402
from workflow import campaigns, documents, models, signoffs, text  # noqa: E402
from workflow.database import Database  # noqa: E402


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Return the median time of a piece of work, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def paper(count: int) -> documents.Paper:
    """A letter with so many signatories."""
    signatures = tuple(text.Signature(f"Person {n}", "Director", f"Organisation {n}", f"O{n}") for n in range(count))
    return documents.Paper(words(), words().recipients[0], date(2026, 11, 24), signatures)


def usual_docx(count: int) -> bytes:
    """The same letter the usual way: python-docx, a table, `add_row`."""
    from docx import Document

    document = Document()
    for block in words().body.split("\n\n"):
        document.add_paragraph(block)
    table = document.add_table(0, 2)
    for n in range(0, count, 2):
        for cell, number in zip(table.add_row().cells, (n, n + 1), strict=True):
            for line in (f"Person {number}", "Director", f"Organisation {number} (O{number})"):
                cell.add_paragraph(line)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def rendering() -> dict[str, float]:
    """How many times faster than python-docx's add_row a letter is rendered."""
    found = {}
    for count, times in ((5, 30), (100, 15), (1000, 5)):
        ours = milliseconds(lambda n=count: documents.render_docx(paper(n)), times)  # type: ignore[misc]
        usual = milliseconds(lambda n=count: usual_docx(n), max(3, times // 5))  # type: ignore[misc]
        found[f"docx/{count}/vs_add_row"] = usual / ours
    return found


def signing() -> dict[str, float]:
    """A whole sign-off (lock, machine, history, checkpoint, receipt and job queued, durable) against one insert."""
    count = 40
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder)))
        database.migrate()
        with database.writing() as session:
            asked = [text.Cosigner(f"Org {n}", f"O{n}", "", "", f"o{n}@example.org") for n in range(count)]
            letter_id = campaigns.take_in(session, words(), None, asked or cosigners(), terms(), ANNA).id
        open_sign_off(database, letter_id)
        given = answer(database, letter_id)
        with database.reading() as session:
            links = [i.link.id for i in session.get_one(models.Letter, letter_id).invitations if i.link]

        def insert() -> None:
            with database.writing() as session:
                session.add(models.Organisation(name="x"))

        plain = milliseconds(insert, count)
        left = iter(links)
        whole = milliseconds(lambda: act(database, signoffs.sign, next(left), given), count)
        database.close()
    return {"signoff/1/vs_one_insert/sqlite": plain / whole}


def main() -> None:
    """Measure, print, write."""
    found = {**rendering(), **signing()}
    for name, ratio in found.items():
        print(f"{name:<36} {ratio:8.2f}")
    target = ROOT / "instance" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    known = json.loads(target.read_text()) if target.exists() else {}
    target.write_text(json.dumps(known | found, indent=2) + "\n")


if __name__ == "__main__":
    main()
