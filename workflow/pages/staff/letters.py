"""A new letter, from a file or from pasted text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, url_for

from workflow import history, members
from workflow.campaigns import drafts
from workflow.errors import IncomingError, InputError
from workflow.letter import typed
from workflow.models import User
from workflow.pages.context import writer
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff.acting import Answer
from workflow.pages.staff.forms import ImportForm
from workflow.pages.staff.profile import named_staff

if TYPE_CHECKING:
    # Only who takes a letter in waits for the importer: it reads its lexicons when it is loaded.
    from workflow.imports import ImportedLetter

blueprint = Blueprint("letters", __name__)
UPLOAD_LIMITS = {"letters.take_in": typed.LARGEST_DOCUMENT + 100_000}


@blueprint.get("/letters/new")
def new() -> str:
    """The form that takes a letter in."""
    named_staff()
    return render_template("new.html")


show_again_on(blueprint, new)


@blueprint.post("/letters")
def take_in() -> Answer:
    """Read a file or pasted text and start a campaign with it."""
    user = named_staff()
    read = _read(ImportForm())
    with writer() as session:
        terms = drafts.Terms(name=read.campaign, deadline=read.deadline, timezone=read.timezone, minimum=read.minimum)
        actor = history.coordinator(user.id)
        row = drafts.take_in(
            session, read.letter, read.cosigners, actor, dated=read.date, terms=terms, place=read.place
        )
        row.doubts = list(read.unsure)
        members.join(session, row.campaign_id, session.get_one(User, user.id), "coordinator", actor)
    return redirect(url_for("letter.show", letter_id=row.id), 303)


def _read(form: ImportForm) -> ImportedLetter:
    """Read what was sent as a letter; raises `InputError` at the file or at the text, whichever it was."""
    from workflow import imports

    upload = form.file.data
    content = upload.read() if upload else (form.pasted.data or "").encode("utf-8", "replace")
    if not content.strip():
        raise InputError(pasted="Paste the text of the letter, or choose a file.")
    try:
        return imports.read(content, upload.filename or "" if upload else "")
    except IncomingError as error:
        first, *others = error.sentences
        raise InputError(*others, **{"file" if upload else "pasted": first}) from error
