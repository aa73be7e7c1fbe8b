"""The parts of an uploaded document as trees: read, changed and written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from workflow.documents.writing.wordml import W
from workflow.errors import LetterheadError


def parsed(name: str, content: bytes) -> etree._Element:
    """Return a part of an upload as a tree, without comments; nothing is loaded. Raises LetterheadError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise LetterheadError(
            f"The part {name} is damaged, or nested deeper than Word ever does. Save the letterhead anew from Word."
        ) from error


def written(root: etree._Element) -> str:
    """Return a part as XML."""
    return str(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True).decode())


def drop(elements: Iterable[etree._Element]) -> int:
    """Take elements out of their tree; returns how many."""
    gone = [(one, one.getparent()) for one in elements]
    for one, parent in gone:
        if parent is not None:
            parent.remove(one)
    return len(gone)


def child(parent: etree._Element, name: str) -> etree._Element:
    """Return the child of this name; where there is none it becomes the first."""
    found = parent.find(f"{W}{name}")
    if found is None:
        found = etree.Element(f"{W}{name}")
        parent.insert(0, found)
    return found


def insert(properties: etree._Element, name: str, following: Sequence[str]) -> etree._Element:
    """Insert a property where the schema wants it: before the first of those that follow it. Returns it."""
    tags = {f"{W}{one}" for one in following}
    place = next((n for n, one in enumerate(properties) if one.tag in tags), len(properties))
    made = etree.Element(f"{W}{name}")
    properties.insert(place, made)
    return made
