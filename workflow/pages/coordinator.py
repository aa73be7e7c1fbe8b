"""The coordinator's pages: the list, a letter with its one obvious next step, the draft, and each act as a POST."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from workflow import accounts, campaigns, history
from workflow.history import Actor
from workflow.letter import markdown, text, typed
from workflow.models import Document, Letter, User, now
from workflow.moments import in_reach, zones
from workflow.pages import letter_view
from workflow.pages.account import staff
from workflow.pages.forms import (
    CosignerForm,
    DispatchForm,
    EmailForm,
    ImportForm,
    LetterForm,
    ReaderForm,
    ReasonForm,
    TermsForm,
)
from workflow.pages.reach import close_reader, database, reader
from workflow.states import Refused

blueprint = Blueprint("coordinator", __name__)
Answer = str | tuple[str, int] | BaseResponse


def _mine(letter_id: str) -> tuple[Letter, User]:
    user = staff(reader())
    return accounts.letter_for(reader(), user, letter_id, "coordinator"), user


def _actor(letter_id: str) -> Actor:
    """Check that the one who asks may act on this letter; the reading session ends before the act."""
    _, user = _mine(letter_id)
    close_reader()
    return history.coordinator(user.id)


def _back(letter_id: str) -> BaseResponse:
    return redirect(url_for("coordinator.letter", letter_id=letter_id), 303)


@blueprint.get("/")
@login_required
def letters() -> str:
    """The list: each letter with its progress in a sentence."""
    user = staff(reader())
    rows = [letter_view.row(letter) for letter in accounts.letters_of(reader(), user)]
    return render_template("letters.html", rows=rows)


@blueprint.get("/letters/new")
@login_required
def new() -> str:
    """The form that takes a letter in."""
    staff(reader())
    return render_template("new.html", form=ImportForm())


@blueprint.post("/letters")
@login_required
def take_in() -> Answer:
    """Read a file or pasted text and start a campaign with it."""
    from workflow import imports

    user = staff(reader())
    form = ImportForm()
    upload = form.file.data
    content = upload.read() if upload else (form.pasted.data or "").encode("utf-8", "replace")
    try:
        if not content.strip():
            raise imports.ImportRefused("Choose a file, or paste the letter's text.")
        read = imports.read(content, upload.filename or "" if upload else "")
    except imports.ImportRefused as refused:
        return render_template("new.html", form=form, refused=str(refused)), 400
    close_reader()
    with database().writing() as session:
        terms = campaigns.Terms(
            name=read.campaign, deadline=read.deadline, timezone=read.timezone, minimum=read.minimum
        )
        row = campaigns.take_in(session, read.letter, read.date, read.cosigners, terms, history.coordinator(user.id))
        row.doubts = list(read.unsure)
        accounts.join(session, row.campaign_id, session.get_one(User, user.id), "coordinator")
    return redirect(url_for("coordinator.letter", letter_id=row.id), 303)


@blueprint.get("/letters/<id:letter_id>")
@login_required
def letter(letter_id: str) -> str:
    """Everything about one letter: the paper, the answers, the next step."""
    user = staff(reader())
    row = accounts.letter_for(reader(), user, letter_id, "auditor")
    coordinates = accounts.role_in(reader(), user, row.campaign) == "coordinator"
    view = letter_view.whole(reader(), row, names_all=coordinates)
    forms = {
        "cosigner": CosignerForm(),
        "email": EmailForm(),
        "reason": ReasonForm(),
        "dispatch": DispatchForm(fingerprint=view["fingerprint"]),
        "terms": TermsForm(
            deadline=view["deadline_local"],
            timezone=row.campaign.timezone,
            minimum=row.campaign.minimum,
            comments_shared=row.campaign.comments_shared,
            code_required=row.campaign.code_required,
            objection_hours=row.campaign.objection_hours,
        ),
    }
    return render_template("letter.html", forms=forms, may_act=coordinates, **view)


@blueprint.get("/letters/<id:letter_id>/draft")
@login_required
def draft(letter_id: str) -> Answer:
    """The draft as a form."""
    row, _ = _mine(letter_id)
    if row.state != "drafting":
        return _back(letter_id)
    form = LetterForm(
        formdata=None,
        version=row.version,
        subject=row.subject,
        date=row.date,
        language=row.language,
        salutation=row.salutation,
        body=row.body,
        closing=row.closing,
    )
    return render_template("draft.html", form=form, letter=row, recipients=[r.printed() for r in row.recipients])


@blueprint.post("/letters/<id:letter_id>/draft")
@login_required
def save(letter_id: str) -> Answer:
    """Keep the draft; a form that somebody else's save has overtaken gets its words back with a 409."""
    actor = _actor(letter_id)
    form = LetterForm()
    recipients, problems = letter_view.recipients_from(request.form)
    problems += markdown.too_hard((form.body.data or "")[: markdown.LONGEST + 1])
    if not form.validate_on_submit() or problems:
        return _draft_again(letter_id, form, recipients, problems, 400)
    words = text.Letter(
        language=form.language.data or "en",
        subject=form.subject.data or "",
        recipients=recipients,
        salutation=form.salutation.data or "",
        body=form.body.data or "",
        closing=form.closing.data or "",
    )
    try:
        with database().writing() as session:
            campaigns.edit(session, letter_id, form.version.data or 0, words, form.date.data, actor)
    except campaigns.Conflict as conflict:
        return _draft_again(letter_id, form, recipients, [str(conflict)], 409)
    except Refused as refused:
        return _draft_again(letter_id, form, recipients, list(refused.reasons), 400)
    flash("The draft is saved.", "done")
    for said in typed.left_out(words):
        flash(said, "unsure")
    return _back(letter_id)


