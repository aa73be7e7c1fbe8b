"""
A letter as people paste it: where its parts begin and end, found by what the lines look like.

Head, salutation, body, closing, signatories, tail. No line is dropped: what fits nowhere is named.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from workflow.errors import IncomingError
from workflow.imports import dates, features
from workflow.imports.addressees import addressed, usable
from workflow.imports.completeness import UNSURE_LINE, with_every_word
from workflow.imports.imported import ImportedLetter, with_missing_addresses
from workflow.imports.lines import Line, gaps_are_line_ends, lines_of, unquoted, without_mail_head
from workflow.imports.paragraphs import Joined, Known, Paragraph, joined, markdown
from workflow.imports.parts import looks_alone, parts
from workflow.imports.roles import roles
from workflow.imports.signatories import signatories
from workflow.imports.subjects import is_reference, is_subject, subject_end, without_label
from workflow.imports.words import language, plain
from workflow.letter import text

_TITLE = re.compile(
    r"\b(?:(?:joint|open|collective|public)\s+letter|lettre\s+(?:ouverte|conjointe|collective)|"
    r"carta\s+(?:abierta|conjunta|publica|colectiva)|joint (?:statement|appeal))\b"
)
_ONLY_A_KIND = re.compile(
    r"(?:(?:an?|the|une|la|una|joint|open|collective|public|letter|lettre|ouverte|conjointe|carta|abierta|conjunta|"
    r"publica|colectiva|statement|appeal)[\s:.]*)+"
)
_VIA = re.compile(
    r"^(?:sent\s+)?(?:via|by|par|por|transmis par|enviad[ao] por)\b|^(?:e-?mail|courriel|"
    r"correo(?: electronico)?)\s*:|^(?:lettre recommandee|recommandee? avec|courrier recommande|carta certificada|"
    r"burofax|registered (?:mail|post)|recorded delivery|first.class mail)\b"
)


@dataclass(slots=True)
class _Reading:
    """What has been recognised so far."""

    date: date | None = None
    subject: str = ""
    salutation: str = ""
    closing: str = ""
    recipients: list[text.Recipient] = field(default_factory=list)
    cosigners: list[text.Cosigner] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    sender: list[Line] = field(default_factory=list)
    top: list[Line] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)
    bottom: list[Line] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)


def read_plain_text(source: str) -> ImportedLetter:
    """
    Recognise the parts of a letter in plain text; raises `IncomingError` when there is no text in it.

    `unsure` says what was read with doubt or is missing, `recognised` what was found.
    """
    source, mail_head = without_mail_head(unquoted(source))
    lines, pages = lines_of(source)
    if mail_head:
        lines = _without_note(lines, mail_head)
    if not lines:
        raise IncomingError("There is no text in it. Choose a file that has the letter's text, or paste the text.")
    reading = _Reading()
    spoken = language(source)
    spaced = gaps_are_line_ends(lines)
    cut = parts(lines, spaced)
    reading.salutation, reading.closing, reading.unsure = cut.salutation, cut.closing, cut.unsure
    if mail_head:
        reading.unsure.append(f"I left out the head of a forwarded mail: “{' / '.join(mail_head)}”.")
    if cut.subject:
        _take_subject(cut.subject, reading)
    _read_signatories(cut.signed, cut.tail, reading)
    _read_head(cut.head, reading, spoken, spaced)
    body = _without_subject(cut.body, spaced, reading)
    _report_pages(pages, reading)
    paragraphs = _body(body, spaced, source, reading)
    return with_every_word(_imported(reading, paragraphs, spoken), lines)


def _without_note(lines: list[Line], mail_head: list[str]) -> list[Line]:
    """What whoever forwarded the letter wrote above its date is not the letter's."""
    dated = next((n for n, line in enumerate(lines[:12]) if dates.is_date_line(line.text)), 0)
    if any(features.is_salutation(line.text) or roles(line.text).place > 2 for line in lines[:dated]):
        return lines
    mail_head += [line.text for line in lines[:dated]]
    return lines[dated:]


# --- the parts -----------------------------------------------------------------------------------------------------


def _take_subject(lines: Sequence[Line], reading: _Reading) -> None:
    whole = " ".join(line.text for line in lines)
    reading.subject = without_label(whole)
    reading.recognised.append(f"The subject: “{whole}”.")


