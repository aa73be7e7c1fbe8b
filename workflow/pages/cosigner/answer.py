"""The co-signer's pages: from the link in the mail to a decision. A GET decides nothing, and spends nothing."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField

from workflow import documents, history
from workflow.campaigns import printing
from workflow.errors import CodeNeededError, PdfError, RefusedError, SupersededError
from workflow.instance import instance
from workflow.languages import Words, lazy_gettext
from workflow.models import Invitation, Link
from workflow.pages import i18n, paper
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.cosigner import view as review_view
from workflow.pages.forms import (
    CommentForm,
    DecisionForm,
    HandOverForm,
    RetractionForm,
    SuggestionForm,
    TimeForm,
    VerdictForm,
    problems_of,
)
from workflow.pages.i18n import gettext
from workflow.pages.rate_limits import GUESSES, OPENED, by_link, count, limiter, was_refused
from workflow.pages.security import own_style
from workflow.signoffs import answers, codes, link_usage, links
from workflow.signoffs.answers import Answer
from workflow.states.invitation import CODE_MISSING

blueprint = Blueprint("cosigner", __name__)
Page = str | tuple[str, int] | BaseResponse
BROWSER = "browser"
"""The session's random name, which a code by mail is bound to."""

SEEN = "seen"
"""The session's note of which revision this browser showed last, and which before that."""

SIGNABLE = ("sign", "confirm")


class LinkEndedError(NotFound):
    """The browser that asks holds no living link to the invitation."""


@blueprint.app_context_processor
def _own_style() -> dict[str, Any]:
    return {"own_style": own_style}


@blueprint.get("/s/<token>")
def arrive(token: str) -> Page:
    """
    Take the token out of the address: remember the link in a cookie and go to a clean address.

    A living link opens however many guesses came from the same network: who holds it is no guesser.
    """
    link = links.find_link(reader(), token)
    if link is None:
        guessed = not links.was_sent(reader(), token)
        end_reading()
        if guessed:
            count(GUESSES, "links")
        return no_such_link()
    end_reading()
    link_usage.note_access(instance().database, link, opening(link.id))
    opened = dict(session.get(OPENED, {}))
    opened.pop(link.invitation_id, None)
    kept = dict(list(opened.items())[-19:])
    session[OPENED] = {**kept, link.invitation_id: link.id}
    session.setdefault(BROWSER, secrets.token_hex(16))
    session.permanent = True
    return redirect(url_for("cosigner.review", invitation_id=link.invitation_id), 303)


def opening(link_id: str) -> link_usage.LinkAccess:
    """Return what is kept of where this request comes from."""
    agent = request.user_agent.string
    return link_usage.access(instance().database.tokens, link_id, request.remote_addr or "", agent, request.method)


def no_such_link(asked: bool = False) -> tuple[str, int]:
    """The one page for links that are unknown, have ended or were revoked."""
    i18n.use_locale_asked_for()
    return render_template("link_ended.html", asked=asked), 200 if asked else 404


@blueprint.errorhandler(LinkEndedError)
def _link_ended(error: LinkEndedError) -> tuple[str, int]:
    return no_such_link()


def opened(invitation_id: str) -> Link:
    """Return the living link by which this browser came; everybody else learns how to get one, and nothing more."""
    link_id = session.get(OPENED, {}).get(invitation_id, "")
    known: dict[str, Link | None] = reader().info.setdefault("opened", {})
    if link_id and link_id not in known:
        known[link_id] = links.living_link(reader(), link_id, invitation_id)
    link = known.get(link_id)
    if link is None:
        raise LinkEndedError
    return link


def check_opened(invitation_id: str) -> None:
    """Let nobody in but by a living link, with one light statement; settle the language of what is said."""
    standing = links.living(reader(), session.get(OPENED, {}).get(invitation_id, ""), invitation_id)
    if standing is None:
        raise LinkEndedError
    i18n.use_locale(standing.language, standing.letter_language)


def link_id_of(invitation_id: str) -> str:
    """Return the id of the living link by which this browser came (`check_opened`); end the reading: an act follows."""
    end_reading()
    return str(session[OPENED][invitation_id])


@blueprint.get("/review/<id:invitation_id>")
def review(invitation_id: str) -> Page:
    """The letter, as on paper, and what can be done now."""
    link = opened(invitation_id)
    if request.args.get("language"):
        i18n.choose(request.args["language"])
        return redirect(url_for("cosigner.review", invitation_id=invitation_id), 303)
    looked = _looked_at(link.invitation)
    return show(link.invitation, since=request.args.get("since", type=int), looked=looked)


