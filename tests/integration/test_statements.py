"""Each page, and each act that concerns all, asks the database as often however many co-signers there are."""

from datetime import date

import pytest
from sqlalchemy import event

from tests.support.browsing import arrived, invitation_id, signed_in
from tests.support.factories import ANNA, act, correct, digest, go_on, link_ids, open_sign_off, sign, tell, terms, words
from tests.support.listening import statements
from tests.support.lived import lived
from workflow import accounts, history
from workflow.campaigns import comments, contacts, drafts, invitations, lifecycle
from workflow.jobs import sweep
from workflow.letter import text
from workflow.models import Letter
from workflow.signoffs import review

FEW, MANY = 5, 50


def drafted(database, count, **changes):
    asked = [text.Cosigner(f"Organisation {n}", f"O{n}", f"Person {n}", "Chair", f"o{n}@x.org") for n in range(count)]
    return act(database, _take_in, asked, terms(**changes))


def _take_in(session, asked, agreed):
    return drafts.take_in(session, words(), asked, ANNA, dated=date(2026, 11, 24), terms=agreed).id


def reviewed(database, count):
    letter_id = drafted(database, count)
    act(database, lifecycle.circulate, letter_id, ANNA)
    go_on(database, letter_id)
    shown = digest(database, letter_id)
    for link in link_ids(database, letter_id)[: count - 1]:
        act(database, review.comment, link, shown, 1, "A word.")
    return letter_id


def signed(database, count, **changes):
    letter_id = drafted(database, count, **changes)
    open_sign_off(database, letter_id)
    for number in range(1, count):
        sign(database, letter_id, number)
    tell(database, letter_id)
    return letter_id


def corrected(database, count):
    letter_id = signed(database, count, objection_hours=48)
    correct(database, letter_id)
    return letter_id


STAGES = [drafted, reviewed, signed, corrected]


def few_and_many(database):
    """A letter of few and one of many in each stage; what is asked of them does nothing to them."""
    return {(stage.__name__, count): stage(database, count) for stage in STAGES for count in (FEW, MANY)}


def many_and_twice_as_many(database):
    return {count: reviewed(database, count) for count in (MANY, 2 * MANY)}


LISTS = ("/letters/{}/cosigners", "/letters/{}/cosigners?q=organisation&order=name", "/letters/{}/comments")
STAFF = ("/", "/letters/{}", *LISTS, "/letters/{}/emails", "/letters/{}/paper", "/letters/{}/preview.docx")
MOST = 15
"""Statements of a letter's page, with those that say who asks."""
COSIGNER = ("/review/{}", "/review/{}/letter.docx")


def asked_by(database, client, pages, of):
    """How often each page asks."""
    found = {}
    for page in pages:
        with statements(database) as said:
            assert client.get(page.format(of)).status_code == 200, page
        found[page] = len(said)
    return found


@pytest.fixture
def letters(database):
    return lived(database, few_and_many)


def test_a_page_of_staff_asks_as_often_for_many_as_for_few(app, database, letters):
    client = signed_in(app, database)
    client.get("/")

    for stage in STAGES:
        few, many = (asked_by(database, client, STAFF, letters[stage.__name__, count]) for count in (FEW, MANY))
        assert few == many, stage


@pytest.mark.parametrize("stage", STAGES[:3])
def test_a_letters_page_asks_little_when_nothing_of_it_is_known_yet(app, database, letters, stage):
    auditor = signed_in(app, database, "auditor@example.org", admin=False)
    auditor.get("/")
    letter_id = letters[stage.__name__, FEW]
    with database.writing() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
        accounts.join(session, campaign, accounts.user(session, "auditor@example.org"), "auditor")

    said = asked_by(database, auditor, ["/letters/{}"], letter_id)

    assert said["/letters/{}"] <= MOST


def test_the_page_of_a_cosigner_asks_as_often_for_many_as_for_few(app, database, settings, letters):
    for stage in STAGES[1:]:
        asked = []
        for count in (FEW, MANY):
            letter_id = letters[stage.__name__, count]
            client, _ = arrived(app, database, settings, letter_id)
            asked.append(asked_by(database, client, COSIGNER, invitation_id(database, letter_id)))

        assert asked[0] == asked[1], stage


def asked_for(database, do, *given):
    with statements(database) as said:
        act(database, do, *given)
    # One more belongs to every sixteenth entry of a log, whatever brings it.
    return sum("log_subtrees" not in one for one in said)


@pytest.mark.parametrize("do", [lifecycle.circulate, lifecycle.open_sign_off, invitations.replace_links])
def test_an_act_that_concerns_all_asks_as_often_for_many_as_for_few(database, do):
    asked = []
    # Of fewer the act itself does what concerns each.
    letters = lived(database, many_and_twice_as_many).values()
    for letter_id in letters:  # A process asks more the first time that it writes.
        act(database, review.comment, link_ids(database, letter_id)[0], digest(database, letter_id), 1, "A word.")
    for letter_id in letters:
        if do is lifecycle.circulate:
            act(database, lifecycle.revise, letter_id, "Again.", ANNA)
        asked.append(asked_for(database, do, letter_id, ANNA))

    assert asked[0] == asked[1]


def test_answering_one_comment_reads_no_other(database):
    with database.writing() as session:
        anna = history.coordinator(accounts.user(session, "anna@example.org", "Anna").id)
    asked = []
    for count in (FEW, MANY):
        letter_id = reviewed(database, count)
        shown = digest(database, letter_id)
        made = act(database, review.comment, link_ids(database, letter_id)[0], shown, 1, "Say it shorter.")
        asked.append(asked_for(database, comments.answer, letter_id, made.id, "We shall.", anna))

    assert asked[0] == asked[1]


LONG = ("comments", "deliveries", "invitation_contacts", "invitations", "join_requests", "links", "log_entries")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_time_brings_is_found_without_reading_a_long_table_from_end_to_end(database):
    """It is asked every few seconds, for as long as an instance lives."""
    letter_id = signed(database, FEW, objection_hours=48)
    plans = {}

    def explain(connection, cursor, statement, parameters, context, many):
        if statement.startswith("SELECT"):
            explained = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans[statement] = [row[-1] for row in explained]

    event.listen(database.engine, "before_cursor_execute", explain)
    sweep.keep_time(database, lambda: True)
    with database.reading() as session:
        contacts.others(session, [letter_id])

    scans = tuple(f"SCAN {table}" for table in LONG)
    whole = [f"{step}: {said}" for said, steps in plans.items() for step in steps if step.startswith(scans)]
    assert len(plans) > 10
    assert not whole
