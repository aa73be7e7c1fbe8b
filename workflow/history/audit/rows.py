"""The rows of one letter as they stand in the tables, read as they are: nothing is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from workflow.models import Base, Document, JoinRequest
from workflow.transaction import Transaction

Row = dict[str, Any]

HEAVY = {("deliveries", "sealed"), ("revisions", "canonical"), ("documents", "content")}
"""What is read only where it is needed."""

NAMED_BY = {
    **dict.fromkeys(("signoffs", "conditional_signoffs", "proposals"), "sequence"),
    "revisions": "number",
    "open_calls": "letter_id",
}
"""What names a row in an entry, where that is not its id."""


def table(name: str) -> Table:
    """Return a table by its name."""
    return Base.metadata.tables[name]


def rows_of(session: Transaction, letter_id: str) -> dict[str, list[Row]]:
    """Return every row that belongs to a letter, by table."""
    t = Base.metadata.tables
    letter = select(t["letters"].c.campaign_id).where(t["letters"].c.id == letter_id)
    invitations = select(t["invitations"].c.id).where(t["invitations"].c.letter_id == letter_id)
    organisations = select(t["invitations"].c.organisation_id).where(t["invitations"].c.letter_id == letter_id)
    links = select(t["links"].c.id).where(t["links"].c.invitation_id.in_(invitations))
    belongs: dict[str, ColumnElement[bool]] = {
        "letters": t["letters"].c.id == letter_id,
        "campaigns": t["campaigns"].c.id.in_(letter),
        "letterheads": _letterheads(t["letterheads"], letter, letter_id),
        "organisations": t["organisations"].c.id.in_(organisations),
        "codes": t["codes"].c.link_id.in_(links),
        **{name: t[name].c.letter_id == letter_id for name in ("recipients", "revisions", "invitations")},
        **{name: t[name].c.letter_id == letter_id for name in ("deliveries", "renderings", "notes")},
        **{name: t[name].c.letter_id == letter_id for name in ("office_replies", "addenda", "open_calls")},
        "join_requests": and_(t["join_requests"].c.letter_id == letter_id, ~JoinRequest.is_unconfirmed),
        **{name: t[name].c.invitation_id.in_(invitations) for name in ("links", "signoffs", "comments")},
        "conditional_signoffs": t["conditional_signoffs"].c.invitation_id.in_(invitations),
        "proposals": t["proposals"].c.invitation_id.in_(invitations),
        "invitation_contacts": t["invitation_contacts"].c.invitation_id.in_(invitations),
    }
    return {name: list(_read(session, t[name], which)) for name, which in belongs.items()}


def _letterheads(table: Table, campaign: Select[Any], letter_id: str) -> ColumnElement[bool]:
    """Those that were added in the letter's own log, and those of its campaign that say of none that they were."""
    return or_(table.c.letter_id == letter_id, and_(table.c.letter_id.is_(None), table.c.campaign_id.in_(campaign)))


def _read(session: Transaction, table: Table, which: ColumnElement[bool]) -> Iterator[Row]:
    light = [column for column in table.c if (table.name, column.name) not in HEAVY]
    query = select(*light).where(which).order_by(*table.primary_key.columns)
    for row in session.execute(query):
        yield dict(row._mapping)


def named(table: str, row: Row) -> str:
    """Return what names a row in an entry."""
    return str(row[NAMED_BY.get(table, "id")])


def row_id(table: str, row: Row) -> str:
    """Return what names a row in a sentence: its id, where it has one."""
    return str(row.get("id") or named(table, row))


def stored(session: Transaction, sha256s: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """Give stored documents one by one: their name, their media type, their bytes."""
    query = select(Document.sha256, Document.media_type, Document.content).where(Document.sha256.in_(sha256s))
    for sha256, media_type, content in session.execute(query.execution_options(yield_per=20)):
        yield sha256, media_type, bytes(content)
