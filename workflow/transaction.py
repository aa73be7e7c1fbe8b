"""A transaction of the database, with what an act needs beside the tables; and the lock that acts begin with."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Engine, Insert, Select, Table, bindparam, event, insert, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, joinedload, object_session

from config.settings import Settings
from workflow import keys
from workflow.job_queue import JobQueue
from workflow.models import Base, Letter
from workflow.tokens import Tokens


class Transaction(Session):
    """A session for one transaction: `Database.writing` and `Database.reading` give it."""

    def __init__(self, engine: Engine, settings: Settings, queue: JobQueue, *, read_only: bool = False) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.settings = settings
        self.read_only = read_only
        """It sees one state of the database, and refuses to write."""
        self.held: set[str] = set()
        """The letters whose rows are locked (`hold_letter`)."""
        self.locked: dict[str, Letter] = {}
        """Those of them that were read when they were locked (`lock_letter`)."""
        self.unwritten: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        """Rows that go into tables many at once, without the ORM: at the latest before the next query of it."""
        self.woken: set[str | None] = set()
        """The letters (None: mails of no letter) that mails were written of: the commit puts one job on for each."""
        self.has_written = False
        self._queue = queue

    @functools.cached_property
    def tokens(self) -> Tokens:
        """
        What is made from the secrets. What is written is made with the one on record, whichever is the first here.

        Raises `WrongKeyError` where that one is not at hand any more.
        """
        return self.tokens_led_by("" if self.read_only else keys.secret_on_record(self))

    def tokens_led_by(self, due: str) -> Tokens:
        """Return the same, where the fingerprint of the secret on record was read already (`keys.on_record`)."""
        found = Tokens(self.settings.secrets())
        return found.led_by(due) if due else found

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what has changed, then the rows that were put by: each table's in one statement."""
        super().flush(objects)
        while self.unwritten:
            table, rows = self.unwritten.popitem()
            self.connection().execute(_into(table), rows)
            self.has_written = True

    def sees_committed(self, letter_id: str) -> bool:
        """Whether it sees one committed state of a letter: it only reads, or holds the lock and has changed nothing."""
        touched = self.has_written or self.unwritten or self.new or self.dirty or self.deleted
        return self.read_only or (letter_id in self.held and not touched)

    def enqueue(self, job: str, *ids: str) -> None:
        """Put a job on the queue in this transaction: both are committed, or neither."""
        self._queue.put(self, job, *ids)

    def afresh(self) -> Transaction:
        """Return another transaction on the same database, which sees what was committed since this one began."""
        engine = self.get_bind()
        assert isinstance(engine, Engine)
        return Transaction(engine, self.settings, self._queue, read_only=self.read_only)


@functools.cache
def _into(table: Table) -> Insert:
    return insert(table)


@event.listens_for(Transaction, "before_commit")
def _wake(transaction: Transaction) -> None:
    """Let the mails that were written be sent: one job for each letter, however many mails."""
    while transaction.woken:
        transaction.enqueue("deliver", transaction.woken.pop() or "")


@event.listens_for(Transaction, "after_flush")
def _flushed(transaction: Transaction, context: UOWTransaction) -> None:
    transaction.has_written = True


@event.listens_for(Transaction, "do_orm_execute")
def _executed(statement: ORMExecuteState) -> None:
    if statement.is_insert or statement.is_update or statement.is_delete:
        cast(Transaction, statement.session).has_written = True


def transaction_of(row: Base) -> Transaction:
    """Return the transaction that a row was read in."""
    found = object_session(row)
    assert isinstance(found, Transaction)
    return found


@functools.cache
def _letter_locked() -> Select[Letter]:
    query = select(Letter).where(Letter.id == bindparam("letter_id")).with_for_update(of=Letter)
    return query.options(joinedload(Letter.campaign, innerjoin=True)).execution_options(populate_existing=True)


def lock_letter(session: Transaction, letter_id: str) -> Letter | None:
    """
    Lock a letter's row and read it anew, once in a transaction; whatever changes anything of a letter starts here.

    The lock order is letter, then log head. On SQLite the transaction itself is the lock.
    """
    if letter_id in session.locked:
        return session.locked[letter_id]
    locked = session.scalar(_letter_locked(), {"letter_id": letter_id})
    if locked is not None:
        session.locked[letter_id] = locked
        session.held.add(letter_id)
    return locked


LETTERS = Letter.metadata.tables["letters"]
_HELD = select(LETTERS.c.id).where(LETTERS.c.id == bindparam("letter_id")).with_for_update()


def hold_letter(session: Transaction, letter_id: str) -> None:
    """Lock a letter's row without reading it, for acts that look at nothing of it but what they join to it."""
    if letter_id in session.held:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite" or connection.scalar(_HELD, {"letter_id": letter_id}) is not None:
        session.held.add(letter_id)
