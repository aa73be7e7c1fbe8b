"""
What an earlier version issued stays good: its histories, evidence and receipts verify, its links open, its mails leave.

The fixtures were made once (tests/vectors/issued/README.md). Where a test fails here, the code is wrong.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from config.settings import Settings
from emails import mailbox
from emails.mailbox import LocalMailbox, ReceivedMail
from emails.transport import Server
from tests.support.evidence import spread
from tests.support.machine import PostgreSQL
from tests.support.working import sweep
from workflow import clock, history, verify
from workflow.database import Database
from workflow.history import evidence
from workflow.models import Base, Delivery, Letter
from workflow.verify.bundle import read_evidence
from workflow.verify.receipts import read_receipt
from wsgi import create_app

FOLDER = next(found for parent in Path(__file__).parents if (found := parent / "vectors" / "issued").is_dir())
TOLD: dict[str, Any] = json.loads((FOLDER / "issued.json").read_text())
KEYS = json.loads((FOLDER / "test-keys.json").read_text())
SENT, OPEN, LEAVING = (TOLD["letters"][name] for name in ("sent", "open", "leaving"))
OF_THE_SENT = [
    FOLDER / f"receipt-{n}.eml" for n in ("before-the-new-key", "stayed", "confirmed", "withheld", "retracted")
]
OF_THE_SENT.append(FOLDER / "proof.tlog-proof")
OF_THE_OPEN = [FOLDER / "receipt-open-letter.eml"]
LINKS = [link for letter in ("sent", "open", "leaving") for links in TOLD["links"][letter].values() for link in links]
NAMES = {
    "finn": "Finn Frey",
    "ines": "Ines Ito",
    "hugo": "Hugo Hahn",
    "lea": "Lea Lund",
    "mia": "Mia Moor",
    "nils": "N. Nord",
}


@dataclass
class Issued:
    """The instance of then, opened by the version of now."""

    settings: Settings
    database: Database
    app: Flask
    later: Callable[..., None]
    office: LocalMailbox

    def deliver(self) -> list[ReceivedMail]:
        """What the worker does in some hours; returns all that the mail server has got."""
        for _ in range(6):
            self.later(minutes=20)
            sweep(self.database, Server.parse(self.office.url), "worker")
        return mailbox.received(self.office.folder)

    def mails(self) -> dict[str, tuple[str, str]]:
        """The state of each mail that waited, with the SHA-256 of its bytes."""
        with self.database.reading() as session:
            found = session.query(Delivery).filter(Delivery.address.in_(TOLD["waiting"]))
            known = [(d.address, d.kind, d.state, d.mime_sha256) for d in found.order_by(Delivery.queued_at)]
        return {
            a: (state, sha) for a, kind, state, sha in known if TOLD["waiting"][a]["kind"] == kind and not _old(a, sha)
        }


def _old(address: str, sha256: str | None) -> bool:
    """The office has got another letter before."""
    due = TOLD["waiting"][address]["mime_sha256"]
    return due is not None and sha256 != due


def moved(source: Database, url: str, settings: Settings) -> Settings:
    """Copy the product's rows into a database on PostgreSQL; jobs that were on the queue are found by the sweep."""
    there = settings.model_copy(update={"database_url": url})
    target = Database(there)
    with source.reading() as session, target.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in session.execute(sa.select(table)).mappings()]
            rows.sort(key=lambda row: row.get("reply_to") is not None)
            if rows:
                connection.execute(table.insert(), rows)
    target.close()
    source.close()
    return there


@pytest.fixture(params=["sqlite", "postgresql"])
def issued(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issued]:
    """The instance as it was, migrated, at the moment it was left; then its rows in PostgreSQL."""
    began, left, ahead = time.time(), datetime.fromisoformat(TOLD["until"]).timestamp(), 0.0

    def later(**by: float) -> None:
        nonlocal ahead
        ahead += timedelta(**by).total_seconds()

    monkeypatch.setattr(clock, "seconds", lambda: left + time.time() - began + ahead)
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "undersigned.db").write_bytes(lzma.decompress((FOLDER / "undersigned.db.xz").read_bytes()))
    settings = Settings(
        instance=instance,
        public_url=TOLD["public_url"],
        mail_from=TOLD["mail_from"],
        secret_key=KEYS["UNDERSIGNED_SECRET_KEY"],
        history_key=KEYS["UNDERSIGNED_HISTORY_KEY"],
    )
    database = Database(settings)
    database.migrate()
    url, server = "", None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        assert isinstance(server, PostgreSQL)
        url = server.create()
        settings = moved(database, url, settings)
        database = Database(settings)
    app = create_app(settings, database)
    app.testing = True
    with LocalMailbox(tmp_path / "received") as office:
        yield Issued(settings, database, app, later, office)
    database.close()
    if server is not None:
        server.drop(url)


# --- histories, evidence, receipts -----------------------------------------------------------------------------------


def test_every_history_holds_against_its_tables(issued):
    checked = issued.app.test_cli_runner().invoke(args=["history", "verify"])

    assert checked.exit_code == 0, checked.output
    assert checked.output.count("VALID") == 4
    assert "LOOK" not in checked.output


