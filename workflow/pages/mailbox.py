"""The local mailbox of a laptop: registered only where emails are kept here."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, send_file

from emails import mailbox
from emails.mailbox import ReceivedMail
from workflow.instance import instance
from workflow.pages.security import MAIL_CSP

blueprint = Blueprint("mailbox", __name__)
LOOPBACK = ("127.0.0.1", "::1")
FOR_SOMEBODY_ELSE = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


@blueprint.before_request
def _asked_from_here() -> None:
    """The mailbox holds everybody's links: it answers programs of this machine, and no proxy that asks for others."""
    as_it_came: dict[str, Any] = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    if as_it_came["REMOTE_ADDR"] not in LOOPBACK or any(name in request.headers for name in FOR_SOMEBODY_ELSE):
        abort(404)


@blueprint.get("/mailbox")
def mails() -> str:
    """Every email that the local mailbox has received, newest first."""
    return render_template("mailbox.html", mails=mailbox.received(instance().settings.mailbox)[::-1])


def _mail(number: int) -> ReceivedMail:
    return mailbox.read(instance().settings.mailbox, number) or abort(404)


@blueprint.get("/mailbox/<int:number>")
def mail(number: int) -> str:
    """One email, as its reader sees it."""
    return render_template("mail.html", mail=_mail(number))


@blueprint.get("/mailbox/<int:number>/html")
def html(number: int) -> Response:
    """The HTML part of an email, shut in: no script, nothing from elsewhere."""
    answer = Response(_mail(number).html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


@blueprint.get("/mailbox/<int:number>/attachments/<int:index>")
def attachment(number: int, index: int) -> Response:
    """An attachment of an email."""
    attachments = _mail(number).attachments
    if not 0 <= index < len(attachments):
        abort(404)
    part = attachments[index]
    return send_file(BytesIO(part.content), "application/octet-stream", as_attachment=True, download_name=part.filename)
