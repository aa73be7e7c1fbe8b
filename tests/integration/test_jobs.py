"""The jobs, against a real mail server and on both databases: retries, deadlines, dispatches set ahead."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from emails import mailbox
from emails.transport import Server
from tests.support.factories import (
    ANNA,
    act,
    approved,
    dispatched,
    fingerprint,
    invitation_states,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    with_documents,
)
from tests.support.working import sweep
from workflow import documents, jobs, retries
from workflow.campaigns import dispatch, printing
from workflow.jobs import mailing
from workflow.jobs.sweep import ENDED, catch_up
from workflow.mails.writing import Written
from workflow.models import Base, Delivery, Document, Letter, now


def server_of(office):
    return Server.parse(office.url)


def nobody_listens():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Server.parse(f"smtp://127.0.0.1:{probe.getsockname()[1]}?starttls=never")


def made_due(database, letter_id):
    with database.writing() as session:
        for delivery in session.query(Delivery).filter_by(letter_id=letter_id):
            delivery.next_at = now()


def test_a_mail_that_no_server_takes_waits_and_arrives_later(database, office):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)

    jobs.deliver(database, letter_id, nobody_listens(), "worker")
    waiting = mails(database, letter_id, "invitation")[0]
    assert (waiting.state, waiting.attempts) == ("deferred", 1)
    assert waiting.next_at > now()
    assert waiting.answer

    jobs.deliver(database, letter_id, server_of(office), "worker")
    assert mailbox.received(office.folder) == []
    made_due(database, letter_id)
    sweep(database, server_of(office), "worker")

    assert mails(database, letter_id, "invitation")[0].state == "accepted"
    assert len(mailbox.received(office.folder)) == 1


def test_waits_grow_and_end_with_a_refusal(database):
    waits = [retries.after(attempt).total_seconds() for attempt in range(1, 12)]
    assert waits[0] < 80
    assert waits[-1] > 3 * 3600

    letter_id = dispatched(database)
    with database.writing() as session:
        for delivery in session.query(Delivery).filter_by(letter_id=letter_id):
            delivery.queued_at = now() - timedelta(days=6)
    jobs.deliver(database, letter_id, nobody_listens(), "worker")

    assert mails(database, letter_id, "letter")[0].state == "rejected"
    assert state(database, letter_id) == "sending"


def test_two_workers_at_once_send_each_mail_once(database, office):
    letter_id = take_in(database, 12)
    open_sign_off(database, letter_id)
    with ThreadPoolExecutor(3) as workers:
        sent = [workers.submit(jobs.deliver, database, letter_id, server_of(office), f"worker-{n}") for n in range(3)]
        for worker in sent:
            worker.result(120)

    received = [mail.recipients[0] for mail in mailbox.received(office.folder)]
    assert sorted(received) == sorted(f"{chr(97 + n)}@example.org" for n in range(12))


def test_the_sweep_closes_what_the_deadline_has_ended(database, office, later):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 1)
    later(days=8)

    sweep(database, server_of(office), "worker")

    assert invitation_states(database, letter_id) == ["lapsed", "signed"]


def test_the_documents_of_an_approved_letter_are_made_even_if_their_job_was_lost(database, office):
    letter_id = approved(database)

    sweep(database, server_of(office), "worker")

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        [made] = printing.renderings(session, row)
        docx = session.get_one(Document, made.docx_sha256).content
        assert docx == documents.render_docx(printing.paper(row, row.recipients[0]))
        assert (made.pdf_sha256 is not None) == (documents.libreoffice() is not None)


def test_a_dispatch_set_ahead_leaves_at_its_time_and_not_before(database, office):
    letter_id = with_documents(database)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA, now() + timedelta(hours=1))
    sweep(database, server_of(office), "worker")
    assert state(database, letter_id) == "approved"

    with database.writing() as session:
        session.get_one(Letter, letter_id).dispatch_at = now() - timedelta(seconds=1)
    for _ in range(3):
        sweep(database, server_of(office), "worker")

    assert state(database, letter_id) == "sent"
    assert [m.recipients[0] for m in mailbox.received(office.folder)].count("office@example.org") == 1


def test_what_arrives_at_the_office_is_what_was_stored(database, office):
    letter_id = approved(database)
    jobs.render(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    jobs.deliver(database, letter_id, server_of(office), "worker")

    [letter] = [m for m in mailbox.received(office.folder) if m.recipients == ("office@example.org",)]
    with database.reading() as session:
        made = printing.renderings(session, session.get_one(Letter, letter_id))[0]
        stored = [session.get_one(Document, sha).content for sha in (made.docx_sha256, made.pdf_sha256) if sha]
    assert [part.content for part in letter.attachments] == stored
    assert letter.attachments[0].filename == "letter-to-jane-doe.docx"
    assert "First paragraph of the letter." in letter.text
    assert "First paragraph of the letter." in letter.html
    assert "Organisation B (ORGB)" in letter.text


def test_every_mail_says_all_in_both_parts(database, office, settings):
    letter_id = dispatched(database)
    for _ in range(2):
        jobs.deliver(database, letter_id, server_of(office), "worker")

    received = mailbox.received(office.folder)
    assert {m.subject.split(":")[0] for m in received} >= {"Receipt", "Sent", "Free the seventeen"}
    for mail in received:
        for part in (mail.text, mail.html):
            assert "Second paragraph, which asks for something." in part
    for receipt in (m for m in received if m.subject.startswith("Receipt")):
        assert settings.public_url + "/s/" in receipt.text
        assert "c2sp.org/tlog-proof@v1" in receipt.text
        assert {part.filename for part in receipt.attachments} >= {"entry.json", "proof.tlog-proof", "text.json"}


def test_a_stored_mail_gives_no_link_to_whoever_has_the_database_alone(database, office):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    jobs.deliver(database, letter_id, server_of(office), "worker")

    [token] = re.findall(r"/s/([\w-]{43})", mailbox.received(office.folder)[0].text)
    with database.reading() as session:
        every = [repr(row) for table in Base.metadata.sorted_tables for row in session.execute(sa.select(table))]
    assert len(every) > 10
    assert not [row for row in every if token in row]


def test_a_mail_that_is_kept_whole_cannot_be_read_from_the_database_alone(database, office):
    letter_id = dispatched(database, 1)
    jobs.deliver(database, letter_id, server_of(office), "worker")

    [letter] = mails(database, letter_id, "letter")
    with database.reading() as session:
        sealed = session.get_one(Delivery, letter.id).sealed
    assert b"paragraph" not in sealed
    assert b"Content-Type" not in sealed


class Refusing:
    """A mail server that refuses us, not the address."""

    async def handle_MAIL(self, server, session, envelope, address, options):
        return "530 5.7.0 Authentication required"


def test_a_server_that_refuses_us_stops_the_queue_and_loses_nothing(database, office):
    from aiosmtpd.controller import Controller

    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    refusing = Controller(Refusing(), hostname="127.0.0.1", port=port)
    refusing.start()
    try:
        jobs.deliver(database, letter_id, Server.parse(f"smtp://127.0.0.1:{port}?starttls=never"), "worker")
    finally:
        refusing.stop()

    assert {m.state for m in mails(database, letter_id, "invitation")} == {"deferred"}
    made_due(database, letter_id)
    jobs.deliver(database, letter_id, server_of(office), "worker")
    assert {m.state for m in mails(database, letter_id, "invitation")} == {"accepted"}


@pytest.mark.parametrize("ended", ENDED)
def test_jobs_that_ended_long_ago_are_taken_off_the_tables(database, ended):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    [job] = database.queue.client.list_workflows()
    assert jobs.tidy(database) == 0
    old = int((now() - timedelta(days=2)).timestamp() * 1000)
    table = "dbos.workflow_status" if database.engine.dialect.name == "postgresql" else "workflow_status"
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET status = '{ended}', completed_at = {old}, updated_at = {old}")

    assert jobs.tidy(database) == 1
    assert database.queue.client.list_workflows() == []
    assert job.name == "deliver"


def test_a_mail_that_cannot_be_made_holds_up_no_other(database, office, monkeypatch):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    broken = mails(database, letter_id, "invitation")[0].id
    whole = mailing.write_many

    def write_many(session, delivery_ids):
        error = ZeroDivisionError("a template went wrong")
        return whole(session, delivery_ids) | {broken: Written("", error=error)}

    monkeypatch.setattr(mailing, "write_many", write_many)
    jobs.deliver(database, letter_id, server_of(office), "worker")

    states = {m.id: (m.state, m.answer) for m in mails(database, letter_id, "invitation")}
    assert states.pop(broken) == ("deferred", "The mail could not be made: ZeroDivisionError: a template went wrong")
    assert {state for state, _ in states.values()} == {"accepted"}


def test_documents_that_cannot_be_made_hold_up_no_other_letter(database, office, monkeypatch):
    broken, other = approved(database), take_in(database, 1)
    open_sign_off(database, other)

    def refuses(paper, letterhead):
        raise ZeroDivisionError("a letterhead went wrong")

    monkeypatch.setattr(documents, "render_docx", refuses)
    sweep(database, server_of(office), "worker")

    assert {m.state for m in mails(database, other, "invitation")} == {"accepted"}
    assert state(database, broken) == "approved"


def waiting_jobs(database) -> list[tuple[str, str]]:
    found = database.queue.client.list_workflows(status=["ENQUEUED"])
    return sorted((job.name, job.input["args"][0]) for job in found)


def test_a_sweep_sends_nothing_and_puts_one_job_of_a_letter_on_the_queue(database):
    mailed, printed = take_in(database, 2), approved(database, 1)
    open_sign_off(database, mailed)
    before = waiting_jobs(database)

    for _ in range(3):
        catch_up(database, "worker", has_server=True)

    added = waiting_jobs(database)
    for job in before:
        added.remove(job)
    assert added == sorted([("deliver", mailed), ("deliver", printed), ("render", printed)])
    assert {mail.state for mail in mails(database, mailed, "invitation")} == {"queued"}


def test_without_a_mail_server_a_sweep_asks_for_documents_alone(database):
    letter_id = approved(database, 1)
    before = waiting_jobs(database)

    catch_up(database, "worker", has_server=False)

    assert [job for job in waiting_jobs(database) if job not in before or job[0] == "render"] == [
        ("render", letter_id),
        ("render", letter_id),
    ]
