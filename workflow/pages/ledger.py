"""Everything that was signed from one address: a link by email opens a list and one zip, for an hour."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, session, url_for
from werkzeug.wrappers import Response

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.instance import instance
from workflow.pages import i18n
from workflow.pages.context import end_reading, reader
from workflow.pages.i18n import get_locale
from workflow.pages.rate_limits import by_network, guessed, limiter
from workflow.signoffs import ledger
from workflow.tokens import hash_token

blueprint = Blueprint("ledger", __name__)
OPENED = "ledger"
"""The session's note of the link that was opened in this browser, by the SHA-256 of its token."""


def by_ledger_link() -> str:
    """Count by the link that this browser holds."""
    return str(session.get(OPENED, "none"))


@blueprint.before_request
def _in_the_readers_language() -> None:
    i18n.use_locale_asked_for()


@blueprint.get("/everything/<token>")
def arrive(token: str) -> Response | tuple[str, int]:
    """Take the token out of the address: remember the link in a cookie, and go to a clean address."""
    known = hash_token(token)
    if not ledger.address_of(reader(), known):
        was_sent = ledger.was_sent(reader(), known)
        end_reading()
        return _asking("ended", 429 if not was_sent and guessed("ledgers") else 404)
    session[OPENED] = known
    return redirect(url_for("ledger.show"), 303)


@blueprint.get("/everything")
def show() -> str | tuple[str, int]:
    """The list, where this browser came by a link that lives; else a form that has one mailed."""
    address = ledger.address_of(reader(), str(session.get(OPENED, "")))
    if not address:
        return _asking("new", 200)
    parts = ledger.parts(reader(), address, get_locale())
    return render_template("ledger.html", address=address, parts=parts, most=ledger.MOST)


@blueprint.post("/everything")
def ask() -> tuple[str, int]:
    """Mail a link to an address that was asked to sign; whatever was typed, the answer is the same."""
    try:
        address = check_address(request.form.get("email", ""))
    except HeaderError:
        address = ""
    if address:
        instance().afterwards.mail(ledger.is_known, ledger.send, address, by_network())
    return _asking("asked", 200)


@blueprint.get("/everything.zip")
@limiter.limit("20 per hour", key_func=by_ledger_link)
def download() -> Response | tuple[str, int]:
    """All of it as one zip."""
    address = ledger.address_of(reader(), str(session.get(OPENED, "")))
    if not address:
        end_reading()
        return _asking("ended", 404)
    content = ledger.packed(reader(), address, get_locale())
    return send_file(BytesIO(content), "application/zip", as_attachment=True, download_name="everything.zip")


def _asking(what: str, status: int) -> tuple[str, int]:
    return render_template("ledger_asked.html", what=what), status
