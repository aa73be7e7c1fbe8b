"""The email of a morning: once a day in the reader's own morning, of what happened since, and only if something did."""

from __future__ import annotations

import email
import email.policy
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from emails.transport import Outcome, Server
from tests.support import mailing
from tests.support.browsing import csrf, signed_in
from tests.support.factories import (
    ANNA,
    act,
    approved,
    digest,
    findings,
    link_ids,
    open_sign_off,
    sign,
    take_in,
    terms,
    with_documents,
)
from workflow import accounts, clock, erasure, members
from workflow.campaigns import digests, dispatch, drafts, printing
from workflow.campaigns.lookup import locked_letter
from workflow.jobs import deliver, keep_time, tidy
from workflow.mails import came_back, join_notice
from workflow.mails.writing import gather, write
from workflow.models import Delivery, JoinRequest, Letter, Membership, User
from workflow.signoffs import answers, requests, review

PARIS, AUCKLAND, LOS_ANGELES = "Europe/Paris", "Pacific/Auckland", "America/Los_Angeles"


@pytest.fixture
def at(monkeypatch):
    """Sets the product's clock to a time in UTC, where it stands: `at("2027-03-27 06:00")`."""

    def put(moment: str) -> None:
        seconds = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        monkeypatch.setattr(clock, "seconds", lambda: seconds)

    put("2027-03-25 12:00")
    return put


def somebody(database, letter_id, address="ben@example.org", zone=PARIS, language="", role="coordinator", wanted=True):
    """A member of staff on a letter's campaign, who wants it from now on."""
    with database.writing() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
        user = accounts.user(session, address, address.partition("@")[0])
        user.timezone, user.language = zone, language
        members.join(session, campaign, user, role, ANNA)
        digests.wish(session, user.id, wanted=wanted)
        return user.id


def opened(database, count=4, **changes):
    letter_id = take_in(database, count, **{"deadline": clock.now() + timedelta(days=40), **changes})
    open_sign_off(database, letter_id)
    return letter_id


def sweep(database):
    keep_time(database, lambda: True)


def sent(database, user_id=None):
    """Each that was queued, oldest first."""
    with database.reading() as session:
        rows = session.scalars(sa.select(Delivery).filter_by(kind="digest").order_by(Delivery.queued_at)).all()
        return [row for row in rows if user_id in (None, row.about["user"])]


def told(database, delivery=None):
    with database.reading() as session:
        row = session.get_one(Delivery, (delivery or sent(database)[-1]).id)
        return gather(session, row), email.message_from_bytes(write(session, row), policy=email.policy.default)


def lines(database, number=0, **which):
    data, _ = told(database, **which)
    return {line.what: line.more for line in data.letters[number].lines}


