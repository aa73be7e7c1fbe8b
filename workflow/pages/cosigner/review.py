"""The letter as a co-signer reads it, with all that can be done now, and its documents. A GET decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from flask import abort, redirect, render_template, request, send_file, session, url_for
from sqlalchemy import select

from workflow import documents, history
from workflow.campaigns import printing
from workflow.errors import PdfError, RefusedError, SupersededError
from workflow.instance import instance
from workflow.models import Letter, Revision
from workflow.pages import i18n, paper
from workflow.pages.context import end_reading, reader
from workflow.pages.cosigner import afterwards as cosigner_afterwards
from workflow.pages.cosigner.arrival import Page, blueprint, opened
from workflow.pages.cosigner.view import changes, signed_before, view
from workflow.pages.rate_limits import by_link, limiter
from workflow.pages.sent_form import show_again, show_typed
from workflow.pages.skeletons import filled_in
from workflow.signoffs.opened import OpenedInvitation, with_signoffs
from workflow.states.invitation import CODE_MISSING

SHOWN_AGAIN: dict[str, Callable[[OpenedInvitation, str], str]] = {}
"""The pages on which refused forms about a comment stand, where that is not the letter's own."""

KEEPING = ("answer", "comments")
"""The forms that a change of the page's language keeps what was typed into."""

SEEN = "seen"
"""The session's note of which version this browser showed last, and which before that."""


@blueprint.get("/review/<id:invitation_id>")
def review(invitation_id: str) -> Page:
    """The letter, as on paper, and what can be done now."""
    invitation = opened(invitation_id)
    if request.args.get("language"):
        i18n.choose(request.args["language"])
        return redirect(url_for("cosigner.review", invitation_id=invitation_id), 303)
    since, before = request.args.get("since", type=int), request.args.get("before", "")
    about = request.args.get("about", type=int)
    return show(invitation, since=since, looked=_looked_at(invitation), before=before, about=about)


@blueprint.post("/review/<id:invitation_id>/language")
def language(invitation_id: str) -> Page:
    """Show the page in another language; what was typed into the form that was sent along stands in it again."""
    i18n.choose(request.form.get("language", ""))
    form = request.args.get("of", "")
    show_typed(form if form in KEEPING else "")
    invitation = opened(invitation_id)
    i18n.use_locale(invitation.language, invitation.letter.language)
    return show(invitation)


def _looked_at(invitation: OpenedInvitation) -> int | None:
    """Return the version that this browser showed before the present one, and note the present one in its cookie."""
    number = invitation.letter.revision.number if invitation.letter.revision else None
    known = dict(session.get(SEEN, {}))
    before, last = known.get(invitation.id, (None, None))
    if number is not None and last != number:
        before = last
        known[invitation.id] = (before, number)
        session[SEEN] = dict(list(known.items())[-20:])
    return before if isinstance(before, int) and before != number else None


def show(
    invitation: OpenedInvitation,
    since: int | None = None,
    looked: int | None = None,
    before: str = "",
    about: int | None = None,
) -> str:
    """Return the page of an invitation: the letter with what can be done, or why nothing can."""
    found = view(reader(), invitation, since, looked, before, about)
    if found.page.letter.has_gone_out:
        return cosigner_afterwards.page(invitation, found)
    open_ = found.page.open or (found.page.letter.is_approved and found.page.is_signed)
    return filled_in("review.html" if open_ else "closed.html", found.page, found.own)


def receipt(invitation: OpenedInvitation) -> str:
    """Return the page of what an organisation decided, with its proof."""
    found, letter_id = view(reader(), invitation), invitation.letter.id
    proof = history.proof(reader(), letter_id, found.signoff.sequence) if found.signoff else ""
    vkey = history.vkey_of(reader(), letter_id)
    after = cosigner_afterwards.of(reader(), invitation) if found.page.letter.has_gone_out else None
    given = {"signoff": found.signoff, "proof": proof, "vkey": vkey, "after": after}
    return render_template("receipt.html", page=found.page, own=found.own, **given)


# --- what is refused ------------------------------------------------------------------------------------------------


@blueprint.errorhandler(RefusedError)
def _show_again(error: RefusedError) -> tuple[str, int]:
    """Show the page on which the form stands, with what was typed into it and what is wrong."""
    if CODE_MISSING in error.reasons:
        # No digits were mailed yet: they are asked for once everything else is there.
        error = RefusedError(*(reason for reason in error.reasons if reason != CODE_MISSING))
    status = show_again(error, "confirm" if request.form.get("choice") == "confirm" else "")
    asked = request.view_args or {}
    own_page = SHOWN_AGAIN.get(request.endpoint or "")
    if own_page is not None:
        return own_page(opened(asked["invitation_id"]), asked["comment_id"]), status
    on_receipt = request.endpoint in ("cosigner.retract", "cosigner.correct") or asked.get("kind") == "signature"
    return (receipt if on_receipt else show)(opened(asked["invitation_id"])), status


@blueprint.errorhandler(SupersededError)
def _superseded(error: SupersededError) -> tuple[str, int]:
    """The text has been replaced since the page was opened: show what changed, decide nothing."""
    end_reading()
    invitation = opened((request.view_args or {})["invitation_id"])
    query = select(Revision).where(
        Revision.letter_id == invitation.letter.id, Revision.digest == request.form.get("digest", "")
    )
    shown, found = reader().scalar(query), view(reader(), invitation)
    changed = changes(reader(), invitation.letter, shown)
    return render_template("superseded.html", page=found.page, own=found.own, shown=shown, changes=changed), 409


# --- to take away ---------------------------------------------------------------------------------------------------


@blueprint.get("/review/<id:invitation_id>/changes.docx")
@limiter.limit("60 per minute", key_func=by_link)
def redline(invitation_id: str) -> Page:
    """What changed since a version, or since this organisation signed, as a Word document with tracked changes."""
    invitation = with_signoffs(reader(), opened(invitation_id))
    letter = reader().get_one(Letter, invitation.letter.id)
    since = request.args.get("since", type=int)
    earlier = next((r for r in letter.revisions if r.number == since), None) or signed_before(
        reader(), with_signoffs(reader(), invitation)
    )
    if earlier is None or letter.revision is None:
        abort(404)
    return paper.redline(letter, earlier, letter.revision)


@blueprint.get("/review/<id:invitation_id>/letter.<any(docx, pdf):kind>")
@limiter.limit("60 per minute", key_func=by_link)
def download(invitation_id: str, kind: str) -> Page:
    """The letter as it stands, with the names that count and may be named, as a document."""
    letter = reader().get_one(Letter, opened(invitation_id).letter.id)
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
