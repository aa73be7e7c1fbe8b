"""
PDFs for the pages of one process: few are made at once, each document once, and no page waits for long.

A PDF is kept in memory by the SHA-256 of its Word document, so it is found again only by who may have that document.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from workflow.documents.pdf import TOGETHER, render_pdf
from workflow.errors import PdfNotReadyError

PATIENCE = 10.0
"""Seconds that a page waits for a PDF; it is made all the same, and is there when it is asked for again."""

MOST_PAGES = 4
"""How many pages wait at once: the other threads of the process serve."""

MOST_DOCUMENTS = 16
"""How many documents wait for LibreOffice."""

ROOM = 32_000_000
"""Bytes of PDFs that are kept; those that were asked for last stay."""


class Printer:
    """Makes PDFs in threads of its own, and keeps the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._under_way: dict[str, Future[bytes]] = {}
        self._presses = ThreadPoolExecutor(TOGETHER, thread_name_prefix="printer")
        self._pages = threading.BoundedSemaphore(MOST_PAGES)

    def pdf(self, docx: bytes) -> bytes:
        """Return a Word document as a PDF; raises `PdfNotReadyError` and `PdfError`."""
        key = hashlib.sha256(docx).hexdigest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            made = self._under_way.get(key) or self._begun(key, docx)
        return self._awaited(made)

    def _begun(self, key: str, docx: bytes) -> Future[bytes]:
        if len(self._under_way) >= MOST_DOCUMENTS:
            raise PdfNotReadyError
        self._under_way[key] = self._presses.submit(self._make, key, docx)
        return self._under_way[key]

    def _awaited(self, made: Future[bytes]) -> bytes:
        if not self._pages.acquire(blocking=False):
            raise PdfNotReadyError
        try:
            return made.result(PATIENCE)
        except TimeoutError:
            raise PdfNotReadyError from None
        finally:
            self._pages.release()

    def _make(self, key: str, docx: bytes) -> bytes:
        pdf = b""
        try:
            pdf = render_pdf(docx)
        finally:
            with self._lock:
                del self._under_way[key]
                if pdf:
                    self._keep(key, pdf)
        return pdf

    def _keep(self, key: str, pdf: bytes) -> None:
        self._kept[key] = pdf
        while sum(map(len, self._kept.values())) > ROOM:
            self._kept.popitem(last=False)
