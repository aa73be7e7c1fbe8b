"""
Bytes as they come from a file or a form become a letter: which format, and which encoding.

Refuses what is no text, in words; never guesses at a PDF.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from workflow.errors import IncomingError, RefusedError, the_first
from workflow.imports import word
from workflow.imports.assemble import read_plain_text, read_rows
from workflow.imports.doubts import Doubt, told
from workflow.imports.imported import ImportedLetter, check_count
from workflow.imports.letter_file import is_letter_file, read_letter_file
from workflow.letter import typed
from workflow.letter.markdown import too_hard

LONGEST_FIELD = 500
MOST_LINES = 3_000
LONGEST_LINE = 5_000
"""Of plain text, whose every line is weighed: a letter file may have more."""

_FORMATS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_SAVE = "Open it, choose “Save as”, plain text (.txt, UTF-8), and take in that file; or paste the text."


def read(data: bytes, filename: str = "", *, tracked: word.Tracked = "accept") -> ImportedLetter:
    """
    Read a letter from bytes: a Word document or .odt, a letter file when it opens with `---`, else plain text.

    Of a Word document, `tracked` says whether its tracked changes are accepted or refused.

    Text is UTF-8, UTF-16 with a byte order mark, else Windows-1252 (a doubt says so). Raises `IncomingError`.
    """
    named = f"“{filename}”" if filename else "The file"
    if word.is_document(data):
        return _from_word(word.read(data, filename, tracked=tracked))
    if len(data) > typed.LARGEST_FILE:
        raise IncomingError(
            f"{named} has {len(data) / 1e6:.1f} MB; a letter has {typed.LARGEST_FILE // 1_000_000} MB at most. "
            "Take the letter's text only."
        )
    for magic, what in _FORMATS:
        if data.startswith(magic):
            raise IncomingError(f"{named} is {what}, not text. {_SAVE}")
    source, doubt = _decoded(data, named)
    if not source.strip("\ufeff \t\r\n\f\v"):
        raise IncomingError(f"{named} is empty. Choose a file that has the letter's text, or paste the text.")
    if re.match(r"\s*(?:<!doctype\s+html|<html)", source, re.IGNORECASE):
        raise IncomingError(f"{named} is a web page, not text. {_SAVE}")
    imported = read_letter_file(source) if is_letter_file(source) else read_plain_text(_checked(source))
    _check_fields(imported)
    for why in too_hard(imported.letter.body):
        raise IncomingError(f"The letter cannot be taken in. {why!s}")
    return _as_kept(replace(imported, doubts=(*doubt, *imported.doubts)))


def _from_word(found: word.WordText) -> ImportedLetter:
    """Recognise the parts of a letter in what a Word document says."""
    _check_lines([row.text for row in found.rows])
    imported = read_rows(found.rows, found.notes, found.text)
    _check_fields(imported)
    for why in too_hard(imported.letter.body):
        raise IncomingError(f"The letter cannot be taken in. {why!s}")
    doubts = (*map(told, found.doubts), *imported.doubts)
    return _as_kept(replace(imported, doubts=doubts, tracked=found.tracked))


def _as_kept(imported: ImportedLetter) -> ImportedLetter:
    """Return a letter with its words as they are kept (`workflow.letter.typed`), and say what was taken out."""
    try:
        letter = typed.letter(imported.letter)
        cosigners = typed.cosigners(imported.cosigners)
        campaign, place = typed.line(imported.campaign), typed.line(imported.place, typed.PLACE)
    except RefusedError as refused:
        raise IncomingError(*map(str, refused.reasons)) from refused
    doubts = (*map(told, typed.left_out(imported.letter)), *imported.doubts)
    return replace(imported, letter=letter, cosigners=cosigners, campaign=campaign, place=place, doubts=doubts)


def _checked(source: str) -> str:
    """Refuse plain text that no letter looks like: to recognise its parts would take too long."""
    _check_lines([line.strip() for line in source.splitlines()])
    return source


def _check_lines(lines: Sequence[str]) -> None:
    said = sum(line != "" for line in lines)
    if said > MOST_LINES:
        raise IncomingError(
            f"There are {said} lines; a letter can be recognised in {MOST_LINES} at most. Take its text and fewer "
            "names, or write the names into a letter file (.md with front matter)."
        )
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise IncomingError(
                f"Line {number} has {len(line)} characters; a line of pasted text has {LONGEST_LINE} at most. "
                "Break it into paragraphs."
            )


def _check_fields(imported: ImportedLetter) -> None:
    """Refuse what the pages and the database could not hold."""
    check_count(imported.cosigners)
    letter = imported.letter
    lines = [letter.subject, letter.salutation, letter.closing, imported.campaign, imported.place]
    lines += [line for recipient in letter.recipients for line in recipient.lines]
    lines += [said for c in imported.cosigners for said in (c.organisation, c.acronym, c.signatory, c.title)]
    wrong = [
        f"“{line[:60]}…” has {len(line)} characters; a subject, a name or a line of an address has "
        f"{LONGEST_FIELD} at most. Shorten it, or write a letter file (.md with front matter)."
        for line in lines
        if len(line) > LONGEST_FIELD
    ]
    if wrong:
        raise IncomingError(*the_first(wrong))


def _decoded(data: bytes, named: str) -> tuple[str, tuple[Doubt, ...]]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _utf16(data, named), ()
    if _is_binary(data):
        raise IncomingError(f"{named} is not text. {_SAVE}")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), (Doubt("encoding"),)


def _utf16(data: bytes, named: str) -> str:
    try:
        source = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise IncomingError(f"{named} is said to be UTF-16, but byte {error.start} is not. {_SAVE}") from error
    if _strange(source) > 0:
        raise IncomingError(f"{named} is not text. {_SAVE}")
    return source


def _is_binary(data: bytes) -> bool:
    controls = sum(data.count(byte) for byte in range(32) if byte not in (8, 9, 10, 11, 12, 13, 27, 31))
    return b"\x00" in data or controls > max(2, len(data) // 200)


def _strange(source: str) -> int:
    return sum(unicodedata.category(c) == "Cn" or c == "\x00" for c in source[:4000])
