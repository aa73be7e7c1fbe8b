"""How an auditor without an account comes in: the link opens a campaign's letters, to read, for this browser."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from flask import Blueprint, Flask, g, redirect, render_template, request, session, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from workflow import accounts, auditor_links
from workflow.errors import UnavailableError
from workflow.instance import instance
from workflow.languages import in_zone
from workflow.models import AuditorLink, User
from workflow.pages import auditor
from workflow.pages.context import end_reading, reader
from workflow.pages.desk import letters as all_of
from workflow.pages.i18n import get_locale
from workflow.pages.rate_limits import by_network, guessed

blueprint = Blueprint("visiting", __name__)
OPENED = "reads"
"""The session's note of the links to read by that were opened in this browser, by campaign."""

MOST = 10


class LinkEndedError(NotFound):
    """The browser that asks came by a link to read that has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A campaign that a link opens, and until when."""

    campaign: str
    name: str
    ends: str


@blueprint.get("/a/<token>")
def arrive(token: str) -> Response | tuple[str, int]:
    """Take the token out of the address: remember the link in a cookie, and go to a clean address."""
    link = auditor_links.find(reader(), token)
    if link is None:
        was_sent = auditor_links.was_sent(reader(), token)
        end_reading()
        return _ended(429 if not was_sent and guessed("auditors’ links") else 404)
    kept = {campaign: known for campaign, known in _opened().items() if campaign != link.campaign_id}
    session[OPENED] = {**dict(list(kept.items())[1 - MOST :]), link.campaign_id: link.id}
    session.permanent = True
    return redirect(url_for("visiting.letters"), 303)


@blueprint.get("/a")
def letters() -> str:
    """The letters that the links of this browser open."""
    found = [link for link_id in _opened().values() if (link := auditor_links.living(reader(), link_id))]
    if not found:
        raise LinkEndedError
    newest_first = found[::-1]
    g.guest = accounts.guest(newest_first[0])
    campaigns = [(link.campaign_id, link.campaign.name) for link in newest_first]
    # What was done is shown when it is asked for: a program that follows the link of an email reads no letter.
    zone, acts_too = newest_first[0].campaign.timezone, bool(request.args)
    desk = all_of.desk(reader(), campaigns, all_of.asked(request.args), zone, acts_too=acts_too)
    opened = {link.campaign_id: link for link in newest_first}
    for letter_id in {act.letter for act in desk.acts}:
        _note(opened[auditor_links.campaign_of(reader(), letter_id) or ""], letter_id)
    return auditor.desk_page(desk, [_visit(link) for link in newest_first])


def _visit(link: AuditorLink) -> Visit:
    ends = in_zone(link.expires_at, link.campaign.timezone, get_locale())
    return Visit(campaign=link.campaign.name, name=link.name, ends=ends)


def _opened() -> dict[str, str]:
    found = session.get(OPENED)
    return found if isinstance(found, dict) else {}


def come_in(letter_id: str) -> None:
    """Let whoever has come by a link read a letter of its campaign: `staff` returns them as the auditor they are."""
    link_id = _opened().get(auditor_links.campaign_of(reader(), letter_id) or "") if _opened() else None
    if link_id is None:
        return
    link = auditor_links.living(reader(), link_id)
    if link is None:
        raise LinkEndedError
    g.guest = accounts.guest(link)
    if request.method == "GET":
        _note(link, letter_id)


def _note(link: AuditorLink, letter_id: str) -> None:
    if auditor_links.is_to_note(link, letter_id):
        # Put on the record afterwards: who reads waits for no writer, and what is lost is noted at the next look.
        with contextlib.suppress(UnavailableError):
            opening = f"{link.id} {letter_id}"
            instance().afterwards.mail(auditor_links.is_new, auditor_links.note, opening, by_network())


def guest() -> User | None:
    """Return whoever reads this page by a link, or None."""
    found: User | None = g.get("guest")
    return found


def _ended(status: int) -> tuple[str, int]:
    return render_template("visit_ended.html"), status


def _link_ended(error: LinkEndedError) -> tuple[str, int]:
    return _ended(404)


def init_app(app: Flask) -> None:
    """Give the app its pages, and let templates ask who reads by a link."""
    app.register_blueprint(blueprint)
    app.register_error_handler(LinkEndedError, _link_ended)
    app.jinja_env.globals["guest"] = guest
