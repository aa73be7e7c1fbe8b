"""
A mailing of thousands, drained: ours with its record kept, Flask-Mail over one kept connection without one; and what
it costs those who sign meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from math import log
from pathlib import Path

from flask import Flask
from flask_mail import Mail, Message
from sqlalchemy import func, select

from config.settings import Settings
from tests.bench import serving
from tests.bench.figures import in_turn, record, timed
from tests.support.mailings import invited
from tests.support.relay import RelayApart
from workflow import jobs
from workflow.database import Database
from workflow.mails.writing import write
from workflow.models import Delivery

FEW, MANY = 500, 5_000
ROUNDS = 3
TOPIC = "Free the seventeen"
SIGNED = 500
SIGNING = 4
"""So many sign at once."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let this process and those that it starts write their logs into nothing: a line for each mail is thousands."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def asked(folder: Path, count: int) -> str:
    """Make an instance with one letter that so many are asked to sign, all mails waiting; returns the letter's id."""
    database = Database(Settings(instance=folder))
    database.migrate()
    letter_id = invited(database, count)
    database.close()
    return letter_id


def drained(made: Path, letter_id: str, count: int) -> float:
    """Send all the mails of a fresh copy of an instance as a worker does; returns mails a second."""
    with tempfile.TemporaryDirectory() as folder, RelayApart() as relay:
        copy = Path(folder) / "instance"
        shutil.copytree(made, copy)
        database = Database(Settings(instance=copy)).patient()
        spent = timed(functools.partial(jobs.deliver, database, letter_id, relay.server, "bench"))
        with database.reading() as session:
            accepted = session.scalar(select(func.count()).where(Delivery.state == "accepted"))
        database.close()
        came = relay.numbers()
    assert accepted == count == came["dots"] == came["different"], "Each mail leaves once."
    return count / spent * 1000


def one_mail(made: Path) -> tuple[str, str]:
    """Return the text and the HTML of an invitation of ours."""
    database = Database(Settings(instance=made))
    with database.reading() as session:
        content = write(session, session.scalars(select(Delivery).limit(1)).one())
    database.close()
    mail = message_from_bytes(content, policy=policy.default)
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    assert all(parts), "The invitation has a text and an HTML part."
    return parts[0].get_content(), parts[1].get_content()


def by_flask_mail(plain: str, html: str, count: int) -> float:
    """Send as many mails of the same size over one kept connection, without a record; returns mails a second."""
    with RelayApart() as relay:
        app = Flask("plain")
        app.config |= {"MAIL_SERVER": relay.server.host, "MAIL_PORT": relay.server.port}
        app.config["MAIL_DEFAULT_SENDER"] = "us@example.org"
        mail = Mail(app)

        def send() -> None:
            with app.app_context(), mail.connect() as connection:
                for number in range(count):
                    connection.send(Message(TOPIC, [f"o{number}@example.org"], plain, html))

        spent = timed(send)
        assert relay.numbers()["different"] == count, "Each mail leaves once."
    return count / spent * 1000


def measure() -> None:
    """Mails a second against Flask-Mail, and how the time grows with the number of mails."""
    with quiet(), tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[], float]] = {}
        for count in (FEW, MANY):
            made = Path(folder) / str(count)
            letter_id = asked(made, count)
            ways[f"ours {count}"] = functools.partial(drained, made, letter_id, count)
        ways["Flask-Mail"] = functools.partial(by_flask_mail, *one_mail(made), MANY)
        drained(made, letter_id, MANY)
        taken = in_turn(ways, ROUNDS)
    record(f"mail/{MANY}/vs_flask_mail", taken[f"ours {MANY}"], taken["Flask-Mail"], "mails/s", ROUNDS)
    seconds = {count: count / taken[f"ours {count}"] for count in (FEW, MANY)}
    print(f"mail/{MANY}/growth from {FEW} mails: exponent {log(seconds[MANY] / seconds[FEW]) / log(MANY / FEW):.2f}")


# --- sign-offs meanwhile ---------------------------------------------------------------------------------------------


def measure_meanwhile() -> None:
    """The 99th percentile of sign-offs over HTTP while thousands of mails leave from the same process, against idle."""
    taken: dict[str, list[float]] = {"mailing": [], "idle": []}
    with quiet(), tempfile.TemporaryDirectory() as folder:
        made, sent = Path(folder) / "waiting", Path(folder) / "sent"
        letter_id = asked(made, MANY)
        shutil.copytree(made, sent)
        with RelayApart() as relay:
            database = Database(Settings(instance=sent)).patient()
            jobs.deliver(database, letter_id, relay.server, "bench")
            database.close()
        for _ in range(ROUNDS):
            taken["mailing"].append(meanwhile(made, MANY))
            taken["idle"].append(meanwhile(sent, 0))
    p99 = {name: statistics.median(values) for name, values in taken.items()}
    record("signoff_p99/mailing_vs_idle", p99["mailing"], p99["idle"], "ms", ROUNDS)


def meanwhile(made: Path, mails: int) -> float:
    """Sign in a fresh copy of an instance while its mails leave; returns the 99th percentile (ms)."""
    with tempfile.TemporaryDirectory() as folder, RelayApart(held=True) as relay:
        copy = Path(folder) / "instance"
        shutil.copytree(made, copy)
        url = f"smtp://127.0.0.1:{relay.server.port}"
        with serving.served("wsgi:app", UNDERSIGNED_INSTANCE=str(copy), UNDERSIGNED_SMTP_URL=url) as port:
            links = serving.links_of(Database(Settings(instance=copy)))[:SIGNED]
            visits = [serving.visit(port, link, number) for number, link in enumerate(links)]
            relay.let_go()
            return _p99(port, visits, functools.partial(_wait_for, relay, mails) if mails else None)


def _wait_for(relay: RelayApart, mails: int) -> None:
    while relay.numbers()["dots"] < mails:
        time.sleep(0.05)


def _p99(port: int, visits: list[serving.Visit], meanwhile: Callable[[], None] | None) -> float:
    """Sign while something goes on; what was signed after its end does not count."""
    waiting, taking, times, over = iter(enumerate(visits)), threading.Lock(), list[float](), threading.Event()

    def work() -> None:
        client = http.client.HTTPConnection("127.0.0.1", port)
        while not over.is_set():
            with taking:
                number, visit = next(waiting, (0, None))
            if visit is None:
                break
            began = time.perf_counter()
            serving.sign(visit, number, client)
            times.append((time.perf_counter() - began) * 1000)
        client.close()

    threads = [threading.Thread(target=work) for _ in range(SIGNING)]
    for thread in threads:
        thread.start()
    if meanwhile is not None:
        meanwhile()
        over.set()
    for thread in threads:
        thread.join()
    assert len(times) >= 100, f"Only {len(times)} have signed before all mails had left."
    return statistics.quantiles(times, n=100)[98]
