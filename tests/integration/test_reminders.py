"""Whoever is silent is reminded at nine in their morning, once, whatever happens meanwhile; and nobody else is."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.browsing import csrf, field, invitation_id, read, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    correct,
    cosigners,
    digest,
    findings,
    go_on,
    link_ids,
    mails,
    open_sign_off,
    sign,
    take_in,
    tell,
    terms,
)
from tests.support.forked import forked
from tests.support.listening import statements
from tests.support.mailing import claim_all
from workflow import clock, deliveries, jobs
from workflow.campaigns import by_hand, drafts, four_eyes, invitations, lifecycle, reminders, reminding
from workflow.campaigns.silent import silent
from workflow.database import Database
from workflow.errors import RefusedError
from workflow.jobs import batches as jobs_batches
from workflow.jobs import sweep as sweeping
from workflow.mails.writing import gather, write, write_many
from workflow.models import (
    BlockedAddress,
    Invitation,
    InvitationContact,
    Letter,
    Link,
    Proposal,
    new_id,
    now,
)
from workflow.signoffs import answers, codes, review, stopping
from workflow.signoffs.four_eyes import Confirmer, ask_for_two, propose
from workflow.tokens import hash_token

DEADLINE = datetime(2030, 4, 3, 16, 0, tzinfo=UTC)
"""A Wednesday; in Europe the clocks were put forward on the Sunday before, in New York three weeks earlier."""
SCHEDULE = (7, 3, 1)


@pytest.fixture
def at(monkeypatch):
    """Sets the product's clock."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(clock, "seconds", moment.timestamp)

    set_to(DEADLINE - timedelta(days=20))
    return set_to


def local(zone: str, *moment: int) -> datetime:
    return datetime(2030, *moment, tzinfo=ZoneInfo(zone))


def asked(database, count=2, zones=(), tells=True, **changes):
    """A letter that is open for signature, with a schedule, and all mails accepted."""
    letter_id = take_in(database, count, **({"deadline": DEADLINE, "reminders": SCHEDULE} | changes))
    for number, zone in enumerate(zones):
        one = invitation_id(database, letter_id, number)
        act(database, invitations.set_reader, letter_id, one, ANNA, language="", timezone=zone)
    open_sign_off(database, letter_id)
    if tells:
        tell(database, letter_id)
    return letter_id


def sweep(database) -> None:
    jobs.keep_time(database, lambda: True)


def reminded(database, letter_id) -> list[str]:
    """To whom reminders went, or wait to go."""
    return sorted(one.address[0] for one in mails(database, letter_id, "reminder") if one.state != "cancelled")


def at_each(database, at, letter_id, moments):
    """Let time go by from one moment to the next; returns who was reminded when."""
    found, before = [], reminded(database, letter_id)
    for moment in moments:
        at(moment)
        sweep(database)
        after = reminded(database, letter_id)
        assert not Counter(before) - Counter(after)
        came = Counter(after) - Counter(before)
        if came:
            found += [(one, moment) for one in came.elements()]
            tell(database, letter_id)
        before = after
    return found


def each_day(begin, end):
    """The same hour of each day."""
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


# --- when -------------------------------------------------------------------------------------------------------------


def test_each_is_reminded_at_nine_of_their_own_clock_across_a_change_of_it_and_once(database, at):
    zones = ("Europe/Paris", "America/New_York", "Asia/Kolkata")
    letter_id = asked(database, 3, zones)
    begin = (DEADLINE - timedelta(days=8)).replace(hour=0)
    # The half hour before each nine, and nine: in Kolkata 3.5, in Paris 8 and then 7, in New York 13; and a few others.
    around = {0, 3, 3.5, 6.5, 7, 7.5, 8, 8.5, 12.5, 13, 14, 20}
    moments = [begin + timedelta(minutes=30) * n for n in range(9 * 48) if n / 2 % 24 in around]

    found = at_each(database, at, letter_id, [*(one for one in moments if one < DEADLINE), DEADLINE])

    by_whom = {name: [moment for one, moment in found if one == name] for name in "abc"}
    for name, zone in zip("abc", zones, strict=True):
        assert [(moment.astimezone(ZoneInfo(zone)).strftime("%d %H:%M")) for moment in by_whom[name]] == [
            "27 09:00",
            "31 09:00",
            "02 09:00",
        ]
    assert by_whom["a"][0].hour - by_whom["a"][1].hour == 1
    assert findings(database, letter_id) == []


