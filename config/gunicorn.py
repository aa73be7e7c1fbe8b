"""How the app is served: threads in one process on SQLite, more processes on PostgreSQL (WEB_CONCURRENCY)."""

from __future__ import annotations

import gc
import re
import threading
from typing import Any

from gunicorn.glogging import Logger

from config.settings import settings

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

WITHOUT_TOKEN = re.compile(r"/|/(static|letters|review|sessions|healthz|mailbox)(/[\w-][\w.-]*)*/?")


class ScrubbedLogger(Logger):
    """An access log that shows only paths that never hold a token: there are many ways to write one that does."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Return what a log line can say, without tokens."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = found["U"] if WITHOUT_TOKEN.fullmatch(found["U"] or "") else "/***"
        return {**found, "U": path, "q": "", "f": "-", "r": f"{found['m']} {path} {found['H']}"}


logger_class = ScrubbedLogger
_jobs: list[Any] = []


def post_worker_init(worker: Any) -> None:
    """Start the durable jobs in this process where the settings say so."""
    # What is loaded by now stays: the collector need not look at it again in the middle of a request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    if settings().runs_jobs:
        threading.Thread(target=_start_jobs, args=(worker,), name="jobs", daemon=True).start()


def _start_jobs(worker: Any) -> None:
    """Start them beside the first answers, which do not wait for it; without jobs this process must not serve."""
    try:
        _jobs.append(worker.app.callable.extensions["undersigned"]["start_jobs"]())
    except BaseException:
        worker.log.exception("The durable jobs could not be started.")
        worker.alive = False


def worker_exit(server: Any, worker: Any) -> None:
    """Finish the jobs that are under way."""
    for running in _jobs:
        running.stop()
