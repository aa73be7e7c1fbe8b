"""
A letter as people paste it: where its parts begin and end, found by what the lines look like.

Head, salutation, body, closing, signatories, tail. No line is dropped: what fits nowhere is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from workflow import text
from workflow.imports import dates, features
from workflow.imports.addressees import addressed, usable
from workflow.imports.closings import find_closing, guessed_closing
from workflow.imports.completeness import UNSURE_LINE, with_every_word
from workflow.imports.imported import ImportedLetter, ImportRefused, with_missing_addresses
from workflow.imports.lines import Line, gaps_are_line_ends, lines_of, unquoted
from workflow.imports.paragraphs import Joined, Paragraph, joined, markdown
from workflow.imports.roles import roles
from workflow.imports.signatories import signatories
from workflow.imports.words import language, plain

_SUBJECT = re.compile(
    r"^(?:re|ref|subject|subj|objet|concerne|asunto|referencia|tema|in re|topic|r[ée]f)\s*\.?\s*:\s*(?=\S|$)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"^(?:ref|réf|referencia)", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:(?:joint|open|collective|public)\s+letter|lettre\s+(?:ouverte|conjointe|collective)|"
    r"carta\s+(?:abierta|conjunta|publica|colectiva)|joint (?:statement|appeal))\b"
)
_VIA = re.compile(
    r"^(?:sent\s+)?(?:via|by|par|por|transmis par|enviad[ao] por)\b|^(?:e-?mail|courriel|"
    r"correo(?: electronico)?)\s*:"
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
    Recognise the parts of a letter in plain text; raises `ImportRefused` when there is no text in it.

    `unsure` says what was read with doubt or is missing, `recognised` what was found.
    """
    source = unquoted(source)
    lines, pages = lines_of(source)
    if not lines:
        raise ImportRefused("There is no text in it. Choose a file that has the letter's text, or paste the text.")
    reading = _Reading()
    spoken = language(source)
    spaced = gaps_are_line_ends(lines)
    head, body, signed = _segments(lines, spaced, reading)
    _read_signatories(signed, reading)
    _read_head(head, reading, spoken)
    _report_pages(pages, reading)
    paragraphs = _body(body, spaced, source, reading)
    return with_every_word(_imported(reading, paragraphs, spoken), lines)


# --- where the parts begin and end ---------------------------------------------------------------------------------


def _segments(lines: Sequence[Line], spaced: bool, reading: _Reading) -> tuple[list[Line], list[Line], list[Line]]:
    """Part the lines into head, body and signatories; salutation, closing and a subject between are read on the way."""
    start, end = _find_salutation(lines)
    if start < end:
        reading.salutation = " ".join(line.text for line in lines[start:end])
        head, rest = list(lines[:start]), list(lines[end:])
        rest = _split_salutation(reading, rest)
    else:
        first = _first_prose(lines)
        head, rest = list(lines[:first]), list(lines[first:])
        reading.unsure.append("I found no salutation. Add one if the letter has it.")
    rest = _subject_below(rest, spaced, reading)
    closing, after = find_closing(rest, spaced)
    if closing < after:
        reading.closing = " ".join(line.text for line in rest[closing:after])
        return head, rest[:closing], rest[after:]
    signed = _first_signature(rest)
    closing, after = guessed_closing(rest, signed, spaced)
    if closing < after:
        reading.closing = " ".join(line.text for line in rest[closing:after])
        reading.unsure.append(f"I took “{reading.closing}” as the closing. Please check.")
        return head, rest[:closing], rest[after:]
    reading.unsure.append("I found no closing (such as “Sincerely,”). Add one if the letter has it.")
    return head, rest[:signed], rest[signed:]


def _find_salutation(lines: Sequence[Line]) -> tuple[int, int]:
    limit = min(len(lines), _first_prose(lines) + 1, 120)
    best, score = (0, 0), 0
    for position in range(limit):
        if features.is_salutation(lines[position].text):
            points = _salutation_points(lines, position)
            if points > score:
                best, score = (position, _salutation_end(lines, position)), points
    return best if score >= 3 else (0, 0)


def _salutation_points(lines: Sequence[Line], position: int) -> int:
    line = lines[position].text
    after = next((other.text for other in lines[position + 1 : position + 6] if not _is_between(other.text)), "")
    points = 3 * features.is_strong_salutation(line) + 2 * line.endswith((",", ":")) + line.endswith("!")
    points += (
        3 * (features.is_prose(after) or len(after) > 60 or (len(after) > 30 and after[-1] in ".,")) if after else 0
    )
    points -= 4 * (features.is_prose(line) and len(line) > 60 and not features.is_strong_salutation(line))
    points -= 2 * (
        bool(after) and (features.is_postal(after) or features.is_title(after)) and not features.is_prose(after)
    )
    return points


def _is_between(line: str) -> bool:
    return bool(_SUBJECT.match(line)) or features.is_salutation(line)


