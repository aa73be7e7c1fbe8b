"""Staff sign in with a one-time link by mail. No password is kept, for there is none."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from workflow import accounts, sessions
from workflow.errors import NotFoundError
from workflow.instance import instance
from workflow.models import StaffSession, User
from workflow.pages.context import end_reading, reader, writer
from workflow.pages.i18n import gettext
from workflow.pages.rate_limits import by_network, guessed
from workflow.pages.staff.forms import SignInForm, checked
from workflow.transaction import Transaction

blueprint = Blueprint("account", __name__)
manager = LoginManager()
manager.login_view = "account.ask"
manager.login_message = None
# A session lives by its row; what Flask-Login would compare (address, X-Forwarded-For, browser) a thief brings along.
manager.session_protection = None
COOKIE = "_user_id"
"""Under this name Flask-Login keeps the session's id in the cookie."""


class Staff:
    """The member of staff behind a request, as Flask-Login wants it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, session: StaffSession) -> None:
        self.session = session

    def get_id(self) -> str:
        """Return the id of the session, which is what the cookie holds."""
        return self.session.id


@manager.user_loader
def _load(session_id: str) -> Staff | None:
    found = sessions.living(reader(), session_id)
    if found is not None and sessions.needs_noting(found):
        g.seen = found.id
    return Staff(found) if found else None


def note_seen(error: BaseException | None) -> None:
    """At the end of a request, when nothing is being read any more, keep that its session is in use."""
    if "seen" in g:
        sessions.note_seen(instance().database, g.pop("seen"))


def staff(reading: Transaction) -> User:
    """
    Return the member of staff who is signed in; 404 for anybody else, since staff pages do not exist for them.

    On a letter's page that they may read, it is whoever came by an auditor's link (`visiting.come_in`).
    """
    if "guest" in g:
        return cast(User, g.guest)
    if not current_user.is_authenticated:
        abort(manager.unauthorized())
    user = reading.get(User, current_user.session.user_id)
    if user is None:
        abort(404)
    return user


def admin(reading: Transaction) -> User:
    """Return the admin who is signed in; raises `NotFoundError` for any other member of staff."""
    member = staff(reading)
    if not member.admin:
        raise NotFoundError("There is no such page.")
    return member


@blueprint.get("/sign-in")
def ask() -> str:
    """The form that asks for an address."""
    return render_template("sign_in.html")


@blueprint.post("/sign-in")
def send() -> str:
    """Mail a link to a member of staff; the answer is the same for an address that is none."""
    form = checked(SignInForm())
    asked_for = str(form.email.data)
    instance().afterwards.mail(accounts.is_staff, accounts.mail_sign_in_link, asked_for, by_network())
    return render_template("sign_in_sent.html", email=form.email.data)


@blueprint.get("/sign-in/<token>")
def knock(token: str) -> str | tuple[str, int]:
    """A page with one button: a mail scanner that opens the link spends nothing."""
    if accounts.find_sign_in_link(reader(), token) is None:
        return _ended(token)
    return render_template("sign_in_knock.html", token=token)


def _ended(token: str) -> tuple[str, int]:
    was_sent = accounts.was_sent(reader(), token)
    end_reading()
    return render_template("sign_in_ended.html"), 429 if not was_sent and guessed("sign-in links") else 404


@blueprint.post("/sign-in/<token>")
def enter(token: str) -> BaseResponse | tuple[str, int]:
    """Spend the link and sign in."""
    if accounts.find_sign_in_link(reader(), token) is None:
        return _ended(token)
    with writer() as writing:
        user = accounts.spend_sign_in_link(writing, token)
        if user is not None:
            _end_own(writing)
            begun = sessions.begin(writing, user, request.remote_addr or "", request.user_agent.string)
    if user is None:
        return _ended(token)
    session.clear()
    session.permanent = True
    login_user(Staff(begun))
    first = url_for("account.welcome") if is_unknown(user) else url_for("campaigns.index")
    return redirect(first, 303)


def is_unknown(member: User) -> bool:
    """Whether somebody was never asked who they are: that comes first."""
    return not member.name or not (member.organisation or member.language)


@blueprint.post("/sign-out")
def leave() -> BaseResponse:
    """Sign out: the session ends, and with it every copy of its cookie."""
    with writer() as writing:
        _end_own(writing)
    session.clear()
    return redirect(url_for("account.ask"), 303)


def _end_own(writing: Transaction) -> None:
    """End the session of this browser, where there is one."""
    own = sessions.living(writing, session.get(COOKIE, ""))
    if own is not None:
        sessions.end(writing, own.user, own.id)


@blueprint.get("/sessions")
def where() -> str:
    """Where one is signed in."""
    member = staff(reader())
    here = sessions.networks_of(reader(), member.id, request.remote_addr or "")
    found = sessions.of(reader(), member)
    return render_template("sessions.html", sessions=found, own=current_user.get_id(), here=here)


@blueprint.post("/sessions/<id:session_id>/end")
def end(session_id: str) -> BaseResponse:
    """End one session of one's own."""
    member = staff(reader())
    with writer() as writing:
        ended = sessions.end(writing, member, session_id)
    if not ended:
        abort(404)
    flash(gettext("Session ended."), "done")
    return redirect(url_for("account.where"), 303)


@blueprint.post("/sessions/end-others")
def end_others() -> BaseResponse:
    """End every session of one's own but this one."""
    member, own = staff(reader()), current_user.get_id()
    with writer() as writing:
        ended = sessions.end_others(writing, member, own)
    flash(gettext("Sessions ended elsewhere: %(number)s.") % {"number": ended}, "done")
    return redirect(url_for("account.where"), 303)


@manager.unauthorized_handler
def _unauthorized() -> Response | BaseResponse:
    if COOKIE in session:
        logout_user()
        flash(gettext("You’ve been signed out. Sign in again to continue."), "unsure")
    elif request.method != "GET":
        abort(404)
    return redirect(url_for("account.ask"), 303)
