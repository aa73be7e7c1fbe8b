"""
The last stage: the parts of a letter become an imported letter, with what was recognised or is doubtful, and where.

No word is lost unsaid: what stands nowhere in the letter is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from workflow.errors import IncomingError
from workflow.imports import exact
from workflow.imports.classify import Line, classified, without_label
from workflow.imports.decode import Parts, decode, said_of, stands_as_subject
from workflow.imports.doubts import Doubt
from workflow.imports.imported import ImportedLetter, with_missing_addresses
from workflow.imports.joining import usable
from workflow.imports.lexicon import language, pattern
from workflow.imports.paragraphs import Known, blocks_of, joined, pieces_of
from workflow.imports.phrases import EMAIL, is_american
from workflow.imports.places import BODY, CLOSING, COSIGNER, DATE, RECIPIENT, SALUTATION, SUBJECT, Part, numbers
from workflow.imports.recipients import addressed
from workflow.imports.segment import Row, Segments, exactly, segment
from workflow.imports.signatories import signatories
from workflow.letter import text

_LETTER_KIND = pattern(r"\b«letter_kind»\b")
_ONLY_A_KIND = pattern(r"(?:«letter_kind_words»[\s:.]*)+")
_WORD = re.compile(r"[^\W_]+")


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
    doubts: list[Doubt] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def doubt(self, kind: str, lines: Iterable[Row] = (), **values: str) -> None:
        """Take down that something is doubtful."""
        self.doubts.append(Doubt(kind, numbers(lines), values))

    def part(self, kind: str, lines: Iterable[Row]) -> None:
        """Take down where a part stands."""
        self.parts.append(Part(kind, numbers(lines)))


def read_plain_text(source: str) -> ImportedLetter:
    """
    Recognise the parts of a letter in plain text; raises `IncomingError` when there is no text in it.

    `doubts` say what was read with doubt or is missing, `recognised` what was found.
    """
    return _recognised(segment(source), source)


def read_rows(rows: Sequence[Row], notes: Mapping[str, Sequence[Sequence[Row]]], source: str) -> ImportedLetter:
    """
    Recognise the parts of a letter in rows that say what they are, as those of a Word file do.

    `notes` are those that the rows refer to, `source` the lines that rows count. Raises `IncomingError` for none.
    """
    return _recognised(exactly(rows, source), source, notes)


def _recognised(
    segments: Segments, source: str, notes: Mapping[str, Sequence[Sequence[Row]]] | None = None
) -> ImportedLetter:
    lines = classified(segments.rows)
    if segments.mail_head:
        lines = _without_note(lines, segments.mail_head)
    if not lines:
        raise IncomingError("There is no text in it. Choose a file that has the letter's text, or paste the text.")
    parts = decode(lines, segments.spaced)
    letter = _Letter(language(source), doubts=parts.doubts)
    if segments.mail_head:
        said = " / ".join(row.text for row in segments.mail_head)
        letter.doubt("mail_head", segments.mail_head, words=said)
    for subject in parts.subjects:
        _take_subject(subject, letter)
    _take_date(parts, letter)
    _take_signatories(parts, letter)
    _take_recipients(parts, letter)
    _take_body(parts, segments, source, letter, notes or {})
    _report_pages(segments.pages, letter)
    kept = [line.text for line in (*parts.body, *parts.below)] if notes is not None else []
    return _with_every_word(replace(_imported(parts, letter), source=segments.source), lines, kept)


def _without_note(lines: list[Line], mail_head: list[Row]) -> list[Line]:
    """What whoever forwarded the letter wrote above its date is not the letter's."""
    dated = next((n for n, line in enumerate(lines[:12]) if line.dateline), 0)
    if any(line.salutation or line.roles.place > 2 for line in lines[:dated]):
        return lines
    mail_head += lines[:dated]
    return lines[dated:]


# --- the head ------------------------------------------------------------------------------------------------------


def _take_subject(lines: Sequence[Line], letter: _Letter) -> None:
    letter.subject = without_label(said_of(lines))
    letter.part(SUBJECT, lines)
    letter.recognised.append(f"The subject: “{said_of(lines)}”.")


