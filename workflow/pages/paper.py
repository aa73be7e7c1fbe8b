"""A letter as every page shows it: on paper, with the time that is left, and with what changed as a Word document."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, send_file
from markupsafe import Markup

from workflow import documents
from workflow.letter import text
from workflow.models import Letter, Revision, now
from workflow.names import Names, names
from workflow.pages.i18n import gettext, ngettext
from workflow.transaction import Transaction


def time_left(letter: Letter) -> str:
    """Return how much time there is until the deadline in words."""
    deadline = letter.campaign.deadline
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


def of_letter(session: Transaction, letter: Letter) -> dict[str, Any]:
    """Return the letter as it will be on paper, for the page."""
    revision = letter.revision if not letter.is_draft else None
    words = revision.text() if revision else letter.text()
    return printed(words, letter, revision.number if revision else None, names(session, letter))


MOST_SIGNATURES = 60
"""How many names stand below the letter on a page; on paper all of them do."""


def printed(words: text.Letter, letter: Letter, number: int | None, known: Names) -> dict[str, Any]:
    """Return one text as it will be on paper, with the names that count for it; very many end in a number."""
    signatures: list[tuple[str, ...]] = []
    if number == letter.revision_number:
        signatures = [signature.lines for signature in known.signatures[:MOST_SIGNATURES]]
        more, withheld = (
            len(known.signatures) - len(signatures),
            documents.withheld_line(known.withheld, words.language),
        )
        signatures += [(f"+ {more}",)] if more else []
        signatures += [(withheld,)] if withheld else []
    return {
        "recipients": [recipient.lines for recipient in words.recipients],
        "date": documents.dateline(letter.place, letter.date, words.language),
        "subject": words.subject,
        "salutation": words.salutation,
        "paragraphs": [Markup(html) for html in text.paragraphs_html(words.body)],
        "closing": words.closing,
        "signatures": signatures,
        "language": words.language,
        "digest": words.digest(),
        "number": number,
    }


def redline(letter: Letter, before: Revision, after: Revision) -> Response:
    """Return what changed between two revisions as a Word document with tracked changes."""
    coordinator = letter.campaign.coordinator
    author = (coordinator.name or coordinator.email) if coordinator else "Undersigned"
    content = documents.render_redline(before.text(), after.text(), author, after.frozen_at)
    name = f"changes-{before.number}-to-{after.number}.docx"
    return send_file(BytesIO(content), documents.DOCX, as_attachment=True, download_name=name)
