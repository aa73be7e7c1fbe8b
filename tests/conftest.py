"""Real databases for every test that touches data: SQLite, and a private PostgreSQL server where there is one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask

from config import collector
from config.settings import Settings
from emails.mailbox import LocalMailbox
from tests.support import compiled, factories
from tests.support.failing_mail_server import Authority
from tests.support.lived import lived
from tests.support.machine import (
    PostgreSQL,
    free_port,
    postgresql_binaries,
)
from workflow import clock
from workflow.database import Database


def _quick_folder() -> str | None:
    """Return a folder in memory with room enough: every commit waits for its disk, and each test has a disk's worth."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 8 << 30 else None


# Compiled once, and kept: a run starts hundreds of processes, and each would compile all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if _quick_folder() and "TMPDIR" not in os.environ:
    # For pytest, and for the programs that tests start.
    tempfile.tempdir = os.environ["TMPDIR"] = _quick_folder()


# The suite tries the same examples on every machine; `make soak` tries others each time.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis.settings.load_profile("default" if os.environ.get("SOAK") else "suite")


compiled.share()


def pytest_configure(config: pytest.Config) -> None:
    """No test reads what the shell has set for a real instance."""
    for name in list(os.environ):
        if name.startswith("UNDERSIGNED_"):
            del os.environ[name]


LONG = (
    "journeys",
    "test_five_weeks",
    "test_crashes",
    "test_machines",
    "test_races",
    "test_pdf",
    "test_addresses",
    "test_limits_hold",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: at the end no process waits for another."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONG))


def pytest_collection_finish(session: pytest.Session) -> None:
    """The collector of garbage leaves alone what is loaded by now, and comes as seldom as where the app is served."""
    collector.come_seldom()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The private server of this run; skips where PostgreSQL is not installed."""
    binaries = postgresql_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgreSQL(binaries)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    database = Database(Settings(instance=folder))
    database.migrate()
    with database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "undersigned.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh instance: once on SQLite, once on PostgreSQL."""
    instance = tmp_path / "instance"
    instance.mkdir()
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = server.create()
        yield Settings(instance=instance, database_url=url)
        server.drop(url)
        return
    shutil.copy(request.getfixturevalue("migrated_sqlite"), instance / "undersigned.db")
    yield Settings(instance=instance)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A fresh database with all tables."""
    opened = Database(settings)
    yield opened
    opened.close()


@pytest.fixture
def letter_id(database: Database) -> str:
    """A letter that two organisations are asked to sign."""
    return str(lived(database, _two_are_asked))


def _two_are_asked(database: Database) -> str:
    made = factories.take_in(database, 2)
    factories.open_sign_off(database, made)
    return made


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LocalMailbox]:
    """A real SMTP server, which keeps what it takes."""
    server = LocalMailbox(tmp_path / "received")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Moves the product's clock, and leaves the machine's alone: `later(hours=25)`, `later(hours=-1)`."""
    ahead = 0.0

    def move(**by: float) -> None:
        nonlocal ahead
        ahead += timedelta(**by).total_seconds()

    monkeypatch.setattr(clock, "seconds", lambda: time.time() + ahead)
    return move


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The app of a fresh instance; what goes wrong in a page goes wrong in the test."""
    from wsgi import create_app

    made = create_app(settings, database)
    made.testing = True
    return made


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for the run; skips where it is not installed."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def service(settings: Settings, database: Database) -> Iterator[str]:
    """The app on a real port; gives its address."""
    from werkzeug.serving import make_server

    from wsgi import create_app

    port = free_port()
    served = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}", "proxies": 1})
    database.settings = served
    server = make_server("127.0.0.1", port, create_app(served, database), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served.public_url
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
