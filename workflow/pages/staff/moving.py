"""A deadline is moved: whom that concerns is shown before; and what one that has come brings is decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request

from workflow.campaigns import at_deadline, drafts
from workflow.campaigns.readers import Seen
from workflow.errors import InputError
from workflow.languages import Words, lazy_gettext
from workflow.pages.context import reader
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import deadlines, moving_page
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import DecisionForm, MovingForm, checked

blueprint = Blueprint("moving", __name__, url_prefix="/letters/<id:letter_id>/deadline")

SAID: dict[str, Words] = {
    "close": lazy_gettext("Answers are closed. You can close signing now."),
    "extend": lazy_gettext("Deadline moved. We’re telling everybody concerned by email."),
    "open": lazy_gettext("There is no deadline any more. We’re telling everybody concerned by email."),
}


@blueprint.get("")
def show(letter_id: str) -> str:
    """The deadline, and whom moving it to the time in the address would concern."""
    return _page(letter_id)


def _page(letter_id: str) -> str:
    letter, asked = mine(letter_id), request.args.get("to", "") or request.form.get("deadline", "")
    to, wrong = None, ""
    looked = bool(asked) or request.args.get("none") == "y" or request.method == "POST"
    if asked:
        try:
            to = deadlines.read(_typed(asked), letter.timezone, letter.deadline)
        except InputError as refused:
            looked, wrong = False, str(next(iter(refused.reasons)))
    page = moving_page.of(reader(), letter, to, looked=looked, proposed=asked, wrong=wrong)
    return render_template("moving.html", page=page)


def _typed(asked: str) -> datetime:
    try:
        return datetime.fromisoformat(asked[:16]).replace(tzinfo=None)
    except ValueError:
        raise InputError(deadline=lazy_gettext("Enter a date and a time.")) from None


show_again_on(blueprint, _page)


@blueprint.post("")
def move(letter_id: str) -> Answer:
    """Move it, and tell everybody concerned."""
    form: Any = checked(MovingForm())
    letter = mine(letter_id)
    deadline = deadlines.read(form.deadline.data, letter.timezone, letter.deadline)
    act(drafts.set_deadline, letter_id, deadline, seen=form.seen or Seen(0, ""))
    return back(letter_id, SAID["extend" if deadline else "open"], to="letter.show")


@blueprint.post("/decision")
def decide(letter_id: str) -> Answer:
    """Say what a deadline that has come brings."""
    form: Any = checked(DecisionForm())
    letter, choice = mine(letter_id), form.choice.data
    deadline = deadlines.read(form.deadline.data, letter.timezone) if choice == "extend" else None
    act(at_deadline.decide, letter_id, choice, deadline=deadline, seen=form.seen)
    return back(letter_id, SAID[choice], to="letter.show")
