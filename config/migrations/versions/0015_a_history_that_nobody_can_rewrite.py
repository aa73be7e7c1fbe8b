"""One log over all letters, its heads outside; what a history is searched by; codes, names, erasure, retention."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PIECE = 1_000
MAILS, QUEUED = "delivery.", "delivery.queued"
COME_ALONG = ("revision.frozen", "note.added", "invitation.supersede", "invitation.restore")
"""What comes along with an act: the emails of that act are not theirs."""


def _id(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def upgrade() -> None:
    _common_log()
    op.add_column("log_heads", _moment("last_at", nullable=True))
    _entries()
    op.add_column("campaigns", _flag("footer_code"))
    op.add_column("campaigns", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("letters", sa.Column("code", sa.String(length=16), nullable=True))
    op.create_index("ix_letters_code", "letters", ["code"], unique=True)
    op.add_column("letters", _flag("footer_code"))
    op.add_column("letters", sa.Column("legal_hold", sa.Text(), server_default="", nullable=False))
    op.add_column("letters", _moment("erased_at", nullable=True))
    op.add_column("renderings", sa.Column("names_root", sa.String(length=64), server_default="", nullable=False))
    _erasures()
    op.add_column("renderings", sa.Column("names_salt", sa.LargeBinary(), nullable=True))
    _ledger_links()


def _ledger_links() -> None:
    op.create_table(
        "ledger_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        _id("invitation_id"),
        sa.Column("address", sa.String(length=32), nullable=False),
        _moment("expires_at"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_ledger_links_invitation_id_invitations")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_ledger_links")),
    )


def _common_log() -> None:
    op.create_table(
        "common_entries",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        _id("letter_id"),
        sa.Column("size", sa.Integer(), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_common_entries")),
        sa.UniqueConstraint("letter_id", "size", name=op.f("uq_common_entries_letter_id_size")),
    )
    op.create_table(
        "common_subtrees",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_common_subtrees")),
    )
    op.create_table(
        "common_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("frontier", sa.JSON(), nullable=False),
        sa.Column("vkey", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_common_head")),
    )
    op.create_table(
        "common_checkpoints",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_common_checkpoints")),
    )
    op.create_table(
        "sequenced",
        _id("letter_id"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("frontier", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_sequenced")),
    )
    op.create_table(
        "head_witnesses",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_head_witnesses")),
    )
    op.create_table(
        "witness_failures",
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        _moment("since"),
        sa.Column("times", sa.Integer(), nullable=False),
        _moment("next_at"),
        sa.PrimaryKeyConstraint("witness", name=op.f("pk_witness_failures")),
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        _id("id"),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=32), server_default="", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        _id("letter_id", nullable=True),
        _id("campaign_id", nullable=True),
        _flag("documents"),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("actor_role", sa.String(length=16), nullable=False),
        sa.Column("actor_key", sa.String(length=64), nullable=False),
        _moment("begun_at"),
        _moment("ended_at", nullable=True),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_letter_id"), "erasures", ["letter_id"])


def _entries() -> None:
    """What a history is searched by, beside the bytes that were hashed."""
    op.add_column("log_entries", sa.Column("action", sa.String(length=40), server_default="", nullable=False))
    op.add_column("log_entries", _moment("at", nullable=True))
    op.add_column("log_entries", _id("invitation_id", nullable=True))
    op.add_column("log_entries", _id("delivery_id", nullable=True))
    op.add_column("log_entries", sa.Column("cause", sa.Integer(), nullable=True))
    op.add_column("deliveries", sa.Column("cause", sa.Integer(), nullable=True))
    _let_entries_change()
    _fill()
    _let_nothing_change()
    op.create_index("ix_log_entries_letter_id_action", "log_entries", ["letter_id", "action", "sequence"])
    for name, columns in (("invitation_id", ["invitation_id"]), ("cause", ["cause", "action"])):
        where = {f"{dialect}_where": sa.text(f"{name} IS NOT NULL") for dialect in ("sqlite", "postgresql")}
        index, over = f"ix_log_entries_letter_id_{name}", ["letter_id", *columns, "sequence"]
        op.create_index(index, "log_entries", over, **where)


def _let_entries_change() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER log_entries_no_update")
    else:
        op.execute("ALTER TABLE log_entries DISABLE TRIGGER log_entries_append_only")


def _let_nothing_change() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries "
            "BEGIN SELECT RAISE(ABORT, 'The history is append-only.'); END"
        )
    else:
        op.execute("ALTER TABLE log_entries ENABLE TRIGGER log_entries_append_only")


def _fill() -> None:
    connection = op.get_bind()
    entries = sa.table("log_entries", *map(sa.column, ("letter_id", "sequence", "entry")))
    written = sa.table(
        "log_entries",
        *map(sa.column, ("letter_id", "sequence", "action", "invitation_id", "delivery_id", "cause")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    change = (
        sa.update(written)
        .where(written.c.letter_id == sa.bindparam("of"), written.c.sequence == sa.bindparam("place"))
        .values({name: sa.bindparam(f"its_{name}") for name in FILLED})
    )
    mails = sa.table("deliveries", sa.column("id"), sa.column("cause"))
    belongs = sa.update(mails).where(mails.c.id == sa.bindparam("mail")).values(cause=sa.bindparam("act"))
    for letter_id in connection.scalars(sa.text("SELECT letter_id FROM log_heads")).all():
        for rows in _told(connection, entries, letter_id):
            connection.execute(change, rows)
            queued = [row for row in rows if row["its_action"] == QUEUED and row["its_delivery_id"]]
            if queued:
                connection.execute(
                    belongs, [{"mail": row["its_delivery_id"], "act": row["its_cause"]} for row in queued]
                )
    last = "SELECT max(at) FROM log_entries WHERE log_entries.letter_id = log_heads.letter_id"
    connection.execute(sa.text(f"UPDATE log_heads SET last_at = ({last})"))


FILLED = ("action", "at", "invitation_id", "delivery_id", "cause")


def _told(connection: sa.Connection, entries: sa.TableClause, letter_id: str) -> Iterator[list[dict[str, Any]]]:
    """What the entries of a letter say; an email belongs to the act before it was queued."""
    act, causes, first = None, {}, 0
    query = sa.select(entries.c.sequence, entries.c.entry).where(entries.c.letter_id == letter_id)
    while True:
        piece = query.where(entries.c.sequence >= first).order_by(entries.c.sequence).limit(PIECE)
        found = connection.execute(piece).all()
        if not found:
            return
        rows = []
        for sequence, entry in found:
            try:
                read = json.loads(bytes(entry))
                action, at, about = str(read["action"]), datetime.fromisoformat(read["at"]), dict(read["about"])
            except (KeyError, TypeError, ValueError):
                continue  # Changed by hand: `flask history verify` says so.
            delivery, cause = about.get("delivery"), None
            if action.startswith(MAILS):
                cause = causes.setdefault(delivery, act)
            elif act is None or action not in COME_ALONG:
                act = sequence
            values = (action, at, about.get("invitation"), delivery, cause)
            its = {f"its_{name}": value for name, value in zip(FILLED, values, strict=True)}
            rows.append({"of": letter_id, "place": sequence, **its})
        if rows:
            yield rows
        first = found[-1].sequence + 1
