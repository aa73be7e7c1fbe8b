"""The tables changed by hand: whatever decides to whom a letter goes, who is printed and what counts is noticed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from config.settings import Settings
from tests.support.evidence import check, files_of, live
from tests.support.factories import (
    ANNA,
    act,
    answer,
    cosigners,
    link_ids,
    open_sign_off,
    terms,
    words,
)
from tests.support.lives import life
from tests.support.recording import record_as
from tests.support.rewriting import unguarded
from tests.support.whole_lives import OFFICES, come_in, invitation, picture, strangers_ask, whole_life
from workflow import deliveries, documents, history, states
from workflow.campaigns import drafts, invitations, lifecycle
from workflow.campaigns.corrections import Correction
from workflow.database import Database
from workflow.errors import RefusedError
from workflow.history import audit, evidence
from workflow.history.action import ACTIONS
from workflow.history.audit import COLUMNS, Bound, read_log
from workflow.history.audit.columns import COMMON, LOG, OWN
from workflow.history.audit.rows import NAMED_BY
from workflow.models import Base, Document, Letter, now
from workflow.signoffs import answers, requests, tacit_consent
from workflow.states import DeliveryFacts
from workflow.transaction import Transaction
from workflow.verify.entries import Entry
from workflow.verify.replay import Replay
from workflow.verify.report import Report


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(request, tmp_path_factory):
    """A database with one whole life; what a test changes in it is not kept."""
    folder = tmp_path_factory.mktemp("lived")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "undersigned.db")
        database = Database(Settings(instance=folder))
    else:
        database = Database(Settings(instance=folder, database_url=request.getfixturevalue("postgresql").create()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "libreoffice", lambda: None)
        letter_id = whole_life(database, meanwhile=strangers_ask)
    yield database, letter_id
    database.close()


# --- every column -----------------------------------------------------------------------------------------------------


def test_every_column_of_every_table_is_bound_or_said_why_not():
    tables = {table.name: {column.name for column in table.columns} for table in Base.metadata.sorted_tables}

    assert {name: set(columns) for name, columns in COLUMNS.items()} == tables


OTHERS = {
    ("join_requests", "state"): "expired",
    ("proposals", "outcome"): "ended",
    ("letters", "state"): "approved",
    ("letters", "ordering"): "time",
    ("letters", "objections_until"): datetime(2027, 1, 1, tzinfo=UTC),
    ("letters", "dispatch_at"): datetime(2027, 1, 1, tzinfo=UTC),
    ("invitations", "state"): "invited",
    ("invitations", "verdict"): "changes_requested",
    ("signoffs", "basis"): "not_objected",
    ("conditional_signoffs", "outcome"): "ended",
    ("comments", "settled"): "accepted",
    ("comments", "user_id"): "b" * 32,
    ("comments", "reply_to"): "b" * 32,
    ("deliveries", "state"): "queued",
    ("codes", "used_at"): None,
    ("deliveries", "sealed"): b"x",
    ("links", "revoked_at"): None,
    ("letters", "revision_number"): 1,
}
"""What a column is changed to where not any other value will do."""

WHERE = {
    ("deliveries", "sealed"): "kind = 'letter'",
    **{("join_requests", column.name): "state = 'refused'" for column in Base.metadata.tables["join_requests"].c},
    ("deliveries", "address"): "kind = 'letter'",
    ("invitations", "state"): "state = 'signed'",
    ("deliveries", "state"): "state = 'accepted'",
    ("links", "revoked_at"): "revoked_at IS NOT NULL AND purpose = 'confirm'",
    ("proposals", "outcome"): "outcome <> 'ended'",
    ("links", "id"): "id IN (SELECT link_id FROM signoffs)",
    ("links", "invitation_id"): "id IN (SELECT link_id FROM signoffs)",
    ("codes", "used_at"): "used_at IS NOT NULL",
    ("comments", "settled"): "replaces IS NOT NULL AND settled = 'dismissed'",
    ("documents", "sha256"): "media_type = 'image/png'",
    ("log_entries", "letter_id"): "sequence = (SELECT max(sequence) FROM log_entries)",
    ("checkpoints", "letter_id"): "size = (SELECT max(size) FROM checkpoints)",
}


def another(column: sa.Column, value):
    """Another value of the same kind."""
    if (column.table.name, column.name) in OTHERS:
        return OTHERS[column.table.name, column.name]
    if isinstance(column.type, sa.JSON):
        return {**value, "docx": "0" * 64} if isinstance(value, dict) else [*(value or []), "2 Low Street"]
    kind = column.type.python_type if not isinstance(column.type, sa.TypeDecorator) else datetime
    if value is None:
        return {int: 7, str: "b" * 32, datetime: datetime(2027, 1, 1, tzinfo=UTC), bytes: b"x"}[kind]
    if kind is str:
        longest = getattr(column.type, "length", None) or 1000
        return ("x" + value)[:longest] if value else "x"
    return {
        bool: lambda: not value,
        int: lambda: value + 1000,
        bytes: lambda: value + b" ",
        date: lambda: value + timedelta(days=1),
        datetime: lambda: value + timedelta(hours=1),
    }[kind]()


def changed(session, column: sa.Column):
    """Change one row of a letter by hand, and return what named it before and names it now."""
    table = column.table
    others = "letter_id IS NOT NULL" if table.name == "deliveries" else "1 = 1"  # Mails of no letter are in no history.
    where = sa.text(WHERE.get((table.name, column.name), others))
    keys = list(table.primary_key.columns)
    rows = session.execute(sa.select(table).where(where).order_by(*keys)).mappings().all()
    row = next((row for row in rows if row[column.name]), rows[0])
    which = sa.and_(*(key == row[key.name] for key in keys))
    value = another(column, row[column.name])
    session.execute(table.update().where(which).values({column.name: value}))
    session.expire_all()
    names = [str(row[key.name]) for key in keys] + [str(row.get(NAMED_BY.get(table.name, ""), ""))]
    names.append("/".join(names[: len(keys)]))
    return names + [str(value)] if column.primary_key else names


ELSEWHERE = (("letters", "id"), ("head_witnesses", "content"))
BOUND = [
    (table, column)
    for table, columns in COLUMNS.items()
    for column, bond in columns.items()
    if isinstance(bond, Bound) and bond not in (LOG, COMMON) and (table, column) not in ELSEWHERE
]
"""
The log's own tables are held by test_evidence_live.py, those of the common log by test_common_log.py, what witnesses
gave by the verifier; a letter whose id was changed is no letter to ask for.
"""
SHARE = {"sqlite": 1, "postgresql": 1 if os.environ.get("SOAK") else 4}


def test_every_bound_column_that_is_changed_by_hand_is_named_with_its_row(lived):
    database, letter_id = lived
    assert live(database, letter_id).problems == []
    unseen = []

    for table, column in BOUND[:: SHARE[database.engine.dialect.name]]:
        with by_hand_for_now(database) as session:
            names = changed(session, Base.metadata.tables[table].c[column])
            found = problems(session, database, letter_id, whole=column == "canonical")
        named = [one for one in found if column == "canonical" or any(f"{table} {name}:" in one for name in names)]
        own = COLUMNS[table][column] is OWN or column == "canonical"
        unseen += [] if any(own or column in one for one in named) else [(table, column, names, found)]

    assert unseen == [], "\n".join(map(str, unseen))


def test_each_stored_file_that_an_entry_names_is_held_letterheads_too(lived):
    database, letter_id = lived
    with database.reading() as session:
        named = " ".join(str(entry.about) for entry in history.entries(session, letter_id))
        files = [one for one in session.scalars(sa.select(Document.sha256)) if one in named]
    assert len(files) == 8, "two documents, a picture, a letterhead as it came and as printed on, a reply, two addenda"

    for sha256 in files:
        for changed_to in ({"content": b"PK other"}, {"media_type": "text/html"}):
            with by_hand_for_now(database) as session:
                session.execute(sa.update(Document).where(Document.sha256 == sha256).values(changed_to))
                found = problems(session, database, letter_id)
            assert [one for one in found if one.startswith(f"documents {sha256}: {next(iter(changed_to))}")], found


@pytest.mark.parametrize("column", ["action", "at", "invitation_id", "delivery_id", "cause"])
def test_what_a_history_is_searched_by_is_what_its_entries_say(lived, column):
    database, letter_id = lived
    table = Base.metadata.tables["log_entries"]
    with by_hand_for_now(database) as session:
        place = sa.select(sa.func.max(table.c.sequence)).where(
            table.c.letter_id == letter_id, table.c[column].is_not(None)
        )
        where = sa.and_(table.c.letter_id == letter_id, table.c.sequence == place.scalar_subquery())
        row = session.execute(sa.select(table).where(where)).mappings().one()
        session.execute(table.update().where(where).values({column: another(table.c[column], row[column])}))
        session.expire_all()
        found = evidence.verify(session, letter_id).problems

    assert found == [f"log_entries {letter_id} {row['sequence']}: {column} is not what the entry says."]


@contextlib.contextmanager
def by_hand_for_now(database):
    """A session behind the database's guards, of which nothing is kept."""
    session = Transaction(database.engine, database.settings, database.queue)
    try:
        unguarded(session)
        yield session
    finally:
        session.rollback()
        session.close()


