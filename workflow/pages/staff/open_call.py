"""A letter's open call: opened and closed, and the requests to join that came in by it, answered."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from workflow.campaigns import joining, open_call
from workflow.campaigns.joining import Accepted
from workflow.errors import RefusedError
from workflow.instance import instance
from workflow.languages import lazy_gettext
from workflow.pages.context import reader
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import call_page
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import CallForm, checked

blueprint = Blueprint("open_call", __name__, url_prefix="/letters/<id:letter_id>/call")


@blueprint.get("")
def show(letter_id: str) -> str:
    """The public address, and who asks to join: searched and filtered."""
    asked = call_page.wanted(request.values)
    page = call_page.of(reader(), mine(letter_id), asked, staff(reader()), instance().settings.public_url)
    return render_template("open_call.html", page=page)


show_again_on(blueprint, show)


@blueprint.post("")
def open_(letter_id: str) -> Answer:
    """Open the public page, or change the coordinator's words on it."""
    form = checked(CallForm())
    act(open_call.open_, letter_id, form.words.data or "", renew=bool(form.renew.data))
    return back(letter_id, gettext("The public page is open."), to="open_call.show", anchor="page")


@blueprint.post("/closing")
def close(letter_id: str) -> Answer:
    """Close the public page."""
    act(open_call.close, letter_id)
    return back(letter_id, gettext("The public page is closed."), to="open_call.show", anchor="page")


@blueprint.post("/decisions")
def decide(letter_id: str) -> Answer:
    """Accept or decline one request, those that were ticked, or all that match."""
    do, only = request.form.get("do", ""), request.form.get("only", "")
    asked = call_page.wanted(request.form)
    if only:
        do, ids = "accept", [only]
    elif "all" in request.form:
        ids = call_page.matching(reader(), mine(letter_id), asked, joining.MOST)
    else:
        ids = [name.removeprefix("chosen-") for name in request.form if name.startswith("chosen-")]
    pieces = joining.pieces(ids)
    kept: dict[str, Any] = {"q": asked.search or None}
    if do == "accept":
        said = _accepted(letter_id, pieces)
        if len(ids) == joining.MOST and (left := call_page.of_all(reader(), mine(letter_id), asked)):
            wait = ngettext("%(num)s organisation wants to join", "%(num)s organisations want to join", left)
            said = f"{said} {wait % {'num': left}}."
        return back(letter_id, said, to="open_call.show", **kept)
    if do == "refuse":
        reason, tell = request.form.get("reason", ""), "tell" in request.form
        number = sum(act(joining.refuse, letter_id, piece, reason=reason, tell=tell) for piece in pieces)
        said = ngettext("%(num)s request declined.", "%(num)s requests declined.", number)
        return back(letter_id, said % {"num": number}, to="open_call.show", **kept)
    raise RefusedError(lazy_gettext("Select what is to be done."))


def _accepted(letter_id: str, pieces: list[list[str]]) -> str:
    """Accept them piece by piece, and say how many were, and which were not."""
    found: list[Accepted] = []
    for at, piece in enumerate(pieces):
        try:
            found.append(act(joining.accept, letter_id, piece))
        except RefusedError:
            # Somebody else has answered these meanwhile.
            if at + 1 == len(pieces) and not found:
                raise
    number, left = sum(one.number for one in found), [name for one in found for name in one.left]
    said = ngettext("%(num)s organisation invited.", "%(num)s organisations invited.", number) % {"num": number}
    if left:
        there = gettext("On the letter already, by name or address, and left as they are: %(names)s.")
        said = f"{said} {there % {'names': ', '.join(left[:10])}}"
    return said
