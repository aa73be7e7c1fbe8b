"""Reminders and own deadlines, more people of an organisation, conditions, open calls, returned mail, what comes after."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FOLDED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _id(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    _terms()
    _answers()
    _calls()
    _mail()
    _afterwards()
    for table, moves in MOVES.items():
        _known_moves_only(table, moves)


def _terms() -> None:
    for table in ("campaigns", "letters"):
        op.add_column(table, sa.Column("reminders", sa.JSON(), server_default="[]", nullable=False))
        op.add_column(table, sa.Column("at_deadline", sa.String(length=16), server_default="close", nullable=False))
        op.add_column(table, sa.Column("extend_days", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, _flag("four_eyes"))
        op.add_column(table, _flag("late_names"))
        op.add_column(table, sa.Column("reply_days", sa.Integer(), nullable=True))
    op.add_column("invitations", _moment("deadline", nullable=True))
    op.add_column("invitations", _flag("four_eyes"))
    op.add_column("invitations", sa.Column("no_reminders", sa.String(length=16), server_default="", nullable=False))
    op.add_column("invitations", sa.Column("reminded", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invitations", _moment("reminded_at", nullable=True))
    op.add_column("invitations", _id("answered_by", nullable=True))
    op.add_column("known_organisations", _flag("four_eyes"))
    op.add_column("contacts", _flag("also_asked"))
    op.add_column("letters", _flag("extended"))
    op.add_column("letters", _moment("unanswered_at", nullable=True))
    op.add_column("letters", _moment("reminders_since", nullable=True))
    op.add_column("letters", _moment("asked_at_deadline", nullable=True))
    op.add_column("invitations", _flag("contact_by_hand"))
    op.add_column("users", _flag("digest"))
    op.add_column("users", sa.Column("digested_on", sa.Date(), nullable=True))
    op.add_column("users", _moment("digested_at", nullable=True))


def _answers() -> None:
    op.create_table(
        "invitation_contacts",
        _id("id"),
        _id("invitation_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        _moment("created_at"),
        _moment("removed_at", nullable=True),
        _flag("no_reminders"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_contacts_invitation_id_invitations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_contacts")),
    )
    op.create_index(
        op.f("ix_invitation_contacts_invitation_id"), "invitation_contacts", ["invitation_id"], unique=False
    )
    op.create_table(
        "conditional_signoffs",
        _id("id"),
        _id("invitation_id"),
        _id("comment_id"),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _id("link_id"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _moment("signed_at"),
        sa.Column("objection_hours", sa.Integer(), server_default="0", nullable=False),
        _flag("code_required"),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint(
            "outcome IN ('', 'met', 'missed', 'taken_back', 'ended')", name=op.f("ck_conditional_signoffs_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_conditional_signoffs_comment_id_comments")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_conditional_signoffs_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_conditional_signoffs_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conditional_signoffs")),
    )
    op.create_index(op.f("ix_conditional_signoffs_comment_id"), "conditional_signoffs", ["comment_id"], unique=False)
    op.create_index(
        op.f("ix_conditional_signoffs_invitation_id"), "conditional_signoffs", ["invitation_id"], unique=False
    )
    op.create_index(
        "uq_conditional_signoffs_open",
        "conditional_signoffs",
        ["invitation_id"],
        unique=True,
        sqlite_where=sa.text("outcome = ''"),
        postgresql_where=sa.text("outcome = ''"),
    )
    op.create_table(
        "proposals",
        _id("id"),
        _id("invitation_id"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _id("link_id"),
        _id("confirming_link_id"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _moment("proposed_at"),
        sa.Column("browser", sa.String(length=64), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint("outcome IN ('', 'confirmed', 'refused', 'ended')", name=op.f("ck_proposals_outcome")),
        sa.ForeignKeyConstraint(
            ["confirming_link_id"], ["links.id"], name=op.f("fk_proposals_confirming_link_id_links")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_proposals_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_proposals_link_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_invitation_id"), "proposals", ["invitation_id"], unique=False)
    op.create_index(
        "uq_proposals_open",
        "proposals",
        ["invitation_id"],
        unique=True,
        sqlite_where=sa.text("outcome = ''"),
        postgresql_where=sa.text("outcome = ''"),
    )
    op.add_column("links", sa.Column("purpose", sa.String(length=16), server_default="answer", nullable=False))
    op.add_column("links", _id("contact_id", nullable=True))
    op.add_column("links", sa.Column("email", sa.String(length=254), server_default="", nullable=False))
    op.add_column("links", _words("name"))
    op.add_column("links", _flag("no_reminders"))
    op.add_column("signoffs", _flag("late"))
    op.add_column("signoffs", _moment("withdrawn_at", nullable=True))
    op.add_column("signoffs", sa.Column("agreed_in", sa.Integer(), nullable=True))


def _calls() -> None:
    op.create_table(
        "open_calls",
        _id("letter_id"),
        _id("address"),
        _words("words"),
        _moment("opened_at"),
        _moment("closed_at", nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_open_calls_letter_id_letters")),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_open_calls")),
        sa.UniqueConstraint("address", name=op.f("uq_open_calls_address")),
    )
    op.create_table(
        "join_requests",
        _id("id"),
        _id("letter_id"),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        _words("acronym"),
        _words("country"),
        _words("website"),
        sa.Column("name", sa.Text(), nullable=False),
        _words("title"),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=16), server_default="", nullable=False),
        _words("words"),
        sa.Column("state", sa.String(length=16), nullable=False),
        _words("reason"),
        _id("invitation_id", nullable=True),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
        _moment("decided_at", nullable=True),
        sa.Column("folded", FOLDED, server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'confirmed', 'accepted', 'refused', 'expired')",
            name=op.f("ck_join_requests_state"),
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_join_requests_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_join_requests_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_join_requests_token_hash")),
    )
    op.create_index(op.f("ix_join_requests_letter_id"), "join_requests", ["letter_id"], unique=False)
    op.create_index(
        "ix_join_requests_letter_id_state_created_at",
        "join_requests",
        ["letter_id", "state", "created_at"],
        unique=False,
    )


def _mail() -> None:
    op.create_table(
        "blocked_addresses",
        _id("id"),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        _words("words"),
        _id("delivery_id", nullable=True),
        _moment("created_at"),
        _moment("lifted_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_blocked_addresses_delivery_id_deliveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_addresses")),
    )
    op.create_index(
        "uq_blocked_addresses_now",
        "blocked_addresses",
        ["address"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "incoming_mails",
        _id("id"),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        _id("delivery_id", nullable=True),
        _id("letter_id", nullable=True),
        _id("invitation_id", nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("found", sa.JSON(), server_default="{}", nullable=False),
        _moment("received_at"),
        _moment("seen_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_incoming_mails_delivery_id_deliveries")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_incoming_mails_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_incoming_mails_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mails")),
        sa.UniqueConstraint("sha256", name=op.f("uq_incoming_mails_sha256")),
    )
    op.create_index(op.f("ix_incoming_mails_delivery_id"), "incoming_mails", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_incoming_mails_invitation_id"), "incoming_mails", ["invitation_id"], unique=False)
    op.create_index(op.f("ix_incoming_mails_letter_id"), "incoming_mails", ["letter_id"], unique=False)


def _afterwards() -> None:
    op.create_table(
        "addenda",
        _id("id"),
        _id("letter_id"),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("names_root", sa.String(length=64), server_default="", nullable=False),
        sa.Column("names_salt", sa.LargeBinary(), nullable=True),
        _moment("asked_at"),
        _moment("sent_at", nullable=True),
        _moment("delivered_at", nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_addenda_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addenda")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_addenda_letter_id")),
    )
    op.create_table(
        "office_replies",
        _id("id"),
        _id("letter_id"),
        _id("recipient_id", nullable=True),
        _moment("received_at"),
        _words("words"),
        sa.Column("document_sha256", sa.String(length=64), nullable=True),
        _words("file_name"),
        _moment("told_at", nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["document_sha256"], ["documents.sha256"], name=op.f("fk_office_replies_document_sha256_documents")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_office_replies_letter_id_letters")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name=op.f("fk_office_replies_recipient_id_recipients")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_replies")),
    )
    op.create_index(op.f("ix_office_replies_letter_id"), "office_replies", ["letter_id"], unique=False)


# The moves of these machines from here on.
MOVES = {
    "invitations": (
        "invited>signed to_confirm>signed retracted>signed declined>signed invited>declined to_confirm>declined "
        "signed>to_confirm signed>retracted invited>lapsed to_confirm>lapsed lapsed>to_confirm invited>revoked "
        "to_confirm>revoked declined>invited lapsed>invited revoked>invited lapsed>signed"
    ),
    "deliveries": (
        "queued>sending deferred>sending sending>handed_over handed_over>accepted uncertain>accepted "
        "sending>deferred handed_over>deferred sending>rejected handed_over>rejected handed_over>uncertain "
        "uncertain>queued accepted>bounced uncertain>bounced bounced>accepted queued>cancelled deferred>cancelled"
    ),
}


def _known_moves_only(table: str, moves: str) -> None:
    known = ", ".join(f"'{move}'" for move in moves.split())
    unknown = f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({known})"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_known_moves")
        op.execute(
            f"CREATE TRIGGER {table}_known_moves BEFORE UPDATE OF state ON {table} WHEN {unknown} "
            "BEGIN SELECT RAISE(ABORT, 'This change of state is no step of its machine.'); END"
        )
        return
    op.execute(f"DROP TRIGGER {table}_known_moves ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_known_moves BEFORE UPDATE OF state ON {table} FOR EACH ROW "
        f"WHEN ({unknown}) EXECUTE FUNCTION {table}_unknown_move()"
    )
