"""A clock that jumps by hours, back or forward: nothing twice, nothing too early for ever, nothing lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from emails import mailbox
from emails.transport import Server
from tests.support.factories import (
    ANNA,
    act,
    actions,
    approved,
    dispatched,
    fingerprint,
    invitation_states,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    terms,
    words,
)
from tests.support.mailing import mark, report
from tests.support.working import sweep
from workflow import clock, deliveries, history, jobs
from workflow.campaigns import dispatch, drafts, invitations, lifecycle, lookup
from workflow.database import Database
from workflow.history import evidence
from workflow.models import Delivery, Invitation, Letter, LogHead, now

HOUR = 3600.0
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


class Hands:
    """The hands of the product's clock: `move` sets them forward or back by seconds."""

    def __init__(self, monkeypatch):
        self.by = 0.0
        monkeypatch.setattr(clock, "seconds", lambda: time.time() + self.by)

    def move(self, seconds):
        self.by += seconds


@pytest.fixture
def hands(monkeypatch):
    return Hands(monkeypatch)


def server_of(office):
    return Server.parse(office.url)


def received(office, address="office@example.org"):
    return [mail.recipients[0] for mail in mailbox.received(office.folder)].count(address)


def holds(database, letter_id):
    with database.reading() as session:
        return evidence.verify(session, letter_id).problems


def test_a_lease_that_a_fast_clock_gave_is_not_waited_for(database, office, hands):
    letter_id = take_in(database, 1)
    hands.move(9 * HOUR)
    open_sign_off(database, letter_id)
    assert act(database, deliveries.claim, letter_id, "gone")

    hands.move(-9 * HOUR)
    sweep(database, server_of(office), "worker")

    assert received(office, "a@example.org") == 1


def test_a_mail_that_was_put_off_by_a_fast_clock_goes_out_when_the_clock_is_right_again(database, office, hands):
    letter_id = take_in(database, 1)
    hands.move(24 * HOUR)
    open_sign_off(database, letter_id)
    jobs.deliver(database, letter_id, Server.parse("smtp://127.0.0.1:1?starttls=never"), "worker")
    assert mails(database, letter_id, "invitation")[0].state == "deferred"

    hands.move(-24 * HOUR)
    sweep(database, server_of(office), "worker")

    assert received(office, "a@example.org") == 1


@pytest.mark.parametrize("step", ["connected", "after_354", "body_without_dot"])
def test_a_clock_that_jumps_ahead_before_the_dot_makes_no_second_letter(database, office, hands, step):
    letter_id = dispatched(database, 1)

    def jump(reached):
        if reached == step and hands.by == 0:
            hands.move(5 * HOUR)
            sweep(database, server_of(office), "another")

    jobs.deliver(database, letter_id, server_of(office), "slow", jump)

    assert received(office) == 1
    assert mails(database, letter_id, "letter")[0].state == "accepted"


@pytest.mark.parametrize("step", ["marked", "dot_sent", "answered"])
def test_an_answer_that_comes_after_its_lease_was_ended_is_believed(database, office, hands, step):
    letter_id = dispatched(database, 1)

    def jump(reached):
        if reached == step and states(database, letter_id) == ["handed_over"] and hands.by == 0:
            hands.move(5 * HOUR)
            jobs.recover(database)

    jobs.deliver(database, letter_id, server_of(office), "slow", jump)

    assert received(office) == 1
    assert states(database, letter_id) == ["accepted"]


def states(database, letter_id):
    with database.reading() as session:
        return [mail.state for mail in lookup.deliveries_of(session, letter_id) if mail.kind == "letter"]


def test_an_answer_for_a_mail_that_somebody_else_has_taken_since_is_not_believed(database, office, hands):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    [lease] = act(database, deliveries.claim, letter_id, "slow")
    act(database, mark, lease)
    hands.move(5 * HOUR)
    jobs.recover(database)
    hands.move(HOUR)
    act(database, deliveries.repeat, lease.delivery_id, letter_id)
    act(database, deliveries.claim, letter_id, "another")

    from emails.transport import Outcome

    assert act(database, report, lease, Outcome("accepted", 250, "fine", "answered")) is False


