"""Whether the service is well, for everybody; and the local mailbox of a laptop, which is nowhere else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from emails import mailbox
from workflow import keys
from workflow.pages.limits import limiter
from workflow.pages.reach import database, settings
from workflow.pages.security import MAIL_CSP
from workflow.trouble import OLD_TABLES, WrongSetUp

blueprint = Blueprint("public", __name__)
laptop = Blueprint("laptop", __name__)
"""The local mailbox: registered only where mails are kept here."""

LOOPBACK = ("127.0.0.1", "::1")
FOR_SOMEBODY_ELSE = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")

FILTERS: dict[str, Any] = {
    "short": lambda digest: str(digest)[:12],
    "day": lambda moment: moment.strftime("%-d %B %Y, %H:%M UTC") if isinstance(moment, datetime) else "",
}


@blueprint.get("/healthz")
@limiter.exempt
def health() -> dict[str, str]:
    """Whether the database answers, with current tables and the keys that it was written with."""
    if not database().is_current():
        raise WrongSetUp(OLD_TABLES)
    with database().reading() as session:
        keys.check(session, settings())
    return {"status": "ok"}


@laptop.before_request
def _asked_from_here() -> None:
    """The mailbox holds everybody's links: it answers programs of this machine, and no proxy that asks for others."""
    as_it_came: dict[str, Any] = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    if as_it_came["REMOTE_ADDR"] not in LOOPBACK or any(name in request.headers for name in FOR_SOMEBODY_ELSE):
        abort(404)


@laptop.get("/mailbox")
def mails() -> str:
    """Every mail that the local mailbox has received, newest first."""
    return render_template("mailbox.html", mails=mailbox.received(settings().mailbox)[::-1])


@laptop.get("/mailbox/<int:number>")
def mail(number: int) -> str:
    """One mail, as its reader sees it."""
    found = mailbox.read(settings().mailbox, number)
    if found is None:
        abort(404)
    return render_template("mail.html", mail=found)


@laptop.get("/mailbox/<int:number>/html")
def mail_html(number: int) -> Response:
    """The HTML part of a mail, shut in: no script, nothing from elsewhere."""
    found = mailbox.read(settings().mailbox, number)
    if found is None:
        abort(404)
    answer = Response(found.html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


@laptop.get("/mailbox/<int:number>/attachments/<int:index>")
def mail_attachment(number: int, index: int) -> Response:
    """An attachment of a mail."""
    found = mailbox.read(settings().mailbox, number)
    if found is None or not 0 <= index < len(found.attachments):
        abort(404)
    part = found.attachments[index]
    answer = Response(part.content, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{part.filename}"'
    return answer
