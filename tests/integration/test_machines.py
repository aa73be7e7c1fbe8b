"""
A state machine of hypothesis drives letter, invitations and deliveries against a plain model.

At every step: no state changed outside its machine, one history entry for each transition, and sign-offs count only
for the text that they were given for. Lives of 40 steps: 80 on SQLite and 12 on PostgreSQL, forty times as many in
`make soak`.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.lives import life

EXAMPLES = {"sqlite": 20, "postgresql": 3}


@pytest.mark.timeout(0 if os.environ.get("SOAK") else 300)
@pytest.mark.parametrize("share", range(4))
def test_three_machines_live_as_the_model_says(database, monkeypatch, later, share):
    """Four shares, so that they can run side by side."""
    monkeypatch.setattr("workflow.transaction.Transaction.enqueue", lambda *arguments: None)
    many = 2 * int(os.environ["SOAK"]) if "SOAK" in os.environ else 1
    run_state_machine_as_test(
        life(database, later),
        settings=hypothesis_settings(
            max_examples=EXAMPLES[database.engine.dialect.name] * many,
            stateful_step_count=40,
            deadline=None,
            derandomize=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
