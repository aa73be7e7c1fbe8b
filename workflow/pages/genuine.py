"""Whether a letter is genuine: for anybody, without an account, by its code, by its file, and of one name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from workflow.campaigns import genuine, received
from workflow.campaigns.genuine import Answer, Sent
from workflow.campaigns.received import Compared
from workflow.errors import ReadingBusyError
from workflow.instance import instance
from workflow.languages import LANGUAGES, in_zone
from workflow.letter import code as codes
from workflow.pages import i18n
from workflow.pages.context import end_reading, reader
from workflow.pages.rate_limits import guessed, limiter

blueprint = Blueprint("genuine", __name__)
UPLOAD_LIMITS = {"genuine.compare": received.LARGEST_RECEIVED + 100_000}
"""What anybody may send here: one document, which is looked at and forgotten."""
MOST_NAMES = 300
"""More are not listed; each can be asked for."""
LONGEST_NAME = 300
_FINGERPRINT = re.compile("[0-9a-f]{64}")
_CODE = re.compile("(?<![0-9A-Za-z])[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{2}(?![0-9A-Za-z])")


@dataclass(slots=True)
class GenuinePage:
    """What the page says."""

    origin: str
    """The only address of this page."""
    host: str
    verdict: str = ""
    """Nothing was asked; `slip`, `empty`, `unknown`, `many`; `letter`, `document`; of words: `words`, `hidden`,
    `changed`, `unread`, `busy`."""
    code: str = ""
    """What was typed, or the letter's code, as people read it."""
    by: dict[str, str] = field(default_factory=dict)
    """How the letter was found, for what is asked of it next."""
    answer: Answer | None = None
    sent_at: str = ""
    added_at: str = ""
    withdrawn: tuple[tuple[str, str], ...] = ()
    newer: str = ""
    document: str = ""
    """Which of its documents this file is: `docx` or `pdf`, and to whom it went."""
    went_to: str = ""
    compared: Compared | None = None
    name: str = ""
    is_printed: bool | None = False
    """None: that is not known any more."""
    proof: str = ""
    """Where the proof of that is downloaded."""
    most_names: int = MOST_NAMES


@blueprint.before_request
def _speak() -> None:
    """Settle the language: what was chosen on these pages, else what the browser asks for."""
    i18n.choose(request.args.get("language", ""))
    i18n.use_locale_asked_for()


@blueprint.get("/genuine")
@blueprint.get("/genuine/<code>")
def show(code: str = "") -> str | tuple[str, int]:
    """Say what is known of a code, or of a file's fingerprint; and whether a name is in that letter."""
    page = _page(code or request.args.get("code", ""))
    fingerprint = request.args.get("sha256", "").lower()
    if _FINGERPRINT.fullmatch(fingerprint):
        return _shown(_by_fingerprint(page, fingerprint))
    if page.code:
        return _shown(_by_code(page))
    return _shown(page)


@blueprint.post("/genuine")
@limiter.limit("10 per minute")
def compare() -> str | tuple[str, int]:
    """Look at a file that somebody has received, and forget it: its fingerprint first, then its words."""
    page = _page(request.form.get("code", ""))
    sent = request.files.get("file")
    content = sent.stream.read(received.LARGEST_RECEIVED + 1) if sent else b""
    if not content:
        page.verdict = "empty"
        return _shown(page)
    fingerprint = hashlib.sha256(content).hexdigest()
    if genuine.by_fingerprint(reader(), fingerprint) or genuine.addendum_by_fingerprint(reader(), fingerprint):
        return _shown(_by_fingerprint(page, fingerprint))
    end_reading()
    try:
        return _shown(_by_words(page, content))
    except ReadingBusyError:
        page.verdict = "busy"
        return _shown(page)


@blueprint.get("/genuine/not-in-letter.json")
@limiter.limit("30 per minute")
def one_name() -> Response:
    """Give the proof that a name is in the letter, or is not, to take away."""
    sent, name = _asked_for(), request.args.get("name", "")[:LONGEST_NAME]
    if sent is None or sent.letter.erased_at is not None:
        abort(404)
    proof = BytesIO(genuine.one_name(reader(), sent, name))
    return send_file(proof, "application/json", as_attachment=True, download_name="not-in-letter.json")


def _asked_for() -> Sent | None:
    fingerprint = request.args.get("sha256", "")
    if _FINGERPRINT.fullmatch(fingerprint):
        found = genuine.by_fingerprint(reader(), fingerprint)
        return found[0] if found else None
    code = codes.read(request.args.get("code", ""))
    sent = genuine.by_code(reader(), code) if code else None
    if sent is None and code and guessed("letters’ codes"):
        abort(429)
    return sent


