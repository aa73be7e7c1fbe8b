"""An index that finds the sign-offs of one text."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_signoffs_digest"), "signoffs", ["digest"])


def downgrade() -> None:
    op.drop_index(op.f("ix_signoffs_digest"), "signoffs")
