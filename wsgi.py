"""The Flask app, put together: flask and gunicorn start here."""

from __future__ import annotations

from config import collector  # isort: skip

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from config.logs import keep_tokens_out
from config.permissions import private
from config.settings import Settings
from config.settings import settings as from_environment
from workflow import pages
from workflow.commands import Commands
from workflow.database import Database
from workflow.instance import Instance


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """Make the app for one instance. Nothing is opened before the first request or command needs it."""
    settings = settings or from_environment()
    app = Flask(
        __name__, template_folder="templates/pages", static_folder="templates/static", static_url_path="/static"
    )
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-undersigned" if settings.secure else "undersigned",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TRUSTED_HOSTS=[settings.host, "127.0.0.1", "localhost"],
        RATELIMIT_STORAGE_URI="database://",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}
    app.extensions["undersigned"] = Instance(settings, database)
    if settings.proxies:
        believed = {"x_for": settings.proxies, "x_proto": settings.proxies, "x_host": 0}
        app.wsgi_app = ProxyFix(app.wsgi_app, **believed)  # type: ignore[method-assign]
    pages.register(app)
    app.cli = Commands()
    return app


private()
keep_tokens_out()
app = create_app()
collector.go_on()
