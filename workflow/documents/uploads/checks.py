"""An uploaded letterhead, unpacked by the guard of all such files (`workflow.unpacking`); refused with a sentence."""

from __future__ import annotations

from workflow.errors import LetterheadError
from workflow.unpacking import Fault, Limits, UnpackingError, is_xml
from workflow.unpacking import unpack as unpacked

__all__ = ["LARGEST_UPLOAD", "is_xml", "unpack"]

LARGEST_UPLOAD = 10_000_000
MOST_PARTS = 400
LARGEST_XML, ALL_XML = 3_000_000, 6_000_000
"""Parsed, XML takes about ten times its size in memory."""
LARGEST_PART, ALL_PARTS = 15_000_000, 30_000_000
REQUIRED = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")
_LIMITS = Limits(LARGEST_UPLOAD, LARGEST_XML, ALL_XML, LARGEST_PART, ALL_PARTS, MOST_PARTS)
_ACTIVE = "The file holds a program or an embedded object. Take it out in Word and save the letterhead as .docx."
_SAID = {
    Fault.LARGE: "The file is larger than 10 MB. Make its pictures smaller and save it again.",
    Fault.OLE: "The file is protected by a password, or an old .doc. Save it as .docx without a password.",
    Fault.NO_ARCHIVE: "This is not a Word document. Save the letterhead as .docx and choose that file.",
    Fault.DAMAGED: "The file is damaged. Open it in Word, save it as .docx, and choose it again.",
    Fault.MANY_PARTS: f"The file has over {MOST_PARTS} parts, more than any letterhead. Make it anew in Word.",
    Fault.MUCH_TEXT: "The file holds more text than any letterhead. Save the letterhead alone.",
    Fault.TWICE: "The file has the same part twice, so readers would see different letters. Make it anew.",
    Fault.FORGED: "The file has a part with a forged name ({part!r}). Make the letterhead anew.",
    Fault.PROGRAM: _ACTIVE,
    Fault.EMBEDDED: _ACTIVE,
    Fault.ENCRYPTED: "The file is encrypted. Save it without a password.",
    Fault.PACKED: "The file is packed in a way that Word does not use. Save it as .docx from Word.",
    Fault.STEEP: "The part {part} is far larger than in any letterhead. "
    "Make the pictures smaller, take the text out, and save it again.",
    Fault.NOT_UTF8: "The part {part} is not written in UTF-8. Open the file in Word and save it again.",
    Fault.DECLARES: "The part {part} declares a document type, which Word never does. Make it anew.",
    Fault.MACROS: "The file holds macros. Save it as .docx, not as .docm or .dotm.",
    Fault.MISSING: "This is not a Word document: it lacks {part}. Save it as .docx from Word.",
}


def unpack(upload: bytes) -> dict[str, bytes]:
    """Return the parts of a .docx by name. Raises LetterheadError."""
    try:
        return unpacked(upload, _LIMITS, required=REQUIRED)
    except UnpackingError as error:
        raise LetterheadError(_SAID[error.fault].format(part=error.part)) from error
