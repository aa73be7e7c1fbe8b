"""
Acts that concern thousands: the letter's state changes at once, the rest is done piece by piece.

Whatever comes in between (another act, an answer, the end of a process), nobody is forgotten, nobody is written to
twice for one text and state, and in the end each stands as if the whole had been done at once.
"""

import contextlib
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.support.factories import (
    ANNA,
    BODY,
    act,
    answer,
    correct,
    digest,
    findings,
    invitation_states,
    link_ids,
    sign,
    standing,
    state,
    take_in,
    tell,
    words,
)
from workflow import jobs
from workflow.campaigns import batches, drafts, invitations, lifecycle, lookup, stationery
from workflow.campaigns.roster import roster
from workflow.campaigns.stationery import Standing
from workflow.campaigns.tally import tally
from workflow.errors import RefusedError
from workflow.jobs import batches as pieces
from workflow.jobs.batches import Pace
from workflow.letter import text
from workflow.models import Batch, Invitation, Letter, Link
from workflow.signoffs import answers


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """Five are many here."""
    monkeypatch.setattr(batches, "AT_ONCE", 1)


def opens(database, letter_id):
    """Open sign-off; nobody is reached yet."""
    act(database, lifecycle.open_sign_off, letter_id, ANNA)


def go_on(database, letter_id, most=2):
    """One piece."""
    with database.writing() as session:
        return batches.piece(session, letter_id, most)


def under_way(database, letter_id):
    with database.reading() as session:
        batch = batches.unfinished(session, letter_id)
        return [] if batch is None else [(batch.act, batch.done, batch.total)]


def asked(database, letter_id, of_text=None, in_state=None):
    """Who was asked, once for each mail: by position from 0."""
    with database.reading() as session:
        places = {i.id: i.position - 1 for i in session.query(Invitation).filter_by(letter_id=letter_id)}
        return sorted(
            places[mail.invitation_id]
            for mail in lookup.deliveries_of(session, letter_id)
            if mail.kind in ("invitation", "revised", "sign_off")
            and (of_text is None or mail.about["digest"] == of_text)
            and (in_state is None or mail.about["state"] == in_state)
        )


def stands(database, letter_id):
    with database.reading() as session:
        rows = session.query(Invitation).filter_by(letter_id=letter_id).order_by(Invitation.position)
        return [invitation.stands for invitation in rows]


def edit(database, letter_id, body):
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    act(database, drafts.edit, letter_id, words(body=body), ANNA, version=version, dated=None)


def opened(database, count=5):
    """A letter that is open for sign-off and has come to everybody."""
    letter_id = take_in(database, count)
    opens(database, letter_id)
    jobs.batch(database, letter_id)
    return letter_id


def reopened(database, letter_id, body=BODY + " More."):
    """Taken back, changed and opened again: nobody has been reached yet."""
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    edit(database, letter_id, body)
    opens(database, letter_id)


def test_the_letter_is_open_at_once_and_the_rest_follows_in_pieces(database):
    letter_id = take_in(database, 5)

    opens(database, letter_id)

    assert state(database, letter_id) == "sign_off"
    assert asked(database, letter_id) == []
    assert under_way(database, letter_id) == [("open_sign_off", 0, 5)]
    assert go_on(database, letter_id) == 2
    assert asked(database, letter_id) == [0, 1]
    assert under_way(database, letter_id) == [("open_sign_off", 2, 5)]
    jobs.batch(database, letter_id)
    assert asked(database, letter_id) == [0, 1, 2, 3, 4]
    assert under_way(database, letter_id) == []
    assert all(link_ids(database, letter_id))
    assert go_on(database, letter_id) == 0
    assert findings(database, letter_id) == []


def test_an_act_for_few_leaves_nothing_to_do(database, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 5)
    letter_id = take_in(database, 5)

    opens(database, letter_id)

    assert asked(database, letter_id) == [0, 1, 2, 3, 4]
    with database.reading() as session:
        assert session.query(Batch).count() == 0