def _salutation_end(lines: Sequence[Line], start: int) -> int:
    """A salutation can go on: several greetings, or one that is broken over two lines."""
    end = start + 1
    while end < len(lines) and end - start < 6:
        before, line = lines[end - 1], lines[end]
        if (
            (features.is_salutation(line.text) and not features.is_prose(line.text))
            or (
                before.text[-1] not in ",:;!."
                and line.text.endswith((",", ":"))
                and len(line.text) < 80
                and line.gap <= 1
            )
            or (before.text.endswith(",") and re.match(r"(?:and|et|y|&)\s", line.text) and line.text[-1] in ",:")
        ):
            end += 1
        else:
            break
    return end


def _split_salutation(reading: _Reading, rest: list[Line]) -> list[Line]:
    """A salutation with the first sentence on the same line is cut behind its comma or colon."""
    cut = re.match(r"([^,:]{4,80}[,:])\s+(.{40,})", reading.salutation)
    if not cut or not features.is_prose(cut[2]):
        return rest
    reading.salutation = cut[1]
    reading.unsure.append(f"The salutation “{cut[1]}” stood on one line with the text; I parted them there.")
    return [Line(cut[2], cut[2], gap=1), *rest]


def _first_prose(lines: Sequence[Line]) -> int:
    for position, line in enumerate(lines):
        if features.is_prose(line.text) and not _SUBJECT.match(line.text) and not dates.is_date_line(line.text):
            return position
    return (
        len(lines)
        if len(lines) < 4
        else 0
        if not any(dates.is_date_line(line.text) for line in lines[:30])
        else len(lines)
    )


def _subject_below(rest: list[Line], spaced: bool, reading: _Reading) -> list[Line]:
    if rest and _SUBJECT.match(rest[0].text):
        taken = _subject_lines(rest, 0, spaced)
        _take_subject(rest[:taken], reading)
        return rest[taken:]
    return rest


def _subject_lines(lines: Sequence[Line], start: int, spaced: bool) -> int:
    """Return where a subject ends: it goes on while its lines are long or the next begins small."""
    end = start + 1
    while end < len(lines) and end - start < 5:
        before, line = lines[end - 1], lines[end]
        near = line.gap == 0 or (spaced and line.gap <= 1)
        goes_on = line.text[0].islower() or (len(before.text) >= 50 and line.gap == 0 and before.text[-1] not in ".")
        other = features.is_salutation(line.text) or dates.is_date_line(line.text) or _SUBJECT.match(line.text)
        if not near or not goes_on or other or (features.is_prose(line.text) and line.text[0].isupper()):
            break
        end += 1
    return end


def _take_subject(lines: Sequence[Line], reading: _Reading) -> None:
    whole = " ".join(line.text for line in lines)
    label = _SUBJECT.match(whole)
    reading.subject = whole[label.end() :] if label else whole
    reading.recognised.append(f"The subject: “{whole}”.")


def _first_signature(lines: Sequence[Line]) -> int:
    """Without a closing: the signatories begin at their heading, else with the last lines that are no running text."""
    for position, line in enumerate(lines):
        if features.is_signatories_heading(line.text) and not _prose_follows(lines[position + 1 :]):
            return position
    bottom = next(
        (i for i, line in enumerate(lines) if features.is_tail(line.text) and not _prose_follows(lines[i + 1 :])),
        len(lines),
    )
    start = bottom
    while start > 0 and _can_sign(lines[start - 1].text):
        start -= 1
    while start < bottom and lines[start].gap == 0 and start > 0 and lines[start - 1].text[-1] not in ".!?:":
        start += 1
    signed = lines[start:bottom]
    telling = sum(features.is_org(line.text) or features.is_title(line.text) for line in signed)
    return start if signed and telling * 3 >= len(signed) else len(lines)


def _prose_follows(lines: Sequence[Line]) -> bool:
    return sum(features.is_prose(line.text) for line in lines) > 2


def _can_sign(line: str) -> bool:
    return (
        not features.is_prose(line) and len(line) < 120 and not line.endswith((".", "?", "!", ":"))
    ) or features.is_signatories_heading(line)


# --- the parts -----------------------------------------------------------------------------------------------------


def _read_signatories(lines: Sequence[Line], reading: _Reading) -> None:
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
        elif features.is_prose(line.text) and ";" not in line.text and not features.is_title(line.text):
            reading.below.append(line)
            continue
        kept.append(line)
    found = signatories(names)
    reading.cosigners, reading.unsure = found.cosigners, reading.unsure + found.unsure
    reading.headings += found.headings
    reading.bottom += found.left
    if not found.cosigners:
        reading.unsure.append("I recognised no signatories. Add the organisations that are to co-sign.")


def _read_head(head: Sequence[Line], reading: _Reading, spoken: str) -> None:
    position = 0
    rest: list[Line] = []
    dated = -1
    gap = 0
    while position < len(head):
        line = replace(head[position], gap=max(head[position].gap, gap))
        gap = 0
        if _SUBJECT.match(line.text) and not (reading.subject and _REFERENCE.match(line.text)):
            end = _subject_lines(head, position, False)
            _take_subject(head[position:end], reading)
            position, gap = end, 1
            continue
        if reading.date is None and dates.is_date_line(line.text):
            _take_date(line.text, head, reading, spoken)
            dated, gap = len(rest), 1
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
    main: Joined = joined(lines, spaced, plain(source))
    reading.unsure += main.unsure
    _report_left_out(reading)
    notes = joined(reading.below, spaced, plain(source))
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