def _looked_at(invitation: Invitation) -> int | None:
    """Return the revision that this browser showed before the present one, and note the present one in its cookie."""
    number = invitation.letter.revision_number
    known = dict(session.get(SEEN, {}))
    before, last = known.get(invitation.id, (None, None))
    if number is not None and last != number:
        before = last
        known[invitation.id] = (before, number)
        session[SEEN] = dict(list(known.items())[-20:])
    return before if isinstance(before, int) and before != number else None


def show(
    invitation: Invitation, status: int = 200, since: int | None = None, looked: int | None = None, **forms: Any
) -> tuple[str, int]:
    """Return the page of an invitation; `forms` are those that were sent and have to be mended."""
    view = review_view.view(reader(), invitation, since)
    digest = view["digest"]
    blank: dict[str, Any] = {
        "decision": DecisionForm(formdata=None, digest=digest, title=invitation.signatory_title),
        "comment": CommentForm(formdata=None, digest=digest),
        "suggestion": SuggestionForm(formdata=None, digest=digest),
        "verdict": VerdictForm(formdata=None, digest=digest),
        "retraction": RetractionForm(formdata=None),
        "hand_over": HandOverForm(formdata=None),
        "time": TimeForm(formdata=None),
    }
    page = "review.html" if view["open"] else "closed.html"
    if view["letter"].is_approved and view["signoff"] is not None:
        page = "review.html"
    problems = forms.pop("problems", ())
    if forms.get("decision"):
        view["block"] = review_view.block(
            invitation, forms["decision"].name.data or "", forms["decision"].title.data or ""
        )
    return render_template(page, forms=blank | forms, sent=set(forms), problems=problems, looked=looked, **view), status


# --- the answer ----------------------------------------------------------------------------------------------------


@blueprint.post("/review/<id:invitation_id>/answer")
@limiter.limit("60 per hour", key_func=by_link, deduct_when=was_refused)
def answer(invitation_id: str) -> Page:
    """Sign or decline: takes a choice without a default, a typed name and a tick."""
    form = DecisionForm()
    if "preview" in request.form:
        return show(opened(invitation_id).invitation, decision=form)
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, decision=form, problems=problems_of(form))
    link_id = link_id_of(invitation_id)
    purpose = "sign" if form.choice.data in SIGNABLE else "decline"
    try:
        if purpose == "sign":
            code = redeemed(link_id, purpose)
            instance().signing.sign(link_id, _given(form, code, opening(link_id).networks))
        else:
            _decline(link_id, form)
    except SupersededError:
        return _superseded(invitation_id, form)
    except CodeNeededError:
        return ask_for_code(invitation_id, purpose, form)
    except RefusedError as refused:
        # No digits were mailed yet: they are asked for once everything else is there.
        why = [reason for reason in refused.reasons if reason != CODE_MISSING]
        return show(opened(invitation_id).invitation, 409, decision=form, problems=why)
    return redirect(url_for("cosigner.done", invitation_id=invitation_id), 303)


def _given(form: DecisionForm, code: str, networks: tuple[str, ...]) -> Answer:
    return Answer(
        digest=form.digest.data or "",
        name=form.name.data or "",
        title=form.title.data or "",
        authorised=bool(form.authorised.data),
        withheld=bool(form.withheld.data),
        code=code,
        networks=networks,
        printed=bool(form.printed.data),
        objection_hours=form.objection_hours.data or 0,
        confirms=form.choice.data == "confirm",
    )


def _decline(link_id: str, form: DecisionForm) -> None:
    why = []
    if not (form.name.data or "").strip():
        why.append(lazy_gettext("Type your name, so that the record says who answered."))
    if not form.authorised.data:
        why.append(lazy_gettext("Tick that you are authorised to answer for your organisation."))
    if why:
        raise RefusedError(*why)
    code = redeemed(link_id, "decline")
    with writer() as writing:
        answers.decline(
            writing,
            link_id,
            form.digest.data or "",
            form.reason.data or "",
            shared=bool(form.reason_shared.data),
            misplaced=form.choice.data == "misplaced",
            name=form.name.data or "",
            code=code,
        )


def redeemed(link_id: str, purpose: str) -> str:
    """Return the id of the code whose digits were typed; committed on its own, so that wrong ones count as a try."""
    digits = request.form.get("code", "").strip()
    if not digits or "again" in request.form:
        return ""
    with writer() as writing:
        return codes.redeem(writing, link_id, session.get(BROWSER, ""), digits, purpose)


