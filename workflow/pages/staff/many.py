"""Many organisations at once: pasted, from a file, from the directory or an earlier letter; looked through; saved."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from workflow import accounts
from workflow.campaigns import directory, lists
from workflow.campaigns.lists import Draft, Edit
from workflow.errors import IncomingError, InputError, NotFoundError, RefusedError
from workflow.imports import cosigner_lists
from workflow.languages import Words, lazy_gettext, lazy_ngettext
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.sent_form import SentForm, show_again_on
from workflow.pages.staff import many_page
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, member_for, mine

blueprint = Blueprint("many", __name__, url_prefix="/letters/<id:letter_id>/cosigners/many")
UPLOAD_LIMITS = {"many.read": cosigner_lists.LARGEST_FILE + 500_000}
TOO_LARGE = lazy_gettext(
    "The file is larger than %(most)s MB. Copy the rows of the list into a new sheet, or paste them.",
    most=str(cosigner_lists.LARGEST_FILE // 1_000_000),
)
_FIELD = re.compile(r"r([0-9]{1,4})-([a-z_]{1,20})")
_NUMBER = re.compile(r"[0-9]{1,4}")
MOST_KNOWN = cosigner_lists.MOST_ROWS


@blueprint.get("")
def show(letter_id: str) -> str:
    """The table of the list that is looked through; where there is none, what a list can come from."""
    letter = mine(letter_id)
    member = staff(reader())
    draft = lists.read(reader(), letter_id, member.id) if "again" not in request.args else None
    if draft is None:
        page = many_page.source(reader(), letter, member, request.args.get("q", "")[:100].strip())
        return render_template("many.html", page=page)
    asked = request.values.get("show", "")
    number = request.values.get("page", "1")
    table = many_page.table(
        reader(),
        letter,
        draft,
        member,
        asked if asked in many_page.LABELS else "",
        int(number) if _NUMBER.fullmatch(number) else 1,
    )
    return render_template("many_table.html", page=table, labels=many_page.LABELS)


show_again_on(blueprint, show)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """Say at the field for the file that it is too large."""
    g.sent_form = SentForm("cosigners-many", {}, {"file": TOO_LARGE})
    return show((request.view_args or {})["letter_id"]), 413


@blueprint.post("")
@limiter.limit("60 per minute", key_func=by_member)
def read(letter_id: str) -> Answer:
    """Read a list and keep it beside the letter, to be looked through."""
    member_id = member_for(letter_id).id
    draft = _incoming()
    with writer() as session:
        lists.keep(session, letter_id, member_id, draft)
    return _to_table(letter_id)


def _incoming() -> Draft:
    """Return the list that was sent; raises `InputError` at where it was to come from."""
    upload, pasted = request.files.get("file"), request.form.get("pasted", "")
    field = "file" if upload else "pasted"
    try:
        if request.form.get("from") == "letter":
            field = "letter"
            return lists.of_cosigners(_of_letter(request.form.get("letter", "")))
        if request.form.get("from") == "directory":
            field = "known"
            return lists.of_cosigners(_of_directory())
        end_reading()
        found = (
            cosigner_lists.read(upload.read(), upload.filename or "") if upload else cosigner_lists.read_text(pasted)
        )
    except IncomingError as error:
        first, *others = error.sentences
        raise InputError(*others, **{field: first}) from error
    return Draft(found.rows, notes=found.notes)


def _of_letter(letter_id: str) -> list[Any]:
    member = staff(reader())
    try:
        accounts.letter_for(reader(), member, letter_id, "coordinator")
    except NotFoundError as error:
        raise IncomingError(lazy_gettext("Select a letter.")) from error
    return lists.of_letter(reader(), letter_id)


def _of_directory() -> list[Any]:
    """Return the organisations that were chosen, or all that a search finds."""
    member = staff(reader())
    if "all" in request.form:
        ids = many_page.found_ids(reader(), member, request.form.get("q", "")[:100], MOST_KNOWN + 1)
    else:
        ids = [name.removeprefix("known-") for name in request.form if name.startswith("known-")][: MOST_KNOWN + 1]
    return directory.as_cosigners(reader(), member, ids)


@blueprint.post("/rows")
@limiter.limit("120 per minute", key_func=by_member)
def change(letter_id: str) -> Answer:
    """Keep what was typed into the rows of a page; then save all, where that was asked for."""
    member_id = member_for(letter_id).id
    draft = lists.read(reader(), letter_id, member_id)
    if draft is None:
        raise RefusedError(lazy_gettext("This list was saved or discarded already. Paste it once more."))
    draft = _taken(letter_id, lists.edited(draft, _edits()))
    with writer() as session:
        lists.keep(session, letter_id, member_id, draft)
    if "save" not in request.form:
        return _to_table(letter_id)
    saved = act(lists.save, letter_id, user_id=member_id, leave_out_wrong="leave_out_wrong" in request.form)
    return back(letter_id, _said(saved), to="invitations.show")


def _edits() -> dict[int, Edit]:
    """Return what was typed into each row that the page showed."""
    fields: dict[int, dict[str, str]] = {}
    for name, words in request.form.items():
        found = _FIELD.fullmatch(name)
        if found:
            fields.setdefault(int(found[1]), {})[found[2]] = words
    return {place: Edit(typed, "out" in typed) for place, typed in fields.items() if "organisation" in typed}


def _taken(letter_id: str, draft: Draft) -> Draft:
    """Return the list with the one suggestion that was taken, if any."""
    place, _, field = request.form.get("use", "").partition(":")
    if not _NUMBER.fullmatch(place) or int(place) >= len(draft.rows):
        return draft
    if field != "known":
        return lists.taken(draft, int(place), field)
    letter, member = mine(letter_id), staff(reader())
    (match,) = directory.match(reader(), letter.campaign_id, [draft.rows[int(place)].cosigner], member)
    return lists.recognised(draft, int(place), match.known) if match.known else draft


def _said(saved: lists.Saved) -> Words:
    if not saved.changed:
        return lazy_ngettext("%(num)s organisation added.", "%(num)s organisations added.", saved.added)
    if not saved.added:
        return lazy_ngettext("%(num)s organisation completed.", "%(num)s organisations completed.", saved.changed)
    return lazy_gettext(
        "Saved: %(added)s organisations added, %(changed)s completed.", added=saved.added, changed=saved.changed
    )


@blueprint.post("/discard")
def discard(letter_id: str) -> Answer:
    """Forget the list; nothing of it was saved."""
    member_id = member_for(letter_id).id
    with writer() as session:
        lists.forget(session, letter_id, member_id)
    return back(letter_id, lazy_gettext("List discarded."), to="many.show")


def _to_table(letter_id: str) -> Answer:
    asked: dict[str, Any] = {name: request.form[name] for name in ("show", "page") if request.form.get(name)}
    return redirect(url_for("many.show", letter_id=letter_id, **asked), 303)
