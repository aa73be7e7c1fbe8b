"""The pages of a PDF as pictures, for who looks at it in the page: drawn by poppler, where that is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from workflow.errors import PdfError

MOST = 12
"""So many pages are drawn; of a longer document the rest is in the PDF."""
DPI = 80
SECONDS = 20.0


def draws() -> bool:
    """Whether pages can be drawn here."""
    return shutil.which("pdftoppm") is not None


def pictures(pdf: bytes) -> list[bytes]:
    """Return the first pages of a PDF as PNGs, in order; raises `PdfError`."""
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        raise PdfError("Poppler is not installed, so no page can be drawn (Debian: apt install poppler-utils).")
    with tempfile.TemporaryDirectory(prefix="undersigned-pages-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "letter.pdf").write_bytes(pdf)
        command = [drawer, "-png", "-r", str(DPI), "-l", str(MOST), "letter.pdf", "page"]
        try:
            subprocess.run(
                command, cwd=folder, timeout=SECONDS, check=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise PdfError("The pages could not be drawn. Open the PDF instead.") from error
        drawn = sorted(folder.glob("page-*.png"), key=lambda path: int(path.stem.rpartition("-")[2]))
        return [path.read_bytes() for path in drawn]
