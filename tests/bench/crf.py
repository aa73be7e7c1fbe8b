"""
Lines of letters labelled by the rules and by a trained sequence model, on letters that the model has not seen.

`pip install python-crfsuite==0.9.12`, then `python -m tests.bench.crf`. The figures are in
docs/adr/0010-importing-by-rules.md; the product does not use the model.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pycrfsuite  # noqa: E402

from tests.bench import reading  # noqa: E402
from workflow import imports  # noqa: E402
from workflow.imports.classify import Line, classified, without_label  # noqa: E402
from workflow.imports.dates import dateline  # noqa: E402
from workflow.imports.segment import segment  # noqa: E402

FOLDS = 5
ROUNDS = 150
"""Iterations of L-BFGS; the score of held-out letters no longer rises after some eighty."""
_FIELDS = {"recipients": ("name", "title", "office", "address", "email"),
           "cosigners": ("signatory", "title", "organisation", "acronym", "email")}  # fmt: skip

Labels = list[str]
Cases = list[tuple[list[Line], Labels, Labels]]
"""Of each letter its lines, their labels as expected, and as the rules read them."""


# --- the labels ----------------------------------------------------------------------------------------------------


def labels(lines: Sequence[Line], letter: Mapping[str, Any]) -> Labels:
    """
    Return what each line is in a letter (in the form of the .json files): a part, and what it holds of a person.

    The same for what is expected and for what the rules read, so that both are judged alike.
    """
    greeted = next((n for n, line in enumerate(lines) if _within(line.text, letter["salutation"])), -1)
    ended = next((n for n in range(len(lines) - 1, greeted, -1) if _within(lines[n].text, letter["closing"])), -1)
    body = [n for n, line in enumerate(lines) if n > greeted and _within(line.text, letter["body"])]
    below = ended if ended >= 0 else (body[-1] if body else greeted)
    return [_label(line, n, greeted, below, letter) for n, line in enumerate(lines)]


def _label(line: Line, n: int, greeted: int, below: int, letter: Mapping[str, Any]) -> str:
    found = dateline(line.text)
    if found and letter["date"] in (str(found.day), str(found.other)):
        return "date"
    for part in ("salutation", "closing"):
        if _within(line.text, letter[part]):
            return part
    if _within(without_label(line.text), letter["subject"]):
        return "subject"
    if n < greeted or greeted < 0:
        held = _held(line.text, "recipients", letter)
        if held:
            return held
    if n > below:
        held = _held(line.text, "cosigners", letter)
        if held:
            return held
    return "body" if _within(line.text, letter["body"]) and greeted < n <= max(below, greeted) else "other"


def _words(said: str) -> list[str]:
    return re.findall(r"\w+", said.casefold())


def _within(line: str, said: str) -> bool:
    words = " ".join(_words(line))
    return bool(words) and f" {words} " in f" {' '.join(_words(said))} "


def _held(line: str, part: str, letter: Mapping[str, Any]) -> str:
    """Say what a line holds of those who are addressed or sign: `cosigners.signatory+organisation`."""
    held: list[str] = []
    there = f" {' '.join(_words(line))} "
    for person in letter[part]:
        for field in _FIELDS[part]:
            values = person[field] if isinstance(person[field], list) else [person[field]]
            if any(value and (f" {' '.join(_words(value))} " in there or _within(line, value)) for value in values):
                held.append(field)
    return f"{part}.{'+'.join(dict.fromkeys(held))}" if held else ""


# --- the model -----------------------------------------------------------------------------------------------------


def features(lines: Sequence[Line]) -> list[list[str]]:
    """Return what the model sees of each line: what the rules see, its words, and its neighbours."""
    alone = [[*_features(line, n, len(lines))] for n, line in enumerate(lines)]
    return [
        [*seen, *(f"-1:{one}" for one in _before(alone, n, -1)), *(f"+1:{one}" for one in _before(alone, n, 1))]
        for n, seen in enumerate(alone)
    ]


def _before(alone: Sequence[list[str]], n: int, step: int) -> list[str]:
    return alone[n + step] if 0 <= n + step < len(alone) else ["edge"]


def _features(line: Line, n: int, count: int) -> Iterator[str]:
    flags = ("prose", "salutation", "sure_salutation", "closing", "heading", "tail", "note", "labelled", "via")
    yield from (flag for flag in flags if getattr(line, flag))
    yield from (name for name, seen in (("dateline", line.dateline), ("email", line.email)) if seen)
    for role in ("name", "title", "office", "place"):
        yield f"{role}={max(-3, min(5, round(getattr(line.roles, role))))}"
    yield f"signing={max(-4, min(3, round(line.signing)))}"
    yield f"gap={min(3, line.gap)}"
    yield f"ends={line.text[-1] if not line.text[-1].isalnum() else 'a'}"
    yield f"length={min(6, len(line.text) // 20)}"
    yield f"top={min(20, n)}"
    yield f"share={10 * n // count}"
    words = _words(line.text)
    yield from (f"word={word}" for word in (words if len(words) <= 12 else [words[0], words[-1]]))


def train(cases: Sequence[tuple[list[Line], Labels]], kept: Path) -> pycrfsuite.Tagger:
    """Train a model on labelled letters and return it."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for lines, known in cases:
        trainer.append(features(lines), known)
    trainer.set_params({"c1": 0.1, "c2": 0.05, "max_iterations": ROUNDS})
    trainer.train(str(kept))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(kept))
    return tagger


