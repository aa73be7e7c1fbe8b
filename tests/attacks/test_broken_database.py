"""A database that is locked, full, read-only, damaged, gone or not current: one sentence, and what was signed stays."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
import time

import pytest
import sqlalchemy as sa

from config import gunicorn as served
from config.settings import Settings
from tests.support.broken import damaged, emptied, folder, no_database
from tests.support.browsing import arrived, csrf, whole_answer
from tests.support.factories import actions, digest, open_sign_off, sign, take_in
from tests.support.machine import free_port, reachable
from workflow import engines
from workflow.database import Database
from workflow.engines import sqlite_module
from workflow.errors import UnavailableError
from workflow.history import evidence
from workflow.models import Letter
from workflow.trouble import in_words
from wsgi import create_app

SENTENCE = "Nothing was lost. Try again in a minute."


@pytest.fixture
def embedded(tmp_path, migrated_sqlite):
    """Settings of a fresh instance on SQLite."""
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "instance" / "undersigned.db")
    return Settings(instance=tmp_path / "instance")


@pytest.fixture
def patience(monkeypatch):
    """Waits that a test can wait for."""
    monkeypatch.setattr(engines, "BUSY_MILLISECONDS", 300)


def open_letter(database) -> str:
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    return letter_id


def signs(database, letter_id, client, page):
    where = page.request.path
    return client.post(f"{where}/answer", data=whole_answer(database, letter_id, page))


def assert_said(answer) -> None:
    """One page, no traceback, and when to come back."""
    assert answer.status_code == 503, answer.text
    assert SENTENCE in answer.text
    assert answer.headers["Retry-After"] == "60"


@contextlib.contextmanager
def locked(settings):
    """Another process holds SQLite's lock."""
    holder = sqlite_module().connect(settings.instance / "undersigned.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


def test_a_lock_is_waited_for_for_less_than_people_and_gunicorn_wait():
    assert 2 * engines.BUSY_MILLISECONDS <= 10_000 < served.timeout * 1000


def test_a_locked_database_is_read_and_what_cannot_be_written_is_said(patience, embedded):
    database = Database(embedded)
    letter_id = open_letter(database)
    app = create_app(embedded, database)
    client, page = arrived(app, database, embedded, letter_id)

    with locked(embedded):
        began = time.monotonic()
        assert client.get(page.request.path).status_code == 200
        assert client.get("/healthz").status_code == 200
        assert_said(signs(database, letter_id, client, page))
        assert time.monotonic() - began < 5
    assert signs(database, letter_id, client, page).status_code == 303
    database.close()


def test_writers_of_one_process_do_not_wait_for_each_other_for_ever(patience, embedded):
    database = Database(embedded)
    inside, over = threading.Event(), threading.Event()

    def hold() -> None:
        with database.writing():
            inside.set()
            over.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(10)
    with pytest.raises(UnavailableError, match="locked"), database.writing():
        pass
    over.set()
    holder.join(30)
    assert not holder.is_alive()
    database.close()


def test_a_job_waits_longer_than_a_person(patience, embedded):
    database = Database(embedded)
    letter_id = open_letter(database)
    with locked(embedded):
        waiting = threading.Thread(target=sign, args=(database.patient(), letter_id))
        waiting.start()
        time.sleep(1)
    waiting.join(60)
    assert not waiting.is_alive(), "the job still waits for the lock"

    with database.reading() as session:
        assert [i.state for i in session.get_one(Letter, letter_id).invitations] == ["signed", "invited"]
    database.close()


def test_a_full_database_keeps_what_was_signed_and_goes_on_by_itself(embedded):
    database = Database(embedded)
    letter_id = open_letter(database)
    client, page = arrived(create_app(embedded, database), database, embedded, letter_id)
    full = [True]

    @sa.event.listens_for(database.engine, "begin")
    def limit(connection) -> None:
        connection.connection.driver_connection.execute(f"PRAGMA max_page_count={1 if full[0] else 1_000_000}")

    # More than a page of the file: there is no room for it in a page that is there.
    comment = {
        "csrf_token": csrf(page),
        "digest": digest(database, letter_id),
        "paragraph": "0",
        "words": "word " * 900,
    }
    assert_said(client.post(f"{page.request.path}/comments", data=comment))
    assert "comment.added" not in actions(database, letter_id)
    assert client.get(page.request.path).status_code == 200
    full[0] = False

    assert client.post(f"{page.request.path}/comments", data=comment).status_code == 303
    assert signs(database, letter_id, client, page).status_code == 303
    with database.reading() as session:
        assert evidence.verify(session, letter_id).ok
    database.close()


def test_a_full_disk_is_said(tmp_path, migrated_sqlite):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = migrated_sqlite.stat().st_size + 600_000
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("A small disk cannot be mounted here.")
    try:
        shutil.copy(migrated_sqlite, disk / "undersigned.db")
        settings = Settings(instance=disk)
        database = Database(settings)
        letter_id = open_letter(database)
        client, page = arrived(create_app(settings, database), database, settings, letter_id)
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(b"x" * 4096):
                pass
        assert_said(signs(database, letter_id, client, page))
        done = create_app(settings, database).test_cli_runner().invoke(args=["user", "anna@example.org"])
        assert (done.exit_code, "sign-in" in done.output) == (2, False), done.output
        (disk / "filler").unlink()
        assert signs(database, letter_id, client, page).status_code == 303
        database.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("breaking", [no_database, damaged, emptied, folder, os.remove])
def test_a_file_that_is_no_whole_database_is_said_by_pages_and_commands(embedded, breaking):
    database = Database(embedded)
    open_letter(database)
    database.close()
    breaking(embedded.instance / "undersigned.db")
    app = create_app(embedded)

    for path in ("/letters", "/s/unknown"):
        assert_said(app.test_client().get(path))
    assert app.test_client().get("/healthz").status_code == 503
    commands = (["letter", "list"], ["user", "anna@example.org"], ["history", "verify"], ["keys", "show"])
    for words in (*commands, ["db", "upgrade"], ["worker"]):
        done = create_app(embedded).test_cli_runner().invoke(args=words)
        assert done.exit_code == 2, done.output
        assert re.fullmatch(r"Error: .+\.( .+)?\n", done.output), done.output


@pytest.mark.parametrize("left", ["keys/secret.key", "signed"])
def test_no_database_is_begun_where_anything_of_a_lost_one_is_left(tmp_path, left):
    settings = Settings(instance=tmp_path, history_key="ab" * 32)
    (tmp_path / left).mkdir(parents=True)

    for words in (["db", "upgrade"], ["letter", "list"], ["keys", "show"]):
        done = create_app(settings).test_cli_runner().invoke(args=words)
        assert (done.exit_code, f"{tmp_path / left} of an instance is here" in done.output) == (2, True), done.output
    assert not (tmp_path / "undersigned.db").exists()


def test_tables_that_are_not_current_are_not_served_and_then_they_are(postgresql, tmp_path):
    name = f"{postgresql.create().rpartition('/')[2]}y"
    postgresql.admin(f"CREATE DATABASE {name}")
    settings = Settings(instance=tmp_path, database_url=postgresql.url(name))
    app = create_app(settings)

    assert_said(app.test_client().get("/letters"))
    assert app.test_client().get("/healthz").status_code == 503
    assert "flask db upgrade" in app.test_cli_runner().invoke(args=["doctor"]).output
    assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    assert app.test_client().get("/healthz").status_code == 200

    with app.extensions["undersigned"].database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert app.test_client().get("/healthz").status_code == 503
    done = create_app(settings).test_cli_runner().invoke(args=["db", "upgrade"])
    assert (done.exit_code, "newer version" in done.output) == (2, True)
    app.extensions["undersigned"].database.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://undersigned@127.0.0.1:{free}/x", "does not answer"),
        ("postgresql://nobody@127.0.0.1:{port}/postgres", "rejects the user or the password"),
        ("postgresql://undersigned@127.0.0.1:{port}/nowhere", "no database of that name"),
        ("postgresql://undersigned@host.invalid/x", "does not answer"),
        ("sqlite:////proc/nowhere/undersigned.db", "cannot be created"),
    ],
)
def test_a_database_that_cannot_be_reached_is_said(postgresql, tmp_path, url, said):
    address = url.format(free=free_port(), port=postgresql.port)
    settings = Settings(instance=tmp_path, database_url=address)

    assert_said(create_app(settings).test_client().get("/letters"))
    for words in (["letter", "list"], ["db", "upgrade"]):
        done = create_app(settings).test_cli_runner().invoke(args=words)
        assert (done.exit_code, said in done.output) == (2, True), done.output


def test_a_database_server_that_ends_every_connection_is_asked_again(postgresql, tmp_path):
    settings = Settings(instance=tmp_path, database_url=postgresql.create())
    database = Database(settings)
    letter_id = open_letter(database)
    client, page = arrived(create_app(settings, database), database, settings, letter_id)

    name = settings.database_url.rpartition("/")[2]
    postgresql.admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    assert signs(database, letter_id, client, page).status_code == 303
    database.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else")
def test_a_folder_of_somebody_else_is_said(embedded):
    Database(embedded).prepare()
    embedded.instance.chmod(0o755)
    for path in embedded.instance.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    reachable(embedded.instance)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        database = Database(embedded)
        try:
            take_in(database)
            said = "It was written."
        except Exception as error:
            said = in_words(error) or repr(error)
        os.write(write, said.encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert "cannot be" in os.read(read, 1000).decode()
