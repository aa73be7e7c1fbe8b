"""
The report that goes along with the evidence: what the history tells, in plain words, as HTML and as a Word document.

It is built from what the evidence holds (`Held`), so it says nothing that the evidence does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workflow.history import actions
from workflow.history.report import html, word
from workflow.history.report.blocks import Document
from workflow.history.report.saying import Saying, language_of
from workflow.history.report.story import Held
from workflow.history.report.telling import read

__all__ = ["HTML", "WORD", "Held", "files", "held", "written"]

HTML, WORD = "report.html", "report.docx"


def files(held: Held) -> dict[str, bytes]:
    """Return both files of the report by name; the same evidence gives the same bytes."""
    story = read(held)
    return written(Saying(story, language_of(story)).document())


def written(document: Document) -> dict[str, bytes]:
    """Return a report as both files, by name."""
    return {HTML: html.written(document), WORD: word.written(document)}


def held(
    found: Mapping[str, bytes], letter: str, vkey: str, entries: Mapping[int, Mapping[str, Any]], only: str = ""
) -> Held:
    """Return what the files of an evidence hold, as far as it is told; `only` is the invitation that they are of."""
    opened = [json.loads(line) for line in found["disclosures.jsonl"].split(b"\n") if line]
    answers = {mail: str(said.get("answer", "")) for mail, said in json.loads(found["servers.json"]).items()}
    sizes = [_number(name) for name in found if name.startswith("checkpoints/") and name.endswith(".txt")]
    newest = max(sizes, default=0)
    shown = {one["seq"]: one["payload"] for one in opened}
    for seq in [seq for seq, entry in entries.items() if entry.get("action") == actions.PersonErased.NAME]:
        # What was erased is said again without what had to go.
        shown |= {int(number): said for number, said in shown.get(seq, {}).items() if int(number) not in shown}
    return Held(
        letter=letter,
        vkey=vkey,
        entries=entries,
        disclosed=shown,
        revisions={_number(name): content for name, content in found.items() if name.startswith("revisions/")},
        answers=answers,
        checkpoint=found.get(f"checkpoints/{newest}.txt", b"").decode(),
        head=found.get("common/checkpoint.txt", b"").decode(),
        stamps=sum(name.startswith("stamps/") and name.endswith(".tsr") for name in found),
        size=newest if only else len(entries),
        only=only,
    )


def _number(name: str) -> int:
    return int(name.rpartition("/")[2].partition(".")[0])