def _without_subject(body: list[Line], spaced: bool, reading: _Reading) -> list[Line]:
    """A line that stands alone between salutation and text is the subject, when no line says which is."""
    if (
        reading.subject
        or len(body) < 2
        or not looks_alone(body[0], body[1], spaced)
        or not features.is_prose(body[1].text)
    ):
        return body
    headings = [line for line, after in itertools.pairwise(body[1:]) if line.gap and looks_alone(line, after, spaced)]
    if headings or not reading.salutation:
        return body
    reading.subject = body[0].text
    reading.unsure.append(f"No line says “Subject”; I took the line “{reading.subject}” as the subject.")
    return body[1:]


def _read_signatories(lines: Sequence[Line], tail: Sequence[Line], reading: _Reading) -> None:
    names: list[Line] = []
    kept = names
    for line in lines:
        heading = features.is_signatories_heading(line.text)
        if features.is_note(line.text) or (kept is not names and features.is_prose(line.text)):
            kept = reading.below
        elif features.is_tail(line.text):
            kept = reading.bottom
        elif heading:
            kept = names
        kept.append(line)
    _read_tail(tail, reading)
    found = signatories(names)
    reading.cosigners, reading.unsure = found.cosigners, reading.unsure + found.unsure
    reading.headings += found.headings
    reading.bottom += found.left
    if not found.cosigners:
        reading.unsure.append("I recognised no signatories. Add the organisations that are to co-sign.")


def _read_tail(lines: Sequence[Line], reading: _Reading) -> None:
    """Below the signatories: copies and contacts are named, running text stays at the end of the body."""
    kept = reading.below
    for line in lines:
        if features.is_tail(line.text):
            kept = reading.bottom
        elif features.is_note(line.text) or features.is_prose(line.text):
            kept = reading.below
        kept.append(line)


def _read_head(head: Sequence[Line], reading: _Reading, spoken: str, spaced: bool) -> None:
    position = 0
    rest: list[Line] = []
    dated = -1
    gap = 0
    while position < len(head):
        line = replace(head[position], gap=max(head[position].gap, gap))
        gap = 0
        if is_subject(line.text) and not (reading.subject and is_reference(line.text)):
            end = subject_end(head, position, spaced)
            _take_subject(head[position:end], reading)
            position, gap = end, 1
            continue
        if reading.date is None and dates.is_date_line(line.text):
            _take_date(line.text, head, reading, spoken)
            dated, gap = len(rest), 1
        elif is_subject(line.text):
            reading.top.append(line)
            gap = 1
        elif _VIA.match(plain(line.text)):
            _take_via(line.text, reading)
            gap = 1
        elif features.is_tail(line.text) and not features.EMAIL.match(line.text):
            reading.bottom.append(line)
        else:
            rest.append(line)
        position += 1
    if reading.date is None:
        reading.unsure.append("I found no date. The letter gets the day on which it is sent, or set one.")
    _read_addressees(rest, dated, reading)


def _take_date(line: str, head: Sequence[Line], reading: _Reading, spoken: str) -> None:
    found = dates.find(line)
    if found is None:
        return
    if found.other:
        if spoken == "en" and any(features.is_american(other.text) for other in head):
            found = dates.american(found)
        reading.unsure.append(
            f"The date “{line}” can be read in two ways; I took {found.day.isoformat()} and not {found.other}."
        )
    reading.date = found.day
    reading.recognised.append(f"The date {found.day.isoformat()}: “{line}”.")


def _take_via(line: str, reading: _Reading) -> None:
    found = [address for address in features.EMAIL.findall(line) if usable(address)]
    reading.emails += found
    sentence = f"The line “{line}” says how the letter goes; it is not printed."
    (reading.recognised if found else reading.unsure).append(sentence)


def _read_addressees(lines: Sequence[Line], dated: int, reading: _Reading) -> None:
    lines, dated = _without_heading(lines, dated, reading)
    ours = [name for c in reading.cosigners for name in (c.organisation, c.acronym) if name]
    found = addressed(lines, dated, reading.salutation, ours)
    reading.sender += found.sender
    reading.top += found.left
    reading.recipients = _with_emails(found.recipients, reading)
    if not found.recipients:
        reading.unsure.append("I recognised no addressee. Add the person or office that the letter goes to.")


