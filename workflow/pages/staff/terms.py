"""A letter's terms: deadline, zone, how many must sign, and by which rules."""

from __future__ import annotations

from workflow.campaigns import drafts
from workflow.pages.i18n import gettext
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import TermsForm, checked
from workflow.pages.staff.letter import blueprint
from workflow.pages.staff.terms_form import given


@blueprint.post("/terms")
def set_terms(letter_id: str) -> Answer:
    """Set the deadline, its zone, and how many must sign."""
    row = mine(letter_id)
    act(drafts.set_terms, letter_id, given(checked(TermsForm()), row.deadline))
    return back(letter_id, gettext("Saved."), "rules")
