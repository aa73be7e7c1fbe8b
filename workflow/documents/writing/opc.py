"""
A zip archive of which every byte is decided here: no clock, no machine, no order but the given one.

Python's zipfile can be brought to the same, but deflates anew what never changes, which is most of a short letter.
Format: PKWARE APPNOTE 6.3, without zip64 (a letter is far below 4 GB).
"""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workflow.documents.writing.wordml import HEAD, escaped

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
"""The media type of a Word document."""
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
LEVEL = 3
"""How hard to deflate: at 1,000 signatures 6 takes three times as long for 15 parts in a hundred less."""
_VERSION = 20
_DEFLATED = 8
_MIDNIGHT, _FIRST_DAY = 0, 0x21
"""1 January 1980, 0:00, as DOS writes time and date."""


class Entry(NamedTuple):
    """One file of an archive, deflated; its name is ASCII."""

    name: bytes
    checksum: int
    size: int
    deflated: bytes

    def facts(self) -> tuple[int, ...]:
        """What both headers of an entry say of it, from its method to the length of its name."""
        sizes = (self.checksum, len(self.deflated), self.size, len(self.name))
        return (_DEFLATED, _MIDNIGHT, _FIRST_DAY, *sizes)


def entry(name: str, content: str | bytes) -> Entry:
    """Deflate a file."""
    raw = content.encode() if isinstance(content, str) else content
    deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Entry(name.encode("ascii"), zlib.crc32(raw), len(raw), deflater.compress(raw) + deflater.flush())


@functools.lru_cache(maxsize=64)
def steady(name: str, content: str | bytes) -> Entry:
    """Deflate a file that is the same in most letters, once."""
    return entry(name, content)


def pack(entries: Iterable[Entry]) -> bytes:
    """Return the archive of these files, in this order."""
    files: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for one in entries:
        header = struct.pack("<4sHH3H3LHH", b"PK\x03\x04", _VERSION, 0, *one.facts(), 0)
        listed = struct.pack(
            "<4sHHH3H3LHHHHHLL", b"PK\x01\x02", _VERSION, _VERSION, 0, *one.facts(), 0, 0, 0, 0, 0, offset
        )
        files += (header, one.name, one.deflated)
        directory += (listed, one.name)
        offset += len(header) + len(one.name) + len(one.deflated)
    count = len(directory) // 2
    length = sum(map(len, directory))
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, length, offset, 0)
    return b"".join((*files, *directory, end))


class Relation(NamedTuple):
    """One line of a part's relations."""

    id: str
    type: str
    target: str
    external: bool = False

    def xml(self) -> str:
        """Return it as XML."""
        mode = ' TargetMode="External"' if self.external else ""
        return f'<Relationship Id="{escaped(self.id)}" Type="{self.type}" Target="{escaped(self.target)}"{mode}/>'


def relations_part(relations: Sequence[Relation]) -> str:
    """Return a part of relations."""
    return f'{HEAD}<Relationships xmlns="{RELATIONS}">{"".join(one.xml() for one in relations)}</Relationships>'


@functools.lru_cache(maxsize=64)
def types_part(types: tuple[tuple[str, str], ...]) -> str:
    """Return [Content_Types].xml."""
    said = "".join(
        f'<Override PartName="{escaped(name)}" ContentType="{kind}"/>'
        if name.startswith("/")
        else f'<Default Extension="{escaped(name)}" ContentType="{kind}"/>'
        for name, kind in types
    )
    return f'{HEAD}<Types xmlns="{CONTENT_TYPES}">{said}</Types>'
