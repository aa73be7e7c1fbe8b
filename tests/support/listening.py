"""What a test hears of what the program does."""

import contextlib
import threading

import sqlalchemy as sa


@contextlib.contextmanager
def statements(database):
    """What this thread asks of the database meanwhile: each statement once, however many rows it is for."""
    thread, said = threading.get_ident(), []

    def hear(connection, cursor, statement, *more):
        if threading.get_ident() == thread:
            said.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", hear)
