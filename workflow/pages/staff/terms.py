"""A campaign's terms: deadline, zone, how many must sign, and by which rules."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from workflow.campaigns import drafts
from workflow.errors import InputError
from workflow.models import Letter, now
from workflow.moments import in_reach
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.forms import TermsForm, checked
from workflow.pages.staff.letter import blueprint


@blueprint.post("/terms")
def set_terms(letter_id: str) -> Answer:
    """Set the deadline, its zone, and how many must sign."""
    row = mine(letter_id)
    form = checked(TermsForm())
    given = drafts.Terms(
        deadline=_deadline(form, row),
        timezone=form.timezone.data or "",
        minimum=form.minimum.data or 1,
        comments_shared=bool(form.comments_shared.data),
        code_required=bool(form.code_required.data),
        objection_hours=form.objection_hours.data or 0,
    )
    act(drafts.set_terms, letter_id, given)
    return back(letter_id, "Saved.", "rules")


def _deadline(form: TermsForm, row: Letter) -> datetime | None:
    """Return the deadline that was typed; raises `InputError` for one that is over, unless it was before."""
    if form.deadline.data is None:
        return None
    deadline: datetime = form.deadline.data.replace(tzinfo=ZoneInfo(form.timezone.data or ""))
    kept = row.deadline
    is_kept = kept is not None and deadline == kept.replace(second=0, microsecond=0)
    if in_reach(deadline) and deadline < now() and not is_kept:
        raise InputError(deadline="This deadline is in the past. Enter a later one, or close signing now instead.")
    return deadline
