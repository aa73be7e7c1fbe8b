"""What thousands of organisations on one letter take: acts done in pieces, mails made with holes, parts of the tree."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("letter_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("actor_role", sa.String(length=16), nullable=False),
        sa.Column("actor_key", sa.String(length=64), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_batches_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_letter_id"), "batches", ["letter_id"])
    op.create_index(op.f("ix_batches_ended_at"), "batches", ["ended_at"])
    op.create_table(
        "mail_skeletons",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_mail_skeletons")),
    )
    op.create_table(
        "mail_pauses",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_pauses")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sends", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "log_subtrees",
        sa.Column("letter_id", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_log_subtrees_letter_id_letters")),
        sa.PrimaryKeyConstraint("letter_id", "level", "number", name=op.f("pk_log_subtrees")),
    )
    _fill_subtrees()
    op.add_column("deliveries", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("skeleton", sa.String(length=64), nullable=True))
    op.add_column("deliveries", sa.Column("fills", sa.JSON(), server_default="{}", nullable=False))
    op.create_index(op.f("ix_deliveries_claimed_at"), "deliveries", ["claimed_at"])
    op.create_index(op.f("ix_deliveries_letter_id_state_next_at"), "deliveries", ["letter_id", "state", "next_at"])
    op.create_index(op.f("ix_invitations_letter_id_position"), "invitations", ["letter_id", "position"])
    op.add_column("renderings", sa.Column("no_pdf", sa.Text(), server_default="", nullable=False))
    op.add_column("renderings", sa.Column("too_large", sa.Text(), server_default="", nullable=False))
    op.add_column("letters", sa.Column("round", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invitations", sa.Column("round", sa.Integer(), server_default="0", nullable=False))
    op.create_index(op.f("ix_invitations_letter_id_round"), "invitations", ["letter_id", "round"])
    op.create_index("ix_invitations_letter_id_state_position", "invitations", ["letter_id", "state", "position"])
    op.create_index(op.f("ix_comments_reply_to"), "comments", ["reply_to"])
    op.create_index(op.f("ix_deliveries_recipient_id"), "deliveries", ["recipient_id"])
    _let_lists_be_searched()


# --- what lists are searched in -------------------------------------------------------------------------------------

SEARCHED = {
    "organisations": ("name", "acronym"),
    "invitations": ("signatory", "email", "second_email"),
    "signoffs": ("name",),
}
ALIKE = str.maketrans("łøđıħŧىیےةۀک", "lodihtيييههك") | {0x640: None, ord("æ"): "ae", ord("œ"): "oe"}


def _let_lists_be_searched() -> None:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    for table in SEARCHED:
        op.add_column(table, sa.Column("folded", kind, server_default="", nullable=False))
    op.add_column("signoffs", sa.Column("odd", sa.Text(), server_default="", nullable=False))
    odd = sa.text("odd != ''")
    op.create_index("ix_signoffs_odd", "signoffs", ["invitation_id"], sqlite_where=odd, postgresql_where=odd)
    for table, columns in SEARCHED.items():
        _fold(table, columns)
    _say_what_is_odd()


def _fold(table: str, columns: tuple[str, ...]) -> None:
    rows = op.get_bind().execute(sa.text(f"SELECT id, {', '.join(columns)} FROM {table}")).all()
    made = [{"of": row[0], "folded": "\n".join(_plain(words) for words in row[1:] if words)} for row in rows]
    if made:
        op.get_bind().execute(sa.text(f"UPDATE {table} SET folded = :folded WHERE id = :of"), made)


def _plain(words: str) -> str:
    """As `letter.text.folded` was when this was written: what is here never changes."""
    return " ".join(_key(_key(words).translate(ALIKE).casefold()).split())


def _key(words: str) -> str:
    apart = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in apart if c.isalnum() or c.isspace()).strip()


def _say_what_is_odd() -> None:
    rows = op.get_bind().execute(
        sa.text(
            "SELECT s.id, e.entry FROM signoffs s JOIN invitations i ON i.id = s.invitation_id "
            "JOIN log_entries e ON e.letter_id = i.letter_id AND e.sequence = s.sequence"
        )
    )
    made = [{"of": of, "odd": odd} for of, entry in rows if (odd := _odd(json.loads(bytes(entry))["about"]))]
    if made:
        op.get_bind().execute(sa.text("UPDATE signoffs SET odd = :odd WHERE id = :of"), made)


def _odd(about: dict[str, object]) -> str:
    fast = "signed within three seconds of opening the link" if about.get("fast_decision") else ""
    many = f"this link was opened from {about['networks']} networks" if about.get("networks") else ""
    return "; ".join(said for said in (fast, many) if said)


LEVELS = 4
"""Of so many levels of a tree at a time the roots of full subtrees are stored."""


def _fill_subtrees() -> None:
    """Store the subtrees of the logs that have begun already, from their leaves in order."""
    connection = op.get_bind()
    letters = connection.execute(sa.text("SELECT letter_id FROM log_heads ORDER BY letter_id")).scalars().all()
    for letter_id in letters:
        query = sa.text("SELECT leaf FROM log_entries WHERE letter_id = :letter ORDER BY sequence")
        rows = list(_subtrees(connection.execute(query, {"letter": letter_id}).scalars()))
        if rows:
            insert = (
                "INSERT INTO log_subtrees (letter_id, level, number, root) VALUES (:letter, :level, :number, :root)"
            )
            connection.execute(sa.text(insert), [{"letter": letter_id, **row} for row in rows])


def _subtrees(leaves: Iterable[bytes]) -> Iterator[dict[str, object]]:
    frontier: list[bytes] = []
    for place, leaf in enumerate(leaves):
        node, number, level = bytes(leaf), place, 0
        while number & 1:
            node = hashlib.sha256(b"\x01" + frontier.pop() + node).digest()
            number, level = number >> 1, level + 1
            if level % LEVELS == 0:
                yield {"level": level, "number": number, "root": node}
        frontier.append(node)
