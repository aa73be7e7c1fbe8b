"""One's own account: as whom one is named, in which language and zone one reads, what one is told of by email."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from workflow import accounts
from workflow.campaigns import digests
from workflow.languages import LANGUAGES
from workflow.models import User
from workflow.pages import i18n
from workflow.pages.context import reader, writer
from workflow.pages.i18n import gettext
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import times
from workflow.pages.staff.account import ask, blueprint, staff
from workflow.pages.staff.forms import ProfileForm, checked

DIGEST = "digest"
"""The field that asks for an email each morning; no campaign's id is this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the forms of an account show."""

    name: str
    organisation: str
    email: str
    language: str
    timezone: str
    languages: dict[str, str]
    zones: dict[str, str]
    notices: tuple[accounts.Notices, ...]
    """The campaigns that one coordinates, and whether one is told by email of what needs somebody there."""
    digest: bool
    """Whether one gets an email each morning."""
    morning: str
    """In which zone that is."""
    admin: bool


def _shown(user: User, *, guess: bool = False) -> Profile:
    zone = user.timezone or (times.guessed() if guess else "")
    return Profile(
        name=user.name,
        organisation=user.organisation,
        email=user.email,
        language=user.language or (i18n.asked_for() if guess else ""),
        timezone=zone,
        languages={"": gettext("As the browser asks"), **LANGUAGES},
        zones={"": gettext("Each letter’s own time zone"), **times.offered(zone)},
        notices=tuple(accounts.notices_of(reader(), user)),
        digest=user.digest or guess,
        morning=digests.zone_of(reader(), user).replace("_", " "),
        admin=user.admin,
    )


@blueprint.get("/account")
def show() -> str:
    """One's own account."""
    return render_template("account.html", profile=_shown(staff(reader())))


@blueprint.post("/account")
def save() -> BaseResponse:
    """Change one's own account."""
    _keep(staff(reader()))
    flash(gettext("Saved."), "done")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/notices")
def notices() -> BaseResponse:
    """Choose of what one is told by email: each morning, and at once of which campaigns."""
    member = staff(reader())
    wanted = {name for name, ticked in request.form.items() if ticked == "y"}
    with writer() as writing:
        accounts.set_notices(writing, member.id, wanted)
        accounts.set_digest(writing, member.id, wanted=DIGEST in wanted)
    flash(gettext("Saved."), "done")
    return redirect(url_for("account.show", _anchor="notices"), 303)


@blueprint.get("/account/welcome")
def welcome() -> str:
    """The first page of all: who one is."""
    return render_template("welcome.html", profile=_shown(staff(reader()), guess=True), to=_to())


@blueprint.post("/account/welcome")
def begin() -> BaseResponse:
    """Keep who one is, and go on to where one was going."""
    member = staff(reader())
    _keep(member)
    with writer() as writing:
        accounts.set_digest(writing, member.id, wanted=request.form.get(DIGEST) == "y")
    return redirect(_to(), 303)


def _to() -> str:
    """Where somebody was going: a page of ours, else the first."""
    asked = request.args.get("to", "")
    ours = asked.startswith("/") and not asked.startswith("//") and asked.isprintable() and "\\" not in asked
    return asked if ours else url_for("campaigns.index")


def _keep(member: User) -> None:
    form = checked(ProfileForm())
    with writer() as writing:
        accounts.set_profile(
            writing,
            member.id,
            name=form.name.data or "",
            organisation=form.organisation.data or "",
            language=form.language.data or "",
            timezone=form.timezone.data or "",
        )
    i18n.use_locale_of_staff(form.language.data or "")


def named_staff() -> User:
    """Return who is signed in, for pages on which campaigns begin; whoever has no name is asked for it before."""
    member = staff(reader())
    if not member.name:
        to = request.full_path.rstrip("?") if request.method == "GET" else ""
        abort(redirect(url_for("account.welcome", to=to or None), 303))
    return member


def _again() -> str:
    shown = {"account.save": show, "account.begin": welcome}
    return shown.get(request.endpoint or "", ask)()


show_again_on(blueprint, _again)
