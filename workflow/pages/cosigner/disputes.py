"""Whoever was the contact of an organisation says that the change was wrong. Opening the page says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, session, url_for

from workflow.errors import RefusedError
from workflow.languages import in_zone
from workflow.letter import typed
from workflow.names import NOBODY_NAMED_AMID, asked_by
from workflow.pages import i18n
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.cosigner.arrival import DISPUTED, Page, blueprint
from workflow.pages.forms import DisputeForm, checked
from workflow.pages.i18n import get_locale
from workflow.pages.rate_limits import limiter
from workflow.pages.sent_form import show_again
from workflow.signoffs import disputes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPage:
    """What the page shows: nothing of the letter's text, and not who the new contact is."""

    organisation: str
    coordinator: str
    title: str
    at: str
    added: bool
    """One more contact was added; else the reader is none any more."""
    said: bool
    most: int


def _which() -> str:
    """The link by which this browser came; one at a time."""
    return str(session.get(DISPUTED, ""))


@blueprint.get("/contact-changed")
def contact_changed() -> Page:
    """The change, and where to say that it is wrong."""
    return _page()


def _page() -> str:
    link = disputes.by_id(reader(), _which())
    invitation = link.invitation
    letter = invitation.letter
    i18n.use_locale(invitation.language, letter.language)
    page = ChangedPage(
        organisation=invitation.organisation.name,
        coordinator=asked_by(letter.campaign) or NOBODY_NAMED_AMID.translate(get_locale()),
        title=letter.title,
        at=in_zone(link.created_at, invitation.zone, get_locale()),
        added=link.contact_id is not None,
        said=disputes.was_said(link),
        most=typed.REASON.most,
    )
    return render_template("contact_changed.html", page=page)


@blueprint.post("/contact-changed")
@limiter.limit("20 per hour", key_func=_which)
def dispute() -> Page:
    """Put on the record that it is wrong, and tell the coordinators."""
    link = disputes.by_id(reader(), _which())
    i18n.use_locale(link.invitation.language, link.invitation.letter.language)
    try:
        words = checked(DisputeForm()).words.data or ""
    except RefusedError as refused:
        status = show_again(refused, "contact-changed")
        return _page(), status
    end_reading()
    with writer() as writing:
        disputes.dispute(writing, _which(), words)
    return redirect(url_for("cosigner.contact_changed"), 303)
