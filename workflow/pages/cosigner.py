"""The co-signer's pages: from the link in the mail to a decision. A GET decides nothing, and spends nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from workflow import history, mails, signoffs, states, text
from workflow.models import Invitation, Letter, Link, Revision
from workflow.pages import letter_view
from workflow.pages.forms import CommentForm, DecisionForm, RetractionForm, VerdictForm
from workflow.pages.reach import close_reader, database, reader, settings
from workflow.pages.security import limiter
from workflow.signoffs import Answer, Superseded
from workflow.states import Refused

blueprint = Blueprint("cosigner", __name__)
Page = str | tuple[str, int] | BaseResponse
ENDED = {
    "declined": "{who} has declined. If that was a mistake, answer the mail: the coordinator can ask you again.",
    "lapsed": "The deadline passed without an answer of {who}. Answer the mail if you still want to sign.",
}
OPENED = "links"
"""The session's note of which link opened which invitation in this browser."""


@blueprint.get("/s/<token>")
@limiter.limit("60 per minute")
def arrive(token: str) -> Page:
    """Take the token out of the address: remember the link in a cookie and go to a clean address."""
    link = signoffs.find_link(reader(), token)
    if link is None:
        return render_template("link_ended.html"), 404
    opened = dict(session.get(OPENED, {}))
    opened.pop(link.invitation_id, None)
    kept = dict(list(opened.items())[-19:])
    session[OPENED] = {**kept, link.invitation_id: link.id}
    session.permanent = True
    return redirect(url_for("cosigner.review", invitation_id=link.invitation_id), 303)


def _opened(invitation_id: str) -> Link:
    """Return the living link by which this browser came; everybody else sees a page that is not there."""
    link_id = session.get(OPENED, {}).get(invitation_id, "")
    link = signoffs.living_link(reader(), link_id, invitation_id) if link_id else None
    if link is None:
        abort(404)
    return link


def _link_id(invitation_id: str) -> str:
    link_id = _opened(invitation_id).id
    close_reader()
    return link_id


@blueprint.get("/review/<invitation_id>")
def review(invitation_id: str) -> Page:
    """The letter, as on paper, and what can be done now."""
    return _show(_opened(invitation_id).invitation)


def _show(invitation: Invitation, status: int = 200, **forms: Any) -> tuple[str, int]:
    view = _view(reader(), invitation)
    blank: dict[str, Any] = {
        "decision": DecisionForm(
            formdata=None, digest=view["digest"], name=invitation.signatory, title=invitation.signatory_title
        ),
        "comment": CommentForm(formdata=None, digest=view["digest"]),
        "verdict": VerdictForm(formdata=None, digest=view["digest"]),
        "retraction": RetractionForm(formdata=None),
    }
    page = {"in_review": "review.html", "sign_off": "review.html"}.get(view["letter"].state, "closed.html")
    if view["letter"].state == "approved" and view["signoff"] is not None:
        page = "review.html"
    return render_template(page, forms=blank | forms, problems=forms.get("problems", ()), **view), status


def _view(reading: Session, invitation: Invitation) -> dict[str, Any]:
    letter = invitation.letter
    revision = letter.revision
    shown = revision or _last(letter)
    signoff = invitation.signoff_for(revision.digest) if revision else None
    earlier = _earlier(invitation, letter, revision)
    asked = [i for i in letter.invitations if i.state != "revoked"]
    return {
        "letter": letter,
        "invitation": invitation,
        "organisation": invitation.organisation,
        "paper": letter_view.printed(shown.text(), letter, shown.number) if shown else None,
        "digest": revision.digest if revision else "",
        "signoff": signoff if invitation.state == "signed" else None,
        "signed_at": letter_view.said_at(signoff.signed_at if signoff else None, letter.campaign.timezone),
        "state": states.LETTER.past[letter.state],
        "changes": _changes(earlier, revision),
        "earlier": earlier,
        "deadline": mails.deadline_in_words(letter.campaign),
        "time_left": letter_view.time_left(letter),
        "progress": f"{len(letter.counting)} of {len(asked)} organisations have signed",
        "share": letter_view.share(letter),
        "signed_names": mails.named_and_withheld(*letter.signed(invitation)),
        "asked": mails.named_and_withheld(*letter.asked(invitation)),
        "coordinator": mails.coordinator_of(reading, letter),
        "reasons": _why_not(invitation),
        "mine": invitation.comments,
        "zone": letter.campaign.timezone,
    }


@blueprint.get("/review/<invitation_id>/changes.docx")
def redline(invitation_id: str) -> Page:
    """What changed since this organisation signed, as a Word document with tracked changes."""
    invitation = _opened(invitation_id).invitation
    letter = invitation.letter
    earlier = _earlier(invitation, letter, letter.revision)
    if earlier is None or letter.revision is None:
        abort(404)
    return letter_view.redline(reader(), letter, earlier, letter.revision)


def _last(letter: Letter) -> Revision | None:
    return letter.revisions[-1] if letter.revisions else None


def _earlier(invitation: Invitation, letter: Letter, revision: Revision | None) -> Revision | None:
    """The text that this organisation signed last, when it is not the one of now."""
    signed = {s.digest for s in invitation.signoffs if s.retracted_at is None}
    found = [r for r in letter.revisions if r.digest in signed and (revision is None or r.digest != revision.digest)]
    return found[-1] if found and invitation.state == "to_confirm" else None


