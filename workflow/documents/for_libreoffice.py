"""
A Word document as LibreOffice is given it to be printed, where it would print it otherwise than Word does.

LibreOffice sets the rule above the footnotes by the direction of the style Normal alone; Word by that of the rule's own
paragraph. What is stored and sent is the document itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from workflow.documents.writing.opc import Entry, entry, pack
from workflow.documents.writing.references import TURNED_RULE

_NOTES, _STYLES = "word/footnotes.xml", "word/styles.xml"
_MARK = f"{TURNED_RULE}<w:r><w:separator/>".encode()


def for_libreoffice(docx: bytes) -> bytes:
    """Return what LibreOffice prints as Word would print a document; most documents are that as they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            names = package.namelist()
            if _NOTES not in names or _STYLES not in names or _MARK not in package.read(_NOTES):
                return docx
            return pack(_turned({name: package.read(name) for name in names}))
    except (zipfile.BadZipFile, UnicodeEncodeError):
        return docx


def _turned(parts: dict[str, bytes]) -> Iterator[Entry]:
    """Turn the style Normal, and say of each paragraph itself in which direction it runs."""
    from lxml import etree  # takes its time

    from workflow.documents.uploads.directions import keep_directions, turn_normal

    styles = etree.fromstring(parts[_STYLES])
    turned = turn_normal(styles)
    for name, content in parts.items():
        if not turned or not name.startswith("word/") or not name.endswith(".xml"):
            yield entry(name, content)
        elif name == _STYLES:
            yield entry(name, etree.tostring(styles, xml_declaration=True, encoding="UTF-8", standalone=True))
        else:
            yield entry(name, keep_directions(content))
