"""What all tables share: types, ids, states that only their machines write."""

from __future__ import annotations

import contextlib
import contextvars
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    Text,
    TypeDecorator,
    event,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from workflow import states
from workflow.errors import GuardedStateError
from workflow.letter import text as texts


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; a naive one is refused. SQLite keeps it without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Times are stored in UTC and aware; this one has no zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database keeps none."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints and the mapping of types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), str: Text(), dict[str, Any]: JSON(), list[str]: JSON()}


def new_id() -> str:
    """Return a random identifier: 32 hex digits (122 random bits)."""
    return uuid.uuid4().hex


def own_id() -> Mapped[str]:
    """Return the column of a row's own random id."""
    return mapped_column(String(32), primary_key=True, default=new_id)


def letter_ref() -> Mapped[str]:
    """Return the column that names the letter a row is of."""
    return mapped_column(String(32), ForeignKey("letters.id"), index=True)


FOLDED = Text().with_variant(Text(collation="C"), "postgresql")
"""Folded words (`letter.text.folded`): put in order byte by byte on every database."""


def folded_from(*columns: str) -> Mapped[str]:
    """Return the column that a search compares, made from other columns of its row when that is written first."""

    def fold(context: Any) -> str:
        row = context.get_current_parameters()
        return texts.folded(*(row.get(column) or "" for column in columns))

    return mapped_column(FOLDED, default=fold, server_default="")


def state_of(table: states.Table) -> Mapped[str]:
    """Return the state column of a machine's things."""
    return mapped_column(String(16), default=table.initial)


def known_states(table: states.Table) -> CheckConstraint:
    """Return the check that a state is one of its machine's."""
    known = ", ".join(f"'{state}'" for state in table.states)
    return CheckConstraint(f"state IN ({known})", name="state")


def in_state(*known: str) -> hybrid_property[bool]:
    """Return a property that says whether a thing is in one of these states; in a query, a condition."""
    return hybrid_property(lambda thing: thing.state in known, expr=lambda of: of.state.in_(known))


def stands_in(of: type[Any], known: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row is in one of these states, for a query."""
    return cast("ColumnElement[bool]", of.state.in_(known))


def standing_as(*known: str) -> hybrid_property[bool]:
    """Return a property that says whether an invitation stands in one of these states; in a query, its own state."""
    return hybrid_property(lambda invitation: invitation.stands in known, expr=lambda of: of.state.in_(known))


_change_allowed = contextvars.ContextVar("allow_state_change", default=False)


@contextlib.contextmanager
def allow_state_change() -> Iterator[None]:
    """Let `state` be assigned inside the block; for `history.transition` only."""
    token = _change_allowed.set(True)
    try:
        yield
    finally:
        _change_allowed.reset(token)


def _check_change(target: Any, value: str, old: Any, initiator: Any) -> None:
    if not _change_allowed.get():
        raise GuardedStateError(f"{type(target).__name__}.state was assigned {value!r} outside its machine.")


def protect_state(column: Any) -> None:
    """Let a state column be assigned by its machine alone."""
    event.listen(column, "set", _check_change)
