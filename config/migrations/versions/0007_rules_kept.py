"""What was said when it was signed or written stays so: the code by mail, who reads a comment."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signoffs", sa.Column("code_required", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("comments", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Who could read a comment so far goes on doing so.
    op.execute(
        "UPDATE comments SET shared = true WHERE invitation_id IN (SELECT invitations.id FROM invitations "
        "JOIN letters ON letters.id = invitations.letter_id JOIN campaigns ON campaigns.id = letters.campaign_id "
        "WHERE campaigns.comments_shared)"
    )
