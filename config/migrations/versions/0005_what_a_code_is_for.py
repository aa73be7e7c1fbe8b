"""What a code by mail was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("codes", sa.Column("purpose", sa.String(length=16), nullable=False, server_default="sign"))
