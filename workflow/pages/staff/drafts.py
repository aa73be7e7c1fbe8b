"""The draft of a letter as a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, render_template, request

from emails.errors import HeaderError
from emails.message import check_address
from workflow.campaigns import drafts as campaign_drafts
from workflow.errors import ConflictError, RefusedError
from workflow.languages import Words
from workflow.letter import markdown, text, typed
from workflow.pages.forms import LetterForm
from workflow.pages.staff.acting import Answer, act, back, member_for, mine
from workflow.states import may

blueprint = Blueprint("draft", __name__, url_prefix="/letters/<id:letter_id>/draft")


@blueprint.get("")
def show(letter_id: str) -> Answer:
    """The draft as it is kept."""
    row = mine(letter_id)
    if not may("edit", row.state):
        return back(letter_id)
    form = LetterForm(
        formdata=None,
        version=row.version,
        subject=row.subject,
        place=row.place,
        date=row.date,
        language=row.language,
        salutation=row.salutation,
        body=row.body,
        closing=row.closing,
    )
    return render_template("draft.html", form=form, letter=row, recipients=[r.printed() for r in row.recipients])


@blueprint.post("")
def save(letter_id: str) -> Answer:
    """Keep the draft; a form that somebody else's save has overtaken gets its words back with a 409."""
    member_for(letter_id)
    form = LetterForm()
    recipients, problems = _recipients(request.form)
    hard = markdown.too_hard((form.body.data or "")[: markdown.LONGEST + 1])
    if not form.validate_on_submit() or problems or hard:
        return _again(letter_id, form, recipients, [*problems, *hard], 400)
    words = text.Letter(
        language=form.language.data or "en",
        subject=form.subject.data or "",
        recipients=recipients,
        salutation=form.salutation.data or "",
        body=form.body.data or "",
        closing=form.closing.data or "",
    )
    try:
        act(campaign_drafts.edit, letter_id, form.version.data or 0, words, form.date.data, place=form.place.data or "")
    except ConflictError as conflict:
        return _again(letter_id, form, recipients, [str(conflict)], 409)
    except RefusedError as refused:
        return _again(letter_id, form, recipients, list(refused.reasons), 400)
    flash("The draft is saved.", "done")
    for said in typed.left_out(words):
        flash(said, "unsure")
    return back(letter_id)


def _again(
    letter_id: str, form: LetterForm, recipients: tuple[text.Recipient, ...], problems: Sequence[Words], status: int
) -> tuple[str, int]:
    row = mine(letter_id)
    current = row.text() if status == 409 else None
    page = render_template(
        "draft.html", form=form, letter=row, recipients=recipients, problems=problems, current=current
    )
    return page, status


def _recipients(form: Mapping[str, str]) -> tuple[tuple[text.Recipient, ...], list[str]]:
    """Read the recipients of a draft's form, and what is wrong with them; an empty one is left out."""
    found, problems = [], []
    for number in range(1, 101):
        fields = {part: form.get(f"recipient-{number}-{part}", "") for part in ("name", "title", "office", "email")}
        address = form.get(f"recipient-{number}-address", "")
        if not any(value.strip() for value in (*fields.values(), address)):
            continue
        try:
            fields["email"] = check_address(fields["email"]) if fields["email"].strip() else ""
        except HeaderError as error:
            problems.append(str(error))
        lines = tuple(text.clean_line(line) for line in address.splitlines() if line.strip())
        cleaned = {part: text.clean_line(value) for part, value in fields.items()}
        found.append(text.Recipient(address=lines, **cleaned))
    return tuple(found), problems
