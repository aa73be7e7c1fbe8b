"""What a co-signer does beside answering: comments, suggestions, a verdict, a colleague, more time, a logo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow import documents
from workflow.errors import CodeNeededError, PictureError, RefusedError
from workflow.instance import instance
from workflow.languages import lazy_gettext
from workflow.pages import i18n
from workflow.pages.context import writer
from workflow.pages.cosigner.answer import (
    Page,
    ask_for_code,
    blueprint,
    link_id_of,
    no_such_link,
    opened,
    redeemed,
    show,
)
from workflow.pages.forms import (
    CommentForm,
    HandOverForm,
    LogoForm,
    ReplyForm,
    SuggestionForm,
    TimeForm,
    VerdictForm,
    problems_of,
)
from workflow.pages.i18n import gettext
from workflow.pages.rate_limits import ASKINGS, by_link, count, limiter
from workflow.signoffs import delegation, review
from workflow.signoffs import requests as signoff_requests
from workflow.transaction import Transaction

ROOM = {"cosigner.picture": documents.LARGEST_PICTURE + 100_000}
"""How many bytes may be sent to these pages; everywhere else it is 2 MB."""


def _act(invitation_id: str, act: Callable[[Transaction, str], object], anchor: str, **forms: Any) -> Page:
    """Do one act through this browser's link; refused, the page comes back with what was typed."""
    link_id = link_id_of(invitation_id)
    try:
        with writer() as writing:
            act(writing, link_id)
    except RefusedError as refused:
        return show(opened(invitation_id).invitation, 400, problems=refused.reasons, **forms)
    return redirect(url_for("cosigner.review", invitation_id=invitation_id) + anchor, 303)


@blueprint.post("/review/<id:invitation_id>/comments")
@limiter.limit("60 per hour", key_func=by_link)
def comment(invitation_id: str) -> Page:
    """Say something of a paragraph, or of the whole letter; which of them has to be chosen."""
    form = CommentForm()
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, problems=problems_of(form), comment=form)
    digest, place, words = form.digest.data or "", form.place, form.words.data or ""

    def act(writing: Transaction, link_id: str) -> object:
        return review.comment(writing, link_id, digest, place, words, shared=bool(form.shared.data))

    return _act(invitation_id, act, "#comments", comment=form)


@blueprint.post("/review/<id:invitation_id>/suggestions")
@limiter.limit("60 per hour", key_func=by_link)
def suggest(invitation_id: str) -> Page:
    """Suggest other words for a paragraph."""
    form = SuggestionForm()
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, problems=problems_of(form), suggestion=form)
    suggestion = review.Suggestion(
        digest=form.digest.data or "",
        paragraph=form.place,
        replaces=form.replaces.data or "",
        replacement=form.replacement.data or "",
        words=form.words.data or "",
        shared=bool(form.shared.data),
    )
    invitation = opened(invitation_id).invitation
    try:
        fits = review.fitting(invitation.letter, suggestion)
    except RefusedError as refused:
        return show(invitation, 400, problems=refused.reasons, suggestion=form)

    def act(writing: Transaction, link_id: str) -> object:
        return review.suggest(writing, link_id, suggestion, fits)

    return _act(invitation_id, act, "#comments", suggestion=form)


@blueprint.post("/review/<id:invitation_id>/comments/<id:comment_id>/replies")
@limiter.limit("60 per hour", key_func=by_link)
def reply(invitation_id: str, comment_id: str) -> Page:
    """Answer a comment."""
    form = ReplyForm()
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, problems=problems_of(form), reply=form)
    words, shared = form.words.data or "", bool(form.shared.data)

    def act(writing: Transaction, link_id: str) -> object:
        return review.reply(writing, link_id, comment_id, words, shared=shared)

    return _act(invitation_id, act, "#comments", reply=form)


