"""The accounts of staff, for admins: who there is, who is an admin, who is signed out, who works here no more."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import String, bindparam, func, select
from werkzeug.wrappers import Response

from workflow import administration, history
from workflow.letter import text
from workflow.models import Membership, User
from workflow.pages.context import reader, writer
from workflow.pages.i18n import gettext
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff.account import admin
from workflow.pages.staff.paging import Key, Listing, Place, place_in

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
PAGE = 50
MOST_ASKED = 200
"""Characters of a search that are looked for."""

WANTED = bindparam("wanted", type_=String())
"""Folded, it holds neither % nor _; an empty one is in every name."""
CAMPAIGNS = select(func.count()).where(Membership.user_id == User.id).scalar_subquery().label("campaigns")
LISTED = select(User.id, User.name, User.organisation, User.email, User.admin, User.deactivated_at, CAMPAIGNS)
FOUND = Listing(
    LISTED,
    User.folded.contains(WANTED),
    (Key(User.folded.expression), Key(User.id.expression)),
    PAGE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of staff."""

    id: str
    name: str
    organisation: str
    email: str
    is_admin: bool
    is_active: bool
    campaigns: int
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """A page of them."""

    asked: str
    number: int
    accounts: tuple[Account, ...]
    previous: Place | None
    next: Place | None


@blueprint.get("")
def show() -> str:
    """The accounts of staff: a page of them, searched."""
    own, asked = admin(reader()), request.args.get("search", "")[:MOST_ASKED].strip()
    given = {"wanted": text.folded(asked) if asked else ""}
    found = FOUND.page(reader(), place_in(request.args), given)
    page = Accounts(
        asked=asked,
        number=FOUND.count(reader(), given),
        accounts=tuple(
            Account(
                id=row.id,
                name=row.name,
                organisation=row.organisation,
                email=row.email,
                is_admin=row.admin,
                is_active=row.deactivated_at is None,
                campaigns=row.campaigns,
                is_self=row.id == own.id,
            )
            for row in found.rows
        ),
        previous=found.previous,
        next=found.next,
    )
    return render_template("admin.html", page=page)


show_again_on(blueprint, show)


def _back(said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("admin.show"), 303)


@blueprint.post("/<id:user_id>/admin")
def give(user_id: str) -> Response:
    """Make somebody an admin."""
    by = admin(reader())
    with writer() as writing:
        user = administration.set_admin(writing, user_id, True, by)
    return _back(gettext("%(who)s is an admin now.") % {"who": user.called})


@blueprint.post("/<id:user_id>/no-admin")
def take(user_id: str) -> Response:
    """Take that from somebody."""
    by = admin(reader())
    with writer() as writing:
        user = administration.set_admin(writing, user_id, False, by)
    return _back(gettext("%(who)s is no admin any more.") % {"who": user.called})


@blueprint.post("/<id:user_id>/sign-out")
def sign_out(user_id: str) -> Response:
    """Sign somebody out everywhere."""
    by = admin(reader())
    with writer() as writing:
        ended = administration.end_sessions(writing, user_id, by)
    return _back(gettext("Sessions ended: %(number)s.") % {"number": ended})


@blueprint.post("/<id:user_id>/deactivation")
def deactivate(user_id: str) -> Response:
    """Let somebody sign in no more."""
    by = admin(reader())
    actor = history.coordinator(by.id)
    with writer() as writing:
        user = administration.deactivate(writing, user_id, by, actor)
    return _back(gettext("%(who)s can’t sign in any more.") % {"who": user.called})


@blueprint.post("/<id:user_id>/reactivation")
def reactivate(user_id: str) -> Response:
    """Let somebody sign in again."""
    by = admin(reader())
    with writer() as writing:
        user = administration.reactivate(writing, user_id, by)
    return _back(gettext("%(who)s can sign in again.") % {"who": user.called})
