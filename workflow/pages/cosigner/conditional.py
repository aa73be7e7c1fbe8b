"""The letter as it would be with a suggestion in: to read whole, to agree to, and to take that back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup, escape

from workflow import documents
from workflow.clock import is_over
from workflow.errors import RefusedError
from workflow.languages import Words
from workflow.models import Invitation
from workflow.pages.context import reader
from workflow.pages.cosigner import review
from workflow.pages.cosigner.acting import act, back
from workflow.pages.cosigner.arrival import Page, access, blueprint, link_id_of, opened
from workflow.pages.cosigner.view import marked_up, view
from workflow.pages.forms import AgreementForm, checked
from workflow.pages.i18n import gettext
from workflow.pages.rate_limits import by_link, limiter, was_refused
from workflow.signoffs import conditional
from workflow.signoffs.answers import Answer
from workflow.signoffs.opened import OpenedInvitation
from workflow.states import InvitationFacts
from workflow.states.invitation import AGREE


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldBePage:
    """What is shown before somebody agrees."""

    id: str
    """Of the suggestion."""
    replaces: str
    replacement: str
    words: str
    """Why it was suggested."""
    digest: str
    """Of the text as it would be, which is agreed to."""
    text: tuple[Markup, ...]
    """All of it, with the change marked."""
    others: int
    """How many have agreed to it already."""
    reasons: tuple[Words, ...]
    """Why it cannot be agreed to now, whatever is typed."""


@blueprint.get("/review/<id:invitation_id>/suggestions/<id:comment_id>")
@limiter.limit("120 per hour", key_func=by_link)
def would_be(invitation_id: str, comment_id: str) -> Page:
    """The whole text as it would be with a suggestion, its change marked, and the form to agree to exactly that."""
    try:
        return _page(opened(invitation_id), comment_id)
    except RefusedError as refused:
        flash(" ".join(str(reason) for reason in refused.reasons), "unsure")
        return redirect(url_for("cosigner.review", invitation_id=invitation_id), 303)


def _page(invitation: OpenedInvitation, comment_id: str) -> str:
    reading = reader()
    row = reading.get_one(Invitation, invitation.id)
    made = conditional.would_be(reading, row, comment_id)
    found, suggestion = view(reading, invitation), made.suggestion
    text = marked_up(documents.changes(row.letter.text(), made.text))
    dated = documents.dateline(row.letter.place, row.letter.date, made.text.language)
    above = sum(any(recipient.lines) for recipient in made.text.recipients)
    shown = WouldBePage(
        id=suggestion.id,
        replaces=suggestion.replaces or "",
        replacement=suggestion.replacement or "",
        words=suggestion.words,
        digest=made.digest,
        text=(*text[:above], escape(dated), *text[above:]) if dated else text,
        others=conditional.others(reading, row, suggestion),
        reasons=_why_not(row, made),
    )
    return render_template("would_be.html", page=found.page, own=found.own, would=shown)


def _why_not(row: Invitation, made: conditional.WouldBe) -> tuple[Words, ...]:
    whole = InvitationFacts(
        digest_shown=made.digest,
        digest_now=made.digest,
        counts=row.signoff_for(made.digest) is not None,
        name="x",
        authorised=True,
        past_deadline=is_over(row.closes_at),
        by_two=row.wants_four_eyes,
    )
    return tuple(AGREE.unmet(whole).values())


@blueprint.post("/review/<id:invitation_id>/suggestions/<id:comment_id>")
@limiter.limit("60 per hour", key_func=by_link, deduct_when=was_refused)
def agree(invitation_id: str, comment_id: str) -> Page:
    """Sign if the text becomes exactly this one: takes a typed name and a tick, as signing does."""
    form = checked(AgreementForm())
    made = conditional.would_be(reader(), reader().get_one(Invitation, opened(invitation_id).id), comment_id)
    given = Answer(
        digest=form.digest.data or "",
        after=form.after.data or "",
        name=form.name.data or "",
        title=form.title.data or "",
        authorised=bool(form.authorised.data),
        networks=access(link_id_of(invitation_id)).networks,
        objection_hours=form.objection_hours.data or 0,
    )
    agreed = form.agreed.data or ""
    act(conditional.agree, invitation_id, comment_id, agreed, given, made, purpose="agree")
    return back(invitation_id, gettext("Recorded. We’re emailing you a receipt."), "agreement")


def _again(invitation: OpenedInvitation, comment_id: str) -> str:
    """The page of a refused form; the letter itself where the suggestion is there no more."""
    try:
        return _page(invitation, comment_id)
    except RefusedError:
        return review.show(invitation)


review.SHOWN_AGAIN["cosigner.agree"] = _again


@blueprint.post("/review/<id:invitation_id>/agreement")
@limiter.limit("60 per hour", key_func=by_link)
def take_back(invitation_id: str) -> Page:
    """Take back what was agreed to, until the text is there."""
    act(conditional.take_back, invitation_id, purpose="take_back")
    flash(gettext("Taken back. We’re emailing you a receipt."), "done")
    return redirect(url_for("cosigner.review", invitation_id=invitation_id), 303)
