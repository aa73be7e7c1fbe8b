"""A database that was restored from a backup: it contradicts the receipts, and sends no letter a second time."""

from __future__ import annotations

import shutil

import pytest

from tests.support.browsing import signed_in
from tests.support.evidence import check, files_of, live, receipts_of, said
from tests.support.factories import ANNA, act, approved, fingerprint, link_ids, open_sign_off, sign, state, take_in
from tests.support.mailing import deliver
from tests.support.shell import Shell
from workflow import deliveries, documents, jobs
from workflow.campaigns import dispatch
from workflow.database import Database
from workflow.errors import RefusedError
from workflow.group_commit import GroupCommit
from workflow.history import remembered
from workflow.jobs import mailing
from workflow.mails.writing import Written
from workflow.models import Delivery, now
from wsgi import create_app


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)


@pytest.fixture
def backup(request, settings, database):
    """Take a backup, and later restore it: each gives a database of the same instance."""

    def take() -> Database:
        database.close()
        if settings.embedded:
            shutil.copy(settings.instance / "undersigned.db", settings.instance / "backup.db")
            url = f"sqlite:///{settings.instance / 'backup.db'}"
        else:
            server = request.getfixturevalue("postgresql")
            url = server.create(template=settings.database_url.rpartition("/")[2])
        opened = Database(settings.model_copy(update={"database_url": url}))
        request.addfinalizer(opened.close)
        return opened

    return take


def signed_off(database) -> str:
    letter_id = approved(database)
    jobs.render(database, letter_id)
    return letter_id


def noticed(database) -> None:
    """What the worker does each few seconds."""
    with database.reading() as session:
        remembered.remember_all(session)


def sent(database, letter_id: str) -> None:
    """Dispatched, and handed over as a worker does it."""
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    deliver(database, letter_id, [])
    noticed(database)


def offices(database) -> list[str]:
    with database.reading() as session:
        return [mail.state for mail in session.query(Delivery).filter_by(kind="letter")]


def test_a_receipt_that_went_out_since_the_backup_contradicts_what_went_on_from_it(database, backup):
    letter_id = take_in(database)
    open_sign_off(database, letter_id)
    older = backup()
    sign(database, letter_id, 0)
    receipt = receipts_of(database, letter_id)[0]
    assert "cut short" in said(check(older, files_of(older, letter_id), [receipt]))

    for number in (1, 2):
        sign(older, letter_id, number)

    report = check(older, files_of(older, letter_id), [receipt])
    assert (report.verdict.partition(":")[0], report.exit_code) == ("DIVERGED", 2)


def test_a_letter_that_left_since_the_backup_does_not_leave_again_until_a_person_says_so(database, backup):
    letter_id = signed_off(database)
    look = fingerprint(database, letter_id)
    act(database, dispatch.dispatch, letter_id, look, ANNA, now().replace(year=now().year + 1))
    noticed(database)
    older = backup()
    sent(database, letter_id)

    with pytest.raises(RefusedError, match="restored from a backup"):
        act(older, dispatch.dispatch, letter_id, look, ANNA)
    assert state(older, letter_id) == "approved"
    assert "what this server signed last" in said(live(older, letter_id))
    noticed(older)
    with older.reading() as session:
        assert remembered.held(session) == [letter_id]
        remembered.go_on_from_here(session, letter_id)
    sent(older, letter_id)
    assert offices(older) == ["accepted"]


def test_a_mail_to_an_office_that_waited_when_the_backup_was_taken_is_held(database, backup):
    letter_id = signed_off(database)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    older = backup()
    deliver(database, letter_id, [])
    noticed(database)

    deliver(older, letter_id, [])

    assert offices(database) == ["accepted"]
    assert offices(older) == ["queued"]


def test_before_the_final_dot_it_is_remembered_that_an_office_gets_the_letter(database):
    letter_id = signed_off(database)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    [lease] = act(database, deliveries.claim, letter_id, "here")
    assert lease.once

    assert mailing.mark(database, GroupCommit(database), lease, Written("", (b"the letter",)))

    with database.reading() as session:
        size = session.connection().exec_driver_sql("SELECT max(size) FROM checkpoints").scalar_one()
    assert f"\n{size}\n" in remembered.last_signed(database.settings, letter_id)


def test_whoever_did_not_restore_anything_is_held_by_nothing(database):
    letter_id = signed_off(database)
    for _ in range(2):
        noticed(database)
    sent(database, letter_id)

    assert offices(database) == ["accepted"]
    assert live(database, letter_id).problems == []
    assert link_ids(database, letter_id)


def test_the_letters_page_says_that_it_is_held_and_what_to_do(database, backup):
    letter_id = signed_off(database)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    older = backup()
    deliver(database, letter_id, [])
    noticed(database)

    shown = [
        signed_in(create_app(one.settings, one), one).get(f"/letters/{letter_id}").text for one in (database, older)
    ]

    assert "This letter is held" not in shown[0]
    assert f"flask history restored {letter_id}" in shown[1]
    assert "looks again by itself" not in shown[1]


def test_a_letter_that_cannot_be_let_go_on_is_not_said_to_go_on(database, settings):
    letter_id = take_in(database)
    (settings.instance / "signed" / f"{letter_id}.txt").mkdir(parents=True)

    done = create_app(settings, database).test_cli_runner().invoke(args=["history", "restored", letter_id])

    assert (done.exit_code, "is a folder" in done.output) == (2, True), done.output
    assert len(list((settings.instance / "signed").iterdir())) == 1


def test_the_command_says_which_letters_are_held(tmp_path):
    flask = Shell(tmp_path)
    flask("db", "upgrade")

    assert "Letters on hold: 0." in flask("history", "restored")
