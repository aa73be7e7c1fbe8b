"""A letter's terms: deadline, zone, how many must sign, and by which rules."""

from __future__ import annotations

import dataclasses

from flask import redirect, url_for

from workflow.campaigns import deadlines, drafts
from workflow.pages.context import reader
from workflow.pages.i18n import gettext
from workflow.pages.staff import deadlines as typed
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import TermsForm, checked
from workflow.pages.staff.letter import blueprint
from workflow.pages.staff.terms_form import given


@blueprint.post("/terms")
def set_terms(letter_id: str) -> Answer:
    """Set the terms. A deadline that moves for anybody is not moved yet: it is shown first whom that concerns."""
    row = mine(letter_id)
    terms = given(checked(TermsForm()), drafts.terms_of(row))
    moves = deadlines.concerned(reader(), row, terms.deadline).number > 0
    act(drafts.set_terms, letter_id, dataclasses.replace(terms, deadline=row.deadline) if moves else terms)
    if not moves:
        return back(letter_id, gettext("Saved."), "rules")
    to = typed.shown(terms.deadline, terms.timezone) or None
    return redirect(url_for("moving.show", letter_id=letter_id, to=to, none=None if to else "y"), 303)
