"""HTTP only: parse, call one act, answer. No rule of a letter's life is in here."""

from __future__ import annotations

import contextlib

from flask import Flask, Request, abort, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from workflow import __version__
from workflow.database import Database
from workflow.instance import instance
from workflow.languages import lazy_gettext
from workflow.pages import (
    auditor,
    common_log,
    cosigner,
    error_pages,
    filters,
    genuine,
    health,
    i18n,
    joining,
    ledger,
    mailbox,
    sent_form,
    staff,
    stopping,
    threshold,
    verifying,
    visiting,
)
from workflow.pages.addresses import CONVERTERS
from workflow.pages.context import end_reading
from workflow.pages.rate_limits import limiter
from workflow.pages.security import is_from_elsewhere, secure
from workflow.trouble import in_words


def register(app: Flask) -> None:
    """Give the app its pages, its protections and its error pages."""
    app.session_interface = LazySecretKey()
    app.before_request(_begin)
    app.before_request(_only_our_own_forms)
    app.before_request(threshold.cross)
    app.url_map.converters.update(CONVERTERS)
    CSRFProtect(app).exempt(stopping.blueprint)
    app.before_request(_as_the_page_sent_it)
    limiter.init_app(app)
    # No page is limited but those that say so: these look themselves, and the others need not be looked at.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
    staff.register(app)
    cosigner.register(app)
    for part in (health, verifying, auditor, common_log, ledger, genuine, stopping, joining):
        app.register_blueprint(part.blueprint)
    visiting.init_app(app)
    if app.extensions["undersigned"].settings.keeps_mails_here:
        app.register_blueprint(mailbox.blueprint)
    app.after_request(secure)
    # Run in the reverse order: the reader is given back before anything is written.
    app.teardown_appcontext(staff.account.note_seen)
    app.teardown_appcontext(_close)
    error_pages.register(app)
    app.jinja_env.filters.update(filters.FILTERS)
    app.jinja_env.globals["version"] = __version__
    i18n.init_app(app)
    sent_form.init_app(app)


class LazySecretKey(SecureCookieSessionInterface):
    """Cookies are signed with a key that is made at the first request, not when the app is put together."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session of a request; the database comes first, for it knows whether the key may be made."""
        try:
            if app.secret_key is None:
                _sign_cookies(app, instance().database)
        except Exception as error:
            if in_words(error) is None:
                raise
            g.trouble = error
            return None
        return super().open_session(app, request)


def _sign_cookies(app: Flask, database: Database) -> None:
    """Sign cookies and forms with the first secret; those that another one has signed are still read."""
    database.check_keys()
    secrets = database.settings.secrets()
    app.config["SECRET_KEY_FALLBACKS"] = list(secrets[1:])
    app.config["WTF_CSRF_SECRET_KEY"] = list(reversed(secrets))
    app.secret_key = secrets[0]


def _begin() -> None:
    """Name the page for the log; none is served without the database and its keys, but the error page's stylesheet."""
    request.environ["undersigned.page"] = request.url_rule.rule if request.url_rule else ""
    if "trouble" in g and request.endpoint != "static":
        raise g.trouble


def _as_the_page_sent_it() -> None:
    """A form says each thing once, its words as words and its file as `file`: nothing is read in two ways."""
    if request.method != "POST":
        return
    twice = any(len(given) > 1 for sent in (request.form, request.files) for _, given in sent.lists())
    if twice or request.is_json or set(request.files) - {"file"}:
        abort(400)


def _only_our_own_forms() -> tuple[str, int] | None:
    """
    The second check beside the token of each form; the token of somebody's own session is no way round it.

    What stops mails is pressed in mail programs too (RFC 8058): its address is all that it takes, and nobody else's.
    """
    if request.blueprint == stopping.blueprint.name or not is_from_elsewhere():
        return None
    return error_pages.page(
        403,
        lazy_gettext("This form was sent from another site"),
        lazy_gettext("Nothing was changed. Open it again from your email or the list."),
    )


def _close(error: BaseException | None) -> None:
    # A connection that is broken cannot be given back in order, and need not be.
    with contextlib.suppress(SQLAlchemyError):
        end_reading()
