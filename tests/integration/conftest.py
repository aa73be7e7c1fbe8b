"""What several integration tests are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.failing_mail_server import (
    Answer,
    FaultyServer,
    Make,
)
from workflow.documents import printer


@pytest.fixture(params=[False, True], ids=["one by one", "pipelined"])
def faulty(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Start servers that fail as their script says, command by command and pipelined; stopped after the test."""
    started: list[FaultyServer] = []

    def make(script: dict[str, Answer] | None = None, **how: object) -> FaultyServer:
        started.append(FaultyServer(script or {}, **{"pipelining": request.param, **how}))
        return started[-1]

    yield make
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def press() -> printer.Printer:
    """One printer for all: the letter that it printed for one database it need not print again for the other."""
    return printer.Printer()


@pytest.fixture
def printing_app(app: Flask, press: printer.Printer, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app whose pages wait for their PDFs however busy the machine is."""
    monkeypatch.setattr(printer, "PATIENCE", 120.0)
    app.extensions["undersigned"]._made[printer.Printer] = press
    return app
