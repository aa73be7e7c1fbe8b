"""
What was erased, hunted: in the database's own files with their freed pages, in the instance's folder, in every page and
export. And what somebody might pass off as an erasure.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from emails.mailbox import LocalMailbox
from emails.transport import Server
from tests.support.browsing import invitation_id, signed_in
from tests.support.copies import Copies
from tests.support.evidence import check, files_of, live
from tests.support.factories import (
    ANNA,
    act,
    answer,
    digest,
    fingerprint,
    link_ids,
    make_documents,
    open_sign_off,
    terms,
    words,
)
from tests.support.whole_lives import picture
from workflow import documents, erasure, history, jobs
from workflow.campaigns import comments, dispatch, drafts, lifecycle, lists, notes
from workflow.commands import doctor
from workflow.documents import pdf
from workflow.erasure import acts, outside
from workflow.history import evidence, one_signoff
from workflow.letter import text
from workflow.models import (
    Base,
    Contact,
    Delivery,
    Document,
    Intake,
    Letter,
    Link,
    Membership,
    PastedList,
    Signoff,
    User,
)
from workflow.signoffs import answers, codes, link_usage, requests, review

ADDRESS = "zephyrine@quokkamail.example"
TOKENS = ("zephyrine", "quokkamail", "thistledown", "marzipanned")
"""Her address, her name, her title, words of hers and of others about her."""

SHE = text.Cosigner("Organisation Z", "ORGZ", "Zephyrine Thistledown", "Head of Marzipanned Works", ADDRESS)
OTHER = text.Cosigner("Organisation B", "ORGB", "Bo Chan", "Director", "bo@example.org")
BOSS = "b" * 32


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch):
    """Nothing could be read in one: what it holds is compressed."""
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    monkeypatch.setattr(pdf, "libreoffice", lambda: None)


def her_whole_life(database) -> None:
    """Somebody leaves traces wherever one can, the emails too; the letter is sent."""
    with database.writing() as session:
        letter = drafts.take_in(session, words(), [SHE, OTHER], ANNA, dated=None, terms=terms(comments_shared=True))
        letter_id = letter.id
        session.add(User(id=BOSS, email="boss@example.org", name="Boss", admin=True))
        session.flush()
        session.add(Membership(campaign_id=letter.campaign_id, user_id=BOSS, role="coordinator"))
        lists.add(session, letter_id, BOSS, [text.Cosigner("Organisation Y", "", SHE.signatory, "", ADDRESS)])
        source = f"Signed by:\nZephyrine Thistledown <{ADDRESS}>"
        session.add(Intake(letter_id=letter_id, source=source, parts=[], doubts=[]))
    mailbox = LocalMailbox(database.settings.mailbox)
    mailbox.start()
    try:
        lives(database, letter_id, Server.parse(mailbox.url))
    finally:
        mailbox.stop()


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    return Copies(tmp_path_factory.mktemp("copies"), her_whole_life)


@pytest.fixture
def settings(settings, copies, request):
    """Those of an instance in which she has left her traces."""
    with copies.taken(settings, request) as copied:
        yield copied


@pytest.fixture
def her_letter(database):
    return her_letter_of(database)


def lives(database, letter_id: str, server: Server) -> None:
    def send() -> None:
        jobs.deliver(database, letter_id, server, "here")

    act(database, lifecycle.circulate, letter_id, ANNA)
    hers, bos = link_ids(database, letter_id)
    with database.reading() as session:
        link = session.get_one(Link, hers)
        seen = link_usage.access(session.tokens, hers, "198.51.100.7", "Mozilla/5.0 Firefox/140")
    link_usage.note_access(database, link, seen)
    first = digest(database, letter_id)
    said = act(database, review.comment, hers, first, 1, "Quite marzipanned, I find.")
    act(database, comments.answer, letter_id, said.id, "Marzipanned it stays.", history.coordinator(BOSS))
    suggestion = review.Suggestion(digest=first, paragraph=2, replaces="Second paragraph", replacement="Marzipanned")
    act(database, review.suggest, hers, suggestion)
    act(database, review.comment, bos, first, 1, f"Ask {ADDRESS} about it.")
    act(database, requests.ask_for_time, hers, "A marzipanned week")
    act(database, notes.write, letter_id, {"en": "Ask Zephyrine Thistledown if unsure."}, ANNA)
    send()
    open_sign_off(database, letter_id)
    code = act(database, codes.send_code, hers, "browser")
    redeemed = act(database, codes.redeem, hers, "browser", database.tokens.codes(code.id)[0])
    given = {"name": "Zephyrine Thistledown", "title": "Head of Marzipanned Works", "code": redeemed}
    act(database, answers.sign, hers, answer(database, letter_id, **given))
    act(database, requests.set_signature, hers, picture("red"))
    act(database, answers.sign, bos, answer(database, letter_id, name="Bo Chan"))
    send()
    act(database, lifecycle.approve, letter_id, ANNA)
    make_documents(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    send()
    act(database, dispatch.confirm, letter_id)
    send()


# --- the hunt ---------------------------------------------------------------------------------------------------------


def hits(name: str, content: bytes) -> list[str]:
    """Where a token stands in bytes, or in what they are packed from."""
    found = []
    if content.startswith(b"PK\3\4"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                found += hits(f"{name}!{inner}", archive.read(inner) + inner.encode())
    folded = content.lower()
    return found + [f"{name}: {token}" for token in TOKENS if token.encode() in folded]


def in_files(database) -> list[str]:
    """In the files of the instance and of the database: pages that are free, too."""
    found = []
    for path in sorted(Path(database.settings.instance).rglob("*")):
        if path.is_file():
            found += hits(str(path), path.read_bytes())
    if not database.settings.embedded:
        engine = sa.create_engine(database.settings.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            number = connection.scalar(sa.text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            folder = Path(str(connection.scalar(sa.text("SHOW data_directory"))))
        engine.dispose()
        for path in sorted((folder / "base" / str(number)).iterdir()):
            found += hits(f"{path}", path.read_bytes())
    return found


def in_rows(database) -> list[str]:
    """In every row of every table, those of the queue too; in emails and lists that are kept encrypted."""
    found = []
    with database.reading() as session:
        names = sa.inspect(session.connection())
        for schema in (None,) if database.settings.embedded else (None, "dbos"):
            for name in names.get_table_names(schema=schema):
                for row in session.execute(sa.select(_as_it_is(session.connection(), schema, name))):
                    for column, value in row._mapping.items():
                        content = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                        found += hits(f"{name}.{column}", content)
        for sealed in session.scalars(sa.select(Delivery.sealed).where(Delivery.sealed.is_not(None))):
            found += hits("deliveries.sealed", session.tokens.decrypt(sealed))
        for row in session.scalars(sa.select(PastedList)):
            found += hits("pasted_lists.sealed", repr(lists.said_in(session, row)).encode())
    return found


def _as_it_is(connection, schema: str | None, name: str) -> sa.Table:
    """A table as the database has it, which takes long to be asked for: once on each kind of database."""
    known = TABLES[connection.dialect.name]
    return sa.Table(name, known, schema=schema, autoload_with=connection)


TABLES = {"sqlite": sa.MetaData(), "postgresql": sa.MetaData()}


def in_exports(app, database, letter_id: str) -> list[str]:
    """In the evidence, of the letter and of each sign-off, and in every page that an admin can open."""
    found = []
    with database.reading() as session:
        found += hits("evidence", evidence.bundle(session, letter_id))
        for signoff in session.scalars(sa.select(Signoff)):
            found += hits("signoff", one_signoff.bundle(session, letter_id, signoff.invitation_id, signoff.sequence))
        stored = list(session.scalars(sa.select(Document.sha256)))
        campaign = session.get_one(Letter, letter_id).campaign_id
        mails = list(session.scalars(sa.select(Delivery.id)))
    known = {
        "letter_id": [letter_id], "campaign_id": [campaign], "sha256": stored, "kind": ["docx"], "number": [1, 2],
        "invitation_id": [invitation_id(database, letter_id)], "delivery_id": mails,
    }  # fmt: skip
    client, routes, shown = signed_in(app, database, "boss@example.org"), app.url_map.bind("localhost"), 0
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or not set(rule.arguments) <= set(known) or rule.endpoint == "static":
            continue
        values = [{}]
        for argument in rule.arguments:
            values = [{**value, argument: one} for value in values for one in known[argument]]
        for value in values[:8]:
            page = client.get(routes.build(rule.endpoint, value))
            assert page.status_code < 500, (rule.rule, page.status_code)
            shown += page.status_code == 200
            found += hits(rule.rule, page.data)
    assert shown > 20
    return found


def erase(database, address: str = ADDRESS, **within) -> dict:
    begun = act(database, erasure.begin_person, address, "request", ANNA, **within).id
    return erasure.go_on(database, begun).done


def test_nothing_of_a_person_is_left_anywhere(app, database, her_letter):
    assert {hit.partition(".")[0] for hit in in_rows(database)} >= {
        "invitations", "signoffs", "comments", "disclosures", "deliveries", "intakes", "pasted_lists", "contacts",
    }  # fmt: skip
    assert any(".eml" in hit for hit in in_files(database))
    assert in_exports(app, database, her_letter)

    done = erase(database, documents=True)

    assert "unscrubbed" not in done
    assert "left" not in done
    assert in_rows(database) == []
    assert in_files(database) == []
    assert in_exports(app, database, her_letter) == []
    assert live(database, her_letter).problems == []
    assert check(database, files_of(database, her_letter)).problems == []


def test_what_was_sent_stays_printed_unless_that_goes_too(database, her_letter):
    erase(database)

    left = {hit.partition(":")[0] for hit in in_rows(database)}
    assert left == {"documents.content!word/document.xml"}
    report = check(database, files_of(database, her_letter))
    assert report.problems == []
    assert any("withheld or erased" in remark for remark in report.remarks)
    erase(database, letter_id=her_letter, documents=True)
    assert in_rows(database) == []
    report = check(database, files_of(database, her_letter))
    assert report.problems == []
    assert any("was erased: entry" in remark for remark in report.remarks)


def test_nothing_of_a_whole_letter_is_left_but_its_log(app, database, her_letter):
    with database.writing() as session:
        session.execute(sa.delete(Contact).where(Contact.email == ADDRESS))
        named = Base.metadata.tables["known_organisations"]
        session.execute(sa.update(named).values(folded=""))
    begun = act(database, erasure.begin_letter, her_letter, "retention", ANNA).id

    assert "unscrubbed" not in erasure.go_on(database, begun).done

    assert in_rows(database) == []
    assert in_files(database) == []
    assert in_exports(app, database, her_letter) == []
    assert live(database, her_letter).problems == []
    assert check(database, files_of(database, her_letter)).problems == []


# --- what somebody might pass off as an erasure -----------------------------------------------------------------------


def changed(database, *statements: str) -> str:
    """What is found after changes by hand."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    return "\n".join(live(database, her_letter_of(database)).problems)