def problems(session, database, letter_id: str, whole: bool = False) -> list[str]:
    """What the tables say against the log; `whole` asks the check of the evidence too."""
    session.expire_all()
    if whole:
        return evidence.verify(session, letter_id).problems
    row = session.get_one(Letter, letter_id)
    return audit.compare(session, row, read_log(session, letter_id)).invalid


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("letters", "dispatch_at", "'garbage'"),
        ("signoffs", "signed_at", "'2026-13-45 99:99:99'"),
        ("signoffs", "retracted_at", "2"),
        ("deliveries", "about", "'9223372036854775807'"),
        ("deliveries", "about", "'{broken'"),
        ("disclosures", "salt", "'garbage'"),
        ("documents", "content", "9223372036854775807"),
    ],
)
def test_a_value_that_its_column_cannot_have_is_a_finding_and_no_crash(lived, table, column, value):
    database, letter_id = lived
    with by_hand_for_now(database) as session:
        try:
            session.execute(sa.text(f"UPDATE {table} SET {column} = {value}"))
        except sa.exc.DBAPIError:
            assert database.engine.dialect.name == "postgresql"
            return
        assert evidence.verify(session, letter_id).invalid


def test_rows_that_are_added_removed_or_moved_are_named(lived):
    database, letter_id = lived
    tables = Base.metadata.tables
    for name in ("signoffs", "recipients", "invitations", "deliveries", "comments", "codes", "renderings", "revisions"):
        table = tables[name]
        mine = table.c.letter_id == letter_id if "letter_id" in table.c else sa.true()
        with by_hand_for_now(database) as session:
            row = dict(session.execute(sa.select(table).where(mine)).mappings().first())
            session.execute(table.delete().where(table.c.id == row["id"]))
            assert any(f"{name} {row[NAMED_BY.get(name, 'id')]}: the row" in one for one in found(session, letter_id))
        with by_hand_for_now(database) as session:
            twin = {**row, "id": "e" * 32, **{key: f"{key} of its own" for key in UNIQUE if key in row}}
            twin |= {"organisation_id": "e" * 32} if name == "invitations" else {}
            twin |= {"number": 99} if name == "revisions" else {}
            twin |= {"retracted_at": now(), "sequence": 999} if name == "signoffs" else {}
            session.execute(table.insert().values(twin))
            assert any(f"{name} {'e' * 32}: no entry" in one for one in found(session, letter_id))
        if "letter_id" in row and name != "revisions":
            with by_hand_for_now(database) as session:
                other = drafts.take_in(session, words(), cosigners(1), ANNA, dated=None, terms=terms()).id
                session.execute(table.update().where(table.c.id == row["id"]).values(letter_id=other))
                assert any(f"{name} {row['id']}: the row" in one for one in found(session, letter_id))
                assert any(f"{name} {row['id']}: no entry" in one for one in found(session, other))


