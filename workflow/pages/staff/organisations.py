"""The directory: its list, a page for each organisation, and one on which several are merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from workflow import documents, history
from workflow.campaigns import directory, from_directory
from workflow.campaigns import lists as cosigner_lists
from workflow.campaigns.directory import editing, merging
from workflow.campaigns.directory.editing import Details, Person
from workflow.errors import IncomingError, InputError, NotFoundError, PictureError
from workflow.models import Document, User
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.forms import LogoForm, Tick
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import organisation_list, organisation_lists, organisation_page
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer

blueprint = Blueprint("organisations", __name__)
UPLOAD_LIMITS = {"organisations.set_logo": documents.LARGEST_PICTURE + 100_000, **organisation_lists.UPLOAD_LIMITS}
MOST_CHOSEN = 500


class DetailsForm(FlaskForm):
    """An organisation; its names in other languages are fields of their own, `name_fr` and so on."""

    name = StringField()
    acronym = StringField()
    country = StringField()
    website = StringField()
    language = StringField()
    timezone = StringField()
    four_eyes = Tick()
    as_shown = StringField()
    campaign = StringField()

    def details(self) -> Details:
        """Return what was typed; the act says what is wrong with it."""
        names = {name.removeprefix("name_"): words for name, words in request.form.items() if name.startswith("name_")}
        return Details(
            name=self.name.data or "",
            acronym=self.acronym.data or "",
            country=self.country.data or "",
            website=self.website.data or "",
            language=self.language.data or "",
            timezone=self.timezone.data or "",
            four_eyes=bool(self.four_eyes.data),
            names=names,
        )


class PersonForm(FlaskForm):
    """A contact."""

    contact_name = StringField()
    title = StringField()
    email = StringField()
    gets_link = Tick()
    signs = Tick()
    also_asked = Tick()

    def person(self) -> Person:
        """Return what was typed."""
        return Person(
            name=self.contact_name.data or "",
            title=self.title.data or "",
            email=self.email.data or "",
            gets_link=bool(self.gets_link.data),
            signs=bool(self.signs.data),
            also_asked=bool(self.also_asked.data),
        )


@blueprint.get("/organisations")
def index() -> str:
    """The list: a page of it, searched, filtered and in the order that its address says."""
    page = organisation_page.of_list(reader(), staff(reader()), organisation_list.wanted(request.args))
    return render_template("organisations.html", page=page)


@blueprint.get("/organisations/new")
def new() -> str:
    """The form for a new organisation, for who coordinates a campaign."""
    member = staff(reader())
    homes = organisation_list.homes(reader(), member)
    if not homes and not member.admin:
        raise NotFoundError("There is nothing to add an organisation to.")
    if member.admin:
        homes[""] = gettext("None: only administrators see it")
    return render_template(
        "organisations/new.html",
        homes=homes,
        campaign=request.args.get("campaign", ""),
        countries=organisation_list.countries(reader(), member, ""),
        languages=organisation_page.languages(),
        zones=organisation_page.zones(),
        named_in=organisation_page.NAMED_IN,
    )


@blueprint.get("/organisations/<id:known_id>")
def one(known_id: str) -> Answer:
    """One organisation: its names and contacts, and what it signed."""
    page = organisation_page.of_one(reader(), staff(reader()), known_id)
    if page.row.id != known_id:
        return redirect(url_for("organisations.one", known_id=page.row.id), 303)
    return render_template("organisation.html", page=page)


def _again(known_id: str = "") -> Any:
    if request.endpoint == "organisations.put_onto":
        return onto()
    if request.endpoint == "organisations.merge":
        return merging_page(known_id)
    if request.endpoint in organisation_lists.UPLOAD_LIMITS:
        return organisation_lists.bring()
    return one(known_id) if known_id else new()


show_again_on(blueprint, _again)


def _act(do: Any, *given: Any, **named: Any) -> Any:
    """Do one act in one transaction, as the member of staff who asks, and return what it returns."""
    member_id = staff(reader()).id
    with writer() as session:
        return do(session, session.get_one(User, member_id), *given, **named)


def _back(known_id: str, said: str = "", anchor: str = "") -> BaseResponse:
    if said:
        flash(said, "done")
    return redirect(url_for("organisations.one", known_id=known_id, _anchor=anchor or None), 303)


# --- added, changed, taken off ----------------------------------------------------------------------------------------


@blueprint.post("/organisations")
def add() -> Answer:
    """Add an organisation, with its first contact."""
    form, contact = DetailsForm(), PersonForm()
    try:
        row = _act(editing.add, form.campaign.data or None, form.details(), contact.person())
    except InputError as error:
        raise _at_the_contact(error, form.details()) from error
    return _back(row.id, gettext("%(name)s added.") % {"name": row.label})


def _at_the_contact(error: InputError, details: Details) -> InputError:
    """The name that is wrong is the contact's where the organisation has one."""
    if details.name.strip() and "name" in error.fields and set(error.fields) <= {"name", "title", "email"}:
        fields = {"contact_name" if name == "name" else name: why for name, why in error.fields.items()}
        return InputError(**fields)
    return error


