"""
How well letters are read: the parts of tests/letters that come out as a careful reader has them, by kind and in all.

`known` letters are those that the rules were written with; `unseen` ones (tests/letters/unseen) came after the rules.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow import imports
from workflow.letter import text

LETTERS = Path(__file__).parent.parent / "letters"
SETS = {"known": LETTERS, "unseen": LETTERS / "unseen"}
COMMITTED = LETTERS / "score.json"
PARTS = ("language", "subject", "date", "place", "recipients", "salutation", "body", "closing", "cosigners")
_COSIGNER = ("organisation", "acronym", "signatory", "title", "email")

Missed = dict[str, list[str]]
"""The parts that are misread, letter by letter; letters that are read whole are not in it."""


def missed(folder: Path) -> Missed:
    """Read every letter of a folder and return what is misread."""
    wrong = {path.stem: misread(path) for path in sorted(folder.glob("*.txt"))}
    return {letter: parts for letter, parts in wrong.items() if parts}


def misread(path: Path) -> list[str]:
    """Return the parts of one letter that are not what its .json expects."""
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    read = imports.read(path.read_bytes(), path.name)
    found = as_expected(read)
    return [part for part in PARTS if not _agrees(part, expected[part], found[part], read.unsure)]


def as_expected(read: imports.ImportedLetter) -> dict[str, Any]:
    """Return a letter that was read in the form of the .json files."""
    letter = read.letter
    return {
        "language": letter.language,
        "subject": letter.subject,
        "date": read.date.isoformat() if read.date else None,
        "place": read.place,
        "recipients": [
            {"name": r.name, "title": r.title, "office": r.office, "address": list(r.address), "email": r.email}
            for r in letter.recipients
        ],
        "salutation": letter.salutation,
        "body": letter.body,
        "closing": letter.closing,
        "cosigners": [{field: getattr(cosigner, field) for field in _COSIGNER} for cosigner in read.cosigners],
    }


def _agrees(part: str, expected: Any, found: Any, unsure: tuple[str, ...]) -> bool:
    if part != "body":
        return bool(_folded(found) == _folded(expected))
    kept = _printed(found)
    left_out = _folded(" / ".join(unsure)).replace(" / ", " ")
    # What stands around a letter (letterhead, cc, contacts) may be quoted as left out instead of kept.
    return kept == [block for block in _printed(expected) if block in kept or block not in left_out]


def _folded(words: Any) -> Any:
    if isinstance(words, str):
        return " ".join(words.split())
    if isinstance(words, list):
        return [_folded(one) for one in words]
    return {key: _folded(value) for key, value in words.items()} if isinstance(words, dict) else words


def _printed(body: str) -> list[str]:
    """The body's paragraphs as they are rendered, without marks."""
    blocks = (html.unescape(re.sub("<[^>]+>", "", text.to_html(block))) for block in re.split(r"\n\s*\n", body))
    return [block for block in map(_folded, blocks) if block]


def shares(wrong: Missed, letters: int) -> dict[str, float]:
    """Return the share of parts that are right, in per cent: of each kind, and `all`."""
    counts = {part: sum(part in parts for parts in wrong.values()) for part in PARTS}
    by_kind = {part: 100 * (1 - count / letters) for part, count in counts.items()}
    return by_kind | {"all": 100 * (1 - sum(counts.values()) / (letters * len(PARTS)))}


def committed() -> Mapping[str, Any]:
    """Return what tests/letters/score.json holds: of each set the `floor`, in per cent, and what is `missed`."""
    return json.loads(COMMITTED.read_text("utf-8"))


def measure() -> None:
    """Print the share of parts right, by kind and in all, against the committed floor; and what has changed since."""
    from tests.bench.figures import record

    for name, folder in SETS.items():
        letters = len(list(folder.glob("*.txt")))
        if not letters:
            continue
        wrong, held = missed(folder), committed()[name]
        before = shares(held["missed"], letters)
        for part, share in shares(wrong, letters).items():
            record(f"imports, {name}, {part}", share, held["floor"] if part == "all" else before[part], "% right", 1)
        for letter in sorted({*wrong, *held["missed"]}):
            _print_change(letter, wrong.get(letter, []), held["missed"].get(letter, []))


def _print_change(letter: str, now: list[str], then: list[str]) -> None:
    if sorted(now) != sorted(then):
        print(f"  {letter}: misread now: {', '.join(now) or '-'}; in {COMMITTED.name}: {', '.join(then) or '-'}")
