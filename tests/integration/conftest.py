"""What several integration tests are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.failing_mail_server import (
    Answer,
    FaultyServer,
    Make,
)


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
