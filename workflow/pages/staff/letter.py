"""A letter's page, on which most forms of staff stand."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from workflow import accounts
from workflow.pages.context import reader
from workflow.pages.security import in_our_frames
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import email_rows, letter_page, under_way
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import seen

blueprint = Blueprint("letter", __name__, url_prefix="/letters/<id:letter_id>")


@blueprint.get("")
def show(letter_id: str) -> str:
    """Everything about one letter: the paper, the answers, the next step."""
    user = staff(reader())
    row = accounts.letter_for(reader(), user, letter_id, "auditor")
    coordinates = accounts.role_in(reader(), user, row.campaign) == "coordinator"
    return render_template("letter.html", page=letter_page.of(reader(), row, coordinates))


@blueprint.get("/progress")
def progress(letter_id: str) -> Response:
    """What is under way, alone: a browser without scripts shows it in a frame, which looks again by itself."""
    row = seen(letter_id)
    waiting = email_rows.counts(reader(), row)["waiting"]
    shown = under_way.of(reader(), row, waiting=waiting)
    answer = in_our_frames(make_response(render_template("progress.html", page={"under_way": shown})))
    if shown.goes_on:
        answer.headers["Refresh"] = "3"
    return answer


show_again_on(blueprint, show)
