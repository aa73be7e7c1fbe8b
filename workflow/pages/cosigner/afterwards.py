"""What a co-signer sees and does once the letter was sent: where its name is, signing late, withdrawing, replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select

from workflow.campaigns import addenda, office_replies
from workflow.errors import InputError, NotFoundError
from workflow.languages import Words, day_in_words, lazy_gettext
from workflow.models import Letter, OfficeReply
from workflow.moments import local
from workflow.pages.context import reader
from workflow.pages.cosigner.acting import act
from workflow.pages.cosigner.arrival import Page, blueprint, opened
from workflow.pages.cosigner.view import View, why_not
from workflow.pages.forms import LateRetractionForm, checked
from workflow.pages.i18n import get_locale, gettext
from workflow.pages.rate_limits import by_link, limiter
from workflow.pages.reply_file import reply_file
from workflow.signoffs import answers
from workflow.signoffs.opened import OpenedInvitation, OpenedSignoff, with_signoffs
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficesReply:
    """A reply that the signatories were told of."""

    id: str
    at: str
    paragraphs: tuple[str, ...]
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Where an organisation stands once the letter was sent."""

    sent_on: str
    takes_names: bool
    """The letter can still be signed, for its addendum."""
    added_on: str
    """When the addendum was sent."""
    on_letter: bool
    on_addendum: bool
    """Its late signature stands, or stood when the addendum was sent."""
    signoff: OpenedSignoff | None
    signed_at: str
    withdrawn_at: str
    may_sign: bool
    reasons: tuple[Words, ...]
    may_withdraw: bool
    shown: str
    """What the form carries of the answer that the page shows."""
    replies: tuple[OfficesReply, ...]


def of(reading: Transaction, invitation: OpenedInvitation) -> After:
    """Return where an organisation stands; its letter has gone out."""
    invitation, language = with_signoffs(reading, invitation), get_locale()
    row = reading.get_one(Letter, invitation.letter.id)
    digest = invitation.letter.revision.digest if invitation.letter.revision else ""
    standing = [one for one in invitation.signoffs if one.retracted_at is None and one.digest == digest]
    signoff = standing[-1] if standing else None
    sent, kept = addenda.sent_at(reading, row), addenda.of(reading, row)
    takes, stands = invitation.letter.takes_late_names, signoff is not None
    reasons = why_not(invitation) if takes and not stands else ()
    return After(
        sent_on=_day(sent, invitation) if sent else "",
        takes_names=takes,
        added_on=_day(kept.sent_at, invitation) if kept and kept.sent_at else "",
        on_letter=any(not one.late for one in standing),
        on_addendum=any(one.late for one in standing),
        signoff=signoff,
        signed_at=invitation.in_words(signoff.signed_at, language) if signoff else "",
        withdrawn_at=invitation.in_words(signoff.withdrawn_at, language) if signoff else "",
        may_sign=takes and not stands and not reasons,
        reasons=reasons,
        may_withdraw=invitation.has_signed and stands,
        shown=answers.shown_as(invitation),
        replies=_replies(reading, row, invitation) if stands else (),
    )


def _day(moment: datetime, invitation: OpenedInvitation) -> str:
    return day_in_words(local(moment, invitation.zone).date(), get_locale())


def _replies(reading: Transaction, row: Letter, invitation: OpenedInvitation) -> tuple[OfficesReply, ...]:
    query = select(OfficeReply).where(OfficeReply.letter_id == row.id, OfficeReply.told_at.is_not(None))
    return tuple(
        OfficesReply(
            id=one.id,
            at=_day(one.received_at, invitation),
            paragraphs=tuple(part for part in one.words.split("\n\n") if part.strip()),
            file_name=one.file_name if one.document_sha256 else "",
        )
        for one in reading.scalars(query.order_by(OfficeReply.received_at, OfficeReply.id))
        if not one.is_erased
    )


def page(invitation: OpenedInvitation, found: View) -> str:
    """Return the page of an invitation whose letter has gone out."""
    return render_template("after.html", page=found.page, own=found.own, after=of(reader(), invitation))


@blueprint.post("/review/<id:invitation_id>/late-withdrawal")
@limiter.limit("60 per hour", key_func=by_link)
def retract_late(invitation_id: str) -> Page:
    """Withdraw a signature after the letter was sent; takes a typed word, in English or as the page says it."""
    form = checked(LateRetractionForm())
    if (form.word.data or "").strip().upper() not in ("WITHDRAW", gettext("WITHDRAW").upper()):
        raise InputError(word=lazy_gettext("Type the word WITHDRAW to confirm. Nothing was changed."))
    tell = bool(form.tell_office.data)
    shown = {"tell_office": tell, "after": form.after.data}
    act(answers.retract_late, invitation_id, form.reason.data or "", purpose="retract", **shown)
    flash(gettext("Your signature has been withdrawn. We’re emailing you a receipt."), "done at-answer")
    return redirect(url_for("cosigner.review", invitation_id=invitation_id, _anchor="answer"), 303)


@blueprint.get("/review/<id:invitation_id>/replies/<id:reply_id>")
@limiter.limit("60 per hour", key_func=by_link)
def office_reply(invitation_id: str, reply_id: str) -> Page:
    """Download the file of a reply that the signatories were told of: for those who stand on the letter alone."""
    invitation = opened(invitation_id)
    if reply_id not in {one.id for one in of(reader(), invitation).replies}:
        raise NotFoundError("There is no such reply.")
    row = reader().get_one(Letter, invitation.letter.id)
    office_replies.reply_of(reader(), row, reply_id)
    return reply_file(row, reply_id)
