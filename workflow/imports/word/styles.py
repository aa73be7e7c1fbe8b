"""What a document's styles say of a paragraph or a run (ECMA-376 part 1, 17.7), as far as a letter's text shows it."""

from __future__ import annotations

import re
from typing import NamedTuple

from workflow.imports.word.xml import Element, W, is_on, number, value

_HEADING = re.compile(r"(?:heading|titre|überschrift|título|titolo|العنوان)\s*([1-9])", re.IGNORECASE)
_MOST_BASES = 20
"""Of styles that are based on one another."""
BODY_LEVEL = 9
"""The outline level of a paragraph that is no heading (17.3.1.20)."""


class Looks(NamedTuple):
    """Switches of a run, each None where nothing is said."""

    strong: bool | None = None
    emphasis: bool | None = None
    hidden: bool | None = None
    strong_other: bool | None = None
    emphasis_other: bool | None = None
    """Of scripts that Word calls complex, such as Arabic."""
    struck: bool | None = None
    other: bool | None = None
    """Whether the run is in such a script."""

    def over(self, base: Looks) -> Looks:
        """Return these on the others: what is said here holds."""
        return Looks(*(own if own is not None else other for own, other in zip(self, base, strict=True)))

    def toggled(self, base: Looks) -> Looks:
        """Return those of a style on another's: two that switch the same thing on undo one another (17.7.3)."""
        return Looks(*(_either(own, other) for own, other in zip(self, base, strict=True)))


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one is None or other is None:
        return other if one is None else one
    return one != other


class ParagraphStyle(NamedTuple):
    """What a paragraph's style says: heading level (0: none), list, space around it, looks of its runs."""

    name: str = ""
    level: int = 0
    list_id: str = ""
    list_level: int | None = None
    before: int = 0
    after: int = 0
    close: bool = False
    """Whether no space stands between it and one of the same style."""
    looks: Looks = Looks()

    @property
    def is_quote(self) -> bool:
        """Whether it sets words apart as quoted."""
        return "quote" in self.name


def looks_of(properties: Element | None) -> Looks:
    """Return what run properties say by themselves."""
    if properties is None or not len(properties):
        return Looks()
    said: dict[str, bool | None] = {}
    for one in properties:
        name = _LOOKS.get(one.tag)
        if name:
            said[name] = is_on(one)
    return Looks(**said) if said else Looks()


_LOOKS = {
    f"{W}b": "strong",
    f"{W}i": "emphasis",
    f"{W}vanish": "hidden",
    f"{W}bCs": "strong_other",
    f"{W}iCs": "emphasis_other",
    f"{W}strike": "struck",
    f"{W}dstrike": "struck",
    f"{W}rtl": "other",
    f"{W}cs": "other",
}


class Styles:
    """The styles of a document, each worked out when it is first asked for."""

    def __init__(self, root: Element | None) -> None:
        self._elements: dict[tuple[str, str], Element] = {}
        self._defaults: dict[str, str] = {}
        self._paragraphs: dict[str, ParagraphStyle] = {}
        self._runs: dict[str, Looks] = {}
        self._base = ParagraphStyle()
        for style in root.iter(f"{W}style") if root is not None else ():
            kind, name = style.get(f"{W}type", "paragraph"), style.get(f"{W}styleId", "")
            self._elements[kind, name] = style
            if style.get(f"{W}default") in ("1", "true", "on"):
                self._defaults[kind] = name
        defaults = root.find(f"{W}docDefaults") if root is not None else None
        if defaults is not None:
            properties = defaults.find(f"{W}pPrDefault/{W}pPr")
            self._base = with_direct(self._base, properties)
            self._base = self._base._replace(looks=looks_of(defaults.find(f"{W}rPrDefault/{W}rPr")))

    def paragraph(self, name: str) -> ParagraphStyle:
        """Return what a paragraph style says with all that it is based on; the default one for none."""
        if not name or ("paragraph", name) not in self._elements:
            name = self._defaults.get("paragraph", "")
        if name not in self._paragraphs:
            self._paragraphs[name] = self._worked_out(name)
        return self._paragraphs[name]

    def run(self, name: str) -> Looks:
        """Return what a character style says with all that it is based on."""
        if name not in self._runs:
            looks = Looks()
            for style in reversed(self._chain("character", name)):
                looks = looks_of(style.find(f"{W}rPr")).over(looks)
            self._runs[name] = looks
        return self._runs[name]

    def _worked_out(self, name: str) -> ParagraphStyle:
        found = self._base
        for style in reversed(self._chain("paragraph", name)):
            properties = style.find(f"{W}pPr")
            found = with_direct(found, properties)
            found = found._replace(looks=looks_of(style.find(f"{W}rPr")).over(found.looks))
            said = value(style, "name")
            heading = _HEADING.fullmatch(said.strip()) or re.fullmatch(
                r"[Hh]eading([1-9])", style.get(f"{W}styleId", "")
            )
            if heading and (properties is None or properties.find(f"{W}outlineLvl") is None):
                found = found._replace(level=int(heading[1]))
            found = found._replace(name=said.casefold())
        return found

    def _chain(self, kind: str, name: str) -> list[Element]:
        chain: list[Element] = []
        while (kind, name) in self._elements and len(chain) < _MOST_BASES:
            chain.append(self._elements[kind, name])
            name = value(chain[-1], "basedOn")
        return chain


def with_direct(style: ParagraphStyle, properties: Element | None) -> ParagraphStyle:
    """Return a paragraph's style with what is said of the paragraph itself (17.3.1)."""
    if properties is None:
        return style
    for one in properties:
        tag = one.tag
        if tag == f"{W}spacing":
            style = style._replace(before=_space(one, "before", style.before), after=_space(one, "after", style.after))
        elif tag == f"{W}contextualSpacing":
            style = style._replace(close=bool(is_on(one)))
        elif tag == f"{W}outlineLvl":
            level = number(one.get(f"{W}val"), BODY_LEVEL)
            style = style._replace(level=level + 1 if 0 <= level < BODY_LEVEL else 0)
        elif tag == f"{W}numPr":
            named, deep = value(one, "numId"), value(one, "ilvl")
            style = style._replace(
                list_id=named or style.list_id, list_level=number(deep) if deep else style.list_level
            )
    return style


_AUTOMATIC = 280
"""Twentieths of a point that stand around a paragraph that came from a web page (17.3.1.33)."""


def _space(spacing: Element, side: str, usual: int) -> int:
    if spacing.get(f"{W}{side}Autospacing") in ("1", "true", "on"):
        return _AUTOMATIC
    return number(spacing.get(f"{W}{side}"), usual)
