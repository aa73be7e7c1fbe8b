"""A Word document as a PDF, made by LibreOffice without a screen. Each run has a profile and a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

ATTEMPTS = 2
"""LibreOffice fails now and then for no reason of ours: a second attempt is made, a third would not help."""
_ELSEWHERE = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_FILTER = 'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}'


class PdfFailed(RuntimeError):
    """No PDF was made. The Word document is not touched by that."""


def libreoffice() -> str | None:
    """Return the path of LibreOffice's `soffice`, or None where it is not installed."""
    for name in ("soffice", "libreoffice", *_ELSEWHERE):
        found = shutil.which(name)
        if found:
            return found
    return None


def render_pdf(docx: bytes, timeout: float = 60) -> bytes:
    """Return a Word document as a tagged PDF; an attempt may take `timeout` seconds. Raises PdfFailed."""
    soffice = libreoffice()
    if soffice is None:
        raise PdfFailed(
            "LibreOffice is not installed, so no PDF can be made. Install it (Debian: apt install libreoffice-writer) "
            "or send the Word document alone."
        )
    failure = PdfFailed()
    for _ in range(ATTEMPTS):
        try:
            return _attempt(soffice, docx, timeout)
        except PdfFailed as error:
            failure = error
    raise failure


def _attempt(soffice: str, docx: bytes, timeout: float) -> bytes:
    try:
        with tempfile.TemporaryDirectory(prefix="undersigned-pdf-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            (folder / "letter.docx").write_bytes(docx)
            said = _convert(soffice, folder, timeout)
            made = folder / "out" / "letter.pdf"
            pdf = made.read_bytes() if made.is_file() else b""
    except OSError as error:
        raise PdfFailed(
            f"LibreOffice could not be run ({error.strerror}: {error.filename}). "
            "Check that it starts and that the disk has room; the Word document is whole."
        ) from error
    if not pdf.startswith(b"%PDF-"):
        raise PdfFailed(
            f"LibreOffice made no PDF of the letter{f' ({said})' if said else ''}. "
            "The Word document is whole: try again, or send it alone."
        )
    return pdf


def _convert(soffice: str, folder: Path, timeout: float) -> str:
    """Run LibreOffice on the folder's letter and return what it complained of."""
    command = [
        soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nolockcheck",
        "--convert-to", _FILTER, "--outdir", str(folder / "out"), str(folder / "letter.docx"),
    ]  # fmt: skip
    surroundings = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / "complaints").open("w+b") as complaints:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints,
        )  # fmt: skip
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise PdfFailed(
                f"LibreOffice did not finish the PDF within {timeout:g} seconds. "
                "The Word document is whole: try again, or send it alone."
            ) from None
        complaints.seek(0)
        return " ".join(complaints.read(2000).decode(errors="replace").split())[:300]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with all that it started: its launcher would leave the program itself running."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has just ended by itself
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
