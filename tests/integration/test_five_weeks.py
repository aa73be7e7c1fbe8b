"""
A campaign of forty over five weeks, by the product's one clock: what everybody got is read from the mail server.

Europe and North America put their clocks forward meanwhile, and New Zealand puts them back in the last night. Workers
are killed in the middle of reminding and of sending, and for two days there is none. Each organisation is reminded at
nine of its own morning, once for each morning, and never once it has answered; the coordinator has one email a day.
"""

from __future__ import annotations

import os
import signal
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from emails import mailbox
from emails.transport import Server
from tests.support.factories import ANNA, act, answer, digest, findings, invitation_states, open_sign_off, take_in
from tests.support.forked import forked
from workflow import accounts, clock, jobs, members
from workflow.campaigns import digests, invitations, reminders
from workflow.database import Database
from workflow.letter import text
from workflow.models import Delivery, Invitation, Letter, Link, LogEntry
from workflow.signoffs import answers

ZONES = ("Europe/Paris", "America/New_York", "Asia/Phnom_Penh", "Pacific/Auckland", "Africa/Nairobi")
COORDINATORS_ZONE = "America/New_York"
DAYS = (14, 7, 4, 3, 1)
OPENED = datetime(2027, 3, 1, 9, tzinfo=UTC)
DEADLINE = datetime(2027, 4, 5, 10, tzinfo=UTC)
AWAY = (datetime(2027, 4, 1, tzinfo=UTC), datetime(2027, 4, 3, tzinfo=UTC))
"""From when to when there is no worker: the mornings four and three days before the deadline, nearly everywhere."""
OWNER = "dying"
KILLS = {
    datetime(2027, 3, 22, 8, tzinfo=UTC): ("reminding", "reminded", "body_without_dot"),
    datetime(2027, 3, 24, 12, tzinfo=UTC): ("digesting",),
    AWAY[1]: ("digesting", "reminding"),
}
"""At these times workers are killed one after the other, each where it says, before one is left alone."""


def moments_of_answers() -> dict[int, tuple[datetime, bool]]:
    """When each of the forty answers, and whether it signs; some never do."""
    when = [
        datetime(2027, 3, 3, 15, tzinfo=UTC),
        datetime(2027, 3, 23, 15, tzinfo=UTC),
        datetime(2027, 3, 30, 2, tzinfo=UTC),
        datetime(2027, 4, 2, 18, tzinfo=UTC),
        datetime(2027, 4, 4, 23, tzinfo=UTC),
        datetime(2027, 3, 29, 0, tzinfo=UTC),
    ]
    return {n: (when[n % 8], n % 3 != 1) for n in range(40) if n % 8 < len(when)}


def hours() -> list[datetime]:
    """The hours at which workers look: everybody's nine, the hour before, and others; thinly, while none is near."""
    day, found = OPENED.date(), []
    while day <= DEADLINE.date() + timedelta(days=1):
        # In Auckland a morning comes while it is still the day before here.
        near = any((DEADLINE.date() - day).days - before in (0, 1) for before in (*DAYS, 0))
        for hour in (0, 1, 2, 5, 6, 7, 8, 12, 13, 19, 20, 21) if near else (12, 13):
            found.append(datetime.combine(day, time(hour), UTC))
        day += timedelta(days=1)
    return [hour for hour in found if hour > OPENED and not AWAY[0] <= hour < AWAY[1]]


def first_look(due: datetime) -> datetime:
    """When workers first look at or after a moment."""
    return next(hour for hour in hours() if hour >= due)


def reminders_due(zone: str, answered: datetime | None) -> set[datetime]:
    """When an organisation is to be reminded: at the first look of each of its mornings that finds it silent."""
    there = ZoneInfo(zone)
    last = DEADLINE.astimezone(there).date()
    nines = (datetime.combine(last - timedelta(days=before), time(9), there).astimezone(UTC) for before in DAYS)
    looks = {first_look(nine) for nine in nines}
    return {look for look in looks if look < DEADLINE and (answered is None or look <= answered)}


# --- workers ----------------------------------------------------------------------------------------------------------


def put_clock(moment: datetime) -> None:
    seconds = moment.timestamp()
    clock.seconds = lambda: seconds


