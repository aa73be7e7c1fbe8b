"""A campaign with several letters: each has its own terms and its own record, and all of them hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.evidence import check, files_of, live, said
from tests.support.factories import ANNA, act, actions, cosigners, open_sign_off, sign, take_in, terms, words
from tests.support.sent_letters import by_hand
from tests.support.word import MARKED
from workflow import documents, moments
from workflow.campaigns import campaign, drafts, lifecycle, printing, stationery
from workflow.campaigns.campaign import Setting
from workflow.campaigns.readers import ChangedError, Seen
from workflow.campaigns.stationery import Choice
from workflow.errors import InputError
from workflow.models import Campaign, Letter, Letterhead, now


def campaign_of(database, letter_id) -> str:
    with database.reading() as session:
        return session.get_one(Letter, letter_id).campaign_id


def another(database, first, **changes) -> str:
    """One more letter in the campaign of a first one."""
    with database.writing() as session:
        joined = session.get_one(Campaign, session.get_one(Letter, first).campaign_id)
        text = words(subject="To the commission")
        given = {"dated": date(2026, 11, 24), "terms": terms(**changes), "campaign": joined}
        return drafts.take_in(session, text, cosigners(2), ANNA, **given).id


def on_its_letterhead(database, letter_id, number=2) -> None:
    """Signed, approved and made into a document on the letterhead that was chosen."""
    open_sign_off(database, letter_id)
    for one in range(number):
        sign(database, letter_id, one)
    act(database, lifecycle.approve, letter_id, ANNA)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for = printing.fingerprint(row)
        made = [(r.id, documents.render_docx(*printing.printing(session, row, r))) for r in row.recipients]
    for recipient_id, docx in made:
        act(database, printing.keep_rendering, letter_id, recipient_id, made_for=made_for, docx=docx, pdf=None)


def named(name, **changes) -> Setting:
    return Setting(terms(name=name, **changes))


def test_two_letters_of_a_campaign_on_one_letterhead_both_hold(database):
    first = take_in(database, 2)
    second = another(database, first)
    compiled = documents.compile_letterhead(MARKED)
    own = act(database, stationery.add_letterhead, first, "Ours", compiled, ANNA).id
    act(database, stationery.choose, second, Choice(own, "two", "agreed"), ANNA)
    act(database, campaign.set_up, campaign_of(database, first), named("Another name"), ANNA)
    third = another(database, first)

    for letter_id in (first, second):
        on_its_letterhead(database, letter_id)

    for letter_id in (first, second, third):
        assert live(database, letter_id).problems == []
    for letter_id in (first, second):
        assert check(database, files_of(database, letter_id)).problems == []
    assert actions(database, second).count("campaign.renamed") == 1
    assert "campaign.renamed" not in actions(database, third)


@pytest.mark.parametrize("claims", ["first", "second", "none"])
def test_a_letterhead_that_no_history_added_is_named_in_the_letter_it_claims(database, claims):
    first = take_in(database, 2)
    second = another(database, first)
    compiled = documents.compile_letterhead(MARKED)
    real = act(database, stationery.add_letterhead, first, "Ours", compiled, ANNA)
    claimed = {"first": first, "second": second, "none": None}[claims]
    with database.writing() as session:
        session.add(
            Letterhead(campaign_id=real.campaign_id, letter_id=claimed, name="Forged", docx_sha256=real.docx_sha256)
        )

    found = [
        letter_id
        for letter_id in (first, second)
        if "no entry of the history made a row" in said(live(database, letter_id))
    ]

    assert found == {"first": [first], "second": [second], "none": [first, second]}[claims]


def test_a_letterhead_that_was_moved_to_another_letter_is_missed_and_named(database):
    first = take_in(database, 2)
    second = another(database, first)
    act(database, stationery.add_letterhead, first, "Ours", documents.compile_letterhead(MARKED), ANNA)
    by_hand(database, "UPDATE letterheads SET letter_id = :other", other=second)

    assert "its letter_id was changed" in said(live(database, first))
    assert "no entry of the history made a row" in said(live(database, second))


def test_a_name_changed_behind_the_record_is_named_in_each_letter(database):
    first = take_in(database, 2)
    second = another(database, first)
    act(database, campaign.set_up, campaign_of(database, first), named("Another name"), ANNA)
    by_hand(database, "UPDATE campaigns SET name = 'A campaign'")

    for letter_id in (first, second):
        assert "name is not the one that entry" in said(live(database, letter_id))


def test_a_name_that_stays_and_other_settings_leave_no_entry(database):
    first = take_in(database, 1)
    before = actions(database, first)

    act(database, campaign.set_up, campaign_of(database, first), named(" A  campaign ", minimum=9), ANNA)

    assert actions(database, first) == before
    with database.reading() as session:
        assert (session.get_one(Letter, first).minimum, session.get_one(Letter, first).campaign.minimum) == (1, 9)


def test_terms_are_applied_to_the_letters_that_are_not_sent_and_differ(database):
    first = take_in(database, 1)
    second, cancelled = another(database, first), another(database, first)
    act(database, lifecycle.withdraw, cancelled, "Not now.", ANNA)
    later = now() + timedelta(days=30)
    asked = named("A campaign", deadline=later, minimum=3, timezone="Asia/Tokyo")
    act(database, campaign.set_up, campaign_of(database, first), asked, ANNA)
    act(database, drafts.set_terms, second, terms(deadline=later, minimum=3, timezone="Asia/Tokyo"), ANNA)

    with database.reading() as session:
        seen = Seen(*campaign.would_tell(session, session.get_one(Letter, first).campaign))
    act(
        database,
        campaign.set_up,
        campaign_of(database, first),
        replace(asked, terms=replace(asked.terms, deadline=None)),
        ANNA,
    )
    with pytest.raises(ChangedError):
        act(database, campaign.apply_terms, campaign_of(database, first), ANNA, seen=seen)
    act(database, campaign.set_up, campaign_of(database, first), asked, ANNA)
    changed = act(database, campaign.apply_terms, campaign_of(database, first), ANNA, seen=seen)

    assert [letter.id for letter in changed] == [first]
    assert actions(database, first).count("campaign.terms") == 1
    assert "campaign.terms" not in actions(database, cancelled)
    with database.reading() as session:
        letters = [session.get_one(Letter, one) for one in (first, second)]
        assert {(one.deadline, one.minimum, one.timezone) for one in letters} == {(later, 3, "Asia/Tokyo")}
    for letter_id in (first, second, cancelled):
        assert live(database, letter_id).problems == []
    assert act(database, campaign.apply_terms, campaign_of(database, first), ANNA) == []


def test_a_campaign_without_a_name_is_refused_at_its_field(database):
    with pytest.raises(InputError) as refused:
        act(database, campaign.begin, named(" "))

    assert set(refused.value.fields) == {"name"}


# --- clocks that are put forward and back -----------------------------------------------------------------------------

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("clock", "zone", "hours"),
    [
        ("2027-06-01T18:00", BERLIN, [16]),
        ("2027-03-28T02:30", BERLIN, []),
        ("2027-03-28T03:00", BERLIN, [1]),
        ("2026-10-25T02:30", BERLIN, [0, 1]),
        ("2026-10-25T02:30", "UTC", [2]),
        ("2011-12-30T12:00", "Pacific/Apia", []),
    ],
)
def test_a_clock_shows_a_time_once_never_or_twice(clock, zone, hours):
    found = moments.shown_by(datetime.fromisoformat(clock), zone)

    assert [moment.hour for moment in found] == hours
    assert all(moment.tzinfo is UTC for moment in found)
