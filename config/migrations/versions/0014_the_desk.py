"""The coordinator's desk: terms of each letter, the directory, what a letter came in from, links for auditors."""

import unicodedata
import uuid
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TERMS = ("deadline", "timezone", "minimum", "comments_shared", "code_required", "objection_hours")


def _id(name: str = "id", nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _folded() -> sa.Column:
    folded = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column("folded", folded, server_default="", nullable=False)


def _flag(name: str, default: bool = False) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=sa.true() if default else sa.false(), nullable=False)


def upgrade() -> None:
    _people()
    _let_answers_change()
    _letters()
    _directory()
    op.create_table(
        "notes",
        _id(),
        _id("letter_id"),
        sa.Column("act", sa.String(length=32), server_default="", nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_notes_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_letter_id"), "notes", ["letter_id"])
    op.create_table(
        "pasted_lists",
        _id(),
        _id("letter_id"),
        _id("user_id"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("changed_at"),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_pasted_lists_letter_id_letters")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pasted_lists_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pasted_lists")),
        sa.UniqueConstraint("letter_id", "user_id", name=op.f("uq_pasted_lists_letter_id_user_id")),
    )
    op.create_index(op.f("ix_pasted_lists_letter_id"), "pasted_lists", ["letter_id"])
    op.create_table(
        "intakes",
        _id(),
        _id("letter_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("unsettled", sa.Integer(), server_default="0", nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_intakes_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intakes")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_intakes_letter_id")),
    )
    op.create_index(op.f("ix_intakes_letter_id"), "intakes", ["letter_id"])
    _move_doubts()


def _move_doubts() -> None:
    """What letters were doubtful of were sentences alone; they stay to be settled."""
    letters = sa.table("letters", sa.column("id"), sa.column("doubts", sa.JSON()), sa.column("created_at"))
    intakes = sa.table(
        "intakes",
        *map(sa.column, ("id", "letter_id", "name", "source", "created_at")),
        sa.column("parts", sa.JSON()),
        sa.column("doubts", sa.JSON()),
    )
    connection = op.get_bind()
    kept = [
        {
            "id": uuid.uuid4().hex,
            "letter_id": letter_id,
            "name": "",
            "source": "",
            "created_at": created_at,
            "parts": [],
            "doubts": [
                {"id": uuid.uuid4().hex, "kind": "told", "lines": [], "values": {"words": words}, "settled": ""}
                for words in doubts
            ],
        }
        for letter_id, doubts, created_at in connection.execute(sa.select(*letters.c)).all()
        if doubts
    ]
    if kept:
        connection.execute(sa.insert(intakes), kept)
    op.drop_column("letters", "doubts")


# The moves of an invitation's machine from here on: whoever has declined can change that.
MOVES = (
    "invited>signed to_confirm>signed retracted>signed declined>signed invited>declined to_confirm>declined "
    "signed>to_confirm signed>retracted invited>lapsed invited>revoked to_confirm>revoked declined>invited "
    "lapsed>invited revoked>invited"
)


def _let_answers_change() -> None:
    known = ", ".join(f"'{move}'" for move in MOVES.split())
    unknown = f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({known})"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER invitations_known_moves")
        op.execute(
            f"CREATE TRIGGER invitations_known_moves BEFORE UPDATE OF state ON invitations WHEN {unknown} "
            "BEGIN SELECT RAISE(ABORT, 'This change of state is no step of its machine.'); END"
        )
        return
    op.execute("DROP TRIGGER invitations_known_moves ON invitations")
    op.execute(
        "CREATE TRIGGER invitations_known_moves BEFORE UPDATE OF state ON invitations FOR EACH ROW "
        f"WHEN ({unknown}) EXECUTE FUNCTION invitations_unknown_move()"
    )


