"""Nobody is printed who did not agree: where several ways to answer cross, of which each holds for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.browsing import invitation_id
from tests.support.evidence import check, entries_of, files_of, find, rewritten, said
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    correct,
    digest,
    findings,
    invitation_states,
    link_ids,
    open_sign_off,
    sign,
    standing,
    take_in,
)
from workflow import jobs
from workflow.campaigns import deadlines, drafts, invitations
from workflow.models import now
from workflow.signoffs import answers

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
