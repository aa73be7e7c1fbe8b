"""Rules that a coordinator changes after somebody has relied on them: comments, codes, withheld names."""

import pytest

from tests.support.answering import post
from tests.support.browsing import arrived
from tests.support.factories import (
    ANNA,
    act,
    answer,
    correct,
    digest,
    invitation_states,
    link_ids,
    open_sign_off,
    sign,
    take_in,
    terms,
)
from workflow import history
from workflow.campaigns import comments, drafts, stationery
from workflow.campaigns.roster import roster
from workflow.campaigns.stationery import Standing
from workflow.errors import RefusedError
from workflow.models import Letter
from workflow.signoffs import answers, codes, review
from workflow.signoffs.answers import Answer


def read_by(database, letter_id: str, number: int) -> list[str]:
    """Every word of comments that one organisation reads."""
    with database.reading() as session:
        threads = review.threads(session, session.get_one(Letter, letter_id).invitations[number]).shown
        return [c.words for t in threads for c in (t.comment, *(reply for _, reply in t.replies))]


def invitation(database, letter_id: str, number: int = 0) -> str:
    with database.reading() as session:
        return session.get_one(Letter, letter_id).invitations[number].id


def entries(database, letter_id: str, action: str) -> list[dict]:
    with database.reading() as session:
        return [e.about for e in history.entries(session, letter_id) if e.action == action]


# --- comments -------------------------------------------------------------------------------------------------------


def test_what_was_written_to_the_coordinator_alone_stays_with_the_coordinator(database, letter_id):
    link, shown = link_ids(database, letter_id)[0], digest(database, letter_id)
    said = act(database, review.comment, link, shown, 1, "Our source is in danger.")
    act(database, drafts.set_terms, letter_id, terms(comments_shared=True), ANNA)
    act(database, review.reply, link, said.id, "More of that.")
    act(database, review.comment, link, shown, 1, "This all may read.")

    assert read_by(database, letter_id, 1) == ["This all may read."]
    assert len(read_by(database, letter_id, 0)) == 3
    assert [about["shared"] for about in entries(database, letter_id, "comment.added")] == [False, False, True]


def test_a_form_that_was_opened_before_sharing_was_switched_on_shares_nothing(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    assert "Only the coordinator reads" in page.text
    act(database, drafts.set_terms, letter_id, terms(comments_shared=True), ANNA)

    post(client, page, "/comments", paragraph="1", words="Our source is in danger.")

    assert read_by(database, letter_id, 1) == []


def test_a_suggestion_to_the_coordinator_alone_names_nobody_when_it_is_taken_over(database, letter_id):
    link, shown = link_ids(database, letter_id)[0], digest(database, letter_id)
    made = act(
        database,
        review.suggest,
        link,
        review.Suggestion(digest=shown, paragraph=1, replaces="First", replacement="Opening"),
    )
    act(database, comments.accept, letter_id, made.id, ANNA)

    with database.reading() as session:
        assert session.get_one(Letter, letter_id).reason == "Suggestions of co-signers were accepted."


# --- codes by mail --------------------------------------------------------------------------------------------------


def test_whoever_signed_with_a_code_confirms_with_one_whatever_the_campaign_asks_now(database):
    letter_id = take_in(database, 2, code_required=True)
    open_sign_off(database, letter_id)
    link = link_ids(database, letter_id)[0]
    code = act(database, codes.send_code, link, "browser")
    redeemed = act(database, codes.redeem, link, "browser", database.tokens.codes(code.id)[0])
    act(database, answers.sign, link, answer(database, letter_id, code=redeemed))
    act(database, drafts.set_terms, letter_id, terms(code_required=False), ANNA)
    correct(database, letter_id, small=False)

    with pytest.raises(RefusedError, match="6-digit code"):
        sign(database, letter_id, 0)
    sign(database, letter_id, 1)

    assert invitation_states(database, letter_id) == ["to_confirm", "signed"]
    assert [about["code_required"] for about in entries(database, letter_id, "invitation.sign")] == [True, False]


# --- withheld names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [False, True], ids=["as it asked", "withheld by the coordinator already"])
def test_a_name_withheld_at_its_own_request_is_printed_at_its_own_request_alone(database, letter_id, before):
    mine = invitation(database, letter_id)
    if before:
        act(database, stationery.set_standing, letter_id, mine, Standing(1, confidential=True), ANNA)
    act(database, answers.sign, link_ids(database, letter_id)[0], answer(database, letter_id, withheld=True))

    with pytest.raises(RefusedError, match="Only it can change that"):
        act(database, stationery.set_standing, letter_id, mine, Standing(1, confidential=False), ANNA)
    act(database, stationery.set_standing, letter_id, mine, Standing(1, confidential=True), ANNA)
    with pytest.raises(RefusedError, match="Only it can change that"):
        act(database, stationery.set_standing, letter_id, mine, Standing(1, confidential=False), ANNA)
    act(database, answers.retract, link_ids(database, letter_id)[0])
    sign(database, letter_id, 0)
    assert printed(database, letter_id) == []
    act(database, answers.retract, link_ids(database, letter_id)[0])
    act(database, answers.sign, link_ids(database, letter_id)[0], Answer(**_again(database, letter_id)))

    assert printed(database, letter_id) == ["ORGA"]


def _again(database, letter_id):
    return {"digest": digest(database, letter_id), "name": "Person A", "authorised": True, "printed": True}


def printed(database, letter_id):
    with database.reading() as session:
        return [signoff.label for signoff in roster(session, session.get_one(Letter, letter_id)).printed]


def test_the_page_offers_to_print_a_name_again_to_whoever_asked_to_be_withheld(app, database, settings, letter_id):
    link = link_ids(database, letter_id)[0]
    act(database, answers.sign, link, answer(database, letter_id, withheld=True))
    act(database, answers.retract, link)
    client, page = arrived(app, database, settings, letter_id)
    assert "may be printed again" in page.text

    given = {"choice": "sign", "name": "Person A", "authorised": "y"}
    post(client, page, "/answer", **given, printed="y")

    assert printed(database, letter_id) == ["ORGA"]


def test_a_name_that_the_coordinator_withheld_the_coordinator_may_print(database, letter_id):
    mine = invitation(database, letter_id)
    act(database, stationery.set_standing, letter_id, mine, Standing(1, confidential=True), ANNA)
    sign(database, letter_id, 0)
    act(database, stationery.set_standing, letter_id, mine, Standing(1, confidential=False), ANNA)

    assert printed(database, letter_id) == ["ORGA"]


# --- silence --------------------------------------------------------------------------------------------------------


def test_a_form_that_showed_no_rule_of_silence_agrees_to_none(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=1), ANNA)

    post(client, page, "/answer", choice="sign", name="Person A", authorised="y")

    assert ["objection_hours" in about for about in entries(database, letter_id, "invitation.sign")] == [False]


def test_the_rule_stands_beside_the_press_that_confirms(app, database, settings):
    letter_id = take_in(database, 1, objection_hours=24)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=36), ANNA)
    correct(database, letter_id, small=False)
    client, page = arrived(app, database, settings, letter_id)
    assert page.text.count("within 36 hours") == 2

    post(client, page, "/answer", choice="confirm", name="Person A")

    said = [about.get("objection_hours") for about in entries(database, letter_id, "invitation.sign")]
    assert said == [24, 36]
