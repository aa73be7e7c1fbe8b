"""Who is asked and has signed: what is kept of it is never older than the letter."""

from datetime import timedelta

import pytest

from tests.support.factories import ANNA, act, answer, link_ids, open_sign_off, sign, take_in, words
from workflow import names as known_names
from workflow.campaigns import drafts, lifecycle, stationery
from workflow.campaigns.roster import roster
from workflow.campaigns.stationery import Standing
from workflow.models import Letter
from workflow.names import Named, names, signatures
from workflow.signoffs import answers


def seen(database, letter_id, number=None):
    """What a page would show, and what the tables say: (kept, fresh)."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        me = row.invitations[number] if number is not None else None
        kept = names(session, row, me)
        session.read_only = False
        return kept, names(session, row, me)


def standing(database, letter_id, number, **changes):
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[number].id
    told = {"position": number + 1, "founder": False, "confidential": False, "country": ""} | changes
    act(database, stationery.set_standing, letter_id, invitation, Standing(**told), ANNA)


def test_after_every_act_the_names_are_those_of_the_tables(database):
    letter_id = take_in(database, 3)
    links = []
    acts = [
        lambda: open_sign_off(database, letter_id),
        lambda: links.extend(link_ids(database, letter_id)),
        lambda: sign(database, letter_id, 0),
        lambda: act(database, answers.sign, links[1], answer(database, letter_id, name="Person B", withheld=True)),
        lambda: standing(database, letter_id, 0, country="Kenya"),
        lambda: standing(database, letter_id, 2, position=1, founder=True),
        lambda: act(database, answers.retract, links[0]),
        lambda: sign(database, letter_id, 0),
        lambda: standing(database, letter_id, 1, confidential=True),
        lambda: act(database, lifecycle.revise, letter_id, "A slip.", ANNA),
        lambda: act(database, drafts.edit, letter_id, words(body="Another text."), ANNA, version=1, dated=None),
        lambda: open_sign_off(database, letter_id),
    ]
    for step in acts:
        seen(database, letter_id)
        step()
        for reader in (None, 0, 1, 2):
            kept, fresh = seen(database, letter_id, reader)
            assert kept == fresh


def test_a_name_that_is_withheld_now_is_gone_from_the_next_page(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    assert seen(database, letter_id)[0].signed.first == ("Organisation A",)

    standing(database, letter_id, 0, confidential=True)

    found, _ = seen(database, letter_id)
    assert (found.signed, found.signatures, found.unprinted) == (Named((), 0, 1), (), 1)
    assert seen(database, letter_id, 0)[0].signed == Named(("Organisation A",), 1, 0)


def test_names_are_kept_while_nothing_happens_and_an_act_does_not_trust_them(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)

    assert seen(database, letter_id)[0] is seen(database, letter_id)[0]
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        row.invitations[0].confidential = True
        assert names(session, row).asked.first == ("Organisation B",)
        session.rollback()
    assert seen(database, letter_id)[0].asked.named == 2


# --- very many ------------------------------------------------------------------------------------------------------


@pytest.fixture
def rush(database, monkeypatch):
    """A letter that counts as one of very many, with more signatures than a page or a sentence lists."""
    monkeypatch.setattr(known_names, "MANY", 3)
    monkeypatch.setattr(known_names, "AGE", timedelta(hours=1))
    monkeypatch.setattr(known_names, "MOST_LISTED", 2)
    monkeypatch.setattr(known_names, "MOST_SIGNATURES", 3)
    letter_id = take_in(database, 6)
    open_sign_off(database, letter_id)
    for number in range(5):
        sign(database, letter_id, number)
    return letter_id


def test_of_very_many_the_first_are_named_and_all_are_counted(database, rush):
    found, _ = seen(database, rush, 5)

    assert found.signed == Named(("Organisation A", "Organisation B", "Organisation C"), 5, 0)
    assert found.asked.in_words() == "Organisation A, Organisation B, 4 others"
    assert found.asked.without("Organisation A").in_words() == "Organisation B, Organisation C, 3 others"
    assert found.asked.without("Organisation F").in_words() == "Organisation A, Organisation B, 3 others"
    assert (len(found.signatures), found.printed) == (3, 5)


def test_in_a_rush_names_may_be_a_second_old_but_the_readers_own_answer_counts_at_once(database, rush, monkeypatch):
    before = seen(database, rush, 4)[0]
    sign(database, rush, 5)

    assert seen(database, rush, 4)[0] is before
    assert seen(database, rush, 5)[0].signed.named == 6
    monkeypatch.setattr(known_names, "AGE", timedelta(0))
    act(database, answers.retract, link_ids(database, rush)[3])
    assert seen(database, rush, 4)[0].signed.named == 5


@pytest.mark.parametrize("ends", ["withheld", "retracted"])
def test_in_a_rush_no_page_names_who_is_not_to_be_named_any_more(database, rush, ends):
    assert "Organisation B" in seen(database, rush, 4)[0].signed.first

    if ends == "withheld":
        standing(database, rush, 1, confidential=True)
    else:
        act(database, answers.retract, link_ids(database, rush)[1])

    assert "Organisation B" not in seen(database, rush, 4)[0].signed.first


def test_whoever_is_withheld_is_named_to_itself_alone(database, rush):
    standing(database, rush, 1, confidential=True)

    others, own = seen(database, rush, 4)[0], seen(database, rush, 1)[0]

    assert (others.signed.named, others.signed.withheld, others.unprinted) == (4, 1, 1)
    assert (own.signed.first[0], own.signed.named, own.signed.withheld) == ("Organisation B", 5, 0)
    assert own.signatures == others.signatures
    assert len(own.asked) == len(others.asked) == 6


@pytest.mark.parametrize("ordering", ["agreed", "alphabet", "time"])
def test_the_first_signatures_are_those_that_are_printed_first(database, ordering):
    letter_id = take_in(database, 4)
    open_sign_off(database, letter_id)
    for number in (3, 1, 0, 2):
        sign(database, letter_id, number)
    standing(database, letter_id, 2, founder=True)
    act(database, stationery.choose, letter_id, stationery.Choice("plain", "automatic", ordering), ANNA)

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        printed = tuple(one.printed() for one in roster(session, row).printed)
        assert names(session, row).signatures == printed == signatures(session, row)[0]
