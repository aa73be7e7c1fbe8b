"""Who may read what the service keeps: its own user and nobody else, for it holds addresses, names and keys."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

KEPT = (
    "undersigned.db*",
    "keys",
    "keys/*",
    "keys/.*",
    "mailbox",
    "mailbox/*",
    "mailbox/.*",
    "signed",
    "signed/*",
    "signed/.*",
)
"""What the service itself writes in its instance folder; whatever else lies there is not ours."""


def private() -> None:
    """Let nobody but the service's own user read what this process writes from now on."""
    os.umask(0o077)


def too_open(instance: Path) -> list[Path]:
    """Return what others than the owner can reach in an instance folder, the folder first."""
    return [path for path in _kept(instance) if path.lstat().st_mode & 0o077 and not path.is_symlink()]


def tighten(instance: Path) -> None:
    """Close what is too open and our own."""
    for path in too_open(instance):
        if path.stat().st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)


def _kept(instance: Path) -> Iterator[Path]:
    if instance.exists():
        yield instance
        for pattern in KEPT:
            yield from sorted(instance.glob(pattern))
