"""
PDFs, and pictures of them, for the pages of one process: few are made at once, each once, no page waits for long.

What is made is kept in memory by the SHA-256 of what it is made from, so it is found again only by who may have that.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from workflow.documents.pdf import TOGETHER, render_pdf
from workflow.documents.pdf_pictures import pictures
from workflow.errors import PdfNotReadyError

PATIENCE = 10.0
"""Seconds that a page waits for a PDF; it is made all the same, and is there when it is asked for again."""

MOST_PAGES = 4
"""How many pages wait at once: the other threads of the process serve."""

MOST_DOCUMENTS = 16
"""How many documents wait for LibreOffice."""

ROOM = 32_000_000
"""Bytes of PDFs that are kept, and as many of pictures; those that were asked for last stay."""

Made = list[bytes]


class Printer:
    """Makes PDFs and pictures in threads of its own, and keeps the newest."""

    def __init__(self) -> None:
        presses = ThreadPoolExecutor(TOGETHER, thread_name_prefix="printer")
        pages = threading.BoundedSemaphore(MOST_PAGES)
        self._pdfs = _Shelf(presses, pages)
        self._pictures = _Shelf(presses, pages)

    def pdf(self, docx: bytes) -> bytes:
        """Return a Word document as a PDF; raises `PdfNotReadyError` and `PdfError`."""
        return self._pdfs.get(hashlib.sha256(docx).hexdigest(), lambda: [render_pdf(docx)])[0]

    def pictures(self, pdf: bytes) -> list[bytes]:
        """Return the first pages of a PDF as PNGs; raises `PdfNotReadyError` and `PdfError`."""
        return self._pictures.get(hashlib.sha256(pdf).hexdigest(), lambda: pictures(pdf))


class _Shelf:
    """What is made of one kind: each thing once, the newest kept."""

    def __init__(self, presses: ThreadPoolExecutor, pages: threading.BoundedSemaphore) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Made] = OrderedDict()
        self._under_way: dict[str, Future[Made]] = {}
        self._presses = presses
        self._pages = pages

    def get(self, key: str, make: Callable[[], Made]) -> Made:
        """Return what is kept under a key, made now where it is not."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            made = self._under_way.get(key) or self._begun(key, make)
        return self._awaited(made)

    def _begun(self, key: str, make: Callable[[], Made]) -> Future[Made]:
        if len(self._under_way) >= MOST_DOCUMENTS:
            raise PdfNotReadyError
        self._under_way[key] = self._presses.submit(self._make, key, make)
        return self._under_way[key]

    def _awaited(self, made: Future[Made]) -> Made:
        if not self._pages.acquire(blocking=False):
            raise PdfNotReadyError
        try:
            return made.result(PATIENCE)
        except TimeoutError:
            raise PdfNotReadyError from None
        finally:
            self._pages.release()

    def _make(self, key: str, make: Callable[[], Made]) -> Made:
        made: Made = []
        try:
            made = make()
        finally:
            with self._lock:
                del self._under_way[key]
                if made:
                    self._keep(key, made)
        return made

    def _keep(self, key: str, made: Made) -> None:
        self._kept[key] = made
        while sum(len(part) for one in self._kept.values() for part in one) > ROOM and len(self._kept) > 1:
            self._kept.popitem(last=False)
