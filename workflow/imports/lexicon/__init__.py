"""
The words and phrases by which a letter's lines are told apart: a file for each language, and weights for all of them.

Knows nothing of where in a letter a line stands. A further language is a file with the same keys.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "fr", "es")
_FOLDER = Path(__file__).parent


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


_FILES: dict[str, dict[str, str]] = {name: _toml(name) for name in (*LANGUAGES, "any")}
WEIGHTS: dict[str, dict[str, float]] = _toml("weights")
"""Points for each observation, by what it speaks of."""
PATTERNS: dict[str, dict[str, float]] = _toml("weights")["entries"]
"""What one who signs can be, line by line, by family, and what that costs."""


def words(key: str) -> frozenset[str]:
    """Return the words that all languages have under a key."""
    return frozenset(word for file in _FILES.values() for word in file.get(key, "").split())


def pattern(form: str, flags: int = 0) -> re.Pattern[str]:
    """Compile a regular expression; `«key»` in it stands for any of the phrases of all languages, the longest first."""
    return re.compile(re.sub("«(.*?)»", lambda key: f"(?:{_phrases(key[1])})", form), flags)


def _phrases(key: str) -> str:
    lines = {line for file in _FILES.values() for line in file.get(key, "").split("\n")} - {""}
    return "|".join(sorted(lines, key=lambda line: (-len(line), line)))


def _listed(name: str) -> frozenset[str]:
    """Read a word list: one entry a line, in small letters without accents."""
    return frozenset((_FOLDER / f"{name}.txt").read_text("utf-8").split("\n")) - {""}


COUNTRIES = _listed("countries")
"""Countries, regions and their short forms, in English, French and Spanish."""
GIVEN_NAMES = _listed("given_names")
"""Given names of many countries: evidence that a line is a person; no name has to stand here to be recognised."""
ORDINARY = _listed("ordinary_words")
"""Words of every day that names of organisations are made of, in English, French and Spanish."""
FUNCTIONS = words("functions") - words("adjectives")
TITLES = words("functions") | words("adjectives")
INSTITUTIONS = words("institutions")
LINKS = words("links")
PARTICLES = words("particles")


def months() -> dict[str, int]:
    """Return the number of each month's name, and of its short forms: the first three or four letters, and others."""
    found: dict[str, int] = {}
    for code in LANGUAGES:
        named = [(n, name) for n, names in enumerate(_FILES[code]["months"].split(), 1) for name in names.split("/")]
        found |= {name: n for n, name in named}
        found |= {name[:3]: n for n, name in named if name[:3] != "jui"}  # juin or juillet
        found |= {name[:4]: n for n, name in named}
        found |= {name: int(n) for name, n in (short.split(":") for short in _FILES[code]["short_months"].split())}
    return found


@functools.lru_cache(maxsize=8192)
def plain(line: str) -> str:
    """Return a line in small letters without accents, for comparing."""
    if line.isascii():
        return line.casefold()
    decomposed = unicodedata.normalize("NFKD", line.replace("°", "o").casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def words_of(line: str) -> list[str]:
    """Return the words of a line, in small letters without accents."""
    return re.findall(r"[^\W_]+(?:-[^\W_]+)*", plain(line))


def behind(form: re.Pattern[str], line: str) -> str | None:
    """Return what stands behind a form that a line opens with in small letters without accents; None without it."""
    folded = plain(line)
    found = form.match(folded)
    return line[found.end() :] if found and len(folded) == len(line) else None


def language(source: str) -> str:
    """Return the language whose stop words are most frequent in a text; English when none are."""
    said = re.findall(r"[^\W\d_]+", plain(source[:20_000]))
    stops = {code: frozenset(_FILES[code]["stop_words"].split()) for code in LANGUAGES}
    return max(LANGUAGES, key=lambda code: sum(word in stops[code] for word in said))