def test_a_worker_that_was_away_sends_one_and_after_the_deadline_none(database, at):
    one, other = asked(database, 1), asked(database, 1)
    at(DEADLINE - timedelta(hours=20))
    sweep(database)
    sweep(database)
    assert (reminded(database, one), reminded(database, other)) == (["a"], ["a"])

    late = asked(database, 1, deadline=DEADLINE + timedelta(days=20))
    at(DEADLINE + timedelta(days=20, minutes=1))
    sweep(database)

    assert reminded(database, late) == []


def test_of_letters_in_which_nobody_is_due_one_statement_reads_all_until_something_comes(database, at):
    letters = [asked(database, 1) for _ in range(3)]
    at(DEADLINE - timedelta(days=2, hours=23))
    sweep(database)
    for one in letters:
        tell(database, one)
    with database.reading() as session:
        assert reminders.with_due(session) == {}
    with database.reading() as session, statements(database) as said:
        assert reminders.with_due(session) == {}
    assert len([one for one in said if one.startswith("SELECT")]) == 1
    act(database, drafts.set_terms, letters[0], terms(deadline=DEADLINE + timedelta(days=1), reminders=(1,)), ANNA)
    act(database, answers.decline, link_ids(database, letters[1])[0], digest(database, letters[1]), "No.")
    at(DEADLINE - timedelta(hours=20))
    with database.reading() as session:
        assert list(reminders.with_due(session)) == [letters[2]]


def test_what_waits_for_a_mail_server_that_is_away_is_one_reminder_not_three(database, at):
    letter_id = asked(database, 1)
    for days in (7, 3, 1):
        at(DEADLINE - timedelta(days=days, hours=1))
        sweep(database)

    assert [one.state for one in mails(database, letter_id, "reminder")] == ["cancelled", "cancelled", "queued"]


def test_a_schedule_that_is_set_late_does_not_begin_with_a_morning_that_has_passed(database, at):
    letter_id = asked(database, 1, reminders=())
    at(DEADLINE - timedelta(days=2))
    act(database, drafts.set_terms, letter_id, terms(deadline=DEADLINE, reminders=SCHEDULE), ANNA)
    sweep(database)
    assert reminded(database, letter_id) == []

    at(DEADLINE - timedelta(days=1, hours=3))
    sweep(database)

    assert reminded(database, letter_id) == ["a"]


def test_who_was_written_to_just_before_is_not_reminded_as_well(database, at):
    letter_id = asked(database, 2)
    at(DEADLINE - timedelta(days=3, hours=20))
    act(database, invitations.resend, letter_id, invitation_id(database, letter_id), ANNA)
    tell(database, letter_id)
    at(DEADLINE - timedelta(days=3, hours=6))

    sweep(database)

    assert reminded(database, letter_id) == ["b"]


def test_nobody_keeps_a_reminder_away_by_what_a_link_can_bring_about(database, at):
    letter_id = asked(database, 2)
    at(DEADLINE - timedelta(days=3, hours=20))
    first, second = link_ids(database, letter_id)
    act(database, codes.send_code, first, "browser")
    act(database, ask_for_two, second)
    tell(database, letter_id)
    at(DEADLINE - timedelta(days=3, hours=1))
    sweep(database)

    assert reminded(database, letter_id) == ["a", "b"]


def test_more_time_for_one_organisation_moves_its_reminders_alone(database, at):
    letter_id = asked(database, 2, reminders=(1,))
    with database.writing() as session:
        session.get_one(Invitation, invitation_id(database, letter_id, 1)).deadline = DEADLINE + timedelta(days=1)
    at(DEADLINE - timedelta(days=1, hours=2))
    sweep(database)
    assert reminded(database, letter_id) == ["a"]

    tell(database, letter_id)
    at(DEADLINE - timedelta(hours=6))
    sweep(database)

    assert reminded(database, letter_id) == ["a", "b"]
    with database.reading() as session:
        told = gather(session, session.merge(mails(database, letter_id, "reminder")[-1], load=False))
    assert "4 April 2030" in told.deadline
    assert told.days_left == "1 day is left."


def test_nothing_is_due_while_the_clock_is_not_settled_and_none_comes_twice_when_it_is_set_back(database, at):
    letter_id = asked(database, 1)
    at(DEADLINE - timedelta(days=3, hours=1))
    jobs.keep_time(database, lambda: False)
    assert reminded(database, letter_id) == []

    sweep(database)
    tell(database, letter_id)
    for hours in (40, 5, 1):
        at(DEADLINE - timedelta(days=3, hours=hours))
        sweep(database)

    assert reminded(database, letter_id) == ["a"]


