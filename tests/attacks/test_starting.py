"""Real starts: what cannot be served is said once, in a sentence, by whatever starts; what is served tells little."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs import scrubbed
from config.settings import Settings, wrong
from tests.support.factories import open_sign_off, take_in
from tests.support.machine import free_port
from workflow.commands.service import serve
from workflow.database import Database
from workflow.models import Letter

ROOT = Path(__file__).parent.parent.parent


def environment(instance: Path, **more: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
    return known | {"UNDERSIGNED_INSTANCE": str(instance)} | more


def ended(command: list[str], instance: Path, **more: str) -> str:
    """Run what must end by itself with 2 and without a traceback; returns what it said."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment(instance, **more), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_a_first_command_makes_is_readable_by_the_services_user_alone(tmp_path):
    command = f"umask 022; exec {sys.executable} -m flask user anna@example.org"
    subprocess.run(command, shell=True, cwd=ROOT, env=environment(tmp_path / "instance"), check=True, timeout=60)

    made = [tmp_path / "instance", *(tmp_path / "instance").rglob("*")]
    assert {"undersigned.db", "secret.key", "history.key"} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_nothing_starts_under_a_lost_key(tmp_path):
    settings = Settings(instance=tmp_path)
    database = Database(settings)
    database.prepare()
    take_in(database)
    database.close()
    (settings.keys / "history.key").unlink()

    assert "The history key of this database" in ended(serve(free_port()), tmp_path)
    start = [sys.executable, "-m", "flask", "start", "--port", str(free_port())]
    assert "The history key of this database" in ended(start, tmp_path)
    assert not (settings.keys / "history.key").exists()


def test_nothing_starts_with_a_setting_that_cannot_be_used(tmp_path):
    given = {"UNDERSIGNED_DATABASE_URL": "oracle://user:geheim@host/x", "UNDERSIGNED_LEASE_SECONDS": "-1"}
    for command in (serve(free_port()), [sys.executable, "-m", "flask", "doctor"]):
        said = ended(command, tmp_path, **given)
        assert "UNDERSIGNED_DATABASE_URL must be like postgresql://" in said
        assert "UNDERSIGNED_LEASE_SECONDS should be greater than or equal to 5." in said
        assert "geheim" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("history_key", "z" * 64),
        ("history_key", "ab" * 31),
        ("secret_key", "short"),
        ("public_url", "letters.example.org"),
        ("public_url", "https://letters.example.org:port"),
        ("database_url", "postgresql://host:port/x"),
        ("database_url", "nonsense"),
        ("smtp_url", "http://mail.example.org"),
        ("mail_from", "letters"),
        ("mail_from", "A <a@example.org>"),
        ("dkim_key_file", "/nowhere/dkim.pem"),
        ("dkim_key_file", __file__),
        ("smtp_timeout", "-1"),
        ("log_json", "perhaps"),
    ],
)
def test_each_wrong_setting_is_one_sentence(name, value):
    with pytest.raises(ValueError) as caught:
        Settings(**{name: value})

    said = wrong(caught.value)
    assert len(said) == 1
    assert said[0].startswith(f"UNDERSIGNED_{name.upper()} ")
    assert said[0].endswith(".")


