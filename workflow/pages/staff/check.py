"""“Check the letter”: what was recognised beside its source, and doubts that are settled at their place."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from workflow.campaigns import intake
from workflow.errors import ConflictError, RefusedError
from workflow.languages import lazy_gettext
from workflow.pages.context import reader
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.sent_form import show_again, show_again_on
from workflow.pages.staff import check_page
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import SettleForm, checked

blueprint = Blueprint("check", __name__, url_prefix="/letters/<id:letter_id>/check")


@blueprint.get("")
def show(letter_id: str) -> str:
    """The source of a letter, with what the draft has of it, and what is doubtful."""
    return render_template("check.html", page=check_page.of(reader(), mine(letter_id)))


show_again_on(blueprint, show)


@blueprint.errorhandler(ConflictError)
def _overtaken(error: ConflictError) -> tuple[str, int]:
    """Somebody else has saved the draft: it is shown as it is now, and nothing was changed."""
    said = lazy_gettext("Someone else saved this draft meanwhile. Look at it as it is now, then choose.")
    show_again(RefusedError(said))
    return show((request.view_args or {})["letter_id"]), 409


@blueprint.post("/<id:doubt_id>")
def settle(letter_id: str, doubt_id: str) -> Answer:
    """Settle one doubt as was chosen."""
    form = checked(SettleForm())
    act(intake.settle, letter_id, doubt_id, form.choice.data, version=form.version.data)
    with_open = intake.unsettled(reader(), mine(letter_id))
    said = (
        ngettext("Saved. %(num)s doubt left.", "Saved. %(num)s doubts left.", len(with_open)) % {"num": len(with_open)}
        if with_open
        else gettext("Saved. Nothing is left to settle.")
    )
    return back(letter_id, said, to="check.show")


@blueprint.post("/rest")
def settle_rest(letter_id: str) -> Answer:
    """Leave as it is what is still doubtful."""
    act(intake.settle_rest, letter_id)
    return back(letter_id, gettext("Saved. Nothing is left to settle."), to="check.show")
