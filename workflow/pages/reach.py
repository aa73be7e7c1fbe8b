"""How a page reaches the instance: its settings, its database, one reader for the whole request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app, g

from config.settings import Settings
from workflow.database import Database, open_database
from workflow.documents import Printer
from workflow.engines import CONNECT_SECONDS
from workflow.errors import UnavailableError
from workflow.pages.afterwards import Afterwards
from workflow.signoffs import Together
from workflow.transaction import Transaction
from workflow.trouble import DOWN

_opening = threading.Lock()


def settings() -> Settings:
    """Return the settings of this app."""
    return cast(Settings, current_app.extensions["undersigned"]["settings"])


def database() -> Database:
    """
    Return the database of this app, opened at its first use; an embedded one is created and migrated then.

    Raises `UnavailableError` where its tables are not current or the keys are others; the next request asks again.
    """
    known = current_app.extensions["undersigned"]
    if known["database"] is None:
        with _in_turn():
            known["database"] = known["database"] or open_database(settings())
    return cast(Database, known["database"])


@contextmanager
def _in_turn() -> Iterator[None]:
    """One request opens the database, and no other waits for a server that does not answer for longer than it."""
    if not _opening.acquire(timeout=CONNECT_SECONDS):
        raise UnavailableError(DOWN)
    try:
        yield
    finally:
        _opening.release()


def signing() -> Together:
    """Return what signs for all threads of this process."""
    opened, known = database(), current_app.extensions["undersigned"]
    with _opening:
        return cast(Together, known.setdefault("signing", Together(opened)))


def afterwards() -> Afterwards:
    """Return what mails in this process after the answer is out."""
    opened, known = database(), current_app.extensions["undersigned"]
    with _opening:
        return cast(Afterwards, known.setdefault("afterwards", Afterwards(opened)))


def printer() -> Printer:
    """Return what makes PDFs for the pages of this process."""
    with _opening:
        return cast(Printer, current_app.extensions["undersigned"].setdefault("printer", Printer()))


def reader() -> Transaction:
    """Return this request's reading session; it refuses to write."""
    if "reader" not in g:
        g.reading = database().reading()
        g.reader = g.reading.__enter__()
    return cast(Transaction, g.reader)


def close_reader() -> None:
    """Give the reading session back: at the end of a request, and before an act."""
    reading = g.pop("reading", None)
    g.pop("reader", None)
    if reading is not None:
        reading.__exit__(None, None, None)
