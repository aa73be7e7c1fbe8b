"""
A life that takes long is lived once on each kind of database; every test begins with a copy of what it has left.

Byte for byte, with the rows that are dead: `lived` copies only what can be read, where nobody looks into the files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.settings import Settings
from tests.support.machine import PostgreSQL
from workflow.database import Database


class Copies:
    """Instances whose databases and files are as `live` leaves those of a fresh one."""

    def __init__(self, folder: Path, live: Callable[[Database], object]) -> None:
        self._folder, self._live, self._template = folder, live, ""

    @contextmanager
    def taken(self, fresh: Settings, request: pytest.FixtureRequest) -> Iterator[Settings]:
        """Put a copy in the place of a fresh instance, and give its settings."""
        whole = self._folder / ("sqlite" if fresh.embedded else "postgresql")
        server: PostgreSQL | None = None if fresh.embedded else request.getfixturevalue("postgresql")
        if not whole.exists():
            database = Database(fresh)
            self._live(database)
            database.close()
            shutil.copytree(fresh.instance, whole)
            if server is not None:
                self._template = _name(server.create(_name(fresh.database_url)))
        shutil.rmtree(fresh.instance)
        shutil.copytree(whole, fresh.instance)
        if server is None:
            yield fresh
            return
        url = server.create(self._template)
        yield fresh.model_copy(update={"database_url": url})
        server.drop(url)


def _name(url: str) -> str:
    return url.rpartition("/")[2]