UNIQUE = ("dedupe_key", "message_id", "fingerprint")


def found(session, letter_id: str) -> list[str]:
    return problems(session, session, letter_id)


def test_who_erases_what_opens_a_commitment_cannot_change_the_row_unseen(lived):
    database, letter_id = lived
    with by_hand_for_now(database) as session:
        session.execute(sa.text("DELETE FROM disclosures"))
        assert found(session, letter_id) == []
        session.execute(sa.text("UPDATE signoffs SET name = 'Zoe Never'"))
        session.execute(sa.text("UPDATE invitations SET email = 'zoe@never.example'"))
        said = "\n".join(found(session, letter_id))

    assert "name" in said
    assert "email" in said
    assert "Zoe" not in said


def test_a_link_that_was_ended_does_not_live_again_and_one_of_somebody_elses_making_is_named(lived):
    database, letter_id = lived
    with by_hand_for_now(database) as session:
        session.execute(sa.text("UPDATE links SET revoked_at = NULL WHERE purpose <> 'confirm'"))
        assert any("revoked_at is empty, and entry" in one for one in found(session, letter_id))
    with by_hand_for_now(database) as session:
        links = Base.metadata.tables["links"]
        row = dict(session.execute(sa.select(links)).mappings().first())
        forged = {**row, "id": "d" * 32, "token_hash": "f" * 64, "revoked_at": now()}
        session.execute(links.insert().values(forged))
        assert found(session, letter_id) == [f"links {'d' * 32}: token_hash is not the one that this instance makes."]


