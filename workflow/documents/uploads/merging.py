"""
What a letter needs of styles and numbering, merged into what a letterhead brings: its own looks rule.

A style of ours that the letterhead has under the same name is the letterhead's; the others are added, based on its
Normal and without a font. Format: ECMA-376 part 1, 17.7 (styles) and 17.9 (numbering).
"""

from __future__ import annotations

import copy
import functools
import re

from lxml import etree

from workflow.documents.uploads.trees import child, drop, insert, parsed, written
from workflow.documents.writing.references import Numbers
from workflow.documents.writing.styles import styles
from workflow.documents.writing.wordml import HEAD, NAMESPACES, W
from workflow.errors import LetterheadError

_TAG = "xx-TAG"
"""Stands where the language of a letter is set."""


@functools.cache
def _ours() -> tuple[etree._Element, ...]:
    return tuple(parsed("styles", styles(_TAG).encode()).iter(f"{W}style"))


def _said(style: etree._Element) -> str:
    name = style.find(f"{W}name")
    return (name.get(f"{W}val", "") if name is not None else "").casefold()


def merged_styles(source: bytes) -> tuple[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return styles.xml around the place of the language's tag, and which styles of ours have another id in it."""
    root = parsed("word/styles.xml", source) if source else parsed("styles", styles(_TAG).encode())
    drop(root.iter(f"{W}lang", f"{W}rsid"))
    looks = child(child(child(root, "docDefaults"), "rPrDefault"), "rPr")
    insert(looks, "lang", ("eastAsianLayout", "specVanish", "oMath")).set(f"{W}val", _TAG)
    theirs = {(one.get(f"{W}type", ""), _said(one)): one.get(f"{W}styleId", "") for one in root.iter(f"{W}style")}
    taken = set(theirs.values())
    names: dict[str, str] = {}
    missing = []
    for style in _ours():
        own = style.get(f"{W}styleId", "")
        known = theirs.get((style.get(f"{W}type", ""), _said(style))) or _default(root, style)
        names[own] = known or (f"U{own}" if own in taken else own)
        if not known:
            missing.append(style)
    for style in missing:
        root.append(_named(style, names))
    before, _, after = written(root).partition(f'<w:lang w:val="{_TAG}"/>')
    return (before, after), tuple((own, name) for own, name in names.items() if own != name)


def _default(root: etree._Element, style: etree._Element) -> str:
    """The letterhead's own default of a kind stands for ours, whatever it is called."""
    if style.get(f"{W}default") != "1":
        return ""
    kind = style.get(f"{W}type")
    defaults = (one for one in root.iter(f"{W}style") if one.get(f"{W}default") in ("1", "true", "on"))
    return next((one.get(f"{W}styleId", "") for one in defaults if one.get(f"{W}type") == kind), "")


def _named(style: etree._Element, names: dict[str, str]) -> etree._Element:
    made = copy.deepcopy(style)
    made.set(f"{W}styleId", names[made.get(f"{W}styleId", "")])
    base = made.find(f"{W}basedOn")
    if base is not None:
        base.set(f"{W}val", names.get(base.get(f"{W}val", ""), base.get(f"{W}val", "")))
    return made


def merged_numbers(source: bytes) -> Numbers:
    """Return the letterhead's numbering, cut where the lists of a letter are put in."""
    if not source:
        return Numbers(f"{HEAD}<w:numbering {NAMESPACES}>", "", "")
    root = parsed("word/numbering.xml", source)
    schemes = [one for one in root if one.tag == f"{W}abstractNum"]
    lists = [one for one in root if one.tag == f"{W}num"]
    if any(one.tag == f"{W}numPicBullet" for one in root):
        raise LetterheadError("The letterhead has lists with pictures as bullets. Choose plain bullets in Word.")
    drop(list(root))
    # A child keeps the root open, so that it is written with its namespaces and can be cut.
    etree.SubElement(root, f"{W}num")
    return Numbers(
        written(root).partition("<w:num/>")[0],
        "".join(_bare(one) for one in schemes),
        "".join(_bare(one) for one in lists),
        1 + max((_number(one, "abstractNumId") for one in schemes), default=0),
        1 + max((_number(one, "numId") for one in lists), default=0),
    )


def _number(one: etree._Element, name: str) -> int:
    said = one.get(f"{W}{name}", "")
    return int(said) if re.fullmatch("[0-9]{1,9}", said) else 0


def _bare(element: etree._Element) -> str:
    """An element's XML without the declarations of namespaces that the root has."""
    xml = etree.tostring(element, encoding="unicode", with_tail=False)
    return re.sub(r'\sxmlns:\w+="[^"]*"', "", xml)