# --- whom -------------------------------------------------------------------------------------------------------------


def block(database, letter_id, number):
    with database.writing() as session:
        session.add(BlockedAddress(address=f"{'abcdefgh'[number]}@example.org", reason="returned"))


def returned(database, letter_id, number):
    one = invitation_id(database, letter_id, number)
    with database.writing() as session:
        session.connection().exec_driver_sql(f"UPDATE deliveries SET state = 'bounced' WHERE invitation_id = '{one}'")


ENDED = {
    "signed": lambda database, letter_id: sign(database, letter_id, 1),
    "declined": lambda database, letter_id: act(
        database, answers.decline, link_ids(database, letter_id)[1], digest(database, letter_id), "No"
    ),
    "cancelled": lambda database, letter_id: act(
        database, invitations.revoke, letter_id, invitation_id(database, letter_id, 1), ANNA
    ),
    "address blocked": lambda database, letter_id: block(database, letter_id, 1),
    "mail returned": lambda database, letter_id: returned(database, letter_id, 1),
    "stopped by the coordinator": lambda database, letter_id: act(
        database, reminding.set_reminders, letter_id, invitation_id(database, letter_id, 1), False, ANNA
    ),
    "stopped by its contact": lambda database, letter_id: stop(database, letter_id, 1),
}


def stop(database, letter_id, number):
    link_id = link_ids(database, letter_id)[number]
    with database.reading() as session:
        address = session.get_one(Link, link_id).invitation.email
        tag = session.tokens.stops("reminders", link_id, address)[0]
    act(database, stopping.set_wish, link_id, tag, stopped=True)


def test_who_stops_reminders_is_asked_all_the_same(database):
    letter_id = asked(database, 1, deadline=now() + timedelta(days=9), tells=False)
    stop(database, letter_id, 0)
    assert [one.state for one in mails(database, letter_id, "invitation")] == ["queued"]
    tell(database, letter_id)
    correct(database, letter_id, small=False)

    assert [one.state for one in mails(database, letter_id, "revised")] == ["queued"]


@pytest.mark.parametrize("how", ENDED)
def test_who_has_answered_or_cannot_be_reached_or_wants_none_is_not_reminded(database, at, how):
    letter_id = asked(database, 3)
    ENDED[how](database, letter_id)
    tell(database, letter_id)
    at(DEADLINE - timedelta(days=3, hours=1))

    sweep(database)

    assert reminded(database, letter_id) == ["a", "c"]


def test_in_review_who_has_said_that_it_is_ready_is_not_reminded(database, at):
    letter_id = take_in(database, 2, deadline=DEADLINE, reminders=SCHEDULE)
    act(database, lifecycle.circulate, letter_id, ANNA)
    tell(database, letter_id)
    act(database, review.give_verdict, link_ids(database, letter_id)[0], digest(database, letter_id), "ready")
    at(DEADLINE - timedelta(days=3, hours=1))

    sweep(database)

    assert reminded(database, letter_id) == ["b"]


@pytest.mark.parametrize("how", ["taken back", "withdrawn"])
def test_a_reminder_ends_with_the_text_and_with_the_letter(database, at, how):
    letter_id = asked(database, 1)
    at(DEADLINE - timedelta(days=3, hours=1))
    sweep(database)
    ends = lifecycle.revise if how == "taken back" else lifecycle.withdraw
    act(database, ends, letter_id, "Over.", ANNA)
    at(DEADLINE - timedelta(days=1, hours=1))

    sweep(database)

    assert [one.state for one in mails(database, letter_id, "reminder")] == ["cancelled"]


@pytest.mark.parametrize("how", [name for name in ENDED if name not in ("address blocked", "mail returned")])
def test_one_that_is_queued_when_the_answer_comes_does_not_leave(database, at, how):
    letter_id = asked(database, 3)
    at(DEADLINE - timedelta(days=3, hours=1))
    sweep(database)

    ENDED[how](database, letter_id)

    leases = {lease.delivery_id for lease in claim_all(database, letter_id)}
    act(database, deliveries.cancel_unwanted, letter_id)
    states = {one.address[0]: (one.state, one.id in leases) for one in mails(database, letter_id, "reminder")}
    assert states == {"a": ("sending", True), "b": ("cancelled", False), "c": ("sending", True)}


