"""A file on another host that heads are appended to: readable text, one note after the other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from workflow.clock import now
from workflow.verify.notes import Checkpoint, checkpoint_of, open_note
from workflow.verify.report import VerificationError
from workflow.witnesses.seen import FILE, Head, OutsideError, check_continues

TAIL = 16 * 1024
"""So many bytes at the end of the file hold its last heads."""


@dataclass(frozen=True, slots=True)
class HeadsFile:
    """The file; it is never made here, for a share that is not mounted leaves a folder that could be written to."""

    path: Path
    kind: str = FILE

    @property
    def name(self) -> str:
        """By its path, of which the end tells most."""
        return str(self.path)[-200:]

    def see(self, head: Head, before: int) -> bytes:
        """Append a head, unless it is the last already, in a file whose last one it continues."""
        try:
            tail = self._tail()
            last = last_head(tail)
            if last is not None:
                check_continues(head, last.size, last.root, f"The file {self.path}")
            if last is None or last.size < head.size:
                self._append(head.note, tail)
        except OSError as error:
            raise OutsideError(f"{self.path} cannot be written: {error.strerror}. Is the share mounted?") from error
        return str(self.path).encode()

    def _tail(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            return file.read()

    def _append(self, note: str, tail: bytes) -> None:
        """Write a head at once, and wait until it is on the disk; a line that was cut off before it is ended first."""
        ended = not tail or tail.endswith(b"\n\n")
        words = f"{'' if ended else chr(10) * 2}# {now():%Y-%m-%dT%H:%M:%SZ}\n{note}\n".encode()
        opened = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            while words:
                words = words[os.write(opened, words) :]
            os.fsync(opened)
        finally:
            os.close(opened)


def notes_in(content: str) -> list[str]:
    """Return what stands in such a file as notes, the oldest first; one that is cut off is among them."""
    found: list[str] = []
    text: list[str] = []
    for line in content.replace("\r\n", "\n").split("\n"):
        if line.startswith("#"):
            text = []
        elif line or len(text) == 3:
            text.append(line)
        elif text:
            found.append("\n".join(text) + "\n")
            text = []
    return [*found, "\n".join(text)] if text else found


def last_head(tail: bytes) -> Checkpoint | None:
    """Return the last whole head in the end of such a file; its signature is not checked, for we wrote it."""
    for note in reversed(notes_in(tail.decode("utf-8", "replace"))):
        try:
            return checkpoint_of("", open_note(note))
        except VerificationError:
            continue
    return None
