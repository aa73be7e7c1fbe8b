"""What a co-signer does beside answering: comments, suggestions, a review, a colleague, more time, a logo."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from workflow import documents
from workflow.errors import InputError, PictureError
from workflow.mails import time_answered
from workflow.models import Letter
from workflow.pages import i18n
from workflow.pages.context import reader
from workflow.pages.cosigner.acting import act, back
from workflow.pages.cosigner.arrival import Page, blueprint, opened
from workflow.pages.forms import (
    CommentForm,
    DelegationForm,
    LogoForm,
    ReaderForm,
    ReplyForm,
    StopForm,
    SuggestionForm,
    TimeForm,
    VerdictForm,
    checked,
)
from workflow.pages.i18n import gettext, translate
from workflow.pages.rate_limits import by_link, limiter
from workflow.signoffs import delegation, readers, requests, review

UPLOAD_LIMITS = {"cosigner.picture": documents.LARGEST_PICTURE + 100_000}
"""How many bytes may be sent to these pages; everywhere else it is 2 MB."""


@blueprint.post("/review/<id:invitation_id>/comments")
@limiter.limit("60 per hour", key_func=by_link)
def comment(invitation_id: str) -> Page:
    """Say something of a paragraph, or of the whole letter; which of them has to be chosen."""
    form = checked(CommentForm())
    words, shared = form.words.data or "", bool(form.shared.data)
    act(review.comment, invitation_id, form.digest.data, form.place, words, shared=shared)
    return back(invitation_id, gettext("Your comment has been sent."), "discussion")


@blueprint.post("/review/<id:invitation_id>/suggestions")
@limiter.limit("60 per hour", key_func=by_link)
def suggest(invitation_id: str) -> Page:
    """Suggest other words for a paragraph."""
    form = checked(SuggestionForm())
    suggestion = review.Suggestion(
        digest=form.digest.data or "",
        paragraph=form.place,
        replaces=form.replaces.data or "",
        replacement=form.replacement.data or "",
        words=form.words.data or "",
        shared=bool(form.shared.data),
    )
    fits = review.fitting(reader().get_one(Letter, opened(invitation_id).letter.id), suggestion)
    act(review.suggest, invitation_id, suggestion, fits)
    return back(invitation_id, gettext("Your suggestion has been sent."), "discussion")


@blueprint.post("/review/<id:invitation_id>/comments/<id:comment_id>/replies")
@limiter.limit("60 per hour", key_func=by_link)
def reply(invitation_id: str, comment_id: str) -> Page:
    """Answer a comment."""
    form = checked(ReplyForm())
    act(review.reply, invitation_id, comment_id, form.words.data or "", shared=bool(form.shared.data))
    return back(invitation_id, gettext("Your reply has been sent."), "discussion")


@blueprint.post("/review/<id:invitation_id>/verdict")
@limiter.limit("60 per hour", key_func=by_link)
def verdict(invitation_id: str) -> Page:
    """In review: ready to sign, or changes needed."""
    form = checked(VerdictForm())
    act(review.give_verdict, invitation_id, form.digest.data, form.verdict.data)
    return back(invitation_id, gettext("Your review has been sent."), "discussion")


@blueprint.post("/review/<id:invitation_id>/successor")
@limiter.limit("10 per hour", key_func=by_link)
def delegate(invitation_id: str) -> Page:
    """Pass the invitation to a colleague by address; this link ends."""
    form = checked(DelegationForm())
    name, email = form.name.data or "", form.email.data or ""
    act(delegation.delegate, invitation_id, name, email, sure=bool(form.sure.data), purpose="hand_over")
    said = gettext("We’re emailing %(name)s at %(address)s.") % {
        "name": i18n.set_apart(name),
        "address": i18n.set_apart(email),
    }
    flash(said, "done")
    return redirect(url_for("cosigner.delegated"), 303)


@blueprint.post("/review/<id:invitation_id>/readers")
@limiter.limit("20 per hour", key_func=by_link)
def let_read(invitation_id: str) -> Page:
    """Make a link by which colleagues read the letter, mailed where an address is given."""
    form = checked(ReaderForm())
    made = act(readers.add, invitation_id, form.name.data or "", form.email.data or "")
    said = gettext("We’re emailing the link to %(address)s.") % {"address": i18n.set_apart(made.email)}
    return back(invitation_id, said if made.email else gettext("The link is ready: copy it below."), "readers")


@blueprint.post("/review/<id:invitation_id>/readers/<id:reader_id>/end")
@limiter.limit("60 per hour", key_func=by_link)
def end_reader(invitation_id: str, reader_id: str) -> Page:
    """End a link by which colleagues read the letter."""
    act(readers.end, invitation_id, reader_id)
    return back(invitation_id, gettext("That link has ended."), "readers")


@blueprint.get("/review/handed-over")
def delegated() -> Page:
    """Where the way ends for whoever passed an invitation on."""
    i18n.use_locale_asked_for()
    return render_template("handed_over.html")


@blueprint.post("/review/<id:invitation_id>/more-time")
@limiter.limit("10 per hour", key_func=by_link)
def more_time(invitation_id: str) -> Page:
    """Ask the coordinator for more time."""
    form = checked(TimeForm())
    period = time_answered.PERIODS.get(form.how_long.data or "")
    how_long = ": ".join(filter(None, (str(translate(period)) if period else "", form.words.data)))
    act(requests.ask_for_time, invitation_id, how_long)
    return back(invitation_id, gettext("We’ve told the coordinator."), "else")


@blueprint.post("/review/<id:invitation_id>/no-mails")
@limiter.limit("10 per hour", key_func=by_link)
def stop_writing(invitation_id: str) -> Page:
    """Let nothing more go to the address that got this link."""
    checked(StopForm())
    act(requests.stop_writing, invitation_id)
    return redirect(url_for("cosigner.stopped", invitation_id=invitation_id), 303)


@blueprint.post("/review/<id:invitation_id>/mails")
@limiter.limit("10 per hour", key_func=by_link)
def write_again(invitation_id: str) -> Page:
    """Take that back."""
    act(requests.write_again, invitation_id)
    return redirect(url_for("cosigner.stopped", invitation_id=invitation_id), 303)


@blueprint.get("/review/<id:invitation_id>/mails")
def stopped(invitation_id: str) -> Page:
    """Say whether mails go to the address that got this link."""
    found = opened(invitation_id)
    writes = requests.writes_to(reader(), found.link.id)
    return render_template("stopped.html", stopped=not writes, invitation_id=invitation_id)


@blueprint.post("/review/<id:invitation_id>/<any(logo, signature):kind>")
@limiter.limit("20 per hour", key_func=by_link)
def picture(invitation_id: str, kind: str) -> Page:
    """Give the organisation's logo, or the image of a signature."""
    chosen = LogoForm().file.data
    try:
        drawn = documents.normalise(chosen.read() if chosen else b"", kind)
    except PictureError as error:
        raise InputError(file=str(error)) from error
    do = {"logo": requests.set_logo, "signature": requests.set_signature}[kind]
    act(do, invitation_id, drawn, purpose=kind)
    return back(invitation_id, gettext("Image saved."), "else")
