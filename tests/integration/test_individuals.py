"""People who sign in their own name: a second list with its own heading, counted with no organisation."""

import re

import pytest

from tests.support.evidence import check, files_of
from tests.support.factories import (
    ANNA,
    act,
    answer,
    cosigners,
    findings,
    invitation_states,
    link_ids,
    mails,
    make_documents,
    open_sign_off,
    sign,
    terms,
    words,
)
from tests.support.printing import printed_lines
from workflow.campaigns import dispatch, drafts, invitations, lifecycle, printing, stationery
from workflow.campaigns.tally import tally
from workflow.errors import InputError, RefusedError
from workflow.letter import text
from workflow.mails import writing
from workflow.models import Campaign, Letter
from workflow.names import names, signatures
from workflow.signoffs import answers

JANE = text.Cosigner("", "", "Prof. Jane Roe", "University of Oslo", "jane@example.org", individual=True)
OMAR = text.Cosigner("Omar Said", "", "", "Poet", "omar@example.org", individual=True)


@pytest.fixture
def letter_id(database):
    """Two organisations, with somebody between them who signs in their own name, and one more."""
    first, second = cosigners(2)
    with database.writing() as session:
        row = drafts.take_in(session, words(), [first], ANNA, dated=None, terms=terms(minimum=2))
        session.get_one(Campaign, row.campaign_id).individuals = True
        for one in (JANE, second, OMAR):
            invitations.put_on_the_list(session, row, [one], ANNA)
        return row.id


def sign_all(database, letter_id, *which):
    who = ("Person A", "Prof. Jane Roe", "Person B", "Omar Said")
    for number in which:
        given = answer(database, letter_id, name=who[number], title="" if number == 3 else "Title")
        act(database, answers.sign, link_ids(database, letter_id)[number], given)


def test_they_stand_below_the_organisations_and_are_counted_apart(database, letter_id):
    open_sign_off(database, letter_id)
    sign_all(database, letter_id, 1, 0, 3, 2)

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        counted, known = tally(session, row), names(session, row)
        job, _ = printing.printing(session, row, row.recipients[0])
        assert (counted.signed, counted.people, counted.organisations) == (4, 2, 2)
        assert (len(known.asked), len(known.signed), known.people, known.printed) == (2, 2, 2, 4)
        assert known.signatures == signatures(session, row)[0] == job.signatures
    assert printed_lines(job)[-10:] == [
        "Person A", "Title", "Organisation A", "Person B", "Title", "Organisation B (ORGB)", "Individuals",
        "Prof. Jane Roe", "Title", "Omar Said",
    ]  # fmt: skip
    act(database, lifecycle.approve, letter_id, ANNA)
    make_documents(database, letter_id)
    assert check(database, files_of(database, letter_id)).problems == findings(database, letter_id) == []


@pytest.mark.parametrize("ordering", ["agreed", "alphabet", "time"])
def test_in_every_order_they_come_last(database, letter_id, ordering):
    act(database, stationery.choose, letter_id, stationery.Choice("plain", "compact", ordering), ANNA)
    open_sign_off(database, letter_id)
    sign_all(database, letter_id, 3, 1, 2, 0)

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        found = [one.individual for one in names(session, row).signatures]
        job, _ = printing.printing(session, row, row.recipients[0])
    assert found == [one.individual for one in job.signatures] == [False, False, True, True]


def test_the_minimum_counts_organisations(database, letter_id):
    open_sign_off(database, letter_id)
    sign_all(database, letter_id, 0, 1, 3)
    with pytest.raises(RefusedError, match="At least"):
        act(database, lifecycle.approve, letter_id, ANNA)
    sign_all(database, letter_id, 2)
    act(database, lifecycle.approve, letter_id, ANNA)


def test_the_office_is_told_how_many_of_both(database, letter_id):
    open_sign_off(database, letter_id)
    sign_all(database, letter_id, 0, 1, 2, 3)
    act(database, lifecycle.approve, letter_id, ANNA)
    make_documents(database, letter_id)
    with database.reading() as session:
        look = printing.fingerprint(session.get_one(Letter, letter_id))
    act(database, dispatch.dispatch, letter_id, look, ANNA)
    with database.reading() as session:
        (mail,) = mails(database, letter_id, "letter")
        content = writing.write(session, session.merge(mail, load=False))
    assert re.search(rb"signed by 2 organisations and\s+2 individuals", content)


def test_a_campaign_of_organisations_takes_none(database):
    with database.writing() as session:
        letter_id = drafts.take_in(session, words(), cosigners(1), ANNA, dated=None, terms=terms()).id
    with pytest.raises(InputError, match="organisations only"):
        act(database, invitations.invite, letter_id, JANE, ANNA)


def test_somebody_in_their_own_name_is_never_withheld(database, letter_id):
    with database.reading() as session:
        jane = session.get_one(Letter, letter_id).invitations[1].id
    with pytest.raises(RefusedError, match="own name"):
        act(database, stationery.set_standing, letter_id, jane, stationery.Standing(2, confidential=True), ANNA)
    open_sign_off(database, letter_id)
    with pytest.raises(RefusedError, match="own name"):
        link = link_ids(database, letter_id)[1]
        act(database, answers.sign, link, answer(database, letter_id, name="Jane Roe", withheld=True))
    assert invitation_states(database, letter_id)[1] == "invited"
    sign(database, letter_id, 0)
