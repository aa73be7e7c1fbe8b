"""Many mails at once: shared by workers and connections, at a rate, with pauses, taken back when the text moves on."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.settings import Settings
from emails import mailbox
from emails.transport import Outcome, Server
from tests.support.factories import ANNA, act, actions, dispatched, findings, mails, open_sign_off, sign, take_in
from tests.support.failing_mail_server import FaultyServer, drop, take_and_drop, to
from tests.support.forked import forked
from tests.support.mailing import mark, report
from workflow import deliveries, history, jobs, pace
from workflow.campaigns import lifecycle
from workflow.database import Database
from workflow.errors import RefusedError
from workflow.group_commit import GroupCommit
from workflow.history import SYSTEM, steps
from workflow.jobs.mailing import Sender
from workflow.jobs.sweep import say_alive
from workflow.models import Delivery, MailPause, now
from workflow.states import DeliveryFacts

MANY = 24


@pytest.fixture
def mailing(database):
    """A letter whose two dozen invitations wait."""
    letter_id = take_in(database, MANY)
    open_sign_off(database, letter_id)
    return letter_id


@pytest.fixture
def relay():
    """Makes mail servers that say what a script says."""
    made = []

    def make(script, **how):
        made.append(FaultyServer(script, **how))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def rows(database, letter_id):
    with database.reading() as session:
        return session.query(Delivery).filter_by(letter_id=letter_id).order_by(Delivery.queued_at, Delivery.id).all()


def states(database, letter_id):
    return Counter(row.state for row in rows(database, letter_id))


def limited(database, **changes):
    """The same database with other settings."""
    return Database(database.settings.model_copy(update=changes))


# --- sharing ----------------------------------------------------------------------------------------------------------


def test_marks_and_answers_of_all_connections_share_commits(database, office, mailing):
    counted = []
    sa.event.listen(database.engine, "commit", lambda connection: counted.append(connection))

    jobs.deliver(database, mailing, Server.parse(office.url), "worker")

    assert states(database, mailing) == {"accepted": MANY}
    assert len(counted) < 2 * MANY, "a commit for each mark and each answer is what it was"
    assert findings(database, mailing) == []


def test_the_history_tells_what_was_queued_and_answered_and_with_which_bytes(database, office, mailing):
    jobs.deliver(database, mailing, Server.parse(office.url), "worker")

    told = Counter(action for action in actions(database, mailing) if action.startswith("delivery."))
    assert told == {"delivery.queued": MANY, "delivery.accept": MANY}
    with database.reading() as session:
        entries = [one.about for one in history.entries(session, mailing) if one.action == "delivery.accept"]
    assert {one["delivery"]: one["mime"] for one in entries} == {
        row.id: row.mime_sha256 for row in rows(database, mailing)
    }


def test_of_the_letter_to_an_office_every_step_is_told(database, office):
    letter_id = dispatched(database)
    jobs.deliver(database, letter_id, Server.parse(office.url), "worker")

    [letter] = mails(database, letter_id, "letter")
    with database.reading() as session:
        told = [one.action for one in history.entries(session, letter_id) if one.about.get("delivery") == letter.id]
    assert told == [f"delivery.{step}" for step in ("queued", "claim", "hand_over", "accept")]


def _deliver(settings: Settings, letter_id: str, url: str, owner: str) -> None:
    jobs.deliver(Database(settings), letter_id, Server.parse(url), owner)


def test_two_worker_processes_share_a_letters_mails_and_each_leaves_once(database, settings, office, mailing):
    workers = [forked.Process(target=_deliver, args=(settings, mailing, office.url, f"worker-{n}")) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0]
    got = Counter(mail.recipients[0] for mail in mailbox.received(office.folder))
    assert (len(got), set(got.values())) == (MANY, {1})
    assert findings(database, mailing) == []


def test_what_another_worker_is_claiming_is_passed_over(database, mailing):
    if database.engine.dialect.name == "sqlite":
        pytest.skip("on SQLite one transaction writes at a time")
    with database.writing() as first:
        mine = deliveries.claim(first, mailing, "first", 10)
        with database.writing() as second:
            others = deliveries.claim(second, mailing, "second")

    assert (len(mine), len(others)) == (10, MANY - 10)
    assert not {lease.delivery_id for lease in mine} & {lease.delivery_id for lease in others}


def test_a_process_opens_no_more_connections_than_are_set(database, relay, mailing):
    server = relay({})
    few = limited(database, smtp_connections=2)
    sender = Sender(few, GroupCommit(few), to(server), "worker")
    at_once = [threading.Thread(target=sender.deliver, args=(mailing,)) for _ in range(3)]
    with sender.connections.kept():
        for job in at_once:
            job.start()
        for job in at_once:
            job.join(120)

    assert len(server.accepted) == MANY
    assert server.connections <= 2


def test_while_others_are_being_sent_no_letter_to_an_office_is_claimed(database, office):
    letter_id = dispatched(database)
    assert act(database, deliveries.claim, letter_id, "worker", ahead=True) == []
    assert [lease.once for lease in act(database, deliveries.claim, letter_id, "worker")] == [True]


def test_mails_that_are_not_wanted_any_more_keep_no_younger_one_from_being_claimed(database, mailing):
    oldest = [row.id for row in sorted(rows(database, mailing), key=lambda row: (row.queued_at, row.id))][:10]
    with database.writing() as session:
        table = Delivery.__table__
        session.execute(sa.update(table).where(table.c.id.in_(oldest)).values(about={"digest": "another text"}))

    claimed = [lease.delivery_id for _ in range(3) for lease in act(database, deliveries.claim, mailing, "worker", 6)]

    assert (len(set(claimed)), len(claimed)) == (MANY - 10, MANY - 10)
    assert not set(claimed) & set(oldest)


def test_what_somebody_waits_for_leaves_before_a_mailing(database, mailing):
    sign(database, mailing, 3)

    [first, *_] = act(database, deliveries.claim, mailing, "worker", 5)

    with database.reading() as session:
        assert session.get_one(Delivery, first.delivery_id).kind == "receipt"


# --- taken back -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[100, 6])
def at_a_time(request, monkeypatch):
    """All mails are claimed together, or the next ones while those before them leave."""
    monkeypatch.setattr(jobs.mailing, "AT_A_TIME", request.param)


@pytest.mark.usefixtures("at_a_time")
def test_a_text_that_moves_on_amid_its_mailing_takes_back_what_has_not_left(database, office, mailing):
    seen = []

    def watch(step):
        seen.append(step)
        if step == "after_354" and seen.count(step) == 6:
            act(database, lifecycle.revise, mailing, "Wrong text.", ANNA)

    jobs.deliver(database, mailing, Server.parse(office.url), "worker", watch)

    left = len(mailbox.received(office.folder))
    assert left < MANY
    assert states(database, mailing) == {"accepted": left, "cancelled": MANY - left}
    assert findings(database, mailing) == []


def test_mails_of_a_text_that_has_moved_on_are_cancelled_without_a_mail_server(database, mailing):
    with database.writing() as session:
        session.execute(sa.update(Delivery.__table__).values(next_at=now() + timedelta(hours=2)))
    act(database, lifecycle.revise, mailing, "Wrong text.", ANNA)

    jobs.deliver(database, mailing, None, "worker")

    assert states(database, mailing) == {"cancelled": MANY}
    assert act(database, deliveries.cancel_unwanted, mailing) == 0


def test_what_was_claimed_and_not_offered_goes_back_as_if_it_had_not_been(database, mailing):
    before = actions(database, mailing)
    leases = act(database, deliveries.claim, mailing, "worker")

    assert act(database, deliveries.put_back, leases, now()) == MANY
    assert act(database, deliveries.put_back, leases, now()) == 0, "the lease is over"

    assert {(row.state, row.attempts, row.claimed_at) for row in rows(database, mailing)} == {("deferred", 0, None)}
    assert actions(database, mailing) == before
    assert not act(database, mark, leases[0])
    assert not act(database, report, leases[0], Outcome("accepted", 250, "fine"))
    assert findings(database, mailing) == []


@pytest.mark.usefixtures("at_a_time")
def test_a_worker_that_is_to_end_gives_back_what_it_has_not_begun(database, office, mailing):
    sender = Sender(database, GroupCommit(database), Server.parse(office.url), "worker")

    def watch(step):
        if step == "answered":
            sender.over.set()

    sender.deliver(mailing, watch)

    left = states(database, mailing)
    assert 0 < left["accepted"] < MANY
    assert left["accepted"] + left["deferred"] + left["queued"] == MANY


def test_mails_claimed_while_others_leave_go_each_once(database, office, mailing, monkeypatch):
    monkeypatch.setattr(jobs.mailing, "AT_A_TIME", 6)
    seen = []

    jobs.deliver(database, mailing, Server.parse(office.url), "worker", seen.append)

    assert states(database, mailing) == {"accepted": MANY}
    got = Counter(mail.recipients[0] for mail in mailbox.received(office.folder))
    assert (len(got), set(got.values())) == (MANY, {1})
    assert seen.index("after_claim", seen.index("after_claim") + 1) < len(seen) - seen[::-1].index("answered")


def test_a_claim_that_fails_while_others_leave_ends_the_job_when_they_have_left(database, office, mailing, monkeypatch):
    monkeypatch.setattr(jobs.mailing, "AT_A_TIME", 6)
    seen = []

    def watch(step):
        seen.append(step)
        if seen.count("before_claim") == 2 and step == "before_claim":
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        jobs.deliver(database, mailing, Server.parse(office.url), "worker", watch)

    assert states(database, mailing) == {"accepted": 6, "queued": MANY - 6}


def test_a_step_is_not_taken_where_the_row_is_not_as_it_was_read(database, mailing):
    one = rows(database, mailing)[0]
    stale = steps.Step(one.id, mailing, "queued", one.epoch + 1, "claim", DeliveryFacts())
    impossible = steps.Step(one.id, mailing, "queued", one.epoch, "accept", DeliveryFacts())

    for step in (stale, impossible):
        with pytest.raises(RefusedError):
            act(database, steps.take, [step], SYSTEM, now())
    assert states(database, mailing) == {"queued": MANY}


def test_a_mail_that_would_have_other_bytes_than_before_is_not_sent(database, mailing):
    [lease] = act(database, deliveries.claim, mailing, "worker", 1)
    assert act(database, mark, lease, b"as it was")
    act(database, report, lease, Outcome("deferred", 450, "later", "dot"))
    with database.writing() as session:
        session.execute(sa.update(Delivery.__table__).values(next_at=now()))

    [again] = [one for one in act(database, deliveries.claim, mailing, "w") if one.delivery_id == lease.delivery_id]

    assert not act(database, mark, again, b"otherwise")
    assert act(database, mark, again, b"as it was")


# --- the rate ---------------------------------------------------------------------------------------------------------


def test_no_more_leave_in_a_minute_than_are_set(database, office, mailing, later):
    slow = limited(database, mails_per_minute=9)
    for minute in range(1, 4):
        jobs.deliver(slow, mailing, Server.parse(office.url), "worker")
        jobs.deliver(slow, mailing, Server.parse(office.url), "another")
        assert len(mailbox.received(office.folder)) == min(MANY, 9 * minute)
        later(seconds=61)


def test_a_mailing_leaves_room_for_what_somebody_waits_for(database, office, mailing):
    slow = limited(database, mails_per_minute=20)
    jobs.deliver(slow, mailing, Server.parse(office.url), "worker")
    assert len(mailbox.received(office.folder)) == 18

    sign(database, mailing, 0)
    jobs.deliver(slow, mailing, Server.parse(office.url), "worker")

    assert mails(database, mailing, "receipt")[0].state == "accepted"
    assert len(mailbox.received(office.folder)) == 19


# --- a mail server with limits ----------------------------------------------------------------------------------------

TOO_MANY = b"421 4.7.0 Too many messages, slow down\r\n"


def drained(database, letter_id, server, later, patience=40):
    """Let a worker come by every few seconds until nothing waits."""
    for _ in range(patience):
        jobs.deliver(database, letter_id, to(server), "worker")
        jobs.recover(database, "worker")
        if set(states(database, letter_id)) <= {"accepted"}:
            return
        later(minutes=6)


def test_a_server_that_asks_to_slow_down_is_left_alone_and_then_gets_everything(
    database, relay, mailing, later, monkeypatch
):
    monkeypatch.setattr(pace, "FIRST_PAUSE", timedelta(minutes=1))
    fine, no = [b"250 fine\r\n"], [TOO_MANY]
    server = relay({"MAIL": fine * 10 + no * 8 + fine * 5 + no * 8 + fine})
    jobs.deliver(database, mailing, to(server), "worker")

    with database.reading() as session:
        assert "slow down" in deliveries.pause(session).answer
    offered = len(server.commands)
    jobs.deliver(database, mailing, to(server), "worker")
    assert len(server.commands) == offered, "it was not left alone"
    untouched = [row for row in rows(database, mailing) if row.state == "deferred" and not row.answer]
    assert untouched and {row.attempts for row in untouched} == {0}

    drained(database, mailing, server, later)

    assert states(database, mailing) == {"accepted": MANY}
    assert len(set(server.accepted)) == len(server.accepted) == MANY
    with database.reading() as session:
        assert session.get(MailPause, 1) is None, "the server takes mails again"
    assert findings(database, mailing) == []


def test_pauses_grow_until_a_mail_is_taken(database, later):
    lengths = []
    for _ in range(12):
        with database.writing() as session:
            paused = pace.slow_down(session, "421 slow down")
            lengths.append((paused.until - now()).total_seconds())
            assert pace.slow_down(session, "421 again").until == paused.until, "those under way add nothing"
        later(minutes=7)

    assert 3 < lengths[0] < 7 and lengths[4] > 8 * lengths[0]
    assert 230 < max(lengths) <= 361
    with database.writing() as session:
        pace.go_on(session)
        assert pace.slow_down(session, "421").in_a_row == 1


def test_a_pause_that_a_fast_clock_gave_is_not_waited_for(database, later):
    later(hours=9)
    act(database, pace.slow_down, "421 slow down")
    later(hours=-9)

    with database.reading() as session:
        assert deliveries.pause(session) is None


def test_a_server_that_drops_lines_after_the_dot_gets_each_mail_with_the_same_bytes(database, relay, mailing, later):
    server = relay({"dot": [b"250 ok\r\n", take_and_drop, drop, *[b"250 ok\r\n"] * 3, take_and_drop, b"250 ok\r\n"]})
    jobs.deliver(database, mailing, to(server), "worker")
    for _ in range(4):
        later(minutes=16)
        jobs.keep_time(database, lambda: True)
        jobs.deliver(database, mailing, to(server), "worker")

    assert states(database, mailing) == {"accepted": MANY}
    copies = Counter(server.accepted)
    assert len(copies) == MANY, "a second copy has other bytes than the first"
    assert sum(copies.values()) <= MANY + 2
    assert findings(database, mailing) == []


def test_a_server_that_is_not_there_is_asked_for_a_few_mails_and_not_for_all(database, mailing):
    nobody = Server.parse("smtp://127.0.0.1:1?starttls=never")

    jobs.deliver(database, mailing, nobody, "worker")

    tried = [row for row in rows(database, mailing) if row.attempts]
    assert states(database, mailing) == {"deferred": MANY}
    assert 0 < len(tried) <= database.settings.smtp_connections


# --- nobody sends -----------------------------------------------------------------------------------------------------


def test_where_nobody_runs_the_jobs_it_is_said_within_a_minute(database, later):
    elsewhere = limited(database, jobs_in_web=False)

    def said():
        with elsewhere.reading() as session:
            return deliveries.stalled(session)

    assert said() == pace.NO_WORKER
    say_alive(database, "worker", sends=False)
    assert said() == pace.NO_SERVER
    say_alive(database, "another", sends=True)
    assert said() == ""
    later(seconds=59)
    assert said() == ""
    later(seconds=2)
    assert said() == pace.NO_WORKER
    later(days=2)
    say_alive(database, "third", sends=True)
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM workers")) == 1


def test_a_letter_has_one_job_on_the_queue_however_many_acts_write_mails(database, mailing):
    for number in range(3):
        sign(database, mailing, number)

    waiting = database.queue.client.list_workflows(status=["ENQUEUED"])
    assert [(job.name, job.input["args"]) for job in waiting] == [("deliver", [mailing])]
