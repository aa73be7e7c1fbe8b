"""
What this server has signed last of the common log, kept outside the database: a head, in a file of its folder.

It is on the disk before anybody is given the head, so what the file says was signed, was; and nothing newer was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from config.settings import Settings

NAME = "common-log.txt"
KEPT = "common-log.{}.txt"


def last_signed(settings: Settings) -> str:
    """Return the newest head that this server has signed, a note; empty where there is none."""
    try:
        return (settings.signed / NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def remember(settings: Settings, note: str) -> None:
    """Keep a head in the place of the one before, durably. Raises OSError: then the head must be given to nobody."""
    write_durably(settings.signed / NAME, note)


def keep_aside(settings: Settings, what: str, notes: Sequence[str]) -> Path:
    """Keep notes that contradict each other in a file of their own; one that is there stays. Returns where."""
    place = settings.signed / KEPT.format(what)
    if not place.exists():
        write_durably(place, "\n".join(notes))
    return place


def write_durably(place: Path, content: str) -> None:
    """Write a file whole or not at all, so that it survives the machine's next moment. Raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
        _sync(place.parent)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Let the name of a new file be on the disk too."""
    opened = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