@blueprint.post("/organisations/<id:known_id>")
def save(known_id: str) -> Answer:
    """Change what is known of an organisation."""
    form = DetailsForm()
    _act(editing.edit, known_id, form.details(), as_shown=form.as_shown.data)
    return _back(known_id, gettext("Saved."))


@blueprint.post("/organisations/<id:known_id>/remove")
def remove(known_id: str) -> Answer:
    """Take an organisation off the directory that is on no letter."""
    _act(editing.remove, known_id)
    flash(gettext("Removed."), "done")
    return redirect(url_for("organisations.index"), 303)


@blueprint.post("/organisations/<id:known_id>/contacts")
def add_contact(known_id: str) -> Answer:
    """Add a contact."""
    _person(editing.add_contact, known_id)
    return _back(known_id, gettext("Contact added."), "contacts")


@blueprint.post("/organisations/<id:known_id>/contacts/<id:contact_id>")
def save_contact(known_id: str, contact_id: str) -> Answer:
    """Change a contact."""
    _person(editing.edit_contact, known_id, contact_id)
    return _back(known_id, gettext("Saved."), "contacts")


def _person(do: Any, *given: str) -> None:
    try:
        _act(do, *given, PersonForm().person())
    except InputError as error:
        fields = {"contact_name" if name == "name" else name: why for name, why in error.fields.items()}
        others = [reason for reason in error.reasons if reason not in error.fields.values()]
        raise InputError(*others, **fields) from error


@blueprint.post("/organisations/<id:known_id>/contacts/<id:contact_id>/remove")
def remove_contact(known_id: str, contact_id: str) -> Answer:
    """Take a contact off."""
    _act(editing.remove_contact, known_id, contact_id)
    return _back(known_id, gettext("Contact removed."), "contacts")


# --- its logo ---------------------------------------------------------------------------------------------------------


@blueprint.get("/organisations/<id:known_id>/logo.png")
def logo(known_id: str) -> Response:
    """The logo."""
    row = directory.one(reader(), staff(reader()), known_id)
    if row.logo_sha256 is None:
        raise NotFoundError("There is no logo.")
    return Response(reader().get_one(Document, row.logo_sha256).content, mimetype="image/png")


@blueprint.post("/organisations/<id:known_id>/logo")
@limiter.limit("60 per minute", key_func=by_member)
def set_logo(known_id: str) -> Answer:
    """Give an organisation its logo."""
    directory.one(reader(), staff(reader()), known_id, "coordinator")
    end_reading()
    chosen = LogoForm().file.data
    try:
        drawn = documents.normalise(chosen.read() if chosen else b"", "Logo")
    except PictureError as error:
        raise InputError(file=str(error)) from error
    _act(editing.set_logo, known_id, drawn)
    return _back(known_id, gettext("Logo saved."))


@blueprint.post("/organisations/<id:known_id>/logo/remove")
def remove_logo(known_id: str) -> Answer:
    """Take the logo away."""
    _act(editing.set_logo, known_id, None)
    return _back(known_id, gettext("Logo removed."))


# --- on letters -------------------------------------------------------------------------------------------------------