def _draft_again(
    letter_id: str, form: LetterForm, recipients: tuple[text.Recipient, ...], problems: list[str], status: int
) -> tuple[str, int]:
    row, _ = _mine(letter_id)
    current = row.text() if status == 409 else None
    page = render_template(
        "draft.html", form=form, letter=row, recipients=recipients, problems=problems, current=current
    )
    return page, status


# --- the steps of a letter: each is a noun that is created ---------------------------------------------------------


@blueprint.post("/letters/<id:letter_id>/circulation")
@login_required
def circulate(letter_id: str) -> Answer:
    """Send the text to the co-signers for review."""
    actor = _actor(letter_id)
    with database().writing() as session:
        campaigns.circulate(session, letter_id, actor)
    flash("The letter is on its way to the co-signers for review.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/sign-off")
@login_required
def open_sign_off(letter_id: str) -> Answer:
    """Ask the co-signers to sign."""
    actor = _actor(letter_id)
    with database().writing() as session:
        campaigns.open_sign_off(session, letter_id, actor, "small_correction" in request.form)
    flash("Sign-off is open; the co-signers have been asked to sign.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/revision")
@login_required
def revise(letter_id: str) -> Answer:
    """Take the letter back to drafting."""
    actor = _actor(letter_id)
    with database().writing() as session:
        campaigns.revise(session, letter_id, ReasonForm().reason.data or "", actor)
    flash("The letter is in drafting again. Sign-offs count for the text that they were given for.", "done")
    return redirect(url_for("coordinator.draft", letter_id=letter_id), 303)


@blueprint.post("/letters/<id:letter_id>/approval")
@login_required
def approve(letter_id: str) -> Answer:
    """Close sign-off and have the documents made."""
    actor = _actor(letter_id)
    with database().writing() as session:
        campaigns.approve(session, letter_id, actor)
    flash("Approved. The documents are being made.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/reopening")
@login_required
def reopen(letter_id: str) -> Answer:
    """Go back to sign-off."""
    actor = _actor(letter_id)
    with database().writing() as session:
        campaigns.reopen(session, letter_id, actor)
    flash("Sign-off is open again.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/dispatch")
