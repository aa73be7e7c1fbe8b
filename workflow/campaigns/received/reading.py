"""
The words of a Word document from anybody, read in a process that may take so long and so much and no more.

It runs this file alone, and imports nothing of the product but the verifier's reader, which needs the standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

LARGEST_RECEIVED = 10_000_000
SECONDS = 6
"""Of the processor's time; a letter of 5,000 signatories takes a third of it."""
PATIENCE = 30
"""Seconds on the clock, on a machine that is busy."""
MEMORY = 700_000_000
"""Of address space."""
MOST_SAID = 4_000_000
"""Bytes of what it says."""
AT_ONCE = 2
_ROOT = Path(__file__).parents[3]
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class ReceivedWords:
    """What a Word document says."""

    paragraphs: tuple[str, ...]
    """On the page and in its notes, in order, without blanks at their ends and without empty ones."""
    margins: tuple[str, ...]
    """In its headers and footers."""
    hidden: tuple[str, ...]
    """What keeps a reader from seeing some of its words, in the verifier's words."""


def read_received(content: bytes) -> ReceivedWords | None:
    """
    Return what a Word document says; None where it cannot be read, or not within its limits.

    Raises `ReadingBusyError`.
    """
    if not content.startswith(b"PK") or len(content) > LARGEST_RECEIVED:
        return None
    from workflow.errors import ReadingBusyError  # not at the top: the process of its own knows nothing of the product

    if not _turns.acquire(timeout=5):
        raise ReadingBusyError
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__], input=content, capture_output=True, timeout=PATIENCE, check=False,
            env={"PATH": os.environ.get("PATH", "")},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    finally:
        _turns.release()
    if done.returncode or len(done.stdout) > MOST_SAID:
        return None
    said = json.loads(done.stdout)
    return ReceivedWords(*(tuple(said[part]) for part in ("paragraphs", "margins", "hidden")))


def _read() -> int:
    """Read what comes in; run in the process of its own."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.insert(0, str(_ROOT))
    from workflow.verify.composing import CLOSE, OPEN
    from workflow.verify.looks import Looks
    from workflow.verify.report import InputError, VerificationError
    from workflow.verify.word import read_pages

    def plain(words: str) -> str:
        """Without marks but those of what is drawn, which may say something."""
        pieces = words.split(OPEN)
        found = [pieces[0]]
        for piece in pieces[1:]:
            mark, _, rest = piece.partition(CLOSE)
            kind = mark.partition(" ")[0]
            found.append(("" if kind in SILENT else f"[{kind}]") + rest)
        return " ".join("".join(found).split())

    try:
        pages = read_pages(sys.stdin.buffer.read(LARGEST_RECEIVED + 1))
        looks = Looks(pages.package)
        hidden = dict.fromkeys(how for one in pages.lines for how in looks.faults(one))
    except (InputError, VerificationError):
        return 3
    on_page = [*pages.lines, *(one for note in pages.footnotes for one in note)]
    in_margins = [one for lines in pages.margins.values() for one in lines]
    said = {
        "paragraphs": [words for one in on_page if (words := plain(f"{one.line.label} {one.line.words}"))],
        "margins": [words for one in in_margins if (words := plain(one.line.words))],
        "hidden": list(hidden),
    }
    sys.stdout.write(json.dumps(said))
    return 0


SILENT = ("section", "field", "link", "note", "bookmark", "number")
"""Marks of the verifier's reader that say nothing to whoever reads the page."""

if __name__ == "__main__":
    sys.exit(_read())
