"""A campaign's terms: deadline, zone, how many must sign, and by which rules."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from workflow.campaigns import drafts
from workflow.errors import RefusedError
from workflow.models import Letter, now
from workflow.moments import in_reach, zones
from workflow.pages.forms import TermsForm, problems_of
from workflow.pages.staff.acting import Answer, act, back, mine
from workflow.pages.staff.letter import blueprint


@blueprint.post("/terms")
def set_terms(letter_id: str) -> Answer:
    """Set the deadline, its zone, and how many must sign."""
    row = mine(letter_id)
    form = TermsForm()
    zone = form.timezone.data or ""
    if not form.validate_on_submit() or zone not in zones():
        problems = tuple(problems_of(form)) or (f"There is no time zone called {zone[:100]}.",)
        raise RefusedError(*problems)
    deadline = form.deadline.data.replace(tzinfo=ZoneInfo(zone)) if form.deadline.data else None
    if deadline is not None and in_reach(deadline) and deadline < now() and deadline != _to_the_minute(row):
        why = "The deadline is in the past. Choose one that is still to come; to end sign-off now, approve the letter."
        raise RefusedError(why)
    given = drafts.Terms(
        deadline=deadline,
        timezone=zone,
        minimum=form.minimum.data or 1,
        comments_shared=bool(form.comments_shared.data),
        code_required=bool(form.code_required.data),
        objection_hours=form.objection_hours.data or 0,
    )
    act(drafts.set_terms, letter_id, given)
    return back(letter_id, "The terms are set.")


def _to_the_minute(row: Letter) -> datetime | None:
    """The deadline as the form shows it: one that is over may stay when other terms are set."""
    deadline = row.campaign.deadline
    return deadline.replace(second=0, microsecond=0) if deadline else None