def entry_of(issued: Issued, change: str) -> None:
    with issued.database.engine.begin() as connection:
        name = connection.scalar(
            sa.text("SELECT name FROM sqlite_master WHERE tbl_name='log_entries' AND sql LIKE '%UPDATE%'")
        )
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        before = f"letter_id = '{SENT}' AND sequence = 100"
        done = connection.exec_driver_sql(f"UPDATE log_entries SET {change} WHERE {before}")
        assert done.rowcount == 1


@pytest.mark.parametrize("issued", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    ["entry = CAST(replace(entry, '\"v\":1', '\"v\":2') AS BLOB)", "leaf = CAST(substr(leaf, 1, 31) || 'x' AS BLOB)"],
)
def test_a_changed_byte_is_seen(issued, change):
    entry_of(issued, change)

    checked = issued.app.test_cli_runner().invoke(args=["history", "verify", SENT])

    assert checked.exit_code == 1
    assert "INVALID" in checked.output


@pytest.mark.parametrize("issued", ["sqlite"], indirect=True)
def test_under_another_secret_the_tables_agree_no_more(issued):
    other = issued.settings.model_copy(update={"secret_key": "another secret, which nobody has used"})
    with issued.database.reading() as session:
        session.settings = other
        report = evidence.verify(session, SENT)

    assert not report.ok


