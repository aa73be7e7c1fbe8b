"""The letters of a coordinator, and a new one from a file or from pasted text."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for

from workflow import accounts, history
from workflow.campaigns import drafts
from workflow.errors import IncomingError
from workflow.models import User
from workflow.pages.context import reader, writer
from workflow.pages.forms import ImportForm
from workflow.pages.staff import letter_page
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer

blueprint = Blueprint("letters", __name__)


@blueprint.get("/")
def index() -> str:
    """The list: each letter with its progress in a sentence."""
    rows = [letter_page.row(letter) for letter in accounts.letters_of(reader(), staff(reader()))]
    return render_template("letters.html", rows=rows)


@blueprint.get("/letters/new")
def new() -> str:
    """The form that takes a letter in."""
    return render_template("new.html", form=ImportForm())


@blueprint.post("/letters")
def take_in() -> Answer:
    """Read a file or pasted text and start a campaign with it."""
    from workflow import imports

    user = staff(reader())
    form = ImportForm()
    upload = form.file.data
    content = upload.read() if upload else (form.pasted.data or "").encode("utf-8", "replace")
    try:
        if not content.strip():
            raise IncomingError("Choose a file, or paste the letter's text.")
        read = imports.read(content, upload.filename or "" if upload else "")
    except IncomingError as refused:
        return render_template("new.html", form=form, refused=str(refused)), 400
    with writer() as session:
        terms = drafts.Terms(name=read.campaign, deadline=read.deadline, timezone=read.timezone, minimum=read.minimum)
        row = drafts.take_in(
            session, read.letter, read.date, read.cosigners, terms, history.coordinator(user.id), read.place
        )
        row.doubts = list(read.unsure)
        accounts.join(session, row.campaign_id, session.get_one(User, user.id), "coordinator")
    return redirect(url_for("letter.show", letter_id=row.id), 303)
