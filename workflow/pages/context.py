"""How a page reaches the database: one reader for the whole request, which ends before an act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import g

from workflow.instance import instance
from workflow.transaction import Transaction


def reader() -> Transaction:
    """Return this request's reading transaction; it refuses to write."""
    if "reader" not in g:
        g.reader = instance().database.reading()
    return cast(Transaction, g.reader)


def end_reading() -> None:
    """Give the reading transaction back: at the end of a request, and before an act or long work."""
    if "reader" in g:
        g.pop("reader").close()


@contextmanager
def writer() -> Iterator[Transaction]:
    """One transaction that writes. The reading ends before; what is read after it sees what was written."""
    end_reading()
    with instance().database.writing() as transaction:
        yield transaction
