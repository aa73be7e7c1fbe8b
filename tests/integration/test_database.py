"""The database: its engines, its transactions, its migrations."""

import contextlib

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from config.settings import Settings
from tests.support.factories import open_sign_off, take_in
from tests.support.forked import forked
from workflow import models, states
from workflow.database import Database
from workflow.errors import GuardedStateError
from workflow.job_queue import QUEUE
from workflow.transaction import lock_letter


def letter(session, **fields):
    campaign = models.Campaign(name="A campaign")
    session.add(campaign)
    session.flush()
    made = models.Letter(campaign_id=campaign.id, **fields)
    session.add(made)
    session.flush()
    return made


def test_the_migrations_make_exactly_the_tables_of_the_models(database):
    with database.engine.connect() as connection:
        ours = {"include_name": lambda name, kind, parents: kind != "table" or name in models.Base.metadata.tables}
        difference = compare_metadata(MigrationContext.configure(connection, opts=ours), models.Base.metadata)

    assert difference == []


def test_migrating_twice_changes_nothing(database):
    database.migrate()

    assert database.is_current()


def test_a_committed_act_has_its_job_and_a_rolled_back_act_has_none(database):
    with database.writing() as session:
        kept = letter(session)
        session.enqueue("deliver", kept.id)
    with pytest.raises(RuntimeError), database.writing() as session:
        session.enqueue("deliver", letter(session).id)
        raise RuntimeError("the act failed")

    jobs = database.queue.client.list_workflows(queue_name=QUEUE)
    assert [job.input["args"] for job in jobs] == [[kept.id]]


def test_a_reader_cannot_write(database):
    with pytest.raises(sa.exc.DBAPIError), database.reading() as session:
        letter(session)


def test_a_writer_after_a_reader_on_the_same_connection_can_write(database):
    with database.reading() as session:
        session.scalars(sa.select(models.Letter)).all()
    with database.writing() as session:
        letter(session)


def test_a_time_without_a_zone_is_refused(database):
    from datetime import datetime

    with pytest.raises(sa.exc.StatementError, match="no zone"), database.writing() as session:
        letter(session, dispatch_at=datetime(2026, 1, 1))


def test_a_state_assigned_by_hand_is_refused(database):
    with database.writing() as session:
        made = letter(session)
        with pytest.raises(GuardedStateError):
            made.state = "sent"


@pytest.mark.parametrize(
    ("table", "machine"),
    [("letters", states.LETTER), ("invitations", states.INVITATION), ("deliveries", states.DELIVERY)],
)
def test_the_database_itself_knows_the_moves_of_each_machine(database, table, machine):
    """It lets a row move as the table of its machine says, and by no other pair."""
    letter_id, rows, moves = take_in(database, 1), models.Base.metadata.tables[table], set()
    if table == "deliveries":
        open_sign_off(database, letter_id)
    with database.engine.begin() as connection:
        row = dict(connection.execute(sa.select(rows)).mappings().one())
        for before in machine.states:
            apart = {name for name in ("id", "dedupe_key", "message_id", "code") if name in row}
            other = {name: models.new_id()[: 10 if name == "code" else 32] for name in apart}
            if table == "invitations":
                connection.execute(rows.delete())
            connection.execute(rows.insert().values(row | other | {"state": before}))
            for after in set(machine.states) - {before}:
                with contextlib.suppress(sa.exc.DBAPIError), connection.begin_nested() as tried:
                    connection.execute(rows.update().where(rows.c.id == other["id"]).values(state=after))
                    moves.add((before, after))
                    tried.rollback()
        connection.rollback()

    assert moves == machine.moves


def test_an_entry_of_the_history_can_be_neither_changed_nor_deleted(database):
    with database.writing() as session:
        made = letter(session)
        session.add(models.LogEntry(letter_id=made.id, sequence=0, entry=b"{}", leaf=b"x" * 32))

    for statement in ("UPDATE log_entries SET entry = leaf", "DELETE FROM log_entries"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def _count_up(settings: Settings, letter_id: str, times: int) -> None:
    database = Database(settings)
    for _ in range(times):
        with database.writing() as session:
            locked = lock_letter(session, letter_id)
            locked.version += 1
    database.close()


def exit_codes(processes):
    """Start all at once, and say how each has ended: None where it has not within two minutes."""
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    ended = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    return ended


def test_no_update_is_lost_between_processes(database, settings):
    with database.writing() as session:
        made = letter(session, version=0)
    workers = [forked.Process(target=_count_up, args=(settings, made.id, 50)) for _ in range(4)]

    assert exit_codes(workers) == [0, 0, 0, 0]
    with database.reading() as session:
        assert session.get(models.Letter, made.id).version == 200


def test_two_processes_may_create_the_embedded_database_at_once(tmp_path):
    settings = Settings(instance=tmp_path / "fresh")
    starters = [forked.Process(target=_create, args=(settings,)) for _ in range(3)]

    assert exit_codes(starters) == [0, 0, 0]


def _create(settings: Settings) -> None:
    database = Database(settings)
    database.migrate()
    database.close()
