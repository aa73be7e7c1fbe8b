"""The answer of an organisation: to sign, to confirm, to decline, to withdraw; and its receipt."""

from __future__ import annotations

from io import BytesIO

from flask import flash, redirect, request, send_file, session, url_for

from workflow.errors import InputError
from workflow.history import one_signoff
from workflow.instance import instance
from workflow.languages import lazy_gettext
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.cosigner import review
from workflow.pages.cosigner.acting import act, back, redeemed
from workflow.pages.cosigner.arrival import BROWSER, Page, access, blueprint, letter_id, link_id_of, opened
from workflow.pages.forms import (
    ConfirmationForm,
    DecisionForm,
    PrintedNameForm,
    RefusalForm,
    RetractionForm,
    TwoForm,
    checked,
)
from workflow.pages.i18n import gettext
from workflow.pages.rate_limits import by_link, by_network, limiter, was_refused
from workflow.pages.sent_form import show_typed
from workflow.signoffs import answers, four_eyes, ledger, naming
from workflow.signoffs.opened import with_signoffs

SIGNABLE = ("sign", "confirm")


@blueprint.post("/review/<id:invitation_id>/answer")
@limiter.limit("60 per hour", key_func=by_link, deduct_when=was_refused)
def answer(invitation_id: str) -> Page:
    """Sign or decline: takes a choice without a default, a typed name and a tick."""
    if "preview" in request.form:
        show_typed()
        return review.show(opened(invitation_id))
    form = checked(DecisionForm())
    if form.choice.data in SIGNABLE and opened(invitation_id).wants_four_eyes:
        return _propose(invitation_id, form)
    if form.choice.data in SIGNABLE:
        link_id = link_id_of(invitation_id)
        given = _given(form, redeemed(link_id, "sign"), access(link_id).networks)
        instance().commits.do(answers.sign_all, (link_id, given), letter_id())
    else:
        _decline(invitation_id, form)
    return redirect(url_for("cosigner.done", invitation_id=invitation_id), 303)


def _propose(invitation_id: str, form: DecisionForm) -> Page:
    """Where two have to sign: propose it, for another to confirm."""
    to = four_eyes.Confirmer(form.confirmer.data or "", form.confirmer_email.data or "")
    link_id = link_id_of(invitation_id)
    given = _given(form, redeemed(link_id, "propose"), ())
    with writer() as writing:
        four_eyes.propose(writing, link_id, given, to)
    return back(invitation_id, gettext("Proposed. We’re emailing whoever is to confirm."), "proposal")


@blueprint.post("/review/<id:invitation_id>/proposal/end")
@limiter.limit("60 per hour", key_func=by_link)
def unpropose(invitation_id: str) -> Page:
    """Take back what was proposed for the organisation."""
    act(four_eyes.withdraw, invitation_id, purpose="stop")
    return back(invitation_id, gettext("Withdrawn. Nothing is signed."), "proposal")


@blueprint.post("/review/<id:invitation_id>/four-eyes")
@limiter.limit("10 per hour", key_func=by_link)
def ask_for_two(invitation_id: str) -> Page:
    """Let two sign for the organisation from now on."""
    checked(TwoForm())
    act(four_eyes.ask_for_two, invitation_id, purpose="two")
    said = gettext("From now on two people sign for your organisation. We’re telling all of you.")
    return back(invitation_id, said, "proposal")


@blueprint.post("/review/<id:invitation_id>/confirmation")
@limiter.limit("60 per hour", key_func=by_link, deduct_when=was_refused)
def confirm(invitation_id: str) -> Page:
    """Confirm what another proposed, by the link that asked for it: takes a typed name and a tick."""
    form = checked(ConfirmationForm())
    link_id = link_id_of(invitation_id)
    given = answers.Answer(
        digest=form.digest.data or "",
        name=form.name.data or "",
        authorised=bool(form.authorised.data),
        withheld=bool(form.withheld.data),
        code=redeemed(link_id, "sign"),
        networks=access(link_id).networks,
        browser=session.get(BROWSER, ""),
        objection_hours=form.objection_hours.data or 0,
    )
    with writer() as writing:
        four_eyes.confirm(writing, link_id, given)
    return back(invitation_id, gettext("Confirmed. We’re emailing a receipt to all of you."), "proposal")