@login_required
def dispatch(letter_id: str) -> Answer:
    """Send the letter to the office, now or at a time set ahead."""
    row, _ = _mine(letter_id)
    zone = row.campaign.timezone
    actor = _actor(letter_id)
    form = DispatchForm()
    at = form.at.data.replace(tzinfo=ZoneInfo(zone)) if form.at.data else None
    previewed = form.fingerprint.data or "" if form.looked.data else ""
    with database().writing() as session:
        sent = campaigns.dispatch(session, letter_id, previewed, actor, at)
    flash("The letter is being sent." if sent.state == "sending" else "The time of dispatch is set.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/withdrawal")
@login_required
def withdraw(letter_id: str) -> Answer:
    """End the letter without sending it."""
    actor = _actor(letter_id)
    with database().writing() as session:
        campaigns.withdraw(session, letter_id, ReasonForm().reason.data or "", actor)
    flash("The letter is withdrawn. Nothing was sent to the office.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/terms")
@login_required
def terms(letter_id: str) -> Answer:
    """Set the deadline, its zone, and how many must sign."""
    row, _ = _mine(letter_id)
    actor = _actor(letter_id)
    form = TermsForm()
    zone = form.timezone.data or ""
    if not form.validate_on_submit() or zone not in zones():
        problems = [problem for found in form.errors.values() for problem in found]
        raise Refused("terms", row.state, tuple(problems) or (f"There is no time zone called {zone[:100]}.",))
    deadline = form.deadline.data.replace(tzinfo=ZoneInfo(zone)) if form.deadline.data else None
    if deadline is not None and in_reach(deadline) and deadline < now() and deadline != _to_the_minute(row):
        why = "The deadline is in the past. Choose one that is still to come; to end sign-off now, approve the letter."
        raise Refused("terms", row.state, (why,))
    given = campaigns.Terms(
        deadline=deadline,
        timezone=zone,
        minimum=form.minimum.data or 1,
        comments_shared=bool(form.comments_shared.data),
        code_required=bool(form.code_required.data),
        objection_hours=form.objection_hours.data or 0,
    )
    with database().writing() as session:
        campaigns.set_terms(session, letter_id, given, actor)
    flash("The terms are set.", "done")
    return _back(letter_id)


def _to_the_minute(row: Letter) -> datetime | None:
    """The deadline as the form shows it: one that is over may stay when other terms are set."""
    deadline = row.campaign.deadline
    return deadline.replace(second=0, microsecond=0) if deadline else None


# --- co-signers and deliveries -------------------------------------------------------------------------------------


@blueprint.post("/letters/<id:letter_id>/invitations")
@login_required
def invite(letter_id: str) -> Answer:
    """Add a co-signer."""
    actor = _actor(letter_id)
    form = CosignerForm()
    if not form.validate_on_submit():
        raise Refused("invite", "", tuple(problem for found in form.errors.values() for problem in found))
    cosigner = text.Cosigner(
        organisation=form.organisation.data or "",
        acronym=form.acronym.data or "",
        signatory=form.signatory.data or "",
        title=form.title.data or "",
        email=form.email.data or "",
        required=bool(form.required.data),
    )
    with database().writing() as session:
        campaigns.invite(session, letter_id, cosigner, actor)
    flash(f"{cosigner.organisation} is on the list.", "done")
    return _back(letter_id)


def _address() -> str:
    form = EmailForm()
    if not form.validate_on_submit():
        raise Refused("address", "", tuple(problem for found in form.errors.values() for problem in found))
    return str(form.email.data)


@blueprint.post("/letters/<id:letter_id>/invitations/<id:invitation_id>/contact")
@login_required
def contact(letter_id: str, invitation_id: str) -> Answer:
    """Give a co-signer's contact address."""
    actor, address = _actor(letter_id), _address()
    with database().writing() as session:
        campaigns.set_contact(session, letter_id, invitation_id, address, actor)
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/invitations/<id:invitation_id>/second-contact")
@login_required
def second_contact(letter_id: str, invitation_id: str) -> Answer:
    """Name who else of an organisation is told of its sign-offs; an empty address: nobody."""
    actor = _actor(letter_id)
    address = _address() if request.form.get("email", "").strip() else ""
    with database().writing() as session:
        campaigns.set_second_contact(session, letter_id, invitation_id, address, actor)
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/invitations/<id:invitation_id>/<any(link, revocation, renewal):noun>")
@login_required
def invitation(letter_id: str, invitation_id: str, noun: str) -> Answer:
    """A new link by mail; the invitation taken back; the organisation asked again."""
    act = {"link": campaigns.resend, "revocation": campaigns.revoke, "renewal": campaigns.reinvite}[noun]
    actor = _actor(letter_id)
    with database().writing() as session:
        act(session, letter_id, invitation_id, actor)
    flash("Done; it is on the record.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/links")
