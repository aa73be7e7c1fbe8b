"""A letter as every page shows it: on paper, with the time that is left, and with what changed as a Word document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime
from io import BytesIO

from flask import Response, send_file
from markupsafe import Markup
from sqlalchemy import select

from workflow import documents
from workflow.letter import text
from workflow.models import Letter, Revision, now
from workflow.names import Names, asked_by, names
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.kept import Kept
from workflow.signoffs.opened import OpenedLetter
from workflow.transaction import Transaction


def time_left(letter: Letter | OpenedLetter) -> str:
    """Return how much time there is until the deadline in words."""
    return left_until(letter.deadline)


def left_until(deadline: datetime | None) -> str:
    """Return how much time there is until a deadline in words."""
    if deadline is None:
        return gettext("no deadline")
    left = deadline - now()
    if left.total_seconds() <= 0:
        return gettext("the deadline has passed")
    hours = left.seconds // 3600
    if left.days:
        return ngettext("%(num)s day left", "%(num)s days left", left.days) % {"num": left.days}
    if hours:
        return ngettext("%(num)s hour left", "%(num)s hours left", hours) % {"num": hours}
    return gettext("less than an hour left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One text as it will be on paper, with the names below it."""

    recipients: tuple[tuple[str, ...], ...]
    date: str
    subject: str
    salutation: str
    paragraphs: tuple[Markup, ...]
    closing: str
    signatures: tuple[tuple[str, ...], ...] = ()
    more: int = 0
    """How many names stand below it besides: on paper all of them do."""
    withheld: str = ""
    """How many have signed whose names are not printed, in the language of the letter."""
    language: str
    digest: str
    number: int | None
    """Of its version; None for a draft."""


@dataclass(frozen=True, slots=True)
class FrozenText:
    """A frozen text, with each of its paragraphs as HTML."""

    words: text.Letter
    paragraphs: tuple[Markup, ...]
    digest: str


_frozen: Kept[str, FrozenText] = Kept(64)
_changes: Kept[tuple[str, str], tuple[documents.Change, ...]] = Kept(64)


def frozen(session: Transaction, letter_id: str, digest: str) -> FrozenText:
    """Return the text with this digest: read, parsed and rendered once in a process, for it never changes."""

    def made() -> FrozenText:
        query = select(Revision.canonical).where(Revision.letter_id == letter_id, Revision.digest == digest)
        words = text.from_canonical(session.execute(query).scalar_one())
        return FrozenText(words, _paragraphs(words), digest)

    return _frozen.get(digest, made)


def changes(before: FrozenText, after: FrozenText) -> tuple[documents.Change, ...]:
    """Return what became of each paragraph between two frozen texts: compared once in a process."""
    return _changes.get((before.digest, after.digest), lambda: tuple(documents.changes(before.words, after.words)))


def _paragraphs(words: text.Letter) -> tuple[Markup, ...]:
    return tuple(Markup(html) for html in text.paragraphs_html(words.body))


def of_letter(session: Transaction, letter: Letter) -> Sheet:
    """Return the letter as it will be on paper, for the page."""
    revision = letter.revision if not letter.is_draft else None
    words = revision.text() if revision else letter.text()
    return printed(words, letter, revision.number if revision else None, names(session, letter))


def printed(words: text.Letter, letter: Letter, number: int | None, known: Names) -> Sheet:
    """Return one text as it will be on paper, with the first of the names that count for it."""
    whole = FrozenText(words, _paragraphs(words), words.digest())
    sheet = of_text(whole, letter.place, letter.date, number)
    return with_names(sheet, known) if number == letter.revision_number else sheet


def of_text(whole: FrozenText, place: str, date: Date | None, number: int | None) -> Sheet:
    """Return one text as it will be on paper, without names below it."""
    words = whole.words
    return Sheet(
        recipients=tuple(recipient.lines for recipient in words.recipients),
        date=documents.dateline(place, date, words.language),
        subject=words.subject,
        salutation=words.salutation,
        paragraphs=whole.paragraphs,
        closing=words.closing,
        language=words.language,
        digest=whole.digest,
        number=number,
    )


def with_names(sheet: Sheet, known: Names) -> Sheet:
    """Return the same with the first of the names that count for it."""
    return replace(
        sheet,
        signatures=documents.read_out(known.signatures, sheet.language),
        more=known.printed - len(known.signatures),
        withheld=documents.withheld_line(known.unprinted, sheet.language),
    )


def redline(letter: Letter, before: Revision, after: Revision) -> Response:
    """Return what changed between two revisions as a Word document with tracked changes."""
    author = asked_by(letter.campaign) or "Undersigned"
    content = documents.render_redline(before.text(), after.text(), author, after.frozen_at)
    name = f"changes-{before.number}-to-{after.number}.docx"
    return send_file(BytesIO(content), documents.DOCX, as_attachment=True, download_name=name)
