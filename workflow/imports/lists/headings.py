"""What the columns of a list hold: by the words above them, in four languages, or by what stands in them."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workflow.imports.lists.rows import is_known, plain
from workflow.imports.phrases import is_acronym, roles

Columns = Mapping[int, str]
"""By the number of a column, what it holds: a field of a co-signer, half a name, further addresses; or nothing."""

_WORDS: dict[str, frozenset[str]] = {
    field: frozenset(plain(line) or line for line in lines.split("\n") if line)
    for field, lines in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()
}
_YES = _WORDS.pop("yes")
_MEANT = {word: field for field, words in _WORDS.items() for word in words}
_MOST_LOOKED_AT = 200
"""How many rows are looked at to tell what columns hold that have no headings."""
_MOST_GUESSED = 6


def is_yes(cell: str) -> bool:
    """Whether a cell says yes."""
    return (plain(cell) or cell.strip()) in _YES


def named(cells: Sequence[str]) -> Columns:
    """Return what the cells of a row name as headings; nothing where they are none."""
    said = {at: plain(cell) for at, cell in enumerate(cells) if cell.strip()}
    found = {at: _MEANT[words] for at, words in said.items() if words in _MEANT}
    if not said or len(found) < min(2, len(said)) or any("@" in cell for cell in cells):
        return {}
    if len(said) == 1 and next(iter(found.values())) not in ("organisation", "email"):
        return {}
    return _told_apart(found)


def _told_apart(found: dict[int, str]) -> Columns:
    """Settle what is said of two columns, and whose `name` it is: the person's where the organisation has a column."""
    fields = set(found.values())
    whose = "signatory" if "organisation" in fields else "organisation"
    if "first_name" in fields and "last_name" not in fields:
        whose = "last_name"
    if "last_name" in fields and "first_name" not in fields:
        whose = "first_name"
    settled: dict[int, str] = {}
    for at, field in found.items():
        meant = whose if field == "name" else field
        settled[at] = ("more" if meant == "email" else "") if meant in settled.values() else meant
    return settled


def looking_at(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """Return what columns hold, where addresses stand under `Contact`, or names under `Email`."""
    settled = dict(columns)
    for at, field in columns.items():
        if field == "contact_name" and _share(rows, at, _has_address) > 0.5:
            settled[at] = "more" if "email" in settled.values() else "email"
    return settled


def guessed(rows: Sequence[Sequence[str]]) -> Columns:
    """Return what columns without headings most likely hold."""
    looked = rows[:_MOST_LOOKED_AT]
    width = max(map(len, looked), default=0)
    found: dict[int, str] = {}
    for at in range(width):
        if _share(looked, at, _has_address) > 0.5:
            found[at] = "more" if "email" in found.values() else "email"
        elif _share(looked, at, is_known) > 0.5 and "country" not in found.values():
            found[at] = "country"
    rest = [at for at in range(width) if at not in found and any(_cell(row, at) for row in looked)]
    return found | _by_words(looked, rest[:_MOST_GUESSED])


def _by_words(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> dict[int, str]:
    """Return which of the columns are organisations, acronyms, persons and titles: what they say together, at best."""
    fields = ("organisation", "signatory", "title", "acronym")
    points = {at: _points([_cell(row, at) for row in rows], place) for place, at in enumerate(columns)}
    best: tuple[float, dict[int, str]] = (float("-inf"), {})
    for chosen in itertools.permutations((*fields, *[""] * len(columns)), len(columns)):
        if "organisation" in chosen:
            held = dict(zip(columns, chosen, strict=True))
            gained = sum(points[at].get(field, 0.0) for at, field in held.items())
            best = max(best, (gained, held), key=lambda one: one[0])
    return {at: field for at, field in best[1].items() if field}


def _points(cells: Sequence[str], place: int) -> dict[str, float]:
    """Return how well cells fit each field, on average; before any evidence, the first are organisations."""
    said = [cell for cell in cells if cell]
    few = max(1, len(said))
    known = [roles(cell[:200]) for cell in said]
    acronyms = sum(is_acronym(cell) for cell in said) / few
    early = 0.6 / (1 + place)
    return {
        "organisation": sum(one.office for one in known) / few + early + 1.5,
        "signatory": sum(one.name for one in known) / few + 0.5,
        "title": sum(one.title for one in known) / few,
        "acronym": 4 * acronyms - 3,
    }


def _share(rows: Sequence[Sequence[str]], at: int, holds: Callable[[str], bool]) -> float:
    cells = [cell for row in rows if (cell := _cell(row, at))]
    return sum(map(holds, cells)) / len(cells) if cells else 0.0


def _cell(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _has_address(cell: str) -> bool:
    return "@" in cell
