"""HTTP only: parse, call one act, answer. No rule of a letter's life is in here."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, g, render_template, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter

from workflow.campaigns import Conflict, NotFound
from workflow.languages import sentence
from workflow.pages import account, auditor, coordinator, cosigner, cosigner_requests, public, speech, stationery
from workflow.pages.limits import limiter
from workflow.pages.reach import close_reader
from workflow.pages.security import secure
from workflow.states import Refused


def register(app: Flask) -> None:
    """Give the app its pages, its protections and its error pages."""
    app.session_interface = LateKey()
    app.url_map.converters["int"] = Number
    app.before_request(_make_room)
    CSRFProtect(app)
    limiter.init_app(app)
    account.manager.init_app(app)
    for part in (public, account, coordinator, stationery, cosigner, auditor):
        app.register_blueprint(part.blueprint)
    app.after_request(secure)
    app.teardown_appcontext(_close)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Conflict, _conflict)
    app.jinja_env.filters.update(public.FILTERS)
    speech.teach(app)


class Number(IntegerConverter):
    """A number in an address, as large as databases and file names take them; with more digits there is nothing."""

    regex = "[0-9]{1,9}"


class LateKey(SecureCookieSessionInterface):
    """Cookies are signed with a key that is made at the first request, not when the app is put together."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session of a request."""
        app.secret_key = app.secret_key or app.extensions["undersigned"]["settings"].secret()
        return super().open_session(app, request)


def _make_room() -> None:
    """Before anything reads the request: letterheads and logos may be larger than forms."""
    rooms = {**stationery.ROOM, **cosigner_requests.ROOM}
    request.max_content_length = rooms.get(request.endpoint or "", request.max_content_length)


def _close(error: BaseException | None) -> None:
    close_reader()


def _page(status: int, title: str, words: str, **more: Any) -> tuple[str, int]:
    if request.blueprint == "cosigner" and "language" not in g:
        speech.speak_as_asked()
    return render_template("error.html", title=title, words=words, **more), status


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
        429: (sentence("Too many tries"), sentence("Nothing was changed. Wait a few minutes, then try again.")),
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


def _refused(error: Refused) -> tuple[str, int]:
    return _page(409, sentence("That can't be done now"), sentence("Nothing was changed."), reasons=error.reasons)


def _conflict(error: Conflict) -> tuple[str, int]:
    return _page(409, "Somebody was quicker", str(error))
