"""An index that finds the sign-offs of one text; how links are used; a second contact."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_signoffs_digest"), "signoffs", ["digest"])
    op.add_column("links", sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("links", sa.Column("fetched_by", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("links", sa.Column("networks", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("invitations", sa.Column("second_email", sa.String(length=254), nullable=False, server_default=""))
