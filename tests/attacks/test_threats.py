"""What the documents on threats claim: each test they name is there, each file of attacks is named, no item is left out."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named() -> list[tuple[str, str]]:
    """Each test that stands in the table of threats, as file and function."""
    return NAMED.findall((ROOT / "docs/threats.md").read_text())


def tests_in(path: Path) -> set[str]:
    """The tests that a file holds; whatever they are called with, they have one name."""
    found = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_promise_names_a_test_that_is_there():
    promises = re.findall(r"^\| (?!promise|---).*\|$", (ROOT / "docs/threats.md").read_text(), re.M)
    assert len(promises) >= 40
    assert [row for row in promises if not NAMED.search(row)] == []
    missing = [f"{file}::{test}" for file, test in named() if test not in tests_in(ROOT / file)]
    assert missing == []


def test_every_file_of_attacks_stands_for_a_promise():
    attacks = {f"tests/attacks/{path.name}" for path in (ROOT / "tests/attacks").glob("test_*.py")}
    assert attacks - {file for file, _ in named()} == {"tests/attacks/test_threats.py"}
