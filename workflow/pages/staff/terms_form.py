"""The form of a letter's terms, or of those that a campaign's new letters begin with: what it shows, and was given."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from workflow.campaigns import drafts
from workflow.errors import InputError
from workflow.languages import Words, lazy_gettext
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
    four_eyes: bool
    objection_hours: int
    reminders: str
    """How many days before the deadline, as its field takes it."""
    at_deadline: str
    extend_days: int
    choices: Mapping[str, Words]
    """What a deadline may bring."""
    late_names: bool
    reply_days: int | None


AT_DEADLINE: Mapping[str, Words] = {
    "close": lazy_gettext("Answers are closed"),
    "ask": lazy_gettext("Ask the coordinators; until then it stays open"),
    "extend": lazy_gettext("Extend it once, by itself"),
}


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
        four_eyes=row.four_eyes,
        objection_hours=row.objection_hours,
        reminders=", ".join(str(days) for days in row.reminders),
        at_deadline=row.at_deadline,
        extend_days=row.extend_days or 7,
        choices=AT_DEADLINE,
        late_names=row.late_names,
        reply_days=row.reply_days,
    )


def given(form: TermsForm, before: drafts.Terms, name: str = "") -> drafts.Terms:
    """Return the terms `before` with what was typed into a form that was checked; raises `InputError` at a field."""
    zone = form.timezone.data or ""
    if form.at_deadline.data == "extend" and not form.extend_days.data:
        raise InputError(extend_days=lazy_gettext("Enter by how many days the deadline is extended."))
    return dataclasses.replace(
        before,
        name=name,
        deadline=deadlines.read(form.deadline.data, zone, before.deadline),
        timezone=zone,
        minimum=form.minimum.data or 1,
        comments_shared=bool(form.comments_shared.data),
        code_required=bool(form.code_required.data),
        four_eyes=bool(form.four_eyes.data),
        objection_hours=form.objection_hours.data or 0,
        reminders=before.reminders if form.reminders.data is None else form.reminder_days or (),
        at_deadline=form.at_deadline.data or "close",
        extend_days=(form.extend_days.data or 0) if form.at_deadline.data == "extend" else 0,
        late_names=bool(form.late_names.data),
        reply_days=form.reply_days.data or None,
    )