@blueprint.post("/review/<id:invitation_id>/refusal")
@limiter.limit("60 per hour", key_func=by_link)
def refuse(invitation_id: str) -> Page:
    """Refuse to confirm what another proposed."""
    form = checked(RefusalForm())
    act(four_eyes.refuse, invitation_id, form.reason.data or "", purpose="stop")
    return back(invitation_id, gettext("Refused. We’re telling whoever proposed it; nothing is signed."), "proposal")


def _given(form: DecisionForm, code: str, networks: tuple[str, ...]) -> answers.Answer:
    return answers.Answer(
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
        browser=session.get(BROWSER, ""),
        after=form.after.data or "",
    )


def _decline(invitation_id: str, form: DecisionForm) -> None:
    act(
        answers.decline,
        invitation_id,
        form.digest.data or "",
        form.reason.data or "",
        shared=bool(form.reason_shared.data),
        misplaced=form.choice.data == "misplaced",
        name=form.name.data or "",
        after=form.after.data or "",
        purpose="decline",
    )


@blueprint.get("/review/<id:invitation_id>/receipt")
def done(invitation_id: str) -> Page:
    """What was decided, with its proof: the same page however often it is opened."""
    return review.receipt(opened(invitation_id))


@blueprint.get("/review/<id:invitation_id>/signoff.zip")
@limiter.limit("60 per hour", key_func=by_link)
def evidence(invitation_id: str) -> Page:
    """The evidence of what this organisation answered: to be checked without us, and nothing of the others."""
    invitation = opened(invitation_id)
    given = with_signoffs(reader(), invitation).signoffs
    signoff = given[-1].sequence if given else None
    content = one_signoff.bundle(reader(), invitation.letter.id, invitation_id, signoff)
    name = f"signoff-{signoff}.zip" if signoff is not None else "answer.zip"
    return send_file(BytesIO(content), "application/zip", as_attachment=True, download_name=name)


@blueprint.post("/review/<id:invitation_id>/everything")
@limiter.limit("10 per hour", key_func=by_link)
def everything(invitation_id: str) -> Page:
    """Have a link mailed to the contact that opens what was signed from its address; the answer is always the same."""
    address = opened(invitation_id).email
    end_reading()
    instance().afterwards.mail(ledger.is_known, ledger.send, address, by_network())
    flash(gettext("We’re emailing the link to %(address)s.") % {"address": address}, "done at-everything")
    return redirect(url_for("cosigner.done", invitation_id=invitation_id, _anchor="everything"), 303)


@blueprint.post("/review/<id:invitation_id>/name")
@limiter.limit("60 per hour", key_func=by_link)
def correct(invitation_id: str) -> Page:
    """Correct how the signatory's name and title are printed, until dispatch."""
    form = checked(PrintedNameForm())
    act(naming.correct, invitation_id, form.name.data or "", form.title.data or "", purpose="correct")
    flash(gettext("Corrected. We’re emailing you a receipt."), "done at-name")
    return redirect(url_for("cosigner.done", invitation_id=invitation_id, _anchor="name"), 303)


@blueprint.post("/review/<id:invitation_id>/retraction")
@limiter.limit("60 per hour", key_func=by_link)
def retract(invitation_id: str) -> Page:
    """Withdraw a signature, until dispatch; takes a typed word, in English or as the page says it."""
    form = checked(RetractionForm())
    # Pages that were opened before this word was changed ask for RETRACT.
    if (form.word.data or "").strip().upper() not in ("WITHDRAW", "RETRACT", gettext("WITHDRAW").upper()):
        raise InputError(word=lazy_gettext("Type the word WITHDRAW to confirm. Nothing was changed."))
    act(answers.retract, invitation_id, form.reason.data or "", purpose="retract", after=form.after.data)
    return redirect(url_for("cosigner.done", invitation_id=invitation_id), 303)
