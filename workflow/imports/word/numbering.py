"""The numbers and bullets of a document's lists (ECMA-376 part 1, 17.9), counted as they are printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from workflow.imports import structure
from workflow.imports.word.xml import Element, W, is_on, number, value

MOST_LEVELS = 9
_LARGEST = 100_000
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


class Level(NamedTuple):
    """One level of a list: how it is numbered, from which number, in which words, for which style."""

    form: str = "decimal"
    start: int = 1
    words: str = ""
    style: str = ""
    legal: bool = False


class Label(NamedTuple):
    """What stands before an item: `kind` as `structure` has it, and its words."""

    kind: str
    level: int
    words: str
    series: str


class Numbering:
    """The lists of a document, with the numbers that they have come to."""

    def __init__(self, root: Element | None) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._named: dict[str, str] = {}
        self._linked: dict[str, str] = {}
        self._lists: dict[str, tuple[str, dict[int, Level], dict[int, int]]] = {}
        self._counts: dict[str, list[int]] = {}
        self._begun: set[str] = set()
        for one in root.iter(f"{W}abstractNum") if root is not None else ():
            name = one.get(f"{W}abstractNumId", "")
            self._abstract[name] = {number(level.get(f"{W}ilvl")): _level(level) for level in one.iter(f"{W}lvl")}
            if value(one, "styleLink"):
                self._named[value(one, "styleLink")] = name
            if value(one, "numStyleLink"):
                self._linked[name] = value(one, "numStyleLink")
        for one in root.iter(f"{W}num") if root is not None else ():
            self._read(one)

    def _read(self, one: Element) -> None:
        changed: dict[int, Level] = {}
        starts: dict[int, int] = {}
        for over in one.iter(f"{W}lvlOverride"):
            at = number(over.get(f"{W}ilvl"))
            if over.find(f"{W}lvl") is not None:
                changed[at] = _level(over.find(f"{W}lvl"))
            if value(over, "startOverride"):
                starts[at] = number(value(over, "startOverride"), 1)
        self._lists[one.get(f"{W}numId", "")] = (value(one, "abstractNumId"), changed, starts)

    def label(self, list_id: str, level: int | None, style: str) -> Label | None:
        """Return what stands before the next item of a list; None where that is nothing."""
        if list_id in ("", "0") or list_id not in self._lists:
            return None
        abstract, changed, starts = self._lists[list_id]
        abstract = self._named.get(self._linked.get(abstract, ""), abstract)
        levels = self._abstract.get(abstract, {})
        if level is None:
            level = next((n for n, one in levels.items() if one.style and one.style == style), 0)
        level = min(max(level, 0), MOST_LEVELS - 1)
        this = changed.get(level) or levels.get(level) or Level()
        counts = self._counts.setdefault(abstract, [0] * MOST_LEVELS)
        if list_id not in self._begun:
            self._begun.add(list_id)
            for at, start in starts.items():
                if at < MOST_LEVELS:
                    counts[at] = start - 1
        counts[level] = min(max(counts[level], this.start - 1) + 1, _LARGEST)
        for deeper in range(level + 1, MOST_LEVELS):
            counts[deeper] = 0
        if this.form == "none" and not this.words:
            return None
        if this.form == "bullet":
            return Label(structure.BULLET, level, "", list_id)
        words = self._words(this, {**levels, **changed}, counts)
        simple = re.fullmatch(r"\(?(\d{1,9})[.)]?", words) and this.words.strip("(.) ") == f"%{level + 1}"
        if simple:
            return Label(structure.NUMBER, level, words.strip("(.) ") + ".", list_id)
        return Label(structure.LABEL, level, words, list_id) if words else None

    def _words(self, this: Level, levels: dict[int, Level], counts: list[int]) -> str:
        def said(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            one = levels.get(at, Level())
            return formatted(max(counts[at], one.start), "decimal" if this.legal else one.form)

        return " ".join(re.sub(r"%([1-9])", said, this.words[:200]).split())


def _level(element: Element) -> Level:
    return Level(
        value(element, "numFmt") or "decimal",
        number(value(element, "start"), 1),
        value(element, "lvlText"),
        value(element, "pStyle"),
        bool(is_on(element.find(f"{W}isLgl"))),
    )


def formatted(count: int, form: str) -> str:
    """Return a number in the form that a level has (17.18.59)."""
    form_it = _FORMS.get(form)
    return form_it(count) if form_it else ("" if form in ("none", "bullet") else str(count))


def _letters(count: int) -> str:
    return chr(ord("a") + (count - 1) % 26) * min(10, (count - 1) // 26 + 1) if count > 0 else ""


def _roman(count: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        written += letters * min(20, count // worth)
        count %= worth
    return written


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda count: _letters(count).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda count: _roman(count).upper(),
    "decimalZero": lambda count: f"{count:02}",
}
