"""
An uploaded Word or OpenDocument file, hostile until it is checked: unpacked without being believed (ECMA-376 part 2).

Looks at the archive and at the bytes of its parts only. Nothing is parsed here; who asks puts what is wrong into words.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

STEEPEST = 200
"""How many times larger than in the archive a part may be; XML of a real document is at 5 to 20."""
SMALL = 100_000
"""Up to this size nobody asks how steep."""
_CHUNK = 65_536
_PROGRAMS = re.compile(r"vbaproject|vbadata|activex|customui|/macros?/|/basic/|/scripts?/", re.IGNORECASE)
_EMBEDDED = re.compile(r"/embeddings/|oleobject", re.IGNORECASE)
_MACROS = b"macroEnabled"
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_DAMAGED = (OSError, ValueError, LookupError, EOFError, RuntimeError, OverflowError, zipfile.BadZipFile, zlib.error)
"""What zipfile raises at an archive that is not whole."""
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


class Fault(Enum):
    """What can be wrong with an archive."""

    LARGE = "larger than such a file may be"
    OLE = "protected by a password, or of the old format"
    NO_ARCHIVE = "no archive"
    DAMAGED = "damaged"
    MANY_PARTS = "too many parts"
    MUCH_TEXT = "too much XML in all"
    TWICE = "the same part twice"
    FORGED = "a forged name"
    PROGRAM = "a program"
    EMBEDDED = "an embedded object"
    ENCRYPTED = "encrypted parts"
    PACKED = "packed in another way"
    STEEP = "a part far larger than it may be"
    NOT_UTF8 = "XML that is not in UTF-8"
    DECLARES = "a document type"
    MACROS = "macros"
    MISSING = "a part is missing"


class UnpackingError(ValueError):
    """An archive that is not opened: `fault` says why, `part` names what of it is at fault, where it is one part."""

    def __init__(self, fault: Fault, part: str = "") -> None:
        super().__init__(fault, part)
        self.fault = fault
        self.part = part


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes an upload, one part of XML, all XML, any part and all parts may have; and how many parts."""

    upload: int
    xml: int
    all_xml: int
    part: int
    all_parts: int
    parts: int = 400


def is_xml(name: str) -> bool:
    """Tell whether a part is XML by its name."""
    return name.casefold().endswith((".xml", ".rels"))


def unpack(
    upload: bytes,
    limits: Limits,
    *,
    required: Iterable[str] = (),
    wanted: Callable[[str], bool] = lambda _: True,
    embedded: bool = False,
) -> dict[str, bytes]:
    """
    Return the parts of an archive by name, those that are `wanted`: others are not unpacked, only their names are read.

    `embedded` says that an archive with embedded objects is opened too. Raises `UnpackingError`.
    """
    if len(upload) > limits.upload:
        raise UnpackingError(Fault.LARGE)
    if upload.startswith(_OLE):
        raise UnpackingError(Fault.OLE)
    if not upload.startswith(_ZIP):
        raise UnpackingError(Fault.NO_ARCHIVE)
    try:
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(archive.infolist()) > limits.parts:
                raise UnpackingError(Fault.MANY_PARTS)
            _check_names(members, embedded)
            parts = _read_all(archive, [member for member in members if wanted(member.filename)], limits)
    except UnpackingError:
        raise
    except _DAMAGED as error:
        raise UnpackingError(Fault.DAMAGED) from error
    for name in required:
        if name not in parts:
            raise UnpackingError(Fault.MISSING, name)
    return parts


def _read_all(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo], limits: Limits) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left, left_xml = limits.all_parts, limits.all_xml
    for member in members:
        most = min(left, limits.part, limits.xml) if is_xml(member.filename) else min(left, limits.part)
        content = _read(archive, member, most)
        left -= len(content)
        if is_xml(member.filename):
            _check_xml(member.filename, content)
            left_xml -= len(content)
        if left_xml < 0:
            raise UnpackingError(Fault.MUCH_TEXT)
        parts[member.filename] = content
    return parts


def _check_names(members: list[zipfile.ZipInfo], embedded: bool) -> None:
    names = [member.filename for member in members]
    if len({name.casefold() for name in names}) < len(names):
        raise UnpackingError(Fault.TWICE)
    for name, member in zip(names, members, strict=True):
        outside = name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/") or ":" in name
        if outside or not name.isprintable():
            raise UnpackingError(Fault.FORGED, name)
        if _PROGRAMS.search(f"/{name}"):
            raise UnpackingError(Fault.PROGRAM, name)
        if not embedded and _EMBEDDED.search(f"/{name}"):
            raise UnpackingError(Fault.EMBEDDED, name)
        if member.flag_bits & 0x1:
            raise UnpackingError(Fault.ENCRYPTED, name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnpackingError(Fault.PACKED, name)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    """Read a part and count what really comes out: the size that an archive tells is not believed."""
    steepest = max(SMALL, member.compress_size * STEEPEST)
    found = bytearray()
    with archive.open(member) as opened:
        while chunk := opened.read(_CHUNK):
            found += chunk
            if len(found) > min(room, steepest):
                raise UnpackingError(Fault.STEEP, member.filename)
    return bytes(found)


def _check_xml(name: str, content: bytes) -> None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content or _DECLARED.search(content[:200]):
        raise UnpackingError(Fault.NOT_UTF8, name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnpackingError(Fault.DECLARES, name)
    if name == "[Content_Types].xml" and _MACROS in content:
        raise UnpackingError(Fault.MACROS, name)
