"""The running service over HTTP: its first answer after a start, and sign-offs, each against a plain Flask app."""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from config.settings import Settings
from tests.bench.figures import in_turn, record
from tests.support.factories import ANNA, open_sign_off, terms, words
from tests.support.machine import PostgreSQL, postgresql_binaries
from workflow import jobs
from workflow.campaigns import drafts
from workflow.database import Database
from workflow.letter import text
from workflow.models import Link

ROOT = Path(__file__).parent.parent.parent
CLIENTS = (1, 8, 32)
ROUNDS = 5
EACH_ROUND = 96
STARTS = 7


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(app: str, port: int) -> list[str]:
    """Both apps are served alike: gunicorn, one process, sixteen threads."""
    serve = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "16", "--log-level", "error"]
    if app == "wsgi:app":
        serve = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--log-level", "error"]
    return [*serve, "--bind", f"127.0.0.1:{port}", "--no-control-socket", app]


@contextlib.contextmanager
def served(app: str, **surroundings: str) -> Iterator[int]:
    """Serve an app in a process of its own until the block ends; gives the port."""
    port = free_port()
    known = {**os.environ, "PYTHONPATH": str(ROOT), **surroundings}
    known |= {"UNDERSIGNED_PUBLIC_URL": f"http://127.0.0.1:{port}", "UNDERSIGNED_PROXIES": "1"}
    process = subprocess.Popen(_command(app, port), cwd=ROOT, env=known, stdout=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            client.request("GET", "/healthz")
            client.getresponse().read()
            client.close()
            return
        time.sleep(0.002)
    raise SystemExit("The server ended before it answered; what it said stands above.")


# --- the start -----------------------------------------------------------------------------------------------------


def measure_start() -> None:
    """The time from the command to the first answer of an instance that exists."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder)))
        database.migrate()
        database.close()

        def first_answer(app: str) -> float:
            began = time.perf_counter()
            with served(app, UNDERSIGNED_INSTANCE=folder, BENCH_INSTANCE=folder):
                return (time.perf_counter() - began) * 1000

        ways = {"ours": "wsgi:app", "plain": "tests.bench.bare:app"}
        for app in ways.values():
            first_answer(app)
        taken = in_turn({name: functools.partial(first_answer, app) for name, app in ways.items()}, STARTS)
    record("start/vs_flask_orm", taken["ours"], taken["plain"], "ms", STARTS)


# --- sign-offs -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Visit:
    """A co-signer's page, opened: where the answer goes, with which cookie and form."""

    path: str
    cookie: str
    form: str


@contextlib.contextmanager
def _databases(kind: str) -> Iterator[tuple[str, str]]:
    """Two fresh databases of a kind, ours and the plain app's, as URLs; empty for an embedded one."""
    if kind == "sqlite":
        yield "", ""
        return
    binaries = postgresql_binaries()
    assert binaries is not None, "PostgreSQL is not installed: apt-get install postgresql"
    server = PostgreSQL(binaries, durable=True)
    try:
        yield server.create(), server.create()
    finally:
        server.stop()


def _invited(folder: str, url: str, count: int) -> list[str]:
    """A letter open for sign-off; returns the paths of its links."""
    settings = Settings(instance=Path(folder), database_url=url)
    database = Database(settings)
    if not url:
        database.migrate()
    asked = [text.Cosigner(f"Organisation {n}", f"O{n}", "", "", f"o{n}@example.org") for n in range(count)]
    with database.writing() as session:
        letter_id = drafts.take_in(session, words(), asked, ANNA, dated=None, terms=terms()).id
    open_sign_off(database, letter_id)
    jobs.batch(database, letter_id)
    return links_of(database)


def links_of(database: Database) -> list[str]:
    """Return the paths of all links that live, and close the database."""
    with database.reading() as session:
        links = session.scalars(select(Link).where(Link.revoked_at.is_(None)))
        found = [f"/s/{session.tokens.links(link.id)[0]}" for link in links]
    database.close()
    return found


def visit(port: int, link: str, number: int) -> Visit:
    """Open a link as a person does: follow it to the clean address and take the form from the page."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.request("GET", link, headers=_from(number))
    moved = client.getresponse()
    moved.read()
    cookie = (moved.headers["Set-Cookie"] or "").partition(";")[0]
    path = urllib.parse.urlsplit(moved.headers["Location"]).path
    client.request("GET", path, headers={**_from(number), "Cookie": cookie})
    shown = client.getresponse()
    page = shown.read().decode()
    cookie = (shown.headers["Set-Cookie"] or cookie).partition(";")[0]
    client.close()
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("csrf_token", "digest")}
    form = {"choice": "sign", "name": f"Person {number}", "title": "Director", "authorised": "y"}
    form |= {name: match[1] for name, match in found.items() if match}
    return Visit(f"{path}/answer", cookie, urllib.parse.urlencode(form))


def _from(number: int) -> dict[str, str]:
    """Each co-signer comes from an address of its own, as the proxy in front says."""
    return {"X-Forwarded-For": f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"}


def rates(clients: int, requests: list[Callable[[http.client.HTTPConnection], None]], port: int) -> list[float]:
    """Send requests from so many clients at once over kept connections; returns requests a second and p50, p99 (ms)."""
    waiting = iter(requests)
    taking, times = threading.Lock(), []

    def work() -> None:
        client = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            with taking:
                request = next(waiting, None)
            if request is None:
                client.close()
                return
            began = time.perf_counter()
            request(client)
            times.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return [len(times) / spent, cuts[49], cuts[98]]


def sign(visit: Visit, number: int, client: http.client.HTTPConnection) -> None:
    headers = {"Cookie": visit.cookie, "Content-Type": "application/x-www-form-urlencoded", **_from(number)}
    client.request("POST", visit.path, visit.form, headers)
    answer = client.getresponse()
    said = answer.read()
    assert answer.status == 303, (answer.status, said[-500:])


def _plain(method: str, path: str, client: http.client.HTTPConnection) -> None:
    client.request(method, path)
    answer = client.getresponse()
    answer.read()
    assert answer.status == 200


def _read(visit: Visit, number: int, client: http.client.HTTPConnection) -> None:
    client.request("GET", visit.path.removesuffix("/answer"), headers={"Cookie": visit.cookie, **_from(number)})
    answer = client.getresponse()
    said = answer.read()
    assert answer.status == 200, (answer.status, said[-500:])


def measure_signoffs() -> None:
    """
    Reading the page and signing (link, form, lock, machine, history, receipt and job queued, durable), on each
    database, against a plain app's one select and one insert there.
    """
    for kind in ("sqlite", "postgresql"):
        with _databases(kind) as (url, plain_url), tempfile.TemporaryDirectory() as folder:
            _measure_signoffs(kind, url, plain_url, folder)


def _measure_signoffs(kind: str, url: str, plain_url: str, folder: str) -> None:
    counts = {clients: min(EACH_ROUND, 16 * clients) for clients in CLIENTS}
    links = iter(enumerate(_invited(folder, url, sum(counts.values()) * ROUNDS + 1)))
    surroundings = {"WEB_CONCURRENCY": "2"} if url else {}
    ours = served(
        "wsgi:app",
        UNDERSIGNED_INSTANCE=folder,
        UNDERSIGNED_DATABASE_URL=url,
        UNDERSIGNED_JOBS_IN_WEB="false",
        **surroundings,
    )
    bare = served(
        "tests.bench.plain:create_app()", BENCH_INSTANCE=f"{folder}/plain", BENCH_DATABASE_URL=plain_url, **surroundings
    )
    with ours as port, bare as plain:
        for clients, count in counts.items():
            taken: dict[str, list[list[float]]] = {name: [] for name in ("read", "select", "sign", "insert")}
            for _ in range(ROUNDS):
                visits = [(n, visit(port, link, n)) for n, link in (next(links) for _ in range(count))]
                reading = [functools.partial(_read, visit, n) for n, visit in visits]
                signing = [functools.partial(sign, visit, n) for n, visit in visits]
                taken["read"].append(rates(clients, reading, port))
                taken["select"].append(rates(clients, [functools.partial(_plain, "GET", "/select")] * count, plain))
                taken["sign"].append(rates(clients, signing, port))
                taken["insert"].append(rates(clients, [functools.partial(_plain, "POST", "/insert")] * count, plain))
            _record(f"review/{clients}/vs_one_select", kind, taken["read"], taken["select"], "pages/s")
            _record(f"signoff/{clients}/vs_one_insert", kind, taken["sign"], taken["insert"], "sign-offs/s")


def _record(name: str, kind: str, ours: list[list[float]], plain: list[list[float]], unit: str) -> None:
    """Record the rate and the 99th percentile; the rate on SQLite also without the database's name."""
    rate, p99 = (
        (statistics.median(run[i] for run in ours), statistics.median(run[i] for run in plain)) for i in (0, 2)
    )
    if kind == "sqlite" and name.startswith("signoff"):
        record(name, *rate, unit, ROUNDS)
    record(f"{name}/{kind}", *rate, unit, ROUNDS)
    record(f"{name}/{kind}/p99", *p99, "ms", ROUNDS)
