"""The Flask app, put together: flask and gunicorn start here."""

from __future__ import annotations

import functools
import sys
from typing import Any

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings
from config.settings import settings as from_environment
from workflow import commands, pages
from workflow.database import Database
from workflow.pages.reach import database as opened


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """Make the app for one instance. Nothing is opened before the first request or command needs it."""
    settings = settings or from_environment()
    _log(settings)
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
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TRUSTED_HOSTS=[settings.host, "127.0.0.1", "localhost"],
        RATELIMIT_STORAGE_URI="memory://",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["undersigned"] = {"settings": settings, "database": database}
    app.extensions["undersigned"]["start_jobs"] = functools.partial(_start_jobs, app)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    pages.register(app)
    commands.register(app)
    return app


def _start_jobs(app: Flask) -> Any:
    """Run the durable jobs in this process too; returns what stops them."""
    from workflow import jobs

    with app.app_context():
        return jobs.start(opened(), "web")


def _log(settings: Settings) -> None:
    renderer = structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


app = create_app()
