"""The parts of a Word document as trees, and the names that are looked for in them (ECMA-376 part 1, 17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from workflow.imports.word.refusals import Refusal, refused

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
V = "{urn:schemas-microsoft-com:vml}"
OFFICE = "{urn:schemas-microsoft-com:office:office}"
DEEPEST = 120
"""How deep elements may stand in each other; a real letter has some 30."""

_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/main", A[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", R[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", M[1:-1].encode()),
)
"""The names of a document that is saved as Strict (ECMA-376 part 1), and those of all others (part 4)."""
_OFF = ("0", "false", "off")

Element = Any
"""An element of lxml, which tells little of its types."""


def parsed(content: bytes, name: str) -> Element:
    """Return a part as a tree; nothing is loaded. Raises `IncomingError`."""
    if b"purl.oclc.org" in content:
        for strict, usual in _STRICT:
            content = content.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, remove_blank_text=False
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise refused(Refusal.PART, part=name) from error


def is_on(element: Element | None) -> bool | None:
    """Tell what a switch says (17.17.4): None where there is none."""
    return None if element is None else element.get(f"{W}val", "1") not in _OFF


def value(parent: Element | None, name: str, attribute: str = "val") -> str:
    """Return the attribute of a child, or nothing."""
    child = None if parent is None else parent.find(f"{W}{name}")
    return "" if child is None else str(child.get(f"{W}{attribute}", ""))


def number(words: str | None, usual: int = 0) -> int:
    """Return a whole number that an attribute says, or the usual one."""
    return int(words) if words and re.fullmatch(r"-?\d{1,9}", words) else usual


def relations(content: bytes | None, name: str) -> Iterator[tuple[str, str, str, bool]]:
    """Give the relations of a part (ECMA-376 part 2, 8.5): id, kind, target, and whether it is outside of the file."""
    if content is None:
        return
    for one in parsed(content, name):
        if isinstance(one.tag, str):
            kind = one.get("Type", "").rpartition("/")[2]
            yield one.get("Id", ""), kind, one.get("Target", ""), one.get("TargetMode") == "External"