def _people() -> None:
    for column in (
        _words("organisation"),
        sa.Column("language", sa.String(length=16), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), server_default="", nullable=False),
    ):
        op.add_column("users", column)
    op.add_column("users", _folded())
    op.add_column("users", _moment("deactivated_at", nullable=True))
    # The name that the first start gave: it says nothing to whoever is asked by it.
    op.execute("UPDATE users SET name = '' WHERE name = 'The coordinator'")
    connection = op.get_bind()
    for user_id, name, email in connection.execute(sa.text("SELECT id, name, email FROM users")).all():
        connection.execute(
            sa.text("UPDATE users SET folded = :folded WHERE id = :id"), {"id": user_id, "folded": _fold(name, email)}
        )
    op.add_column("campaigns", _words("asks_as"))
    op.add_column("campaigns", _flag("individuals"))
    op.add_column("memberships", _flag("notices", default=True))
    op.add_column("memberships", _moment("joined_at", nullable=True))
    op.execute("UPDATE memberships SET joined_at = (SELECT created_at FROM users WHERE users.id = user_id)")
    op.create_table(
        "auditor_links",
        _id(),
        _id("campaign_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        _id("made_by"),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        _moment("used_at", nullable=True),
        sa.Column("opened", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_auditor_links_campaign_id_campaigns")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_auditor_links_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditor_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_auditor_links_token_hash")),
    )
    op.create_index(op.f("ix_auditor_links_campaign_id"), "auditor_links", ["campaign_id"])


