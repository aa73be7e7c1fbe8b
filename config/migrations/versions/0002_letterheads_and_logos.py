"""Letterheads, logos, the order and the layout of the signatories."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letterheads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("docx_sha256", sa.String(length=64), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_letterheads_campaign_id_campaigns")),
        sa.ForeignKeyConstraint(
            ["docx_sha256"], ["documents.sha256"], name=op.f("fk_letterheads_docx_sha256_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterheads")),
    )
    op.create_index(op.f("ix_letterheads_campaign_id"), "letterheads", ["campaign_id"])
    # Said in SQL that both databases know: a batch would copy the table on SQLite and lose its triggers.
    for table, column in (
        ("letters", "letterhead VARCHAR(32) DEFAULT 'plain' NOT NULL"),
        ("letters", "layout VARCHAR(16) DEFAULT 'automatic' NOT NULL"),
        (
            "letters",
            "ordering VARCHAR(16) DEFAULT 'agreed' NOT NULL "
            "CONSTRAINT ck_letters_ordering CHECK (ordering IN ('agreed', 'alphabet', 'time'))",
        ),
        ("organisations", "country TEXT DEFAULT '' NOT NULL"),
        (
            "organisations",
            "logo_sha256 VARCHAR(64) CONSTRAINT fk_organisations_logo_sha256_documents REFERENCES documents (sha256)",
        ),
        ("invitations", "founder BOOLEAN DEFAULT false NOT NULL"),
        ("invitations", "confidential BOOLEAN DEFAULT false NOT NULL"),
        (
            "signoffs",
            "image_sha256 VARCHAR(64) CONSTRAINT fk_signoffs_image_sha256_documents REFERENCES documents (sha256)",
        ),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
