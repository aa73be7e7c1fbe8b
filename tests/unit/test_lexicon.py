"""The words by which letters are read: every language has all of them, and every weight is looked up."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from workflow.imports import lexicon

FOLDER = Path(lexicon.__file__).parent
ENGLISH = tomllib.loads((FOLDER / "en.toml").read_text("utf-8"))
CODE = "".join(path.read_text("utf-8") for path in FOLDER.parent.rglob("*.py"))
ONLY = {"lone_honorific"}
"""Keys that one language alone needs."""


@pytest.mark.parametrize("code", lexicon.LANGUAGES)
def test_every_language_has_the_same_keys(code):
    said = tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8"))

    assert said.keys() - ONLY == ENGLISH.keys() - ONLY
    assert all(isinstance(value, str) for value in said.values())


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_every_key_is_asked_for(key):
    assert re.search(rf"«{key}»|\"{key}\"", CODE)


@pytest.mark.parametrize("table", sorted(lexicon.WEIGHTS.keys() - {"entries"}))
def test_every_weight_is_used(table):
    unused = [name for name in lexicon.WEIGHTS[table] if f'"{name}' not in CODE and not _is_composed(name)]

    assert unused == []


def _is_composed(name: str) -> bool:
    """`names_4`, `institution_before_last`: the name is put together in the code."""
    return re.fullmatch(r"names_\d|institution_before_(?:last|long)", name) is not None


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("We write to you about the wells of the villages", "en"),
        ("Nous vous écrivons au sujet des puits du nord", "fr"),
        ("Nos dirigimos a usted por los pozos del norte", "es"),
        ("1234", "en"),
    ],
)
def test_a_language_is_told_by_its_small_words(source, code):
    assert lexicon.language(source) == code
