"""A history taken along, as it is filtered: as CSV, as JSON, as a Word document; each time on the record."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flask import Response, stream_with_context

from workflow import csv_out, documents
from workflow.campaigns import exported
from workflow.errors import UnavailableError
from workflow.history import Actor, Entry, actions
from workflow.history.report import blocks, word
from workflow.history.report.blocks import Block, Document, plain
from workflow.instance import instance
from workflow.languages import in_zone
from workflow.letter.text import folded
from workflow.models import Letter
from workflow.pages.desk import timeline
from workflow.pages.desk.asked import Asked, wanted
from workflow.pages.desk.mails import MailLine
from workflow.pages.history_view import Line
from workflow.pages.i18n import get_locale, gettext, translate
from workflow.pages.rate_limits import by_network
from workflow.pages.staff import times
from workflow.transaction import Transaction

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "docx": documents.DOCX,
}
HEADINGS = ("entry", "time", "who", "action", "what", "words", "email", "version", "fingerprint")
"""As programs read them."""
MOST_IN_WORD = 2_000
"""So many lines are put into a Word document; a table of more opens in no word processor."""


Made = Callable[[Transaction, Letter], Iterator[bytes]]
"""Gives a file piece by piece, from a session that lasts as long as that takes."""


@dataclass(slots=True)
class Told:
    """How many rows were given away so far."""

    rows: int = 0


def history(session: Transaction, letter: Letter, ask: Asked, form: str, actor: Actor, link: str | None) -> Response:
    """Return the entries that an address asks for, as a file that is made while it is sent."""
    given = Told()
    known = wanted(session, letter, ask, times.zone_of(times.whoever(), letter))
    narrowed = known.which.invitations

    def made(reading: Transaction, row: Letter) -> Iterator[bytes]:
        entries = _counted(timeline.every(reading, row, ask), given)
        if form == "docx":
            return iter([_in_word(row, entries)])
        return _csv(entries) if form == "csv" else _json(row, entries)

    def action() -> actions.HistoryExported:
        return actions.HistoryExported(
            what="history",
            form=form,
            show=ask.show or "decisions",
            rows=given.rows,
            first=known.which.first,
            end=known.which.end,
            invitations=None if narrowed is None else len(narrowed),
            link=link,
            search=ask.search,
            organisation=ask.organisation,
        )

    return file(letter, "history", form, recorded(made, letter.id, actor, action))


def recorded(
    made: Made, letter_id: str, actor: Actor, action: Callable[[], actions.HistoryExported]
) -> Iterator[bytes]:
    """Give what is taken along; when that ends, or is broken off, put it on the record, after the answer."""
    network, afterwards, database = by_network(), instance().afterwards, instance().database

    def given() -> Iterator[bytes]:
        try:
            with database.reading() as session:
                yield from made(session, session.get_one(Letter, letter_id))
        finally:
            export = exported.told(letter_id, actor, action())
            try:
                afterwards.mail(exported.is_there, exported.note, export, network)
            except UnavailableError:
                # Too many wait there: this one waits for its turn to write.
                with database.writing() as writing:
                    exported.note(writing, export)

    return given()


def file(letter: Letter, what: str, form: str, content: Iterator[bytes]) -> Response:
    """Return a file that is named after the letter and what it holds."""
    title = "-".join(folded(letter.title).split())[:60].strip("-")
    answer = Response(stream_with_context(content), content_type=FORMS[form])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{title or 'letter'}-{what}.{form}")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


Row = tuple[Entry, Line | None, MailLine | None]


def _counted(rows: Iterable[Row], told: Told) -> Iterator[Row]:
    for row in rows:
        told.rows += 1
        yield row


def _cells(row: Row) -> tuple[str, ...]:
    entry, line, mail = row
    return (
        str(entry.sequence),
        entry.at.isoformat(timespec="seconds"),
        (line.by or str(translate(line.actor))) if line else "",
        entry.action,
        line.sentence if line else "",
        line.said if line else "",
        mail.became if mail else "",
        str(line.number or "") if line else "",
        line.digest if line else "",
    )


def _csv(rows: Iterable[Row]) -> Iterator[bytes]:
    yield from csv_lines(HEADINGS, map(_cells, rows))


def csv_lines(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[bytes]:
    """Give a table as CSV, some rows at a time; no cell is run as a formula."""
    language = get_locale()
    yield csv_out.write([headings], language)
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=csv_out.SEPARATORS.get(language, ","), lineterminator="\r\n")
    for row in rows:
        writer.writerow([csv_out.safe(cell) for cell in row])
        if written.tell() > 60_000:
            yield _emptied(written)
    yield _emptied(written)


def _emptied(written: io.StringIO) -> bytes:
    held = written.getvalue().encode("utf-8", "replace")
    written.seek(0)
    written.truncate()
    return held


def _json(letter: Letter, rows: Iterable[Row]) -> Iterator[bytes]:
    """One document, an entry on each line: what an entry says openly is as it was hashed."""
    head = {"letter": letter.id, "title": letter.title}
    yield (json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": [').encode()
    parted = "\n"
    for row in rows:
        entry, cells = row[0], dict(zip(HEADINGS, _cells(row), strict=True))
        said = {"seq": entry.sequence, "about": entry.about, "role": entry.role}
        shown = {name: cells[name] for name in HEADINGS[1:] if cells[name]}
        yield (parted + json.dumps(said | shown, ensure_ascii=False)).encode("utf-8", "replace")
        parted = ",\n"
    yield b"\n]}\n"


def _in_word(letter: Letter, rows: Iterable[Row]) -> bytes:
    zone, language = times.zone_of(times.whoever(), letter), get_locale()
    shown: list[tuple[tuple[blocks.Line, ...], ...]] = []
    more = 0
    for row in rows:
        if len(shown) == MOST_IN_WORD:
            more = 1
            break
        entry, line, mail = row
        when = in_zone(entry.at, zone, language)
        if line is None:
            continue
        said = [plain(line.sentence), *([plain(f"“{line.said}”")] if line.said else [])]
        said += [plain(mail.became, "soft")] if mail else []
        who = plain(line.by or str(translate(line.actor)))
        shown.append(((plain(str(entry.sequence)),), (plain(when),), (who,), tuple(said)))
    heads = (gettext("Entry"), gettext("When"), gettext("Who"), gettext("What"))
    made: list[Block] = [blocks.Heading(gettext("History of “%(title)s”") % {"title": letter.title}, 1)]
    if more:
        note = gettext("The newest %(number)s entries; as CSV there are all.")
        made.append(blocks.Paragraph(plain(note % {"number": f"{MOST_IN_WORD:,}"}), "note"))
    made.append(blocks.Table(heads, tuple(shown), (9, 27, 18, 46)))
    return word.written(Document(letter.title, language, tuple(made)))
