"""
Long lists a page at a time, by keys instead of counted rows: what is added meanwhile moves nobody off a page.

A page is named by the id of the row that it begins after, or ends before; so its address holds no value of a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_

from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Key:
    """What a list is put in order by; the last one is the row's id."""

    column: ColumnElement[Any]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Which page of a list: the one after a row, or the one before it; the first where both are empty."""

    after: str = ""
    before: str = ""


FIRST = Place()


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and the places of the pages beside them, where there are any."""

    rows: Sequence[Any]
    previous: Place | None
    next: Place | None


def place_in(given: Mapping[str, str]) -> Place:
    """Return the place that an address names."""
    return Place(_id(given.get("after", "")), _id(given.get("before", "")))


def _id(given: str) -> str:
    return given if given.isascii() and given.isalnum() else ""


def paged(
    session: Transaction, listed: Select[*tuple[Any, ...]], matching: ColumnElement[bool], keys: Sequence[Key],
    place: Place, size: int,
) -> Page:  # fmt: skip
    """
    Return a page of the rows of `listed` that match, in the order of the keys; each row has its `id`.

    A place that is not in the list is the first page; so is one before which less than a page is left.
    """
    back = bool(place.before)
    marked = _keys_of(session, listed, keys, place.before or place.after)
    query = listed.where(matching).limit(size + 1)
    if marked is None:
        rows = session.execute(query.order_by(*_order(keys))).all()
        return _page(rows[:size], more_before=False, more_after=len(rows) > size)
    beyond = query.where(_beyond(keys, marked, back)).order_by(*_order(keys, back))
    rows = session.execute(beyond).all()
    if not back:
        return _page(rows[:size], more_before=True, more_after=len(rows) > size)
    if len(rows) <= size:
        return paged(session, listed, matching, keys, FIRST, size)
    return _page(rows[:size][::-1], more_before=True, more_after=True)


def _page(rows: Sequence[Any], *, more_before: bool, more_after: bool) -> Page:
    return Page(
        rows=rows,
        previous=Place(before=rows[0].id) if rows and more_before else FIRST if more_before else None,
        next=Place(after=rows[-1].id) if rows and more_after else None,
    )


def _keys_of(
    session: Transaction, listed: Select[*tuple[Any, ...]], keys: Sequence[Key], row_id: str
) -> Sequence[Any] | None:
    if not row_id:
        return None
    columns = [key.column for key in keys]
    return session.execute(listed.with_only_columns(*columns).where(keys[-1].column == row_id)).one_or_none()


def _order(keys: Sequence[Key], back: bool = False) -> list[ColumnElement[Any]]:
    return [key.column.desc() if key.descending != back else key.column.asc() for key in keys]


def _beyond(keys: Sequence[Key], values: Sequence[Any], back: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after another one by all its keys, the first that differs deciding."""
    beyond: ColumnElement[bool] = false()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        further = key.column < value if key.descending != back else key.column > value
        beyond = or_(further, and_(key.column == value, beyond))
    return beyond
