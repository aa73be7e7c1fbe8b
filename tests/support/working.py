"""What a worker does, in the test's own process and without a queue."""

from __future__ import annotations

from typing import Any

from workflow import jobs
from workflow.campaigns import batches
from workflow.trouble import logged


def sweep(database, server, owner: str = "worker", clock_is_settled: bool = True) -> None:
    """Do what time brings, then each job that a sweep would put on the queue: one that fails ends no other."""
    jobs.keep_time(database, lambda: clock_is_settled)
    with database.reading() as session:
        to_go_on = list(batches.left(session))
    to_render, to_deliver = jobs.left_lying(database)
    due: list[tuple[Any, tuple[Any, ...]]] = [(jobs.batch, (letter_id,)) for letter_id in to_go_on]
    due += [(jobs.render, (letter_id,)) for letter_id in to_render]
    due += [(jobs.deliver, (letter_id, server, owner)) for letter_id in to_deliver]
    for job, given in due:
        try:
            job(database, *given)
        except Exception as error:
            logged("job_failed", error)
