"""The key files of an instance, exchanged."""

from __future__ import annotations

from pathlib import Path

from config import settings as configuration


def key(settings, name: str) -> Path:
    return settings.keys / f"{name}.key"


def put(settings, name: str, content: str | None) -> None:
    """Put other content in the place of a key file, as a restored or emptied folder has it."""
    key(settings, name).unlink()
    if content is not None:
        key(settings, name).write_text(content)
    read_anew()


def read_anew() -> None:
    """Let the next settings read the key files anew, as another process would."""
    configuration._kept.cache_clear()
