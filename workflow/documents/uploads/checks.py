"""
An uploaded Word document, hostile until it is checked: unpacked without being believed, refused with a sentence.

Looks at the archive and at the bytes of its parts only. Nothing is parsed here, and nothing of it is ever sent on.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from workflow.errors import LetterheadError

LARGEST_UPLOAD = 10_000_000
MOST_PARTS = 400
LARGEST_XML, ALL_XML = 3_000_000, 6_000_000
"""Parsed, XML takes about ten times its size in memory."""
LARGEST_PART, ALL_PARTS = 15_000_000, 30_000_000
STEEPEST = 200
"""How many times larger than in the archive a part may be; XML of a real letterhead is at 5 to 20."""
SMALL = 100_000
"""Up to this size nobody asks how steep."""
_CHUNK = 65_536
REQUIRED = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")
_ACTIVE = re.compile(r"vbaproject|vbadata|activex|/embeddings/|customui|oleobject|/macros?/", re.IGNORECASE)
_MACROS = b"macroEnabled"
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_DAMAGED = (OSError, ValueError, LookupError, EOFError, RuntimeError, OverflowError, zipfile.BadZipFile, zlib.error)
"""What zipfile raises at an archive that is not whole."""
_ENCRYPTED = b"\xd0\xcf\x11\xe0"


def unpack(upload: bytes) -> dict[str, bytes]:
    """Return the parts of a .docx by name. Raises LetterheadError."""
    if len(upload) > LARGEST_UPLOAD:
        raise LetterheadError("The file is larger than 10 MB. Make its pictures smaller and save it again.")
    if upload.startswith(_ENCRYPTED):
        raise LetterheadError(
            "The file is protected by a password, or an old .doc. Save it as .docx without a password."
        )
    if not upload.startswith(b"PK\x03\x04"):
        raise LetterheadError("This is not a Word document. Save the letterhead as .docx and choose that file.")
    try:
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            return _unpacked(archive)
    except LetterheadError:
        raise
    except _DAMAGED as error:
        raise LetterheadError("The file is damaged. Open it in Word, save it as .docx, and choose it again.") from error


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(archive.infolist()) > MOST_PARTS:
        raise LetterheadError(f"The file has over {MOST_PARTS} parts, more than any letterhead. Make it anew in Word.")
    _check_names(members)
    parts: dict[str, bytes] = {}
    left = ALL_PARTS
    left_xml = ALL_XML
    for member in members:
        content = _read(archive, member, min(left, LARGEST_PART))
        left -= len(content)
        if is_xml(member.filename):
            _check_xml(member.filename, content)
            left_xml -= len(content)
        if left_xml < 0:
            raise LetterheadError("The file holds more text than any letterhead. Save the letterhead alone.")
        parts[member.filename] = content
    missing = [name for name in REQUIRED if name not in parts]
    if missing:
        raise LetterheadError(f"This is not a Word document: it lacks {missing[0]}. Save it as .docx from Word.")
    return parts


def is_xml(name: str) -> bool:
    """Tell whether a part is XML by its name."""
    return name.casefold().endswith((".xml", ".rels"))


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    folded = [name.casefold() for name in names]
    if len(set(folded)) < len(folded):
        raise LetterheadError("The file has the same part twice, so readers would see different letters. Make it anew.")
    for name, member in zip(names, members, strict=True):
        outside = name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/") or ":" in name
        if outside or not name.isprintable():
            raise LetterheadError(f"The file has a part with a forged name ({name!r}). Make the letterhead anew.")
        if _ACTIVE.search(f"/{name}"):
            raise LetterheadError(
                "The file holds a program or an embedded object. Take it out in Word and save the letterhead as .docx."
            )
        if member.flag_bits & 0x1:
            raise LetterheadError("The file is encrypted. Save it without a password.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise LetterheadError("The file is packed in a way that Word does not use. Save it as .docx from Word.")


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    """Read a part and count what really comes out: the size that an archive tells is not believed."""
    room = min(room, LARGEST_XML) if is_xml(member.filename) else room
    steepest = max(SMALL, member.compress_size * STEEPEST)
    found = bytearray()
    with archive.open(member) as opened:
        while chunk := opened.read(_CHUNK):
            found += chunk
            if len(found) > min(room, steepest):
                raise LetterheadError(
                    f"The part {member.filename} is far larger than in any letterhead. "
                    "Make the pictures smaller, take the text out, and save it again."
                )
    return bytes(found)


def _check_xml(name: str, content: bytes) -> None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content or _DECLARED.search(content[:200]):
        raise LetterheadError(f"The part {name} is not written in UTF-8. Open the file in Word and save it again.")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise LetterheadError(f"The part {name} declares a document type, which Word never does. Make it anew.")
    if name == "[Content_Types].xml" and _MACROS in content:
        raise LetterheadError("The file holds macros. Save it as .docx, not as .docm or .dotm.")