def _page(typed: str) -> GenuinePage:
    settings = instance().settings
    return GenuinePage(settings.origin, settings.origin.partition("://")[2], code=typed.strip()[:40])


STATUS = {"unknown": 404, "slip": 404, "many": 429, "busy": 503}


def _shown(page: GenuinePage) -> str | tuple[str, int]:
    shown = render_template("genuine.html", page=page, tongues=_tongues(page))
    return (shown, STATUS[page.verdict]) if page.verdict in STATUS else shown


def _tongues(page: GenuinePage) -> dict[str, str]:
    """The addresses of this page in each language."""
    asked: dict[str, Any] = {**page.by, **({"name": page.name} if page.name else {})}
    return {code: url_for("genuine.show", language=code, **asked) for code in LANGUAGES}


def _by_code(page: GenuinePage) -> GenuinePage:
    code = codes.read(page.code)
    if code is None:
        page.verdict = "slip"
        return page
    sent = genuine.by_code(reader(), code)
    if sent is None:
        page.verdict = "many" if guessed("letters’ codes") else "unknown"
        return page
    page.verdict, page.by = "letter", {"code": code}
    return _told(page, sent)


def _by_fingerprint(page: GenuinePage, fingerprint: str) -> GenuinePage:
    found = genuine.by_fingerprint(reader(), fingerprint)
    if found is None:
        added = genuine.addendum_by_fingerprint(reader(), fingerprint)
        page.verdict, page.by = ("addendum", {"sha256": ""}) if added else ("unknown", {})
        if added is not None:
            page.by = {"code": added.letter.code} if added.letter.code else {"sha256": added.rendered[0].about["docx"]}
            return _told(page, added)
        return page
    sent, made = found
    page.verdict, page.by = "document", {"sha256": fingerprint}
    page.document = "docx" if made.docx_sha256 == fingerprint else "pdf"
    page.went_to = next((genuine.in_a_line(one) for one in sent.letter.recipients if one.id == made.recipient_id), "")
    return _told(page, sent)


def _by_words(page: GenuinePage, content: bytes) -> GenuinePage:
    """Find the letter that a document may be, by its code or its subject, and hold its words against that one's."""
    said = received.read_received(content)
    if said is None:
        page.verdict = "unread"
        return page
    best: tuple[Compared, Sent] | None = None
    for sent in _candidates(page, said):
        found = genuine.compare(reader(), sent, said)
        if found is not None and (best is None or found.alike > best[0].alike):
            best = found, sent
    if best is None or not best[0].is_nearly:
        page.verdict = "unknown"
        return page
    page.compared, sent = best
    page.verdict = "changed" if not page.compared.same_words else "hidden" if page.compared.hidden else "words"
    page.by = {"code": sent.letter.code} if sent.letter.code else {"sha256": sent.rendered[0].about["docx"]}
    return _told(page, sent)


def _candidates(page: GenuinePage, said: received.ReceivedWords) -> list[Sent]:
    typed = [page.code, *(found[0] for line in said.margins for found in _CODE.finditer(line))]
    read = dict.fromkeys(filter(None, map(codes.read, typed[:3])))
    named = [sent for code in read if (sent := genuine.by_code(reader(), code)) is not None]
    return named or genuine.likely(reader(), said.paragraphs)


def _told(page: GenuinePage, sent: Sent) -> GenuinePage:
    """Put down what is known of the letter, and of the name that was asked for."""
    language, zone = i18n.get_locale(), sent.letter.timezone
    page.answer = genuine.answer(reader(), sent)
    page.sent_at = in_zone(page.answer.sent_at, zone, language)
    page.added_at = in_zone(page.answer.added_at, zone, language) if page.answer.added_at else ""
    page.withdrawn = tuple((name, in_zone(at, zone, language)) for name, at in page.answer.withdrawn)
    page.newer = in_zone(page.answer.newer, zone, language) if page.answer.newer else ""
    page.code = codes.shown(sent.letter.code) if sent.letter.code else ""
    page.name = " ".join(request.args.get("name", "").split())[:LONGEST_NAME]
    if page.name and not page.answer.erased:
        asked: dict[str, Any] = {**page.by, "name": page.name}
        page.is_printed, page.proof = genuine.prints(reader(), sent, page.name), url_for("genuine.one_name", **asked)
    return page