def test_a_piece_that_is_not_committed_is_done_again_and_nothing_twice(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)

    class EndedError(Exception):
        pass

    def ended(step):
        raise EndedError

    def ended_after(step):
        if step == "after_a_piece":
            raise EndedError

    def ended_within(step):
        if step == "in_a_piece":
            raise EndedError

    for watch in (ended_within, ended_after, ended):
        with pytest.raises(EndedError):
            jobs.batch(database, letter_id, watch)
    jobs.batch(database, letter_id)

    assert asked(database, letter_id) == [0, 1, 2, 3, 4]
    assert findings(database, letter_id) == []


def test_workers_that_take_up_one_act_share_it(database):
    letter_id = take_in(database, 26)
    opens(database, letter_id)
    start = threading.Barrier(3)

    def work(_):
        start.wait(60)
        jobs.batch(database.patient(), letter_id)

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3), timeout=120))

    assert asked(database, letter_id) == list(range(26))
    assert findings(database, letter_id) == []
    with database.reading() as session:
        assert (session.query(Batch).one().done, session.query(Batch).one().total) == (26, 26)


def test_the_sweep_takes_up_what_was_left(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)
    with database.reading() as session:
        assert list(batches.left(session)) == [letter_id]
    jobs.batch(database, letter_id)
    with database.reading() as session:
        assert list(batches.left(session)) == []


def test_who_signed_an_earlier_text_is_to_confirm_before_its_piece_has_come(database):
    letter_id = opened(database)
    sign(database, letter_id, 3)
    sign(database, letter_id, 4)
    reopened(database, letter_id)

    assert stands(database, letter_id)[3:] == ["to_confirm", "to_confirm"]
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert (tally(session, row).signed, tally(session, row).to_confirm) == (0, 2)
        assert roster(session, row).counting == ()

    sign(database, letter_id, 3)
    jobs.batch(database, letter_id)

    assert invitation_states(database, letter_id) == ["invited", "invited", "invited", "signed", "to_confirm"]
    assert asked(database, letter_id, digest(database, letter_id)) == [0, 1, 2, 4]
    assert findings(database, letter_id) == []


def test_who_acts_before_its_piece_has_come_is_not_asked_what_it_has_answered(database):
    letter_id = opened(database)
    sign(database, letter_id, 2)
    reopened(database, letter_id)
    links, now = link_ids(database, letter_id), digest(database, letter_id)

    act(database, answers.sign, links[0], answer(database, letter_id))
    act(database, answers.decline, links[2], now, "No.")
    with pytest.raises(RefusedError):
        act(database, answers.retract, links[3])
    jobs.batch(database, letter_id)

    assert invitation_states(database, letter_id) == ["signed", "invited", "declined", "invited", "invited"]
    assert asked(database, letter_id, now) == [1, 3, 4]


def test_the_identical_text_opened_again_before_a_mail_has_left_asks_everybody_once(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)
    while go_on(database, letter_id):
        pass
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    opens(database, letter_id)
    while go_on(database, letter_id):
        pass

    with database.reading() as session:
        mails = [mail for mail in lookup.deliveries_of(session, letter_id) if mail.is_waiting]
        assert len({mail.invitation_id for mail in mails}) == len(mails) == 5


def test_who_has_not_been_sent_the_review_yet_is_asked_to_sign_and_nothing_else(database):
    letter_id = take_in(database, 3)
    act(database, lifecycle.circulate, letter_id, ANNA)
    while go_on(database, letter_id):
        pass
    opens(database, letter_id)
    while go_on(database, letter_id):
        pass

    with database.reading() as session:
        waiting = [mail.about["state"] for mail in lookup.deliveries_of(session, letter_id) if mail.is_waiting]
        assert waiting == ["sign_off"] * 3


