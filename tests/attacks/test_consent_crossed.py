"""Nobody is printed who did not agree: where several ways to answer cross, of which each holds for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.browsing import invitation_id
from tests.support.evidence import check, entries_of, files_of, find, rewritten, said
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    actions,
    answer,
    correct,
    digest,
    findings,
    invitation_states,
    link_ids,
    open_sign_off,
    sign,
    standing,
    stay_by_silence,
    take_in,
    tell,
)
from workflow import jobs
from workflow.campaigns import deadlines, drafts, invitations, more_contacts
from workflow.campaigns import four_eyes as rule
from workflow.errors import NotFoundError
from workflow.models import Letter, Link, now
from workflow.signoffs import answers, delegation, four_eyes
from workflow.signoffs.four_eyes import Confirmer

OTHER = BODY.replace("thanks", "other thanks")


def asked_again(database, letter_id):
    act(database, invitations.reinvite, letter_id, invitation_id(database, letter_id, 0), ANNA)


def revoked(database, letter_id):
    act(database, invitations.revoke, letter_id, invitation_id(database, letter_id, 0), ANNA)


def declined(database, letter_id):
    act(database, answers.decline, link_ids(database, letter_id)[0], digest(database, letter_id), "No.")


def more_time_for_all(database, letter_id):
    act(database, drafts.set_deadline, letter_id, now() + timedelta(days=9), ANNA)


def more_time_for_one(database, letter_id):
    first = invitation_id(database, letter_id, 0)
    act(database, deadlines.give, letter_id, first, now() + timedelta(days=9), ANNA)


@pytest.mark.parametrize("ended", [declined, revoked])
@pytest.mark.parametrize("more_time", [more_time_for_all, more_time_for_one])
def test_more_time_gives_nobody_back_a_signature_that_its_no_had_ended(database, later, ended, more_time):
    """It signed the first text, said no to the second, was asked for the first again, and let the deadline pass."""
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    correct(database, letter_id, OTHER, small=False)
    ended(database, letter_id)
    correct(database, letter_id, BODY, small=False)
    asked_again(database, letter_id)
    later(days=8)
    jobs.keep_time(database, lambda: True)
    assert invitation_states(database, letter_id)[0] == "lapsed"
    more_time(database, letter_id)

    assert invitation_states(database, letter_id)[0] == "invited"
    assert standing(database, letter_id) == []
    assert findings(database, letter_id) == []


def test_a_record_that_gives_it_back_all_the_same_is_found_out(database, later):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    correct(database, letter_id, OTHER, small=False)
    declined(database, letter_id)
    asked_again(database, letter_id)
    later(days=8)
    jobs.keep_time(database, lambda: True)
    more_time_for_all(database, letter_id)
    files = files_of(database, letter_id)
    entries = entries_of(files)
    entries[find(files, "invitation.reinvite", 1)]["action"] = "invitation.revive"

    assert "no sign-off of that organisation was left to confirm" in said(
        check(database, rewritten(database, files, entries))
    )


# --- silence, where an organisation has several people ----------------------------------------------------------------

BETA = [("ORGB", "not_objected")]


@pytest.fixture
def agreed(database):
    """Two are asked under a rule of silence; the first organisation has a second contact, Carla."""
    letter_id = take_in(database, 2, objection_hours=24)
    open_sign_off(database, letter_id)
    act(database, more_contacts.add, *first(database, letter_id), "Carla", "carla@example.org", ANNA)
    return letter_id


def first(database, letter_id):
    return letter_id, invitation_id(database, letter_id, 0)


def carla(database, letter_id):
    """The second contact's id and link."""
    with database.reading() as session:
        (other,) = session.get_one(Letter, letter_id).invitations[0].others
        return other.id, other.invitation.link_of(other.id).id


def all_are_silent(database, letter_id, later):
    """The text is corrected, all are told, and nobody says anything."""
    correct(database, letter_id)
    tell(database, letter_id)
    later(hours=25)
    stay_by_silence(database)


@pytest.mark.parametrize("gone", ["removed", "corrected", "none"])
def test_silence_keeps_nobody_whose_contact_agreed_to_the_rule_and_is_gone(database, agreed, later, gone):
    contact, link = carla(database, agreed)
    act(database, answers.sign, link, answer(database, agreed))
    sign(database, agreed, 1)
    if gone == "removed":
        act(database, more_contacts.remove, *first(database, agreed), contact, ANNA)
    elif gone == "corrected":
        act(database, more_contacts.correct, *first(database, agreed), contact, "Carl", "carl@example.org", ANNA)
    all_are_silent(database, agreed, later)

    assert standing(database, agreed) == (BETA if gone != "none" else [("ORGA", "not_objected"), *BETA])
    assert findings(database, agreed) == []
    if gone == "none":
        files = files_of(database, agreed)
        entries = entries_of(files)
        taken = {"action": "contact.removed", "about": {"invitation": invitation_id(database, agreed, 0)}}
        entries[find(files, "letter.revise")] |= taken | {"commitment": None}
        forged = said(check(database, rewritten(database, files, entries)))
        assert "the contact of the organisation was changed since it signed" in forged


def by_one(database, letter_id):
    sign(database, letter_id)
    act(database, rule.set_wanted, *first(database, letter_id), True, ANNA)


