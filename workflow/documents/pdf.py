"""
Word documents as PDFs, made by LibreOffice without a screen: one for many documents, for starting it takes longest.

Each LibreOffice has a profile and a folder of its own; one that hangs is ended with all that it started.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import re
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from workflow.documents.for_libreoffice import for_libreoffice
from workflow.errors import PdfError
from workflow.office import TOGETHER, libreoffice, started, turns

__all__ = ["ATTEMPTS", "TOGETHER", "libreoffice", "render_pdf", "render_pdfs"]

ATTEMPTS = 2
"""LibreOffice fails now and then for no reason of ours: a second attempt is made, a third would not help."""
HANGS = 2 * ATTEMPTS
"""After so many in a row it is LibreOffice that is ill, not a document: the others are not waited for."""
AT_ONCE = 100
"""Documents for one LibreOffice: 7.4 takes some 250 words of a command line and leaves out the rest in silence."""
USUAL, PACE = 500_000, 5_000
"""Bytes of a document that LibreOffice may take as long for as for a letter, and how many more it does in a second."""
GLANCE = 0.02
"""Seconds between two looks at what is made; a letter takes LibreOffice about 0.03 s once it runs."""
_OPTIONS = {name: {"type": "boolean", "value": "true"} for name in ("UseTaggedPDF", "PDFUACompliance")}
_FILTER = f"pdf:writer_pdf_Export:{json.dumps(_OPTIONS)}"
_READ_AS = "MS Word 2007 XML"
"""Said outright: else a file that is no Word document would be printed as plain text."""
_DATES = (
    (re.compile(rb"(?<=Date\(D:)\d{14}"), b"19800101000000"),
    (re.compile(rb"(?<=Date>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=Z</xmp:)"), b"1980-01-01T00:00:00"),
)
"""The moment of making, and what is written there instead: the one that the Word documents have."""
_IDENTITY = re.compile(rb"(/ID \[ <)[0-9A-F]{32}(>\s<)[0-9A-F]{32}(> \]\s/DocChecksum /)[0-9A-F]{32}")


class _HungError(PdfError):
    """LibreOffice was silent for too long."""


def render_pdf(docx: bytes, timeout: float = 60) -> bytes:
    """Return a Word document as a PDF, as `render_pdfs` makes it; raises PdfError."""
    (made,) = render_pdfs((docx,), timeout)
    if isinstance(made, PdfError):
        raise made
    return made


def render_pdfs(docx_files: Iterable[bytes], timeout: float = 60) -> Iterator[bytes | PdfError]:
    """
    Give the PDF of each Word document, in their order, as soon as it is made; where none could be made, PdfError.

    A document is tried twice and may take `timeout` seconds each time, one with thousands of names longer, so a bad one
    costs its own PDF and no other.
    A PDF is tagged, marked as PDF/UA-1 (ISO 14289-1), and has the document's title and language. The same document
    gives the same bytes from the same release of LibreOffice with the same fonts; another one may draw it otherwise.
    """
    waiting = iter(docx_files)
    while some := tuple(itertools.islice(waiting, AT_ONCE)):
        yield from _in_turn(some, timeout)


def _in_turn(docx_files: Sequence[bytes], timeout: float) -> Iterator[bytes | PdfError]:
    """Give PDFs from one LibreOffice; where it fails, from another that starts with the document it failed at."""
    given = failures = hangs = 0
    while given < len(docx_files):
        try:
            with contextlib.closing(_run(docx_files[given:], timeout)) as pdfs:
                for pdf in pdfs:
                    yield pdf
                    given, failures, hangs = given + 1, 0, 0
        except PdfError as error:
            failures += 1
            hangs = hangs + 1 if isinstance(error, _HungError) else 0
            if hangs == HANGS:
                yield from itertools.repeat(error, len(docx_files) - given)
                return
            if failures == ATTEMPTS:
                yield error
                given, failures = given + 1, 0


def _run(docx_files: Sequence[bytes], timeout: float) -> Generator[bytes, None, None]:
    """Start a LibreOffice and give its PDFs in turn; raises PdfError at the first document that it fails at."""
    soffice = libreoffice()
    if soffice is None:
        raise PdfError(
            "LibreOffice is not installed, so no PDF can be made. Install it (Debian: apt install libreoffice-writer) "
            "or send the Word document alone."
        )
    try:
        with tempfile.TemporaryDirectory(prefix="undersigned-pdf-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            for number, docx in enumerate(docx_files):
                (folder / f"{number}.docx").write_bytes(for_libreoffice(docx))
            with turns, _started(soffice, folder, len(docx_files)) as process:
                for number in range(len(docx_files)):
                    yield _steady(_awaited(process, folder, number, timeout + _longer(docx_files[number])))
    except OSError as error:
        raise PdfError(
            f"LibreOffice could not be run ({error.strerror}: {error.filename}). "
            "Check that it starts and that the disk has room; the Word document is whole."
        ) from error


def _longer(docx: bytes) -> float:
    """How many seconds more than a letter a long document may take: one with 5,000 names in tables minutes."""
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            size = sum(part.file_size for part in package.infolist())
    except zipfile.BadZipFile:
        return 0.0
    return min(600.0, max(0, size - USUAL) / PACE)


@contextlib.contextmanager
def _started(soffice: str, folder: Path, count: int) -> Iterator[subprocess.Popen[bytes]]:
    """Set LibreOffice to work on a folder's documents, one after the other, until the block ends."""
    options = (
        f"--infilter={_READ_AS}", "--convert-to", _FILTER, "--outdir", str(folder / "out"),
        *(f"{number}.docx" for number in range(count)),
    )  # fmt: skip
    with started(soffice, folder, options) as process:
        yield process


def _awaited(process: subprocess.Popen[bytes], folder: Path, number: int, timeout: float) -> bytes:
    """Wait for one PDF; raises PdfError when LibreOffice has ended or gone on without it, or was silent too long."""
    until = time.monotonic() + timeout
    while True:
        # Looked at before the PDF is: what is made was made before LibreOffice went on.
        over = process.poll() is not None or any(int(pdf.stem) > number for pdf in (folder / "out").glob("*.pdf"))
        made = folder / "out" / f"{number}.pdf"
        pdf = made.read_bytes() if made.is_file() else b""
        if pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF"):
            return pdf
        if over:
            raise PdfError(
                f"LibreOffice made no PDF of the letter{_complaint(folder)}. "
                "The Word document is whole: try again, or send it alone."
            )
        if time.monotonic() > until:
            raise _HungError(
                f"LibreOffice did not finish the PDF within {timeout:g} seconds. "
                "The Word document is whole: try again, or send it alone."
            )
        time.sleep(GLANCE)


def _complaint(folder: Path) -> str:
    """The last thing that LibreOffice complained of, in brackets."""
    said = (folder / "complaints").read_text(encoding="utf-8", errors="replace").splitlines()
    return f" ({' '.join(said[-1].split())[:300]})" if said else ""


def _steady(pdf: bytes) -> bytes:
    """Take out the moment of making and the numbers made of it; what is written instead has the same length."""
    for date, never in _DATES:
        pdf = date.sub(never, pdf)
    number = hashlib.sha256(_IDENTITY.sub(b"", pdf)).hexdigest()[:32].upper().encode()
    return _IDENTITY.sub(rb"\g<1>%b\g<2>%b\g<3>%b" % (number, number, number), pdf)
