"""
The last stage: the parts of a letter become an imported letter, with sentences on what was recognised or doubtful.

No word is lost unsaid: what stands nowhere in the letter is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from workflow.errors import IncomingError
from workflow.imports.classify import Line, classified, without_label
from workflow.imports.decode import Parts, decode, said_of, stands_as_subject
from workflow.imports.imported import ImportedLetter, with_missing_addresses
from workflow.imports.joining import usable
from workflow.imports.lexicon import language, pattern
from workflow.imports.paragraphs import Known, joined, markdown
from workflow.imports.phrases import EMAIL, is_american
from workflow.imports.recipients import addressed
from workflow.imports.segment import Row, segment
from workflow.imports.signatories import signatories
from workflow.letter import text

_LETTER_KIND = pattern(r"\b«letter_kind»\b")
_ONLY_A_KIND = pattern(r"(?:«letter_kind_words»[\s:.]*)+")
_WORD = re.compile(r"[^\W_]+")
_UNPLACED = "I did not know where “{}” belongs"


@dataclass(slots=True)
class _Letter:
    """What has been recognised so far."""

    language: str
    date: date | None = None
    place: str = ""
    subject: str = ""
    recipients: list[text.Recipient] = field(default_factory=list)
    cosigners: list[text.Cosigner] = field(default_factory=list)
    body: str = ""
    unsure: list[str] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)


def read_plain_text(source: str) -> ImportedLetter:
    """
    Recognise the parts of a letter in plain text; raises `IncomingError` when there is no text in it.

    `unsure` says what was read with doubt or is missing, `recognised` what was found.
    """
    segments = segment(source)
    lines = classified(segments.rows)
    if segments.mail_head:
        lines = _without_note(lines, segments.mail_head)
    if not lines:
        raise IncomingError("There is no text in it. Choose a file that has the letter's text, or paste the text.")
    parts = decode(lines, segments.spaced)
    letter = _Letter(language(source), unsure=parts.unsure)
    if segments.mail_head:
        letter.unsure.append(f"I left out the head of a forwarded mail: “{' / '.join(segments.mail_head)}”.")
    for subject in parts.subjects:
        _take_subject(subject, letter)
    _take_date(parts, letter)
    _take_signatories(parts, letter)
    _take_recipients(parts, letter)
    _take_body(parts, segments.spaced, source, letter)
    _report_pages(segments.pages, letter)
    return _with_every_word(_imported(parts, letter), lines)


def _without_note(lines: list[Line], mail_head: list[str]) -> list[Line]:
    """What whoever forwarded the letter wrote above its date is not the letter's."""
    dated = next((n for n, line in enumerate(lines[:12]) if line.dateline), 0)
    if any(line.salutation or line.roles.place > 2 for line in lines[:dated]):
        return lines
    mail_head += [line.text for line in lines[:dated]]
    return lines[dated:]


# --- the head ------------------------------------------------------------------------------------------------------


def _take_subject(lines: Sequence[Line], letter: _Letter) -> None:
    letter.subject = without_label(said_of(lines))
    letter.recognised.append(f"The subject: “{said_of(lines)}”.")


def _take_date(parts: Parts, letter: _Letter) -> None:
    line = parts.date
    found = line.dateline if line else None
    if line is None or found is None:
        letter.unsure.append("I found no date. The letter gets the day on which it is sent, or set one.")
        return
    letter.date, letter.place, other = found.day, found.place, found.other
    if other:
        if letter.language == "en" and any(is_american(above.text) for above in parts.address):
            letter.date, other = other, found.day
        letter.unsure.append(
            f"The date “{line.text}” can be read in two ways; I took {letter.date.isoformat()} and not {other}."
        )
    letter.recognised.append(f"The date {letter.date.isoformat()}: “{line.text}”.")


def _take_recipients(parts: Parts, letter: _Letter) -> None:
    lines, dated = _without_heading(parts, letter)
    ours = [name for cosigner in letter.cosigners for name in (cosigner.organisation, cosigner.acronym) if name]
    found = addressed(lines, dated, parts.salutation, ours)
    if not found.recipients:
        letter.unsure.append("I recognised no addressee. Add the person or office that the letter goes to.")
    _give_emails(found.recipients, parts.via, letter)
    if found.sender:
        shown = " / ".join(line.text for line in found.sender)
        letter.unsure.append(f"I took “{shown}” for the sender's own letterhead; it is not in the letter.")
    for shown in _blocks([*parts.other, *found.left]):
        letter.unsure.append(f"{_UNPLACED.format(shown)}; it is not in the letter. Please add it where it belongs.")


def _without_heading(parts: Parts, letter: _Letter) -> tuple[list[Line], int]:
    """A heading such as `Open letter to ...` is the subject, when no line says which is."""
    lines, dated = parts.address, parts.dated
    start = next((n for n, line in enumerate(lines) if _LETTER_KIND.search(line.folded)), None)
    if letter.subject or start is None:
        return lines, dated
    end = start + 1
    if _ONLY_A_KIND.fullmatch(lines[start].folded):
        parts.other.append(lines[start])
    else:
        while end < len(lines) and end - start < 3 and lines[end].gap == 0 and not _is_of_address(lines[end]):
            end += 1
        letter.subject = said_of(lines[start:end])
        letter.unsure.append(f"No line says “Subject”; I took the heading “{letter.subject}” as the subject.")
    after = [replace(line, gap=max(line.gap, 1)) for line in lines[end : end + 1]]
    return [*lines[:start], *after, *lines[end + 1 :]], dated - (end - start if dated >= end else 0)


