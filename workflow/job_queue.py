"""The queue of durable jobs (DBOS), in the product's own database: a change and its job are committed as one."""

from __future__ import annotations

import functools
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.trouble import in_words

if TYPE_CHECKING:
    import logging

    from dbos import DBOSClient

QUEUE = "jobs"
OUTSIDE = "outside"
"""A queue of its own for what waits for servers outside: none of them holds up the others."""


class JobQueue:
    """What writes jobs into the queue of one database. `jobs` runs them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._client: DBOSClient | None = None
        self._lock = threading.Lock()

    @property
    def client(self) -> DBOSClient:
        """DBOS's own client, made at its first use, for DBOS is slow to import."""
        with self._lock:
            if self._client is None:
                from dbos import DBOSClient

                self._client = DBOSClient(
                    system_database_engine=self.engine,
                    serializer=json_serializer(),
                    lazy=True,
                    application_name="undersigned",
                )
            return self._client

    def put(self, session: Session, job: str, *ids: str) -> None:
        """
        Put a job on the queue in the session's own transaction, unless one like it waits there: that one will do.

        Both are committed, or neither. One that begins before the commit may miss what was written: the sweep finds it.
        """
        begins = ":".join((job, *ids, ""))
        table = "workflow_status" if self.engine.dialect.name == "sqlite" else "dbos.workflow_status"
        like_it = sa.text(
            f"SELECT 1 FROM {table} WHERE queue_name = :queue AND status = 'ENQUEUED' "
            "AND substr(workflow_uuid, 1, :length) = :begins LIMIT 1"
        )
        if session.scalar(like_it, {"queue": QUEUE, "length": len(begins), "begins": begins}) is None:
            its_id = f"{begins}{uuid.uuid4().hex}"
            self.client.enqueue_in_transaction(
                session, {"workflow_name": job, "queue_name": QUEUE, "workflow_id": its_id}, *ids
            )

    def put_once(self, key: str, job: str, *ids: str, queue: str = QUEUE) -> None:
        """Put a job on the queue, in a transaction of its own, unless one under this key waits there or runs."""
        self.client.enqueue(
            {
                "workflow_name": job,
                "queue_name": queue,
                "deduplication_id": key,
                "duplication_policy": "return-existing",
            },
            *ids,
        )

    def migrate(self) -> None:
        """Create or upgrade the tables of DBOS."""
        from dbos._sys_db import SystemDatabase

        quiet_dbos()
        kind = "sqlite:///x" if self.engine.dialect.name == "sqlite" else "postgresql://x@y/z"
        SystemDatabase.create(
            system_database_url=kind,
            engine_kwargs={},
            engine=self.engine,
            schema="dbos",
            serializer=json_serializer(),
            executor_id=None,
            use_listen_notify=False,
        ).run_migrations()

    def close(self) -> None:
        """Give back every connection."""
        if self._client is not None:
            self._client.destroy()
        self.engine.dispose()


def quiet_dbos() -> None:
    """Keep the engine's own notes out of the log, but for what is wrong: in a sentence, where there is one."""
    import logging

    log = logging.getLogger("dbos")
    log.setLevel(logging.ERROR)
    log.addFilter(_in_a_sentence)


def _in_a_sentence(record: logging.LogRecord) -> bool:
    why = in_words(record.exc_info[1]) if record.exc_info else None
    if why is not None:
        record.msg, record.exc_info, record.exc_text = f"{record.msg} {why}", None, None
    return True


@functools.cache
def json_serializer() -> Any:
    """The serializer of job arguments: JSON, for they are ids only (the default is pickle)."""
    from dbos import Serializer

    class Json(Serializer):
        def serialize(self, data: Any) -> str:
            return json.dumps(data, default=str)

        def deserialize(cls, serialized_data: str) -> Any:
            return json.loads(serialized_data)

        def name(self) -> str:
            return "json"

    return Json()
