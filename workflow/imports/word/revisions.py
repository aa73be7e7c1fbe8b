"""Tracked changes accepted or refused: what would be gone is taken out of the tree (ECMA-376 part 1, 17.13.5)."""

from __future__ import annotations

from collections import Counter

from workflow.imports.word.xml import Element, W

_INTO = frozenset((f"{W}ins", f"{W}moveTo"))
_OUT = frozenset((f"{W}del", f"{W}moveFrom"))
_CELLS = {f"{W}cellIns": True, f"{W}cellDel": False}
_FORMER = {f"{W}rPrChange": f"{W}rPr", f"{W}pPrChange": f"{W}pPr"}
_ALL = (*_INTO, *_OUT, *_CELLS, *_FORMER)
_MARKS = frozenset((f"{W}bookmarkStart", f"{W}bookmarkEnd", f"{W}commentRangeStart", f"{W}commentRangeEnd",
                    f"{W}moveFromRangeStart", f"{W}moveFromRangeEnd", f"{W}moveToRangeStart", f"{W}moveToRangeEnd",
                    f"{W}proofErr", f"{W}permStart", f"{W}permEnd"))  # fmt: skip


def settle(root: Element, accept: bool) -> Counter[str]:
    """Accept or refuse all tracked changes of a tree; returns how many each author made, by name."""
    by_author: Counter[str] = Counter()
    joining: set[Element] = set()
    for change in list(root.iter(*_ALL)):
        parent = change.getparent()
        if parent is None:
            continue
        by_author[change.get(f"{W}author", "")] += 1
        if change.tag in _FORMER:
            if not accept:
                _put_back(change)
            continue
        came = _CELLS.get(change.tag, change.tag in _INTO)
        if came != accept:
            _take_out(change, parent, joining)
    if joining:
        _join(root, joining)
    return by_author


def _take_out(change: Element, parent: Element, joining: set[Element]) -> None:
    """Take out what a change came with: words, a row, a cell, or the end of a paragraph."""
    if parent.tag == f"{W}rPr":
        properties = parent.getparent()
        if properties is not None and properties.tag == f"{W}pPr" and properties.getparent() is not None:
            joining.add(properties.getparent())
        return
    if parent.tag in (f"{W}trPr", f"{W}tcPr"):
        gone = parent.getparent()
        if gone is not None and gone.getparent() is not None:
            gone.getparent().remove(gone)
        return
    if parent.tag != f"{W}numPr":
        parent.remove(change)


def _put_back(change: Element) -> None:
    """Put the properties in place that a paragraph or run had before, but for what is said of its end."""
    properties = change.getparent()
    former = change.find(_FORMER[change.tag])
    kept = [one for one in properties if one.tag in (*_INTO, *_OUT, f"{W}rPr", f"{W}sectPr")]
    for one in list(properties):
        if one not in kept:
            properties.remove(one)
    for one in list(former) if former is not None else ():
        properties.insert(len(properties), one)


def _join(root: Element, joining: set[Element]) -> None:
    """Join each paragraph whose end is gone with the one after it, which has the end that stays."""
    carried: list[Element] = []
    for paragraph in list(root.iter(f"{W}p")):
        held = [one for one in paragraph if one.tag != f"{W}pPr"] if paragraph in joining else []
        if paragraph in joining and _next(paragraph) is not None:
            carried += held
            paragraph.getparent().remove(paragraph)
            continue
        if paragraph in joining and not held and not carried:
            paragraph.getparent().remove(paragraph)
        properties = paragraph.find(f"{W}pPr")
        for one in reversed(carried):
            if properties is None:
                paragraph.insert(0, one)
            else:
                properties.addnext(one)
        carried = []


def _next(paragraph: Element) -> Element | None:
    """The paragraph that stands next to one, if one does."""
    after = paragraph.getnext()
    while after is not None and after.tag in _MARKS:
        after = after.getnext()
    return after if after is not None and after.tag == f"{W}p" else None