def _without_heading(lines: Sequence[Line], dated: int, reading: _Reading) -> tuple[list[Line], int]:
    """A heading such as `Open letter to ...` is the subject, when no line says which is."""
    for position, line in enumerate(lines):
        if reading.subject or not _TITLE.search(plain(line.text)):
            continue
        if _ONLY_A_KIND.fullmatch(plain(line.text)):
            reading.top.append(line)
            return [*lines[:position], *lines[position + 1 :]], dated - (1 if dated > position else 0)
        end = position + 1
        while end < len(lines) and lines[end].gap == 0 and end - position < 3 and not _is_of_address(lines[end].text):
            end += 1
        reading.subject = " ".join(other.text for other in lines[position:end])
        reading.unsure.append(f"No line says “Subject”; I took the heading “{reading.subject}” as the subject.")
        after = [replace(other, gap=max(other.gap, 1 if i == 0 else 0)) for i, other in enumerate(lines[end:])]
        return [*lines[:position], *after], dated - (end - position if dated >= end else 0)
    return list(lines), dated


def _is_of_address(line: str) -> bool:
    seen = roles(line)
    return max(seen.name, seen.title, seen.office, seen.place) > 2 or plain(line).startswith(("to ", "to:", "a "))


def _with_emails(found: Sequence[text.Recipient], reading: _Reading) -> list[text.Recipient]:
    waiting = list(reading.emails)
    filled: list[text.Recipient] = []
    for recipient in found:
        filled.append(replace(recipient, email=waiting.pop(0)) if not recipient.email and waiting else recipient)
    reading.unsure += [f"The address {address} stands in the text, but for whom is not clear." for address in waiting]
    return filled


def _report_pages(pages: Sequence[Line], reading: _Reading) -> None:
    if pages:
        numbers = ", ".join(f"“{line.text}” (line {line.number})" for line in pages)
        reading.unsure.append(f"I left out what looks like page numbers: {numbers}.")


def _body(lines: Sequence[Line], spaced: bool, source: str, reading: _Reading) -> list[Paragraph]:
    known = Known.of(source)
    main: Joined = joined(lines, spaced, known)
    reading.unsure += main.unsure
    _report_left_out(reading)
    notes = joined(reading.below, spaced, known)
    for note in notes.paragraphs:
        shown = note.text.replace("\n", " / ")
        reading.unsure.append(
            f"“{shown}” stands below the signatories; it is at the end of the body now. Please check."
        )
    return [*main.paragraphs, *notes.paragraphs]


def _report_left_out(reading: _Reading) -> None:
    if reading.sender:
        shown = " / ".join(line.text for line in reading.sender)
        reading.unsure.append(f"I took “{shown}” for the sender's own letterhead; it is not in the letter.")
    for block in _kept_blocks(reading.top):
        shown = " / ".join(line.text for line in block)
        reading.unsure.append(f"{UNSURE_LINE.format(shown)}; it is not in the letter. Please add it where it belongs.")
    for block in _kept_blocks(reading.bottom):
        shown = " / ".join(line.text for line in block)
        reading.unsure.append(
            f"I left out “{shown}” from below the signatories. Add it to the text if it is to be printed."
        )
    if reading.headings:
        shown = ", ".join(f"“{head}”" for head in reading.headings)
        reading.unsure.append(f"The headings among the signatories are not kept: {shown}.")


def _kept_blocks(lines: Sequence[Line]) -> list[list[Line]]:
    blocks: list[list[Line]] = []
    for line in lines:
        if not blocks or line.gap or features.is_tail(line.text):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _imported(reading: _Reading, paragraphs: Sequence[Paragraph], spoken: str) -> ImportedLetter:
    if not reading.subject:
        reading.unsure.append("I found no subject line. The mail to the office needs one: write it.")
    letter = text.Letter(
        language=spoken,
        subject=reading.subject,
        recipients=tuple(reading.recipients),
        salutation=reading.salutation,
        body=markdown(paragraphs),
        closing=reading.closing,
    )
    said = [
        *reading.recognised,
        *(f"A recipient: {', '.join(recipient.lines)}." for recipient in letter.recipients),
        f"{len(paragraphs)} paragraphs of text.",
        f"{len(reading.cosigners)} co-signers.",
    ]
    return with_missing_addresses(
        ImportedLetter(letter, reading.date, tuple(reading.cosigners), tuple(reading.unsure), tuple(said))
    )
