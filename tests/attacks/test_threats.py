"""What the documents on threats claim: the tests they name are there, and no item of the standard is left out."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
THREATS, ASVS = (ROOT / "docs" / name for name in ("threats.md", "asvs.md"))
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
STATES = {"holds", "does not apply", "open"}

# How many requirements of levels 1 and 2 each section of OWASP ASVS 5.0 has; they are numbered from 1 on.
REQUIREMENTS = {
    **{"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1},
    **{"3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4},
    **{"5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4},
    **{"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1},
    **{"9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3},
    **{"11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4},
    **{"13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7},
    **{"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2},
}


def rows(document: Path) -> list[list[str]]:
    """The cells of each row of a document's tables, without their heads."""
    lines = re.findall(r"^\| (.*) \|$", document.read_text(), re.M)
    return [line.split(" | ") for line in lines if not line.startswith(("---", "promise |", "id |"))]


def functions_in(path: Path) -> set[str]:
    """The tests that a file holds; whatever they are called with, they have one name."""
    found = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_promise_names_a_test_that_is_there():
    promises = rows(THREATS)
    assert len(promises) >= 40
    assert [row[0] for row in promises if len(row) != 4 or not NAMED.search(row[3])] == []
    named = NAMED.findall(THREATS.read_text())
    assert len(named) == THREATS.read_text().count("::"), "a name that is not written as the others are"
    there = {file: functions_in(ROOT / file) for file, _ in named}
    assert [f"{file}::{test}" for file, test in named if test not in there[file]] == []


def test_every_file_of_attacks_stands_for_a_promise():
    attacks = {f"tests/attacks/{path.name}" for path in (ROOT / "tests/attacks").glob("test_*.py")}
    named = {file for file, _ in NAMED.findall(THREATS.read_text())}
    assert attacks - named == {f"tests/attacks/{Path(__file__).name}"}


def test_every_requirement_is_judged_once():
    judged = rows(ASVS)
    assert {row[2] for row in judged} == STATES
    assert all(len(row) == 4 and row[3] for row in judged)
    ids = Counter(found for row in judged for found in row[0].split(", "))
    wanted = Counter(f"{section}.{n}" for section, most in REQUIREMENTS.items() for n in range(1, most + 1))
    assert ids == wanted
    states = Counter(row[2] for row in judged for _ in row[0].split(", "))
    said = f"All {sum(wanted.values())} requirements of levels 1 and 2"
    counted = "{} hold, {} do not apply, {} are open".format(*(states[s] for s in ("holds", "does not apply", "open")))
    assert all(words in " ".join(ASVS.read_text().split()) for words in (said, counted))