# --- the figures ---------------------------------------------------------------------------------------------------


def load(folder: Path) -> Cases:
    """Read the letters of a folder."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        lines = classified(segment(path.read_text("utf-8-sig")).rows)
        read = reading.as_expected(imports.read(path.read_bytes()))
        found.append(
            (lines, labels(lines, json.loads(path.with_suffix(".json").read_text("utf-8"))), labels(lines, read))
        )
    return found


def agreement(cases: Sequence[tuple[Labels, Labels]]) -> dict[str, str]:
    """Return the share of lines that have the right label, by part, and of parts that are right to the line."""
    lines: Counter[str] = Counter()
    right: Counter[str] = Counter()
    parts = whole = 0
    for expected, found in cases:
        for one, other in zip(expected, found, strict=True):
            part = one.partition(".")[0]
            lines[part] += 1
            right[part] += one == other
        for part in {one.partition(".")[0] for one in (*expected, *found)}:
            parts += 1
            whole += [one if one.startswith(part) else "" for one in expected] == [
                one if one.startswith(part) else "" for one in found
            ]
    shares = {part: f"{100 * right[part] / lines[part]:.1f} ({lines[part]})" for part in sorted(lines)}
    total, correct = sum(lines.values()), sum(right.values())
    return shares | {"lines": f"{100 * correct / total:.1f} ({total})", "parts": f"{100 * whole / parts:.1f} ({parts})"}


def coarse(known: Labels) -> Labels:
    """Return the parts alone, without what a line holds of a person."""
    return [label.partition(".")[0] for label in known]


def compare(known: Cases, unseen: Cases, kept: Path) -> None:
    """Print both on the known letters (the model in five folds) and on the unseen ones (trained on all known)."""
    folded: list[tuple[Labels, Labels]] = []
    for fold in range(FOLDS):
        tagger = train([case[:2] for n, case in enumerate(known) if n % FOLDS != fold], kept)
        folded += [(case[1], tagger.tag(features(case[0]))) for n, case in enumerate(known) if n % FOLDS == fold]
    tagger = train([case[:2] for case in known], kept)
    rows = {
        "known, rules": agreement([case[1:] for case in known]),
        "known, model": agreement(folded),
        "unseen, rules": agreement([case[1:] for case in unseen]),
        "unseen, model": agreement([(case[1], tagger.tag(features(case[0]))) for case in unseen]),
    }
    print(f"{f'{kept.stat().st_size // 1024} kB':<12}" + "".join(f"{name:>16}" for name in rows))
    for part in rows["known, rules"]:
        print(f"{part:<12}" + "".join(f"{row.get(part, '-'):>16}" for row in rows.values()))


def main() -> None:
    """Compare by parts alone, then with what each line holds of those who are addressed and sign."""
    kept = ROOT / "instance" / "letters.crfsuite"
    kept.parent.mkdir(exist_ok=True, mode=0o700)
    known, unseen = (load(reading.SETS[name]) for name in ("known", "unseen"))
    for simplify in (coarse, list):
        compare(*([(one, simplify(a), simplify(b)) for one, a, b in cases] for cases in (known, unseen)), kept)


if __name__ == "__main__":
    main()
