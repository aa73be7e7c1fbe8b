"""
kill -9 at every step of a delivery, once each (twenty times in `make soak`), against a real SMTP server, on both
databases.

Nothing is lost, and the office never gets a second letter from a machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter

import pytest

from config.settings import Settings
from emails import mailbox
from emails.transport import Server
from tests.support.factories import ANNA, act, digest, dispatched, mails, open_sign_off, state, take_in, with_documents
from tests.support.forked import forked
from tests.support.lived import lived
from tests.support.mailing import mark
from workflow import deliveries, jobs
from workflow.campaigns import dispatch, lifecycle, lookup
from workflow.database import Database
from workflow.models import Delivery, now

BEFORE_THE_MARK = (
    "before_claim",
    "after_claim",
    "connected",
    "after_mail",
    "after_rcpt",
    "after_354",
    "body_without_dot",
)
IN_DOUBT = ("marked", "dot_sent", "answered")
SETTLED = ("after_outcome", "after_quit")
TIMES = int(os.environ.get("SOAK", "1"))
OWNER = "crashing"


def _deliver_until(settings: Settings, letter_id: str, url: str, last_step: str) -> None:
    def watch(step: str) -> None:
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    jobs.deliver(Database(settings), letter_id, Server.parse(url), OWNER, watch)


def killed_at(step: str, settings: Settings, letter_id: str, url: str) -> None:
    """Run a worker in a process of its own that is killed when it reaches a step."""
    worker = forked.Process(target=_deliver_until, args=(settings, letter_id, url, step))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL, f"the worker never reached {step}"


def started_again(database: Database, letter_id: str, url: str) -> None:
    """What a worker does that starts under the same name: end its old leases, then deliver what is due."""
    jobs.recover(database, OWNER)
    with database.writing() as session:
        for delivery in session.query(Delivery).filter_by(letter_id=letter_id):
            delivery.next_at = now()
    for mail in [m for m in _all(database, letter_id) if m.state == "uncertain"]:
        with contextlib.suppress(Exception), database.writing() as session:
            deliveries.repeat(session, mail.id, letter_id)
    jobs.deliver(database, letter_id, Server.parse(url), OWNER)


def _all(database: Database, letter_id: str) -> list[Delivery]:
    with database.reading() as session:
        return lookup.deliveries_of(session, letter_id)


def letters_received(office: mailbox.LocalMailbox) -> int:
    return sum(mail.recipients == ("office@example.org",) for mail in mailbox.received(office.folder))


def emptied(office: mailbox.LocalMailbox) -> None:
    for path in office.folder.iterdir():
        path.unlink()


@pytest.mark.parametrize("step", [*BEFORE_THE_MARK, *IN_DOUBT, *SETTLED])
def test_the_letter_to_the_office_survives_a_kill(database, settings, office, step):
    for _ in range(TIMES):
        emptied(office)
        letter_id = lived(database, with_documents)
        jobs.deliver(database, letter_id, Server.parse(office.url), "earlier")
        emptied(office)
        made_for = _fingerprint(database, letter_id)
        act(database, dispatch.dispatch, letter_id, made_for, ANNA)

        killed_at(step, settings, letter_id, office.url)
        started_again(database, letter_id, office.url)

        sent = mails(database, letter_id, "letter")
        assert len(sent) == 1
        if step in IN_DOUBT:
            assert (sent[0].state, state(database, letter_id)) == ("uncertain", "sending")
            assert letters_received(office) <= 1
            _a_person_settles(database, letter_id, sent[0], office)
        assert mails(database, letter_id, "letter")[0].state == "accepted"
        assert state(database, letter_id) == "sent"
        assert letters_received(office) == 1


def _fingerprint(database: Database, letter_id: str) -> str:
    from tests.support.factories import fingerprint

    return fingerprint(database, letter_id)


def _a_person_settles(database: Database, letter_id: str, mail: Delivery, office: mailbox.LocalMailbox) -> None:
    """The person asks the office whether the letter is there, and decides accordingly."""
    arrived = letters_received(office) == 1
    decide = dispatch.settle_as_sent if arrived else dispatch.send_again
    act(database, decide, letter_id, mail.id, ANNA)
    jobs.deliver(database, letter_id, Server.parse(office.url), OWNER)


@pytest.mark.parametrize("step", [*BEFORE_THE_MARK, *IN_DOUBT, *SETTLED])
def test_no_mail_to_a_cosigner_is_lost_and_a_second_copy_is_recognisable(database, settings, office, step):
    for _ in range(TIMES):
        emptied(office)
        letter_id = take_in(database, 2)
        open_sign_off(database, letter_id)

        killed_at(step, settings, letter_id, office.url)
        started_again(database, letter_id, office.url)

        assert {m.state for m in mails(database, letter_id, "invitation")} == {"accepted"}
        received = mailbox.received(office.folder)
        assert {mail.recipients[0] for mail in received} == {"a@example.org", "b@example.org"}
        copies = Counter(mail.raw for mail in received)
        assert len(copies) == 2, "a second copy has other bytes than the first"
        assert max(copies.values()) <= (2 if step in IN_DOUBT else 1)


def test_a_worker_that_was_frozen_past_its_lease_sends_no_dot(database, office):
    letter_id = dispatched(database)
    [lease] = act(database, deliveries.claim, letter_id, "frozen")
    assert lease.once
    with database.writing() as session:
        session.get_one(Delivery, lease.delivery_id).lease_until = now()
    jobs.recover(database)

    assert act(database, mark, lease) is False


def test_a_letter_that_was_taken_back_while_its_mail_was_under_way_gets_no_dot(database, office):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    [lease] = act(database, deliveries.claim, letter_id, "worker")
    assert digest(database, letter_id)

    act(database, lifecycle.revise, letter_id, "Wrong text.", ANNA)

    assert act(database, mark, lease) is False
    act(database, deliveries.put_back, [lease], now())
    act(database, deliveries.cancel_unwanted, letter_id)
    assert mails(database, letter_id, "invitation")[0].state == "cancelled"
