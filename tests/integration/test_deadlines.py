"""A deadline moves: whom that concerns hears it once, what lapsed can be answered again, and the record says why."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import delete

from tests.support.browsing import invitation_id
from tests.support.conditional import agree, asked, suggest
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    actions,
    answer,
    correct,
    digest,
    findings,
    go_on,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    standing,
    take_in,
    tell,
    terms,
    words,
)
from tests.support.lived import lived
from workflow import accounts, deliveries, jobs
from workflow.campaigns import (
    at_deadline,
    batches,
    deadlines,
    drafts,
    invitations,
    lifecycle,
    more_contacts,
    readers,
    reminders,
    reminding,
)
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, RefusedError
from workflow.history import audit
from workflow.jobs.mailing import cancel_unwanted
from workflow.mails.writing import gather, write
from workflow.models import BlockedAddress, Invitation, InvitationContact, Letter, Membership, now
from workflow.moments import days_after
from workflow.signoffs import answers, links, requests, review


def moved(database, letter_id):
    """To whom a moved deadline was told, and as what."""
    return [(mail.address, mail.about["group"]) for mail in mails(database, letter_id, "deadline_moved")]


def gathered(database, mail):
    with database.reading() as session:
        return gather(session, session.merge(mail, load=False))


def move(database, letter_id, **ahead):
    at = (now() + timedelta(**ahead)).replace(microsecond=0)
    act(database, drafts.set_deadline, letter_id, at, ANNA)
    go_on(database, letter_id)
    return at


def sweep(database):
    jobs.keep_time(database, lambda: True)


@pytest.fixture
def letter_id(database):
    return lived(database, a_letter)


def a_letter(database):
    """Four are asked: one has signed this text, one an earlier one, one has declined, one waits."""
    made = take_in(database, 4)
    open_sign_off(database, made)
    sign(database, made, 1)
    correct(database, made, body=BODY + "\n\nMuch more that was not there before.", small=False)
    sign(database, made, 0)
    with database.reading() as session:
        digest = session.get_one(Letter, made).revision.digest
    act(database, answers.decline, link_ids(database, made)[2], digest, "Not us.")
    assert invitation_states(database, made) == ["signed", "to_confirm", "declined", "invited"]
    return made


def test_a_moved_deadline_is_told_to_whom_it_concerns_as_the_page_counted(database, letter_id):
    at = now() + timedelta(days=20)
    with database.reading() as session:
        seen = deadlines.concerned(session, session.get_one(Letter, letter_id), at)
    assert (seen.number, seen.is_earlier) == (3, False)
    assert [seen.organisations(group) for group in ("asked", "to_confirm", "revived", "signed")] == [1, 1, 0, 1]
    before = link_ids(database, letter_id)

    at = move(database, letter_id, days=20)

    assert moved(database, letter_id) == [
        ("a@example.org", "signed"),
        ("b@example.org", "to_confirm"),
        ("d@example.org", "asked"),
    ]
    assert link_ids(database, letter_id) == before
    said = gathered(database, mails(database, letter_id, "deadline_moved")[2])
    assert (str(at.day) in said.deadline, bool(said.before), said.earlier) == (True, True, False)
    assert findings(database, letter_id) == []


def test_what_had_lapsed_can_be_answered_again_by_the_link_that_was_sent_before(database, letter_id, later):
    before = link_ids(database, letter_id)
    later(days=8)
    sweep(database)
    assert invitation_states(database, letter_id) == ["signed", "lapsed", "declined", "lapsed"]

    move(database, letter_id, days=3)

    assert invitation_states(database, letter_id) == ["signed", "to_confirm", "declined", "invited"]
    assert link_ids(database, letter_id) == before
    assert Counter(group for _, group in moved(database, letter_id)) == {"revived": 2, "signed": 1}
    assert [actions(database, letter_id).count(f"invitation.{step}") for step in ("lapse", "revive", "reinvite")] == [
        2,
        1,
        1,
    ]
    sign(database, letter_id, 3)
    assert findings(database, letter_id) == []


def test_a_signature_for_the_very_text_of_now_counts_again_when_it_revives(database, letter_id, later):
    later(days=8)
    sweep(database)
    act(database, lifecycle.revise, letter_id, "As it was.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    act(database, drafts.edit, letter_id, words(), ANNA, version=version, dated=None)
    move(database, letter_id, days=3)
    open_sign_off(database, letter_id)

    assert ("ORGB", "confirmed") in standing(database, letter_id)
    assert findings(database, letter_id) == []


def test_who_revives_as_a_new_version_is_opened_is_asked_and_told_before_it_lapses_again(database, later, monkeypatch):
    """They are many: the move has not come to them when the new version is opened."""
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    made = take_in(database, 3)
    open_sign_off(database, made)
    go_on(database, made)
    sign(database, made, 1)
    correct(database, made, body=BODY + "\n\nMuch more that was not there before.", small=False)
    later(days=8)
    sweep(database)
    act(database, lifecycle.revise, made, "More.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, made).version
    act(database, drafts.edit, made, words(body=BODY + "\n\nAnother end."), ANNA, version=version, dated=None)
    asked = len(mails(database, made, "sign_off")), len(mails(database, made, "revised"))

    act(database, drafts.set_deadline, made, now() + timedelta(days=3), ANNA)
    act(database, lifecycle.open_sign_off, made, ANNA)
    go_on(database, made)

    assert invitation_states(database, made) == ["invited", "to_confirm", "invited"]
    assert len(mails(database, made, "sign_off")) - asked[0] + len(mails(database, made, "revised")) - asked[1] == 3
    assert moved(database, made) == [], "One email a person: what asks says by when."
    tell(database, made)
    later(days=2, hours=1)
    sweep(database)
    assert [mail.address for mail in mails(database, made, "confirm_soon")] == ["b@example.org"]
    later(days=2)
    sweep(database)
    assert invitation_states(database, made) == ["lapsed"] * 3
    assert findings(database, made) == []


def test_nobody_lapses_or_signs_but_by_the_deadline_that_holds_for_it(database, letter_id, later):
    one = invitation_id(database, letter_id, 3)
    own = (now() + timedelta(days=30)).replace(microsecond=0)
    act(database, deadlines.give, letter_id, one, own, ANNA)

    assert moved(database, letter_id) == [("d@example.org", "asked")]
    said = gathered(database, mails(database, letter_id, "deadline_moved")[0])
    assert (said.how, str(own.day) in said.deadline) == ("own", True)
    later(days=9)
    sweep(database)
    assert invitation_states(database, letter_id) == ["signed", "lapsed", "declined", "invited"]
    move(database, letter_id, days=2)
    assert [to for to, _ in moved(database, letter_id)[1:]] == ["a@example.org", "b@example.org"]
    later(days=40 - 9)
    sweep(database)
    assert invitation_states(database, letter_id)[3] == "lapsed"
    with database.reading() as session:
        living = [links.lives(one.link) for one in session.get_one(Letter, letter_id).invitations]
    assert living == [True, True, True, True]
    later(days=15)
    with database.reading() as session:
        living = [links.lives(one.link) for one in session.get_one(Letter, letter_id).invitations]
    assert living == [False, False, False, True], "A link lives as long after its own deadline as others after theirs."
    assert findings(database, letter_id) == []


def test_who_asked_for_more_time_gets_it_alone_and_one_email(database, letter_id):
    act(database, requests.ask_for_time, link_ids(database, letter_id)[3], "A week")
    one = invitation_id(database, letter_id, 3)

    act(database, deadlines.give, letter_id, one, now() + timedelta(days=14), ANNA)

    assert (len(mails(database, letter_id, "time_answered")), moved(database, letter_id)) == (1, [])
    with database.reading() as session:
        assert session.get_one(Invitation, one).more_time == ""


def test_an_own_deadline_can_be_taken_back_and_is_told_and_on_the_record(database, letter_id, later):
    one = invitation_id(database, letter_id, 3)
    act(database, deadlines.give, letter_id, one, now() + timedelta(days=14), ANNA)
    act(database, requests.ask_for_time, link_ids(database, letter_id)[3], "A week more")

    act(database, deadlines.give, letter_id, one, None, ANNA)
    act(database, deadlines.give, letter_id, one, None, ANNA)

    said = gathered(database, mails(database, letter_id, "deadline_moved")[-1])
    assert (said.how, said.earlier, said.group) == ("shared", True, "asked")
    assert len(moved(database, letter_id)) == 2
    assert mails(database, letter_id, "time_answered") == [], "Less time is no answer to who asked for more."
    assert actions(database, letter_id).count("invitation.deadline") == 2
    assert findings(database, letter_id) == []
    act(database, deadlines.give, letter_id, one, now() + timedelta(days=14), ANNA)
    later(days=8)
    sweep(database)
    with pytest.raises(RefusedError, match="has passed"):
        act(database, deadlines.give, letter_id, one, None, ANNA)
    assert invitation_states(database, letter_id)[3] == "invited"


def test_a_deadline_is_refused_that_is_over_or_gives_no_more_time(database, letter_id):
    one = invitation_id(database, letter_id, 3)
    with pytest.raises(InputError, match="in the past"):
        act(database, drafts.set_terms, letter_id, terms(deadline=now() - timedelta(minutes=1)), ANNA)
    with pytest.raises(InputError, match="after the deadline"):
        act(database, deadlines.give, letter_id, one, now() + timedelta(days=1), ANNA)
    with pytest.raises(RefusedError):
        act(database, deadlines.give, letter_id, invitation_id(database, letter_id, 0), now() + timedelta(days=9), ANNA)
    assert moved(database, letter_id) == []


def test_each_person_hears_of_an_event_once_and_no_link_goes_to_another(database, letter_id):
    with database.writing() as session:
        first, second, _, fourth = session.get_one(Letter, letter_id).invitations
        first.second_email, fourth.email = "B@Example.org", "A@example.org"
        session.add(InvitationContact(invitation_id=second.id, name="Zoe", email="zoe@example.org"))

    move(database, letter_id, days=20)

    told = mails(database, letter_id, "deadline_moved")
    assert sorted(mail.address.lower() for mail in told) == ["a@example.org", "b@example.org", "zoe@example.org"]
    by = {mail.address.lower(): gathered(database, mail) for mail in told}
    assert by["a@example.org"].group == "asked"
    assert "Organisation A" in by["a@example.org"].told.organisation
    assert "Organisation D" in by["a@example.org"].told.organisation
    assert by["zoe@example.org"].told.signatory == "Zoe", "Each contact is greeted by name, as in the invitation."
    assert by["zoe@example.org"].link == "", "There is no link of hers yet, and that of another is not hers."
    assert all(mail.dedupe_key == mail.dedupe_key.lower() and mail.dedupe_key.startswith("event:") for mail in told)


def test_a_deadline_moved_while_a_thousand_lapse_ends_that_and_revives_them(database, later, monkeypatch):
    """The lapse looks at the deadline under the lock, piece by piece; who had lapsed is revived by the move."""
    made = take_in(database, 12)
    open_sign_off(database, made)
    later(days=8)
    ready, seen = Barrier(2, timeout=20), []

    def lapses():
        kept = set()
        assert act(database, answers.lapse, made, 4, kept) == 4
        seen.extend(invitation_states(database, made))
        ready.wait()
        ready.wait()
        seen.append(act(database, answers.lapse, made, 4, kept))

    job = Thread(target=lapses)
    job.start()
    ready.wait()
    move(database, made, days=1)
    ready.wait()
    job.join(20)

    assert seen == ["lapsed"] * 4 + ["invited"] * 8 + [0]
    assert invitation_states(database, made) == ["invited"] * 12
    assert len(moved(database, made)) == 12
    assert findings(database, made) == []


def test_two_who_move_it_at_once_tell_each_person_of_each_and_the_last_holds(database, letter_id):
    ready = Barrier(2, timeout=20)
    days = (20, 30)

    def moves(ahead):
        ready.wait()
        act(database, drafts.set_deadline, letter_id, now() + timedelta(days=ahead), ANNA)

    both = [Thread(target=moves, args=(ahead,)) for ahead in days]
    for one in both:
        one.start()
    for one in both:
        one.join(20)

    assert Counter(to for to, _ in moved(database, letter_id)) == dict.fromkeys(
        ("a@example.org", "b@example.org", "d@example.org"), 2
    )
    assert findings(database, letter_id) == []


# --- what it brings ---------------------------------------------------------------------------------------------------


def test_it_is_extended_once_at_the_same_time_of_day_and_everybody_is_told(database, later):
    made = take_in(database, 2, at_deadline="extend", extend_days=3)
    open_sign_off(database, made)
    with database.reading() as session:
        first = session.get_one(Letter, made).deadline
    later(days=7, seconds=5)
    sign(database, made, 0)
    sweep(database)

    with database.reading() as session:
        row = session.get_one(Letter, made)
        assert (row.deadline, row.extended) == (first + timedelta(days=3), True)
    assert sorted(moved(database, made)) == [("a@example.org", "signed"), ("b@example.org", "asked")]
    assert gathered(database, mails(database, made, "deadline_moved")[0]).how == "extended"
    later(days=3)
    assert act(database, at_deadline.extend, made) is False
    sweep(database)
    assert (invitation_states(database, made), len(moved(database, made))) == (["signed", "lapsed"], 2)
    assert findings(database, made) == []


def test_a_worker_that_was_away_takes_no_time_away(database, later):
    made = take_in(database, 1, at_deadline="extend", extend_days=2)
    open_sign_off(database, made)
    later(days=12)
    sweep(database)

    with database.reading() as session:
        left = session.get_one(Letter, made).deadline - now()
    assert timedelta(days=1) < left <= timedelta(days=2)
    assert invitation_states(database, made) == ["invited"]
    assert findings(database, made) == []


def test_days_later_the_clocks_show_the_same_though_they_were_put_back():
    before = datetime(2026, 10, 24, 16, 0, tzinfo=UTC)

    assert days_after(before, 2, "Europe/Paris") == datetime(2026, 10, 26, 17, 0, tzinfo=UTC)
    assert days_after(datetime(2026, 3, 28, 1, 30, tzinfo=UTC), 1, "Europe/Paris") == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


def test_the_coordinators_are_asked_once_and_nothing_closes_before_they_have_decided(database, later):
    made = take_in(database, 2, at_deadline="ask")
    with database.writing() as session:
        anna = accounts.user(session, "anna@office.example", "Anna")
        accounts.join(session, session.get_one(Letter, made).campaign_id, anna, "coordinator")
    open_sign_off(database, made)
    later(days=9)
    sweep(database)
    sweep(database)

    (asked,) = mails(database, made, "deadline_came")
    assert (asked.address, asked.about["signed"], asked.about["waiting"]) == ("anna@office.example", 0, 2)
    sign(database, made, 0)
    assert invitation_states(database, made) == ["signed", "invited"]
    act(database, at_deadline.decide, made, "extend", ANNA, deadline=now() + timedelta(days=2))
    later(days=3)
    sweep(database)
    assert len(mails(database, made, "deadline_came")) == 2
    act(database, at_deadline.decide, made, "close", ANNA)
    sweep(database)
    assert invitation_states(database, made) == ["signed", "lapsed"]
    with pytest.raises(RefusedError, match="nothing to decide"):
        act(database, at_deadline.decide, made, "open", ANNA)
    assert findings(database, made) == []


def test_who_has_to_confirm_is_told_once_before_it_lapses(database, letter_id, later):
    later(days=6, minutes=-5)
    sweep(database)
    assert mails(database, letter_id, "confirm_soon") == []
    later(minutes=10)
    sweep(database)
    later(hours=5)
    sweep(database)

    (told,) = mails(database, letter_id, "confirm_soon")
    assert told.address == "b@example.org"
    later(hours=19)
    sweep(database)
    assert invitation_states(database, letter_id) == ["signed", "lapsed", "declined", "lapsed"]
    assert len(mails(database, letter_id, "confirm_soon")) == 1


def test_whose_silence_keeps_its_signature_is_not_told_that_it_lapses(database, later):
    made = take_in(database, 2, objection_hours=72)
    open_sign_off(database, made)
    sign(database, made, 0)
    sign(database, made, 1)
    later(days=3, hours=20)
    correct(database, made)
    tell(database, made)
    later(hours=30)
    act(database, review.comment, link_ids(database, made)[1], digest(database, made), None, "Not quite.")
    later(hours=23)
    sweep(database)
    assert [mail.address for mail in mails(database, made, "confirm_soon")] == ["b@example.org"]
    later(hours=24)
    sweep(database)

    assert invitation_states(database, made) == ["signed", "lapsed"]
    assert findings(database, made) == []


def test_a_reminder_that_never_left_has_warned_nobody(database, letter_id, later):
    """Nor is anybody left out because the address of the first contact takes no mail."""
    act(database, more_contacts.add, letter_id, invitation_id(database, letter_id, 1), "Bea", "bea@example.org", ANNA)
    tell(database, letter_id)
    with database.writing() as session:
        session.add(BlockedAddress(address="b@example.org", reason="returned"))
    later(days=5, hours=1)
    with database.writing() as session:
        row = locked_letter(session, letter_id)
        assert reminders.remind_those(session, row, [row.invitations[1].id], 1) == 1
    act(database, reminding.set_reminders, letter_id, invitation_id(database, letter_id, 1), False, ANNA)
    cancel_unwanted(database, letter_id)
    later(hours=24)
    sweep(database)

    assert "bea@example.org" in [mail.address for mail in mails(database, letter_id, "confirm_soon")]


def test_whoever_may_still_object_does_not_lapse_and_stays_by_its_silence(database, later):
    made = take_in(database, 2, objection_hours=48)
    open_sign_off(database, made)
    sign(database, made, 0)
    sign(database, made, 1)
    later(days=4)
    correct(database, made)
    tell(database, made)
    move(database, made, hours=1)
    later(hours=2)
    sweep(database)
    assert invitation_states(database, made) == ["to_confirm", "to_confirm"]

    later(hours=47)
    sweep(database)

    assert invitation_states(database, made) == ["signed", "signed"]
    assert findings(database, made) == []


# --- the letter itself ------------------------------------------------------------------------------------------------


def test_a_letter_that_is_cancelled_is_told_to_everybody_who_was_asked_with_the_reason(database, letter_id):
    act(database, lifecycle.withdraw, letter_id, "The minister has resigned.", ANNA)

    told = mails(database, letter_id, "cancelled")
    assert [mail.address for mail in told] == [f"{name}@example.org" for name in "abcd"]
    with database.reading() as session:
        content = write(session, session.merge(told[0], load=False)).decode()
    assert "The minister has resigned." in content
    assert "signature of Organisation A" in content.replace("=\n", "")


def test_taken_back_is_told_to_who_has_signed_alone_unless_a_new_version_is_opened_at_once(database, letter_id, later):
    before = len(mails(database, letter_id, "taken_back"))
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)

    told = mails(database, letter_id, "taken_back")[before:]
    assert [mail.address for mail in told] == ["a@example.org", "b@example.org"]
    with database.reading() as session:
        assert {mail.id for mail in told}.isdisjoint(deliveries.due(session, letter_id, 99)), "A new version may come."
    later(minutes=11)
    with database.reading() as session:
        assert {mail.id for mail in told} <= set(deliveries.due(session, letter_id, 99))


def test_who_is_not_on_the_letter_at_approval_is_told_once_for_a_text(database, letter_id):
    act(database, lifecycle.approve, letter_id, ANNA)
    act(database, lifecycle.reopen, letter_id, ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)

    told = mails(database, letter_id, "left_out")
    assert [(mail.address, mail.about["group"]) for mail in told] == [
        ("b@example.org", "to_confirm"),
        ("d@example.org", "asked"),
    ]
    act(database, lambda session: session.execute(delete(Membership)))
    assert gathered(database, told[0]).coordinator == "the coordinator", "It stands in the middle of a sentence."


@pytest.mark.parametrize("lapsed", [False, True])
def test_who_was_invited_again_after_a_no_is_told_that_we_have_no_answer(database, letter_id, lapsed, later):
    """What it signed before it said no is not what a signature is missing from."""
    with database.reading() as session:
        digest = session.get_one(Letter, letter_id).revision.digest
    act(database, answers.decline, link_ids(database, letter_id)[1], digest, "Not that.")
    act(database, invitations.reinvite, letter_id, invitation_id(database, letter_id, 1), ANNA)
    later(days=8 if lapsed else 0)
    sweep(database)
    act(database, lifecycle.approve, letter_id, ANNA)

    told = {mail.address: mail.about["group"] for mail in mails(database, letter_id, "left_out")}
    assert told["b@example.org"] == "asked"


def test_who_agreed_to_sign_with_a_change_is_not_told_that_we_have_no_answer(database):
    made = asked(database)
    agree(database, made, suggest(database, made), 1)
    sign(database, made, 0)
    sign(database, made, 2)
    act(database, deadlines.give, made, invitation_id(database, made, 1), now() + timedelta(days=14), ANNA)
    move(database, made, days=20)
    act(database, lifecycle.approve, made, ANNA)

    told = [one for kind in ("deadline_moved", "left_out") for one in mails(database, made, kind)]
    told = [one for one in told if one.address == "b@example.org"]
    with database.reading() as session:
        said = [" ".join(str(write(session, session.merge(one, load=False)), "utf-8").split()) for one in told]
    assert ["no answer from" in words for words in said] == [False] * 3
    assert ["agreed to sign with a suggested change" in words for words in said] == [True] * 3
    assert findings(database, made) == []


def test_who_had_lapsed_is_asked_again_when_a_letter_is_reopened_with_a_later_deadline(database, letter_id, later):
    later(days=8)
    sweep(database)
    act(database, lifecycle.approve, letter_id, ANNA)
    move(database, letter_id, days=5)
    assert (invitation_states(database, letter_id)[3], moved(database, letter_id)) == ("lapsed", [])
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        seen = readers.Seen(readers.number(session, row, "reopen"), readers.mark(row))
    assert seen.number == 2

    act(database, lifecycle.reopen, letter_id, ANNA, seen=seen)

    assert moved(database, letter_id) == [("b@example.org", "revived"), ("d@example.org", "revived")]
    with database.reading() as session:
        content = write(session, session.merge(mails(database, letter_id, "deadline_moved")[0], load=False)).decode()
    assert "Subject: Reopened for signature: " in content
    assert invitation_states(database, letter_id) == ["signed", "to_confirm", "declined", "invited"]
    assert findings(database, letter_id) == []


def test_nobody_is_told_of_a_letter_that_never_went_out(database):
    made = take_in(database, 2)
    act(database, lifecycle.withdraw, made, "No.", ANNA)

    assert mails(database, made, "cancelled") == []


def test_what_does_not_hold_any_more_when_it_could_leave_is_told_nobody(database, letter_id, later):
    """The mail server was away: meanwhile the letter went on, or whoever was warned has answered."""

    def go_out(kind):
        cancel_unwanted(database, letter_id)
        before = [mail.id for mail in mails(database, letter_id, kind) if mail.state == "queued"]
        tell(database, letter_id)
        return [mail.address for mail in mails(database, letter_id, kind) if mail.id in before]

    cancel_unwanted(database, letter_id)
    assert [mail.state for mail in mails(database, letter_id, "taken_back")] == ["cancelled"]
    act(database, lifecycle.approve, letter_id, ANNA)
    assert len(mails(database, letter_id, "left_out")) == 2
    act(database, lifecycle.reopen, letter_id, ANNA)
    assert go_out("left_out") == []
    later(days=6, minutes=5)
    sweep(database)
    assert len(mails(database, letter_id, "confirm_soon")) == 1
    with database.reading() as session:
        after = answers.shown_as(session.get_one(Letter, letter_id).invitations[1])
    given = answer(database, letter_id, name="Person B", after=after)
    act(database, answers.sign, link_ids(database, letter_id)[1], given)

    assert go_out("confirm_soon") == []
    assert findings(database, letter_id) == []


def test_thousands_are_told_in_pieces_and_each_once(database, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 4)
    made = take_in(database, 20)
    open_sign_off(database, made)
    act(database, lifecycle.withdraw, made, "No.", ANNA)
    assert mails(database, made, "cancelled") == []
    jobs.batch(database, made)
    jobs.batch(database, made)

    assert len({mail.address for mail in mails(database, made, "cancelled")}) == 20
    assert len(mails(database, made, "cancelled")) == 20


def test_of_two_events_at_once_thousands_hear_of_both(database, monkeypatch, later):
    """Whoever moves the deadline before all have heard that the letter was taken back silences nobody."""
    monkeypatch.setattr(batches, "AT_ONCE", 4)
    made = take_in(database, 12)
    open_sign_off(database, made)
    for number in range(6):
        sign(database, made, number)
    later(days=8)
    sweep(database)
    assert invitation_states(database, made)[6:] == ["lapsed"] * 6
    at = (now() + timedelta(days=9)).replace(microsecond=0)
    act(database, drafts.set_deadline, made, at, ANNA)
    act(database, lifecycle.revise, made, "A slip.", ANNA)
    act(database, drafts.set_deadline, made, at + timedelta(days=1), ANNA)
    jobs.batch(database, made)

    assert len({mail.address for mail in mails(database, made, "taken_back")}) == 6
    assert invitation_states(database, made) == ["signed"] * 6 + ["invited"] * 6
    assert findings(database, made) == []


# --- the record -------------------------------------------------------------------------------------------------------


def test_the_rows_are_what_the_record_tells(database, letter_id, later):
    act(database, deadlines.give, letter_id, invitation_id(database, letter_id, 3), now() + timedelta(days=30), ANNA)
    act(database, drafts.set_terms, letter_id, dataclasses.replace(terms(), at_deadline="extend", extend_days=2), ANNA)
    later(days=8)
    sweep(database)
    act(database, invitations.set_contact, letter_id, invitation_id(database, letter_id, 3), "x@example.net", ANNA)

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert audit.compare(session, row, audit.read_log(session, letter_id)).invalid == []
