"""
Five thousand reminders of one letter, due at once: found, written down one by one on the record, and made; against
Flask-Mail making as many of the same words, each rendered by Flask for its reader, without a record.

Each round begins with a fresh copy of the database. Between two pieces the sweep waits for as long as one took, for
whoever signs meanwhile: it does nothing then, and holds no lock. That is no work and is left out of the figure, as it
is out of `acts` where that times what a piece takes; how long it would have waited is printed below.
"""

from __future__ import annotations

import functools
import shutil
import statistics
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

import sqlalchemy as sa
from flask import Flask, render_template
from flask_mail import Mail, Message

from config.settings import Settings
from emails import rendering
from tests.bench.figures import in_turn, record, timed
from tests.bench.mailing import quiet
from tests.support.factories import ANNA, open_sign_off, terms, words
from tests.support.mailings import asked
from workflow import clock, jobs
from workflow.campaigns import drafts
from workflow.database import Database
from workflow.jobs import batches
from workflow.languages import catalogue
from workflow.mails import writing
from workflow.mails.reading import Mailing
from workflow.models import Delivery

COUNT, PIECE = 5_000, 200
A_FEW = 1_000
"""By Flask-Mail: each costs the same."""
ROUNDS = 3


def measure() -> None:
    """Milliseconds for five thousand."""
    waits: list[float] = []
    with quiet(), tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "asked"
        _asked(made)
        with mock.patch.object(clock, "seconds", lambda: _now() + timedelta(days=7, hours=-1).total_seconds()):
            given = _reminded(made, [])[1]
            taken = in_turn(
                {
                    "ours": lambda: _reminded(made, waits)[0],
                    "Flask-Mail": functools.partial(_by_flask_mail, given, A_FEW),
                },
                ROUNDS,
            )
    record(f"remind/{COUNT}/vs_flask_mail", taken["ours"], taken["Flask-Mail"] * COUNT / A_FEW, "ms", ROUNDS)
    print(f"remind/{COUNT}: besides, {statistics.median(waits):.0f} ms in which others have the lock")


_now = clock.seconds


def _asked(made: Path) -> None:
    """An instance with a letter that as many are asked to sign; all mails have arrived; a reminder a day before."""
    database = Database(Settings(instance=made))
    database.migrate()
    with database.writing() as session:
        due = terms(deadline=clock.now() + timedelta(days=7), reminders=(1,))
        letter_id = drafts.take_in(session, words(), asked(COUNT), ANNA, dated=None, terms=due).id
    open_sign_off(database, letter_id)
    jobs.batch(database, letter_id)
    with database.writing() as session:
        for state in ("sending", "handed_over", "accepted"):
            session.connection().exec_driver_sql(f"UPDATE deliveries SET state = '{state}'")
    database.close()


def _reminded(made: Path, waits: list[float]) -> tuple[float, dict[str, object]]:
    """
    Remind all in a fresh copy of an instance: do what the sweep does, and make all mails.

    Returns how long it took and what the templates of one reminder are given; how long it would have waited besides
    comes to `waits`.
    """
    waited: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "instance"
        shutil.copytree(made, copy)
        database = Database(Settings(instance=copy)).patient()
        with mock.patch.object(batches.time, "sleep", waited.append):
            took = timed(functools.partial(_remind, database))
        given = _given(database)
        database.close()
    waits.append(sum(waited) * 1000)
    return took, given


def _remind(database: Database) -> None:
    jobs.keep_time(database, lambda: True)
    with database.reading() as session:
        every = list(session.scalars(sa.select(Delivery.id).where(Delivery.kind == "reminder")))
    assert len(every) == COUNT, f"{len(every)} reminders were written."
    for first in range(0, COUNT, PIECE):
        with database.reading() as session:
            made = writing.write_many(session, every[first : first + PIECE])
            assert all(one.content for one in made.values())


def _given(database: Database) -> dict[str, object]:
    """What the templates of one reminder are given."""
    with database.reading() as session:
        row = session.scalars(sa.select(Delivery).where(Delivery.kind == "reminder").limit(1)).one()
        mail, source = writing._source(mailing := Mailing(session, [row.id]), mailing.rows[0])
        told = mail.layout.given(mail.write(source))
        return {"mail_language": "en", "direction": "ltr", "subject": "Reminder", **told}


def _by_flask_mail(given: dict[str, object], count: int) -> float:
    app = Flask("plain", template_folder=str(writing.TEMPLATES))
    app.config["MAIL_DEFAULT_SENDER"] = "us@example.org"
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_translations(catalogue("en"), newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(plain=rendering.plain, filled=rendering.filled)
    Mail(app)

    def make() -> None:
        with app.app_context():
            for number in range(count):
                its = {**given, "organisation": f"Organisation {number}", "link": f"https://l.example/s/{number:043}"}
                said = [render_template(f"reminder/body.{kind}", **its) for kind in ("txt", "html")]
                Message(f"Reminder: {given['title']}", [f"o{number}@example.org"], *said).as_bytes()

    return timed(make)