# --- nothing is said of what nobody changed ---------------------------------------------------------------------------


def test_a_letter_that_came_in_before_its_columns_were_recorded_holds_and_says_what_was_not(database, monkeypatch):
    def as_before(action, about, disclosed):
        if action != "invitation.reader" and not action.startswith("addendum."):
            about = {name: value for name, value in about.items() if name not in NEW}
        if action in ("organisation.logo", "invitation.reader"):
            about, disclosed = about | disclosed, None
        if action in ("letter.created", "letter.edited", "invitation.placed", "delivery.queued"):
            disclosed = None
        if action == "invitation.created":
            disclosed = {name: value for name, value in disclosed.items() if name not in ("signatory", "title")}
        if "reason" in about and action not in ("letter.revise", "join.refused"):
            about["reason"] = "0" * 64
        return about, disclosed

    record_as(monkeypatch, as_before)
    letter_id = whole_life(database)
    monkeypatch.undo()
    report = live(database, letter_id)

    assert report.problems == []
    notes = "\n".join(report.remarks)
    assert all(f"{table} " in notes for table in ("deliveries", "recipients", "letters"))
    assert "address, about: never recorded, for the letter came in before that was on the record." in notes
    with by_hand_for_now(database) as session:
        session.execute(sa.text("UPDATE invitations SET email = 'zoe@never.example'"))
        assert any("email is not the one that entry" in one for one in found(session, letter_id))


NEW = {"whole", "terms", "date", "recipients", "to", "made_from", "mime", "author", "shared", "rendering"}
NEW |= {"fingerprint", "previewed", "timezone"}


def test_a_new_letter_cannot_be_made_to_look_old(lived):
    database, letter_id = lived
    with by_hand_for_now(database) as session:
        entry = session.scalar(sa.text("SELECT entry FROM log_entries WHERE sequence = 0"))
        forged = bytes(entry if isinstance(entry, bytes) else entry.encode()).replace(b'"whole"', b'"while"')
        session.execute(sa.text("UPDATE log_entries SET entry = :entry WHERE sequence = 0"), {"entry": forged})
        found = "\n".join(problems(session, database, letter_id, whole=True))
        assert "One of the entries 0 to " in found and "is not what was signed" in found
        assert "The leaf that is stored for entry 0 is not its hash." in found