@login_required
def replace_links(letter_id: str) -> Answer:
    """End every link of a letter, and mail new ones to who still has to answer."""
    actor = _actor(letter_id)
    with database().writing() as session:
        ended = campaigns.replace_links(session, letter_id, actor)
    flash(f"{ended} links have ended; new ones are on their way to who still has to answer.", "done")
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/invitations/<id:invitation_id>/reader")
@login_required
def set_reader(letter_id: str, invitation_id: str) -> Answer:
    """Set the language and the time zone of a co-signer."""
    actor = _actor(letter_id)
    form = ReaderForm()
    with database().writing() as session:
        campaigns.set_reader(
            session, letter_id, invitation_id, form.language.data or "", form.timezone.data or "", actor
        )
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/comments/<id:comment_id>/<any(reply, acceptance, dismissal):noun>")
@login_required
def comment(letter_id: str, comment_id: str, noun: str) -> Answer:
    """Answer a comment; take a suggestion over into the draft, or put it aside."""
    row, user = _mine(letter_id)
    made = campaigns.applied(row, comment_id) if noun == "acceptance" else None
    actor = _actor(letter_id)
    with database().writing() as session:
        if noun == "reply":
            campaigns.answer(session, letter_id, comment_id, request.form.get("words", ""), user.id, actor)
        elif noun == "acceptance":
            campaigns.accept(session, letter_id, comment_id, actor, made)
            flash("The suggestion is in the draft. Sign-offs count for the text that they were given for.", "done")
        else:
            campaigns.dismiss(session, letter_id, comment_id, actor)
    return redirect(url_for("coordinator.letter", letter_id=letter_id) + "#comments", 303)


@blueprint.post("/letters/<id:letter_id>/recipients/<id:recipient_id>/address")
@login_required
def recipient_address(letter_id: str, recipient_id: str) -> Answer:
    """Give a recipient's email address."""
    actor, address = _actor(letter_id), _address()
    with database().writing() as session:
        campaigns.set_recipient_email(session, letter_id, recipient_id, address, actor)
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/deliveries/<id:delivery_id>/settlement")
@login_required
def settle(letter_id: str, delivery_id: str) -> Answer:
    """Decide on an uncertain delivery: it arrived, or it is sent again."""
    actor = _actor(letter_id)
    choice = request.form.get("choice", "")
    if choice not in ("arrived", "again"):
        raise Refused("settle", "uncertain", ("Choose one: it arrived, or send it again.",))
    with database().writing() as session:
        campaigns.settle(session, letter_id, delivery_id, choice == "arrived", actor)
    return _back(letter_id)


@blueprint.post("/letters/<id:letter_id>/deliveries/<id:delivery_id>/address")
@login_required
def readdress(letter_id: str, delivery_id: str) -> Answer:
    """Send a refused letter to another address of the office."""
    actor, address = _actor(letter_id), _address()
    with database().writing() as session:
        campaigns.readdress(session, letter_id, delivery_id, address, actor)
    return _back(letter_id)


@blueprint.get("/letters/<id:letter_id>/documents/<sha256:sha256>")
@login_required
def document(letter_id: str, sha256: str) -> Answer:
    """Download a stored document: the very bytes that are sent."""
    row = accounts.letter_for(reader(), staff(reader()), letter_id, "auditor")
    name = letter_view.document_name(reader(), row, sha256)
    stored = reader().get_one(Document, sha256)
    answer = Response(stored.content, mimetype=stored.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
