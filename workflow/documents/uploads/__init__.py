"""An uploaded letterhead: checked, cleaned, compiled once to constant parts and placeholders that a letter fills."""

from workflow.documents.uploads.built_in import NAMES as BUILT_IN
from workflow.documents.uploads.built_in import built_in
from workflow.documents.uploads.checks import LARGEST_UPLOAD
from workflow.documents.uploads.letterhead import PLACEHOLDERS, Compiled, Letterhead, Placeholder

__all__ = [
    "BUILT_IN",
    "LARGEST_UPLOAD",
    "PLACEHOLDERS",
    "Compiled",
    "Letterhead",
    "Placeholder",
    "built_in",
    "compile_letterhead",
]


def compile_letterhead(upload: bytes) -> Compiled:
    """Check and compile an uploaded .docx. Raises LetterheadError with a sentence."""
    from workflow.documents.uploads.compiling import compiled  # lxml takes its time

    return compiled(upload)
