"""How the app is served: threads in one process on SQLite, more processes on PostgreSQL (WEB_CONCURRENCY)."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response

from config.logs import keep_tokens_out
from config.permissions import private
from config.settings import settings, unknown_variables

private()
keep_tokens_out()

worker_class = "gthread"
threads = 16
timeout = 60
graceful_timeout = 30
keepalive = 5
preload_app = False
accesslog = "-" if settings().log_json else None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
# What a request says of its scheme, path and client is read by the app alone, as UNDERSIGNED_PROXIES says; gunicorn
# would believe it of whoever comes from this machine, and through a proxy that is everybody.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
if settings().embedded:
    workers = 1

_headers = Response.default_headers


def _without_server(response: Any) -> list[str]:
    """No answer says what serves it."""
    return [header for header in _headers(response) if not header.startswith("Server:")]


Response.default_headers = _without_server


class PageLogger(Logger):
    """An access log that names the page as the app knows it (`/s/<token>`), never the address that was asked for."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Return what a log line can say: no path, no query, no referrer, no header."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        page = environ.get("undersigned.page") or "(no page)"
        kept = {name: value for name, value in found.items() if not name.startswith("{")}
        return {**kept, "U": page, "r": f"{found['m']} {page} {found['H']}", "q": "", "f": "-", "u": "-"}


logger_class = PageLogger
_jobs: list[Any] = []


def on_starting(server: Any) -> None:
    """
    End with a sentence where a person has to mend something first: here, once, and not in worker after worker.

    A database server that only does not answer yet is waited for: pages say so until it does.
    """
    import wsgi

    for said in unknown_variables(os.environ):
        server.log.warning(said)
    why, lasts = wsgi.app.extensions["undersigned"].why_not()
    if lasts:
        print(why, file=sys.stderr)
        raise SystemExit(2)
    if why:
        server.log.error(why)


def post_worker_init(worker: Any) -> None:
    """Start the durable jobs in this process where the settings say so."""
    from config import collector

    # What is loaded by now stays: the collector need not look at it again in the middle of a request.
    collector.come_seldom()
    if settings().runs_jobs:
        threading.Thread(target=_start_jobs, args=(worker,), name="jobs", daemon=True).start()
    else:
        threading.Thread(target=_say_stalled, args=(worker,), name="stalled", daemon=True).start()


def _start_jobs(worker: Any) -> None:
    """Start them beside the first answers, which do not wait for it; without jobs this process must not serve."""
    instance = worker.app.callable.extensions["undersigned"]
    try:
        _jobs.append(instance.start_jobs(lambda: worker.alive, worker.log.error))
    except BaseException:
        worker.log.exception("The durable jobs could not be started.")
        worker.alive = False


def _say_stalled(worker: Any) -> None:
    """Say once where the jobs are left to others and nobody runs them; a database that is not to be had says itself."""
    try:
        worker.app.callable.extensions["undersigned"].say_stalled(worker.log.error)
    except Exception as error:
        worker.log.warning("Whether anybody runs the jobs is not known: %s", error)


def worker_exit(server: Any, worker: Any) -> None:
    """Finish the jobs that are under way."""
    for running in filter(None, _jobs):
        running.stop()