def her_letter_of(database) -> str:
    with database.reading() as session:
        return session.scalars(sa.select(Letter.id)).one()


def test_what_was_blanked_without_an_entry_is_found_and_what_is_written_after_one(database, her_letter):
    found = changed(
        database,
        "DELETE FROM disclosures",
        "UPDATE signoffs SET name = '[erased]', title = '' WHERE name LIKE 'Zephyrine%'",
    )
    assert "name" in found
    assert "what opens its commitment is gone" in found


def test_what_is_written_after_an_erasure_is_found(database, her_letter):
    erase(database, documents=True)
    assert changed(database) == ""

    assert "name is not the one that entry" in changed(
        database, "UPDATE signoffs SET name = 'Zoe Never' WHERE name = '[erased]'"
    )
    assert "organisation" in changed(
        database, "UPDATE organisations SET name = 'Another' WHERE name = 'Organisation Z'"
    )


# --- restored, and ended ----------------------------------------------------------------------------------------------


def test_after_a_restore_it_is_said_and_erased_again(database, her_letter):
    known = {}
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            known[table] = [dict(row._mapping) for row in connection.execute(sa.select(table))]
    erase(database, documents=True)
    restored(database, known)
    assert in_rows(database)

    with database.reading() as session:
        (said,) = outside.to_repeat(session)
    assert ADDRESS not in repr(said)
    with database.reading() as session:
        assert any("flask erase --again" in sentence for _, sentence in doctor._about_erasures(session))
    begun = act(database, acts.again, said)
    erasure.go_on(database, begun.id)

    assert in_rows(database) == []
    with database.reading() as session:
        assert outside.to_repeat(session) == []
    assert live(database, her_letter).problems == []


