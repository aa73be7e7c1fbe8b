"""What a co-signing organisation does, on both databases; four last signers at once."""

import threading
from datetime import timedelta

import pytest

from tests.support.factories import (
    ANNA,
    BODY,
    act,
    actions,
    answer,
    approved,
    dispatched,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    words,
)
from workflow.campaigns import drafts, invitations, lifecycle, printing
from workflow.campaigns.roster import roster
from workflow.errors import NotFoundError, RefusedError, SupersededError
from workflow.models import Letter, LogEntry, Signoff, now
from workflow.signoffs import answers, links, review


@pytest.fixture
def open_letter(database):
    letter_id = take_in(database, 4)
    open_sign_off(database, letter_id)
    return letter_id


def test_signing_records_the_name_and_queues_a_receipt(database, open_letter):
    sign(database, open_letter, 0)

    assert invitation_states(database, open_letter)[0] == "signed"
    assert [m.address for m in mails(database, open_letter, "receipt")] == ["a@example.org"]
    with database.reading() as session:
        signoff = roster(session, session.get_one(Letter, open_letter)).counting[0]
        entry = session.get_one(LogEntry, (open_letter, signoff.sequence)).entry
    assert b'"invitation.sign"' in entry
    assert b"Person A" not in entry


def test_pressing_twice_is_signing_once_with_the_same_receipt(database, open_letter):
    first = sign(database, open_letter, 0)
    second = sign(database, open_letter, 0)

    assert first.id == second.id
    assert actions(database, open_letter).count("invitation.sign") == 1
    assert len(mails(database, open_letter, "receipt")) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"name": "  "}, "Type the name"), ({"authorised": False}, "Tick the box to confirm")],
)
def test_a_form_that_is_not_filled_in_decides_nothing(database, open_letter, changes, reason):
    with pytest.raises(RefusedError, match=reason):
        act(database, answers.sign, link_ids(database, open_letter)[0], answer(database, open_letter, **changes))

    assert invitation_states(database, open_letter)[0] == "invited"


