"""The auditor's pages: a letter's whole history in plain words, its revisions, the evidence to take away."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file

from workflow import accounts, documents, history
from workflow.errors import NotFoundError
from workflow.models import Letter
from workflow.names import names
from workflow.pages import history_view, paper
from workflow.pages.context import reader
from workflow.pages.staff import head, times
from workflow.pages.staff.account import staff

blueprint = Blueprint("auditor", __name__)


def _readable(letter_id: str) -> Letter:
    return accounts.letter_for(reader(), staff(reader()), letter_id, "auditor")


@blueprint.get("/letters/<id:letter_id>/history")
def letter_history(letter_id: str) -> str:
    """Some entries, in plain words, with the newest checkpoint, and what was checked of the history and when."""
    letter = _readable(letter_id)
    from workflow.history import checked

    look = checked.look_at_everything if request.args.get("check") == "everything" else checked.look
    known = look(reader(), letter_id)
    return render_template(
        "history.html",
        head=head.of(letter, accounts.role_in(reader(), staff(reader()), letter.campaign) == "coordinator"),
        letter=letter,
        page=history_view.page(reader(), letter, known.size, request.args.get("before", type=int)),
        known=known,
        moment=lambda moment: times.said(moment, letter),
        revisions=history_view.revisions(reader(), letter),
        checkpoint=history.newest_checkpoint(reader(), letter_id),
        vkey=history.vkey_of(reader(), letter_id),
    )


@blueprint.get("/letters/<id:letter_id>/revisions/<int:number>")
def revision(letter_id: str, number: int) -> str:
    """One frozen text, and what changed since the one before."""
    letter = _readable(letter_id)
    found = next((r for r in letter.revisions if r.number == number), None)
    if found is None:
        raise NotFoundError("There is no such revision.")
    before = next((r for r in letter.revisions if r.number == number - 1), None)
    return render_template(
        "revision.html",
        letter=letter,
        revision=found,
        moment=lambda moment: times.said(moment, letter),
        before=before,
        paper=paper.printed(found.text(), letter, number, names(reader(), letter)),
        changes=documents.changed(before.text(), found.text()) if before else [],
    )


@blueprint.get("/letters/<id:letter_id>/revisions/<int:number>/changes.docx")
def redline(letter_id: str, number: int) -> Response:
    """What changed since the revision before, as tracked changes."""
    letter = _readable(letter_id)
    texts = {revision.number: revision for revision in letter.revisions}
    if number not in texts or number - 1 not in texts:
        raise NotFoundError("There is no such revision.")
    return paper.redline(letter, texts[number - 1], texts[number])


@blueprint.get("/letters/<id:letter_id>/evidence.zip")
def take_away(letter_id: str) -> Response:
    """Everything that an auditor needs to check the letter without this server."""
    letter = _readable(letter_id)
    from workflow.history import evidence

    bundle = evidence.bundle(reader(), letter.id)
    name = f"evidence-{letter.id[:8]}.zip"
    return send_file(BytesIO(bundle), "application/zip", as_attachment=True, download_name=name)
