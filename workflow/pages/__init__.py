"""HTTP only: parse, call one act, answer. No rule of a letter's life is in here."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Flask, Request, abort, g, render_template, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter

from config.logs import logger
from workflow.campaigns import Conflict, NotFound
from workflow.documents import PdfNotYet
from workflow.languages import sentence
from workflow.pages import account, auditor, coordinator, public, speech, stationery, threshold
from workflow.pages.addresses import CONVERTERS
from workflow.pages.cosigner import answer
from workflow.pages.limits import limiter
from workflow.pages.reach import close_reader, database
from workflow.pages.security import is_from_elsewhere, secure
from workflow.states import Refused
from workflow.trouble import in_words


def register(app: Flask) -> None:
    """Give the app its pages, its protections and its error pages."""
    app.session_interface = LateKey()
    app.before_request(_begin)
    app.before_request(_only_our_own_forms)
    app.before_request(threshold.cross)
    app.url_map.converters.update(CONVERTERS)
    app.url_map.converters["int"] = Number
    CSRFProtect(app)
    app.before_request(_as_the_page_sent_it)
    limiter.init_app(app)
    account.manager.init_app(app)
    for part in (public, account, coordinator, stationery, answer, auditor):
        app.register_blueprint(part.blueprint)
    if app.extensions["undersigned"]["settings"].keeps_mails_here:
        app.register_blueprint(public.laptop)
    app.after_request(secure)
    # Run in the reverse order: the reader is given back before anything is written.
    app.teardown_appcontext(account.note_seen)
    app.teardown_appcontext(_close)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Conflict, _conflict)
    app.register_error_handler(PdfNotYet, _pdf_not_yet)
    app.register_error_handler(Exception, _failed)
    app.jinja_env.filters.update(public.FILTERS)
    speech.teach(app)


class Number(IntegerConverter):
    """A number in an address, as large as databases and file names take them; with more digits there is nothing."""

    regex = "[0-9]{1,9}"


class LateKey(SecureCookieSessionInterface):
    """Cookies are signed with a key that is made at the first request, not when the app is put together."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session of a request; the database comes first, for it knows whether the key may be made."""
        try:
            if app.secret_key is None:
                database().check_keys()
                app.secret_key = app.extensions["undersigned"]["settings"].secret()
        except Exception as error:
            if in_words(error) is None:
                raise
            g.trouble = error
            return None
        return super().open_session(app, request)


def _begin() -> None:
    """Name the page for the log; none is served without the database and its keys, but the error page's stylesheet."""
    request.environ["undersigned.page"] = request.url_rule.rule if request.url_rule else ""
    if "trouble" in g and request.endpoint != "static":
        raise g.trouble


def _as_the_page_sent_it() -> None:
    """A form says each thing once, its words as words and its file as `file`: nothing is read in two ways."""
    if request.method != "POST":
        return
    twice = any(len(given) > 1 for sent in (request.form, request.files) for _, given in sent.lists())
    if twice or request.is_json or set(request.files) - {"file"}:
        abort(400)


def _only_our_own_forms() -> tuple[str, int] | None:
    """The second check beside the token of each form; the token of somebody's own session is no way round it."""
    if not is_from_elsewhere():
        return None
    return _page(
        403,
        sentence("This form was sent from another site"),
        sentence("Nothing was changed. Open it again from your mail or the list."),
    )


def _close(error: BaseException | None) -> None:
    # A connection that is broken cannot be given back in order, and need not be.
    with contextlib.suppress(SQLAlchemyError):
        close_reader()


def _page(status: int, title: str, words: str, **more: Any) -> tuple[str, int]:
    if request.path.startswith(("/review/", "/s/")) and "language" not in g:
        speech.speak_as_asked()
    kept = _typed() if status in KEEPING else []
    return render_template("error.html", title=title, words=words, kept=kept, known="known" in g, **more), status


KEEPING = (400, 409, 429, 503)
"""The answers to a form that came whole: what was typed into it is shown, to be copied."""

LONG = ("words", "reason", "replaces", "replacement", "body")
"""The fields that take more than a line."""


def _typed() -> list[str]:
    """Return the long texts of a form, from our own page and from somebody whom the threshold knows; else nothing."""
    if "known" not in g or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return []
    with contextlib.suppress(HTTPException):
        return [words for name in LONG if (words := request.form.get(name, "").strip())]
    return []


def _http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    said = {
        400: (sentence("That did not arrive whole"), sentence("Nothing was changed. Go back and try again.")),
        403: (sentence("That is not yours to do"), sentence("Nothing was changed.")),
        404: (sentence("There is nothing here"), sentence("The address may be mistyped, or it has ended.")),
        405: (sentence("That is not how this works"), sentence("Nothing was changed. Go back and use the form.")),
        413: (
            sentence("That is too large"),
            sentence(
                "Nothing was kept. Send a smaller file: 2 MB for a letter, 10 MB for a letterhead, 5 MB for a logo."
            ),
        ),
        429: (
            sentence("Too many tries"),
            sentence("Nothing was changed. Wait a while, an hour at most, then try again."),
        ),
        500: (
            sentence("Something went wrong on our side"),
            sentence("Nothing was changed. Try again; if it stays, tell the coordinator."),
        ),
    }
    code = error.code or 500
    if code < 400 or isinstance(error, SecurityError):
        # A host that is not ours has no addresses to build a page from.
        return error
    title, words = said.get(code, (error.name, sentence("Nothing was changed.")))
    return _page(code, title, words)


def _stale_form(error: CSRFError) -> tuple[str, int]:
    return _page(
        400,
        sentence("This page was open for too long"),
        sentence("Nothing was changed. Open it again from your mail or the list."),
    )


def _not_found(error: NotFound) -> tuple[str, int]:
    return _page(404, sentence("There is nothing here"), sentence("The address may be mistyped, or it has ended."))


def _failed(error: Exception) -> Any:
    """The database, the disk or a key fails: one sentence, and no look at the database for it. Else it is a defect."""
    why = in_words(error)
    if why is None:
        raise error
    logger().error("unavailable", why=why)
    _close(error)
    later = {"Retry-After": "60"}
    if request.endpoint == "public.health":
        return {"status": "unavailable"}, 503, later
    g._login_user = account.manager.anonymous_user()
    title, words = sentence("Out of order for a moment"), sentence("Nothing was lost. Try again in a minute.")
    return *_page(503, title, words), later


def _refused(error: Refused) -> tuple[str, int]:
    return _page(409, sentence("That can't be done now"), sentence("Nothing was changed."), reasons=error.reasons)


def _conflict(error: Conflict) -> tuple[str, int]:
    return _page(409, "Somebody was quicker", str(error))


def _pdf_not_yet(waits: PdfNotYet) -> tuple[str, int, dict[str, str]]:
    title = sentence("The PDF is being made")
    words = sentence("Open it again in a moment, or take the Word document: it says the same.")
    return *_page(503, title, words, again=request.full_path.rstrip("?")), {"Retry-After": "5"}
