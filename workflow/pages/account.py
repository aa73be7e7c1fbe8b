"""Staff sign in with a one-time link by mail. No password is kept, for there is none."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from workflow import accounts
from workflow.models import User
from workflow.pages.forms import SignInForm
from workflow.pages.limits import ASKINGS, GUESSES, count
from workflow.pages.reach import afterwards, close_reader, database, reader

blueprint = Blueprint("account", __name__)
manager = LoginManager()
manager.login_view = "account.ask"
manager.login_message = None


class Staff:
    """The member of staff behind a request, as Flask-Login wants it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return the user's id."""
        return self.user.id


@manager.user_loader
def _load(user_id: str) -> Staff | None:
    user = reader().get(User, user_id)
    return Staff(user) if user else None


def staff(reading: Session) -> User:
    """Return the member of staff who is signed in; 404 for anybody else, since staff pages do not exist for them."""
    if not current_user.is_authenticated:
        abort(manager.unauthorized())
    user = reading.get(User, current_user.get_id())
    if user is None:
        abort(404)
    return user


@blueprint.get("/sign-in")
def ask() -> str:
    """The form that asks for an address."""
    return render_template("sign_in.html", form=SignInForm())


@blueprint.post("/sign-in")
def send() -> str | tuple[str, int]:
    """Mail a link to a member of staff; the answer is the same for an address that is none."""
    count(ASKINGS, "sign-in")
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("sign_in.html", form=form), 400
    afterwards().mail(accounts.is_staff, accounts.mail_sign_in_link, str(form.email.data))
    return render_template("sign_in_sent.html", email=form.email.data)


@blueprint.get("/sign-in/<token>")
def knock(token: str) -> str | tuple[str, int]:
    """A page with one button: a mail scanner that opens the link spends nothing."""
    if accounts.find_sign_in_link(reader(), token) is None:
        return _ended(token)
    return render_template("sign_in_knock.html", token=token)


def _ended(token: str) -> tuple[str, int]:
    guessed = not accounts.was_sent(reader(), token)
    close_reader()
    if guessed:
        count(GUESSES, "sign-in links")
    return render_template("sign_in_ended.html", form=SignInForm()), 404


@blueprint.post("/sign-in/<token>")
def enter(token: str) -> BaseResponse | tuple[str, int]:
    """Spend the link and sign in."""
    if accounts.find_sign_in_link(reader(), token) is None:
        return _ended(token)
    close_reader()
    with database().writing() as writing:
        user = accounts.spend_sign_in_link(writing, token)
    if user is None:
        return _ended(token)
    session.clear()
    session.permanent = True
    login_user(Staff(user))
    return redirect(url_for("coordinator.letters"), 303)


@blueprint.post("/sign-out")
def leave() -> BaseResponse:
    """Sign out."""
    logout_user()
    session.clear()
    return redirect(url_for("account.ask"), 303)


@manager.unauthorized_handler
def _unauthorized() -> Response | BaseResponse:
    if request.method != "GET":
        abort(404)
    return redirect(url_for("account.ask"), 303)
