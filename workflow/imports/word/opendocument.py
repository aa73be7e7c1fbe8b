"""
An OpenDocument text (.odt), turned into a Word document by LibreOffice where that is installed.

LibreOffice is given the text and its styles alone: no pictures, objects, programs, nor anything that lies elsewhere.
"""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from workflow import office
from workflow.imports.word.refusals import Refusal, refused
from workflow.imports.word.xml import Element, parsed
from workflow.letter.typed import LARGEST_DOCUMENT
from workflow.unpacking import Limits, unpack

TEXT = "application/vnd.oasis.opendocument.text"
_PATIENCE = 10.0
"""Seconds that a letter waits while LibreOffice makes PDFs."""
_TIMEOUT = 30.0
_GLANCE = 0.05
_LIMITS = Limits(LARGEST_DOCUMENT, 10_000_000, 14_000_000, 15_000_000, 30_000_000, 2_000)
_XLINK = "{http://www.w3.org/1999/xlink}href"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SCRIPT = "{urn:oasis:names:tc:opendocument:xmlns:script:1.0}"
_ELSEWHERE = frozenset(
    (
        f"{_TEXT}section-source", f"{_OFFICE}dde-source", f"{_OFFICE}event-listeners", f"{_OFFICE}scripts",
        f"{_OFFICE}forms", f"{_DRAW}object", f"{_DRAW}object-ole", f"{_DRAW}plugin", f"{_DRAW}applet",
        f"{_DRAW}floating-frame", f"{_TEXT}dde-connection-decl", f"{_TEXT}database-display", f"{_TEXT}execute-macro",
        f"{_SCRIPT}event-listener",
    )
)  # fmt: skip
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001e221bc33"
    "0000000049454e44ae426082"
)
"""A picture in the place of each, so that pictures are counted as in a Word document."""
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    f'm:version="1.2"><m:file-entry m:full-path="/" m:media-type="{TEXT}"/>'
    '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/>'
    '<m:file-entry m:full-path="styles.xml" m:media-type="text/xml"/>'
    '<m:file-entry m:full-path="Pictures/p.png" m:media-type="image/png"/></m:manifest>'
)


def is_one(data: bytes) -> bool:
    """Tell whether an archive is an OpenDocument text by its first part (OpenDocument 1.2 part 3, 3.3)."""
    return data[30:38] == b"mimetype" and data[38 : 38 + len(TEXT)] == TEXT.encode()


def as_docx(data: bytes) -> bytes:
    """Return an .odt as a .docx; raises `IncomingError`."""
    parts = unpack(data, _LIMITS, wanted=_wanted, embedded=True, required=("content.xml",))
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise refused(Refusal.PASSWORD)
    soffice = office.libreoffice()
    if soffice is None:
        raise refused(Refusal.NO_OFFICE)
    try:
        with tempfile.TemporaryDirectory(prefix="undersigned-odt-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            (folder / "letter.odt").write_bytes(_bare(parts))
            options = ("--infilter=writer8", "--convert-to", "docx:MS Word 2007 XML", "--outdir", "out", "letter.odt")
            if not office.turns.acquire(timeout=_PATIENCE):
                raise refused(Refusal.BUSY)
            try:
                _run(soffice, folder, options)
            finally:
                office.turns.release()
            made = folder / "out" / "letter.docx"
            docx = made.read_bytes() if made.is_file() else b""
    except OSError as error:
        raise refused(Refusal.OFFICE) from error
    if not docx:
        raise refused(Refusal.OFFICE)
    return docx


def _run(soffice: str, folder: Path, options: Sequence[str]) -> None:
    with office.started(soffice, folder, options) as process:
        until = time.monotonic() + _TIMEOUT
        while process.poll() is None and time.monotonic() < until:
            time.sleep(_GLANCE)


def _wanted(name: str) -> bool:
    return name in ("content.xml", "styles.xml", "META-INF/manifest.xml")


def _bare(parts: dict[str, bytes]) -> bytes:
    """Return a document of the text and its styles alone."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", TEXT, zipfile.ZIP_STORED)
        for name in ("content.xml", "styles.xml"):
            if name in parts:
                root = parsed(parts[name], name)
                _clean(root)
                packed.writestr(name, etree.tostring(root, encoding="UTF-8", xml_declaration=True))
        packed.writestr("Pictures/p.png", _PIXEL)
        packed.writestr("META-INF/manifest.xml", _MANIFEST)
    return made.getvalue()


def _clean(root: Element) -> None:
    for one in list(root.iter()):
        parent = one.getparent()
        if one.tag in _ELSEWHERE and parent is not None:
            _keep_tail(one, parent)
            parent.remove(one)
        elif one.get(_XLINK) is not None and one.tag not in (f"{_TEXT}a", f"{_DRAW}a"):
            if one.tag == f"{_DRAW}image":
                one.set(_XLINK, "Pictures/p.png")
            else:
                del one.attrib[_XLINK]


def _keep_tail(one: Element, parent: Element) -> None:
    """What stands behind an element that goes belongs to the words before it."""
    tail = one.tail or ""
    before = one.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    one.tail = None
