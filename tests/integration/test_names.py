"""Who is asked and has signed: what is kept of it is never older than the letter."""

from tests.support.factories import ANNA, act, answer, link_ids, open_sign_off, sign, take_in, words
from workflow.campaigns import drafts, lifecycle, stationery
from workflow.campaigns.stationery import Standing
from workflow.models import Letter
from workflow.names import _names, names
from workflow.signoffs import answers


def seen(database, letter_id, number=None):
    """What a page would show, and what the tables say: (kept, fresh)."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        me = row.invitations[number] if number is not None else None
        return names(session, row, me), _names(session, row, me)


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
    assert seen(database, letter_id)[0].signed == ("Organisation A",)

    standing(database, letter_id, 0, confidential=True)

    found, _ = seen(database, letter_id)
    assert (found.signed, found.signed_withheld, found.signatures) == ((), 1, ())
    assert seen(database, letter_id, 0)[0].signed == ("Organisation A",)


def test_names_are_kept_while_nothing_happens_and_an_act_does_not_trust_them(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)

    assert seen(database, letter_id)[0] is seen(database, letter_id)[0]
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        row.invitations[0].confidential = True
        assert names(session, row).asked == ("Organisation B",)
        session.rollback()
    assert len(seen(database, letter_id)[0].asked) == 2
