"""What a letter is printed on: the letterhead, its preview, the order of the names, logos. HTTP only."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from workflow import accounts, campaigns, documents, history
from workflow.campaigns import NotFound
from workflow.campaigns.papers import DOCX
from workflow.documents.guard import LARGEST_UPLOAD
from workflow.documents.pictures import LARGEST_UPLOAD as LARGEST_PICTURE
from workflow.history import Actor
from workflow.letter import text, typed
from workflow.models import Document, Letter
from workflow.pages.account import staff
from workflow.pages.forms import LetterheadForm, LogoForm, PaperForm, StandingForm
from workflow.pages.limits import by_member, limiter
from workflow.pages.reach import close_reader, database, printer, reader
from workflow.states import Refused

blueprint = Blueprint("stationery", __name__)
Answer = str | tuple[str, int] | BaseResponse
LAYOUTS = {
    "automatic": "By their number",
    "one": "One column, with room to sign",
    "two": "Two columns",
    "three": "Three columns",
    "compact": "A line for each",
    "country": "By country",
}
ROOM = {"stationery.upload": LARGEST_UPLOAD + 100_000, "stationery.logo": LARGEST_PICTURE + 100_000}
"""How many bytes may be sent to these pages; everywhere else it is 2 MB."""
SIGNED_NOT = "not signed yet"


def _mine(letter_id: str) -> Letter:
    return accounts.letter_for(reader(), staff(reader()), letter_id, "coordinator")


def _actor(letter_id: str) -> Actor:
    user = staff(reader())
    accounts.letter_for(reader(), user, letter_id, "coordinator")
    close_reader()
    return history.coordinator(user.id)


def _back(letter_id: str, anchor: str = "") -> BaseResponse:
    return redirect(url_for("stationery.paper", letter_id=letter_id) + anchor, 303)


@blueprint.get("/letters/<id:letter_id>/paper")
@login_required
def paper(letter_id: str) -> Answer:
    """Choose the letterhead, the layout and the order; see what an upload was found to hold."""
    return _shown(_mine(letter_id))


def _shown(row: Letter, problems: tuple[str, ...] = (), status: int = 200) -> Answer:
    own = campaigns.letterheads(reader(), row)
    choices = {**documents.BUILT_IN, **{one.id: one.name for one in own}}
    view: dict[str, Any] = {
        "letter": row,
        "choices": choices,
        "own": {one.id: one for one in own},
        "layouts": LAYOUTS,
        "orders": campaigns.ORDERS,
        "countries": campaigns.countries(row.invitations),
        "marks": documents.MARKS,
        "says": campaigns.letterhead_says(reader(), row),
        "pdf": documents.libreoffice() is not None,
        "changeable": row.state not in ("sending", "sent", "withdrawn"),
        "problems": problems,
        "form": LetterheadForm(),
    }
    return render_template("paper.html", **view), status


@blueprint.post("/letters/<id:letter_id>/paper")
@login_required
def choose(letter_id: str) -> Answer:
    """Set letterhead, layout and order."""
    actor = _actor(letter_id)
    form = PaperForm()
    choice = campaigns.Choice(form.letterhead.data or "", form.layout.data or "", form.ordering.data or "")
    with database().writing() as session:
        campaigns.choose(session, letter_id, choice, actor)
    flash("The letter is printed this way from now on. Look at the preview.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/letterheads")
@login_required
@limiter.limit("20 per minute", key_func=by_member)
def upload(letter_id: str) -> Answer:
    """Check and compile a letterhead, and print the letter on it."""
    actor = _actor(letter_id)
    form = LetterheadForm()
    chosen = form.file.data
    content = chosen.read() if chosen else b""
    try:
        if not form.validate_on_submit() or not content:
            raise documents.LetterheadRefused("Choose the letterhead: a .docx made in Word or LibreOffice.")
        from workflow.documents.compiling import compile_letterhead

        compiled = compile_letterhead(content)
    except documents.LetterheadRefused as refused:
        return _shown(_mine(letter_id), (str(refused),), 400)
    name = form.name.data or (chosen.filename or "").rpartition(".")[0][: typed.LETTERHEAD.most]
    with database().writing() as session:
        campaigns.add_letterhead(session, letter_id, name, compiled, actor)
    flash("The letterhead is kept, and the letter is printed on it. Look at the preview.", "done")
    return _back(letter_id)


@blueprint.get("/letters/<id:letter_id>/letterheads/<name>.docx")
@login_required
def download(letter_id: str, name: str) -> Answer:
    """Give a letterhead back as a Word document with its marks, to be changed and uploaded again."""
    row = _mine(letter_id)
    if name in documents.BUILT_IN:
        return _file(documents.built_in(name).source, f"letterhead-{name}.docx", DOCX)
    own = next((one for one in campaigns.letterheads(reader(), row) if one.id == name), None)
    if own is None:
        raise NotFound("There is no such letterhead.")
    stored = reader().get_one(Document, own.docx_sha256)
    return _file(stored.content, documents.file_name(own.name, "docx"), DOCX)


@blueprint.get("/letters/<id:letter_id>/preview.<any(docx, pdf):kind>")
@login_required
@limiter.limit("20 per minute", key_func=by_member)
def preview(letter_id: str, kind: str) -> Answer:
    """The document as it would be now; who has not signed stands in it as expected, and says so."""
    row = _mine(letter_id)
    wanted = request.args.get("recipient", "")
    recipient = next((one for one in row.recipients if one.id == wanted), next(iter(row.recipients), None))
    if recipient is None:
        raise Refused("preview", row.state, ("The letter has no recipient yet. Add one to the draft.",))
    printed, letterhead = campaigns.printing(reader(), row, recipient)
    printed = dataclasses.replace(printed, signatures=(*printed.signatures, *_expected(row)))
    close_reader()
    docx = documents.render_docx(printed, letterhead)
    if kind == "docx":
        return _file(docx, "preview.docx", DOCX)
    try:
        return _file(printer().pdf(docx), "preview.pdf", "application/pdf", "inline")
    except documents.PdfFailed as failed:
        raise Refused("preview", row.state, (str(failed),)) from failed


def _expected(row: Letter) -> list[text.Signature]:
    signed = {signoff.invitation_id for signoff in row.counting}
    return [
        text.Signature(
            f"[{i.signatory or SIGNED_NOT}]", i.signatory_title, f"{i.organisation.name} [{SIGNED_NOT}]",
            i.organisation.acronym, i.organisation.country,
        )
        for i in row.invitations
        if i.id not in signed and not i.confidential and i.state in ("invited", "to_confirm", "signed")
    ]  # fmt: skip


def _file(content: bytes, name: str, media_type: str, disposition: str = "attachment") -> Response:
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'{disposition}; filename="{name}"'
    return answer


@blueprint.post("/letters/<id:letter_id>/invitations/<id:invitation_id>/standing")
@login_required
def standing(letter_id: str, invitation_id: str) -> Answer:
    """Set where a co-signer stands below the letter, its country, and whether its name is withheld."""
    actor = _actor(letter_id)
    form = StandingForm()
    if not form.validate_on_submit():
        raise Refused("standing", "", tuple(problem for found in form.errors.values() for problem in found))
    given = campaigns.Standing(
        form.position.data or 1, form.country.data or "", bool(form.founder.data), bool(form.confidential.data)
    )
    with database().writing() as session:
        campaigns.set_standing(session, letter_id, invitation_id, given, actor)
    flash("Done; it is on the record.", "done")
    return _back(letter_id, f"#i{invitation_id}")


@blueprint.post("/letters/<id:letter_id>/invitations/<id:invitation_id>/logo")
@login_required
@limiter.limit("60 per minute", key_func=by_member)
def logo(letter_id: str, invitation_id: str) -> Answer:
    """Give an organisation its logo."""
    actor = _actor(letter_id)
    chosen = LogoForm().file.data
    try:
        drawn = documents.normalise(chosen.read() if chosen else b"", "Logo")
    except documents.PictureRefused as refused:
        return _shown(_mine(letter_id), (str(refused),), 400)
    with database().writing() as session:
        campaigns.set_logo(session, letter_id, invitation_id, drawn, actor)
    flash("The logo is kept.", "done")
    return _back(letter_id, f"#i{invitation_id}")


@blueprint.get("/letters/<id:letter_id>/logos/<sha256:sha256>.png")
@login_required
def picture(letter_id: str, sha256: str) -> Answer:
    """Show a logo of this letter, on the page where a coordinator sets it."""
    row = _mine(letter_id)
    if sha256 not in {i.organisation.logo_sha256 for i in row.invitations}:
        raise NotFound("There is no such logo.")
    return _file(reader().get_one(Document, sha256).content, "logo.png", "image/png", "inline")
