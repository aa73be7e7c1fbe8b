"""A letter's page, on which most forms of staff stand."""

from __future__ import annotations

from flask import Blueprint, render_template

from workflow import accounts
from workflow.pages.context import reader
from workflow.pages.forms import CosignerForm, DispatchForm, EmailForm, ReasonForm, TermsForm
from workflow.pages.staff import letter_page
from workflow.pages.staff.account import staff

blueprint = Blueprint("letter", __name__, url_prefix="/letters/<id:letter_id>")


@blueprint.get("")
def show(letter_id: str) -> str:
    """Everything about one letter: the paper, the answers, the next step."""
    user = staff(reader())
    row = accounts.letter_for(reader(), user, letter_id, "auditor")
    coordinates = accounts.role_in(reader(), user, row.campaign) == "coordinator"
    view = letter_page.whole(reader(), row, names_all=coordinates)
    forms = {
        "cosigner": CosignerForm(),
        "email": EmailForm(),
        "reason": ReasonForm(),
        "dispatch": DispatchForm(fingerprint=view["fingerprint"]),
        "terms": TermsForm(
            deadline=view["deadline_local"],
            timezone=row.campaign.timezone,
            minimum=row.campaign.minimum,
            comments_shared=row.campaign.comments_shared,
            code_required=row.campaign.code_required,
            objection_hours=row.campaign.objection_hours,
        ),
    }
    return render_template("letter.html", forms=forms, may_act=coordinates, **view)
