"""Whole lives: the demo as it is run by hand, and a letter over PostgreSQL with workers of their own."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from docx import Document

from emails import mailbox
from tests.support.factories import ANNA, act, fingerprint, mails, open_sign_off, sign, state, take_in
from tests.support.letter_files import letter_file
from tests.support.machine import SEED, free_port
from workflow import documents
from workflow.campaigns import dispatch, lifecycle, printing
from workflow.commands.browser import Browser
from workflow.commands.service import serve
from workflow.models import Letter

ROOT = Path(__file__).parent.parent.parent


def run(*words, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSIGNED_")}
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=clean | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(look, seconds=60):
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def printed_lines(docx: Path):
    """Every paragraph of a Word document, those in tables too, in order."""
    body = Document(str(docx)).element.body
    paragraphs = (element for element in body.iter() if element.tag.endswith("}p"))
    return ["".join(t.text or "" for t in p.iter() if t.tag.endswith("}t")) for p in paragraphs]


OF_THE_EXAMPLE = ("Ines Carvalho-Brandt", "Tomas Eskelund", "Mirela Dankova", "Samuel Otieno", "Leila Haddad-Moreau")
OF_THE_SEED = ("Karim Lahidji", "Thun Saray", "Naly Pilorge", "Evelyn Balais-Serrano", "Chak Sopheap")


def test_demos_beside_each_other_run_whole_lives_and_leave_what_proves_them(tmp_path):
    sixty = tmp_path / "sixty.md"
    sixty.write_text(letter_file(60))
    letters = {"example": [], "sixty": [str(sixty)]} | ({"seed": [str(SEED)]} if SEED.exists() else {})

    demos = {name: run("flask", "demo", *letter, "--out", str(tmp_path / name)) for name, letter in letters.items()}
    said = _all_said(demos, 240)

    assert {name: demo.returncode for name, demo in demos.items()} == dict.fromkeys(letters, 0), said
    _a_whole_life_is_left(tmp_path / "example", OF_THE_EXAMPLE)
    if "seed" in letters:
        _a_whole_life_is_left(tmp_path / "seed", OF_THE_SEED)
    assert json.loads((tmp_path / "sixty" / "summary.json").read_text())["signed"] == 60
    for share in (
        "3 of 30 organisations signed.",
        "30 of 30 organisations confirmed",
        "30 of 30 organisations signed the",
    ):
        assert share in said["sixty"]
    assert not re.search(r"\b429\b", said["sixty"])


def _all_said(processes, seconds):
    """Return what each of some processes has said when it ended; none of them waits for another to be read."""
    with ThreadPoolExecutor() as pool:
        said = {name: pool.submit(process.communicate, timeout=seconds) for name, process in processes.items()}
        try:
            return {name: one.result()[0] for name, one in said.items()}
        finally:
            for process in processes.values():
                process.kill()


def _a_whole_life_is_left(out: Path, names) -> None:
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["state"], summary["signed"], summary["declined"]) == ("sent", 5, 0)
    assert hashlib.sha256((out / "letter.docx").read_bytes()).hexdigest() == summary["docx_sha256"]
    assert (out / "letter.pdf").exists() == (documents.libreoffice() is not None)
    assert len(list((out / "mail").glob("[0-9][0-9][0-9]-to-*.eml"))) >= sum(
        delivery["state"] == "accepted" for delivery in summary["deliveries"]
    )
    lines = "\n".join(printed_lines(out / "letter.docx"))
    assert [lines.index(name) for name in names] == sorted(lines.index(name) for name in names)
    assert "We ask for an answer before the month is out." in lines
    _evidence_holds(out)


def _evidence_holds(out: Path) -> None:
    zipfile.ZipFile(out / "evidence.zip").extract("verify.py", out)
    receipts = [str(p) for p in (out / "mail").glob("*.eml") if b"Subject: Receipt" in p.read_bytes()]
    assert receipts
    vkey = re.search(rb"Key: (\S+\+\S+\+[^\s=]+)", Path(receipts[0]).read_bytes())[1].decode()
    checked = subprocess.run(
        [
            sys.executable,
            "-I",
            str(out / "verify.py"),
            str(out / "evidence.zip"),
            "--vkey",
            vkey,
            "--receipt",
            *receipts,
        ],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_file_without_signatories_ends_the_demo_with_a_sentence(tmp_path):
    (tmp_path / "bare.txt").write_text("Dear all,\n\nHello.\n")

    demo = run("flask", "demo", str(tmp_path / "bare.txt"), "--out", str(tmp_path / "out"))
    said, _ = demo.communicate(timeout=60)

    assert demo.returncode != 0
    assert "nobody to" in said
    assert "Traceback" not in said


def test_the_first_start_prints_an_address_and_a_link_that_signs_in(tmp_path):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    service = run("flask", "start", "--port", str(port), UNDERSIGNED_INSTANCE=str(tmp_path))
    try:
        said = ""
        while "/sign-in/" not in said:
            line = service.stdout.readline()
            assert line, f"it ended before it said where to sign in: {said}"
            said += line
        link = re.search(r"http://\S+/sign-in/\S+", said)[0]
        wait_for(lambda: _answers(address))
        browser = Browser()

        page = browser.submit(browser.get(link), link.rpartition("/")[2])
        assert "Who are you?" in page.text
        page = browser.submit(page, "welcome", name="Anna Berg", organisation="ADHOC")
        page = browser.get(address + re.search(r'href="(/campaigns/[0-9a-f]{32})"', page.text)[1])

        assert "Your visit to Valdoria" in page.text
        letter = browser.get(address + re.search(r'href="(/letters/[0-9a-f]+)"', page.text)[1])
        assert "Send for review" in letter.text
        assert "act=circulate" in letter.text
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(30)
        service.stdout.close()


def _answers(address):
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_over_postgresql_web_and_workers_share_the_work_and_one_may_die(postgresql, tmp_path):
    from config.settings import Settings
    from workflow.database import Database

    office = mailbox.LocalMailbox(tmp_path / "received")
    office.start()
    port = free_port()
    shared = {
        "UNDERSIGNED_DATABASE_URL": postgresql.create(),
        "UNDERSIGNED_INSTANCE": str(tmp_path / "instance"),
        "UNDERSIGNED_SMTP_URL": office.url,
        "UNDERSIGNED_SECRET_KEY": "s" * 40,
        "UNDERSIGNED_HISTORY_KEY": "ab" * 32,
        "UNDERSIGNED_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    settings = Settings(**{k.removeprefix("UNDERSIGNED_").lower(): v for k, v in shared.items()})
    workers = [run("flask", "worker", **shared, UNDERSIGNED_EXECUTOR=f"host-{n}") for n in range(2)]
    web = run(*serve(port)[2:], **shared, WEB_CONCURRENCY="2")
    database = Database(settings)
    try:
        wait_for(lambda: _answers(settings.public_url))
        letter_id = take_in(database, 3)
        open_sign_off(database, letter_id)
        wait_for(lambda: {m.state for m in mails(database, letter_id, "invitation")} == {"accepted"})

        workers[0].kill()
        for number in range(3):
            sign(database, letter_id, number)
        act(database, lifecycle.approve, letter_id, ANNA)
        wait_for(lambda: _rendered(database, letter_id))
        act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
        wait_for(lambda: state(database, letter_id) == "sent")
        wait_for(lambda: {m.state for m in mails(database, letter_id, "copy")} == {"accepted"})

        received = [mail.recipients[0] for mail in mailbox.received(office.folder)]
        assert received.count("office@example.org") == 1
    finally:
        for process in (*workers, web):
            process.terminate()
            process.wait(30)
            process.stdout.close()
        database.close()
        office.stop()


def _rendered(database, letter_id):
    with database.reading() as session:
        return len(printing.renderings(session, session.get_one(Letter, letter_id))) == 1
