"""PDFs are made two at a time, each once, and the service answers meanwhile."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from config.settings import Settings
from tests.support.browsing import arrived, csrf, invitation_id, link, signed_in
from tests.support.factories import open_sign_off, take_in
from tests.support.machine import free_port
from workflow import documents
from workflow.commands.service import serve
from workflow.database import Database
from workflow.documents import Printer, pdf, printer
from workflow.errors import PdfError, PdfNotReadyError

ROOT = Path(__file__).parent.parent.parent
real = pytest.mark.skipif(documents.libreoffice() is None, reason="apt install libreoffice-writer")


# --- the printer, with a slow press --------------------------------------------------------------------------------


class Press:
    """Makes what it is told to, when it is told to; counts how many are made at once."""

    def __init__(self):
        self.go, self.made, self.now, self.most = threading.Event(), [], 0, 0
        self._lock = threading.Lock()

    def __call__(self, docx):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(20)
        with self._lock:
            self.now -= 1
            self.made.append(docx)
        if docx == b"bad":
            raise PdfError("No PDF.")
        return b"%PDF " + docx


@pytest.fixture
def press(monkeypatch):
    made = Press()
    monkeypatch.setattr(printer, "render_pdf", made)
    yield made
    made.go.set()


def asked(one, docx):
    with contextlib.suppress(PdfNotReadyError):
        return one.pdf(docx)
    return None


def test_a_document_is_printed_once_however_many_ask(press):
    one = Printer()
    press.go.set()

    with ThreadPoolExecutor(8) as readers:
        list(readers.map(lambda _: asked(one, b"a"), range(8)))

    assert one.pdf(b"a") == b"%PDF a"
    assert press.made == [b"a"]


def test_few_pages_wait_and_the_others_are_told_at_once(press, monkeypatch):
    monkeypatch.setattr(printer, "PATIENCE", 2)
    one = Printer()

    def told_after(number):
        began = time.monotonic()
        assert asked(one, b"%d" % number) is None
        return time.monotonic() - began

    with ThreadPoolExecutor(20) as readers:
        waited = list(readers.map(told_after, range(20)))

    assert sum(wait >= 2 for wait in waited) == 4
    assert press.most == pdf.TOGETHER
    press.go.set()
    assert one.pdf(b"0") == b"%PDF 0"


def test_no_more_documents_wait_than_there_is_room_for(press, monkeypatch):
    monkeypatch.setattr(printer, "PATIENCE", 0)
    one = Printer()

    for number in range(50):
        asked(one, b"%d" % number)
    press.go.set()
    one._pdfs._presses.shutdown()

    assert len(press.made) == printer.MOST_DOCUMENTS


def test_the_oldest_make_room_and_failures_are_not_kept(press, monkeypatch):
    monkeypatch.setattr(printer, "ROOM", 12)
    press.go.set()
    one = Printer()

    for docx in (b"a", b"b", b"a", b"c", b"a", b"b"):
        one.pdf(docx)
    for _ in range(2):
        with pytest.raises(PdfError):
            one.pdf(b"bad")

    assert press.made == [b"a", b"b", b"c", b"b", b"bad", b"bad"]


def test_whoever_asks_too_soon_is_told_so_and_what_to_do(app, database, settings, letter_id, press, monkeypatch):
    monkeypatch.setattr(printer, "PATIENCE", 0)
    client, _ = arrived(app, database, settings, letter_id)
    coordinator = signed_in(app, database)

    for one, where in (
        (client, f"/review/{invitation_id(database, letter_id)}/letter.pdf"),
        (coordinator, f"/letters/{letter_id}/preview.pdf"),
    ):
        page = one.get(where)
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) > 0
        assert "use the Word document" in page.text


def test_a_pdf_is_kept_for_its_very_words_and_never_for_others(app, database, settings, letter_id, press):
    press.go.set()
    client, page = arrived(app, database, settings, letter_id)
    where = f"/review/{invitation_id(database, letter_id)}"
    first = client.get(f"{where}/letter.pdf").data
    again = client.get(f"{where}/letter.pdf").data
    given = {"csrf_token": csrf(page), "digest": page.text.partition('name="digest" value="')[2][:64]}
    client.post(f"{where}/answer", data=given | {"choice": "sign", "name": "Person A", "authorised": "y"})

    signed = client.get(f"{where}/letter.pdf").data

    assert first == again != signed
    assert len(press.made) == 2
    assert {hashlib.sha256(docx).hexdigest() for docx in press.made} == set(
        app.extensions["undersigned"].printer._pdfs._kept
    )


# --- with LibreOffice, and the server as it is deployed ------------------------------------------------------------


@pytest.fixture
def deployed(tmp_path, migrated_sqlite):
    """The real server on an embedded database; gives its settings and its database."""
    port = free_port()
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy(migrated_sqlite, instance / "undersigned.db")
    settings = Settings(instance=instance, public_url=f"http://127.0.0.1:{port}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
    environment |= {"UNDERSIGNED_INSTANCE": str(instance), "UNDERSIGNED_PUBLIC_URL": settings.public_url}
    database = Database(settings)
    settings.secrets()
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(serve(port), cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{settings.public_url}/healthz", timeout=5)
                    break
                time.sleep(0.1)
            yield settings, database, server
        finally:
            server.terminate()
            server.wait(60)
            database.close()


def presses(server):
    """How many LibreOffices run below a process."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    family = {str(server.pid)}
    for _ in range(4):
        family |= {pid for pid, parent, *_ in rows if parent in family}
    return sum(pid in family and "soffice.bin" in args[0].split()[0] for pid, _, *args in rows if args)


@real
def test_twenty_who_ask_at_once_leave_the_service_free(deployed):
    settings, database, server = deployed
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    reader = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    reader.open(settings.public_url + link(database, settings, letter_id)).read()
    where = f"{settings.public_url}/review/{invitation_id(database, letter_id)}/letter.pdf"

    def ask(_):
        try:
            with reader.open(where, timeout=60) as answer:
                return answer.status, answer.read(5)
        except urllib.error.HTTPError as error:
            return error.code, b""

    with ThreadPoolExecutor(20) as readers:
        asking = [readers.submit(ask, number) for number in range(20)]
        waits, most = [], 0
        while not all(one.done() for one in asking):
            began = time.monotonic()
            urllib.request.urlopen(f"{settings.public_url}/healthz", timeout=30).read()
            waits.append(time.monotonic() - began)
            most = max(most, presses(server))
            time.sleep(0.05)
        answers = [one.result() for one in asking]

    assert set(answers) <= {(200, b"%PDF-"), (503, b"")}
    assert 1 <= most <= pdf.TOGETHER
    assert max(waits) < 5, waits


@real
def test_no_more_than_two_libreoffices_run_at_once(monkeypatch):
    running, most, lock, whole = 0, 0, threading.Lock(), pdf._started

    @contextlib.contextmanager
    def counted(*given):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            with whole(*given) as process:
                yield process
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(pdf, "_started", counted)
    docx = documents.built_in("plain").source

    with ThreadPoolExecutor(4) as jobs:
        made = list(jobs.map(documents.render_pdf, [docx] * 4))

    assert most == pdf.TOGETHER
    assert len(set(made)) == 1
    assert made[0].startswith(b"%PDF-")