def told_in_time(monkeypatch):
    """Let every mail have arrived and every time be over: both are tested in test_silence_lives.py."""
    known = Correction.facts

    def facts(correction, invitation):
        return dataclasses.replace(known(correction, invitation), told=True, objections_over=True)

    monkeypatch.setattr(Correction, "facts", facts)


def test_silence_and_withdrawal_stray_from_nothing(database, monkeypatch):
    letter_id = come_in(database)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=1), ANNA)
    open_sign_off(database, letter_id)
    act(database, answers.sign, link_ids(database, letter_id)[0], answer(database, letter_id))
    act(database, requests.set_signature, link_ids(database, letter_id)[0], picture("green"))
    act(database, lifecycle.revise, letter_id, "  A comma ", ANNA)
    act(
        database,
        drafts.edit,
        letter_id,
        words(recipients=OFFICES, body=words().body + " So."),
        ANNA,
        version=1,
        dated=None,
    )
    act(database, lifecycle.open_sign_off, letter_id, ANNA, small_correction=True)
    told_in_time(monkeypatch)
    act(database, tacit_consent.carry_over, invitation(database, letter_id, 0), letter_id)
    act(database, invitations.replace_links, letter_id, ANNA)
    act(database, lifecycle.withdraw, letter_id, " Events ", ANNA)

    with database.reading() as session:
        assert found(session, letter_id) == []


def test_whatever_path_three_machines_take_the_tables_are_those_of_the_log(database, monkeypatch, later):
    monkeypatch.setattr("workflow.transaction.Transaction.enqueue", lambda *arguments: None)
    many = {"sqlite": 8, "postgresql": 1}[database.engine.dialect.name] * int(os.environ.get("SOAK", "1"))
    run_state_machine_as_test(
        checked(database, later),
        settings=hypothesis_settings(
            max_examples=many, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def checked(database, later):
    Life = life(database, later)

    class Checked(Life):
        """The walk of test_machines.py, each compared with its log at its end."""

        @rule(trigger=st.sampled_from(states.DELIVERY.triggers), data=st.data())
        def delivery(self, trigger: str, data) -> None:
            """As a worker does it."""
            if mails := self.mails():
                mail, step = data.draw(st.sampled_from(mails)), ACTIONS[f"delivery.{trigger}"]
                with contextlib.suppress(RefusedError):
                    deliveries.step(self.session, mail, step, DeliveryFacts(by_person=True))

        def teardown(self) -> None:
            self.session.flush()
            strayed = found(self.session, self.letter_id)
            super().teardown()
            assert strayed == []

    return Checked


# --- the evidence -----------------------------------------------------------------------------------------------------


def test_the_evidence_says_to_which_address_the_letter_went_and_that_it_was_the_recorded_one(lived):
    database, letter_id = lived
    files = files_of(database, letter_id)

    told = check(database, files).to_text()

    for address in ("jane@office.example", "joe@office.example", "archive@office.example"):
        assert f"The letter was mailed to {address}: entry " in told


def test_a_letter_mailed_elsewhere_than_was_recorded_is_named():
    letter_id = "a" * 32
    replay = Replay({0: {"f" * 32: "jane@office.example"}, 1: {"address": "zoe@never.example"}}, {}, Report())
    replay.dispatched = ["0" * 64]
    mail = {"kind": "letter", "delivery": "d", "docx": "0" * 64, "recipient": "f" * 32}
    replay.apply(Entry(0, letter_id, "", "letter.created", {"recipients": ["f" * 32]}, None))
    replay.apply(Entry(1, letter_id, "", "delivery.queued", mail, None))

    assert replay.report.invalid == [
        "Entry 1 mails the letter to zoe@never.example; recorded for that office is jane@office.example."
    ]
