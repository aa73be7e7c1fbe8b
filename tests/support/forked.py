"""Processes that tests begin and kill: all are forked from one that has loaded what they need."""

from __future__ import annotations

import multiprocessing

forked = multiprocessing.get_context("forkserver")
# Said once for all: of several lists the last that is imported would count, and the others' processes load for seconds.
forked.set_forkserver_preload(
    [
        "pytest",
        "rfc3161_client",
        "emails.mailbox",
        "workflow.jobs",
        "tests.support.factories",
        "tests.support.failing_mail_server",
        "tests.support.mailings",
        "tests.support.relay",
        "tests.support.time_stamp_server",
        "tests.support.witness",
        "tests.support.preloaded",
    ]
)