def test_the_identical_text_counts_again_before_its_piece_has_come(database):
    letter_id = opened(database)
    sign(database, letter_id, 4)
    reopened(database, letter_id)
    jobs.batch(database, letter_id)
    assert stands(database, letter_id)[4] == "to_confirm"

    reopened(database, letter_id, BODY)

    assert stands(database, letter_id)[4] == "signed"
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert [one.position for one in roster(session, row).counting] == [5]
        assert tally(session, row).signed == 1
    act(database, answers.retract, link_ids(database, letter_id)[4])
    jobs.batch(database, letter_id)
    assert invitation_states(database, letter_id)[4] == "retracted"
    assert findings(database, letter_id) == []


def test_a_letter_is_not_approved_before_it_has_come_to_everybody(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)
    go_on(database, letter_id)
    sign(database, letter_id, 0)

    with pytest.raises(RefusedError, match="2 of 5 so far"):
        act(database, lifecycle.approve, letter_id, ANNA)

    jobs.batch(database, letter_id)
    act(database, lifecycle.approve, letter_id, ANNA)
    assert state(database, letter_id) == "approved"


def test_taken_back_meanwhile_nobody_else_is_asked_and_then_everybody(database):
    letter_id = take_in(database, 5)
    act(database, lifecycle.circulate, letter_id, ANNA)
    first = digest(database, letter_id)
    go_on(database, letter_id)

    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    assert under_way(database, letter_id) == []
    jobs.batch(database, letter_id)
    assert asked(database, letter_id) == [0, 1]

    edit(database, letter_id, BODY + " More.")
    opens(database, letter_id)
    jobs.batch(database, letter_id)
    assert asked(database, letter_id, first) == [0, 1]
    assert asked(database, letter_id, digest(database, letter_id)) == [0, 1, 2, 3, 4]


def test_sign_off_that_opens_before_all_were_written_to_forgets_nobody(database):
    letter_id = take_in(database, 5)
    act(database, lifecycle.circulate, letter_id, ANNA)
    go_on(database, letter_id)

    opens(database, letter_id)
    assert under_way(database, letter_id) == [("open_sign_off", 0, 5)]
    jobs.batch(database, letter_id)

    assert asked(database, letter_id, in_state="in_review") == [0, 1]
    assert asked(database, letter_id, in_state="sign_off") == [0, 1, 2, 3, 4]


def test_withdrawn_meanwhile_nobody_else_is_asked(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)
    go_on(database, letter_id)

    act(database, lifecycle.withdraw, letter_id, "Over.", ANNA)
    jobs.batch(database, letter_id)

    assert asked(database, letter_id) == [0, 1]
    assert findings(database, letter_id) == []


def test_who_is_written_to_by_hand_meanwhile_is_not_written_to_again(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)
    with database.reading() as session:
        ids = [i.id for i in session.get_one(Letter, letter_id).invitations]

    act(database, invitations.resend, letter_id, ids[3], ANNA)
    act(database, invitations.set_contact, letter_id, ids[4], "new@example.org", ANNA)
    act(database, invitations.invite, letter_id, text.Cosigner("Organisation Z", email="z@example.org"), ANNA)
    jobs.batch(database, letter_id)

    assert asked(database, letter_id) == [0, 1, 2, 3, 4, 5]


def test_who_is_moved_in_the_list_meanwhile_is_neither_forgotten_nor_asked_twice(database):
    letter_id = take_in(database, 5)
    opens(database, letter_id)
    go_on(database, letter_id)
    with database.reading() as session:
        ids = [i.id for i in session.get_one(Letter, letter_id).invitations]

    act(database, stationery.set_standing, letter_id, ids[4], Standing(1), ANNA)
    act(database, stationery.set_standing, letter_id, ids[0], Standing(5), ANNA)
    jobs.batch(database, letter_id)

    assert asked(database, letter_id) == [0, 1, 2, 3, 4]


