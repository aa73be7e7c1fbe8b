"""The doctor: whatever is broken, it says so, changes nothing, and never fails itself."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections import namedtuple

import pytest
import sqlalchemy as sa

from config import permissions
from config.settings import Settings
from tests.support.broken import damaged, emptied, folder, no_database
from tests.support.factories import take_in
from tests.support.keys import key, put
from tests.support.machine import reachable
from workflow import models, pace
from workflow.database import Database
from wsgi import create_app


def doctor(settings) -> tuple[int, str]:
    done = create_app(settings).test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code in (0, 1), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    rows = [line for line in done.output.splitlines() if line.startswith(("ok ", "note ", "error "))]
    assert done.exit_code == any(row.startswith("error") for row in rows)
    return done.exit_code, "\n".join(rows)


@pytest.fixture
def embedded(tmp_path):
    settings = Settings(instance=tmp_path / "instance")
    old = os.umask(0o077)
    database = Database(settings)
    database.prepare()
    take_in(database)
    database.close()
    os.umask(old)
    return settings


def test_what_is_well_is_said_to_be_well(embedded):
    code, said = doctor(embedded)

    assert code == 0, said
    for words in ("The database is intact.", "The keys match", "MB are free", "LibreOffice", "DBOS"):
        assert words in said


def test_postgresql_is_asked_for_its_version_its_encoding_and_its_clock(postgresql, tmp_path):
    settings = Settings(instance=tmp_path, database_url=postgresql.create(), secret_key="s" * 32, history_key="ab" * 32)
    _, said = doctor(settings)
    assert "PostgreSQL 1" in said
    assert "apart" not in said

    postgresql.admin("CREATE DATABASE narrow ENCODING 'LATIN1' TEMPLATE template0")
    assert "encoding is LATIN1" in doctor(settings.model_copy(update={"database_url": postgresql.url("narrow")}))[1]
    assert "does not answer" in doctor(settings.model_copy(update={"database_url": "postgresql://u@127.0.0.1:9/x"}))[1]


def test_a_first_start_needs_no_mending_and_the_doctor_makes_nothing(tmp_path):
    settings = Settings(instance=tmp_path / "instance")

    code, said = doctor(settings)

    assert code == 0, said
    assert not settings.instance.exists()


@pytest.mark.parametrize("breaking", [no_database, damaged, emptied, folder, os.remove])
def test_a_broken_database_is_to_be_mended(embedded, breaking):
    breaking(embedded.instance / "undersigned.db")
    before = sorted(embedded.instance.rglob("*"))

    code, said = doctor(embedded)

    assert code == 1, said
    assert "restore" in said.lower() or "cannot be" in said
    assert sorted(embedded.instance.rglob("*")) == before


@pytest.mark.parametrize("content", [None, "ab" * 32, ""])
def test_a_key_that_does_not_fit_is_to_be_mended(embedded, content):
    put(embedded, "history", content)

    assert "history key" in doctor(embedded)[1].lower().replace("history.key", "history key")
    assert doctor(embedded)[0] == 1
    assert key(embedded, "history").exists() == (content is not None)


def test_files_that_others_can_read_are_to_be_mended_and_a_start_mends_them(embedded):
    embedded.instance.chmod(0o755)
    (embedded.instance / "undersigned.db").chmod(0o644)
    (embedded.instance / "signed").mkdir(mode=0o755)
    (embedded.instance / "signed" / "a.txt").touch(mode=0o644)
    assert "chmod -R go=" in doctor(embedded)[1]

    permissions.tighten(embedded.instance)

    assert doctor(embedded)[0] == 0
    assert stat.S_IMODE(embedded.instance.stat().st_mode) == 0o700
    assert stat.S_IMODE((embedded.instance / "undersigned.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((embedded.instance / "signed" / "a.txt").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else")
def test_a_database_that_can_only_be_read_is_to_be_mended(embedded):
    for path in (*embedded.instance.rglob("*"), embedded.instance):
        os.chown(path, 65534, 65534)
    reachable(embedded.instance)
    (embedded.instance / "undersigned.db").chmod(0o400)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        with contextlib.suppress(BaseException):
            os.write(write, doctor(embedded)[1].encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)

    assert "undersigned.db is not writable" in os.read(read, 10_000).decode()


def test_little_room_is_a_note_and_hardly_any_is_to_be_mended(embedded, monkeypatch):
    usage = namedtuple("usage", "total used free")
    for free, level in ((400, "note"), (50, "error")):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage(0, 0, free * 1024 * 1024))
        assert f"{level:<8} {free} MB are free" in doctor(embedded)[1]


def test_an_entry_of_the_future_says_that_the_clock_is_behind(embedded):
    database = Database(embedded)
    with database.engine.begin() as connection:
        letter_id, size = connection.execute(sa.select(models.LogHead.letter_id, models.LogHead.size)).one()
        row = {"letter_id": letter_id, "sequence": size, "leaf": b"x" * 32}
        connection.execute(sa.insert(models.LogEntry).values(entry=b'{"at":"2999-01-01T00:00:00.000000Z"}', **row))
        connection.execute(sa.update(models.LogHead).values(size=size + 1))
    database.close()

    assert "the clock is behind" in doctor(embedded)[1]


def test_a_misspelt_setting_is_a_note(embedded, monkeypatch):
    monkeypatch.setenv("UNDERSIGNED_PUBLIC_ULR", "https://letters.example.org")

    assert "UNDERSIGNED_PUBLIC_ULR is not a setting" in doctor(embedded)[1]
    assert "Did you mean UNDERSIGNED_PUBLIC_URL?" in doctor(embedded)[1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"public_url": "http://letters.example.org"}, "is not https"),
        ({"public_url": "https://letters.example.org"}, "UNDERSIGNED_PROXIES is 0"),
        ({"public_url": "https://letters.example.org", "proxies": 1}, "every email waits, unsent"),
        ({"proxies": 1}, "stay at /mailbox"),
        ({"smtp_url": "smtp://mail.example.org"}, "Set UNDERSIGNED_MAIL_FROM"),
        ({"dkim_domain": "example.org"}, "go together"),
    ],
)
def test_what_is_set_by_halves_is_to_be_mended(tmp_path, given, said):
    rows = doctor(Settings(instance=tmp_path / "instance", **given))[1].splitlines()

    assert any(row.startswith("error ") and said in row for row in rows), rows


@pytest.mark.parametrize("url", ["postgresql://u:geheim@127.0.0.1:9/x", "postgresql://127.0.0.1:9/x?password=geheim"])
def test_no_password_is_shown(tmp_path, url):
    done = create_app(Settings(instance=tmp_path, database_url=url)).test_cli_runner().invoke(args=["doctor"])

    assert "127.0.0.1:9/x" in done.output
    assert "geheim" not in done.output


def test_mail_that_waits_for_a_worker_or_for_its_server_is_said(embedded):
    database = Database(embedded)
    with database.writing() as session:
        pace.slow_down(session, "421 4.7.0 Too many connections")
    database.close()

    code, said = doctor(embedded.model_copy(update={"jobs_in_web": False}))

    assert code == 1
    assert pace.NO_WORKER in said
    assert "421 4.7.0 Too many connections" in said
    assert pace.NO_WORKER not in doctor(embedded)[1], "the web server is the worker, and it may not run now"
