"""
Whether an SVG drawing may be drawn at all, looked up in its tree before anything draws it.

A drawing can name files, hold programs, and be a bomb; what it costs all the same ends with its process (`drawing`).
"""

from __future__ import annotations

import re

from workflow.errors import PictureError

MOST_TAGS = 40_000
MOST_FILTERS = 8
"""Steps of filters: each works on every pixel, and a shadow takes four."""
_HEAD = 10_000
"""Within so many bytes a drawing has begun: what comes before are comments, and a document type."""
_COSTLY = frozenset(
    ("feTurbulence", "feMorphology", "feConvolveMatrix", "feDisplacementMap", "feDiffuseLighting", "feSpecularLighting")
)
_OUTSIDE = re.compile(
    rb"""<!DOCTYPE|<!ENTITY|<script|<foreignObject|@import|href\s*+=\s*+["'](?!\#|data:image/(?:png|jpe?g);base64,)|url\(\s*+["']?+(?!\#)""",
    re.IGNORECASE,
)


def looks_like_one(upload: bytes) -> bool:
    """Whether a file begins as a drawing does, after an XML declaration and comments. Reads on, and never back."""
    rest = upload[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if rest.startswith(b"<?xml"):
        rest = rest.partition(b"?>")[2].lstrip()
    while rest.startswith(b"<!--"):
        rest = rest[4:].partition(b"-->")[2].lstrip()
    return rest.startswith((b"<!DOCTYPE", *(b"<svg" + after for after in (b" ", b"\t", b"\r", b"\n", b"/", b">"))))


def check(drawing: bytes) -> None:
    """Raise `PictureError` for a drawing that refers to something outside of it, or takes very long to draw."""
    if _OUTSIDE.search(drawing) or b"\0" in drawing:
        raise PictureError(
            "The drawing refers to something outside of it, or holds a program. Save it as plain SVG, or as a PNG."
        )
    if drawing.count(b"<") > MOST_TAGS or _is_costly(_filters(drawing)):
        raise PictureError("The drawing is too intricate: it has many parts or effects. Save the logo as a PNG.")


def _is_costly(filters: list[str]) -> bool:
    return len(filters) > MOST_FILTERS or not _COSTLY.isdisjoint(filters)


def _filters(drawing: bytes) -> list[str]:
    """Return the name of every step of a filter in the drawing."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(drawing, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise PictureError("The drawing could not be drawn: it is damaged. Save the logo as a PNG.") from None
    names = (etree.QName(element).localname for element in root.iter("*"))
    return [name for name in names if name.startswith("fe") and not name.startswith(("feFunc", "feMergeNode"))]