@contextlib.contextmanager
def gunicorn(instance: Path, log: Path, **more: str):
    """The real server; gives its address."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            serve(port), cwd=ROOT, env=environment(instance, **more), stdout=output, stderr=output
        )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                asked(f"http://127.0.0.1:{port}/healthz")
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def wait_for(look) -> None:
    """The jobs start beside the first answers."""
    for _ in range(600):
        if look():
            return
        time.sleep(0.05)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given):
        return None


def asked(url: str, **headers: str):
    """Ask for a page and let go of the connection; redirects are not followed."""
    try:
        answer = urllib.request.build_opener(_Stay).open(urllib.request.Request(url, headers=headers), timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        answer.read()
    return answer


def test_a_started_server_tells_no_token_no_name_and_keeps_its_files_to_itself(tmp_path, migrated_sqlite):
    instance, log = tmp_path / "instance", tmp_path / "log"
    instance.mkdir()
    shutil.copy(migrated_sqlite, instance / "undersigned.db")
    settings = Settings(instance=instance)
    database = Database(settings)
    letter_id = take_in(database)
    open_sign_off(database, letter_id)
    with database.reading() as session:
        token = session.tokens.links(session.get_one(Letter, letter_id).invitations[0].link.id)[0]
    database.close()
    subprocess.run(["chmod", "-R", "go=rX", str(instance)], check=True)
    shutil.rmtree(instance / "mailbox", ignore_errors=True)
    forms = [f"/s/{token}", f"/S/{token}", f"/s/%2e/{token}", f"//s//{token}", f"/s/%{ord(token[0]):x}{token[1:]}"]
    forms += [f"/sign-in/{token}", f"/sign-in?t={token}", f"/s/{token}.", f"/x/{token}/%ff", f"/s%2F{token}"]

    with gunicorn(instance, log, UNDERSIGNED_LOG_JSON="1") as address:
        answers = [asked(f"{address}{form}", Referer=f"{address}/s/{token}") for form in forms]
        missing = asked(f"{address}/static/nothing-{token}.css")
        found = asked(f"{address}/static/style.css")
        wait_for((instance / "mailbox").exists)

    said = log.read_text()
    assert answers[0].status == 303
    assert "GET /s/<token>" in said
    assert "Traceback" not in said
    assert token[1:] not in said
    assert [answer.headers["Server"] for answer in (*answers, missing, found)] == [None] * 12
    assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")
    assert "no-store" not in found.headers["Cache-Control"]
    made = [
        path for path in instance.rglob("*") if path.name in ("mailbox", "undersigned.db-wal", "undersigned.db-shm")
    ]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made if path.name == "mailbox"} == {0}


def test_what_libraries_log_holds_no_token():
    token = "aB3_-" + "x" * 38
    script = (
        "import logging, sys; from config.logs import keep_tokens_out, logger; keep_tokens_out()\n"
        f"token = {token!r}\n"
        "logging.getLogger('gunicorn.error').warning('Error handling request %s %s', 'GET', f'/s/{token}')\n"
        "try: raise ValueError(f'/S/%2e/{token}')\n"
        "except ValueError: logging.getLogger('wsgi').exception(f'Exception on /s//{token}. [GET]'); "
        "logger().exception('failed', path=f'/s/{token}')\n"
        "assert 'x' in repr(logging.getLogger().makeRecord('n', 30, 'f', 1, 'x %s', (1, 2), None))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("***") >= 5
    assert token[1:] not in done.stderr
    assert "ValueError" in done.stderr


@given(
    st.text(alphabet="abcXYZ019-_", min_size=43, max_size=43),
    st.integers(0, 42),
    st.sampled_from(["/s/", "/S//", "?a=", "' "]),
)
def test_a_token_is_scrubbed_however_it_is_spelt(token, at, before):
    spelt = f"{token[:at]}%{ord(token[at]):02x}{token[at + 1 :]}"
    for line in (f"GET {before}{token} HTTP/1.1", f"GET {before}{spelt}", f"{before}{token}. gone", f"{before}{token}"):
        assert not re.search(r"[A-Za-z0-9_-]{8,}", scrubbed(line).replace("HTTP/1.1", ""))


def test_a_traceback_still_says_where():
    line = 'File "/srv/lib/python3.11/site-packages/declarative_extensions_of_orm.py", line 7, in render_template'
    assert scrubbed(line) == line


@pytest.mark.parametrize("as_json", ["", "1"], ids=["plain", "JSON"])
def test_no_words_make_a_line_of_their_own_or_move_the_cursor(as_json):
    words = "well\nFAKED [error] gone\r\nFAKED\u2028FAKED\x85FAKED\x1b[2J\u202eFAKED"
    script = (
        "import logging, sys; from config.logs import keep_tokens_out, logger; keep_tokens_out()\n"
        f"words = {words!r}\n"
        "logging.basicConfig(stream=sys.stderr)\n"
        "def fail():\n"
        "    try: raise ValueError(words)\n"
        "    except ValueError: logger().exception(words, why=words); logging.exception('%s', words)\n"
        "fail(); logger().error('mail', answer=words); logging.warning('%s', words)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env={**os.environ, "UNDERSIGNED_LOG_JSON": as_json}, capture_output=True, timeout=30,
    )  # fmt: skip
    lines = done.stderr.decode().splitlines()

    assert done.returncode == 0, lines
    assert sum("FAKED" in line for line in lines) >= 6
    assert not [line for line in lines if line.startswith("FAKED")]
    assert all(line.isprintable() for line in lines)
