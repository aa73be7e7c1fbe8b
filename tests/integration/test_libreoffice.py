"""PDFs by LibreOffice, read back with poppler's pdftotext, and what happens where it hangs or is not there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.support.printing import (
    paper,
)
from workflow import documents
from workflow.errors import PdfError

ROOT = Path(__file__).parents[2]
NEEDS_LIBREOFFICE = pytest.mark.skipif(
    documents.libreoffice() is None or shutil.which("pdftotext") is None,
    reason="a PDF needs LibreOffice and poppler: apt install libreoffice-writer poppler-utils",
)


def pdf_text(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


@pytest.mark.slow
@pytest.mark.libreoffice
@NEEDS_LIBREOFFICE
def test_a_pdf_has_every_name_in_the_agreed_order_and_is_tagged() -> None:
    pdf = documents.render_pdf(
        documents.render_docx(paper("1. act\n2. go\n\nThen:\n\n1. anew", 60, subject="The river"))
    )

    said = pdf_text(pdf)
    assert re.findall(r"Person\d{4}", said) == [f"Person{n:04d}" for n in range(60)]
    assert said.index("John F. Kerry") < said.index("24 January 2016") < said.index("The river") < said.index("1. act")
    assert said.index("2. go") < said.index("1. anew")
    assert re.search(r"^2 / \d$", said, re.MULTILINE)
    assert not re.search(r"^1 / \d$", said, re.MULTILINE)
    facts = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Tagged: +yes", facts)
    assert re.search(r"Title: +The river", facts)
    assert "612 x 792" in facts


@pytest.mark.slow
@pytest.mark.libreoffice
@NEEDS_LIBREOFFICE
def test_pdfs_are_made_side_by_side_and_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    made: dict[int, str] = {}

    def make(n: int) -> None:
        made[n] = pdf_text(documents.render_pdf(documents.render_docx(paper(f"River number {n}."))))

    threads = [threading.Thread(target=make, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)

    assert all(f"River number {n}." in made[n] for n in range(3))


@pytest.mark.slow
@pytest.mark.libreoffice
@NEEDS_LIBREOFFICE
def test_a_file_that_is_no_letter_fails_in_a_sentence() -> None:
    with pytest.raises(PdfError, match=r"LibreOffice made no PDF of the letter.*try again"):
        documents.render_pdf(b"PK\x03\x04 this is no document")


@pytest.mark.slow
def test_a_libreoffice_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nsleep 300 &\necho $! >> {tmp_path}/started\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(PdfError, match=r"did not finish the PDF within 0\.5 seconds"):
        documents.render_pdf(documents.render_docx(paper()), timeout=0.5)

    started = [int(pid) for pid in (tmp_path / "started").read_text().split()]
    assert len(started) == 2  # the first attempt and the second
    assert not any(_runs(pid) for pid in started)


def _runs(pid: int) -> bool:
    """Say whether a process still does anything; one that has ended and waits to be collected does not."""
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


def test_a_libreoffice_that_cannot_be_started_fails_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text("no program")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PdfError, match=r"could not be run.*soffice"):
        documents.render_pdf(documents.render_docx(paper()))


def test_without_libreoffice_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert documents.libreoffice() is None
    with pytest.raises(PdfError, match="apt install libreoffice-writer"):
        documents.render_pdf(b"")