def test_it_tells_what_happened_since_the_last_one_and_by_whom(database, at):
    letter_id = opened(database, 7)
    somebody(database, letter_id)
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    at("2027-03-25 20:00")
    sign(database, letter_id, 0)
    sign(database, letter_id, 1)
    act(database, answers.retract, links[1])
    act(database, answers.decline, links[2], shown, "No")
    act(database, answers.decline, links[3], shown, "Ask Oxfam", misplaced=True)
    act(database, requests.ask_for_time, links[4], "A week")
    act(database, review.comment, links[5], shown, 1, "Why?")
    with database.writing() as session:
        session.add(
            JoinRequest(
                letter_id=letter_id,
                token_hash="ab",
                organisation="Joining Ltd",
                name="J",
                email="j@example.org",
                state="confirmed",
                confirmed_at=clock.now(),
            )  # fmt: skip
        )

    at("2027-03-26 06:59")
    sweep(database)
    assert sent(database) == []
    at("2027-03-26 07:00")
    sweep(database)
    sweep(database)

    (mail,) = sent(database)
    assert (mail.address, mail.letter_id) == ("ben@example.org", None)
    assert lines(database) == {
        "1 asks for more time": "ORGE",
        "1 says it isn’t for them": "ORGD",
        "1 request to join": "Joining Ltd",
        "1 comment": "ORGF",
        "1 withdrew its signature": "ORGB",
        "1 declined": "ORGC",
        "1 signed": "ORGA",
    }
    data, mime = told(database)
    assert data.letters[0].link.endswith(f"/letters/{letter_id}")
    assert mime["List-Unsubscribe"] == f"<{data.stop}>"
    assert mime["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mime["Subject"] == "Your letters: 1 asks for more time, 1 says it isn’t for them, 1 request to join"
    assert "Since Thursday 25 March 2027 at 13:00 (Paris time)" in mime.get_body(("plain",)).get_content()
    assert "! 1 asks for more time: ORGE" in mime.get_body(("plain",)).get_content()

    at("2027-03-27 07:00")
    sign(database, letter_id, 6)
    at("2027-03-27 07:30")
    sweep(database)
    assert lines(database) == {"1 signed": "ORGG"}


def test_where_nothing_happened_there_is_none_and_what_happened_before_is_not_told_later(database, at):
    letter_id = opened(database)
    sign(database, letter_id)
    at("2027-03-25 13:00")
    user = somebody(database, letter_id)
    for day in (26, 27, 28):
        at(f"2027-03-{day} 08:00")
        sweep(database)
    assert sent(database) == []
    with database.reading() as session:
        assert session.get_one(User, user).digested_at == datetime(2027, 3, 28, 7, 59, tzinfo=UTC)


def test_workers_that_were_away_for_two_days_send_one_with_both(database, at):
    letter_id = opened(database)
    somebody(database, letter_id)
    at("2027-03-25 18:00")
    sign(database, letter_id, 0)
    at("2027-03-26 18:00")
    sign(database, letter_id, 1)
    at("2027-03-27 21:00")
    sweep(database)
    sweep(database)
    assert [mail.about["since"][:10] for mail in sent(database)] == ["2027-03-25"]
    assert lines(database) == {"2 signed": "ORGA and ORGB"}
    sign(database, letter_id, 2)
    at("2027-03-28 06:00")
    sweep(database)
    assert lines(database) == {"1 signed": "ORGC"}


def hours(moment, end):
    """All hours; and whether it is swept: at each at which somebody may have a morning, the one before, and another."""
    while moment < end:
        yield moment, moment.hour in (1, 5, 6, 7, 14, 15, 18, 19, 20)
        moment += timedelta(hours=1)


def test_it_comes_at_eight_on_both_sides_of_a_change_of_clocks_and_once_a_day_in_any_zone(database, at):
    """Paris puts its clocks forward on 28 March 2027; Auckland puts them back on 4 April."""
    letter_id = opened(database, 26)
    paris = somebody(database, letter_id, "paris@example.org")
    auckland = somebody(database, letter_id, "auckland@example.org", AUCKLAND)
    signed = 0
    for moment, is_swept in hours(datetime(2027, 3, 26, 1, tzinfo=UTC), datetime(2027, 4, 6, tzinfo=UTC)):
        at(moment.isoformat(" ", "minutes")[:16])
        if moment.hour == 1:
            sign(database, letter_id, signed)
            signed += 1
        if is_swept:
            sweep(database)
    came = {user: [mail.queued_at for mail in sent(database, user)] for user in (paris, auckland)}
    assert [time.strftime("%d %H:%M") for time in came[paris]] == [
        "26 07:00", "27 07:00", "28 06:00", "29 06:00", "30 06:00", "31 06:00", "01 06:00", "02 06:00", "03 06:00",
        "04 06:00", "05 06:00",
    ]  # fmt: skip
    assert [time.strftime("%d %H:%M") for time in came[auckland]] == [
        "26 19:00", "27 19:00", "28 19:00", "29 19:00", "30 19:00", "31 19:00", "01 19:00", "02 19:00", "03 20:00",
        "04 20:00", "05 20:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"), [(PARIS, LOS_ANGELES), (AUCKLAND, LOS_ANGELES), (LOS_ANGELES, AUCKLAND), ("", AUCKLAND)]
)
def test_whoever_moves_has_one_a_day_and_misses_nothing(database, at, before, after):
    letter_id = opened(database, 26, timezone=PARIS)
    user = somebody(database, letter_id, zone=before)
    signed = 0
    for moment, is_swept in hours(datetime(2027, 3, 25, 13, tzinfo=UTC), datetime(2027, 3, 30, 1, tzinfo=UTC)):
        at(moment.isoformat(" ", "minutes")[:16])
        if moment.hour % 8 == 0:
            sign(database, letter_id, signed)
            signed += 1
        if moment == datetime(2027, 3, 27, 20, tzinfo=UTC):
            with database.writing() as session:
                profile = {"name": "Ben", "organisation": "", "language": ""}
                accounts.set_profile(session, user, timezone=after, **profile)
        if is_swept:
            sweep(database)
    mails = sent(database)
    assert len(mails) >= 4
    for earlier, later in zip(mails, mails[1:], strict=False):
        assert earlier.about["until"] == later.about["since"]
        assert timedelta(hours=12) < later.queued_at - earlier.queued_at < timedelta(hours=41)


