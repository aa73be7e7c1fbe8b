"""Languages, suggestions and replies, codes by mail, hand-over, more time, silence as consent, counted tries."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_codes_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_codes_link_id"), "codes", ["link_id"])
    op.create_table(
        "tries",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tries")),
    )
    # Said in SQL that both databases know: a batch would copy the table on SQLite and lose its triggers.
    for table, column in (
        ("campaigns", "comments_shared BOOLEAN DEFAULT false NOT NULL"),
        ("campaigns", "code_required BOOLEAN DEFAULT false NOT NULL"),
        ("campaigns", "objection_hours INTEGER DEFAULT 0 NOT NULL"),
        ("letters", "objections_until TIMESTAMP {zone}"),
        ("invitations", "language VARCHAR(16) DEFAULT '' NOT NULL"),
        ("invitations", "timezone VARCHAR(64) DEFAULT '' NOT NULL"),
        ("invitations", "reason_shared BOOLEAN DEFAULT false NOT NULL"),
        ("invitations", "more_time TEXT DEFAULT '' NOT NULL"),
        ("comments", "reply_to VARCHAR(32) CONSTRAINT fk_comments_reply_to_comments REFERENCES comments (id)"),
        ("comments", "user_id VARCHAR(32) CONSTRAINT fk_comments_user_id_users REFERENCES users (id)"),
        ("comments", "replaces TEXT"),
        ("comments", "replacement TEXT"),
        (
            "comments",
            "settled VARCHAR(16) DEFAULT '' NOT NULL "
            "CONSTRAINT ck_comments_settled CHECK (settled IN ('', 'accepted', 'dismissed'))",
        ),
        ("signoffs", "objection_hours INTEGER DEFAULT 0 NOT NULL"),
        (
            "signoffs",
            "basis VARCHAR(16) DEFAULT 'confirmed' NOT NULL "
            "CONSTRAINT ck_signoffs_basis CHECK (basis IN ('confirmed', 'not_objected'))",
        ),
    ):
        zone = "WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else ""
        kind = column.format(zone=zone) if zone else column.replace("TIMESTAMP {zone}", "DATETIME")
        op.execute(f"ALTER TABLE {table} ADD COLUMN {kind}")