def _letters() -> None:
    for column in (
        _moment("deadline", nullable=True),
        sa.Column("timezone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("minimum", sa.Integer(), server_default="1", nullable=False),
        _flag("comments_shared"),
        _flag("code_required"),
        sa.Column("objection_hours", sa.Integer(), server_default="0", nullable=False),
        _flag("room_to_sign"),
        _flag("running_header"),
        sa.Column("fit_pages", sa.Integer(), nullable=True),
        _words("office_subject"),
        _words("office_words"),
        sa.Column("copies", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("note_id", sa.String(length=32), server_default="", nullable=False),
        sa.Column("note_draft", sa.JSON(), server_default="{}", nullable=False),
    ):
        op.add_column("letters", column)
    # What each letter has been signed under, on paper too, stays as it was.
    terms = ", ".join(f"{name} = (SELECT {name} FROM campaigns WHERE campaigns.id = campaign_id)" for name in TERMS)
    op.execute(f"UPDATE letters SET {terms}, room_to_sign = {_true()}")
    _letterheads()
    _fold_letters()
    op.add_column("invitations", _words("contact_name"))
    op.add_column("invitations", _flag("individual"))
    op.add_column("comments", _flag("chosen"))


def _fold_letters() -> None:
    """Campaigns and letters are found by their names."""
    connection = op.get_bind()
    for table in ("campaigns", "letters"):
        op.add_column(table, _folded())
    named = {row.id: [row.name] for row in connection.execute(sa.text("SELECT id, name FROM campaigns"))}
    called = {row.id: [row.subject] for row in connection.execute(sa.text("SELECT id, subject FROM letters"))}
    to = sa.text("SELECT letter_id, name, title, office FROM recipients ORDER BY letter_id, position")
    for row in connection.execute(to):
        called[row.letter_id] += row[1:]
    for table, words in (("campaigns", named), ("letters", called)):
        rows = [{"id": one, "folded": _fold(*said)} for one, said in words.items()]
        for piece in _pieces(rows):
            connection.execute(sa.text(f"UPDATE {table} SET folded = :folded WHERE id = :id"), piece)


def _letterheads() -> None:
    """Until now each campaign had one letter, in whose history its letterheads were added."""
    letter = "CONSTRAINT fk_letterheads_letter_id_letters REFERENCES letters (id)"
    op.execute(f"ALTER TABLE letterheads ADD COLUMN letter_id VARCHAR(32) {letter}")
    op.create_index(op.f("ix_letterheads_letter_id"), "letterheads", ["letter_id"])
    op.execute(
        "UPDATE letterheads SET letter_id = "
        "(SELECT MIN(letters.id) FROM letters WHERE letters.campaign_id = letterheads.campaign_id)"
    )


def _true() -> str:
    return "true" if op.get_bind().dialect.name == "postgresql" else "1"


def _directory() -> None:
    op.create_table(
        "known_organisations",
        _id(),
        _id("campaign_id", nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", sa.JSON(), server_default="{}", nullable=False),
        _words("acronym"),
        _words("country"),
        _words("website"),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=16), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), server_default="", nullable=False),
        _id("merged_into", nullable=True),
        _folded(),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_known_organisations_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["logo_sha256"], ["documents.sha256"], name=op.f("fk_known_organisations_logo_sha256_documents")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["known_organisations.id"],
            name=op.f("fk_known_organisations_merged_into_known_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_organisations")),
    )
    op.create_index("ix_known_organisations_campaign_id_folded", "known_organisations", ["campaign_id", "folded"])
    op.create_index(op.f("ix_known_organisations_merged_into"), "known_organisations", ["merged_into"])
    op.create_table(
        "contacts",
        _id(),
        _id("organisation_id"),
        sa.Column("position", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        _flag("gets_link"),
        _flag("signs"),
        _folded(),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["known_organisations.id"],
            name=op.f("fk_contacts_organisation_id_known_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_organisation_id"), "contacts", ["organisation_id"])
    op.create_index(op.f("ix_contacts_email"), "contacts", ["email"])
    known = "CONSTRAINT fk_organisations_known_id_known_organisations REFERENCES known_organisations (id)"
    op.execute(f"ALTER TABLE organisations ADD COLUMN known_id VARCHAR(32) {known}")
    op.create_index(op.f("ix_organisations_known_id"), "organisations", ["known_id"])
    _fill_directory()


PIECE = 1_000


def _fill_directory() -> None:
    """Each organisation of a letter is known from here on; whoever stands on several is merged by a person."""
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT o.id, l.campaign_id, o.name, o.acronym, o.country, o.logo_sha256, o.folded, i.id, i.language, "
            "i.timezone, i.signatory, i.signatory_title, i.email, l.created_at FROM organisations o "
            "JOIN invitations i ON i.organisation_id = o.id JOIN letters l ON l.id = i.letter_id"
        )
    ).all()
    of_known = ("id", "campaign_id", "name", "acronym", "country", "logo_sha256", "folded")
    known = [
        dict(zip(of_known, one[:7], strict=True)) | {"language": one[8], "timezone": one[9], "created_at": one[13]}
        for one in found
    ]
    contacts = [
        {
            "id": one[7],
            "organisation_id": one[0],
            "name": one[10],
            "title": one[11],
            "email": one[12],
            "folded": _fold(one[10], one[12]),
        }
        for one in found
        if one[10] or one[12]
    ]
    for piece in _pieces(known):
        connection.execute(
            sa.text(
                "INSERT INTO known_organisations (id, campaign_id, name, acronym, country, logo_sha256, folded, "
                "language, timezone, created_at) VALUES (:id, :campaign_id, :name, :acronym, :country, :logo_sha256, "
                ":folded, :language, :timezone, :created_at)"
            ),
            piece,
        )
    for piece in _pieces(contacts):
        connection.execute(
            sa.text(
                "INSERT INTO contacts (id, organisation_id, position, name, title, email, gets_link, signs, folded) "
                f"VALUES (:id, :organisation_id, 1, :name, :title, :email, {_true()}, {_true()}, :folded)"
            ),
            piece,
        )
    connection.execute(
        sa.text("UPDATE organisations SET known_id = id WHERE id IN (SELECT id FROM known_organisations)")
    )


def _pieces(rows: list[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]


ALIKE = str.maketrans("łøđıħŧىیےةۀک", "lodihtيييههك") | {0x640: None, ord("æ"): "ae", ord("œ"): "oe"}


def _fold(*words: str) -> str:
    """As `letter.text.folded` was when this was written: what is here never changes."""
    return "\n".join(_plain(one) for one in words if one)


def _plain(words: str) -> str:
    return " ".join(_key(_key(words).translate(ALIKE).casefold()).split())


def _key(words: str) -> str:
    apart = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in apart if c.isalnum() or c.isspace()).strip()