def ask_for_code(invitation_id: str, purpose: str, form: FlaskForm) -> tuple[str, int]:
    """The second half of an act where the campaign asks for a code: everything typed stays, the digits are missing."""
    wrong: tuple[Words, ...] = ()
    if "again" not in request.form and request.form.get("code", "").strip():
        wrong = (
            gettext(
                "These are not the digits of the newest mail, or they have ended: after ten minutes or five tries."
            ),
            gettext("Type those of the newest mail, or have new ones mailed."),
        )
    else:
        wrong = _mail_code(invitation_id, purpose)
    invitation = opened(invitation_id).invitation
    view = review_view.view(reader(), invitation)
    if purpose == "sign":
        view["block"] = review_view.block(invitation, form.name.data or "", form.title.data or "")
    picture = any(isinstance(field, FileField) for field in form)
    page = render_template("code.html", purpose=purpose, kept=_kept(form), picture=picture, problems=wrong, **view)
    return page, 400 if wrong else 200


def _mail_code(invitation_id: str, purpose: str) -> tuple[Words, ...]:
    """Mail new digits; what stands against it is said on the page, where the last ones can still be typed."""
    link_id = link_id_of(invitation_id)
    try:
        with writer() as writing:
            codes.send_code(writing, link_id, session.get(BROWSER, ""), purpose)
    except RefusedError as refused:
        return refused.reasons
    return ()


def _kept(form: FlaskForm) -> list[tuple[str, str]]:
    """Return what was typed and ticked, to be sent once more; a browser does not send a file a second time."""
    fields = [field for field in form if not isinstance(field, FileField) and field.name != "csrf_token"]
    ticked = [(field.name, "y") for field in fields if isinstance(field, BooleanField) and field.data]
    return ticked + [(field.name, field.data or "") for field in fields if not isinstance(field, BooleanField)]


def _superseded(invitation_id: str, form: DecisionForm) -> tuple[str, int]:
    """The text has been replaced since the page was opened: show what changed, decide nothing."""
    view = review_view.view(reader(), opened(invitation_id).invitation)
    shown = next((r for r in view["letter"].revisions if r.digest == form.digest.data), None)
    changes = review_view.changes(shown, view["letter"].revision)
    return render_template("superseded.html", **view | {"changes": changes, "earlier": shown}), 409


@blueprint.get("/review/<id:invitation_id>/receipt")
def done(invitation_id: str) -> Page:
    """What was decided, with its proof: the same page however often it is opened."""
    invitation = opened(invitation_id).invitation
    return _receipt(invitation)


def _receipt(
    invitation: Invitation, status: int = 200, problems: tuple[Words, ...] = (), form: RetractionForm | None = None
) -> tuple[str, int]:
    view = review_view.view(reader(), invitation)
    signoff = view["signoff"]
    proof = history.proof(reader(), invitation.letter_id, signoff.sequence) if signoff else ""
    forms = {"retraction": form or RetractionForm(formdata=None)}
    vkey = history.vkey_of(reader(), invitation.letter_id)
    return render_template("receipt.html", proof=proof, vkey=vkey, forms=forms, problems=problems, **view), status


@blueprint.post("/review/<id:invitation_id>/retraction")
@limiter.limit("60 per hour", key_func=by_link)
def retract(invitation_id: str) -> Page:
    """Take a sign-off back, until dispatch; takes a typed word."""
    form = RetractionForm()
    invitation = opened(invitation_id).invitation
    i18n.use_locale_of(invitation)
    if (form.word.data or "").strip().upper() not in ("RETRACT", gettext("RETRACT").upper()):
        why = lazy_gettext("Type the word RETRACT to take your sign-off back. Nothing was changed.")
        return _receipt(invitation, 400, (why,), form)
    link_id = link_id_of(invitation_id)
    try:
        code = redeemed(link_id, "retract")
        with writer() as writing:
            answers.retract(writing, link_id, form.reason.data or "", code)
    except CodeNeededError:
        return ask_for_code(invitation_id, "retract", form)
    except RefusedError as refused:
        return _receipt(opened(invitation_id).invitation, 409, refused.reasons, form)
    return redirect(url_for("cosigner.done", invitation_id=invitation_id), 303)


# --- to take away --------------------------------------------------------------------------------------------------


@blueprint.get("/review/<id:invitation_id>/changes.docx")
@limiter.limit("20 per minute", key_func=by_link)
def redline(invitation_id: str) -> Page:
    """What changed since a revision, or since this organisation signed, as a Word document with tracked changes."""
    invitation = opened(invitation_id).invitation
    letter = invitation.letter
    since = request.args.get("since", type=int)
    earlier = next((r for r in letter.revisions if r.number == since), None) or review_view.signed_before(invitation)
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
    content = documents.render_docx(printed, letterhead)
    media_type = documents.DOCX
    if kind == "pdf":
        try:
            content, media_type = instance().printer.pdf(content), "application/pdf"
        except PdfError:
            return redirect(url_for("cosigner.download", invitation_id=invitation_id, kind="docx"), 303)
    found = Response(content, mimetype=media_type)
    found.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return found