def test_none_leaves_after_the_deadline_however_long_it_waited(database, at):
    letter_id = asked(database, 1)
    at(DEADLINE - timedelta(hours=22))
    sweep(database)
    at(DEADLINE + timedelta(minutes=1))

    assert claim_all(database, letter_id) == []


def test_no_organisation_is_reminded_more_often_than_five_times_of_one_text(database, at):
    letter_id = asked(database, 1, reminders=(10, 9, 8, 7, 6))

    found = at_each(database, at, letter_id, each_day(DEADLINE - timedelta(days=10, hours=7), DEADLINE))
    assert len(found) == reminders.MOST
    at(DEADLINE - timedelta(days=5))
    act(database, drafts.set_terms, letter_id, terms(deadline=DEADLINE, reminders=(3, 1)), ANNA)
    assert at_each(database, at, letter_id, each_day(DEADLINE - timedelta(days=4, hours=7), DEADLINE)) == []
    at(DEADLINE - timedelta(days=5))

    correct(database, letter_id, small=False)
    tell(database, letter_id)
    with database.reading() as session:
        assert [one.times for one in silent(session, session.get_one(Letter, letter_id))] == [0]


# --- several people of an organisation -------------------------------------------------------------------------------


def other_contact(database, letter_id, number=0, **changes):
    """Give an organisation one more contact with a link of their own; returns the link's id."""
    with database.writing() as session:
        of = invitation_id(database, letter_id, number)
        contact = InvitationContact(id=new_id(), invitation_id=of, name="Zoe Other", email="z@example.org")
        session.add(contact)
        session.flush()
        given = {"purpose": "answer", "contact_id": contact.id} | changes
        link = Link(id=new_id(), invitation_id=of, token_hash="", **given)
        link.token_hash = hash_token(session.tokens.links(link.id)[0])
        session.add(link)
        return link.id


def test_all_contacts_are_reminded_each_by_their_own_link_and_each_stops_their_own(database, at):
    letter_id = asked(database, 1)
    other = other_contact(database, letter_id)
    at(DEADLINE - timedelta(days=7, hours=1))
    sweep(database)
    tell(database, letter_id)

    told = {one.address[0]: one for one in mails(database, letter_id, "reminder")}
    assert {name: one.about["link"] for name, one in told.items()} == {
        "a": link_ids_of_first(database, letter_id),
        "z": other,
    }
    with database.reading() as session:
        said = {name: write(session, session.merge(one, load=False)) for name, one in told.items()}
    assert b"Dear Zoe Other" in said["z"] and b"Dear Person A" in said["a"]

    with database.reading() as session:
        tag = session.tokens.stops("reminders", other, "z@example.org")[0]
    act(database, stopping.set_wish, other, tag, stopped=True)
    at(DEADLINE - timedelta(days=3, hours=1))
    sweep(database)

    assert reminded(database, letter_id) == ["a", "a", "z"]


def link_ids_of_first(database, letter_id):
    with database.reading() as session:
        return session.get_one(Letter, letter_id).invitations[0].link.id


def test_where_a_signature_was_proposed_its_confirmer_alone_is_reminded(database, at):
    letter_id = asked(database, 1)
    confirming = other_contact(database, letter_id, purpose="confirm", contact_id=None, email="w@example.org")
    with database.writing() as session:
        one = invitation_id(database, letter_id)
        proposed = {"name": "Person A", "digest": digest(database, letter_id), "sequence": 1}
        links = {"link_id": link_ids_of_first(database, letter_id), "confirming_link_id": confirming}
        session.add(Proposal(id=new_id(), invitation_id=one, **proposed, **links))
    at(DEADLINE - timedelta(days=3, hours=1))

    sweep(database)

    assert reminded(database, letter_id) == ["w"]
    with database.reading() as session:
        said = gather(session, session.merge(mails(database, letter_id, "reminder")[0], load=False))
    assert said.confirms


def test_a_reminder_that_waits_does_not_leave_once_its_reader_has_proposed_to_sign(database, at):
    letter_id = asked(database, 1)
    act(database, four_eyes.set_wanted, letter_id, invitation_id(database, letter_id), True, ANNA)
    at(DEADLINE - timedelta(days=3, hours=1))
    sweep(database)
    to = Confirmer("Dora Director", "dora@example.org")
    act(database, propose, link_ids(database, letter_id)[0], answer(database, letter_id), to)

    assert [one.state for one in mails(database, letter_id, "reminder")] == ["cancelled"]


# --- what it says -----------------------------------------------------------------------------------------------------