def test_two_workers_at_once_and_one_that_was_late_queue_one(database, at):
    letter_id = opened(database)
    somebody(database, letter_id)
    at("2027-03-26 06:00")
    sign(database, letter_id)
    at("2027-03-26 08:00")
    with database.reading() as session:
        (late,) = digests.due(session)
    workers = [threading.Thread(target=sweep, args=(database,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(sent(database)) == 1
    assert not act(database, digests.write, late)
    assert len(sent(database)) == 1


def test_a_clock_that_was_a_year_ahead_holds_up_no_later_morning(database, at):
    letter_id = opened(database, deadline=None)
    somebody(database, letter_id)
    at("2028-03-25 08:00")
    sweep(database)
    at("2027-03-26 08:00")
    sign(database, letter_id)
    at("2027-03-26 09:00")
    sweep(database)
    assert lines(database) == {"1 signed": "ORGA"}
    at("2027-03-27 09:00")
    sweep(database)
    assert len(sent(database)) == 1
    keep_time(database, lambda: False)


def test_what_is_due_is_told_on_each_of_three_mornings_with_how_many_are_silent(database, at):
    letter_id = opened(database, deadline=datetime(2027, 3, 29, 12, tzinfo=UTC), timezone=PARIS)
    somebody(database, letter_id)
    at("2027-03-25 12:30")
    sign(database, letter_id)
    for day in range(25, 32):
        at(f"2027-03-{day} 13:00")
        sweep(database)
    assert [mail.about["until"][8:10] for mail in sent(database)] == ["26", "27", "28", "29", "30"]
    with database.reading() as session:
        told_of = [list(gather(session, session.get_one(Delivery, mail.id)).counts) for mail in sent(database)]
    assert told_of[0][:2] == ["1 deadline", "1 signed"]
    assert told_of[1] == ["1 deadline"]
    assert "3 let the deadline pass" in told_of[4]


def test_of_one_letter_it_says_once_what_happened(database, at):
    letter_id = opened(database)
    somebody(database, letter_id)
    at("2027-03-25 13:00")
    sign(database, letter_id)
    at("2027-03-26 08:00")
    sweep(database)
    _, mime = told(database)
    words = [mime.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert [body.rpartition("</title>")[2].count("1 signed") for body in words] == [1, 1]


def test_twenty_letters_are_one_email_with_the_most_pressing_first(database, at):
    first = opened(database, 3)
    user = somebody(database, first)
    letters = [first]
    for _ in range(19):
        letters.append(opened(database, 3))
        with database.writing() as session:
            campaign = session.get_one(Letter, letters[-1]).campaign_id
            session.add(Membership(campaign_id=campaign, user_id=user, role="coordinator"))
    at("2027-03-25 13:00")
    for letter_id in letters:
        sign(database, letter_id)
    act(database, requests.ask_for_time, link_ids(database, letters[15])[1], "A week")
    at("2027-03-26 08:00")
    sweep(database)

    (mail,) = sent(database)
    data, mime = told(database)
    assert len(data.letters) == 12
    assert data.others == 8
    assert data.letters[0].link.endswith(letters[15])
    assert data.counts == ("1 asks for more time", "20 signed")
    assert "8 more letters" in mime.get_body(("plain",)).get_content()
    assert len(mime.as_bytes()) < 60_000


def test_it_tells_nothing_of_letters_that_one_only_reads_does_not_see_or_has_left(database, at):
    letter_id, other = opened(database), opened(database)
    auditor = somebody(database, letter_id, "auditor@example.org", role="auditor")
    gone = somebody(database, letter_id, "gone@example.org")
    off = somebody(database, letter_id, "off@example.org", wanted=False)
    somebody(database, letter_id, "ben@example.org")
    at("2027-03-25 13:00")
    sign(database, letter_id)
    sign(database, other)
    at("2027-03-26 08:00")
    with database.reading() as session:
        mornings = digests.due(session)
    act(database, members.remove, act(database, lambda s: s.get_one(Letter, letter_id).campaign_id), gone, ANNA)
    for morning in mornings:
        act(database, digests.write, morning)
    assert {mail.about["user"] for mail in sent(database)} & {auditor, off} == set()
    with database.reading() as session:
        for mail in sent(database):
            data = gather(session, session.get_one(Delivery, mail.id))
            titles = [one.link[-32:] for one in data.letters]
            assert titles == ([] if mail.about["user"] == gone else [letter_id])
    assert {mail.address for mail in sent(database)} == {"gone@example.org", "ben@example.org"}


def test_what_it_named_is_kept_no_longer_than_it_takes_to_send_it(database, at, office):
    letter_id = opened(database)
    somebody(database, letter_id)
    at("2027-03-25 13:00")
    sign(database, letter_id)
    at("2027-03-26 08:00")
    sweep(database)
    deliver(database, None, Server.parse(office.url), "worker")

    def kept():
        with database.reading() as session:
            (row,) = session.query(Delivery).filter_by(kind="digest")
            return row.state, row.sealed is not None, row.mime_sha256 is not None

    assert kept() == ("accepted", True, True)
    tidy(database)
    assert kept() == ("accepted", False, True)

    sign(database, letter_id, 1)
    at("2027-03-27 08:00")
    sweep(database)
    begun = act(database, erasure.begin_person, "b@example.org", "request", ANNA).id
    with database.writing() as session:
        session.execute(sa.text("UPDATE deliveries SET sealed = :x, mime_sha256 = 'x'"), {"x": b"ORGB"})
    erasure.go_on(database, begun)
    with database.reading() as session:
        rows = session.query(Delivery).filter_by(kind="digest").order_by(Delivery.queued_at).all()
        assert [(row.state, row.sealed, row.mime_sha256) for row in rows][1] == ("queued", None, None)


def test_each_morning_is_chosen_on_the_page_of_the_account(app, database, at):
    client = signed_in(app, database, admin=False)
    letter_id = opened(database)
    with database.reading() as session:
        anna = session.query(User).one().id
    somebody(database, letter_id, "anna@example.org", wanted=False)
    page = client.get("/account")
    assert "Each morning at 8:00 (Europe/Paris)" in page.text
    for tick, wanted in (({"digest": "y"}, True), ({}, False)):
        client.post("/account/notices", data={"csrf_token": csrf(client.get("/account")), **tick})
        with database.reading() as session:
            assert session.get_one(User, anna).digest is wanted


# --- what is told at once ---------------------------------------------------------------------------------------------


def notices(database):
    with database.reading() as session:
        rows = session.query(Delivery).filter_by(kind="notice").order_by(Delivery.queued_at, Delivery.id)
        return sorted((row.address.partition("@")[0], row.about["what"]) for row in rows)


def test_what_can_wait_waits_for_whoever_has_it_each_morning(database, at):
    letter_id = opened(database, 6, required=1, minimum=1)
    somebody(database, letter_id, "ben@example.org")
    somebody(database, letter_id, "zoe@example.org", wanted=False)
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    for number in (0, 1):
        sign(database, letter_id, number)

    act(database, requests.ask_for_time, links[2], "A week")
    act(database, answers.decline, links[3], shown, "No")
    assert notices(database) == [("zoe", "declined"), ("zoe", "time")]
    act(database, answers.retract, links[0])
    assert notices(database)[:1] == [("ben", "retracted")]


def test_what_comes_near_the_deadline_or_leaves_too_few_does_not_wait(database, at):
    letter_id = opened(database, 4, minimum=2)
    somebody(database, letter_id)
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    for number in (0, 1, 2):
        sign(database, letter_id, number)
    act(database, answers.retract, links[0])
    assert notices(database) == []
    act(database, answers.retract, links[1])
    assert notices(database) == [("ben", "retracted")]
    at("2027-05-03 10:00")
    act(database, requests.ask_for_time, links[3], "A week")
    act(database, answers.decline, links[3], shown, "No")
    assert notices(database) == [("ben", "declined"), ("ben", "retracted"), ("ben", "time")]


def test_a_signature_withdrawn_from_an_approved_letter_does_not_wait(database, at):
    letter_id = approved(database, 2)
    somebody(database, letter_id)
    act(database, drafts.set_terms, letter_id, terms(deadline=None), ANNA)
    act(database, answers.retract, link_ids(database, letter_id)[0])
    assert notices(database) == [("ben", "retracted")]


@pytest.mark.parametrize(
    ("outcome", "kind", "words"),
    [
        (Outcome("rejected", 550, "5.1.1 No such mailbox", "after_rcpt"), "came_back", "Jane Doe"),
        (Outcome("uncertain", None, "The line broke", "dot_sent"), "undelivered", "We don’t know if Jane Doe received"),
    ],
)
def test_a_letter_that_may_not_have_reached_its_recipient_is_told_at_once_and_once(database, outcome, kind, words):
    letter_id = with_documents(database)
    for who, wanted in (("ben@example.org", True), ("zoe@example.org", False)):
        somebody(database, letter_id, who, wanted=wanted)
    with database.reading() as session:
        fingerprint = printing.fingerprint(session.get_one(Letter, letter_id))
    act(database, dispatch.dispatch, letter_id, fingerprint, ANNA)
    mailing.deliver(database, letter_id, [outcome])
    for _ in range(2):
        sweep(database)
    with database.reading() as session:
        rows = session.scalars(sa.select(Delivery).where(Delivery.kind.in_(("undelivered", "came_back")))).all()
        assert sorted((row.address, row.kind) for row in rows) == [("ben@example.org", kind), ("zoe@example.org", kind)]
        mime = email.message_from_bytes(write(session, rows[0]), policy=email.policy.default)
    assert words in mime["Subject"]
    said = mime.get_body(("plain",)).get_content()
    assert outcome.text in said
    assert "office@example.org" in said
    assert [found for found in findings(database, letter_id) if not found.startswith("documents/")] == []


def test_returned_emails_and_requests_to_join_wait_unless_there_is_no_time(database, at):
    letter_id = opened(database)
    somebody(database, letter_id)
    somebody(database, letter_id, "zoe@example.org", wanted=False)

    def happen():
        with database.writing() as session:
            row = locked_letter(session, letter_id)
            mail = session.query(Delivery).filter(Delivery.invitation_id.is_not(None)).first()
            came_back.queue(session, row, "returned", mail, mail.invitation_id, blocked=False)
            join_notice.queue(session, row, "waiting")

    def to(kind):
        with database.reading() as session:
            return sorted(row.address[:3] for row in session.query(Delivery).filter_by(kind=kind))

    happen()
    assert (to("came_back"), to("join_notice")) == (["zoe"], ["zoe"])
    at("2027-05-03 10:00")
    happen()
    assert (to("came_back"), to("join_notice")) == (["ben", "zoe", "zoe"], ["ben", "zoe", "zoe"])
