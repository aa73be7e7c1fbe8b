"""
kill -9 of the service at random moments of a mailing, and of the letter and its addendum to their office, on both
databases: the web process that runs the jobs itself, and a worker of its own. `make soak`: mailings of 500, killed
forty times each.

Each organisation has its mail, and again at most where a dot was out whose answer nobody read; the office has each
of the two once.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import update

from config.settings import Settings
from tests.support.factories import ANNA, act, findings, mails, sign
from tests.support.machine import free_port
from tests.support.mailings import OFFICE, SIGNED, opened, sent_to_the_office
from tests.support.relay import Relay
from workflow import history
from workflow.campaigns import addenda, batches, dispatch
from workflow.commands.service import serve
from workflow.database import Database
from workflow.models import Delivery, Letter, now

ROOT = Path(__file__).parents[2]
LONG = "SOAK" in os.environ
COUNT, KILLS, MAILINGS = (500, 8, 5) if LONG else (40, 2, 1)
CONNECTIONS = 4
"""So many dots may be out at a kill."""
PATIENCE = 180

Roles = {
    "web": lambda port: serve(port),
    "worker": lambda port: [sys.executable, "-m", "flask", "worker"],
}

USUAL = {True: "web", False: "worker"}
"""What runs the jobs on an embedded database, and on a server's; `make soak` has each on both."""


class Service:
    """The web process or the worker, in a process of its own, which is killed and started again."""

    def __init__(self, role: str, settings: Settings, relay: Relay, log: Path) -> None:
        port = free_port()
        self.command, self.log = Roles[role](port), log
        self.known = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
        self.known |= {
            "FLASK_APP": "wsgi:app",
            "UNDERSIGNED_INSTANCE": str(settings.instance),
            "UNDERSIGNED_DATABASE_URL": settings.database_url,
            "UNDERSIGNED_SMTP_URL": relay.url,
            "UNDERSIGNED_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "UNDERSIGNED_JOBS_IN_WEB": "true" if role == "web" else "false",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        """Start it; what it says goes into the log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.known, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """Kill it and what it has started, as a machine that loses its power."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def wait(self, is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until something is so, while it runs."""
        end = time.monotonic() + seconds
        while not is_so():
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < end, f"it does not come to an end: {self.log.read_text()[-3000:]}"
            time.sleep(0.002)


@contextlib.contextmanager
def running(role: str, settings: Settings, relay: Relay, log: Path) -> Iterator[Service]:
    """Have the service run; killed at the end."""
    service = Service(role, settings, relay, log)
    service.start()
    try:
        yield service
    finally:
        service.kill()


def test_a_service_that_is_killed_at_any_moment_of_a_mailing_sends_each_mail(database, settings, tmp_path):
    chance = random.Random()
    for role, number in itertools.product(Roles if LONG else [USUAL[settings.embedded]], range(MAILINGS)):
        relay = Relay()
        with relay, running(role, settings, relay, tmp_path / "service.log") as service:
            letter_id = opened(database, COUNT)
            _kill_on_the_way(service, relay, chance)
            _settle(database, letter_id, service)
            sent_to_the_office(database, letter_id)
            _kill_within(service, chance.uniform(0.0, 1.0))
            _settle(database, letter_id, service)
            _the_office_has_it(database, letter_id, service, relay, "letter")
            _add_to_it(database, letter_id, service)
            _kill_within(service, chance.uniform(0.0, 1.0))
            _settle(database, letter_id, service)
            _the_office_has_it(database, letter_id, service, relay, "addendum")
            kills = service.kills
        again = _mails_again(database, letter_id, relay)
        assert again <= CONNECTIONS * kills
        assert findings(database, letter_id) == []
        print(f"{role}, mailing {number + 1}: {kills} kills, {relay.counts.dots} dots, {again} mails again")


def _kill_on_the_way(service: Service, relay: Relay, chance: random.Random) -> None:
    """Kill it when the relay has seen some of the mails, and a moment later."""
    for dots in sorted(chance.randrange(COUNT) for _ in range(KILLS - 1)):
        service.wait(lambda dots=dots: relay.counts.dots >= min(dots, COUNT - 1))
        _kill_within(service, chance.uniform(0.0, 0.02))


def _kill_within(service: Service, seconds: float) -> None:
    time.sleep(seconds)
    service.kill()
    service.start()


def _settle(database: Database, letter_id: str, service: Service) -> None:
    """Wait until all mails of a letter are queued and none waits; what is put off, or to be repeated, is due now."""
    looked = time.monotonic()

    def is_settled() -> bool:
        nonlocal looked
        if time.monotonic() - looked < 0.2:
            return False
        looked = time.monotonic()
        with database.reading() as session:
            states = [state for (state,) in session.query(Delivery.state).filter_by(letter_id=letter_id)]
            office = session.query(Delivery).filter(Delivery.letter_id == letter_id, Delivery.recipient_id.is_not(None))
            uncertain = sum(mail.state == "uncertain" for mail in office)
            goes_on = batches.unfinished(session, letter_id)
        if not goes_on and states.count("accepted") + uncertain == len(states):
            return True
        with database.writing() as session:
            waiting = Delivery.state.in_(("deferred", "uncertain"))
            session.execute(update(Delivery).where(Delivery.letter_id == letter_id, waiting).values(next_at=now()))
        return False

    service.wait(is_settled)


def _add_to_it(database: Database, letter_id: str, service: Service) -> None:
    """One more signs: the addendum is made, by whoever runs the jobs, and sent."""
    sign(database, letter_id, SIGNED)
    act(database, addenda.ask, letter_id, ANNA)
    looked: list[str] = []

    def is_made() -> bool:
        time.sleep(0.1)
        with database.reading() as session:
            kept = addenda.of(session, session.get_one(Letter, letter_id))
            looked.extend([kept.fingerprint] if kept.documents else [])
        return bool(looked)

    service.wait(is_made)
    act(database, addenda.send, letter_id, looked[0], ANNA)


def _the_office_has_it(database: Database, letter_id: str, service: Service, relay: Relay, kind: str) -> None:
    """The office has the letter, or its addendum, once; where nobody can know, a person asks it and decides."""
    [mail] = mails(database, letter_id, kind)
    before = int(kind == "addendum")
    if mail.state == "uncertain":
        arrived = relay.counts.taken[OFFICE] == before + 1
        act(database, dispatch.settle_as_sent if arrived else dispatch.send_again, letter_id, mail.id, ANNA)
        _settle(database, letter_id, service)
    assert relay.counts.taken[OFFICE] == before + 1, f"{kind}: never twice, and never not at all"


def _mails_again(database: Database, letter_id: str, relay: Relay) -> int:
    """Check that each has its mail, and again only where its answer was lost; returns how many came again."""
    taken, again = relay.counts.taken, 0
    assert relay.counts.other_bytes == 0, "a second copy has other bytes than the first"
    with database.reading() as session:
        lost = [e.about["delivery"] for e in history.entries(session, letter_id) if e.action == "delivery.lose"]
        deliveries = session.query(Delivery).filter_by(letter_id=letter_id).all()
    for number in range(COUNT):
        address = f"o{number}@example.org"
        mine = [one for one in deliveries if one.address == address]
        assert [one.state for one in mine] == ["accepted"] * (4 if number <= SIGNED else 2)
        copies = taken[address] - len(mine)
        assert 0 <= copies <= sum(lost.count(one.id) for one in mine), f"{address} has a mail twice without need"
        again += copies
    return again