@blueprint.post("/review/<id:invitation_id>/verdict")
@limiter.limit("60 per hour", key_func=by_link)
def verdict(invitation_id: str) -> Page:
    """In review: ready to sign, or changes needed."""
    form = VerdictForm()
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, verdict=form, problems=problems_of(form))
    digest, given = form.digest.data or "", form.verdict.data or ""
    return _act(
        invitation_id, lambda writing, link: review.give_verdict(writing, link, digest, given), "", verdict=form
    )


@blueprint.post("/review/<id:invitation_id>/successor")
@limiter.limit("10 per hour", key_func=by_link)
def hand_over(invitation_id: str) -> Page:
    """Hand the invitation over to a colleague by address; this link ends."""
    form = HandOverForm()
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, hand_over=form, problems=problems_of(form))
    typed = (form.email.data or "").strip()
    try:
        address = check_address(typed) if typed else ""
    except HeaderError:
        why = lazy_gettext("That is not an email address. Write it like name@example.org.")
        return show(opened(invitation_id).invitation, 400, hand_over=form, problems=(why,))
    link_id = link_id_of(invitation_id)
    try:
        code = redeemed(link_id, "hand_over")
        with writer() as writing:
            delegation.delegate(writing, link_id, form.name.data or "", address, sure=bool(form.sure.data), code=code)
    except CodeNeededError:
        return ask_for_code(invitation_id, "hand_over", form)
    except RefusedError as refused:
        return show(opened(invitation_id).invitation, 400, hand_over=form, problems=refused.reasons)
    return redirect(url_for("cosigner.handed_over"), 303)


@blueprint.get("/review/handed-over")
def handed_over() -> Page:
    """Where the way ends for whoever handed an invitation over."""
    i18n.use_locale_asked_for()
    return render_template("handed_over.html")


@blueprint.post("/review/<id:invitation_id>/more-time")
@limiter.limit("10 per hour", key_func=by_link)
def more_time(invitation_id: str) -> Page:
    """Ask the coordinator for more time."""
    form = TimeForm()
    if not form.validate_on_submit():
        return show(opened(invitation_id).invitation, 400, time=form, problems=problems_of(form))
    how_long = {
        "1": gettext("One more day"),
        "2": gettext("Two more days"),
        "7": gettext("One more week"),
    }.get(form.how_long.data or "", form.words.data or "")
    if form.words.data and form.how_long.data != "other":
        how_long = f"{how_long}: {form.words.data}"
    return _act(
        invitation_id, lambda writing, link: signoff_requests.ask_for_time(writing, link, how_long), "#else", time=form
    )


@blueprint.post("/review/<id:invitation_id>/<any(logo, signature):kind>")
@limiter.limit("20 per hour", key_func=by_link)
def picture(invitation_id: str, kind: str) -> Page:
    """Give the organisation's logo, or the image of a signature."""
    form = LogoForm()
    chosen = form.file.data
    act = {"logo": signoff_requests.set_logo, "signature": signoff_requests.set_signature}[kind]
    try:
        drawn = documents.normalise(chosen.read() if chosen else b"", kind)
    except PictureError as refused:
        return show(opened(invitation_id).invitation, 400, problems=(str(refused),))
    link_id = link_id_of(invitation_id)
    try:
        code = redeemed(link_id, kind)
        with writer() as writing:
            act(writing, link_id, drawn, code)
    except CodeNeededError:
        return ask_for_code(invitation_id, kind, form)
    except RefusedError as refused:
        return show(opened(invitation_id).invitation, 400, problems=refused.reasons)
    flash(gettext("The picture is kept."), "done")
    return redirect(url_for("cosigner.review", invitation_id=invitation_id) + "#else", 303)


@blueprint.post("/s/again")
def mail_again() -> Page:
    """Mail fresh links to an address that was invited; whatever was typed, the answer is the same."""
    count(ASKINGS, "again")
    try:
        address = check_address(request.form.get("email", ""))
    except HeaderError:
        address = ""
    if address:
        instance().afterwards.mail(signoff_requests.waits, signoff_requests.mail_again, address)
    return no_such_link(asked=True)
