"""
A letter comes in: from a letter file (YAML and Markdown) or from plain text as people paste it.

Reads and recognises only; it stores nothing and sends nothing. What it cannot place is kept or named, never dropped.
"""

from workflow.imports.assemble import read_plain_text
from workflow.imports.imported import ImportedLetter, with_contacts
from workflow.imports.incoming import read
from workflow.imports.letter_file import read_letter_file, write_letter_file

__all__ = [
    "ImportedLetter",
    "read",
    "read_letter_file",
    "read_plain_text",
    "with_contacts",
    "write_letter_file",
]
