"""How a co-signer comes in: the link in the email opens one invitation, for this browser, until it ends."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.instance import instance
from workflow.mails.samples import NO_LINK
from workflow.pages import i18n
from workflow.pages.context import end_reading, reader
from workflow.pages.rate_limits import OPENED, by_network, guessed
from workflow.pages.security import own_style
from workflow.signoffs import disputes, link_usage, links, requests
from workflow.signoffs.opened import OpenedInvitation

blueprint = Blueprint("cosigner", __name__)
Page = str | tuple[str, int] | Response
BROWSER = "browser"
"""The session's random name, which a code by mail is bound to."""


READING = ("cosigner.review", "cosigner.language", "cosigner.redline", "cosigner.download")
"""What a link to read opens: these pages, and nothing that answers."""

CONFIRMING = ("cosigner.confirm", "cosigner.refuse")
"""Where another confirms or refuses what one proposed: by a link that was made for it alone."""

OPENS = {"read": READING, "confirm": (*READING, *CONFIRMING)}
"""The pages that a link opens which is for something else than an answer."""


MAILS = "mails"
"""What a link has at its end that leads to whether mails go to its address (`mails.no_more`)."""

DISPUTED = "disputed"
"""The link by which this browser may say that a contact was changed wrongly."""


class LinkEndedError(NotFound):
    """The browser that asks holds no living link to the invitation."""


@blueprint.app_context_processor
def _own_style() -> dict[str, Any]:
    return {"own_style": own_style}


@blueprint.get("/s/<token>")
def arrive(token: str) -> Page:
    """
    Take the token out of the address: remember the link in a cookie and go to a clean address.

    A living link opens however many guesses came from the same network: who holds it is no guesser. And whoever has
    half a link finds the way to a whole one on the page that ends guesses too.
    """
    if token == NO_LINK:
        i18n.use_locale_asked_for()
        return render_template("sample_link.html")
    link = links.find_link(reader(), token)
    if link is None:
        wrong = disputes.find(reader(), token)
        if wrong is not None:
            session[DISPUTED] = wrong.id
            return redirect(url_for("cosigner.contact_changed"), 303)
        was_sent = links.was_sent(reader(), token)
        end_reading()
        return _no_such_link(429 if not was_sent and guessed("links") else 404)
    end_reading()
    link_usage.note_access(instance().database, link, access(link.id))
    opened = dict(session.get(OPENED, {}))
    opened.pop(link.invitation_id, None)
    kept = dict(list(opened.items())[-19:])
    session[OPENED] = {**kept, link.invitation_id: link.id}
    session.setdefault(BROWSER, secrets.token_hex(16))
    session.permanent = True
    to = "stopped" if MAILS in request.args and link.purpose == "answer" else "review"
    return redirect(url_for(f"cosigner.{to}", invitation_id=link.invitation_id), 303)


def access(link_id: str) -> link_usage.LinkAccess:
    """Return what is kept of where this request comes from."""
    agent = request.user_agent.string
    return link_usage.access(instance().database.tokens, link_id, request.remote_addr or "", agent, request.method)


def _no_such_link(status: int) -> tuple[str, int]:
    """The one page for links that are unknown, have ended or were revoked; with 200, for who has asked for another."""
    i18n.use_locale_asked_for()
    return render_template("link_ended.html", asked=status == 200), status


@blueprint.errorhandler(LinkEndedError)
def _link_ended(error: LinkEndedError) -> tuple[str, int]:
    return _no_such_link(404)


@blueprint.post("/s/again")
def mail_again() -> Page:
    """Mail fresh links to an address that was invited; whatever was typed, the answer is the same."""
    try:
        address = check_address(request.form.get("email", ""))
    except HeaderError:
        address = ""
    if address:
        instance().afterwards.mail(requests.waits, requests.mail_again, address, by_network())
    return _no_such_link(200)


def opened(invitation_id: str) -> OpenedInvitation:
    """Return what the living link opens by which this browser came; everybody else learns how to get one, no more."""
    link_id = session.get(OPENED, {}).get(invitation_id, "")
    known: dict[str, OpenedInvitation | None] = reader().info.setdefault("opened", {})
    if link_id and link_id not in known:
        known[link_id] = links.living_link(reader(), link_id, invitation_id)
    found = known.get(link_id)
    if found is None:
        raise LinkEndedError
    return found


def check_opened(invitation_id: str) -> None:
    """Let nobody in but by a living link that is for this page; settle the language of what is said."""
    invitation = opened(invitation_id)
    purpose, page = invitation.link.purpose, request.endpoint
    if page in CONFIRMING if purpose == "answer" else page not in OPENS.get(purpose, ()):
        raise LinkEndedError
    i18n.use_locale(invitation.language, invitation.letter.language)
    g.letter_id = invitation.letter.id


def letter_id() -> str:
    """Return the letter that the living link of this request is of (`check_opened`)."""
    return str(g.letter_id)


def link_id_of(invitation_id: str) -> str:
    """Return the id of the living link by which this browser came (`check_opened`); end the reading: an act follows."""
    end_reading()
    return str(session[OPENED][invitation_id])