def living(database, letter_id):
    with database.reading() as session:
        query = sa.select(Invitation.position).join(Link, Link.invitation_id == Invitation.id)
        query = query.where(Invitation.letter_id == letter_id, Link.revoked_at.is_(None))
        return sorted(session.scalars(query))


def test_every_link_ends_at_once_and_another_follows_for_each(database):
    letter_id = opened(database)
    sign(database, letter_id, 0)
    act(database, answers.decline, link_ids(database, letter_id)[1], digest(database, letter_id), "No.")
    with database.reading() as session:
        ids = [i.id for i in session.get_one(Letter, letter_id).invitations]
    act(database, invitations.revoke, letter_id, ids[2], ANNA)

    assert act(database, invitations.replace_links, letter_id, ANNA) == 4
    assert living(database, letter_id) == []
    go_on(database, letter_id)
    assert act(database, invitations.replace_links, letter_id, ANNA) == 2
    assert living(database, letter_id) == []
    jobs.batch(database, letter_id)

    assert living(database, letter_id) == [1, 2, 4, 5]
    assert Counter(asked(database, letter_id)) == {0: 1, 1: 1, 2: 1, 3: 2, 4: 2}
    assert findings(database, letter_id) == []


def test_links_that_are_replaced_before_sign_off_has_come_to_all_bring_one_mail(database):
    letter_id = opened(database)
    reopened(database, letter_id)
    now = digest(database, letter_id)
    go_on(database, letter_id)

    act(database, invitations.replace_links, letter_id, ANNA)
    jobs.batch(database, letter_id)

    assert Counter(asked(database, letter_id, now)) == {0: 2, 1: 2, 2: 1, 3: 1, 4: 1}
    assert living(database, letter_id) == [1, 2, 3, 4, 5]


def test_links_that_ended_are_replaced_although_the_text_is_taken_back(database):
    letter_id = opened(database)
    act(database, invitations.replace_links, letter_id, ANNA)
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    jobs.batch(database, letter_id)

    assert living(database, letter_id) == [1, 2, 3, 4, 5]
    assert asked(database, letter_id) == [0, 1, 2, 3, 4]


def test_a_small_correction_tells_each_whose_silence_counts(database):
    letter_id = take_in(database, 5, objection_hours=24)
    opens(database, letter_id)
    jobs.batch(database, letter_id)
    for number in (1, 4):
        sign(database, letter_id, number)
    correct(database, letter_id)
    jobs.batch(database, letter_id)

    with database.reading() as session:
        told = {
            mail.invitation.position - 1
            for mail in lookup.deliveries_of(session, letter_id)
            if mail.kind == "revised" and mail.about.get("objection_hours") == 24
        }
    assert told == {1, 4}


STEPS = ("open", "open", "circulate", "revise", "piece", "piece", "sign", "sign", "sign", "no", "back")


def walk(database, seed):
    """Acts, answers and pieces in any order on one letter that everybody has had; returns its id."""
    luck, letter_id = random.Random(seed), opened(database, 4)
    bodies = [BODY, BODY + " More.", BODY + " Less."]

    def attempt(what, *arguments):
        with contextlib.suppress(RefusedError):
            act(database, what, *arguments)

    for _ in range(16):
        step, number, body, most = luck.choice(STEPS), luck.randrange(4), luck.choice(bodies), luck.randint(1, 2)
        if step == "open":
            attempt(lifecycle.open_sign_off, letter_id, ANNA)
        elif step == "circulate":
            attempt(lifecycle.circulate, letter_id, ANNA)
        elif step == "revise":
            attempt(lifecycle.revise, letter_id, "A slip.", ANNA)
            if state(database, letter_id) == "drafting":
                edit(database, letter_id, body)
        elif step == "piece":
            go_on(database, letter_id, most)
        else:
            link, given = link_ids(database, letter_id)[number], answer(database, letter_id)
            answering = {"sign": (answers.sign, link, given), "no": (answers.decline, link, given.digest, "No.")}
            attempt(*answering.get(step, (answers.retract, link)))
    return letter_id