def _take_date(parts: Parts, letter: _Letter) -> None:
    line = parts.date
    found = line.dateline if line else None
    if line is None or found is None:
        letter.doubt("no_date")
        return
    letter.part(DATE, [line])
    letter.date, letter.place, other = found.day, found.place, found.other
    if other:
        if letter.language == "en" and any(is_american(above.text) for above in parts.address):
            letter.date, other = other, found.day
        letter.doubt("two_dates", [line], words=line.text, day=letter.date.isoformat(), other=other.isoformat())
    letter.recognised.append(f"The date {letter.date.isoformat()}: “{line.text}”.")


def _take_recipients(parts: Parts, letter: _Letter) -> None:
    lines, dated = _without_heading(parts, letter)
    ours = [name for cosigner in letter.cosigners for name in (cosigner.organisation, cosigner.acronym) if name]
    found = addressed(lines, dated, parts.salutation, ours)
    if not found.recipients:
        letter.doubt("no_recipient")
    letter.parts += [Part(RECIPIENT, place) for place in found.places]
    _give_emails(found.recipients, parts.via, letter)
    if found.sender:
        shown = " / ".join(line.text for line in found.sender)
        letter.doubt("sender", found.sender, words=shown)
    for block in _blocks([*parts.other, *found.left]):
        letter.doubt("unplaced", block, words=_shown(block))


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
        letter.part(SUBJECT, lines[start:end])
        letter.doubt("heading_as_subject", lines[start:end], words=letter.subject)
    after = [replace(line, gap=max(line.gap, 1)) for line in lines[end : end + 1]]
    return [*lines[:start], *after, *lines[end + 1 :]], dated - (end - start if dated >= end else 0)


def _is_of_address(line: Line) -> bool:
    return max(line.roles.someone, line.roles.place) > 2 or line.folded.startswith(("to ", "to:", "a "))


def _give_emails(found: Sequence[text.Recipient], via: Sequence[Line], letter: _Letter) -> None:
    """The addresses that a line `Via email` gives are those of the recipients that have none, in order."""
    waiting: list[str] = []
    for line in via:
        addresses = [address for address in EMAIL.findall(line.text) if usable(address)]
        if addresses:
            letter.recognised.append(f"The line “{line.text}” says how the letter goes; it is not printed.")
        else:
            letter.doubt("via", [line], words=line.text)
        waiting += addresses
    for recipient in found:
        email = recipient.email or (waiting.pop(0) if waiting else "")
        letter.recipients.append(replace(recipient, email=email))
    for address in waiting:
        letter.doubt("address_of_nobody", words=address)


# --- below the head ------------------------------------------------------------------------------------------------


def _take_signatories(parts: Parts, letter: _Letter) -> None:
    found = signatories(parts.signed)
    letter.cosigners = found.cosigners
    letter.doubts += found.doubts
    letter.parts += [Part(COSIGNER, place) for place in found.places]
    if not found.cosigners:
        letter.doubt("no_signatories")
    for block in _blocks([*parts.bottom, *found.left]):
        letter.doubt("below", block, words=_shown(block))
    if found.headings:
        letter.doubt("headings", found.headings, words=", ".join(f"“{head.text}”" for head in found.headings))


def _take_body(
    parts: Parts, segments: Segments, source: str, letter: _Letter, notes: Mapping[str, Sequence[Sequence[Row]]]
) -> None:
    lines, spaced = parts.body, segments.spaced
    if parts.salutation and not letter.subject and stands_as_subject(lines, spaced):
        letter.subject = lines[0].text
        letter.part(SUBJECT, lines[:1])
        letter.doubt("line_as_subject", lines[:1], words=letter.subject)
        lines = lines[1:]
    if segments.exact:
        for line in parts.below:
            letter.doubt("note", [line], words=line.text)
        pieces = exact.written([*lines, *parts.below])
    else:
        pieces = _joined(lines, parts.below, spaced, source, letter)
    count = len(pieces)
    pieces += _notes([*lines, *parts.below], notes, letter)
    letter.body = "".join(piece for piece, _ in pieces).strip("\n")
    found = blocks_of([piece for piece, _ in pieces], [numbers for _, numbers in pieces], letter.body)
    letter.parts += [Part(BODY, numbers) for numbers in found]
    letter.recognised.append(f"{count} paragraphs of text.")


