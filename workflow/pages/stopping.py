"""
Fewer emails with one press: what `List-Unsubscribe` of a reminder, and of staff's morning email, leads to (RFC 8058).

A mail program posts here without a cookie and without a page before it. Whoever opens the address gets a page with one
button: to look at it stops nothing, for mail filters open whatever they find.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from emails.headers import ONE_CLICK
from workflow import accounts
from workflow.errors import NotFoundError
from workflow.pages import i18n
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.rate_limits import guessed, limiter
from workflow.signoffs import stopping

blueprint = Blueprint("stopping", __name__)
NAME, _, VALUE = ONE_CLICK.partition("=")
AGAIN = "again"
RULE = f"/stop/<any({stopping.WHAT}, digest):what>/<id:of>/<tag>"


def _by_address() -> str:
    """Count by the address that is pressed."""
    return "/".join(str(part) for part in (request.view_args or {}).values())


@blueprint.before_request
def _in_the_readers_language() -> None:
    i18n.use_locale_asked_for()


@blueprint.get(RULE)
def show(what: str, of: str, tag: str) -> str | tuple[str, int]:
    """The page with the one button; nothing is stopped by opening it."""
    return _page(what, _found(what, of, tag))


@blueprint.post(RULE)
@limiter.limit("20 per hour", key_func=_by_address)
def stop(what: str, of: str, tag: str) -> str | tuple[str, int]:
    """Stop these emails, or let them come again; what is posted says which."""
    found = _found(what, of, tag)
    if found is None or request.form.get(NAME) not in (VALUE, AGAIN):
        return _page(what, found)
    stopped = request.form[NAME] == VALUE
    end_reading()
    with writer() as session:
        try:
            if what == stopping.WHAT:
                stopping.set_wish(session, of, tag, stopped=stopped)
            elif accounts.digest_of(session, of, tag) is not None:
                accounts.set_digest(session, of, wanted=not stopped)
        except NotFoundError:
            pass
    return _page(what, _found(what, of, tag))


def _found(what: str, of: str, tag: str) -> Any:
    if what == stopping.WHAT:
        return stopping.found(reader(), of, tag)
    return accounts.digest_of(reader(), of, tag)


def _page(what: str, found: Any) -> str | tuple[str, int]:
    shown = {"name": NAME, "value": VALUE, "again": AGAIN}
    if found is None:
        end_reading()
        return render_template("stopping.html", what="", **shown), 429 if guessed("stops") else 404
    if what != stopping.WHAT:
        stands = {"is_stopped": not found.digest, "is_over": False, "title": ""}
    else:
        stands = {"is_stopped": found.is_stopped, "is_over": found.is_over, "title": found.letter.title}
    return render_template("stopping.html", what=what, **stands, **shown)