def said(database, letter_id, number=-1):
    with database.reading() as session:
        found = sorted(mails(database, letter_id, "reminder"), key=lambda one: one.address)
        content = write(session, session.merge(found[number], load=False))
    return email.message_from_bytes(content, policy=email.policy.default)


def test_it_says_that_it_is_one_how_many_days_are_left_and_what_has_changed_by_the_same_link(database, at):
    letter_id = asked(database, 3)
    before = link_ids(database, letter_id)
    sign(database, letter_id, 2)
    tell(database, letter_id)
    at(DEADLINE - timedelta(days=3, hours=1))
    sweep(database)

    mail = said(database, letter_id, 0)
    text = mail.get_body(("plain",)).get_content()

    assert mail["Subject"] == "Reminder: Free the seventeen"
    assert "3 days are left. Please answer by Wednesday 3 April 2030" in " ".join(text.split())
    assert "1 organisation has signed since we last wrote to you." in text
    assert "The text has not changed" in text
    assert link_ids(database, letter_id) == before
    with database.reading() as session:
        assert f"/s/{session.tokens.links(before[0])[0]}" in text
        tag = session.tokens.stops("reminders", before[0], "a@example.org")[0]
    assert mail["List-Unsubscribe"].endswith(f"/stop/reminders/{before[0]}/{tag}>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"][1:-1] in text


def test_who_knows_an_earlier_text_is_shown_what_changed(database, at):
    letter_id = asked(database, 2)
    sign(database, letter_id, 1)
    correct(database, letter_id, small=False)
    act(database, invitations.invite, letter_id, cosigners(3)[2], ANNA)
    tell(database, letter_id)
    at(DEADLINE - timedelta(days=3, hours=1))

    sweep(database)

    for number, (name, changed) in enumerate((("a", True), ("b", True), ("c", False))):
        mail = said(database, letter_id, number)
        text = mail.get_body(("plain",)).get_content()
        assert mail["To"].addresses[0].addr_spec[0] == name
        assert ("{+an answer+}" in text) == changed
        assert ("signed an earlier version" in " ".join(text.split())) == (name == "b")


def test_reminders_of_many_are_filled_in_byte_for_byte_as_each_alone(database, at):
    letter_id = asked(database, 4, ("Asia/Tokyo", "", "America/Lima", ""))
    sign(database, letter_id, 3)
    at(DEADLINE - timedelta(hours=20))
    sweep(database)

    with database.reading() as session:
        rows = [session.merge(one, load=False) for one in mails(database, letter_id, "reminder")]
        together = write_many(session, [row.id for row in rows])
        assert len(rows) == 3
        for row in rows:
            assert together[row.id].error is None
            assert together[row.id].content == write(session, row)
            assert together[row.id].skeleton


def test_silence_that_counts_needs_no_reminder(database, at):
    letter_id = asked(database, 2, objection_hours=200)
    sign(database, letter_id, 0)
    at(DEADLINE - timedelta(days=10))
    correct(database, letter_id)
    tell(database, letter_id)
    at(DEADLINE - timedelta(days=3, hours=1))

    sweep(database)

    assert reminded(database, letter_id) == ["b"]


# --- by hand ----------------------------------------------------------------------------------------------------------


def shown(client, letter_id, **asked):
    page = client.get(f"/letters/{letter_id}/ask", query_string={"act": "remind", **asked})
    assert page.status_code == 200
    return page, dict(read(page).get_element_by_id("ask").form_values())


def test_by_hand_all_who_are_silent_are_reminded_as_it_was_shown_and_not_again_within_a_day(app, database, later):
    letter_id = asked_now(database, 3)
    sign(database, letter_id, 1)
    tell(database, letter_id)
    client = signed_in(app, database)

    page, given = shown(client, letter_id)
    assert (
        "Send 2 emails" in page.text and "A reminder" in client.get(f"/letters/{letter_id}/ask/sample?act=remind").text
    )
    sent = client.post(f"/letters/{letter_id}/reminders", data=given | {"note_en": "We leave on Friday."})
    again = client.post(f"/letters/{letter_id}/reminders", data=given)

    assert (sent.status_code, again.status_code) == (303, 409)
    assert reminded(database, letter_id) == ["a", "c"]
    assert "We leave on Friday." in said(database, letter_id).get_body(("plain",)).get_content()
    assert actions(database, letter_id).count("reminders.sent") == 1
    page, _ = shown(client, letter_id)
    assert "2 were reminded within the last 20 hours" in page.text
    assert "There is nobody to remind now." in page.text
    assert read(page).xpath("//form[@id='ask']//button[@class='wide']/@disabled")
    later(hours=21)
    with database.reading() as session:
        assert len(reminders.by_hand(session, session.get_one(Letter, letter_id)).people) == 2
    assert findings(database, letter_id) == []