def revise_to(database, letter_id, body):
    act(database, lifecycle.revise, letter_id, "Better words.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    act(database, drafts.edit, letter_id, words(body=body), ANNA, version=version, dated=None)
    open_sign_off(database, letter_id)


def test_a_text_that_was_replaced_cannot_be_signed(database, open_letter):
    before = answer(database, open_letter)
    revise_to(database, open_letter, BODY + " More.")

    with pytest.raises(SupersededError):
        act(database, answers.sign, link_ids(database, open_letter)[0], before)

    assert invitation_states(database, open_letter)[0] == "invited"


def test_a_letter_that_is_being_revised_cannot_be_signed(database, open_letter):
    before = answer(database, open_letter)
    act(database, lifecycle.revise, open_letter, "Better words.", ANNA)

    with pytest.raises(RefusedError, match="being drafted"):
        act(database, answers.sign, link_ids(database, open_letter)[0], before)


def test_nobody_signs_after_the_deadline(database, later):
    letter_id = take_in(database, 1, deadline=now() + timedelta(hours=1))
    open_sign_off(database, letter_id)
    later(hours=1)

    with pytest.raises(RefusedError, match="deadline has passed"):
        sign(database, letter_id, 0)


def test_an_invitation_without_an_answer_lapses_at_the_deadline(database, later):
    letter_id = take_in(database, 2, deadline=now() + timedelta(hours=1))
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    later(hours=1)
    with database.reading() as session:
        assert answers.overdue(session) == [letter_id]

    assert act(database, answers.lapse, letter_id, 5) == 1
    assert act(database, answers.lapse, letter_id, 5) == 0

    assert invitation_states(database, letter_id) == ["signed", "lapsed"]


def test_who_confirms_a_revised_text_counts_again(database, open_letter):
    sign(database, open_letter, 0)
    revise_to(database, open_letter, BODY + " More.")
    assert invitation_states(database, open_letter)[0] == "to_confirm"

    sign(database, open_letter, 0)

    assert invitation_states(database, open_letter)[0] == "signed"
    with database.reading() as session:
        assert len(roster(session, session.get_one(Letter, open_letter)).counting) == 1


def test_a_sign_off_that_was_taken_back_can_be_given_again(database, open_letter):
    sign(database, open_letter, 0)
    act(database, answers.retract, link_ids(database, open_letter)[0], "Our board has to look again.")
    assert invitation_states(database, open_letter)[0] == "retracted"
    with database.reading() as session:
        assert roster(session, session.get_one(Letter, open_letter)).counting == ()

    sign(database, open_letter, 0)

    with database.reading() as session:
        assert len(roster(session, session.get_one(Letter, open_letter)).counting) == 1
    assert len(mails(database, open_letter, "receipt")) == 3


def test_nothing_is_taken_back_after_dispatch(database):
    letter_id = dispatched(database)

    with pytest.raises(RefusedError, match="only until the letter is sent"):
        act(database, answers.retract, link_ids(database, letter_id)[0])


def test_declining_is_on_the_record_and_its_reason_is_for_the_coordinator(database, open_letter):
    link = link_ids(database, open_letter)[0]

    act(database, answers.decline, link, answer(database, open_letter).digest, "Not our field.")
    act(database, answers.decline, link, answer(database, open_letter).digest, "Not our field.")

    assert invitation_states(database, open_letter)[0] == "declined"
    assert actions(database, open_letter).count("invitation.decline") == 1
    with database.reading() as session:
        assert session.get_one(Letter, open_letter).invitations[0].reason == "Not our field."


def test_a_comment_and_a_verdict_are_facts_on_the_record(database):
    letter_id = take_in(database, 1)
    act(database, lifecycle.circulate, letter_id, ANNA)
    link, text = link_ids(database, letter_id)[0], answer(database, letter_id).digest

    act(database, review.comment, link, text, 2, "Please say by when.")
    act(database, review.give_verdict, link, text, "changes_requested")

    assert actions(database, letter_id)[-2:] == ["comment.added", "invitation.verdict"]
    assert invitation_states(database, letter_id) == ["invited"]
    with pytest.raises(RefusedError, match="Write your comment"):
        act(database, review.comment, link, text, None, "   ")


def test_a_revoked_link_does_nothing(database, open_letter):
    link = link_ids(database, open_letter)[0]
    before = answer(database, open_letter)
    with database.reading() as session:
        invitation_id = session.get_one(Letter, open_letter).invitations[0].id
    act(database, invitations.revoke, open_letter, invitation_id, ANNA)

    with pytest.raises(NotFoundError):
        act(database, answers.sign, link, before)


def test_an_unknown_token_and_a_revoked_one_look_the_same(database, settings, open_letter):
    with database.reading() as session:
        link = session.get_one(Letter, open_letter).invitations[0].link
        token = session.tokens.links(link.id)[0]
        invitation_id = link.invitation_id
    act(database, invitations.revoke, open_letter, invitation_id, ANNA)

    with database.reading() as session:
        assert links.find_link(session, token) is None
        assert links.find_link(session, "x" * 43) is None


def press(database, link, given, barrier, errors):
    barrier.wait(60)
    for _ in range(2):
        try:
            act(database, answers.sign, link, given)
        except Exception as error:
            errors.append(error)


def test_four_last_signers_at_once_with_double_clicks_are_all_counted_once(database):
    for _ in range(5):
        letter_id = take_in(database, 4, required=4, minimum=4)
        open_sign_off(database, letter_id)
        given, barrier, errors = answer(database, letter_id), threading.Barrier(4), []
        pressing = [
            threading.Thread(target=press, args=(database, link, given, barrier, errors))
            for link in link_ids(database, letter_id)
        ]
        for thread in pressing:
            thread.start()
        for thread in pressing:
            thread.join(120)
            assert not thread.is_alive()

        assert errors == []
        act(database, lifecycle.approve, letter_id, ANNA)
        assert state(database, letter_id) == "approved"
        assert actions(database, letter_id).count("invitation.sign") == 4
        with database.reading() as session:
            assert session.query(Signoff).filter(Signoff.invitation.has(letter_id=letter_id)).count() == 4


def test_a_retraction_while_the_letter_is_approved_never_leaves_a_name_on_the_dispatched_letter(database):
    letter_id = approved(database, 2)

    act(database, answers.retract, link_ids(database, letter_id)[1])
    act(database, lifecycle.approve, letter_id, ANNA)

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert [s.organisation for s in printing.paper(row, row.recipients[0]).signatures] == ["Organisation A"]
