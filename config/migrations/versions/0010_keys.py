"""Which keys the database was written with, and under which name and key each log is signed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instance_keys",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_instance_keys")),
    )
    op.create_index(
        "uq_instance_keys_current",
        "instance_keys",
        ["name"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    # Filled in by the first process that shows the key: here nobody has it.
    op.add_column("log_heads", sa.Column("vkey", sa.Text(), nullable=False, server_default=""))
