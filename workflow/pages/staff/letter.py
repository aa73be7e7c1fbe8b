"""A letter's page, on which most forms of staff stand."""

from __future__ import annotations

from flask import Blueprint, render_template

from workflow import accounts
from workflow.pages.context import reader
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import letter_page
from workflow.pages.staff.account import staff

blueprint = Blueprint("letter", __name__, url_prefix="/letters/<id:letter_id>")


@blueprint.get("")
def show(letter_id: str) -> str:
    """Everything about one letter: the paper, the answers, the next step."""
    user = staff(reader())
    row = accounts.letter_for(reader(), user, letter_id, "auditor")
    coordinates = accounts.role_in(reader(), user, row.campaign) == "coordinator"
    return render_template("letter.html", page=letter_page.of(reader(), row, coordinates))


show_again_on(blueprint, show)
