"""LibreOffice without a screen: where it is, and how it is run, with a profile and a folder of its own, and ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

TOGETHER = 2
"""LibreOffices of one process at once: each takes a core and some 200 MB."""
_ELSEWHERE = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
turns = threading.BoundedSemaphore(TOGETHER)
"""Taken by whoever runs one."""


def libreoffice() -> str | None:
    """Return the path of LibreOffice's `soffice`, or None where it is not installed."""
    for name in ("soffice", "libreoffice", *_ELSEWHERE):
        found = shutil.which(name)
        if found:
            return found
    return None


@contextlib.contextmanager
def started(soffice: str, folder: Path, options: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Set LibreOffice to work in a folder, until the block ends; what it complains of is in `folder/complaints`."""
    command = [
        soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nolockcheck",
        *options,
    ]  # fmt: skip
    surroundings = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    with (folder / "complaints").open("wb") as complaints:
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints,
        )  # fmt: skip
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with all that it started: its launcher would leave the program itself running."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has just ended by itself
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