def _joined(
    lines: Sequence[Line], below: Sequence[Line], spaced: bool, source: str, letter: _Letter
) -> list[exact.Piece]:
    known = Known.of(source)
    main, notes = joined(lines, spaced, known), joined(below, spaced, known)
    letter.doubts += main.doubts
    for note in notes.paragraphs:
        letter.doubts.append(Doubt("note", note.lines, {"words": note.text.replace("\n", " / ")}))
    paragraphs = [*main.paragraphs, *notes.paragraphs]
    return [*zip(pieces_of(paragraphs), (paragraph.lines for paragraph in paragraphs), strict=True)]


def _notes(lines: Sequence[Line], notes: Mapping[str, Sequence[Sequence[Row]]], letter: _Letter) -> list[exact.Piece]:
    """Return the notes that a body refers to, set below it; others have lost their mark, so their words are quoted."""
    used = [label for label in exact.notes_of(lines) if notes.get(label)]
    for label, paragraphs in notes.items():
        if label not in used and paragraphs:
            rows = [row for rows in paragraphs for row in rows]
            letter.doubt("unplaced", rows, words=" / ".join(row.text for row in rows))
    return [exact.note(label, notes[label]) for label in used]


def _report_pages(pages: Sequence[Row], letter: _Letter) -> None:
    if pages:
        letter.doubt("pages", pages, words=", ".join(f"“{row.text}”" for row in pages))


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Return lines in blocks: those that stand together."""
    blocks: list[list[Line]] = []
    for line in lines:
        if not blocks or line.gap or line.tail:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _shown(block: Sequence[Line]) -> str:
    return " / ".join(line.text for line in block)


# --- the whole -----------------------------------------------------------------------------------------------------


def _imported(parts: Parts, letter: _Letter) -> ImportedLetter:
    if not letter.subject:
        letter.doubt("no_subject")
    for kind, lines in ((SALUTATION, parts.greeted), (CLOSING, parts.closed)):
        letter.parts += [Part(kind, lines)] if lines else []
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
    return with_missing_addresses(
        ImportedLetter(
            words, letter.date, tuple(letter.cosigners), tuple(letter.doubts), tuple(letter.recognised),
            place=letter.place, parts=tuple(letter.parts),
        )
    )  # fmt: skip


def _with_every_word(imported: ImportedLetter, lines: Sequence[Line], kept_lines: Sequence[str]) -> ImportedLetter:
    """Quote each line of which a word (a label, a mark) is nowhere in what was read; some lines are kept whole."""
    there = set(_WORD.findall(" ".join((*_everything(imported), *kept_lines))))
    partly: list[str] = []
    unplaced: list[Line] = []
    divided = False
    for line in lines:
        said = _WORD.findall(line.text)
        # Of a word that is divided at the end of a line, neither half is looked for.
        said, divided = said[divided : -1 if line.text.endswith("-") else None], line.text.endswith("-")
        gone = sum(word not in there for word in said)
        if gone:
            if gone * 2 > len(said):
                unplaced.append(line)
            else:
                partly.append(line.text)
    shown = "; ".join(f"“{line}”" for line in partly)
    kept = [f"The labels and numbers of these lines are not kept: {shown}."] if partly else []
    left = [Doubt("unplaced", numbers([line]), {"words": line.text}) for line in unplaced]
    return replace(imported, recognised=(*imported.recognised, *kept), doubts=(*left, *imported.doubts))


def _everything(imported: ImportedLetter) -> list[str]:
    letter = imported.letter
    people = [line for r in letter.recipients for line in (*r.lines, r.email)]
    signing = [part for c in imported.cosigners for part in (c.organisation, c.acronym, c.signatory, c.title, c.email)]
    body = re.sub(r"\\(?=[^\w\s])", "", letter.body)
    said = [letter.subject, letter.salutation, body, letter.closing]
    return [*said, *people, *signing, *imported.unsure, *imported.recognised]
