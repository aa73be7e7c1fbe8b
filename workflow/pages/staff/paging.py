"""
Long lists a page at a time, by keys instead of counted rows: what is added meanwhile moves nobody off a page.

A page is named by the id of the row that it begins after, or ends before; so its address holds no value of a row.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_

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


@dataclass(frozen=True, eq=False)
class Listing:
    """
    A list of rows, each with its `id`, that is read a page at a time.

    Its statements are made once and given their values as parameters: to put one together takes longer than to run it.
    """

    listed: Select[*tuple[Any, ...]]
    """All rows there can be."""
    matching: ColumnElement[bool]
    keys: Sequence[Key]
    size: int
    """Rows on a page."""

    def page(self, session: Transaction, place: Place, given: Mapping[str, Any]) -> Page:
        """
        Return a page; `given` holds the values of the parameters.

        A place that is not in the list is the first page; so is one before which less than a page is left.
        """
        marked = self._marked(session, place, given)
        if marked is None:
            rows = session.execute(self._first, given).all()
            return self._page(rows, more_before=False, more_after=len(rows) > self.size)
        if not place.before:
            rows = session.execute(self._after, marked).all()
            return self._page(rows, more_before=True, more_after=len(rows) > self.size)
        rows = session.execute(self._before, marked).all()
        if len(rows) <= self.size:
            return self.page(session, FIRST, given)
        return self._page(rows[self.size - 1 :: -1], more_before=True, more_after=True)

    def count(self, session: Transaction, given: Mapping[str, Any]) -> int:
        """Return how many rows match."""
        return int(session.execute(self._counted, given).scalar_one())

    def _page(self, rows: Sequence[Any], *, more_before: bool, more_after: bool) -> Page:
        rows = rows[: self.size]
        return Page(
            rows=rows,
            previous=Place(before=rows[0].id) if rows and more_before else FIRST if more_before else None,
            next=Place(after=rows[-1].id) if rows and more_after else None,
        )

    def _marked(self, session: Transaction, place: Place, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the values of the parameters with the keys of the row that a place names."""
        if place == FIRST:
            return None
        row = session.execute(self._keys, {**given, "place": place.before or place.after}).one_or_none()
        return None if row is None else {**given, **{f"key{number}": value for number, value in enumerate(row)}}

    @functools.cached_property
    def _keys(self) -> Select[*tuple[Any, ...]]:
        columns = [key.column for key in self.keys]
        return self.listed.with_only_columns(*columns).where(self.keys[-1].column == bindparam("place"))

    @functools.cached_property
    def _counted(self) -> Select[*tuple[Any, ...]]:
        return self.listed.with_only_columns(func.count()).where(self.matching)

    @functools.cached_property
    def _first(self) -> Select[*tuple[Any, ...]]:
        return self._ordered(back=False)

    @functools.cached_property
    def _after(self) -> Select[*tuple[Any, ...]]:
        return self._ordered(back=False).where(self._beyond(back=False))

    @functools.cached_property
    def _before(self) -> Select[*tuple[Any, ...]]:
        return self._ordered(back=True).where(self._beyond(back=True))

    def _ordered(self, *, back: bool) -> Select[*tuple[Any, ...]]:
        order = [key.column.desc() if key.descending != back else key.column.asc() for key in self.keys]
        return self.listed.where(self.matching).order_by(*order).limit(self.size + 1)

    def _beyond(self, *, back: bool) -> ColumnElement[bool]:
        """Return the condition that a row comes after the one that is marked: the first key that differs decides."""
        beyond: ColumnElement[bool] = false()
        for number, key in reversed(list(enumerate(self.keys))):
            value = bindparam(f"key{number}", type_=key.column.type)
            further = key.column < value if key.descending != back else key.column > value
            beyond = or_(further, and_(key.column == value, beyond))
        return beyond
