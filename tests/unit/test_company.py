"""Connections wait a moment for one another before a commit, and never longer."""

from __future__ import annotations

import threading
import time

import pytest

from workflow.jobs import company
from workflow.jobs.company import Company

MANY = 4


def test_who_comes_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "MOMENT", 30.0)
    alone, began = Company(), time.monotonic()
    for _ in range(3):
        with alone.on_the_way():
            alone.gather()
    assert time.monotonic() - began < 10


def test_all_that_are_on_the_way_go_on_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "MOMENT", 30.0)
    met, rounds, all_out = Company(), 20, threading.Barrier(MANY)
    arrived, seen, counting = 0, [], threading.Lock()

    def walk(number: int) -> None:
        nonlocal arrived
        for _ in range(rounds):
            with met.on_the_way():
                all_out.wait(10)
                with counting:
                    arrived += 1
                met.gather()
                seen.append(arrived)
                all_out.wait(10)

    threads = [threading.Thread(target=walk, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(seen) == sorted(MANY * (number + 1) for number in range(rounds) for _ in range(MANY))


def test_whoever_does_not_come_holds_up_nobody_for_longer_than_a_moment() -> None:
    met = Company()
    with met.on_the_way():
        began = time.monotonic()
        late = threading.Thread(target=lambda: _gathered(met))
        late.start()
        late.join(10)
        assert not late.is_alive()
    assert company.MOMENT * 0.9 < time.monotonic() - began < 5


def _gathered(met: Company) -> None:
    with met.on_the_way():
        met.gather()