def shipped(evidence_zip: Path, folder: Path, *given: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the verifier that goes along in a zip."""
    script = folder / "verify.py"
    with zipfile.ZipFile(evidence_zip) as archive:
        script.write_bytes(archive.read("verify.py"))
    words = [sys.executable, "-I", str(script), str(evidence_zip), *map(str, given)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=folder)


def checked(found: dict[str, bytes], receipts: list[Path], letter_id: str) -> verify.Report:
    return verify.verify(found, TOLD["vkey"], {path.name: path.read_bytes() for path in receipts}, None, letter_id)


def test_the_evidence_of_then_holds_with_every_receipt():
    report = checked(read_evidence(FOLDER / "evidence.zip"), OF_THE_SENT, SENT)

    assert (report.problems, report.remarks) == ([], [])
    assert report.matches == len(OF_THE_SENT) - 1, "the proof is the one out of a receipt that was given too"
    told = "\n".join(report.facts)
    assert told.count(", not objected, counts.") == 2
    assert told.count(", confirmed, counts.") == 1
    assert "The letter was mailed to office@ministry.example" in told
    assert "the key was changed" in told


def test_the_verifier_that_went_along_still_accepts_it(tmp_path):
    done = shipped(FOLDER / "evidence.zip", tmp_path, "--vkey", TOLD["vkey"], "--receipt", *OF_THE_SENT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["entries/000100.json", "disclosures/", "revisions/2.json", "documents/", "letterheads/"]
)
def test_a_changed_byte_in_the_evidence_is_seen(name):
    found = dict(read_evidence(FOLDER / "evidence.zip"))
    path = next(one for one in sorted(found) if one.startswith(name))
    half = len(found[path]) // 2
    found[path] = found[path][:half] + bytes([found[path][half] ^ 1]) + found[path][half + 1 :]

    assert checked(found, OF_THE_SENT, SENT).problems


def test_evidence_of_today_continues_that_of_then(issued, tmp_path):
    with issued.database.reading() as session:
        content = evidence.bundle(session, SENT)
        of_the_open = evidence.files(session, OPEN)
    today = tmp_path / "evidence.zip"
    today.write_bytes(content)
    found, then = read_evidence(today), read_evidence(FOLDER / "evidence.zip")
    apart = spread(found)

    for name, bytes_then in then.items():
        if name.startswith(("entries/", "revisions/", "documents/", "letterheads/", "disclosures/")):
            assert apart[name] == bytes_then, name
    notes = {name for name in found if name.startswith("checkpoints/")}
    assert all(found[name] == then[name] for name in notes & then.keys())
    assert checked(found, OF_THE_SENT, SENT).problems == []
    assert checked(of_the_open, OF_THE_OPEN, OPEN).problems == []
    assert checked(of_the_open, OF_THE_OPEN, OPEN).matches == 1
    done = shipped(today, tmp_path, "--vkey", TOLD["vkey"], "--receipt", *OF_THE_SENT)
    assert done.returncode == 0, done.stdout + done.stderr
    old = shipped(FOLDER / "evidence.zip", tmp_path, "--vkey", TOLD["vkey"])
    assert old.returncode == 0


# --- links -----------------------------------------------------------------------------------------------------------


def opened(issued: Issued, link: str) -> tuple[Any, Any]:
    """Follow a link as a browser does; it leads to a clean address."""
    client = issued.app.test_client()
    first = client.get(link)
    assert first.status_code == 303, link
    page = client.get(TOLD["public_url"] + first.location)
    assert page.status_code == 200
    return client, page


def test_every_link_in_the_mails_of_then_opens_its_page(issued):
    for link in LINKS:
        opened(issued, link)
    for link in TOLD["links"]["ended"]:
        assert issued.app.test_client().get(link).status_code == 404


def signed(issued: Issued, link: str, name: str, choice: str = "sign") -> None:
    client, page = opened(issued, link)
    issued.later(minutes=1)
    kept = dict(re.findall(r'name="(digest|objection_hours|csrf_token)" value="([^"]+)"', page.text))
    given = kept | {"choice": choice, "name": name, "title": "Director", "authorised": "y"}
    done = client.post(f"{TOLD['public_url']}{page.request.path}/answer", data=given, follow_redirects=True)
    assert done.status_code == 200
    assert done.request.path.endswith("/receipt")
    assert "c2sp.org/tlog-proof@v1" in done.text


def receipts(received: list[ReceivedMail], *addresses: str) -> dict[str, bytes]:
    mails = [mail for mail in received if any(part.filename.endswith(".tlog-proof") for part in mail.attachments)]
    return {mail.recipients[0]: mail.raw for mail in mails if mail.recipients[0] in addresses}


def holds(issued: Issued, letter_id: str, found: dict[str, bytes]) -> None:
    """The history holds, and agrees with what was mailed, now and before."""
    with issued.database.reading() as session:
        assert evidence.verify(session, letter_id).problems == []
        files = evidence.files(session, letter_id)
        vkey = history.vkey_of(session, letter_id)
    report = verify.verify(files, vkey, found, None, letter_id)
    proofs = {read_receipt(name, mail)[0] for name, mail in found.items()}
    assert (report.problems, report.matches) == ([], len(proofs))


def test_a_link_of_then_signs_and_its_receipt_verifies(issued):
    links = {address.partition("@")[0]: found for address, found in TOLD["links"]["open"].items()}
    signed(issued, links["finn"][-1], NAMES["finn"])
    signed(issued, links["ines"][-1], NAMES["ines"])
    signed(issued, links["hugo"][-1], NAMES["hugo"], "confirm")

    found = receipts(issued.deliver(), "finn@fern.example", "ines@inlet.example", "hugo@hill.example")

    assert len(found) == 3
    holds(issued, OPEN, found | {path.name: path.read_bytes() for path in OF_THE_OPEN})


def test_a_receipt_mailed_today_holds_the_link_that_opens(issued):
    signed(issued, TOLD["links"]["open"]["finn@fern.example"][-1], NAMES["finn"])

    [mail] = [mail for mail in issued.deliver() if mail.recipients == ("finn@fern.example",)]

    opened(issued, link_in(mail))


def test_a_sign_off_of_then_can_be_taken_back(issued):
    client, page = opened(issued, TOLD["links"]["open"]["gita@grove.example"][-1])
    where = TOLD["public_url"] + page.request.path
    form = client.get(f"{where}/receipt")
    token = re.search(r'csrf_token" value="([^"]+)', form.text)[1]
    client.post(f"{where}/retraction", data={"csrf_token": token, "word": "RETRACT", "reason": "Our board."})

    found = receipts(issued.deliver(), "gita@grove.example")

    assert len(found) == 1
    holds(issued, OPEN, found | {path.name: path.read_bytes() for path in OF_THE_OPEN})


# --- mails that waited -----------------------------------------------------------------------------------------------


def link_in(mail: ReceivedMail) -> str:
    return re.search(rf"{re.escape(TOLD['public_url'])}/s/\S+", mail.text)[0]


def test_mails_that_waited_leave_as_they_were_made(issued):
    assert {a: sha256 for a, (_, sha256) in issued.mails().items()} == {
        a: told["mime_sha256"] for a, told in TOLD["waiting"].items()
    }

    arrived = {mail.recipients[0]: mail for mail in issued.deliver() if mail.recipients[0] in TOLD["waiting"]}

    assert {state for state, _ in issued.mails().values()} == {"accepted"}
    assert set(arrived) == set(TOLD["waiting"])
    for address, told in TOLD["waiting"].items():
        sha256 = told["mime_sha256"] or issued.mails()[address][1]
        assert hashlib.sha256(arrived[address].raw).hexdigest() == sha256, address
    for address, told in TOLD["waiting"].items():
        if told["kind"] != "letter":
            signed(issued, link_in(arrived[address]), NAMES[address.partition("@")[0]])
    found = receipts(issued.deliver(), *TOLD["waiting"])
    assert len(found) == 3
    holds(issued, OPEN, found)


def test_the_letter_that_was_on_its_way_arrives_once_and_its_record_holds(issued):
    received = issued.deliver()

    [mail] = [mail for mail in received if mail.recipients == ("office@ministry.example",)]
    with issued.database.reading() as session:
        assert session.get_one(Letter, LEAVING).state == "sent"
        files = evidence.files(session, LEAVING)
    letters = {part.filename: part.content for part in mail.attachments if part.filename.endswith(".docx")}
    assert letters
    report = verify.verify(files, TOLD["vkey"], (), letters, LEAVING)
    assert report.problems == []
    for address in TOLD["links"]["leaving"]:
        [copy] = [one for one in received if one.recipients == (address,)]
        assert {part.content for part in copy.attachments} >= set(letters.values())
    holds(issued, LEAVING, {})