def restored(database, known) -> None:
    """Put every row back as it was, as a backup does."""
    with database.engine.begin() as connection:
        lite = database.settings.embedded
        guards = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'") if lite else None
        triggers = list(connection.execute(guards)) if guards is not None else []
        if lite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for name, _ in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(sa.delete(table))
        for table in Base.metadata.sorted_tables:
            if known[table]:
                connection.execute(sa.insert(table), known[table])
        for _, sql in triggers:
            connection.exec_driver_sql(sql)
        if not lite:
            connection.exec_driver_sql("SET session_replication_role = origin")


@pytest.mark.parametrize("step", ["kept_outside", "in_a_piece", "after_a_piece", "before_the_end"])
def test_an_erasure_that_is_ended_anywhere_is_gone_on_with(database, her_letter, step):
    class Ended(Exception):
        pass

    seen = []

    def end(at: str) -> None:
        seen.append(at)
        if at == step and seen.count(at) == 3 or (at == step and step in ("kept_outside", "before_the_end")):
            raise Ended

    begun = act(database, erasure.begin_letter, her_letter, "request", ANNA).id
    with pytest.raises(Ended):
        erasure.go_on(database, begun, end, scrubs=False)
    assert live(database, her_letter).problems == []
    assert check(database, files_of(database, her_letter)).problems == []
    with database.reading() as session:
        assert erasure.unfinished(session) == [begun]

    erasure.go_on(database, begun, scrubs=False)

    assert live(database, her_letter).problems == []
    assert not any(hit.startswith(("disclosures", "deliveries", "signoffs")) for hit in in_rows(database))
