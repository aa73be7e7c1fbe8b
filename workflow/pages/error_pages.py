"""What goes wrong as a page: a title, a sentence, what was typed, and a way back."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from config.logs import logger
from workflow.errors import ConflictError, NotFoundError, PdfNotReadyError, RefusedError
from workflow.languages import Words, lazy_gettext
from workflow.pages import i18n
from workflow.pages.context import end_reading
from workflow.pages.staff import account
from workflow.trouble import in_words


def register(app: Flask) -> None:
    """Answer every error of the app with a page."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(NotFoundError, _not_found)
    app.register_error_handler(RefusedError, _refused)
    app.register_error_handler(ConflictError, _conflict)
    app.register_error_handler(PdfNotReadyError, _pdf_not_yet)
    app.register_error_handler(Exception, _failed)


def page(status: int, title: Words, words: Words, reasons: tuple[Words, ...] = (), again: str = "") -> tuple[str, int]:
    """Return an error page and its status: why it is so, and the address to ask for once more, where that may help."""
    if request.path.startswith(("/review/", "/s/", "/genuine")) and "locale" not in g:
        i18n.use_locale_asked_for()
    kept = _typed() if status in KEEPING else []
    way_back, back = _way_back()
    shown = {"title": title, "words": words, "reasons": reasons, "again": again, "kept": kept}
    return render_template("error.html", way_back=way_back, back=back, **shown), status


def _way_back() -> tuple[str, str]:
    """Return what the page that somebody came from is called, and its address; nothing for a stranger."""
    asked = request.view_args or {}
    if "known" in g and request.blueprint == "cosigner" and "invitation_id" in asked:
        return "review", url_for("cosigner.review", invitation_id=asked["invitation_id"])
    if "known" in g and "letter_id" in asked:
        return "letter", url_for("letter.show", letter_id=asked["letter_id"])
    return ("campaigns", url_for("campaigns.index")) if current_user.is_authenticated else ("", "")


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
        400: (
            lazy_gettext("Something was missing from that request"),
            lazy_gettext("Nothing was changed. Go back and try again."),
        ),
        403: (lazy_gettext("You don’t have access to this"), lazy_gettext("Nothing was changed.")),
        404: (lazy_gettext("Page not found"), lazy_gettext("The address may be mistyped, or no longer valid.")),
        405: (
            lazy_gettext("Page not found"),
            lazy_gettext("Nothing was changed. Go back and use the form."),
        ),
        413: (
            lazy_gettext("That file is too large"),
            lazy_gettext(
                "Nothing was saved. Send a smaller file: 2 MB for a letter, 10 MB for a letterhead, 5 MB for a logo."
            ),
        ),
        429: (
            lazy_gettext("Too many attempts"),
            lazy_gettext("Nothing was changed. Wait a while, at most an hour, then try again."),
        ),
        500: (
            lazy_gettext("Something went wrong on our side"),
            lazy_gettext("Nothing was changed. Try again; if it happens again, tell the coordinator."),
        ),
    }
    code = error.code or 500
    if code < 400 or isinstance(error, SecurityError):
        # A host that is not ours has no addresses to build a page from.
        return error
    title, words = said.get(code, (error.name, lazy_gettext("Nothing was changed.")))
    return page(code, title, words)


def _stale_form(error: CSRFError) -> tuple[str, int]:
    return page(
        400,
        lazy_gettext("This page expired"),
        lazy_gettext("Nothing was changed. Open it again from your email or the list."),
    )


def _not_found(error: NotFoundError) -> tuple[str, int]:
    return page(404, lazy_gettext("Page not found"), lazy_gettext("The address may be mistyped, or no longer valid."))


def _failed(error: Exception) -> Any:
    """The database, the disk or a key fails: one sentence, and no look at the database for it. Else it is a defect."""
    why = in_words(error)
    if why is None:
        raise error
    logger().error("unavailable", why=why)
    # A connection that is broken cannot be given back in order, and need not be.
    with contextlib.suppress(SQLAlchemyError):
        end_reading()
    later = {"Retry-After": "60"}
    if request.endpoint == "health.health":
        return {"status": "unavailable"}, 503, later
    g._login_user = account.manager.anonymous_user()
    title, words = lazy_gettext("Temporarily unavailable"), lazy_gettext("Nothing was lost. Try again in a minute.")
    return *page(503, title, words), later


def _refused(error: RefusedError) -> tuple[str, int]:
    return page(
        409, lazy_gettext("You can’t do that right now"), lazy_gettext("Nothing was changed."), reasons=error.reasons
    )


def _conflict(error: ConflictError) -> tuple[str, int]:
    return page(409, lazy_gettext("Someone else changed this first"), str(error))


def _pdf_not_yet(waits: PdfNotReadyError) -> tuple[str, int, dict[str, str]]:
    title = lazy_gettext("Preparing the PDF")
    words = lazy_gettext("Try again in a moment, or use the Word document: it says the same.")
    return *page(503, title, words, again=request.full_path.rstrip("?")), {"Retry-After": "5"}