def mails_asking(database, letter_id):
    """How often each was asked about each version in each state of the letter."""
    with database.reading() as session:
        places = {i.id: i.position for i in session.query(Invitation).filter_by(letter_id=letter_id)}
        return Counter(
            (places[mail.invitation_id], mail.about["number"], mail.about["state"])
            for mail in lookup.deliveries_of(session, letter_id)
            if mail.kind in ("invitation", "revised", "sign_off")
        )


def in_the_end(database, letter_id):
    """Opens it once more and lets everything be done; returns what stands of each."""
    if state(database, letter_id) == "drafting":
        opens(database, letter_id)
    jobs.batch(database, letter_id)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        counting = sorted(one.position for one in roster(session, row).counting)
    return state(database, letter_id), invitation_states(database, letter_id), counting


@pytest.mark.parametrize("walked", range(4 * int(os.environ.get("SOAK", "1"))))
def test_in_whatever_order_the_end_is_as_if_each_act_were_done_whole(database, monkeypatch, walked):
    # Each database is taken along ways of its own.
    seed = 2 * walked + database.settings.embedded
    piecewise = walk(database, seed)
    as_one, whole = walked_whole(database, monkeypatch, seed)
    assert stands(database, piecewise) == as_one

    end = in_the_end(database, piecewise)

    assert findings(database, piecewise) == []
    assert end == in_the_end(database, whole)
    assert mails_asking(database, piecewise) <= mails_asking(database, whole)


def walked_whole(database, monkeypatch, seed):
    """The same walk with every act done whole: where each stands, and the letter."""
    with monkeypatch.context() as at_once:
        at_once.setattr(batches, "AT_ONCE", 100)
        letter_id = walk(database, seed)
    return invitation_states(database, letter_id), letter_id


def test_the_pace_holds_the_lock_for_its_time():
    pace, held = Pace(seconds=0.05), []
    for cost in [0.0005] * 12 + [0.004] * 6:
        held.append(pace.most * cost)
        pace.took(pace.most, pace.most * cost)
    assert pace.most == 8
    assert max(held[:12]) <= 0.05
    assert held[-1] <= 0.05
    assert Pace(most=1).most == 1
    dear = Pace(most=64, fewest=64)
    dear.took(64, 1.0)
    assert dear.most == 64


def test_a_piece_never_takes_more_than_it_was_told(database):
    letter_id = take_in(database, 26)
    opens(database, letter_id)
    seen = []
    while done := go_on(database, letter_id, 5):
        seen.append(done)
        assert len(asked(database, letter_id)) == sum(seen)
        sign(database, letter_id, len(seen) - 1)
    assert seen == [5, 5, 5, 5, 5, 1]


def test_deadline_and_silence_come_to_many_in_pieces(database, later, monkeypatch):
    letter_id = take_in(database, 6, objection_hours=24)
    opens(database, letter_id)
    jobs.batch(database, letter_id)
    for number in (0, 2, 3):
        sign(database, letter_id, number)
    correct(database, letter_id)
    tell(database, letter_id)
    act(database, answers.decline, link_ids(database, letter_id)[2], digest(database, letter_id), "No.")
    later(hours=25)
    monkeypatch.setattr(pieces, "Pace", lambda **_: Pace(seconds=0, most=1))

    jobs.keep_time(database, lambda: True)
    assert invitation_states(database, letter_id) == ["signed", "invited", "declined", "signed", "invited", "invited"]
    assert len(standing(database, letter_id)) == 2

    later(days=8)
    jobs.keep_time(database, lambda: True)
    assert invitation_states(database, letter_id) == ["signed", "lapsed", "declined", "signed", "lapsed", "lapsed"]
    assert findings(database, letter_id) == []
