"""
What the bytes of a mail take, with its row read: an invitation among a thousand, against the same words built anew by
the standard library, and against our own slow way.
"""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import select

from config.settings import Settings
from tests.bench.figures import in_turn, record
from tests.support.mailings import invited
from workflow.database import Database
from workflow.mails.writing import write, write_many
from workflow.models import Delivery

COUNT = 1_000
A_FEW = 50
"""By the slow ways: each mail costs the same."""

ROUNDS = 5


def measure() -> None:
    """Microseconds of the processor for a mail."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder)))
        database.migrate()
        invited(database, COUNT)
        with database.reading() as session:
            every = list(session.scalars(select(Delivery.id)))
        plain, rich = _words(database, every[0])
        ways: dict[str, Callable[[], float]] = {
            "ours": functools.partial(_each, functools.partial(_many, database, every), COUNT),
            "alone": functools.partial(_each, functools.partial(_alone, database, every[:A_FEW]), A_FEW),
            "EmailMessage": functools.partial(_each, functools.partial(_built, plain, rich, A_FEW), A_FEW),
        }
        taken = in_turn(ways, ROUNDS)
        database.close()
    record("mime/1000/vs_email_message", taken["ours"], taken["EmailMessage"], "us", ROUNDS)
    record("mime/1000/vs_alone", taken["ours"], taken["alone"], "us", ROUNDS)


def _each(work: Callable[[], object], count: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / count * 1e6


def _many(database: Database, every: list[str]) -> None:
    with database.reading() as session:
        written = write_many(session, every)
        assert all(one.skeleton and one.content for one in written.values())


def _alone(database: Database, every: list[str]) -> None:
    with database.reading() as session:
        for delivery_id in every:
            write(session, session.get_one(Delivery, delivery_id))


def _words(database: Database, delivery_id: str) -> list[str]:
    with database.reading() as session:
        content = write(session, session.get_one(Delivery, delivery_id))
    return [part.get_content() for part in message_from_bytes(content, policy=SMTP).iter_parts()]  # type: ignore[attr-defined]


def _built(plain: str, rich: str, count: int) -> None:
    for number in range(count):
        mail = EmailMessage(SMTP)
        mail["From"], mail["To"] = "Anna via Undersigned <letters@example.org>", f"Jané Doe <o{number}@example.org>"
        mail["Subject"] = "Will you sign? Free the seventeen"
        mail.set_content(plain)
        mail.add_alternative(rich, subtype="html")
        mail.as_bytes()
