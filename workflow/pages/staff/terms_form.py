"""The form of a letter's terms, or of those that a campaign's new letters begin with: what it shows, and was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow.campaigns import drafts
from workflow.models import Campaign, Letter
from workflow.pages.staff import deadlines, times
from workflow.pages.staff.forms import TermsForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the form of the deadline and the rules shows."""

    deadline: str
    """As its field takes it."""
    timezone: str
    zones: dict[str, str]
    """Those that can be chosen."""
    minimum: int
    comments_shared: bool
    code_required: bool
    objection_hours: int


def shown(row: Letter | Campaign, zone: str = "") -> Terms:
    """Return the terms of a letter or a campaign for their form; in `zone` where there is none of its own yet."""
    zone = zone or row.timezone
    return Terms(
        deadline=deadlines.shown(row.deadline, zone),
        timezone=zone,
        zones=times.offered(zone),
        minimum=row.minimum,
        comments_shared=row.comments_shared,
        code_required=row.code_required,
        objection_hours=row.objection_hours,
    )


def given(form: TermsForm, kept: datetime | None = None, name: str = "") -> drafts.Terms:
    """Return the terms that were typed into a form that was checked; raises `InputError` at the deadline."""
    zone = form.timezone.data or ""
    return drafts.Terms(
        name=name,
        deadline=deadlines.read(form.deadline.data, zone, kept),
        timezone=zone,
        minimum=form.minimum.data or 1,
        comments_shared=bool(form.comments_shared.data),
        code_required=bool(form.code_required.data),
        objection_hours=form.objection_hours.data or 0,
    )
