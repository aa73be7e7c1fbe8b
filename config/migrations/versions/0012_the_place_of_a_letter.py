"""Where a letter is dated: the place is printed before the date."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("letters", sa.Column("place", sa.Text(), server_default="", nullable=False))
