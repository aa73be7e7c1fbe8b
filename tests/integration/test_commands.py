"""The command line, as an operator uses it: in processes of their own, on an embedded database."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.machine import SEED
from tests.support.shell import ROOT, Shell
from tests.support.writing import rsa_key
from workflow import __version__


@pytest.fixture(name="fresh")
def on_nothing(tmp_path):
    """On an instance that is not there yet."""
    return Shell(tmp_path)


@pytest.fixture(name="flask")
def shell(fresh, migrated_sqlite):
    """On an instance whose tables are made."""
    instance = Path(fresh.environment["UNDERSIGNED_INSTANCE"])
    instance.mkdir(mode=0o700)
    shutil.copy(migrated_sqlite, instance / "undersigned.db")
    return fresh


EXAMPLE = str(ROOT / "templates" / "example.md")


def test_a_letter_file_comes_in_and_is_shown(fresh):
    made = json.loads(fresh("letter", "import", EXAMPLE, "--json"))
    shown = json.loads(fresh("letter", "show", made["id"][:8], "--json"))

    assert shown["recipients"] == made["recipients"]
    assert shown["body"] == made["body"]
    assert [c["acronym"] for c in shown["cosigners"]] == ["RLDI", "VAHR", "UIJV", "FORUM-CS", "CFT"]
    assert shown["state"] == "drafting"
    assert "The Honourable Margaret Ellery" in fresh("letter", "show", made["id"])


@pytest.mark.skipif(not SEED.exists(), reason="../shared/letters is not here")
def test_the_seed_letter_comes_in_with_contacts_given_on_the_command_line(flask):
    made = json.loads(
        flask(
            "letter", "import", str(SEED), "--json", "--recipient-email", "office@example.org",
            "--contact", "FIDH=a@example.org", "--contact", "adhoc=b@example.org",
        )
    )  # fmt: skip

    assert set(made) >= {
        "id", "language", "subject", "date", "recipients", "salutation", "body", "closing", "cosigners", "unsure",
    }  # fmt: skip
    assert made["recipients"][0] == {
        "name": "John F. Kerry",
        "title": "Secretary of State",
        "office": "Department of State",
        "address": ["2201 C Street NW", "Washington, DC 20520", "US"],
        "email": "office@example.org",
    }
    assert (made["date"], made["salutation"], made["closing"]) == ("2016-01-24", "Dear Mr. Secretary,", "Sincerely,")
    assert [(c["signatory"], c["acronym"]) for c in made["cosigners"]] == [
        ("Karim Lahidji", "FIDH"),
        ("Thun Saray", "ADHOC"),
        ("Naly Pilorge", "LICADHO"),
        ("Evelyn Balais-Serrano", "FORUM-ASIA"),
        ("Chak Sopheap", "CCHR"),
    ]
    assert [c["email"] for c in made["cosigners"]][:3] == ["a@example.org", "b@example.org", ""]


def test_a_mistake_gets_a_sentence_and_keeps_nothing(flask, tmp_path):
    assert "ACRONYM=EMAIL" in flask("letter", "import", EXAMPLE, "--contact", "RLDI", code=2)
    assert "NOBODY" in flask("letter", "import", EXAMPLE, "--contact", "NOBODY=a@example.org", code=2)
    assert "There is no letter" in flask("letter", "show", "abc", code=2)
    (tmp_path / "empty.txt").write_text("")
    flask("letter", "import", str(tmp_path / "empty.txt"), code=2)
    assert flask("letter", "list") == ""


def test_the_steps_are_refused_and_taken_in_words(flask):
    letter_id = json.loads(flask("letter", "import", EXAMPLE, "--json"))["id"]

    assert "The letter is in review." in flask("letter", "circulate", letter_id)
    assert "The letter is open for sign-off." in flask("letter", "open-sign-off", letter_id)
    assert "RLDI and VAHR must sign" in flask("letter", "approve", letter_id, code=2)
    assert "being drafted" in flask("letter", "revise", letter_id, "--reason", "A typo.")
    assert "withdrawn" in flask("letter", "withdraw", letter_id, "--reason", "Enough.")


def test_the_history_is_verified_shown_and_exported(flask, tmp_path):
    letter_id = json.loads(flask("letter", "import", EXAMPLE, "--json"))["id"]
    flask("letter", "open-sign-off", letter_id)

    assert "VALID" in flask("history", "verify")
    assert "letter.open_sign_off" in flask("history", "show", letter_id)
    assert "No such file" in flask("history", "export", letter_id, "--out", str(tmp_path / "no" / "x.zip"), code=2)
    assert "is no sign-off" in flask("history", "export", letter_id, "--signoff", "0", code=2)
    said = flask("history", "export", letter_id, "--out", str(tmp_path / "evidence.zip"))
    vkey = re.search(r"--vkey (\S+)", said)[1]
    import zipfile

    zipfile.ZipFile(tmp_path / "evidence.zip").extract("verify.py", tmp_path)
    checked = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify.py"), str(tmp_path / "evidence.zip"), "--vkey", vkey],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "VALID" in checked.stdout


def test_a_log_that_was_tampered_with_is_found(flask):
    letter_id = json.loads(flask("letter", "import", EXAMPLE, "--json"))["id"]
    from workflow.engines import sqlite_module

    path = Path(flask.environment["UNDERSIGNED_INSTANCE"]) / "undersigned.db"
    with sqlite_module().connect(path) as connection:
        connection.execute("DROP TRIGGER log_entries_no_update")
        connection.execute("UPDATE log_entries SET entry = replace(entry, 'true', 'false') WHERE sequence = 1")
        connection.execute("UPDATE log_entries SET entry = CAST(entry AS BLOB)")

    assert "INVALID" in flask("history", "verify", letter_id, code=1)


def test_the_doctor_says_what_is_set_and_what_it_means(fresh):
    said = fresh("doctor")
    assert "UNDERSIGNED_SMTP_URL = (empty) (default)" in said
    assert "SQLite 3" in said

    fresh.environment["UNDERSIGNED_PUBLIC_URL"] = "http://letters.example.org"
    fresh.environment["UNDERSIGNED_SMTP_URL"] = "smtp://user:secret@mail.example.org"
    mended = fresh("doctor", code=1)
    assert "not https" in mended
    assert "secret" not in mended


def test_the_doctor_says_which_record_dns_must_have_for_signed_mails(fresh, tmp_path):
    key = tmp_path / "dkim.pem"
    key.write_bytes(rsa_key().private_key)
    fresh.environment |= {"UNDERSIGNED_DKIM_DOMAIN": "example.org", "UNDERSIGNED_DKIM_KEY_FILE": str(key)}

    assert "undersigned._domainkey.example.org: v=DKIM1; k=rsa; p=MII" in fresh("doctor")


def test_a_member_of_staff_gets_a_link(flask):
    assert re.search(r"http://127\.0\.0\.1:5000/sign-in/[\w-]{43}", flask("user", "Anna@Example.org", "--admin"))
    assert "is not an email address" in flask("user", "anna", code=2)


def test_postgresql_is_migrated_by_its_own_command_only(flask, postgresql):
    name = postgresql.create().rpartition("/")[2]
    fresh = f"{name}x"
    postgresql.admin(f"CREATE DATABASE {fresh}")
    flask.environment["UNDERSIGNED_DATABASE_URL"] = postgresql.url(fresh)

    assert "flask db upgrade" in flask("letter", "list", code=2)
    assert "The tables are up to date." in flask("db", "upgrade")
    assert flask("letter", "list") == ""


def test_a_port_that_is_taken_is_said_before_anything_is_started(flask):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = flask("start", "--port", str(taken.getsockname()[1]), code=2)

    assert "is in use" in said
    assert "/sign-in/" not in said


def test_the_version_is_said(app):
    said = app.test_cli_runner().invoke(args=["version"])

    assert said.output == f"Undersigned {__version__}\n"
