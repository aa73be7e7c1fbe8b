"""The draft of a letter as a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow import documents
from workflow.campaigns import drafts as campaign_drafts
from workflow.documents import Change
from workflow.errors import ConflictError, InputError, RefusedError
from workflow.languages import Words, lazy_gettext
from workflow.letter import markdown, text, typed
from workflow.models import Letter
from workflow.pages.context import reader
from workflow.pages.i18n import get_locale, gettext
from workflow.pages.sent_form import SentForm, sent_form, show_again, show_again_on, show_typed
from workflow.pages.staff import agreements
from workflow.pages.staff.acting import Answer, act, back, member_for, mine
from workflow.pages.staff.agreements import Outlook
from workflow.pages.staff.forms import LetterForm, checked
from workflow.states import may

blueprint = Blueprint("draft", __name__, url_prefix="/letters/<id:letter_id>/draft")
LANGUAGES = (
    "ar", "am", "az", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa",
    "fi", "fr", "ga", "gl", "ha", "he", "hi", "hr", "hu", "hy", "id", "ig", "is", "it", "ja", "ka", "kk",
    "km", "ko", "ky", "lo", "lt", "lv", "mk", "mn", "ms", "mt", "my", "nb", "ne", "nl", "om", "pa", "pl",
    "ps", "pt", "pt-BR", "ro", "ru", "rw", "si", "sk", "sl", "so", "sq", "sr", "sv", "sw", "ta", "th", "ti",
    "tl", "tr", "uk", "ur", "uz", "vi", "yo", "zh", "zh-Hant", "zu",
)  # fmt: skip
"""Languages that a letter is offered to be written in; one that is in none of them keeps its code."""
LEAST, MOST, COLUMNS = 18, 60, 80
"""Lines of the field of the text; and how many letters stand in one of its lines, roughly."""
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
    languages: dict[str, str]
    """Those that a letter can be written in, by their codes."""
    rows: int
    """Lines of the field of the text, where a browser does not fit it to the text itself."""
    recipients: tuple[RecipientFields, ...]
    saved: tuple[tuple[Words, str], ...]
    """What somebody else has saved meanwhile, part by part."""
    changes: tuple[Change, ...]
    """What is in the form and not in that, and the other way round."""
    agreements: Outlook
    """What becomes of agreements to sign with a change, if the draft is opened as it is kept."""


@blueprint.get("")
def show(letter_id: str) -> Answer:
    """The draft as it is kept."""
    return _page(letter_id) if may("edit", mine(letter_id).state) else back(letter_id)


def _page(letter_id: str, overtaken: bool = False) -> str:
    row, sent = mine(letter_id), sent_form()
    body = sent.value(sent.name, "body", row.body) if sent.name else row.body
    kept = row.version if overtaken or not sent.name else sent.value(sent.name, "version", row.version)
    page = DraftPage(
        letter_id=row.id,
        title=row.title,
        version=kept,
        agreements=agreements.outlook(reader(), row),
        subject=row.subject,
        place=row.place,
        date=row.date.isoformat() if row.date else "",
        language=row.language,
        salutation=row.salutation,
        body=row.body,
        closing=row.closing,
        languages=_languages(row.language, sent.typed.get("language", row.language)),
        rows=min(MOST, max(LEAST, sum(1 + len(line) // COLUMNS for line in body.split("\n")))),
        recipients=_fields(sent, [recipient.printed() for recipient in row.recipients]),
        saved=_saved(row) if overtaken else (),
        changes=_differs(row, sent.typed) if overtaken else (),
    )
    return render_template("draft.html", page=page)


def _languages(*kept: str) -> dict[str, str]:
    """The languages to choose from, by their names in the language of the page; those that are kept are among them."""
    from babel import Locale

    names = Locale.parse(get_locale()).languages
    named = {code: _called(names, code) for code in {*LANGUAGES, *kept}}
    return dict(sorted(named.items(), key=lambda one: text.sorting_key(one[1])))


def _called(names: Mapping[str, str], code: str) -> str:
    said = names.get(code.replace("-", "_")) or names.get(code)
    return f"{said[0].upper()}{said[1:]}" if said else code


def _saved(row: Letter) -> tuple[tuple[Words, str], ...]:
    """What somebody else has saved, part by part."""
    whom = "\n\n".join("\n".join(recipient.printed().lines) for recipient in row.recipients)
    parts = (
        (lazy_gettext("Recipients"), whom),
        (lazy_gettext("Subject"), row.subject),
        (lazy_gettext("Greeting"), row.salutation),
        (lazy_gettext("Text"), row.body),
        (lazy_gettext("Closing"), row.closing),
    )
    return tuple((label, words) for label, words in parts if words)


def _differs(row: Letter, sent: Mapping[str, str]) -> tuple[Change, ...]:
    """Where what was typed differs from what somebody else has saved; nothing where it cannot be read as a letter."""
    try:
        return tuple(documents.changed(row.text(), _words(sent)))
    except RefusedError:
        return ()


def _fields(sent: SentForm, kept: list[text.Recipient]) -> tuple[RecipientFields, ...]:
    found = dict(_typed(sent.typed)) if sent.name else {number: _kept(one) for number, one in enumerate(kept, 1)}
    rows = [RecipientFields(number=number, fields=fields) for number, fields in found.items()]
    if rows and "add" not in sent.typed:
        return tuple(rows)
    return (*rows, RecipientFields(number=max(found, default=0) + 1, fields=dict.fromkeys(PARTS, ""), is_new=True))


def _kept(one: text.Recipient) -> dict[str, str]:
    lines = "\n".join(one.address)
    return {"name": one.name, "title": one.title, "office": one.office, "email": one.email, "address": lines}


show_again_on(blueprint, _page)


@blueprint.errorhandler(ConflictError)
def _overtaken(error: ConflictError) -> tuple[str, int]:
    """Somebody else has saved the draft: what was typed stays in the form, and theirs is shown beside it."""
    show_again(RefusedError(lazy_gettext("Someone else saved this draft while you were editing. Your words are kept.")))
    return _page((request.view_args or {})["letter_id"], overtaken=True), 409


@blueprint.post("")
def save(letter_id: str) -> Answer:
    """Keep the draft; a form that somebody else's save has overtaken gets its words back with a 409."""
    member_for(letter_id)
    if "add" in request.form:
        # Nothing is kept yet: the form comes back as it was typed, with fields for one more recipient.
        show_typed()
        return _page(letter_id)
    form = checked(LetterForm())
    words = _words({**request.form, "language": form.language.data or ""})
    version, place = form.version.data or 0, form.place.data or ""
    act(campaign_drafts.edit, letter_id, typed.letter(words), version=version, dated=form.date.data, place=place)
    for said in typed.left_out(words):
        flash(said, "unsure")
    return back(letter_id, gettext("Draft saved."))


def _words(sent: Mapping[str, str]) -> text.Letter:
    """Read a letter from what was sent; raises `InputError`."""
    return text.Letter(
        language=sent.get("language", ""),
        subject=sent.get("subject", ""),
        recipients=_recipients(sent),
        salutation=sent.get("salutation", ""),
        body=_light(sent.get("body", "")),
        closing=sent.get("closing", ""),
    )


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