def test_what_is_due_waits_until_the_clock_has_settled(database, office, hands):
    early = take_in(database, 1)
    open_sign_off(database, early)
    ahead = approved(database, 1)
    jobs.render(database, ahead)
    at = now() + timedelta(hours=1)
    act(database, drafts.set_terms, early, terms(deadline=at), ANNA)
    act(database, dispatch.dispatch, ahead, fingerprint(database, ahead), ANNA, at)

    hands.move(3 * HOUR)
    sweep(database, server_of(office), "worker", clock_is_settled=False)
    assert (invitation_states(database, early), state(database, ahead)) == (["invited"], "approved")
    hands.move(-3 * HOUR)
    sweep(database, server_of(office), "worker")
    assert (invitation_states(database, early), state(database, ahead)) == (["invited"], "approved")

    hands.move(2 * HOUR)
    for _ in range(2):
        sweep(database, server_of(office), "worker")
    assert (invitation_states(database, early), state(database, ahead)) == (["lapsed"], "sent")


def test_a_jump_amid_the_look_at_what_is_due_ends_nothing(database, hands, monkeypatch):
    early, ahead = take_in(database, 1), approved(database, 1)
    open_sign_off(database, early)
    jobs.render(database, ahead)
    at = now() + timedelta(hours=1)
    act(database, drafts.set_terms, early, terms(deadline=at), ANNA)
    act(database, dispatch.dispatch, ahead, fingerprint(database, ahead), ANNA, at)
    watch, recover = clock.Watch(), jobs.recover

    def jumps(*given):
        recover(*given)
        hands.move(3 * HOUR)

    monkeypatch.setattr("workflow.jobs.sweep.recover", jumps)
    jobs.keep_time(database, lambda: watch.jumped() == 0)

    assert (invitation_states(database, early), state(database, ahead)) == (["invited"], "approved")


def test_a_watch_sees_jumps_and_is_settled_after_ten_minutes(hands, monkeypatch):
    passed = [0.0]
    monkeypatch.setattr(clock, "gone_by", lambda: 1000.0 + passed[0])
    monkeypatch.setattr(clock, "seconds", lambda: 1e9 + passed[0] + hands.by)
    watch = clock.Watch()
    assert watch.is_settled

    for jump in (3 * HOUR, -3 * HOUR):
        passed[0] += 5
        hands.move(jump)
        assert watch.jumped() == pytest.approx(jump)
        assert watch.jumped() == 0
        passed[0] += 599
        assert not watch.is_settled
        passed[0] += 2
        assert watch.is_settled
    passed[0] += 8 * HOUR
    hands.move(0.5)
    assert watch.jumped() == 0, "a machine that slept, or a clock that is synchronised, has not jumped"


@pytest.mark.parametrize("seed", range(3 * int(os.environ.get("SOAK", "1"))))
def test_whatever_the_clock_does_each_thing_is_done_once(database, office, hands, seed):
    chance = random.Random(seed)
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    for number in range(3):
        hands.move(chance.uniform(-30, 30) * HOUR)
        if number:
            sign(database, letter_id, number)
        sweep(database, server_of(office), "worker", chance.random() < 0.5)
    hands.by = 8 * 24 * HOUR
    for _ in range(4):
        sweep(database, server_of(office), "worker")
        hands.move(chance.uniform(-30, 30) * HOUR)

    assert actions(database, letter_id).count("invitation.lapse") == 1
    copies = [(mail.recipients[0], mail.subject) for mail in mailbox.received(office.folder)]
    assert len(copies) == len(set(copies))
    assert {mail.state for mail in _all(database, letter_id)} == {"accepted"}
    assert holds(database, letter_id) == []


def _all(database, letter_id):
    with database.reading() as session:
        return session.query(Delivery).filter_by(letter_id=letter_id).all()


def test_the_newest_sign_off_is_the_last_that_was_given_whatever_the_clock_said(database, hands):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    hands.move(5 * HOUR)
    sign(database, letter_id)
    act(database, lifecycle.revise, letter_id, "A correction.", ANNA)
    with database.writing() as session:
        session.get_one(Letter, letter_id).body += "\n\nOne more."
    open_sign_off(database, letter_id)
    hands.move(-5 * HOUR)
    sign(database, letter_id)

    with database.reading() as session:
        [invitation] = session.query(Invitation).filter_by(letter_id=letter_id)
        given = [signoff.sequence for signoff in invitation.signoffs]
        assert given == sorted(given)


WORKER = """
import sys
from flask.cli import main
from workflow.jobs import worker
worker.SWEEP_SECONDS = 0.5
sys.argv = ["flask", "worker"]
main()
"""
"""`flask worker`, which looks at its clock ten times as often."""


