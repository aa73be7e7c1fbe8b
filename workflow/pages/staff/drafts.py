"""The draft of a letter as a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.campaigns import drafts as campaign_drafts
from workflow.errors import ConflictError, InputError, RefusedError
from workflow.letter import markdown, text, typed
from workflow.pages.sent_form import SentForm, sent_form, show_again, show_again_on
from workflow.pages.staff.acting import Answer, act, back, member_for, mine
from workflow.pages.staff.forms import LetterForm, checked
from workflow.states import may

blueprint = Blueprint("draft", __name__, url_prefix="/letters/<id:letter_id>/draft")
PARTS = ("name", "title", "office", "email", "address")
"""The fields of a recipient, which are numbered: `recipient-1-name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFields:
    """The fields of one recipient; the last are empty, for one more."""

    number: int
    fields: Mapping[str, str]
    """By `PARTS`."""
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """What the page of a draft shows; what was typed goes before what is kept."""

    letter_id: str
    title: str
    version: int
    """Of the draft that the form was opened with: what was saved since is not written over."""
    subject: str
    place: str
    date: str
    language: str
    salutation: str
    body: str
    closing: str
    recipients: tuple[RecipientFields, ...]
    saved: str
    """What somebody else has saved meanwhile."""


@blueprint.get("")
def show(letter_id: str) -> Answer:
    """The draft as it is kept."""
    return _page(letter_id) if may("edit", mine(letter_id).state) else back(letter_id)


def _page(letter_id: str, overtaken: bool = False) -> str:
    row, sent = mine(letter_id), sent_form()
    kept = row.version if overtaken or not sent.name else sent.value(sent.name, "version", row.version)
    page = DraftPage(
        letter_id=row.id,
        title=row.title,
        version=kept,
        subject=row.subject,
        place=row.place,
        date=row.date.isoformat() if row.date else "",
        language=row.language,
        salutation=row.salutation,
        body=row.body,
        closing=row.closing,
        recipients=_fields(sent, [recipient.printed() for recipient in row.recipients]),
        saved=row.body if overtaken else "",
    )
    return render_template("draft.html", page=page)


def _fields(sent: SentForm, kept: list[text.Recipient]) -> tuple[RecipientFields, ...]:
    found = dict(_typed(sent.typed)) if sent.name else {number: _kept(one) for number, one in enumerate(kept, 1)}
    rows = [RecipientFields(number=number, fields=fields) for number, fields in found.items()]
    return (*rows, RecipientFields(number=max(found, default=0) + 1, fields=dict.fromkeys(PARTS, ""), is_new=True))


def _kept(one: text.Recipient) -> dict[str, str]:
    lines = "\n".join(one.address)
    return {"name": one.name, "title": one.title, "office": one.office, "email": one.email, "address": lines}


show_again_on(blueprint, _page)


@blueprint.errorhandler(ConflictError)
def _overtaken(error: ConflictError) -> tuple[str, int]:
    """Somebody else has saved the draft: what was typed stays in the form, and theirs is shown beside it."""
    show_again(RefusedError(str(error)))
    return _page((request.view_args or {})["letter_id"], overtaken=True), 409


@blueprint.post("")
def save(letter_id: str) -> Answer:
    """Keep the draft; a form that somebody else's save has overtaken gets its words back with a 409."""
    member_for(letter_id)
    form = checked(LetterForm())
    words = text.Letter(
        language=form.language.data or "",
        subject=form.subject.data or "",
        recipients=_recipients(request.form),
        salutation=form.salutation.data or "",
        body=_light(form.body.data or ""),
        closing=form.closing.data or "",
    )
    version, place = form.version.data or 0, form.place.data or ""
    act(campaign_drafts.edit, letter_id, typed.letter(words), version=version, dated=form.date.data, place=place)
    for said in typed.left_out(words):
        flash(said, "unsure")
    return back(letter_id, "Draft saved.")


def _light(body: str) -> str:
    """Return a text that Markdown can be read from in time; raises `InputError`."""
    found = markdown.too_hard(body[: markdown.LONGEST + 1])
    if found:
        raise InputError(body=found[0])
    return body


def _typed(form: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Return the recipients of a form with their numbers; those that are empty are left out."""
    numbers = sorted({int(found[1]) for name in form if (found := re.fullmatch(r"recipient-([1-9]\d{0,2})-\w+", name))})
    recipients = [(n, {part: form.get(f"recipient-{n}-{part}", "") for part in PARTS}) for n in numbers]
    return [(n, fields) for n, fields in recipients if any(words.strip() for words in fields.values())]


def _recipients(form: Mapping[str, str]) -> tuple[text.Recipient, ...]:
    """Read the recipients of a draft's form; raises `InputError` with the addresses that are none."""
    found, wrong = [], {}
    for number, fields in _typed(form):
        email = fields["email"].strip()
        try:
            email = check_address(email) if email else ""
        except HeaderError as error:
            wrong[f"recipient-{number}-email"] = str(error)
        lines = tuple(text.clean_line(line) for line in fields["address"].splitlines() if line.strip())
        name, title, office = (text.clean_line(fields[part]) for part in ("name", "title", "office"))
        found.append(text.Recipient(name, title, office, lines, email))
    if wrong:
        raise InputError(**wrong)
    return tuple(found)
