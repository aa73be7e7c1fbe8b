"""How a letter is printed: its letterhead, a preview, the order of the names."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request, send_file

from workflow import documents
from workflow.campaigns import printing, stationery
from workflow.errors import InputError, LetterheadError, NotFoundError, PdfError, PdfNotReadyError, RefusedError
from workflow.instance import instance
from workflow.languages import Words, lazy_gettext
from workflow.letter import typed
from workflow.models import Document, Letter
from workflow.pages.context import end_reading, reader
from workflow.pages.i18n import gettext
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import layout_page
from workflow.pages.staff.acting import Answer, act, back, member_for, mine
from workflow.pages.staff.forms import LayoutForm, LetterheadForm, checked

if TYPE_CHECKING:
    from workflow.documents import Compiled

blueprint = Blueprint("layout", __name__, url_prefix="/letters/<id:letter_id>")
UPLOAD_LIMITS = {"layout.upload": documents.LARGEST_LETTERHEAD + 100_000}
"""How many bytes may be sent to these pages; everywhere else but for a letter it is 2 MB."""


@blueprint.get("/paper")
def show(letter_id: str) -> str:
    """Choose the letterhead, the layout and the order; see what an upload was found to hold."""
    return render_template("layout.html", page=layout_page.of(reader(), mine(letter_id)), counted=None)


show_again_on(blueprint, show)


@blueprint.get("/paper/pages")
@limiter.limit("20 per minute", key_func=by_member)
def pages(letter_id: str) -> str:
    """The same, with how many pages the letter to one recipient takes as it would be printed now."""
    row = mine(letter_id)
    page = layout_page.of(reader(), row)
    recipient, printed, letterhead, most = _asked(row)
    end_reading()
    counted = Counted(recipient=recipient, most=most)
    try:
        counted = dataclasses.replace(counted, pages=_fitted(printed, letterhead, most)[1])
    except (PdfError, PdfNotReadyError) as failed:
        counted = dataclasses.replace(counted, trouble=str(failed) or gettext("Ask again in a moment."))
    return render_template("layout.html", page=page, counted=counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many pages a letter takes, and how many it should; or why that is not known."""

    recipient: str
    most: int | None
    pages: int = 0
    trouble: str = ""


def _asked(row: Letter) -> tuple[str, documents.PrintJob, documents.Letterhead, int | None]:
    """Return the recipient that an address names, and what would be printed for it; who has not signed says so."""
    wanted = request.args.get("recipient", "")
    recipient = next((one for one in row.recipients if one.id == wanted), next(iter(row.recipients), None))
    if recipient is None:
        raise RefusedError(lazy_gettext("The letter has no recipient yet. Add one to the draft."))
    printed, letterhead = printing.printing(reader(), row, recipient)
    every = layout_page.in_two_lists((*printed.signatures, *layout_page.expected(reader(), row)))
    return recipient.id, dataclasses.replace(printed, signatures=every), letterhead, row.fit_pages


def _fitted(
    printed: documents.PrintJob, letterhead: documents.Letterhead, most: int | None
) -> tuple[bytes, int, bytes]:
    """
    Return the document as tight as it need be, its pages and its PDF; raises `PdfError` and `PdfNotReadyError`.

    Each degree is printed in turn, as pages' PDFs are, until one fits; the job that makes the final one prints alike.
    """
    best: tuple[bytes, int, bytes] | None = None
    for step in range(len(documents.STEPS) if most else 1):
        docx = documents.render_docx(dataclasses.replace(printed, tightness=step), letterhead)
        pdf = instance().printer.pdf(docx)
        count = documents.pages_of(pdf)
        if best is None or count < best[1]:
            best = docx, count, pdf
        if most is None or count <= most:
            break
    assert best is not None
    return best


def _back(letter_id: str, said: Words) -> Answer:
    return back(letter_id, said, to="layout.show")


@blueprint.post("/paper")
def choose(letter_id: str) -> Answer:
    """Set letterhead, layout and order."""
    form = checked(LayoutForm())
    choice = stationery.Choice(
        form.letterhead.data or "",
        form.layout.data or "",
        form.ordering.data or "",
        bool(form.room_to_sign.data),
        bool(form.running_header.data),
        form.fit_pages.data,
        bool(form.footer_code.data),
    )
    act(stationery.choose, letter_id, choice)
    return _back(letter_id, lazy_gettext("Layout saved. Check the preview."))


@blueprint.post("/letterheads")
@limiter.limit("20 per minute", key_func=by_member)
def upload(letter_id: str) -> Answer:
    """Check and compile a letterhead, and print the letter on it."""
    member_for(letter_id)
    end_reading()
    form = checked(LetterheadForm())
    chosen = form.file.data
    content = chosen.read() if chosen else b""
    if not content:
        raise InputError(file=lazy_gettext("Choose the letterhead: a .docx file made in Word or LibreOffice."))
    name = form.name.data or (chosen.filename or "").rpartition(".")[0][: typed.LETTERHEAD.most]
    act(stationery.add_letterhead, letter_id, name, _compiled(content))
    return _back(letter_id, lazy_gettext("Letterhead saved and in use. Check the preview."))


def _compiled(content: bytes) -> Compiled:
    try:
        return documents.compile_letterhead(content)
    except LetterheadError as error:
        raise InputError(file=str(error)) from error


@blueprint.get("/letterheads/<name>.docx")
def download(letter_id: str, name: str) -> Answer:
    """Give a letterhead back as a Word document with its marks, to be changed and uploaded again."""
    row = mine(letter_id)
    if name in documents.BUILT_IN:
        return _file(documents.built_in(name).source, f"letterhead-{name}.docx", documents.DOCX)
    own = next((one for one in printing.letterheads(reader(), row) if one.id == name), None)
    if own is None:
        raise NotFoundError("There is no such letterhead.")
    stored = reader().get_one(Document, own.docx_sha256)
    return _file(stored.content, documents.file_name(own.name, "docx"), documents.DOCX)


@blueprint.get("/preview.<any(docx, pdf):kind>")
@limiter.limit("20 per minute", key_func=by_member)
def preview(letter_id: str, kind: str) -> Answer:
    """The document as it would be now; who has not signed stands in it as expected, and says so."""
    _, printed, letterhead, most = _asked(mine(letter_id))
    end_reading()
    if kind == "docx" and (most is None or documents.libreoffice() is None):
        return _file(documents.render_docx(printed, letterhead), "preview.docx", documents.DOCX)
    try:
        docx, _, pdf = _fitted(printed, letterhead, most)
    except PdfError as failed:
        raise RefusedError(str(failed)) from failed
    if kind == "docx":
        return _file(docx, "preview.docx", documents.DOCX)
    return _file(pdf, "preview.pdf", "application/pdf", attached=False)


def _file(content: bytes, name: str, media_type: str, attached: bool = True) -> Response:
    return send_file(BytesIO(content), media_type, as_attachment=attached, download_name=name)


@blueprint.get("/logos/<sha256:sha256>.png")
def picture(letter_id: str, sha256: str) -> Answer:
    """Show a logo of this letter, on the page where a coordinator sets it."""
    row = mine(letter_id)
    if not layout_page.has_logo(reader(), row, sha256):
        raise NotFoundError("There is no such logo.")
    return _file(reader().get_one(Document, sha256).content, "logo.png", "image/png", attached=False)