def _changes(earlier: Revision | None, revision: Revision | None) -> list[text.Change]:
    if earlier is None or revision is None:
        return []
    return [change for change in text.changes(earlier.text(), revision.text()) if change.kind != "same"]


def _why_not(invitation: Invitation) -> tuple[str, ...]:
    """Why it can't be signed now, whatever is typed."""
    if invitation.state in ENDED:
        return (ENDED[invitation.state].format(who=invitation.organisation.name),)
    known = signoffs.facts(invitation, Answer(_digest(invitation), name="x", authorised=True))
    return states.refusals(states.INVITATION, invitation.state, "sign", known)


def _digest(invitation: Invitation) -> str:
    revision = invitation.letter.revision
    return revision.digest if revision else ""


@blueprint.post("/review/<invitation_id>/answer")
@limiter.limit("30 per minute")
def answer(invitation_id: str) -> Page:
    """Sign or decline: takes a choice without a default, a typed name and a tick."""
    form = DecisionForm()
    if not form.validate_on_submit():
        problems = [problem for found in form.errors.values() for problem in found]
        return _show(_opened(invitation_id).invitation, 400, decision=form, problems=problems)
    link_id = _link_id(invitation_id)
    try:
        with database().writing() as writing:
            if form.choice.data == "sign":
                _sign(writing, link_id, form)
            else:
                _decline(writing, link_id, form)
    except Superseded:
        return _superseded(invitation_id)
    except Refused as refused:
        return _show(_opened(invitation_id).invitation, 409, decision=form, problems=refused.reasons)
    return redirect(url_for("cosigner.done", invitation_id=invitation_id), 303)


def _sign(writing: Session, link_id: str, form: DecisionForm) -> None:
    given = Answer(form.digest.data or "", form.name.data or "", form.title.data or "", bool(form.authorised.data))
    signoffs.sign(writing, link_id, given)


def _decline(writing: Session, link_id: str, form: DecisionForm) -> None:
    if not form.authorised.data:
        raise Refused("decline", "", ("Tick that you are authorised to answer for your organisation.",))
    signoffs.decline(writing, link_id, form.digest.data or "", form.reason.data or "")


def _superseded(invitation_id: str) -> tuple[str, int]:
    """The text has been replaced since the page was opened: show what changed, decide nothing."""
    view = _view(reader(), _opened(invitation_id).invitation)
    shown = next((r for r in view["letter"].revisions if r.digest == DecisionForm().digest.data), None)
    now_ = view["letter"].revision
    return render_template("superseded.html", **view | {"changes": _changes(shown, now_), "earlier": shown}), 409


@blueprint.get("/review/<invitation_id>/receipt")
def done(invitation_id: str) -> Page:
    """What was decided, with its proof: the same page however often it is opened."""
    invitation = _opened(invitation_id).invitation
    view = _view(reader(), invitation)
    signoff = view["signoff"]
    proof = history.proof(reader(), invitation.letter_id, signoff.sequence) if signoff else ""
    return render_template(
        "receipt.html", proof=proof, vkey=history.vkey(settings()), forms={"retraction": RetractionForm()}, **view
    )


@blueprint.post("/review/<invitation_id>/retraction")
@limiter.limit("30 per minute")
def retract(invitation_id: str) -> Page:
    """Take a sign-off back, until dispatch; takes a typed word."""
    form = RetractionForm()
    if (form.word.data or "").strip().upper() != "RETRACT":
        problems = ("Type the word RETRACT to take your sign-off back. Nothing was changed.",)
        return _show(_opened(invitation_id).invitation, 400, retraction=form, problems=problems)
    link_id = _link_id(invitation_id)
    with database().writing() as writing:
        signoffs.retract(writing, link_id, form.reason.data or "")
    return redirect(url_for("cosigner.done", invitation_id=invitation_id), 303)


@blueprint.post("/review/<invitation_id>/comments")
@limiter.limit("60 per minute")
def comment(invitation_id: str) -> Page:
    """Say something of a paragraph, or of the whole letter."""
    form = CommentForm()
    link_id = _link_id(invitation_id)
    try:
        with database().writing() as writing:
            signoffs.comment(writing, link_id, form.digest.data or "", form.paragraph.data, form.words.data or "")
    except Refused as refused:
        return _show(_opened(invitation_id).invitation, 400, comment=form, problems=refused.reasons)
    return redirect(url_for("cosigner.review", invitation_id=invitation_id) + "#comments", 303)


@blueprint.post("/review/<invitation_id>/verdict")
@limiter.limit("60 per minute")
def verdict(invitation_id: str) -> Page:
    """In review: ready to sign, or changes needed."""
    form = VerdictForm()
    if not form.validate_on_submit():
        problems = [problem for found in form.errors.values() for problem in found]
        return _show(_opened(invitation_id).invitation, 400, verdict=form, problems=problems)
    link_id = _link_id(invitation_id)
    with database().writing() as writing:
        signoffs.give_verdict(writing, link_id, form.digest.data or "", form.verdict.data or "")
    return redirect(url_for("cosigner.review", invitation_id=invitation_id), 303)