def by_two(database, letter_id):
    act(database, rule.set_wanted, *first(database, letter_id), True, ANNA)
    link = proposed(database, letter_id)
    act(database, four_eyes.confirm, link, answer(database, letter_id, name="Dora Director"))


def proposed(database, letter_id):
    """The first contact proposes to sign; returns the link by which that is to be confirmed."""
    to = Confirmer("Dora Director", "dora@example.org")
    with database.reading() as session:
        after = answers.shown_as(session.get_one(Letter, letter_id).invitations[0])
    given = answer(database, letter_id, after=after)
    return act(database, four_eyes.propose, link_ids(database, letter_id)[0], given, to).confirming_link_id


@pytest.mark.parametrize(("signed", "stays"), [(by_one, []), (by_two, [("ORGA", "not_objected")])])
def test_silence_goes_on_with_what_two_have_signed_where_two_sign(database, agreed, later, signed, stays):
    """One had signed alone, and two have to since: its silence on another text is no second person's yes."""
    signed(database, agreed)
    sign(database, agreed, 1)
    all_are_silent(database, agreed, later)

    assert standing(database, agreed) == [*stays, *BETA]
    assert findings(database, agreed) == []


@pytest.mark.parametrize("refused", [True, False])
def test_silence_keeps_nobody_of_whom_one_has_proposed_the_correction(database, agreed, later, refused):
    """The second has refused this very text, or may: their silence is no yes to it."""
    by_two(database, agreed)
    sign(database, agreed, 1)
    correct(database, agreed)
    tell(database, agreed)
    link = proposed(database, agreed)
    if refused:
        act(database, four_eyes.refuse, link, "Not this one.")
    later(hours=25)
    stay_by_silence(database)

    assert standing(database, agreed) == BETA
    assert findings(database, agreed) == []


def test_a_record_by_which_one_who_signed_alone_stays_where_two_sign_is_found_out(database, agreed, later):
    sign(database, agreed)
    all_are_silent(database, agreed, later)
    files = files_of(database, agreed)
    entries = entries_of(files)
    wanted = {
        "action": "invitation.four_eyes",
        "about": {"invitation": invitation_id(database, agreed, 0), "wanted": True},
    }
    entries[find(files, "letter.edited")] |= wanted

    assert "two have to sign for that organisation" in said(check(database, rewritten(database, files, entries)))


# --- who confirms -----------------------------------------------------------------------------------------------------


def replaced(database, letter_id):
    act(database, invitations.set_contact, *first(database, letter_id), "new@example.org", ANNA)


def passed_on(database, letter_id):
    act(database, delegation.delegate, link_ids(database, letter_id)[0], "Alba", "alba@example.org", sure=True)


@pytest.mark.parametrize("goes", [replaced, passed_on])
@pytest.mark.parametrize("proposed_by_colleague", [True, False])
def test_a_first_contact_who_goes_confirms_nothing_and_proposes_nothing(database, agreed, goes, proposed_by_colleague):
    act(database, rule.set_wanted, *first(database, agreed), True, ANNA)
    own, carlas = link_ids(database, agreed)[0], carla(database, agreed)[1]
    to = Confirmer("Alan", "A+sign@example.org") if proposed_by_colleague else Confirmer("Dora", "dora@example.org")
    link = carlas if proposed_by_colleague else own
    made = act(database, four_eyes.propose, link, answer(database, agreed, name="Zoe"), to)
    goes(database, agreed)

    with pytest.raises(NotFoundError):
        act(database, four_eyes.confirm, made.confirming_link_id, answer(database, agreed, name=to.name))
    assert standing(database, agreed) == []
    assert actions(database, agreed).count("proposal.ended") == 1
    assert findings(database, agreed) == []
    with database.writing() as session:
        session.execute(sa.update(Link).where(Link.id == made.confirming_link_id).values(revoked_at=None))
    assert ["revoked_at is empty" in one for one in findings(database, agreed)] == [True]


# --- who answers ------------------------------------------------------------------------------------------------------


def handed_on(database, letter_id):
    act(database, delegation.delegate, carla(database, letter_id)[1], "Carl", "carl@example.org", sure=True)


def put_right(database, letter_id):
    act(
        database,
        more_contacts.correct,
        *first(database, letter_id),
        carla(database, letter_id)[0],
        "C",
        "c@x.org",
        ANNA,
    )


@pytest.mark.parametrize(
    ("invited_first", "then", "is_odd"),
    [(True, None, True), (False, None, False), (True, handed_on, False), (False, put_right, True)],
)
def test_a_contact_whom_a_coordinator_added_once_it_was_invited_looks_odd(database, invited_first, then, is_odd):
    letter_id = take_in(database, 1)
    if invited_first:
        open_sign_off(database, letter_id)
    act(database, more_contacts.add, *first(database, letter_id), "Carla", "carla@example.org", ANNA)
    if not invited_first:
        open_sign_off(database, letter_id)
    if then is not None:
        then(database, letter_id)
    signoff = act(database, answers.sign, carla(database, letter_id)[1], answer(database, letter_id))

    assert ("a coordinator had changed the contact" in signoff.odd) is is_odd
    assert findings(database, letter_id) == []
