"""The letter as a co-signer reads it, with all that can be done now, and its documents. A GET decides nothing."""

from __future__ import annotations

from io import BytesIO

from flask import abort, redirect, render_template, request, send_file, session, url_for

from workflow import documents, history
from workflow.campaigns import printing
from workflow.errors import PdfError, RefusedError, SupersededError
from workflow.instance import instance
from workflow.models import Invitation
from workflow.pages import i18n, paper
from workflow.pages.context import end_reading, reader
from workflow.pages.cosigner.arrival import Page, blueprint, opened
from workflow.pages.cosigner.view import changes, signed_before, view
from workflow.pages.rate_limits import by_link, limiter
from workflow.pages.sent_form import show_again
from workflow.states.invitation import CODE_MISSING

SEEN = "seen"
"""The session's note of which version this browser showed last, and which before that."""


@blueprint.get("/review/<id:invitation_id>")
def review(invitation_id: str) -> Page:
    """The letter, as on paper, and what can be done now."""
    link = opened(invitation_id)
    if request.args.get("language"):
        i18n.choose(request.args["language"])
        return redirect(url_for("cosigner.review", invitation_id=invitation_id), 303)
    return show(link.invitation, since=request.args.get("since", type=int), looked=_looked_at(link.invitation))


def _looked_at(invitation: Invitation) -> int | None:
    """Return the version that this browser showed before the present one, and note the present one in its cookie."""
    number = invitation.letter.revision_number
    known = dict(session.get(SEEN, {}))
    before, last = known.get(invitation.id, (None, None))
    if number is not None and last != number:
        before = last
        known[invitation.id] = (before, number)
        session[SEEN] = dict(list(known.items())[-20:])
    return before if isinstance(before, int) and before != number else None


def show(invitation: Invitation, since: int | None = None, looked: int | None = None) -> str:
    """Return the page of an invitation: the letter with what can be done, or why nothing can."""
    page = view(reader(), invitation, since, looked)
    open_ = page.open or (page.letter.is_approved and page.signoff is not None)
    return render_template("review.html" if open_ else "closed.html", page=page)


def receipt(invitation: Invitation) -> str:
    """Return the page of what an organisation decided, with its proof."""
    page = view(reader(), invitation)
    proof = history.proof(reader(), invitation.letter_id, page.signoff.sequence) if page.signoff else ""
    vkey = history.vkey_of(reader(), invitation.letter_id)
    return render_template("receipt.html", page=page, proof=proof, vkey=vkey)


# --- what is refused ------------------------------------------------------------------------------------------------


@blueprint.errorhandler(RefusedError)
def _show_again(error: RefusedError) -> tuple[str, int]:
    """Show the page on which the form stands, with what was typed into it and what is wrong."""
    if CODE_MISSING in error.reasons:
        # No digits were mailed yet: they are asked for once everything else is there.
        error = RefusedError(*(reason for reason in error.reasons if reason != CODE_MISSING))
    status = show_again(error, "confirm" if request.form.get("choice") == "confirm" else "")
    asked = request.view_args or {}
    on_receipt = request.endpoint == "cosigner.retract" or asked.get("kind") == "signature"
    return (receipt if on_receipt else show)(opened(asked["invitation_id"]).invitation), status


@blueprint.errorhandler(SupersededError)
def _superseded(error: SupersededError) -> tuple[str, int]:
    """The text has been replaced since the page was opened: show what changed, decide nothing."""
    end_reading()
    page = view(reader(), opened((request.view_args or {})["invitation_id"]).invitation)
    shown = next((r for r in page.letter.revisions if r.digest == request.form.get("digest")), None)
    compared = changes(shown, page.letter.revision)
    return render_template("superseded.html", page=page, shown=shown, changes=compared), 409


# --- to take away ---------------------------------------------------------------------------------------------------


@blueprint.get("/review/<id:invitation_id>/changes.docx")
@limiter.limit("20 per minute", key_func=by_link)
def redline(invitation_id: str) -> Page:
    """What changed since a version, or since this organisation signed, as a Word document with tracked changes."""
    invitation = opened(invitation_id).invitation
    letter = invitation.letter
    since = request.args.get("since", type=int)
    earlier = next((r for r in letter.revisions if r.number == since), None) or signed_before(invitation)
    if earlier is None or letter.revision is None:
        abort(404)
    return paper.redline(letter, earlier, letter.revision)


@blueprint.get("/review/<id:invitation_id>/letter.<any(docx, pdf):kind>")
@limiter.limit("20 per minute", key_func=by_link)
def download(invitation_id: str, kind: str) -> Page:
    """The letter as it stands, with the names that count and may be named, as a document."""
    letter = opened(invitation_id).invitation.letter
    if letter.revision is None or not letter.recipients:
        abort(404)
    printed, letterhead = printing.printing(reader(), letter, letter.recipients[0])
    name = documents.file_name(letter.title, kind)
    end_reading()
    content, media_type = documents.render_docx(printed, letterhead), documents.DOCX
    if kind == "pdf":
        try:
            content, media_type = instance().printer.pdf(content), "application/pdf"
        except PdfError:
            return redirect(url_for("cosigner.download", invitation_id=invitation_id, kind="docx"), 303)
    return send_file(BytesIO(content), media_type, as_attachment=True, download_name=name)
