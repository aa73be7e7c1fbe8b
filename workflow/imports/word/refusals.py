"""Why a file is not taken in as a letter: a sentence each, which says what to do."""

from __future__ import annotations

from enum import Enum

from workflow.errors import IncomingError
from workflow.languages import lazy_gettext as _
from workflow.letter.typed import LARGEST_DOCUMENT, LARGEST_TEXT
from workflow.unpacking import Fault

LARGEST_MB, TEXT_MB = LARGEST_DOCUMENT // 1_000_000, LARGEST_TEXT // 1_000_000


class Refusal(Enum):
    """What is no letter."""

    LARGE = "large"
    OLD = "old"
    PASSWORD = "password"
    DAMAGED = "damaged"
    PART = "part"
    OTHER = "other"
    FORGED = "forged"
    PROGRAM = "program"
    MACROS = "macros"
    TEMPLATE = "template"
    STEEP = "steep"
    TEXT = "text"
    EMPTY = "empty"
    SCAN = "scan"
    INSIDE = "inside"
    NO_OFFICE = "no office"
    OFFICE = "office"
    BUSY = "busy"


_SAID = {
    Refusal.LARGE: _(
        "%(file)s is larger than %(most)s MB. Take its pictures out or make them smaller, and save it again."
    ),
    Refusal.OLD: _(
        "%(file)s is an old Word document (.doc). Open it in Word or LibreOffice, save it as .docx, and "
        "choose that file."
    ),
    Refusal.PASSWORD: _(
        "%(file)s is protected by a password. Open it, save it as .docx without a password, and choose that file."
    ),
    Refusal.DAMAGED: _("%(file)s is damaged. Open it in Word or LibreOffice, save it as .docx, and choose that file."),
    Refusal.PART: _(
        "%(file)s is damaged (%(part)s). Open it in Word or LibreOffice, save it as .docx, and choose that file."
    ),
    Refusal.OTHER: _(
        "%(file)s is no letter that can be read. Save the letter as .docx, .odt or plain text (.txt), and "
        "choose that file."
    ),
    Refusal.FORGED: _(
        "%(file)s has a part that no Word document has (%(part)s). Copy the letter into a new document and "
        "save it as .docx."
    ),
    Refusal.PROGRAM: _("%(file)s holds a program. Copy the letter into a new document and save it as .docx."),
    Refusal.MACROS: _("%(file)s holds macros. Save it as .docx, not as .docm, and choose that file."),
    Refusal.TEMPLATE: _("%(file)s is a template, not a letter. Open it, save it as .docx, and choose that file."),
    Refusal.STEEP: _(
        "%(file)s is far larger inside than a letter (%(part)s). Copy the letter into a new document and save "
        "it as .docx."
    ),
    Refusal.TEXT: _("%(file)s has more than %(text)s MB of text. Take in the letter alone."),
    Refusal.EMPTY: _("%(file)s has no text. Choose a file that has the letter’s text, or paste the text."),
    Refusal.SCAN: _(
        "%(file)s has only pictures and no text, like a scan. Paste the letter’s text, or choose the file "
        "that it was written in."
    ),
    Refusal.INSIDE: _(
        "%(file)s has another document in it. Open it in Word, copy all of it into a new document, and save "
        "that as .docx."
    ),
    Refusal.NO_OFFICE: _(
        "%(file)s is an OpenDocument text (.odt), and LibreOffice, which reads it, is not installed here. "
        "Save it as .docx and choose that file."
    ),
    Refusal.BUSY: _(
        "LibreOffice is busy. Choose %(file)s again in a minute, or save it as .docx and choose that file."
    ),
    Refusal.OFFICE: _("LibreOffice could not read %(file)s. Open it, save it as .docx, and choose that file."),
}
_BY_FAULT = {
    Fault.LARGE: Refusal.LARGE,
    Fault.OLE: Refusal.PASSWORD,
    Fault.NO_ARCHIVE: Refusal.OTHER,
    Fault.MANY_PARTS: Refusal.STEEP,
    Fault.MUCH_TEXT: Refusal.TEXT,
    Fault.TWICE: Refusal.FORGED,
    Fault.FORGED: Refusal.FORGED,
    Fault.PROGRAM: Refusal.PROGRAM,
    Fault.EMBEDDED: Refusal.PROGRAM,
    Fault.ENCRYPTED: Refusal.PASSWORD,
    Fault.STEEP: Refusal.STEEP,
    Fault.DECLARES: Refusal.FORGED,
    Fault.MACROS: Refusal.MACROS,
    Fault.MISSING: Refusal.OTHER,
}


class RefusedFileError(IncomingError):
    """A file that is not taken in; its name is known where it is read."""

    def __init__(self, why: Refusal, part: str, name: str = "") -> None:
        about = {"file": name or _("The file"), "part": part[:80], "most": LARGEST_MB, "text": TEXT_MB}
        said = _SAID[why]
        used = {key: value for key, value in about.items() if f"%({key})s" in said.id}
        super().__init__(type(said)(said.id, used))
        self.why, self.part = why, part

    def of(self, name: str) -> RefusedFileError:
        """Return the same of a file with a name."""
        return RefusedFileError(self.why, self.part, name)


def refused(why: Refusal, part: str = "") -> RefusedFileError:
    """Return what to raise."""
    return RefusedFileError(why, part)


def by_fault(fault: Fault, part: str) -> RefusedFileError:
    """Return what to raise for an archive that is at fault."""
    return refused(_BY_FAULT.get(fault, Refusal.DAMAGED), part)