def _is_of_address(line: Line) -> bool:
    return max(line.roles.someone, line.roles.place) > 2 or line.folded.startswith(("to ", "to:", "a "))


def _give_emails(found: Sequence[text.Recipient], via: Sequence[Line], letter: _Letter) -> None:
    """The addresses that a line `Via email` gives are those of the recipients that have none, in order."""
    waiting: list[str] = []
    for line in via:
        addresses = [address for address in EMAIL.findall(line.text) if usable(address)]
        sentence = f"The line “{line.text}” says how the letter goes; it is not printed."
        (letter.recognised if addresses else letter.unsure).append(sentence)
        waiting += addresses
    for recipient in found:
        email = recipient.email or (waiting.pop(0) if waiting else "")
        letter.recipients.append(replace(recipient, email=email))
    letter.unsure += [f"The address {address} stands in the text, but for whom is not clear." for address in waiting]


# --- below the head ------------------------------------------------------------------------------------------------


def _take_signatories(parts: Parts, letter: _Letter) -> None:
    found = signatories(parts.signed)
    letter.cosigners = found.cosigners
    letter.unsure += found.unsure
    if not found.cosigners:
        letter.unsure.append("I recognised no signatories. Add the organisations that are to co-sign.")
    for shown in _blocks([*parts.bottom, *found.left]):
        letter.unsure.append(
            f"I left out “{shown}” from below the signatories. Add it to the text if it is to be printed."
        )
    if found.headings:
        shown = ", ".join(f"“{head}”" for head in found.headings)
        letter.unsure.append(f"The headings among the signatories are not kept: {shown}.")


def _take_body(parts: Parts, spaced: bool, source: str, letter: _Letter) -> None:
    lines = parts.body
    if parts.salutation and not letter.subject and stands_as_subject(lines, spaced):
        letter.subject, lines = lines[0].text, lines[1:]
        letter.unsure.append(f"No line says “Subject”; I took the line “{letter.subject}” as the subject.")
    known = Known.of(source)
    main, notes = joined(lines, spaced, known), joined(parts.below, spaced, known)
    letter.unsure += main.unsure
    for note in notes.paragraphs:
        shown = note.text.replace("\n", " / ")
        letter.unsure.append(f"“{shown}” stands below the signatories; it is at the end of the body now. Please check.")
    letter.body = markdown([*main.paragraphs, *notes.paragraphs])
    letter.recognised.append(f"{len(main.paragraphs) + len(notes.paragraphs)} paragraphs of text.")


def _report_pages(pages: Sequence[Row], letter: _Letter) -> None:
    if pages:
        numbers = ", ".join(f"“{row.text}” (line {row.number})" for row in pages)
        letter.unsure.append(f"I left out what looks like page numbers: {numbers}.")


def _blocks(lines: Sequence[Line]) -> list[str]:
    """Return what lines say, those that stand together as one."""
    blocks: list[list[str]] = []
    for line in lines:
        if not blocks or line.gap or line.tail:
            blocks.append([])
        blocks[-1].append(line.text)
    return [" / ".join(block) for block in blocks]


# --- the whole -----------------------------------------------------------------------------------------------------


def _imported(parts: Parts, letter: _Letter) -> ImportedLetter:
    if not letter.subject:
        letter.unsure.append("I found no subject line. The mail to the office needs one: write it.")
    words = text.Letter(
        language=letter.language,
        subject=letter.subject,
        recipients=tuple(letter.recipients),
        salutation=parts.salutation,
        body=letter.body,
        closing=parts.closing,
    )
    letter.recognised += [f"A recipient: {', '.join(recipient.lines)}." for recipient in words.recipients]
    letter.recognised.append(f"{len(letter.cosigners)} co-signers.")
    cosigners, unsure, recognised = tuple(letter.cosigners), tuple(letter.unsure), tuple(letter.recognised)
    read = ImportedLetter(words, letter.date, cosigners, unsure, recognised, place=letter.place)
    return with_missing_addresses(read)


def _with_every_word(imported: ImportedLetter, lines: Sequence[Line]) -> ImportedLetter:
    """Quote each line of which a word (a label, a mark) stands nowhere in what was read."""
    there = set(_WORD.findall(" ".join(_everything(imported))))
    partly: list[str] = []
    unplaced: list[str] = []
    divided = False
    for line in lines:
        said = _WORD.findall(line.text)
        # Of a word that is divided at the end of a line, neither half is looked for.
        said, divided = said[divided : -1 if line.text.endswith("-") else None], line.text.endswith("-")
        gone = sum(word not in there for word in said)
        if gone:
            (unplaced if gone * 2 > len(said) else partly).append(line.text)
    shown = "; ".join(f"“{line}”" for line in partly)
    kept = [f"The labels and numbers of these lines are not kept: {shown}."] if partly else []
    left = [f"{_UNPLACED.format(line)}; it is not in the letter." for line in unplaced]
    return replace(imported, recognised=(*imported.recognised, *kept), unsure=(*left, *imported.unsure))


def _everything(imported: ImportedLetter) -> list[str]:
    letter = imported.letter
    people = [line for r in letter.recipients for line in (*r.lines, r.email)]
    signing = [part for c in imported.cosigners for part in (c.organisation, c.acronym, c.signatory, c.title, c.email)]
    body = re.sub(r"\\(?=[^\w\s])", "", letter.body)
    said = [letter.subject, letter.salutation, body, letter.closing]
    return [*said, *people, *signing, *imported.unsure, *imported.recognised]