@blueprint.post("/organisations/<id:known_id>/letters/<id:letter_id>/<id:invitation_id>")
def use_on_letter(known_id: str, letter_id: str, invitation_id: str) -> Answer:
    """Use what the directory says on a letter that is with nobody yet: it is on the letter's record."""
    actor = history.coordinator(staff(reader()).id)
    _act(from_directory.use, known_id, letter_id, invitation_id, actor)
    return _back(known_id, gettext("The letter uses it now."), "letters")


@blueprint.get("/organisations/chosen")
def chosen() -> Answer:
    """Where several that were chosen lead: to be merged, exported, or put on a letter."""
    ids = [known_id for known_id in request.args.getlist("id")[:MOST_CHOSEN] if len(known_id) == 32]
    do = request.args.get("do", "")
    if not ids or (do == "merge" and len(ids) < 2):
        flash(gettext("Select organisations in the list first."), "unsure")
        return redirect(url_for("organisations.index"), 303)
    if do == "export":
        return redirect(url_for("organisations.export", id=ids), 303)
    if do == "merge":
        others: dict[str, Any] = {"with": ids[1:]}
        return redirect(url_for("organisations.merging_page", known_id=ids[0], **others), 303)
    return redirect(url_for("organisations.onto", id=ids), 303)


@blueprint.get("/organisations/onto")
def onto() -> Answer:
    """Which letter organisations are put on."""
    given = _named(request.form) if request.method == "POST" else request.args.getlist("id")[:MOST_CHOSEN]
    page = organisation_page.of_onto(reader(), staff(reader()), given)
    if not page.chosen:
        flash(gettext("Select organisations in the list first."), "unsure")
        return redirect(url_for("organisations.index"), 303)
    return render_template("organisations/onto.html", page=page)


def _named(form: Mapping[str, str]) -> list[str]:
    """Return the ids that a form names, each in a field of its own."""
    return [name.removeprefix("known-") for name in form if name.startswith("known-")][:MOST_CHOSEN]


@blueprint.post("/organisations/onto")
def put_onto() -> Answer:
    """Put organisations into the list that is looked through before it is put on a letter."""
    member, letter_id = staff(reader()), request.form.get("letter", "")
    if not any(letter_id == one for one in organisation_page.of_onto(reader(), member, []).letters):
        raise InputError(letter=gettext("Select a letter."))
    member_id, ids = member.id, _named(request.form)
    with writer() as session:
        asked = directory.as_cosigners(session, session.get_one(User, member_id), ids)
        try:
            cosigner_lists.add(session, letter_id, member_id, asked)
        except IncomingError as error:
            raise InputError(*error.sentences) from error
    return redirect(url_for("many.show", letter_id=letter_id), 303)


# --- merged -----------------------------------------------------------------------------------------------------------


@blueprint.get("/organisations/<id:known_id>/merge", endpoint="merging_page")
def merging_page(known_id: str) -> Answer:
    """What will be when organisations are merged, and which of them stays."""
    given = request.form if request.method == "POST" else request.args
    others = request.form.get("with", "").split() if request.method == "POST" else request.args.getlist("with")
    member = staff(reader())
    known_id = directory.one(reader(), member, known_id, "coordinator").id
    try:
        page = organisation_page.of_merge(reader(), member, known_id, others, given.get("stays", ""))
    except InputError:
        return redirect(url_for("organisations.one", known_id=known_id), 303)
    return render_template("organisations/merge.html", page=page)


@blueprint.post("/organisations/<id:known_id>/merge")
def merge(known_id: str) -> Answer:
    """Merge organisations into the one that was chosen to stay."""
    directory.one(reader(), staff(reader()), known_id, "coordinator")
    ids = [known_id, *request.form.get("with", "").split()]
    stays = request.form.get("stays", "")
    if stays not in ids:
        raise InputError(stays=gettext("Select which name stays."))
    row = _act(merging.merge, stays, [one for one in ids if one != stays])
    said = ngettext(
        "%(num)s organisation merged into this one.", "%(num)s organisations merged into this one.", len(ids) - 1
    )
    return _back(row.id, said % {"num": len(ids) - 1})


# --- as a list --------------------------------------------------------------------------------------------------------

blueprint.get("/organisations.csv")(organisation_lists.export)
blueprint.get("/organisations/import")(organisation_lists.bring)
blueprint.post("/organisations/import")(organisation_lists.preview)
blueprint.post("/organisations/import/save")(organisation_lists.take_in)
