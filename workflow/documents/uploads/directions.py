"""In which direction the paragraphs of a Word document run: said of each itself, so that a style can be turned."""

from __future__ import annotations

from lxml import etree

from workflow.documents.uploads.placeholders import AFTER_BIDI
from workflow.documents.uploads.trees import child, insert
from workflow.documents.writing.wordml import W


def turn_normal(styles: etree._Element) -> bool:
    """Let the style Normal run from right to left; False where a style says of itself how it runs: it stays so."""
    if next(styles.iter(f"{W}bidi"), None) is not None:
        return False
    for style in styles.iter(f"{W}style"):
        if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
            properties = style.find(f"{W}pPr")
            if properties is None:
                properties = etree.Element(f"{W}pPr")
                before = style.find(f"{W}rPr")
                style.insert(len(style) if before is None else style.index(before), properties)
            insert(properties, "bidi", AFTER_BIDI)
            return True
    return False


def keep_directions(content: bytes) -> bytes:
    """Let each paragraph of a part say that it runs from left to right, where it says nothing."""
    root = etree.fromstring(content)
    for paragraph in root.iter(f"{W}p"):
        properties = child(paragraph, "pPr")
        if properties.find(f"{W}bidi") is None:
            insert(properties, "bidi", AFTER_BIDI).set(f"{W}val", "0")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
