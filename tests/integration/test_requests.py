"""Not now, not me: hand-over, more time, the wrong organisation, logos, fresh links; on both databases."""

from datetime import timedelta

import pytest

from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    digest,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    terms,
)
from tests.support.pictures import PIXEL
from workflow import accounts, documents
from workflow.campaigns import drafts, lifecycle
from workflow.campaigns.roster import roster
from workflow.errors import NotFoundError, RefusedError
from workflow.models import Letter, Link, now
from workflow.names import Named, names
from workflow.signoffs import answers, delegation, requests
from workflow.signoffs import links as signoff_links


@pytest.fixture
def letter_id(database):
    made = take_in(database, 2)
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna")
        accounts.join(session, session.get_one(Letter, made).campaign_id, anna, "coordinator")
    open_sign_off(database, made)
    return made


def invitation(database, letter_id, number=0):
    with database.reading() as session:
        found = session.get_one(Letter, letter_id).invitations[number]
        assert found.organisation and found.links is not None
        return found


def hand_over(database, letter_id, name="Nina New", email="nina@example.org", sure=True):
    return act(database, delegation.delegate, link_ids(database, letter_id)[0], name, email, sure=sure)


def test_handing_over_ends_the_old_link_and_writes_to_both_and_to_the_coordinator(database, letter_id):
    old = link_ids(database, letter_id)[0]

    hand_over(database, letter_id)

    found = invitation(database, letter_id)
    assert (found.email, found.signatory) == ("nina@example.org", "Nina New")
    assert link_ids(database, letter_id)[0] != old
    with database.reading() as session:
        assert session.get_one(Link, old).revoked_at is not None
    assert [m.address for m in mails(database, letter_id, "handed_over")] == ["a@example.org"]
    assert mails(database, letter_id, "invitation")[-1].address == "nina@example.org"
    assert [(m.address, m.about["what"]) for m in mails(database, letter_id, "notice")] == [
        ("anna@example.org", "handed_over")
    ]
    assert "invitation.handed_over" in actions(database, letter_id)


def test_the_old_link_signs_nothing_any_more(database, letter_id):
    old, given = link_ids(database, letter_id)[0], answer(database, letter_id)
    hand_over(database, letter_id)

    with pytest.raises(NotFoundError):
        act(database, answers.sign, old, given)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"email": ""}, "email address"),
        ({"email": "a@example.org"}, "address that was invited"),
        ({"name": " "}, "colleague’s name"),
        ({"sure": False}, "Tick the box to pass"),
    ],
)
def test_a_hand_over_that_is_not_whole_changes_nothing(database, letter_id, changes, why):
    old = link_ids(database, letter_id)[0]

    with pytest.raises(RefusedError, match=why):
        hand_over(database, letter_id, **changes)

    assert link_ids(database, letter_id)[0] == old
    assert invitation(database, letter_id).email == "a@example.org"


def test_a_signed_invitation_is_not_handed_over(database, letter_id):
    sign(database, letter_id, 0)

    with pytest.raises(RefusedError, match="waits for an answer"):
        hand_over(database, letter_id)


def test_more_time_is_asked_of_the_coordinator_and_a_later_deadline_answers_it(database, letter_id):
    link = link_ids(database, letter_id)[0]
    act(database, requests.ask_for_time, link, "Two more days")
    act(database, requests.ask_for_time, link, "Two more days")

    assert invitation(database, letter_id).more_time == "Two more days"
    assert [m.about["what"] for m in mails(database, letter_id, "notice")] == ["time"]

    act(database, drafts.set_terms, letter_id, terms(deadline=now() + timedelta(days=9)), ANNA)
    assert invitation(database, letter_id).more_time == ""


def test_saying_that_one_is_not_the_right_organisation_is_a_no_with_that_reason(database, letter_id):
    link = link_ids(database, letter_id)[0]
    act(
        database,
        answers.decline,
        link,
        digest(database, letter_id),
        "Ask the union.",
        shared=False,
        misplaced=True,
        name="Person A",
    )

    assert invitation_states(database, letter_id)[0] == "declined"
    assert [m.about["what"] for m in mails(database, letter_id, "notice")] == ["misplaced"]


def test_a_reason_is_the_coordinators_unless_it_is_shared(database, letter_id):
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    act(database, answers.decline, links[0], shown, "Too soft.", shared=True)
    act(database, answers.decline, links[1], shown, "Too hard.")

    assert invitation(database, letter_id, 0).reason_shared
    assert not invitation(database, letter_id, 1).reason_shared


def test_an_organisation_gives_its_logo_and_the_image_of_a_signature(database, letter_id):
    link = link_ids(database, letter_id)[0]
    drawn = documents.normalise(PIXEL.encode(), "logo")
    act(database, requests.set_logo, link, drawn)
    with pytest.raises(RefusedError, match="Sign first"):
        act(database, requests.set_signature, link, drawn)
    sign(database, letter_id, 0)

    act(database, requests.set_signature, link, drawn)

    found = invitation(database, letter_id)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert row.invitations[0].organisation.logo_sha256
        assert roster(session, row).counting[0].image_sha256 == row.invitations[0].organisation.logo_sha256
    assert found.state == "signed"


def test_who_asks_to_be_withheld_is_printed_nowhere_from_the_first_moment(database, letter_id):
    act(database, answers.sign, link_ids(database, letter_id)[0], answer(database, letter_id, withheld=True))

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert roster(session, row).printed == ()
        assert roster(session, row).withheld == 1
        seen = names(session, row, row.invitations[1])
        assert (seen.signed, seen.signatures, seen.unprinted) == (Named((), 0, 1), (), 1)


def test_the_link_is_mailed_again_to_whoever_waits_and_nobody_can_end_it_by_asking(database, letter_id):
    old, mailed = link_ids(database, letter_id), len(mails(database, letter_id, "sign_off"))
    sign(database, letter_id, 1)

    assert act(database, requests.mail_again, "a@example.org") == 1
    assert act(database, requests.mail_again, "b@example.org") == 0
    assert act(database, requests.mail_again, "stranger@example.org") == 0

    assert link_ids(database, letter_id) == old
    assert len(mails(database, letter_id, "sign_off")) == mailed + 1


def _lives(database, letter_id):
    with database.reading() as session:
        link = session.get_one(Letter, letter_id).invitations[0].links[0]
        return signoff_links.living_link(session, link.id, link.invitation_id) is not None


def test_a_link_shows_the_receipt_for_a_month_after_the_deadline_and_then_ends(database, letter_id, later):
    assert _lives(database, letter_id)
    later(days=7 + 29)
    assert _lives(database, letter_id)

    later(days=2)
    assert not _lives(database, letter_id)


def test_a_link_without_a_deadline_ends_after_three_months(database):
    letter_id = take_in(database, 1, deadline=None)
    open_sign_off(database, letter_id)
    assert _lives(database, letter_id)

    with database.writing() as session:
        session.query(Link).update({"created_at": now() - timedelta(days=91)})

    assert not _lives(database, letter_id)


def test_a_link_lives_as_long_as_the_letter_is_approved(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    act(database, lifecycle.approve, letter_id, ANNA)
    with database.writing() as session:
        session.get_one(Letter, letter_id).deadline = now() - timedelta(days=60)

    assert state(database, letter_id) == "approved"
    assert _lives(database, letter_id)
