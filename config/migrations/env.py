"""How Alembic reaches the database: through the engine and the tables that `workflow.database` hands over."""

from alembic import context

ENGINE = context.config.attributes["engine"]
TABLES = context.config.attributes["metadata"]


def _ours(name: str | None, kind: str, parent_names: object) -> bool:
    """DBOS keeps its own tables beside ours on SQLite; Alembic leaves them alone."""
    return kind != "table" or name in TABLES.tables


with ENGINE.begin() as connection:
    context.configure(connection=connection, target_metadata=TABLES, include_name=_ours, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