def asked_now(database, count):
    letter_id = take_in(database, count)
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    return letter_id


def test_by_hand_some_are_chosen_on_the_list(app, database):
    letter_id = asked_now(database, 4)
    client = signed_in(app, database)
    token = csrf(client.get(f"/letters/{letter_id}/cosigners"))
    ids = [invitation_id(database, letter_id, number) for number in (0, 2)]

    led = client.post(
        f"/letters/{letter_id}/cosigners/chosen",
        data={"csrf_token": token, "do": "remind", **{f"chosen-{one}": "y" for one in ids}},
    )
    page = client.get(led.location)
    given = dict(read(page).get_element_by_id("ask").form_values())

    assert client.post(f"/letters/{letter_id}/reminders", data=given).status_code == 303
    assert reminded(database, letter_id) == ["a", "c"]


def test_by_hand_thousands_are_reminded_in_pieces_once(database, monkeypatch):
    monkeypatch.setattr("workflow.campaigns.batches.AT_ONCE", 2)
    letter_id = take_in(database, 9)
    open_sign_off(database, letter_id)
    tell(database, letter_id)

    assert act(database, by_hand.remind, letter_id, ANNA) == 9
    with pytest.raises(RefusedError, match="still being written"):
        act(database, by_hand.remind, letter_id, ANNA)
    go_on(database, letter_id)

    assert reminded(database, letter_id) == list("abcdefghi")
    assert findings(database, letter_id) == []


def test_the_schedule_is_set_in_the_form_of_the_terms(app, database):
    letter_id = take_in(database, 1)
    client = signed_in(app, database)
    page = client.get(f"/letters/{letter_id}")
    given = dict(read(page).get_element_by_id("terms").form_values())

    wrong = client.post(f"/letters/{letter_id}/terms", data=given | {"reminders": "soon"})
    many = client.post(f"/letters/{letter_id}/terms", data=given | {"reminders": "6 5 4 3 2 1"})
    right = client.post(f"/letters/{letter_id}/terms", data=given | {"reminders": "1, 7 3,3"})

    assert (wrong.status_code, many.status_code, right.status_code) == (400, 400, 303)
    assert any("like 7, 3, 1" in one for one in field(wrong, "terms", "reminders")[1])
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).reminders == [7, 3, 1]


# --- once, whatever happens -------------------------------------------------------------------------------------------


def test_workers_that_come_at_once_remind_each_once(database, at):
    letter_id = asked(database, 12)
    at(DEADLINE - timedelta(days=3, hours=1))
    with database.reading() as session:
        [ids] = reminders.with_due(session).values()
    together = threading.Barrier(4)

    def worker(_):
        together.wait()
        return sum(act(database, reminders.remind_due, letter_id, ids[first : first + 4]) for first in (0, 4, 8))

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(worker, range(4)))

    assert sum(done) == 12
    assert reminded(database, letter_id) == list("abcdefghijkl")
    assert findings(database, letter_id) == []


@pytest.mark.parametrize("piece", [0, 1, 2])
def test_a_worker_that_is_killed_in_a_piece_leaves_nothing_out_and_nothing_twice(database, settings, at, piece):
    letter_id = asked(database, 20)
    process = forked.Process(target=killed_in_a_piece, args=(settings, piece))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL

    at(DEADLINE - timedelta(days=3, hours=1))
    assert len(reminded(database, letter_id)) == piece * jobs_batches.FEWEST
    sweep(database)

    assert sorted(one.address for one in mails(database, letter_id, "reminder")) == sorted(
        f"{chr(97 + number)}@example.org" for number in range(20)
    )
    assert findings(database, letter_id) == []


def killed_in_a_piece(settings, piece):
    """Sweep when reminders are due, and be killed in a piece, its mails written and not committed."""
    clock.seconds = (DEADLINE - timedelta(days=3, hours=1)).timestamp
    real, done = reminders.remind_due, []

    def then_die(*given):
        number = real(*given)
        done.append(number)
        if len(done) > piece:
            given[0].flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    reminders.remind_due, sweeping.FEWEST_REMINDED = then_die, jobs_batches.FEWEST
    jobs_batches.Pace.took = lambda pace, *took: None
    jobs.keep_time(Database(settings), lambda: True)