def _die(*given: object, **named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying_after(module: object, name: str) -> None:
    done = getattr(module, name)

    def then_die(*given: object, **named: object) -> None:
        done(*given, **named)
        _die()

    setattr(module, name, then_die)


def work_and_die(settings, letter_id: str, url: str, moment: datetime, where: str) -> None:
    """Look at what is due and send, and be killed: in a transaction, after its commit, or at a step of sending."""
    put_clock(moment)
    if where == "reminding":
        _dying_after(reminders, "remind_due")
    elif where == "digesting":
        _dying_after(digests, "write")
    database = Database(settings)
    jobs.recover(database, OWNER)
    jobs.keep_time(database, lambda: True)
    if where in ("reminded", "digested"):
        _die()

    def watch(step: str) -> None:
        if step == where:
            _die()

    for mails_of in (letter_id, None):
        jobs.deliver(database, mails_of, Server.parse(url), OWNER, watch)


def killed(settings, letter_id: str, url: str, moment: datetime, where: str) -> None:
    worker = forked.Process(target=work_and_die, args=(settings, letter_id, url, moment, where))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL, f"{moment}: the worker never came to {where}"


def worked(database: Database, letter_id: str, url: str) -> None:
    """What a worker does that is left alone; first it lets go of what it had in its hands when it was killed."""
    jobs.recover(database, OWNER)
    jobs.keep_time(database, lambda: True)
    with database.reading() as session:
        waiting = session.scalars(sa.select(Delivery.letter_id).where(Delivery.is_waiting).distinct()).all()
    for mails_of in waiting:
        jobs.deliver(database, mails_of, Server.parse(url), OWNER)


# --- the five weeks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(database, monkeypatch):
    """A letter that forty are asked to sign in five zones, and a coordinator who has an email each morning."""
    monkeypatch.setattr(clock, "seconds", clock.seconds)
    put_clock(OPENED)
    asked = [
        text.Cosigner(f"League {n:02}", f"L{n:02}", f"Person {n}", "Chair", f"l{n:02}@example.org") for n in range(40)
    ]
    monkeypatch.setattr("tests.support.factories.cosigners", lambda *of: asked)
    letter_id = take_in(database, 40, deadline=DEADLINE, timezone="Europe/Paris", reminders=DAYS)
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        ben = accounts.user(session, "ben@example.org", "Ben")
        ben.timezone = COORDINATORS_ZONE
        members.join(session, row.campaign_id, ben, "coordinator", ANNA)
        digests.wish(session, ben.id, wanted=True)
        ids = [one.id for one in row.invitations]
    for n, invitation_id in enumerate(ids):
        act(
            database,
            invitations.set_reader,
            letter_id,
            invitation_id,
            ANNA,
            language="",
            timezone=ZONES[n % len(ZONES)],
        )
    open_sign_off(database, letter_id)
    return letter_id


def answered(database, letter_id: str, link_id: str, signs: bool) -> None:
    if signs:
        act(database, answers.sign, link_id, answer(database, letter_id))
    else:
        act(database, answers.decline, link_id, digest(database, letter_id), "No")


def test_each_is_reminded_at_nine_once_and_never_once_it_has_answered(campaign, database, settings, office, tmp_path):
    letter_id, to_answer = campaign, moments_of_answers()
    with database.reading() as session:
        query = sa.select(Link.id).join(Invitation).where(Invitation.letter_id == letter_id)
        links = session.scalars(query.order_by(Invitation.position)).all()
    worked(database, letter_id, office.url)

    before = OPENED
    for hour in hours():
        for n, (moment, signs) in to_answer.items():
            if before < moment <= hour:
                put_clock(moment)
                answered(database, letter_id, links[n], signs)
        put_clock(hour)
        for where in KILLS.get(hour, ()):
            killed(settings, letter_id, office.url, hour, where)
        worked(database, letter_id, office.url)
        before = hour

    came = mailbox.received(tmp_path / "received")
    assert max(Counter(message_from_bytes(mail.raw)["Message-ID"] for mail in came).values()) == 1
    reminded = defaultdict(list)
    for mail in came:
        if mail.subject.startswith("Reminder"):
            reminded[mail.recipients[0]].append(mail.date)
    for n in range(40):
        times = sorted(reminded[f"l{n:02}@example.org"])
        due = sorted(reminders_due(ZONES[n % len(ZONES)], to_answer.get(n, (None, False))[0]))
        assert times == due, (n, ZONES[n % len(ZONES)])
    assert sum(map(len, reminded.values())) > 90
    check_mornings(database, [mail for mail in came if mail.recipients == ("ben@example.org",)])
    ends = {n: "signed" if signs else "declined" for n, (_, signs) in to_answer.items()}
    assert invitation_states(database, letter_id) == [ends.get(n, "lapsed") for n in range(40)]
    assert findings(database, letter_id) == []


def check_mornings(database, came) -> None:
    """One a day at most, at eight there or at the first look after it; nothing is told twice, and nothing left out."""
    with database.reading() as session:
        query = sa.select(Delivery).where(Delivery.kind == "digest").order_by(Delivery.queued_at)
        told = [(mail.queued_at, mail.about) for mail in session.scalars(query)]
        signed = session.scalars(sa.select(LogEntry.at).where(LogEntry.action == "invitation.sign")).all()
    there = ZoneInfo(COORDINATORS_ZONE)
    mails = [mail for mail in came if mail.subject.startswith("Your letters")]
    assert sorted(mail.date for mail in mails) == [at for at, _ in told]
    for at, about in told:
        eight = datetime.combine(at.astimezone(there).date(), time(8), there).astimezone(UTC)
        assert at == first_look(eight)
        assert about["until"] == (at - digests.SETTLING).isoformat()
    days = [at.astimezone(there).date() for at, _ in told]
    assert len(set(days)) == len(days)
    windows = [(datetime.fromisoformat(about["since"]), datetime.fromisoformat(about["until"])) for _, about in told]
    assert all(earlier[1] <= later[0] for earlier, later in zip(windows, windows[1:], strict=False))
    assert all(sum(since < at <= until for since, until in windows) == 1 for at in signed)
    assert date(2027, 4, 1) not in days
    assert date(2027, 4, 2) in days