def test_a_service_whose_machine_has_its_clock_moved_goes_on_sending_and_ends_nothing_early(tmp_path, migrated_sqlite):
    if FAKETIME is None:
        pytest.skip("faketime is not installed: apt-get install faketime")
    (tmp_path / "instance").mkdir(mode=0o700)
    settings = Settings(instance=tmp_path / "instance")
    (tmp_path / "instance" / "undersigned.db").write_bytes(migrated_sqlite.read_bytes())
    hands = tmp_path / "hands"
    hands.write_text("+0")
    database = Database(settings)
    letter_id = take_in(database, 3, deadline=now() + timedelta(hours=1))
    preloaded = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(hands), "FAKETIME_NO_CACHE": "1"}
    environment = (
        os.environ | preloaded | {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "UNDERSIGNED_INSTANCE": str(settings.instance)}
    )
    log = (tmp_path / "log").open("w+")
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=log, stderr=log)
    try:
        _until(lambda: "is running" in (tmp_path / "log").read_text())
        hands.write_text("+3h")
        _until(lambda: "clock_jumped" in (tmp_path / "log").read_text())
        open_sign_off(database, letter_id)
        _until(lambda: {mail.state for mail in _all(database, letter_id)} == {"accepted"})
        hands.write_text("-3h")
        sign(database, letter_id)
        _until(lambda: {mail.state for mail in _all(database, letter_id)} == {"accepted"})
        _until(lambda: (tmp_path / "log").read_text().count("clock_jumped") == 2)
        assert invitation_states(database, letter_id) == ["signed", "invited", "invited"]
    finally:
        # A sleep on a clock that was moved may never end: how it says goodbye is tried elsewhere.
        worker.kill()
        worker.wait(30)
        log.close()
        database.close()
    assert holds(Database(settings), letter_id) == []


def _until(seen, patience=60):
    end = time.monotonic() + patience
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.1)


# --- the record -------------------------------------------------------------------------------------------------------


def entries_of(database, letter_id):
    with database.reading() as session:
        return history.entries(session, letter_id)


def test_no_entry_is_of_an_earlier_time_than_the_one_before_and_the_tables_agree(database, office, hands):
    """An hour back in the middle of everything that keeps a moment in its row."""
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    hands.move(HOUR)
    sign(database, letter_id, 0)
    hands.move(-2 * HOUR)
    sign(database, letter_id, 1)
    jobs.deliver(database, letter_id, server_of(office), "worker")
    act(database, lifecycle.revise, letter_id, "A comma.", ANNA)
    act(database, drafts.edit, letter_id, words(body="Another."), ANNA, version=1, dated=None)
    open_sign_off(database, letter_id)
    act(database, invitations.replace_links, letter_id, ANNA)

    times = [entry.at for entry in entries_of(database, letter_id)]
    assert times == sorted(times)
    assert times[-1] > now()
    assert holds(database, letter_id) == []
    hands.move(4 * HOUR)
    sign(database, letter_id, 0)
    assert abs(entries_of(database, letter_id)[-1].at - now()) < timedelta(minutes=1)


def test_a_jump_is_on_the_record_of_each_letter_under_way_once(database, hands):
    letter_id, other, gone = take_in(database), take_in(database), take_in(database)
    act(database, lifecycle.withdraw, gone, "Not now.", ANNA)
    watch = clock.Watch()
    for by in (HOUR, -2 * HOUR):
        hands.move(by)
        watch.jumped()
        if seconds := watch.to_tell():
            # Two workers of one machine see the same.
            assert [jobs.record_jump(database, seconds), jobs.record_jump(database, seconds + 1)] == [2, 0]
            watch.told()

    for one in (letter_id, other):
        jumps = [entry.about for entry in entries_of(database, one) if entry.action == "clock.jumped"]
        assert jumps == [{"seconds": 3600}], "the second one is told when the clock has settled"
        assert holds(database, one) == []
    assert "clock.jumped" not in [entry.action for entry in entries_of(database, gone)]


def test_a_watch_tells_of_jumps_at_once_and_then_all_together(hands, monkeypatch):
    gone_by = [1000.0]
    monkeypatch.setattr(clock, "gone_by", lambda: gone_by[0])
    monkeypatch.setattr(clock, "seconds", lambda: gone_by[0] + hands.by)
    watch = clock.Watch()

    def after(by, seconds):
        hands.move(by)
        gone_by[0] += seconds
        watch.jumped()
        if told := watch.to_tell():
            watch.told()
        return told

    assert [after(0, 5), after(59, 5), after(HOUR, 5), after(-HOUR, 5), after(-HOUR, 5)] == [0, 0, 3600, 0, 0]
    assert [after(0, 500), after(0, 200), after(0, 700)] == [0, -7200, 0]


def test_a_time_in_the_head_that_is_not_the_newest_entrys_is_found(database):
    letter_id = take_in(database)
    with database.writing() as session:
        session.get_one(LogHead, letter_id).last_at = now() + timedelta(days=9)

    assert holds(database, letter_id) == ["The log's head has another time (last_at) than the newest of its entries."]
