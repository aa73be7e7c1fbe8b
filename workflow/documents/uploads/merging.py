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

from workflow.documents.uploads.sanitise import parsed
from workflow.documents.writing.references import Numbers
from workflow.documents.writing.styles import styles
from workflow.documents.writing.wordml import HEAD, NAMESPACES, W
from workflow.errors import LetterheadError

_TAG = "xx-TAG"
"""Stands where the language of a letter is set."""


@functools.cache
def _ours() -> tuple[etree._Element, ...]:
    return tuple(parsed("styles", styles(_TAG).encode()))


def _said(style: etree._Element) -> str:
    name = style.find(f"{W}name")
    return (name.get(f"{W}val", "") if name is not None else "").casefold()


def merged_styles(source: bytes) -> tuple[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return styles.xml around the place of the language's tag, and which styles of ours have another id in it."""
    root = parsed("word/styles.xml", source) if source else parsed("styles", styles(_TAG).encode())
    for trace in list(root.iter(f"{W}lang", f"{W}rsid")):
        parent = trace.getparent()
        if parent is not None:
            parent.remove(trace)
    _set_language(root)
    theirs = {(one.get(f"{W}type", ""), _said(one)): one.get(f"{W}styleId", "") for one in root.iter(f"{W}style")}
    taken = set(theirs.values())
    names: dict[str, str] = {}
    missing = []
    for style in (one for one in _ours() if one.tag == f"{W}style"):
        own = style.get(f"{W}styleId", "")
        known = theirs.get((style.get(f"{W}type", ""), _said(style))) or _default(root, style)
        names[own] = known or (f"U{own}" if own in taken else own)
        if not known:
            missing.append(style)
    for style in missing:
        root.append(_named(style, names))
    xml = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True).decode()
    before, _, after = xml.partition(f'<w:lang w:val="{_TAG}"/>')
    return (before, after), tuple((own, name) for own, name in names.items() if own != name)


def _default(root: etree._Element, style: etree._Element) -> str:
    """The letterhead's own default of a kind stands for ours, whatever it is called."""
    if style.get(f"{W}default") != "1":
        return ""
    kind = style.get(f"{W}type")
    return next(
        (
            one.get(f"{W}styleId", "")
            for one in root.iter(f"{W}style")
            if one.get(f"{W}type") == kind and one.get(f"{W}default") in ("1", "true", "on")
        ),
        "",
    )


def _named(style: etree._Element, names: dict[str, str]) -> etree._Element:
    made = copy.deepcopy(style)
    made.set(f"{W}styleId", names[made.get(f"{W}styleId", "")])
    base = made.find(f"{W}basedOn")
    if base is not None:
        base.set(f"{W}val", names.get(base.get(f"{W}val", ""), base.get(f"{W}val", "")))
    return made


def _set_language(root: etree._Element) -> None:
    defaults = root.find(f"{W}docDefaults")
    if defaults is None:
        defaults = etree.Element(f"{W}docDefaults")
        root.insert(0, defaults)
    characters = defaults.find(f"{W}rPrDefault")
    if characters is None:
        characters = etree.Element(f"{W}rPrDefault")
        defaults.insert(0, characters)
    looks = characters.find(f"{W}rPr")
    if looks is None:
        looks = etree.SubElement(characters, f"{W}rPr")
    language = etree.Element(f"{W}lang")
    language.set(f"{W}val", _TAG)
    after = [looks.find(f"{W}{name}") for name in ("eastAsianLayout", "specVanish", "oMath")]
    following = next((one for one in after if one is not None), None)
    if following is None:
        looks.append(language)
    else:
        following.addprevious(language)


def merged_numbers(source: bytes) -> Numbers:
    """Return the letterhead's numbering, cut where the lists of a letter are put in."""
    if not source:
        return Numbers(f"{HEAD}<w:numbering {NAMESPACES}>", "", "")
    root = parsed("word/numbering.xml", source)
    schemes = [one for one in root if one.tag == f"{W}abstractNum"]
    lists = [one for one in root if one.tag == f"{W}num"]
    if any(one.tag == f"{W}numPicBullet" for one in root):
        raise LetterheadError("The letterhead has lists with pictures as bullets. Choose plain bullets in Word.")
    for one in list(root):
        root.remove(one)
    # A child keeps the root open, so that it is written with its namespaces and can be cut.
    etree.SubElement(root, f"{W}num")
    written = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True).decode()
    opening = written.partition("<w:num/>")[0]
    return Numbers(
        opening,
        "".join(_written(one) for one in schemes),
        "".join(_written(one) for one in lists),
        1 + max((int(one.get(f"{W}abstractNumId", "0")) for one in schemes), default=0),
        1 + max((int(one.get(f"{W}numId", "0")) for one in lists), default=0),
    )


def _written(element: etree._Element) -> str:
    """An element's XML without the declarations of namespaces that the root has."""
    xml = etree.tostring(element, encoding="unicode", with_tail=False)
    return re.sub(r'\sxmlns:\w+="[^"]*"', "", xml)
